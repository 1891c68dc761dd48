/* test_raw_tile_copy_refused.cpp - tiles that are not copied raw, and copies
 * that fail. */
#include <cstring>

#include "raw_tile_copy_rig.h"

namespace
{

struct Refusal {
    const char *pszName;
    Options aosSource;
    const char *pszArguments; /* for gdal_translate */
    Options aosCopy;
    const char *pszWhy;
    int nBands = 3;
    GDALDataType eType = GDT_Byte;
};

std::ostream &operator<<(std::ostream &os, const Refusal &oRefusal)
{
    return os << oRefusal.pszName;
}

class RefusalOf : public RawTileCopy,
                  public ::testing::WithParamInterface<Refusal>
{
};

TEST_P(RefusalOf, IsReportedIfTilesAreRequired)
{
    const Refusal &oCase = GetParam();

    WriteSource(oCase.aosSource, oCase.nBands, oCase.eType);
    const auto poSource = *oCase.pszArguments == '\0'
                              ? Open(m_osSource)
                              : Translated(m_osSource, oCase.pszArguments);
    ExpectRefused(poSource.get(), oCase.aosCopy, oCase.pszWhy);
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, RefusalOf,
    ::testing::Values(
        Refusal{"Codec",
                {"COMPRESS=LZW"},
                "",
                {"COMPRESS=ZSTD"},
                "compression is LZW, not ZSTD"},
        Refusal{"Predictor",
                {"COMPRESS=LZW", "PREDICTOR=2"},
                "",
                {"COMPRESS=LZW"},
                "predictor is 2, not 1"},
        Refusal{"TileSize",
                {},
                "",
                {"BLOCKXSIZE=128"},
                "tiles are of 64x64 pixels, not 128x64"},
        Refusal{"Strips", {"TILED=NO"}, "", {}, "is not tiled"},
        Refusal{"PixelsToBands",
                {},
                "",
                {"INTERLEAVE=BAND"},
                "are interleaved by pixel, those asked for are not"},
        Refusal{"BandsToPixels",
                {"INTERLEAVE=BAND"},
                "",
                {"INTERLEAVE=PIXEL"},
                "are not interleaved by pixel"},
        Refusal{"ByteOrder",
                {"ENDIANNESS=BIG"},
                "",
                {},
                "byte order is big-endian",
                1,
                GDT_UInt16},
        Refusal{"ByteOrderOfLerc",
                {"COMPRESS=LERC", "ENDIANNESS=BIG"},
                "",
                {"COMPRESS=LERC"},
                "byte order is big-endian",
                1,
                GDT_UInt16},
        Refusal{"Bits",
                {"NBITS=12"},
                "",
                {"NBITS=16"},
                "number of bits is 12, not 16",
                1,
                GDT_UInt16},
        Refusal{"DiscardedBits",
                {"COMPRESS=DEFLATE"},
                "",
                {"COMPRESS=DEFLATE", "DISCARD_LSB=2"},
                "DISCARD_LSB"},
        Refusal{"WindowInsideATile",
                {},
                "-srcwin 64 10 100 100",
                {},
                "begins at 64,10, inside a tile"},
        Refusal{
            "BandsOfTilesThatHoldAll", {}, "-b 2", {}, "tiles hold 3 bands"},
        Refusal{"BandsInAnotherOrder",
                {},
                "-b 3 -b 2 -b 1",
                {},
                "tiles hold 3 bands"},
        Refusal{"OtherType",
                {},
                "-ot UInt16",
                {},
                "pixels are converted from Byte to UInt16",
                1},
        Refusal{"OtherValues",
                {},
                "-scale 0 255 0 100",
                {},
                "numbers that are rounded"},
        Refusal{"OtherSize", {}, "-outsize 50% 50%", {}, "it resamples"},
        Refusal{"ExtraCompressionOfLerc",
                {"COMPRESS=LERC_ZSTD"},
                "",
                {"COMPRESS=LERC_DEFLATE"},
                "compressed further",
                1,
                GDT_Float32}),
    [](const auto &oInfo) { return std::string(oInfo.param.pszName); });

} // namespace

TEST_F(RawTileCopy, DoesNotLookThroughAPaddedView)
{
    WriteSource({});
    ExpectRefused(Open("RETILE:" + m_osSource,
                       {"PAD_EDGES=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"})
                      .get(),
                  {}, "is padded");
}

