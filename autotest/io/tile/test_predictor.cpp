/* test_predictor.cpp - predictors and byte orders, undone again. */
#include <cstring>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "io/tile/predictor.h"

namespace
{
/* Lengths around the size of a piece of the difference loop. */
const size_t anLengths[] = {1, 2, 3, 7, 511, 512, 513, 1030, 2048, 5003};

template <class T> std::vector<T> RandomWords(size_t n)
{
    std::mt19937_64 oRandom(n);
    std::vector<T> anWords(n);

    for (T &nWord : anWords)
        nWord = static_cast<T>(oRandom());
    return anWords;
}

template <class T> void ExpectDifferences()
{
    for (size_t nLength : anLengths)
        for (size_t nStride : std::vector<size_t>{1, 2, 3, 4, 7, 300}) {
            const std::vector<T> anWords = RandomWords<T>(nLength * nStride);
            std::vector<T> anRow = anWords;

            rt_predict_horizontal(anRow.data(), anRow.size(), nStride,
                                  sizeof(T));
            for (size_t i = nStride; i < anRow.size(); i++)
                anRow[i] = static_cast<T>(anRow[i] + anRow[i - nStride]);
            ASSERT_EQ(anRow, anWords) << nLength << " of " << nStride;
        }
}

/* Undoes predictor 3 as libtiff does on a little-endian machine. */
template <class T>
std::vector<T> Undone(const std::vector<T> &anRow, size_t nStride)
{
    const size_t n = anRow.size();
    std::vector<uint8_t> abyRow(n * sizeof(T));
    std::vector<T> anWords(n, 0);

    std::memcpy(abyRow.data(), anRow.data(), abyRow.size());
    for (size_t i = nStride; i < abyRow.size(); i++)
        abyRow[i] = static_cast<uint8_t>(abyRow[i] + abyRow[i - nStride]);
    for (size_t i = 0; i < n; i++)
        for (size_t nByte = 0; nByte < sizeof(T); nByte++)
            anWords[i] =
                static_cast<T>(anWords[i] << 8 | abyRow[nByte * n + i]);
    return anWords;
}

template <class T> void ExpectPlanes()
{
    for (size_t nLength : anLengths)
        for (size_t nStride : std::vector<size_t>{1, 3, 4}) {
            const std::vector<T> anWords = RandomWords<T>(nLength * nStride);
            std::vector<T> anRow = anWords, anScratch = anWords;

            rt_predict_float(anRow.data(), anRow.size(), nStride, sizeof(T),
                             anScratch.data());
            ASSERT_EQ(Undone(anRow, nStride), anWords)
                << nLength << " of " << nStride;
        }
}
} // namespace

TEST(Predictor, TakesDifferencesThatSumsUndo)
{
    ExpectDifferences<uint8_t>();
    ExpectDifferences<uint16_t>();
    ExpectDifferences<uint32_t>();
    ExpectDifferences<uint64_t>();
}

TEST(Predictor, LaysTheBytesOfFloatsOutByRank)
{
    ExpectPlanes<uint16_t>();
    ExpectPlanes<uint32_t>();
    ExpectPlanes<uint64_t>();
}

TEST(Predictor, SwapsTheBytesOfWords)
{
    for (uint32_t nBytes : {1U, 2U, 3U, 4U, 8U}) {
        std::vector<uint8_t> abyWords(24 * 5), abySwapped;

        for (size_t i = 0; i < abyWords.size(); i++)
            abyWords[i] = static_cast<uint8_t>(i);
        abySwapped = abyWords;
        rt_swap_words(abySwapped.data(), abySwapped.size() / nBytes, nBytes);
        for (size_t i = 0; i < abyWords.size(); i++)
            ASSERT_EQ(abySwapped[i],
                      abyWords[i / nBytes * nBytes + nBytes - 1 - i % nBytes]);
    }
}
