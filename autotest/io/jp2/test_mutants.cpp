/* test_mutants.cpp - thousands of damaged codestreams: each is read or refused,
 * and nothing else happens. RETILE_MUTANTS is their number. Under
 * AddressSanitizer they find errors that no single test finds. */
#include <cstdlib>

#include "io/jp2/codec.h"
#include "io/jp2/source.h"
#include "jp2_rig.h"

namespace
{

const char *const pszPath = "/vsimem/mutant.jp2";

std::vector<std::vector<GByte>> Seeds()
{
    std::vector<std::vector<GByte>> aabySeeds;
    const std::string osPath = NewFolder() + "/seed";

    for (int i = 0; i < 6; i++) {
        Codestream oMake;
        oMake.nWidth = 90 + 20 * i;
        oMake.nHeight = 70;
        oMake.nComponents = i % 3 == 1 ? 3 : 1;
        oMake.bHalves = i == 4;
        oMake.bIrreversible = i % 2 == 1;
        oMake.nTileWidth = oMake.nTileHeight = i % 2 == 0 ? 32 : 0;
        oMake.nResolutions = 3;
        oMake.nPrecinct = i == 3 ? 64 : 0;
        oMake.chTileParts = i == 2 ? 'R' : 0;
        oMake.bTlm = i == 2;
        oMake.bBoxes = i < 4;
        EXPECT_TRUE(WriteCodestream(osPath, oMake));
        aabySeeds.push_back(ReadFile(osPath));
    }
    return aabySeeds;
}

/* Most changes hit the headers, where they do most damage. */
std::vector<GByte> Mutate(std::vector<GByte> abyFile, std::mt19937 &oRandom)
{
    const auto Below = [&](size_t n) { return oRandom() % n; };

    for (size_t n = 1 + Below(4); n > 0; n--) {
        const size_t nReach = Below(2) == 0 ? 300 : abyFile.size();
        const size_t at = Below(std::min(nReach, abyFile.size()));

        switch (Below(5)) {
        case 0:
            abyFile[at] = static_cast<GByte>(oRandom());
            break;
        case 1:
            abyFile[at] ^= static_cast<GByte>(1u << Below(8));
            break;
        case 2:
            abyFile[at] = Below(2) == 0 ? 0 : 0xFF;
            break;
        case 3:
            abyFile.erase(abyFile.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        default:
            if (Below(4) == 0)
                abyFile.resize(at + 1);
            else
                abyFile.insert(abyFile.begin() +
                                   static_cast<std::ptrdiff_t>(at),
                               static_cast<GByte>(oRandom()));
        }
        if (abyFile.size() < 2)
            break;
    }
    return abyFile;
}

/* Reads a few windows of each level; true if one could be read. */
bool ReadSome(rt_jp2_source *poSource, GDALDataset *poDS, std::mt19937 &oRandom)
{
    const int32_t nPlane = 0;
    bool bRead = false;

    for (int nLevel = 0; rt_jp2_source_has_level(poSource, nLevel); nLevel++) {
        const int nW = (poDS->GetRasterXSize() + (1 << nLevel) - 1) >> nLevel;
        const int nH = (poDS->GetRasterYSize() + (1 << nLevel) - 1) >> nLevel;
        const auto Below = [&](int n) {
            return static_cast<int32_t>(oRandom() % static_cast<unsigned>(n));
        };
        rt_window oWindow = {Below(nW), Below(nH), 0, 0};
        oWindow.w_px = 1 + Below(std::min(nW - oWindow.x_px, 200));
        oWindow.h_px = 1 + Below(std::min(nH - oWindow.y_px, 200));
        std::vector<GByte> abyPixels(static_cast<size_t>(oWindow.w_px) *
                                     static_cast<size_t>(oWindow.h_px) * 4);
        void *pPixels = abyPixels.data();
        rt_error oError{};
        const rt_status eStatus = rt_jp2_source_read(
            poSource, nLevel, &nPlane, 1, &oWindow, &pPixels, &oError);

        EXPECT_TRUE(eStatus == RT_OK || eStatus == RT_ERR_SOURCE ||
                    eStatus == RT_ERR_MEMORY)
            << oError.text;
        bRead = bRead || eStatus == RT_OK;
    }
    return bRead;
}

/* Whether both GDAL and the source opened the file, and pixels could be
 * read. */
bool TryFile(std::mt19937 &oRandom)
{
    rt_jp2_source *poSource = nullptr;
    rt_jp2_index *poIndex = nullptr;
    rt_error oError{};
    const Errors oErrors;
    bool bRead = false;

    const rt_status eStatus =
        rt_jp2_index_open(pszPath, oRandom() % 2 == 0, &poIndex, &oError);
    EXPECT_TRUE(eStatus == RT_OK || oError.text[0] != '\0');
    rt_jp2_index_close(poIndex);
    const auto poDS = Open(pszPath);
    if (poDS && rt_jp2_source_open(GDALDataset::ToHandle(poDS.get()), pszPath,
                                   nullptr, 1, &poSource, &oError) == RT_OK)
        bRead = ReadSome(poSource, poDS.get(), oRandom);
    rt_jp2_source_close(poSource);
    return bRead;
}

} // namespace

TEST(Jp2Mutants, AreReadOrRefused)
{
    const char *pszCount = std::getenv("RETILE_MUTANTS");
    const int nCount = pszCount != nullptr ? std::atoi(pszCount) : 300;
    const auto aabySeeds = Seeds();
    std::mt19937 oRandom(4);
    int nRead = 0;

    for (int i = 0; i < nCount; i++) {
        WriteFile(pszPath,
                  Mutate(aabySeeds[oRandom() % aabySeeds.size()], oRandom));
        nRead += TryFile(oRandom);
    }
    VSIUnlink(pszPath);
    EXPECT_GT(nRead, nCount / 20);
    EXPECT_LT(nRead, nCount);
}