TEST_F(RawTileCopy, TakesTilesFromTheRasterThatGdalShowsOnly)
{
    WriteSource({});
    const std::string osPage = "GTIFF_DIR:1:" + m_osSource;
    ExpectRefused(Open(osPage).get(), {}, "is not the name of a file");
    const auto poMemory = Memory(100, 80, 1, GDT_Byte);
    ExpectRefused(poMemory.get(), {}, "cannot be opened again");
}

TEST_F(RawTileCopy, RefusesColoursThatGdalConverts)
{
    WriteSource({"PHOTOMETRIC=CMYK"}, 4);
    ExpectRefused(Open(m_osSource).get(), {"PHOTOMETRIC=CMYK"},
                  "colours are converted");
}

TEST_F(RawTileCopy, ComparesTagsThatGTiffNeverWrites)
{
    const std::vector<std::pair<uint32_t, const char *>> aoTags{
        {TIFFTAG_FILLORDER, "fill order is 2, not 1"},
        {TIFFTAG_SAMPLEFORMAT, "sample format is 4, not 1"}};

    for (const auto &oTag : aoTags) {
        SetUp();
        WriteSource({}, 1);
        TIFF *hTiff = TIFFOpen(m_osSource.c_str(), "r+");
        ASSERT_NE(hTiff, nullptr);
        EXPECT_TRUE(TIFFSetField(hTiff, oTag.first,
                                 oTag.first == TIFFTAG_FILLORDER
                                     ? FILLORDER_LSB2MSB
                                     : SAMPLEFORMAT_VOID));
        EXPECT_TRUE(TIFFRewriteDirectory(hTiff));
        TIFFClose(hTiff);
        ExpectRefused(Open(m_osSource).get(), {}, oTag.second);
    }
}

TEST_F(RawTileCopy, RefusesAViewOfASourceWithOptions)
{
    WriteSource({});
    const std::string osView = NewFolder() + "/view.retile";
    WriteText(osView, R"({"type": "RETILE", "version": 1, "source": ")" +
                          m_osSource +
                          R"(", "source_open_options": {"NUM_THREADS": "2"}})");
    ExpectRefused(Translated(osView, "-srcwin 0 0 100 100").get(), {},
                  "opens its source with NUM_THREADS=2");
    ASSERT_NE(Copy(Open(osView).get(), {"PASSTHROUGH=REQUIRED"}), nullptr);
    ExpectTilesOfSource();
}

TEST_F(RawTileCopy, TakesJpegOfTheSameTablesOnly)
{
    WriteSource({"COMPRESS=JPEG", "JPEG_QUALITY=80"});
    const Debug oDebug;
    EXPECT_EQ(
        Copy(Open(m_osSource).get(), {"COMPRESS=JPEG", "PASSTHROUGH=REQUIRED"}),
        nullptr);
    EXPECT_NE(oDebug.osFailures.find("the source's JPEG tables differ from "
                                     "those of JPEG_QUALITY=75"),
              std::string::npos)
        << oDebug.osFailures;
    ASSERT_NE(
        Copy(Open(m_osSource).get(), {"COMPRESS=JPEG", "JPEG_QUALITY=80"}),
        nullptr);
    EXPECT_NE(oDebug.osText.find("copied raw from"), std::string::npos);
    ExpectTilesOfSource();
}

TEST_F(RawTileCopy, TakesJpegOfUnknownQualityOnlyIfRequired)
{
    const Options aosOptions{"COMPRESS=JPEG", "JPEGTABLESMODE=0"};
    WriteSource(aosOptions);
    Debug oDebug;
    ASSERT_NE(Copy(Open(m_osSource).get(), aosOptions), nullptr);
    EXPECT_NE(oDebug.osText.find("is not recorded in its tables"),
              std::string::npos);
    ASSERT_NE(Copy(Open(m_osSource).get(), {"COMPRESS=JPEG", "JPEGTABLESMODE=0",
                                            "PASSTHROUGH=REQUIRED"}),
              nullptr)
        << oDebug.osFailures;
    ExpectTilesOfSource();
}

TEST_F(RawTileCopy, TakesJpegOfTheSameColoursOnly)
{
    WriteSource({"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"});
    const Debug oDebug;
    EXPECT_EQ(Copy(Open(m_osSource).get(), {"COMPRESS=JPEG", "PHOTOMETRIC=RGB",
                                            "PASSTHROUGH=REQUIRED"}),
              nullptr);
    EXPECT_NE(oDebug.osFailures.find("photometric interpretation is 6, not 2"),
              std::string::npos)
        << oDebug.osFailures;
}

