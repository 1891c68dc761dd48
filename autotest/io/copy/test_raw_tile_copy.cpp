/* test_raw_tile_copy.cpp - raw tile copies. */
#include <cstring>

#include "raw_tile_copy_rig.h"

namespace
{

/* How the source is made, and what is requested. */
struct Case {
    const char *pszName;
    Options aosSource;
    Options aosCopy;
    int nBands = 3;
    GDALDataType eType = GDT_Byte;
    bool bLossy = false; /* GTiff would compress lossily once more */
};

std::ostream &operator<<(std::ostream &os, const Case &oCase)
{
    return os << oCase.pszName;
}

class RawTileCopyOf : public RawTileCopy,
                      public ::testing::WithParamInterface<Case>
{
};

TEST_P(RawTileCopyOf, TakesOverEveryTileAsItIs)
{
    const Case &oCase = GetParam();
    Options aosOptions = oCase.aosCopy;
    std::mt19937 oRandom(1);

    WriteSource(oCase.aosSource, oCase.nBands, oCase.eType);
    const auto poSource = Open(m_osSource);
    aosOptions.push_back("PASSTHROUGH=REQUIRED");
    Debug oDebug;
    ASSERT_NE(Copy(poSource.get(), aosOptions), nullptr) << oDebug.osFailures;
    EXPECT_NE(oDebug.osText.find(" copied raw from "), std::string::npos);
    ExpectTilesOfSource();
    ExpectSamePixels(poSource.get(), Open(m_osOut).get(), oRandom);
    if (!oCase.bLossy)
        ExpectAsGTiff(poSource.get(), oCase.aosCopy);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, RawTileCopyOf,
    ::testing::Values(
        Case{"Stored", {}, {}},
        Case{"StoredBandByBand", {"INTERLEAVE=BAND"}, {"INTERLEAVE=BAND"}},
        Case{"StoredBigEndianOnBothSides",
             {"ENDIANNESS=BIG"},
             {"ENDIANNESS=BIG"},
             2,
             GDT_UInt16},
        Case{"StoredBytesOfAnyOrder", {"ENDIANNESS=BIG"}, {}},
        Case{"StoredComplex", {}, {}, 2, GDT_CFloat32},
        Case{"Deflate",
             {"COMPRESS=DEFLATE", "ZLEVEL=1"},
             {"COMPRESS=DEFLATE", "ZLEVEL=9"}},
        Case{"DeflateOneBandOfAnyInterleaving",
             {"COMPRESS=DEFLATE", "INTERLEAVE=BAND", "ZLEVEL=1"},
             {"COMPRESS=DEFLATE"},
             1},
        Case{"DeflatePredicted",
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=1"},
             {"COMPRESS=DEFLATE", "PREDICTOR=2"},
             4,
             GDT_Int16},
        Case{"DeflatePredictedBandByBand",
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=BAND"},
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=BAND"},
             2,
             GDT_Int32},
        Case{"DeflatePredictedBytesOfAnyOrder",
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "ENDIANNESS=BIG"},
             {"COMPRESS=DEFLATE", "PREDICTOR=2"}},
        Case{"DeflateFloatingPoint",
             {"COMPRESS=DEFLATE", "PREDICTOR=3"},
             {"COMPRESS=DEFLATE", "PREDICTOR=3"},
             2,
             GDT_Float32},
        Case{"DeflateBigEndianOnBothSides",
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "ENDIANNESS=BIG"},
             {"COMPRESS=DEFLATE", "PREDICTOR=2", "ENDIANNESS=BIG"},
             2,
             GDT_UInt16},
        Case{"DeflateIntoBigTiff",
             {"COMPRESS=DEFLATE"},
             {"COMPRESS=DEFLATE", "BIGTIFF=YES"}},
        Case{"LzwPredicted",
             {"COMPRESS=LZW", "PREDICTOR=2"},
             {"COMPRESS=LZW", "PREDICTOR=2"},
             3,
             GDT_UInt16},
        Case{"LzwDoubles",
             {"COMPRESS=LZW", "PREDICTOR=3", "INTERLEAVE=BAND"},
             {"COMPRESS=LZW", "PREDICTOR=3", "INTERLEAVE=BAND"},
             2,
             GDT_Float64},
        Case{"Packbits", {"COMPRESS=PACKBITS"}, {"COMPRESS=PACKBITS"}},
        Case{"Lzma",
             {"COMPRESS=LZMA", "LZMA_PRESET=1"},
             {"COMPRESS=LZMA"},
             2,
             GDT_UInt16},
        Case{"Zstd",
             {"COMPRESS=ZSTD", "ZSTD_LEVEL=1"},
             {"COMPRESS=ZSTD", "PREDICTOR=1"},
             3,
             GDT_Float32},
        Case{"Int64", {"COMPRESS=ZSTD"}, {"COMPRESS=ZSTD"}, 1, GDT_Int64},
        Case{"TwelveBits",
             {"COMPRESS=DEFLATE", "NBITS=12", "ENDIANNESS=BIG"},
             {"COMPRESS=DEFLATE"},
             2,
             GDT_UInt16},
        Case{"HalfFloats",
             {"COMPRESS=DEFLATE", "NBITS=16"},
             {"COMPRESS=DEFLATE"},
             1,
             GDT_Float32},
        Case{"OneBit",
             {"COMPRESS=CCITTFAX4", "NBITS=1"},
             {"COMPRESS=CCITTFAX4"},
             1},
        Case{"SignedBytes",
             {"COMPRESS=DEFLATE", "PIXELTYPE=SIGNEDBYTE"},
             {"COMPRESS=DEFLATE"},
             1},
        Case{"Jpeg", {"COMPRESS=JPEG"}, {"COMPRESS=JPEG"}, 3, GDT_Byte, true},
        Case{"JpegYCbCr",
             {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=60"},
             {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=60"},
             3,
             GDT_Byte,
             true},
        Case{"JpegBandByBand",
             {"COMPRESS=JPEG", "INTERLEAVE=BAND", "ENDIANNESS=BIG"},
             {"COMPRESS=JPEG", "INTERLEAVE=BAND"},
             4,
             GDT_Byte,
             true},
        Case{"Webp",
             {"COMPRESS=WEBP"},
             {"COMPRESS=WEBP", "WEBP_LEVEL=30"},
             3,
             GDT_Byte,
             true},
        Case{"WebpLossless",
             {"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"},
             {"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"},
             4},
        Case{"Lerc", {"COMPRESS=LERC"}, {"COMPRESS=LERC"}, 2, GDT_Float32},
        Case{"LercDeflate",
             {"COMPRESS=LERC_DEFLATE", "INTERLEAVE=BAND"},
             {"COMPRESS=LERC_DEFLATE", "INTERLEAVE=BAND"},
             2,
             GDT_UInt16},
        Case{"LercWithLoss",
             {"COMPRESS=LERC", "MAX_Z_ERROR=2"},
             {"COMPRESS=LERC", "MAX_Z_ERROR=5"},
             1,
             GDT_Int32,
             true}),
    [](const auto &oInfo) { return std::string(oInfo.param.pszName); });

} // namespace

