#include "tile_rig.h"

#include <limits>

static Options With(Options aosOptions, const Options &aosMore)
{
    aosOptions.insert(aosOptions.end(), aosMore.begin(), aosMore.end());
    return aosOptions;
}

static double Most(GDALDataType eType)
{
    switch (GDALGetDataTypeSizeBits(GDALGetNonComplexDataType(eType))) {
    case 8:
        return 120;
    case 16:
        return 30000;
    default:
        return 1e6;
    }
}

static void ForInterleaves(TileCase oCase,
                           const std::vector<const char *> &apszOrders)
{
    const Options aosBase = oCase.aosOptions;

    for (const char *pszEndian : apszOrders)
        for (const char *pszInterleave : {"PIXEL", "BAND"})
            for (int nBands : {1, 3}) {
                oCase.nBands = nBands;
                const std::string osInterleave =
                    std::string("INTERLEAVE=") + pszInterleave;

                oCase.aosOptions =
                    With(aosBase, {std::string("ENDIANNESS=") + pszEndian,
                                   osInterleave});
                if (!oCase.aosTheirs.empty())
                    oCase.aosTheirs = With(aosBase, {osInterleave});
                ExpectAsGTiff(oCase);
            }
}

static void ForInterleavesAndOrders(const TileCase &oCase)
{
    ForInterleaves(oCase, {"LITTLE", "BIG"});
}

/* Those that this GDAL has. */
static std::vector<GDALDataType> Types()
{
    std::vector<GDALDataType> aeTypes;

    for (const char *pszName :
         {"Byte", "Int8", "UInt16", "Int16", "UInt32", "Int32", "UInt64",
          "Int64", "Float16", "Float32", "Float64", "CInt16", "CInt32",
          "CFloat16", "CFloat32", "CFloat64"}) {
        const GDALDataType eType = GDALGetDataTypeByName(pszName);
        if (eType != GDT_Unknown)
            aeTypes.push_back(eType);
    }
    return aeTypes;
}

TEST(TileEncoder, WritesEveryTypeAsGTiffDoes)
{
    for (const char *pszCodec :
         {"NONE", "DEFLATE", "ZSTD", "LZW", "PACKBITS", "LZMA"})
        for (const GDALDataType eType : Types()) {
            TileCase oCase;

            if (EQUAL(pszCodec, "LZMA") && eType != GDT_Byte &&
                eType != GDT_CFloat64)
                continue; /* its state is large, so it starts slowly */
            if (IsLeftOut(7))
                continue;
            oCase.aosOptions = {std::string("COMPRESS=") + pszCodec};
            oCase.eType = eType;
            oCase.dfMost = Most(eType);
            /* libtiff compresses worse with LZMA while it does not know how
             * many bytes a sample has. */
            oCase.bSameBytes = !EQUAL(pszCodec, "ZSTD") &&
                               (!EQUAL(pszCodec, "LZMA") || eType == GDT_Byte);
            ForInterleavesAndOrders(oCase);
        }
}

TEST(TileEncoder, PredictsHorizontallyAsGTiffDoes)
{
    for (const char *pszCodec : {"DEFLATE", "ZSTD", "LZW"})
        for (GDALDataType eType : Types())
            for (bool bSmooth : {false, true}) {
                TileCase oCase;

                if (eType == GDT_CFloat64)
                    continue; /* 128 bits, which libtiff refuses */
                if (!bSmooth && !EQUAL(pszCodec, "DEFLATE"))
                    continue;
                if (IsLeftOut(7))
                    continue;
                oCase.aosOptions = {std::string("COMPRESS=") + pszCodec,
                                    "PREDICTOR=2"};
                oCase.eType = eType;
                oCase.dfMost = Most(eType);
                oCase.bSmooth = bSmooth;
                oCase.bSameBytes = !EQUAL(pszCodec, "ZSTD");
                ForInterleavesAndOrders(oCase);
            }
}

/* libtiff 4.5 writes big-endian files that it cannot read, so the reference is
 * always a little-endian one. */
