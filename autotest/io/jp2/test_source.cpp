/* test_source.cpp - JPEG 2000 decoded without GDAL gives the same pixels. */
#include <tuple>

#include "jp2_rig.h"

class Jp2Source : public ::testing::Test
{
  protected:
    /* Makes a file and compares both decoders. */
    void ExpectSame(const Codestream &oMake, const char *pszDecoder = "NATIVE")
    {
        const std::string osPath =
            NewFolder() + (oMake.bBoxes ? "/s.jp2" : "/s.j2k");

        ASSERT_TRUE(WriteCodestream(osPath, oMake));
        ExpectSameLevels(osPath, pszDecoder);
    }
};

using Depth = std::tuple<int, bool, bool>;

class Jp2Depths : public ::testing::TestWithParam<Depth>
{
};

TEST_P(Jp2Depths, AreShownAsGdalShowsThem)
{
    Codestream oMake;
    const std::string osPath = NewFolder() + "/s.jp2";

    std::tie(oMake.nBits, oMake.bSigned, oMake.bIrreversible) = GetParam();
    ASSERT_TRUE(WriteCodestream(osPath, oMake));
    ExpectSameLevels(osPath, "NATIVE");
}

INSTANTIATE_TEST_SUITE_P(
    All, Jp2Depths,
    ::testing::Combine(::testing::Values(1, 2, 7, 8, 9, 12, 16),
                       ::testing::Bool(), ::testing::Bool()));

TEST_F(Jp2Source, AnyNumberOfComponentsIsDecodedTogether)
{
    for (int n = 1; n <= 5; n++)
        for (const int nTile : {0, 256}) {
            Codestream oMake;
            oMake.nComponents = n;
            oMake.bIrreversible = n % 2 == 1;
            oMake.nTileWidth = oMake.nTileHeight = nTile;
            ExpectSame(oMake);
        }
}

TEST_F(Jp2Source, ColourDifferencesOfHalfTheSizeBecomeRgb)
{
    for (const int nTile : {0, 256}) {
        Codestream oMake;
        oMake.nComponents = 3;
        oMake.bHalves = true;
        oMake.nTileWidth = oMake.nTileHeight = nTile;
        oMake.nResolutions = 4;
        ExpectSame(oMake);
    }
}

TEST_F(Jp2Source, TilePartsMayComeInAnyOrder)
{
    for (const OPJ_PROG_ORDER eOrder :
         {OPJ_LRCP, OPJ_RLCP, OPJ_RPCL, OPJ_PCRL, OPJ_CPRL})
        for (const char chParts : {'R', 'L', 'C'}) {
            if (IsLeftOut(5))
                continue;
            Codestream oMake;
            oMake.nWidth = 700;
            oMake.nHeight = 500;
            oMake.nComponents = 3;
            oMake.nLayers = 3;
            oMake.eOrder = eOrder;
            oMake.chTileParts = chParts;
            oMake.nTileWidth = oMake.nTileHeight = 256;
            oMake.bBoxes = false;
            ExpectSame(oMake);
        }
}

/* Parts of different tiles, one after the other. */
TEST_F(Jp2Source, TilePartsMayBeInterleaved)
{
    const std::string osPath = NewFolder() + "/s.j2k";
    Codestream oMake;
    oMake.nWidth = 512;
    oMake.nHeight = 256;
    oMake.chTileParts = 'R';
    oMake.nTileWidth = oMake.nTileHeight = 256;
    oMake.bBoxes = false;
    ASSERT_TRUE(WriteCodestream(osPath, oMake));
    const std::vector<GByte> abyFile = ReadFile(osPath);
    std::vector<size_t> anAt = FindTileParts(abyFile);
    ASSERT_EQ(anAt.size(), 12u);
    std::vector<GByte> abyMixed(abyFile.begin(),
                                abyFile.begin() +
                                    static_cast<std::ptrdiff_t>(anAt[0]));

    anAt.push_back(abyFile.size() - 2);
    for (size_t i = 0; i < 12; i++) {
        const size_t iPart = i / 2 + (i % 2 == 0 ? 6 : 0);
        abyMixed.insert(
            abyMixed.end(),
            abyFile.begin() + static_cast<std::ptrdiff_t>(anAt[iPart]),
            abyFile.begin() + static_cast<std::ptrdiff_t>(anAt[iPart + 1]));
    }
    abyMixed.insert(abyMixed.end(), {0xFF, 0xD9});
    WriteFile(osPath, abyMixed);
    ExpectSameLevels(osPath, "NATIVE");
}

TEST_F(Jp2Source, LengthsOfTilePartsMayBeInTheHeader)
{
    Codestream oMake;
    oMake.nTileWidth = oMake.nTileHeight = 256;
    oMake.bTlm = true;
    ExpectSame(oMake);
}