TEST_F(RawTileCopy, IsTheDefaultAndCanBeTurnedOff)
{
    WriteSource({"COMPRESS=DEFLATE"});
    for (const bool bOff : {false, true}) {
        const Debug oDebug;
        Options aosOptions{"COMPRESS=DEFLATE"};

        if (bOff)
            aosOptions.push_back("PASSTHROUGH=NO");
        ASSERT_NE(Copy(Open(m_osSource).get(), aosOptions), nullptr);
        EXPECT_EQ(oDebug.osText.find("12 tiles (") == std::string::npos, bOff);
        EXPECT_EQ(oDebug.osText.find("DECODE_AMPLIFICATION") !=
                      std::string::npos,
                  bOff);
    }
}

TEST_F(RawTileCopy, TakesAWindowOfWholeTiles)
{
    WriteSource({"COMPRESS=DEFLATE", "ZLEVEL=1"});
    for (const char *pszWindow :
         {"64 64 136 86", "0 64 64 64", "128 0 30 150", "64 0 70 65"}) {
        const auto poSource =
            Translated(m_osSource, std::string("-srcwin ") + pszWindow);
        SCOPED_TRACE(pszWindow);
        ASSERT_NE(
            Copy(poSource.get(), {"COMPRESS=DEFLATE", "PASSTHROUGH=REQUIRED"}),
            nullptr);
        ExpectTilesOfSource(atoi(pszWindow), atoi(strchr(pszWindow, ' ')));
        ExpectAsGTiff(poSource.get(), {"COMPRESS=DEFLATE"});
    }
}