TEST(TileEncoder, PredictsFloatsAsGTiffDoesInNativeOrder)
{
    for (const char *pszCodec : {"DEFLATE", "ZSTD", "LZW"})
        for (const char *pszBits : {"16", "32", "64"})
            for (bool bSmooth : {false, true}) {
                TileCase oCase;

                if (IsLeftOut(5))
                    continue;
                oCase.aosOptions = {std::string("COMPRESS=") + pszCodec,
                                    "PREDICTOR=3"};
                if (EQUAL(pszBits, "16"))
                    oCase.aosOptions.push_back("NBITS=16");
                oCase.aosTheirs = oCase.aosOptions;
                oCase.eType = EQUAL(pszBits, "64") ? GDT_Float64 : GDT_Float32;
                oCase.dfMost = 3000;
                oCase.bSmooth = bSmooth;
                oCase.bSameBytes = !EQUAL(pszCodec, "ZSTD");
                ForInterleavesAndOrders(oCase);
            }
}

TEST(TileEncoder, PacksBitsAsGTiffDoes)
{
    for (const char *pszCodec : {"NONE", "DEFLATE", "ZSTD", "LZW"})
        for (int nBits : {1, 2, 3, 7, 9, 12, 15, 17, 24, 31})
            for (bool bSmooth : {false, true}) {
                TileCase oCase;

                if (!bSmooth && !EQUAL(pszCodec, "NONE"))
                    continue;
                if (IsLeftOut(7))
                    continue;
                oCase.aosOptions = {std::string("COMPRESS=") + pszCodec,
                                    "NBITS=" + std::to_string(nBits)};
                oCase.eType = nBits < 8    ? GDT_Byte
                              : nBits < 16 ? GDT_UInt16
                                           : GDT_UInt32;
                oCase.dfMost = 1.2 * std::pow(2, nBits); /* some are too
                                                          * large */
                oCase.bSmooth = bSmooth;
                oCase.bSameBytes = !EQUAL(pszCodec, "ZSTD");
                ForInterleavesAndOrders(oCase);
            }
}

TEST(TileEncoder, WritesJpegAsGTiffDoes)
{
    for (const Options &aosMore :
         std::vector<Options>{{},
                              {"JPEG_QUALITY=30"},
                              {"JPEG_QUALITY=95", "JPEGTABLESMODE=0"},
                              {"JPEGTABLESMODE=2"},
                              {"JPEGTABLESMODE=3"}})
        for (int nBands : {1, 3, 4, 5}) {
            TileCase oCase;

            oCase.aosOptions = With({"COMPRESS=JPEG"}, aosMore);
            oCase.nBands = nBands;
            if (nBands <= 4) /* libjpeg supports no more components */
                ExpectAsGTiff(oCase);
            oCase.aosOptions =
                With({"COMPRESS=JPEG", "INTERLEAVE=BAND"}, aosMore);
            /* libjpeg's component number depends on the band. */
            oCase.bSameBytes = nBands == 1;
            ExpectAsGTiff(oCase);
        }
}

