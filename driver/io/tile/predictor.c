/* predictor.c - see predictor.h.
 *
 * A difference in place has to run from the end of the row to its start,
 * because each word needs its unchanged predecessor. Compilers do not vectorise
 * that for an unknown stride. So the predecessors are copied first, in pieces
 * that fit into the first-level cache.
 */
#include "io/tile/predictor.h"

#include <string.h>

#define PIECE_BYTES 2048

/* The caller's samples may be of any type of this size. */
typedef uint16_t __attribute__((may_alias)) word16;
typedef uint32_t __attribute__((may_alias)) word32;
typedef uint64_t __attribute__((may_alias)) word64;

/* NOLINTBEGIN(bugprone-macro-parentheses): word is a type */
#define DEFINE_DIFFERENCE(name, word)                                          \
    static void name(word *row, size_t n, size_t stride)                       \
    {                                                                          \
        word before[PIECE_BYTES / sizeof(word)];                               \
                                                                               \
        for (size_t end = n; end > stride;) {                                  \
            size_t count = PIECE_BYTES / sizeof(word);                         \
            word *now;                                                         \
                                                                               \
            if (count > end - stride)                                          \
                count = end - stride;                                          \
            now = row + (end - count);                                         \
            memcpy(before, now - stride, count * sizeof(word));                \
            for (size_t i = 0; i < count; i++)                                 \
                now[i] = (word)(now[i] - before[i]);                           \
            end -= count;                                                      \
        }                                                                      \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

DEFINE_DIFFERENCE(difference8, uint8_t)
DEFINE_DIFFERENCE(difference16, word16)
DEFINE_DIFFERENCE(difference32, word32)
DEFINE_DIFFERENCE(difference64, word64)

void rt_predict_horizontal(void *row, size_t n_words, size_t stride,
                           uint32_t word_bytes)
{
    switch (word_bytes) {
    case 1:
        difference8(row, n_words, stride);
        break;
    case 2:
        difference16(row, n_words, stride);
        break;
    case 4:
        difference32(row, n_words, stride);
        break;
    case 8:
        difference64(row, n_words, stride);
        break;
    default:
        break;
    }
}

static void split16(const word16 *restrict words, size_t n,
                    uint8_t *restrict high, uint8_t *restrict low)
{
    for (size_t i = 0; i < n; i++) {
        high[i] = (uint8_t)(words[i] >> 8);
        low[i] = (uint8_t)words[i];
    }
}

static void split32(const word32 *restrict words, size_t n,
                    uint8_t *restrict b3, uint8_t *restrict b2,
                    uint8_t *restrict b1, uint8_t *restrict b0)
{
    for (size_t i = 0; i < n; i++) {
        b3[i] = (uint8_t)(words[i] >> 24);
        b2[i] = (uint8_t)(words[i] >> 16);
        b1[i] = (uint8_t)(words[i] >> 8);
        b0[i] = (uint8_t)words[i];
    }
}

static void split64(const word64 *restrict words, size_t n,
                    uint8_t *restrict planes)
{
    for (uint32_t byte = 0; byte < 8; byte += 2) {
        uint8_t *restrict first = planes + byte * n;
        uint8_t *restrict second = first + n;
        const uint32_t shift = 8 * (6 - byte);

        for (size_t i = 0; i < n; i++) {
            const uint64_t both = words[i] >> shift;

            first[i] = (uint8_t)(both >> 8);
            second[i] = (uint8_t)both;
        }
    }
}

void rt_predict_float(void *row, size_t n_words, size_t stride,
                      uint32_t word_bytes, void *scratch)
{
    uint8_t *planes = row;
    const size_t n = n_words;

    memcpy(scratch, row, n * word_bytes);
    if (word_bytes == 2)
        split16(scratch, n, planes, planes + n);
    else if (word_bytes == 4)
        split32(scratch, n, planes, planes + n, planes + 2 * n, planes + 3 * n);
    else
        split64(scratch, n, planes);
    difference8(planes, n * word_bytes, stride);
}

static void swap16(word16 *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        words[i] = (uint16_t)((uint32_t)words[i] << 8 | words[i] >> 8);
}

static void swap24(uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++, bytes += 3) {
        const uint8_t first = bytes[0];

        bytes[0] = bytes[2];
        bytes[2] = first;
    }
}

static void swap32(word32 *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        words[i] = __builtin_bswap32(words[i]);
}

static void swap64(word64 *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        words[i] = __builtin_bswap64(words[i]);
}

void rt_swap_words(void *words, size_t n_words, uint32_t word_bytes)
{
    switch (word_bytes) {
    case 2:
        swap16(words, n_words);
        break;
    case 3:
        swap24(words, n_words);
        break;
    case 4:
        swap32(words, n_words);
        break;
    case 8:
        swap64(words, n_words);
        break;
    default:
        break;
    }
}