TEST_F(RawTileCopy, TakesAnyBandsThatAreKeptApart)
{
    WriteSource({"COMPRESS=LZW", "INTERLEAVE=BAND"}, 4, GDT_Int16);
    const auto poSource =
        Translated(m_osSource, "-b 4 -b 2 -srcwin 0 64 200 86");

    ASSERT_NE(Copy(poSource.get(),
                   {"COMPRESS=LZW", "INTERLEAVE=BAND", "PASSTHROUGH=REQUIRED"}),
              nullptr);
    ExpectTilesOfSource(0, 64, {4, 2});
    ExpectAsGTiff(poSource.get(), {"COMPRESS=LZW", "INTERLEAVE=BAND"});
    const auto poOne = Translated(m_osSource, "-b 3");
    ASSERT_NE(Copy(poOne.get(), {"COMPRESS=LZW", "PASSTHROUGH=REQUIRED"}),
              nullptr);
    ExpectTilesOfSource(0, 0, {3});
    ExpectAsGTiff(poOne.get(), {"COMPRESS=LZW"});
}

TEST_F(RawTileCopy, LooksThroughViewsAndVrts)
{
    WriteSource({"COMPRESS=DEFLATE", "ZLEVEL=1"});
    const std::string osVrt = NewFolder() + "/window.vrt";
    const std::string osDescriptor = NewFolder() + "/view.retile";
    const Options aosOptions{"COMPRESS=DEFLATE", "PASSTHROUGH=REQUIRED"};
    GDALClose(GDALDataset::ToHandle(
        GetGDALDriverManager()->GetDriverByName("VRT")->CreateCopy(
            osVrt.c_str(), Translated(m_osSource, "-srcwin 0 64 200 86").get(),
            FALSE, nullptr, nullptr, nullptr)));
    WriteText(osDescriptor, Descriptor(osVrt));

    for (const std::string &osName :
         {"RETILE:" + m_osSource, osVrt, "RETILE:" + osVrt, osDescriptor,
          "RETILE:RETILE:" + osVrt}) {
        SCOPED_TRACE(osName);
        const int nY = osName == "RETILE:" + m_osSource ? 0 : 64;
        Debug oDebug;
        ASSERT_NE(Copy(Open(osName).get(), aosOptions), nullptr)
            << oDebug.osFailures;
        ExpectTilesOfSource(0, nY);
        const auto poWindow = Translated(osName, "-srcwin 64 64 90 20");
        ASSERT_NE(Copy(poWindow.get(), aosOptions), nullptr)
            << oDebug.osFailures;
        ExpectTilesOfSource(64, nY + 64);
        ExpectAsGTiff(poWindow.get(), {"COMPRESS=DEFLATE"});
    }
}