TEST_F(Jp2Source, CodeBlocksAndPrecinctsMayBeSmall)
{
    for (const int nBlock : {4, 32, 64})
        for (const bool bIrreversible : {false, true}) {
            Codestream oMake;
            oMake.nCodeBlock = nBlock;
            oMake.bIrreversible = bIrreversible;
            ExpectSame(oMake);
            oMake.nPrecinct = 128;
            ExpectSame(oMake);
        }
}

TEST_F(Jp2Source, CodeBlocksMayBeCodedInEveryMode)
{
    Codestream oMake;
    oMake.nMode = 63;
    oMake.nMarkers = 6;
    ExpectSame(oMake);
}

TEST_F(Jp2Source, ImageAndTilesMayBeginAnywhereOnTheGrid)
{
    Codestream oMake;
    oMake.nX0 = oMake.nTilesX0 = 64;
    oMake.nY0 = oMake.nTilesY0 = 32;
    oMake.nTileWidth = oMake.nTileHeight = 256;
    ExpectSame(oMake);
    oMake.nTileWidth = 0;
    ExpectSame(oMake);
}

/* GDAL rounds the sizes of overviews from 0, and then fails to read them. */
TEST_F(Jp2Source, LeavesToGdalWhatBeginsBetweenPixelsOfOverviews)
{
    const std::string osPath = NewFolder() + "/s.jp2";
    Codestream oMake;
    oMake.nX0 = 65;
    oMake.nY0 = 33;
    ASSERT_TRUE(WriteCodestream(osPath, oMake));
    ExpectRefused("RETILE:" + osPath, {"SOURCE_DECODER=NATIVE"},
                  "begin between the pixels");
    EXPECT_EQ(Item(Open("RETILE:" + osPath).get(), "SOURCE_DECODER", "RETILE"),
              "GDAL");
}

TEST_F(Jp2Source, TilesMayBeLargerThanTheImage)
{
    for (const bool bIrreversible : {false, true}) {
        Codestream oMake;
        oMake.bIrreversible = bIrreversible;
        oMake.nTileWidth = oMake.nTileHeight = 2048;
        ExpectSame(oMake);
        oMake.nTileHeight = 512;
        ExpectSame(oMake);
    }
}

TEST_F(Jp2Source, TilesMayBeOddAndTiny)
{
    Codestream oMake;
    oMake.nTileWidth = 333;
    oMake.nTileHeight = 77;
    ExpectSame(oMake);
    oMake.nWidth = oMake.nHeight = 200;
    oMake.nTileWidth = oMake.nTileHeight = 8;
    oMake.nResolutions = 2;
    ExpectSame(oMake);
}

/* With the irreversible wavelet and that many resolutions, a sample next to a
 * window's edge can depend on where the window ends. */
TEST_F(Jp2Source, LeavesToGdalWhatDependsOnTheWindow)
{
    Codestream oMake;
    oMake.nWidth = 1100;
    oMake.nResolutions = 9;
    oMake.bIrreversible = true;
    ExpectSame(oMake, "GDAL");
    oMake.bIrreversible = false;
    ExpectSame(oMake);
}

TEST_F(Jp2Source, GdalsBlocksAreNotOurs)
{
    for (const bool bIrreversible : {false, true}) {
        Codestream oMake;
        oMake.nWidth = 1100;
        oMake.nHeight = 2100;
        oMake.bIrreversible = bIrreversible;
        ExpectSame(oMake);
    }
}

TEST_F(Jp2Source, AlphaOfOneBitIsShownInEight)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    oRecipe.nWidth = 300;
    oRecipe.nHeight = 200;
    oRecipe.nBands = 4;
    const auto poTiff = MakeTiff(osFolder + "/from.tif", oRecipe);
    poTiff->GetRasterBand(4)->SetColorInterpretation(GCI_AlphaBand);
    const std::string osPath = osFolder + "/to.jp2";
    const Options aosOptions = {"1BIT_ALPHA=YES", "REVERSIBLE=YES",
                                "QUALITY=100"};
    GDALDatasetUniquePtr(
        GetGDALDriverManager()
            ->GetDriverByName("JP2OpenJPEG")
            ->CreateCopy(osPath.c_str(), poTiff.get(), FALSE,
                         const_cast<char **>(ToList(aosOptions).List()),
                         nullptr, nullptr))
        .reset();
    ExpectSameLevels(osPath, "NATIVE");
}

TEST_F(Jp2Source, LeavesOverviewsOfAnotherFileToGdal)
{
    const std::string osPath = NewFolder() + "/s.jp2";
    Codestream oMake;
    int anFactors[] = {2, 4};
    ASSERT_TRUE(WriteCodestream(osPath, oMake));
    ASSERT_EQ(Open(osPath)->BuildOverviews("AVERAGE", 2, anFactors, 0, nullptr,
                                           nullptr, nullptr),
              CE_None);
    ASSERT_TRUE(Exists(osPath + ".ovr"));
    ExpectSameLevels(osPath, "NATIVE");
}