TEST_F(RawTileCopy, WithoutBeingRequiredAcceptsNoUnknownLoss)
{
    const std::vector<std::pair<Options, bool>> aoCases{
        {{"COMPRESS=WEBP"}, false},
        {{"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"}, true},
        {{"COMPRESS=LERC", "MAX_Z_ERROR=3"}, false},
        {{"COMPRESS=LERC"}, true}};

    for (const auto &oCase : aoCases) {
        SCOPED_TRACE(Lines(oCase.first));
        SetUp();
        WriteSource({oCase.first[0]});
        const Debug oDebug;
        ASSERT_NE(Copy(Open(m_osSource).get(), oCase.first), nullptr);
        EXPECT_EQ(oDebug.osText.find("copied raw from") != std::string::npos,
                  oCase.second);
        if (oCase.second)
            ExpectAsGTiff(Open(m_osSource).get(), oCase.first);
    }
}

TEST_F(RawTileCopy, EncodesMasksIfTheyCannotBeCopied)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "NO");
    auto poDS = MakeTiff(
        m_osSource, {200, 150, 3, GDT_Byte, WithTiles({"COMPRESS=DEFLATE"})});
    ASSERT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    ASSERT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->Fill(255), CE_None);
    poDS.reset();
    const auto poSource = Open(m_osSource);
    const Debug oDebug;
    ASSERT_NE(
        Copy(poSource.get(), {"COMPRESS=DEFLATE", "PASSTHROUGH=REQUIRED"}),
        nullptr);
    EXPECT_NE(oDebug.osText.find("masks: no raw tile copy: the "
                                 "source's mask is not in its file"),
              std::string::npos);
    ExpectTilesOfSource();
    ExpectAsGTiff(poSource.get(), {"COMPRESS=DEFLATE"});
}

TEST_F(RawTileCopy, NeedsLessMemoryThanDecodingAndReportsTheMinimum)
{
    const Options aosOptions{"BLOCKXSIZE=512", "BLOCKYSIZE=512"};
    const auto oCopyWith = [&](const std::string &osMax) {
        Options aosAll = aosOptions;

        aosAll.push_back("MEMORY_MAX=" + osMax);
        aosAll.push_back("PASSTHROUGH=REQUIRED");
        return Copy(Open(m_osSource).get(), aosAll) != nullptr;
    };

    WriteTiff(m_osSource, {1024,
                           1024,
                           3,
                           GDT_UInt16,
                           {"TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"}});
    {
        const Debug oDebug;

        EXPECT_FALSE(oCopyWith("1100000"));
        EXPECT_NE(oDebug.osFailures.find("at least MEMORY_MAX=2MB is needed"),
                  std::string::npos)
            << oDebug.osFailures;
    }
    EXPECT_TRUE(oCopyWith("2MB"));
}

TEST_F(RawTileCopy, FailsIfTheSourceIsCutOff)
{
    WriteSource({"COMPRESS=DEFLATE"});
    Resize(m_osSource, -10);
    for (const char *pszMode : {"PASSTHROUGH=AUTO", "PASSTHROUGH=REQUIRED"}) {
        const Debug oDebug;
        EXPECT_EQ(Copy(Open(m_osSource).get(), {"COMPRESS=DEFLATE", pszMode}),
                  nullptr);
        EXPECT_EQ(oDebug.nFailures, 1);
        EXPECT_NE(oDebug.osFailures.find("is cut off"), std::string::npos)
            << oDebug.osFailures;
        ExpectNothingLeft();
    }
}

TEST_F(RawTileCopy, StopsIfTheSourceChangesOrTheCallerCancels)
{
    WriteTiff(m_osSource,
              {512, 512, 1, GDT_UInt16, WithTiles({"COMPRESS=DEFLATE"})});
    for (const bool bChange : {true, false}) {
        /* A column of tiles is read one by one. */
        const auto poSource = Translated(m_osSource, "-srcwin 0 0 64 512");
        const Debug oDebug;
        int nCalls = 0;

        EXPECT_EQ(Copy(poSource.get(),
                       {"COMPRESS=DEFLATE", "PASSTHROUGH=REQUIRED"},
                       [&](double dfDone) {
                           if (dfDone == 0 || ++nCalls != 3)
                               return true;
                           if (bChange)
                               Resize(m_osSource, 1);
                           return bChange;
                       }),
                  nullptr);
        EXPECT_EQ(nCalls, 3);
        EXPECT_EQ(oDebug.nFailures, 1);
        EXPECT_NE(
            oDebug.osFailures.find(bChange ? "has changed since" : "cancelled"),
            std::string::npos)
            << oDebug.osFailures;
        ExpectNothingLeft();
    }
}