TEST_F(RawTileCopy, LeavesHolesAsTheyAre)
{
    const auto Fill = [&](const Options &aosOptions, bool bNodata) {
        CPLStringList aosList = ToList(WithTiles(aosOptions));
        const GDALDatasetUniquePtr poDS(
            GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
                m_osSource.c_str(), 200, 150, 2, GDT_Int16, aosList.List()));
        if (bNodata) {
            EXPECT_EQ(poDS->GetRasterBand(1)->SetNoDataValue(-9), CE_None);
        }
        std::vector<GInt16> anPixels(64 * 64, 7);
        EXPECT_EQ(poDS->GetRasterBand(2)->RasterIO(GF_Write, 64, 64, 64, 64,
                                                   anPixels.data(), 64, 64,
                                                   GDT_Int16, 0, 0, nullptr),
                  CE_None);
    };

    for (const char *pszInterleave : {"INTERLEAVE=PIXEL", "INTERLEAVE=BAND"})
        for (const bool bNodata : {false, true}) {
            const Options aosOptions{"COMPRESS=DEFLATE", pszInterleave};
            Options aosSource = aosOptions, aosCopy = aosOptions;
            aosSource.push_back("SPARSE_OK=TRUE");
            aosCopy.push_back("PASSTHROUGH=REQUIRED");
            Fill(aosSource, bNodata);
            const auto poSource = Open(m_osSource);
            Debug oDebug;
            ASSERT_NE(Copy(poSource.get(), aosCopy), nullptr)
                << oDebug.osFailures;
            EXPECT_NE(oDebug.osText.find(" 1 tiles ("), std::string::npos);
            ExpectTilesOfSource();
            EXPECT_EQ(Tiles(m_osOut).At(0, 0, 0), "");
            ExpectAsGTiff(poSource.get(), aosOptions);
            /* From 3.10 on, GTiff leaves holes that read as 5. */
            const auto poOther = Translated(m_osSource, "-a_nodata 5");
            std::mt19937 oRandom(1);
            ExpectDecoded(poOther.get(), aosOptions,
                          "holes of the source would read as another value");
            ExpectSamePixels(poOther.get(), Open(m_osOut).get(), oRandom);
        }
}

TEST_F(RawTileCopy, KeepsTilesOfNodataIfTheCopyMayBeSparse)
{
    auto poDS = MakeTiff(
        m_osSource, {200, 150, 1, GDT_Byte, WithTiles({"COMPRESS=DEFLATE"})});
    EXPECT_EQ(poDS->GetRasterBand(1)->Fill(0), CE_None);
    poDS.reset();
    ASSERT_NE(Copy(Open(m_osSource).get(), {"COMPRESS=DEFLATE", "SPARSE_OK=YES",
                                            "PASSTHROUGH=REQUIRED"}),
              nullptr);
    ExpectTilesOfSource();
    EXPECT_NE(Tiles(m_osOut).At(0, 0, 0), "");
}

TEST_F(RawTileCopy, TakesMasksOverWithTheBands)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    auto poDS = MakeTiff(
        m_osSource, {200, 150, 3, GDT_Byte, WithTiles({"COMPRESS=DEFLATE"})});
    std::vector<GByte> abyMask(200 * 150);
    for (size_t i = 0; i < abyMask.size(); i++)
        abyMask[i] = i % 7 == 0 ? 0 : 255;
    ASSERT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    ASSERT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                  GF_Write, 0, 0, 200, 150, abyMask.data(), 200, 150, GDT_Byte,
                  0, 0, nullptr),
              CE_None);
    poDS.reset();

    for (const char *pszArguments : {"", "-srcwin 64 64 130 80"}) {
        const bool bAll = *pszArguments == '\0';
        const auto poSource =
            bAll ? Open(m_osSource) : Translated(m_osSource, pszArguments);
        Debug oDebug;
        ASSERT_NE(
            Copy(poSource.get(), {"COMPRESS=DEFLATE", "PASSTHROUGH=REQUIRED"}),
            nullptr)
            << oDebug.osFailures;
        EXPECT_NE(oDebug.osText.find("masks of '" + m_osOut +
                                     "': " + (bAll ? "12" : "6") + " tiles ("),
                  std::string::npos)
            << oDebug.osText;
        ExpectTilesOfSource(bAll ? 0 : 64, bAll ? 0 : 64, {}, 1);
        ExpectAsGTiff(poSource.get(), {"COMPRESS=DEFLATE"});
    }
}
