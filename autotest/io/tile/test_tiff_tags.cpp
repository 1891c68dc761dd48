/* test_tiff_tags.cpp - see tiff_tags.h. */
#include "tiff_tags.h"

#include <cstring>

#include <tiffio.h>

namespace
{
class Reader
{
  public:
    explicit Reader(const std::string &osPath)
    {
        GByte *pabyData = nullptr;
        vsi_l_offset nSize = 0;

        EXPECT_TRUE(VSIIngestFile(nullptr, osPath.c_str(), &pabyData, &nSize,
                                  -1) != FALSE)
            << osPath;
        if (pabyData != nullptr)
            m_abyFile.assign(pabyData, pabyData + nSize);
        VSIFree(pabyData);
        m_bBigEndian = Bytes(0, 1) == "M";
    }

    std::string Bytes(uint64_t nAt, uint64_t nSize) const
    {
        EXPECT_LE(nAt + nSize, m_abyFile.size());
        if (nAt + nSize > m_abyFile.size())
            return {};
        return {m_abyFile.begin() + static_cast<ptrdiff_t>(nAt),
                m_abyFile.begin() + static_cast<ptrdiff_t>(nAt + nSize)};
    }

    uint64_t Number(uint64_t nAt, unsigned nSize) const
    {
        const std::string osBytes = Bytes(nAt, nSize);
        uint64_t nValue = 0;

        for (size_t i = 0; i < osBytes.size(); i++) {
            const size_t iByte = m_bBigEndian ? i : osBytes.size() - 1 - i;
            nValue = nValue << 8 | static_cast<uint8_t>(osBytes[iByte]);
        }
        return nValue;
    }

  private:
    std::vector<char> m_abyFile{};
    bool m_bBigEndian = false;
};
} // namespace

static bool SaysWhere(uint64_t nTag)
{
    return nTag == TIFFTAG_STRIPOFFSETS || nTag == TIFFTAG_STRIPBYTECOUNTS ||
           nTag == TIFFTAG_TILEOFFSETS || nTag == TIFFTAG_TILEBYTECOUNTS;
}

static std::string Tag(const Reader &oFile, uint64_t nAt, bool bBig)
{
    static const unsigned anSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                       8, 4, 8, 4, 0, 0, 8, 8, 8};
    const unsigned nWord = bBig ? 8 : 4;
    const uint64_t nTag = oFile.Number(nAt, 2);
    const uint64_t nType = oFile.Number(nAt + 2, 2);
    const uint64_t nCount = oFile.Number(nAt + 4, nWord);
    const uint64_t nSize = nType < 19 ? anSizes[nType] * nCount : 0;
    std::string osLine = CPLSPrintf("tag %d type %d count %d", int(nTag),
                                    int(nType), int(nCount));

    if (SaysWhere(nTag))
        return osLine;
    const uint64_t nValueAt = nAt + 4 + nWord;
    const std::string osValue = oFile.Bytes(
        nSize > nWord ? oFile.Number(nValueAt, nWord) : nValueAt, nSize);
    if (nType == TIFF_ASCII)
        return osLine + ": " + osValue.c_str();
    osLine += ":";
    for (const char chByte : osValue)
        osLine += CPLSPrintf(" %02x", static_cast<uint8_t>(chByte));
    return osLine;
}

static bool IsBig(const Reader &oFile)
{
    return oFile.Number(2, 2) == 43;
}

std::vector<uint64_t> TiffDirectories(const std::string &osPath)
{
    const Reader oFile(osPath);
    const unsigned nWord = IsBig(oFile) ? 8 : 4;
    std::vector<uint64_t> anPlaces;

    for (uint64_t nAt = oFile.Number(nWord, nWord);
         nAt != 0 && anPlaces.size() < 100;) {
        const unsigned nHead = IsBig(oFile) ? 8 : 2;
        anPlaces.push_back(nAt);
        nAt = oFile.Number(
            nAt + nHead + oFile.Number(nAt, nHead) * (4 + 2 * nWord), nWord);
    }
    return anPlaces;
}

Options TiffTags(const std::string &osPath)
{
    const Reader oFile(osPath);
    const bool bBig = IsBig(oFile);
    const unsigned nHead = bBig ? 8 : 2;
    Options aosLines = {oFile.Bytes(0, 2) + (bBig ? " BigTIFF" : " classic")};

    for (const uint64_t nPlace : TiffDirectories(osPath)) {
        aosLines.push_back("directory");
        for (uint64_t i = 0; i < oFile.Number(nPlace, nHead); i++)
            aosLines.push_back(
                Tag(oFile, nPlace + nHead + i * (bBig ? 20 : 12), bBig));
    }
    return aosLines;
}

bool IsAllHoles(const std::string &osPath)
{
    TIFF *hTiff = TIFFOpen(osPath.c_str(), "rm");
    bool bHoles = hTiff != nullptr;

    if (hTiff == nullptr)
        return false;
    do {
        const uint32_t nTiles = TIFFNumberOfTiles(hTiff);
        bHoles = bHoles && TIFFIsTiled(hTiff) && nTiles > 0;
        for (uint32_t i = 0; i < nTiles; i++)
            bHoles = bHoles && TIFFGetStrileOffset(hTiff, i) == 0 &&
                     TIFFGetStrileByteCount(hTiff, i) == 0;
    } while (TIFFReadDirectory(hTiff));
    TIFFClose(hTiff);
    return bHoles;
}

void MoveTiles(const std::string &osFrom, const std::string &osTo)
{
    TIFF *hFrom = TIFFOpen(osFrom.c_str(), "rm");
    TIFF *hTo = TIFFOpen(osTo.c_str(), "r+m");

    ASSERT_NE(hFrom, nullptr);
    ASSERT_NE(hTo, nullptr);
    const tdir_t nDirectories = TIFFNumberOfDirectories(hFrom);
    for (tdir_t i = 0; i < nDirectories; i++) {
        ASSERT_TRUE(TIFFSetDirectory(hFrom, i));
        ASSERT_TRUE(TIFFSetDirectory(hTo, i));
        for (uint32_t iTile = 0; iTile < TIFFNumberOfTiles(hFrom); iTile++) {
            const uint64_t nSize = TIFFGetStrileByteCount(hFrom, iTile);
            std::vector<GByte> abyTile(static_cast<size_t>(nSize));
            const auto nBytes = static_cast<tmsize_t>(nSize);
            ASSERT_EQ(TIFFReadRawTile(hFrom, iTile, abyTile.data(), nBytes),
                      nBytes);
            ASSERT_EQ(TIFFWriteRawTile(hTo, iTile, abyTile.data(), nBytes),
                      nBytes);
        }
        ASSERT_TRUE(TIFFFlush(hTo));
    }
    TIFFClose(hFrom);
    TIFFClose(hTo);
}