TEST(TileEncoder, WritesYCbCrJpegOfRgbAsGTiffDoes)
{
    TileCase oCase;

    oCase.aosOptions = {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"};
    oCase.nBands = 3;
    ExpectAsGTiff(oCase);
    oCase.aosOptions.push_back("JPEG_QUALITY=90");
    oCase.bSmooth = false;
    ExpectAsGTiff(oCase);
}

TEST(TileEncoder, RepeatsTheEdgesOfJpegAsGTiffDoes)
{
    for (int nWidth : {97, 96, 33, 161})
        for (int nHeight : {97, 161, 96, 49}) {
            TileCase oCase;

            oCase.aosOptions = {"COMPRESS=JPEG"};
            oCase.nWidth = nWidth;
            oCase.nHeight = nHeight;
            ExpectAsGTiff(oCase);
        }
}

TEST(TileEncoder, WritesJpegTilesWithTheirTablesIfTheFileHasNone)
{
    TileCase oCase;

    oCase.aosOptions = {"COMPRESS=JPEG", "WRITE_JPEGTABLE_TAG=NO"};
    oCase.bSameBytes = false;
    ExpectAsGTiff(oCase);
}

TEST(TileEncoder, WritesWebPAsGTiffDoes)
{
    for (const Options &aosMore :
         std::vector<Options>{{}, {"WEBP_LEVEL=40"}, {"WEBP_LOSSLESS=YES"}})
        for (int nBands : {3, 4}) {
            TileCase oCase;

            oCase.aosOptions = With({"COMPRESS=WEBP"}, aosMore);
            oCase.nBands = nBands;
            ExpectAsGTiff(oCase);
        }
}

TEST(TileEncoder, WritesLercAsGTiffDoes)
{
    for (const char *pszCodec : {"LERC", "LERC_DEFLATE", "LERC_ZSTD"})
        for (const char *pszError : {"0", "0.6"})
            for (GDALDataType eType :
                 {GDT_Byte, GDT_Int16, GDT_UInt32, GDT_Float32, GDT_Float64}) {
                TileCase oCase;

                if (IsLeftOut(7))
                    continue;
                oCase.aosOptions = {std::string("COMPRESS=") + pszCodec,
                                    std::string("MAX_Z_ERROR=") + pszError};
                oCase.eType = eType;
                oCase.dfMost = Most(eType);
                /* With bytes, libtiff's LERC keeps some bytes of the last
                 * tile. */
                oCase.bSameBytes =
                    !EQUAL(pszCodec, "LERC_ZSTD") && eType != GDT_Byte;
                /* Some floats look like NaN when their bytes are swapped. They
                 * are refused where GTiff loses them (test_copy_lerc.py). */
                if (GDALDataTypeIsFloating(eType))
                    ForInterleaves(oCase, {"LITTLE"});
                else
                    ForInterleavesAndOrders(oCase);
            }
}

TEST(TileEncoder, MasksAlphaAndNaNInLercAsGTiffDoes)
{
    TileCase oCase;

    oCase.aosOptions = {"COMPRESS=LERC", "ALPHA=YES"};
    oCase.bSameBytes = false;
    for (int nBands : {2, 4})
        for (bool bAlphaMask : {false, true}) {
            oCase.nBands = nBands;
            oCase.bAlphaMask = bAlphaMask;
            ExpectAsGTiff(oCase);
        }
    oCase = TileCase();
    oCase.aosOptions = {"COMPRESS=LERC_DEFLATE", "INTERLEAVE=BAND"};
    oCase.osFlat = "nan";
    for (GDALDataType eType : {GDT_Float32, GDT_Float64}) {
        oCase.eType = eType;
        ExpectAsGTiff(oCase);
    }
}

TEST(TileEncoder, WritesFaxAsGTiffDoes)
{
    for (const char *pszCodec : {"CCITTRLE", "CCITTFAX3", "CCITTFAX4"})
        for (bool bSmooth : {false, true}) {
            TileCase oCase;

            oCase.aosOptions = {std::string("COMPRESS=") + pszCodec, "NBITS=1"};
            oCase.bSmooth = bSmooth;
            oCase.dfMost = 1.5;
            ExpectAsGTiff(oCase);
        }
}

TEST(TileEncoder, ObeysTheLevelsThatGTiffObeys)
{
    for (int nLevel = 1; nLevel <= 12; nLevel++) {
        TileCase oCase;

        oCase.aosOptions = {"COMPRESS=DEFLATE",
                            "ZLEVEL=" + std::to_string(nLevel)};
        oCase.eType = GDT_UInt16;
        oCase.dfMost = 3000;
        ExpectAsGTiff(oCase);
    }
    for (const char *pszLevel : {"1", "19", "22"}) {
        TileCase oCase;

        oCase.aosOptions = {"COMPRESS=ZSTD",
                            std::string("ZSTD_LEVEL=") + pszLevel};
        oCase.bSameBytes = false;
        ExpectAsGTiff(oCase);
    }
    for (const char *pszPreset : {"1", "9"}) {
        TileCase oCase;

        oCase.aosOptions = {"COMPRESS=LZMA",
                            std::string("LZMA_PRESET=") + pszPreset};
        ExpectAsGTiff(oCase);
    }
}

TEST(TileEncoder, DiscardsTheBitsThatGTiffDiscards)
{
    for (const char *pszBits : {"1", "2", "5", "1,2,3"})
        for (const char *pszInterleave : {"PIXEL", "BAND"})
            for (GDALDataType eType :
                 {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Int32,
                  GDT_UInt64, GDT_Int64, GDT_Float32, GDT_Float64})
                for (const char *pszNoData : {"", "0", "96", "100"}) {
                    TileCase oCase;
                    const bool bWide =
                        eType == GDT_UInt64 || eType == GDT_Int64;

                    if (bWide && pszNoData[0] != '\0')
                        continue;
                    if (IsLeftOut(15))
                        continue;
                    oCase.aosOptions = {"COMPRESS=DEFLATE",
                                        std::string("DISCARD_LSB=") + pszBits,
                                        std::string("INTERLEAVE=") +
                                            pszInterleave};
                    oCase.eType = eType;
                    oCase.nBands = 3;
                    oCase.osNoData = pszNoData;
                    oCase.bSmooth = GDALDataTypeIsFloating(eType) != 0;
                    ExpectAsGTiff(oCase);
                }
}

TEST(TileEncoder, LeavesOutTheTilesThatGTiffLeavesOut)
{
    struct Flat {
        GDALDataType eType;
        const char *pszNoData, *pszFlat;
    };
    const Flat aoFlats[] = {{GDT_Byte, "", "0"},
                            {GDT_Byte, "255", "255"},
                            {GDT_Byte, "255", "0"},
                            {GDT_Byte, "300", "255"},
                            {GDT_Byte, "7.5", "7"},
                            {GDT_UInt16, "65535", "65535"},
                            {GDT_Int16, "-9999", "-9999"},
                            {GDT_UInt32, "", "0"},
                            {GDT_Int32, "-5", "-5"},
                            {GDT_UInt64, "", "0"},
                            {GDT_Int64, "", "0"},
                            {GDT_Float32, "nan", "nan"},
                            {GDT_Float64, "nan", "nan"},
                            {GDT_Float32, "-9999.5", "-9999.5"},
                            {GDT_Float32, "", "-0.0"},
                            {GDT_Float64, "0", "-0.0"},
                            {GDT_Float64, "1e300", "1e300"},
                            {GDT_CFloat32, "", "0"},
                            {GDALGetDataTypeByName("Float16"), "", "0"},
                            {GDALGetDataTypeByName("Float16"), "nan", "nan"}};

    for (const Flat &oFlat : aoFlats)
        for (const char *pszSparse : {"TRUE", "FALSE"})
            for (const char *pszInterleave : {"PIXEL", "BAND"}) {
                TileCase oCase;

                if (oFlat.eType == GDT_Unknown)
                    continue; /* unknown to this GDAL */
                oCase.aosOptions = {"COMPRESS=DEFLATE",
                                    std::string("SPARSE_OK=") + pszSparse,
                                    std::string("INTERLEAVE=") + pszInterleave};
                oCase.eType = oFlat.eType;
                oCase.nBands = 2;
                oCase.osNoData = oFlat.pszNoData;
                oCase.osFlat = oFlat.pszFlat;
                SCOPED_TRACE(std::string(oFlat.pszNoData) + " flat " +
                             oFlat.pszFlat);
                ExpectAsGTiff(oCase);
            }
    for (const char *pszBits : {"1", "4", "12"}) {
        TileCase oCase;

        oCase.aosOptions = {"COMPRESS=DEFLATE", "SPARSE_OK=TRUE",
                            std::string("NBITS=") + pszBits};
        oCase.eType = EQUAL(pszBits, "12") ? GDT_UInt16 : GDT_Byte;
        oCase.dfMost = 3;
        oCase.osFlat = "0";
        ExpectAsGTiff(oCase);
    }
}

TEST(TileEncoder, MakesAHoleOfNoDataThatOnlyTheCallerKnows)
{
    const std::string osPath = NewFolder() + "/baseline.tif";
    TileCase oCase;
    rt_tile_format *format = nullptr;
    rt_error error = {};
    const char *const apszOptions[] = {"SPARSE_OK=YES", nullptr};

    MakeTemplate(oCase, osPath);
    oCase.osFlat = "9";
    GDALDatasetUniquePtr poSource = MakePixels(oCase);
    for (const char *pszNoData : {"9", "0"}) {
        ASSERT_EQ(rt_tile_format_open(osPath.c_str(), 0, apszOptions, GDT_Byte,
                                      pszNoData, &format, &error),
                  RT_OK);
        Format poFormat(format);
        Encoder poEncoder = NewEncoder(poFormat);
        EXPECT_EQ(EncodeTile(poSource.get(), poFormat, poEncoder, 0).empty(),
                  EQUAL(pszNoData, "9"));
    }
}

static Bytes EncodeBytes(const Format &poFormat, const Encoder &poEncoder,
                         Bytes abyPixels)
{
    Bytes abyEncoded(rt_tile_format_bound_bytes(poFormat.get()));
    uint64_t nBytes = 0;
    rt_error error = {};

    EXPECT_EQ(rt_tile_encoder_encode(poEncoder.get(), abyPixels.data(), 128, 96,
                                     abyEncoded.data(), &nBytes, &error),
              RT_OK)
        << error.text;
    EXPECT_GT(nBytes, 0U);
    abyEncoded.resize(nBytes);
    return abyEncoded;
}

/* Noise makes tiles longer than their pixels; libtiff then writes them in
 * pieces. */
TEST(TileEncoder, KeepsToItsBoundAndForgetsTheTilesBefore)
{
    const std::vector<Options> aaosFormats = {
        {"COMPRESS=NONE"},
        {"COMPRESS=DEFLATE"},
        {"COMPRESS=ZSTD"},
        {"COMPRESS=LZW"},
        {"COMPRESS=PACKBITS"},
        {"COMPRESS=LZMA"},
        {"COMPRESS=JPEG", "JPEG_QUALITY=100", "JPEGTABLESMODE=0"},
        {"COMPRESS=JPEG", "JPEG_QUALITY=100", "JPEGTABLESMODE=3"},
        {"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"},
        {"COMPRESS=WEBP", "WEBP_LEVEL=100"},
        {"COMPRESS=LERC"},
        {"COMPRESS=LERC_DEFLATE"},
        {"COMPRESS=LERC_ZSTD"},
        {"COMPRESS=CCITTFAX4", "NBITS=1"}};
    const std::string osPath = NewFolder() + "/noise.tif";

    for (const Options &aosOptions : aaosFormats) {
        TileCase oCase;
        const bool bFax = aosOptions.size() > 1 && aosOptions[1] == "NBITS=1";

        SCOPED_TRACE(aosOptions[0]);
        oCase.aosOptions = aosOptions;
        oCase.nBands = bFax ? 1 : 3;
        oCase.nTileWidth = 128;
        oCase.nTileHeight = 96;
        MakeTemplate(oCase, osPath);
        Format poFormat = OpenFormat(oCase, osPath);
        Encoder poEncoder = NewEncoder(poFormat);
        std::mt19937 oRandom(3);
        std::vector<Bytes> aabyTiles, aabyEncoded;

        for (unsigned nMask :
             {0xFFU, 0x7FU, 0xFFU, 0x01U, 0x80U, 0x3FU, 0xFFU, 0U}) {
            Bytes abyTile(static_cast<size_t>(128 * 96 * oCase.nBands));

            for (GByte &byValue : abyTile) /* the largest contrast: 0 and 255 */
                byValue = static_cast<GByte>(bFax ? oRandom() & nMask & 1U
                                             : nMask == 0x80U
                                                 ? (oRandom() & 1U) * 255U
                                                 : oRandom() & nMask);
            aabyTiles.push_back(abyTile);
            aabyEncoded.push_back(EncodeBytes(poFormat, poEncoder, abyTile));
        }
        for (size_t i = 0; i < aabyTiles.size(); i++)
            EXPECT_TRUE(EncodeBytes(poFormat, NewEncoder(poFormat),
                                    aabyTiles[i]) == aabyEncoded[i])
                << "tile " << i;
    }
}

TEST(TileEncoder, NeedsLittleMemoryForZstdAndHardlyMoreBytes)
{
    const std::string osFolder = NewFolder();
    TileCase oCase;
    size_t nOurs = 0, nTheirs = 0;

    oCase.aosOptions = {"COMPRESS=ZSTD", "PREDICTOR=2"};
    oCase.nBands = 3;
    oCase.nWidth = oCase.nHeight = 1024;
    oCase.nTileWidth = oCase.nTileHeight = 512;
    MakeTemplate(oCase, osFolder + "/ours.tif");
    Format poFormat = OpenFormat(oCase, osFolder + "/ours.tif");
    Encoder poEncoder = NewEncoder(poFormat);
    GDALDatasetUniquePtr poSource = MakePixels(oCase);
    for (int i = 0; i < TileCount(poFormat.get()); i++)
        nOurs += EncodeTile(poSource.get(), poFormat, poEncoder, i).size();
    const char *const apszOptions[] = {"TILED=YES",      "BLOCKXSIZE=512",
                                       "BLOCKYSIZE=512", "COMPRESS=ZSTD",
                                       "PREDICTOR=2",    nullptr};
    GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            (osFolder + "/theirs.tif").c_str(), poSource.get(), FALSE,
            const_cast<char **>(apszOptions), nullptr, nullptr))
        .reset();
    for (const Bytes &abyTile : ReadRawTiles(osFolder + "/theirs.tif"))
        nTheirs += abyTile.size();
    EXPECT_LT(rt_tile_format_state_bytes(poFormat.get()), 4U << 20);
    EXPECT_GT(rt_tile_format_state_bytes(poFormat.get()), 1U << 20);
    EXPECT_LT(static_cast<double>(nOurs), 1.005 * static_cast<double>(nTheirs));
}

TEST(TileEncoder, ReportsWhatLibtiffRefusesAndPrintsNothing)
{
    const std::string osPath = NewFolder() + "/five_components.tif";
    TileCase oCase;

    oCase.aosOptions = {"COMPRESS=JPEG"};
    oCase.nBands = 5;
    MakeTemplate(oCase, osPath);
    Format poFormat = OpenFormat(oCase, osPath);
    Encoder poEncoder = NewEncoder(poFormat);
    Bytes abyTile(32 * 48 * 5);
    Bytes abyEncoded(rt_tile_format_bound_bytes(poFormat.get()));
    uint64_t nBytes = 0;
    rt_error error = {};
    Errors oErrors;

    testing::internal::CaptureStderr();
    EXPECT_EQ(rt_tile_encoder_encode(poEncoder.get(), abyTile.data(), 32, 48,
                                     abyEncoded.data(), &nBytes, &error),
              RT_ERR_ARGUMENT);
    EXPECT_NE(strstr(error.text, "Too many color components"), nullptr)
        << error.text;
    poEncoder.reset();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST(TileEncoder, RefusesATypeThatTheFileCannotHold)
{
    const std::string osPath = NewFolder() + "/bytes.tif";
    rt_tile_format *format = nullptr;
    rt_error error = {};

    MakeTemplate(TileCase(), osPath);
    EXPECT_EQ(rt_tile_format_open(osPath.c_str(), 0, nullptr, GDT_Float32,
                                  nullptr, &format, &error),
              RT_ERR_ARGUMENT);
    EXPECT_NE(strstr(error.text, "Float32"), nullptr) << error.text;
}

TEST(TileEncoder, SaysWhyAFileCannotBeOpenedAndPrintsNothing)
{
    const std::string osPath = NewFolder() + "/text.tif";
    rt_tile_format *format = nullptr;
    rt_error error = {};

    WriteText(osPath, "no raster, but long enough for a header");
    Errors oErrors;
    testing::internal::CaptureStderr();
    EXPECT_EQ(rt_tile_format_open(osPath.c_str(), 0, nullptr, GDT_Byte, nullptr,
                                  &format, &error),
              RT_ERR_SOURCE);
    EXPECT_NE(strstr(error.text, "magic number"), nullptr) << error.text;
    EXPECT_EQ(rt_tile_format_open((osPath + "x").c_str(), 0, nullptr, GDT_Byte,
                                  nullptr, &format, &error),
              RT_ERR_SOURCE);
    EXPECT_NE(strstr(error.text, "no such file"), nullptr) << error.text;
    MakeTemplate(TileCase(), osPath);
    EXPECT_EQ(rt_tile_format_open(osPath.c_str(), 1, nullptr, GDT_Byte, nullptr,
                                  &format, &error),
              RT_ERR_SOURCE);
    EXPECT_NE(strstr(error.text, "directory 1"), nullptr) << error.text;
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST(TileEncoder, ReadsATemplateInMemory)
{
    const std::string osPath = "/vsimem/tile_encoder_template.tif";

    MakeTemplate(TileCase(), osPath);
    Format poFormat = OpenFormat(TileCase(), osPath);
    ASSERT_NE(poFormat, nullptr);
    EXPECT_EQ(rt_tile_format_raster_w_px(poFormat.get()), 97);
    VSIUnlink(osPath.c_str());
}

TEST(TileEncoder, CountsTilesThatReachOverTheEdge)
{
    const std::string osPath = NewFolder() + "/template.tif";
    TileCase oCase;

    MakeTemplate(oCase, osPath);
    Format poFormat = OpenFormat(oCase, osPath);
    EXPECT_EQ(rt_tile_format_cols(poFormat.get()), 4);
    EXPECT_EQ(rt_tile_format_rows(poFormat.get()), 4);
    oCase.nWidth = 96;
    oCase.nHeight = 49;
    MakeTemplate(oCase, osPath);
    poFormat = OpenFormat(oCase, osPath);
    EXPECT_EQ(rt_tile_format_cols(poFormat.get()), 3);
    EXPECT_EQ(rt_tile_format_rows(poFormat.get()), 2);
}

TEST(TileEncoder, SaysWhetherValuesWereClamped)
{
    TileCase oCase;
    const std::string osPath = NewFolder() + "/four_bits.tif";

    oCase.aosOptions = {"NBITS=4"};
    oCase.dfMost = 14;
    MakeTemplate(oCase, osPath);
    Format poFormat = OpenFormat(oCase, osPath);
    Encoder poEncoder = NewEncoder(poFormat);
    EncodeTile(MakePixels(oCase).get(), poFormat, poEncoder, 0);
    EXPECT_FALSE(rt_tile_encoder_clamped(poEncoder.get()));
    oCase.dfMost = 30;
    EncodeTile(MakePixels(oCase).get(), poFormat, poEncoder, 0);
    EXPECT_TRUE(rt_tile_encoder_clamped(poEncoder.get()));
}

TEST(TileEncoder, WritesTheMaskThatGTiffKeepsInTheFile)
{
    const std::string osPath = NewFolder() + "/masked.tif";
    Config oInternal("GDAL_TIFF_INTERNAL_MASK", "YES");
    TileCase oCase;
    CPLStringList aosOptions;

    aosOptions.SetNameValue("TILED", "YES");
    aosOptions.SetNameValue("BLOCKXSIZE", "32");
    aosOptions.SetNameValue("BLOCKYSIZE", "48");
    aosOptions.SetNameValue("SPARSE_OK", "TRUE");
    GDALDatasetUniquePtr poMade(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), 97, 161, 1, GDT_Byte, aosOptions.List()));
    ASSERT_EQ(poMade->CreateMaskBand(GMF_PER_DATASET), CE_None);
    poMade.reset();

    oCase.bSmooth = false;
    GDALDatasetUniquePtr poMask = MakePixels(oCase);
    Bytes abyMask = ReadBand(poMask->GetRasterBand(1));
    for (GByte &byPixel : abyMask)
        byPixel = byPixel > 127 ? 255 : 0;
    ASSERT_EQ(poMask->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, 97, 161,
                                                 abyMask.data(), 97, 161,
                                                 GDT_Byte, 0, 0, nullptr),
              CE_None);
    Format poFormat = OpenFormat(oCase, osPath, 1);
    Encoder poEncoder = NewEncoder(poFormat);
    std::vector<Bytes> aabyTiles;
    for (int i = 0; i < TileCount(poFormat.get()); i++)
        aabyTiles.push_back(EncodeTile(poMask.get(), poFormat, poEncoder, i));
    EXPECT_FALSE(rt_tile_encoder_clamped(poEncoder.get()));
    WriteRawTiles(osPath, 1, aabyTiles);
    GDALDatasetUniquePtr poRead(Open(osPath));
    ASSERT_EQ(poRead->GetRasterBand(1)->GetMaskFlags(), GMF_PER_DATASET);
    EXPECT_TRUE(ReadBand(poRead->GetRasterBand(1)->GetMaskBand()) == abyMask);
}
