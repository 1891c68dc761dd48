/* test_source.cpp - TIFFs whose blocks are decoded without GDAL. */
#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

#include <tiffio.h>
#include <unistd.h>

#include "gdal_utils.h"
#include "source_rig.h"

#include "core/base/pages.h"
#include "io/tiff/source.h"

static const int nThreads = 3;

namespace
{

struct Case {
    Recipe oRecipe = {};
    Options aosConfig = {};    /* KEY=VALUE, set while the file is written */
    Options aosArguments = {}; /* for gdal_translate, for a window on it */
    std::string osNoData = "";
    bool bSparse = false; /* only some of the blocks are written */
    bool bNative = true;
    bool bPacked = false;
};

class Source : public OpenSource
{
  public:
    explicit Source(GDALDataset *poDS)
        : OpenSource(poDS, poDS->GetRasterBand(1)->GetRasterDataType(),
                     nThreads)
    {
    }

    bool IsNative() const
    {
        return How().find("decoded by libtiff, each thread on its own") !=
               std::string::npos;
    }
    size_t PxBytes() const
    {
        return static_cast<size_t>(GDALGetDataTypeSizeBytes(eType));
    }
    /* The planes of a window, one after the other. */
    std::vector<GByte> Read(int nSlot, const rt_window &oWindow,
                            const std::vector<int32_t> &anPlanes) const
    {
        const size_t nPlanes = anPlanes.size();
        std::vector<GByte> abyPixels(rt_window_area(&oWindow) * PxBytes() *
                                     nPlanes);
        rt_error oError{};

        EXPECT_EQ(rt_copy_source_read(po, nSlot, false, anPlanes.data(),
                                      static_cast<int32_t>(nPlanes), &oWindow,
                                      abyPixels.data(), &oError),
                  RT_OK)
            << oError.text;
        return Layer().packed && anPlanes == All()
                   ? Unpacked(abyPixels, nPlanes, PxBytes())
                   : abyPixels;
    }
    std::vector<int32_t> All() const
    {
        std::vector<int32_t> anPlanes;
        for (int32_t i = 0; i < Layer().n_planes; i++)
            anPlanes.push_back(i);
        return anPlanes;
    }
    static std::vector<GByte> Unpacked(const std::vector<GByte> &abyPacked,
                                       size_t nPlanes, size_t nPx)
    {
        const size_t nPlane = abyPacked.size() / nPlanes;
        std::vector<GByte> abyPlanes(abyPacked.size());

        for (size_t i = 0; i < abyPacked.size(); i++)
            abyPlanes[i / nPx % nPlanes * nPlane + i / (nPx * nPlanes) * nPx +
                      i % nPx] = abyPacked[i];
        return abyPlanes;
    }
};

} // namespace

static std::vector<GByte> ByGdal(GDALDataset *poDS, const rt_window &o,
                                 const std::vector<int32_t> &anPlanes)
{
    std::vector<GByte> abyAll;

    for (const int32_t nPlane : anPlanes) {
        const auto abyBand = ReadBand(poDS->GetRasterBand(nPlane + 1), o.x_px,
                                      o.y_px, o.w_px, o.h_px);
        abyAll.insert(abyAll.end(), abyBand.begin(), abyBand.end());
    }
    return abyAll;
}

/* Whole blocks, as a copy reads them, and random windows of random planes. */
static std::vector<rt_window> SomeWindows(const rt_copy_layer &oLayer)
{
    std::vector<rt_window> aoWindows;
    std::mt19937 oRandom(7);
    const auto Below = [&](int n) {
        return static_cast<int>(oRandom() % static_cast<unsigned>(n));
    };

    for (int nY = -oLayer.source_block_y_px; nY < oLayer.h_px;
         nY += 2 * oLayer.source_block_h_px) {
        const int nY0 = std::max(nY, 0);
        const int nY1 =
            std::min(nY + 2 * oLayer.source_block_h_px, oLayer.h_px);
        for (int nX = -oLayer.source_block_x_px; nX < oLayer.w_px;
             nX += oLayer.source_block_w_px) {
            const int nX0 = std::max(nX, 0);
            const int nX1 =
                std::min(nX + oLayer.source_block_w_px, oLayer.w_px);
            aoWindows.push_back({nX0, nY0, nX1 - nX0, nY1 - nY0});
        }
        aoWindows.push_back({0, nY0, oLayer.w_px, nY1 - nY0});
    }
    for (int i = 0; i < 30; i++) {
        const int nX = Below(oLayer.w_px), nY = Below(oLayer.h_px);
        aoWindows.push_back(
            {nX, nY, 1 + Below(oLayer.w_px - nX), 1 + Below(oLayer.h_px - nY)});
    }
    return aoWindows;
}

/* Several threads read the same pixels as GDAL. */
static void ExpectSame(GDALDataset *poDS, bool bNative, bool bPacked)
{
    const Source oSource(poDS);
    const auto aoWindows = SomeWindows(oSource.Layer());
    const int32_t nLast = oSource.Layer().n_planes - 1;
    std::vector<std::vector<int32_t>> aanPlanes = {oSource.All(), {nLast}};
    std::vector<std::vector<GByte>> aabyExpected;
    std::atomic<size_t> nNext{0}, nDifferent{0};
    std::vector<std::thread> aoThreads;

    EXPECT_EQ(oSource.IsNative(), bNative) << rt_copy_source_how(oSource.po);
    EXPECT_EQ(oSource.Layer().packed, bPacked);
    if (nLast > 0)
        aanPlanes.push_back({nLast, 0});
    for (const rt_window &oWindow : aoWindows)
        for (const auto &anPlanes : aanPlanes)
            aabyExpected.push_back(ByGdal(poDS, oWindow, anPlanes));
    for (int nSlot = 0; nSlot < nThreads; nSlot++)
        aoThreads.emplace_back([&, nSlot] {
            for (size_t i = nNext++; i < aabyExpected.size(); i = nNext++)
                if (oSource.Read(nSlot, aoWindows[i / aanPlanes.size()],
                                 aanPlanes[i % aanPlanes.size()]) !=
                    aabyExpected[i])
                    nDifferent++;
        });
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(nDifferent, 0u);
}

static GDALDatasetUniquePtr Translated(GDALDataset *poDS,
                                       const Options &aosArguments)
{
    CPLStringList aosAll;
    aosAll.AddString("-q");
    aosAll.AddString("-of");
    aosAll.AddString("VRT");
    for (const std::string &osArgument : aosArguments)
        aosAll.AddString(osArgument.c_str());
    GDALTranslateOptions *poOptions =
        GDALTranslateOptionsNew(aosAll.List(), nullptr);
    GDALDatasetUniquePtr poVrt(GDALDataset::FromHandle(
        GDALTranslate("", GDALDataset::ToHandle(poDS), poOptions, nullptr)));

    GDALTranslateOptionsFree(poOptions);
    return poVrt;
}

/* Smooth pixels, for predictor 3 and the codecs; only some are written if
 * sparse. */
static void Write(const std::string &osPath, const Case &oCase)
{
    const Recipe &o = oCase.oRecipe;
    Options aosCreation = o.aosCreation;
    if (oCase.bSparse)
        aosCreation.push_back("SPARSE_OK=YES");
    GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), o.nWidth, o.nHeight, o.nBands, o.eType,
            ToList(aosCreation).List()));
    ASSERT_NE(poDS, nullptr);
    if (!oCase.osNoData.empty())
        poDS->GetRasterBand(1)->SetNoDataValue(CPLAtof(oCase.osNoData.c_str()));
    const int nH = oCase.bSparse ? o.nHeight / 2 : o.nHeight;
    const size_t n = static_cast<size_t>(o.nWidth) * static_cast<size_t>(nH);
    std::mt19937 oRandom(3);
    for (int i = 1; i <= o.nBands; i++) {
        const auto abyPixels = RandomPixels(oRandom, o.eType, n);
        ASSERT_EQ(poDS->GetRasterBand(i)->RasterIO(
                      GF_Write, 0, 0, o.nWidth, nH,
                      const_cast<GByte *>(abyPixels.data()), o.nWidth, nH,
                      o.eType, 0, 0, nullptr),
                  CE_None);
    }
}

static std::string Told(const Case &oCase)
{
    std::string osText = GDALGetDataTypeName(oCase.oRecipe.eType);

    osText += " x " + std::to_string(oCase.oRecipe.nBands);
    for (const Options *paos :
         {&oCase.oRecipe.aosCreation, &oCase.aosArguments})
        for (const std::string &os : *paos)
            osText += " " + os;
    return osText + (oCase.bSparse ? " sparse " : " ") + oCase.osNoData;
}

static void Check(const Case &oCase)
{
    static const std::string osFolder = NewFolder();
    const std::string osPath = osFolder + "/c.tif";

    SCOPED_TRACE(Told(oCase));
    VSIUnlink(osPath.c_str());
    Write(osPath, oCase);
    const auto poTiff = Open(osPath);
    ASSERT_NE(poTiff, nullptr);
    if (oCase.aosArguments.empty()) {
        ExpectSame(poTiff.get(), oCase.bNative, oCase.bPacked);
        return;
    }
    const auto poVrt = Translated(poTiff.get(), oCase.aosArguments);
    ASSERT_NE(poVrt, nullptr);
    ExpectSame(poVrt.get(), oCase.bNative, oCase.bPacked);
}

static bool Takes(GDALDataType eType, int nPredictor)
{
    if (nPredictor == 3)
        return eType == GDT_Float32 || eType == GDT_Float64;
    return nPredictor == 1 || !GDALDataTypeIsComplex(eType);
}

class Codec : public ::testing::TestWithParam<const char *>
{
};

TEST_P(Codec, OfAnyTypeIsDecodedAsByGdal)
{
    const std::string osCodec = GetParam();
    const bool bPredicts =
        osCodec != "NONE" && osCodec != "PACKBITS" && osCodec != "LZMA";
    int nCase = 0;

    for (int eType = GDT_Byte; eType <= GDT_Int64; eType++)
        for (int nPredictor = 1; nPredictor <= (bPredicts ? 3 : 1);
             nPredictor++)
            for (const char *pszOrder : {"LITTLE", "BIG"}) {
                const bool bTiled = nCase % 2 == 0, bBand = nCase / 2 % 2 == 0;
                Case oCase;
                if (!Takes(static_cast<GDALDataType>(eType), nPredictor))
                    continue;
                nCase++;
                oCase.oRecipe.nWidth = 97;
                oCase.oRecipe.nHeight = 71;
                oCase.oRecipe.nBands = 1 + nCase % 4;
                oCase.oRecipe.eType = static_cast<GDALDataType>(eType);
                oCase.oRecipe.aosCreation = {
                    "COMPRESS=" + osCodec,
                    std::string("ENDIANNESS=") + pszOrder,
                    bBand ? "INTERLEAVE=BAND" : "INTERLEAVE=PIXEL",
                    bTiled ? "BLOCKXSIZE=32" : "BLOCKYSIZE=9"};
                if (bTiled)
                    oCase.oRecipe.aosCreation.insert(
                        oCase.oRecipe.aosCreation.end(),
                        {"TILED=YES", "BLOCKYSIZE=16"});
                if (bPredicts)
                    oCase.oRecipe.aosCreation.push_back(
                        "PREDICTOR=" + std::to_string(nPredictor));
                oCase.bPacked = oCase.oRecipe.nBands > 1 && !bBand;
                Check(oCase);
            }
    EXPECT_GE(nCase, 20);
}

INSTANTIATE_TEST_SUITE_P(TiffSource, Codec,
                         ::testing::Values("NONE", "LZW", "PACKBITS", "DEFLATE",
                                           "ZSTD", "LZMA"));

static Case Of(int nBands, GDALDataType eType, const Options &aosCreation)
{
    Case oCase;

    oCase.oRecipe.nWidth = 101;
    oCase.oRecipe.nHeight = 83;
    oCase.oRecipe.nBands = nBands;
    oCase.oRecipe.eType = eType;
    oCase.oRecipe.aosCreation = aosCreation;
    oCase.bPacked = nBands > 1;
    return oCase;
}

static const std::vector<Options> aaosShapes = {
    {"BLOCKYSIZE=1"},
    {"BLOCKYSIZE=1", "COMPRESS=DEFLATE"},
    {"BLOCKYSIZE=7", "COMPRESS=LZW"},
    {"BLOCKYSIZE=83", "COMPRESS=DEFLATE", "PREDICTOR=2"},
    {"BLOCKYSIZE=500"},
    {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"},
    {"TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=16", "COMPRESS=ZSTD"},
    {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=256", "COMPRESS=DEFLATE"}};

TEST(TiffSource, ReadsStripsAndTilesOfAnyShape)
{
    for (const Options &aosShape : aaosShapes)
        for (const int nBands : {1, 3, 5})
            for (const char *pszInterleave : {"PIXEL", "BAND"}) {
                Case oCase = Of(nBands, GDT_Int16, aosShape);
                oCase.oRecipe.aosCreation.push_back(std::string("INTERLEAVE=") +
                                                    pszInterleave);
                oCase.bPacked = nBands > 1 && *pszInterleave == 'P';
                Check(oCase);
            }
}

TEST(TiffSource, ReadsATileThatIsJustAsWideAsTheRaster)
{
    Case oCase =
        Of(3, GDT_Byte,
           {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32", "COMPRESS=DEFLATE"});
    oCase.oRecipe.nWidth = 32;
    Check(oCase);
}

TEST(TiffSource, FillsMissingBlocksAsGdalDoes)
{
    struct {
        GDALDataType eType;
        const char *pszNoData;
    } const aoTypes[] = {
        {GDT_Byte, ""},        {GDT_Byte, "7"},      {GDT_Int16, "-5.6"},
        {GDT_UInt16, "70000"}, {GDT_Float32, "nan"}, {GDT_Float64, "1e300"},
        {GDT_CFloat32, "3"},   {GDT_Int64, "12"},    {GDT_UInt64, "13"}};

    for (const auto &o : aoTypes)
        for (const Options &aosShape : aaosShapes)
            for (const int nBands : {1, 3}) {
                Case oCase = Of(nBands, o.eType, aosShape);
                if (std::count(aosShape.begin(), aosShape.end(),
                               "PREDICTOR=2") > 0 &&
                    GDALDataTypeIsComplex(o.eType))
                    continue;
                oCase.oRecipe.aosCreation.push_back("INTERLEAVE=PIXEL");
                oCase.bSparse = true;
                oCase.osNoData = o.pszNoData;
                if (!IsLeftOut(7))
                    Check(oCase);
            }
}

TEST(TiffSource, FillsMissingBlocksOfSignedBytesAndOfBandsWithTheirOwnNodata)
{
    const std::string osPath = NewFolder() + "/s.tif";
    Case oCase = Of(2, GDT_Byte,
                    {"PIXELTYPE=SIGNEDBYTE", "COMPRESS=LZW", "BLOCKYSIZE=5",
                     "INTERLEAVE=PIXEL"});
    oCase.bSparse = true;
    oCase.osNoData = "-3";
    Check(oCase);

    Write(osPath, Of(2, GDT_Byte, {"BLOCKYSIZE=5"}));
    oCase = Of(2, GDT_Byte, {"COMPRESS=LZW", "BLOCKYSIZE=5"});
    oCase.bSparse = true;
    Write(osPath, oCase);
    WriteText(osPath + ".aux.xml",
              "<PAMDataset><PAMRasterBand band='1'><NoDataValue>9"
              "</NoDataValue></PAMRasterBand><PAMRasterBand band='2'>"
              "<NoDataValue>8</NoDataValue></PAMRasterBand></PAMDataset>");
    const auto poTiff = Open(osPath);
    ASSERT_EQ(poTiff->GetRasterBand(2)->GetNoDataValue(), 8);
    ExpectSame(poTiff.get(), true, true);
}

TEST(TiffSource, ReadsWindowsAndPickedBands)
{
    struct {
        Options aosArguments;
        bool bPacked;
    } const aoWindows[] = {
        {{"-srcwin", "13", "20", "61", "55"}, true},
        {{"-srcwin", "0", "14", "101", "50"}, true},
        {{"-b", "2"}, false},
        {{"-b", "3", "-b", "1"}, false},
        {{"-b", "2", "-b", "1", "-b", "3"}, false},
        {{"-b", "1", "-b", "2", "-b", "3"}, true},
        {{"-b", "1", "-b", "2"}, false},
        {{"-b", "1", "-b", "1", "-b", "1"}, false},
        {{"-a_nodata", "5", "-srcwin", "1", "1", "90", "80", "-b", "3"},
         false}};

    for (const Options &aosShape : aaosShapes)
        for (const auto &o : aoWindows)
            for (const char *pszInterleave : {"PIXEL", "BAND"}) {
                Case oCase = Of(3, GDT_UInt16, aosShape);
                oCase.oRecipe.aosCreation.push_back(std::string("INTERLEAVE=") +
                                                    pszInterleave);
                oCase.aosArguments = o.aosArguments;
                oCase.bPacked = o.bPacked && *pszInterleave == 'P';
                if (!IsLeftOut(7))
                    Check(oCase);
            }
}

TEST(TiffSource, LeavesUnusualFilesToGdal)
{
    struct {
        int nBands;
        GDALDataType eType;
        Options aosCreation;
    } const aoFiles[] = {
        {3, GDT_Byte, {"COMPRESS=JPEG", "TILED=YES", "PHOTOMETRIC=YCBCR"}},
        {1, GDT_Byte, {"COMPRESS=LERC"}},
        {3, GDT_Byte, {"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"}},
        {1, GDT_Byte, {"NBITS=1"}},
        {1, GDT_Byte, {"NBITS=4", "COMPRESS=LZW"}},
        {2, GDT_UInt16, {"NBITS=12"}},
        {1, GDT_UInt32, {"NBITS=24"}},
        {1, GDT_Float32, {"NBITS=16"}},
        {4, GDT_Byte, {"PHOTOMETRIC=CMYK"}},
        {3, GDT_Byte, {"PHOTOMETRIC=CIELAB"}}};

    const Errors oErrors; /* about values that do not fit */
    for (const auto &o : aoFiles) {
        Case oCase = Of(o.nBands, o.eType, o.aosCreation);
        oCase.oRecipe.aosCreation.push_back("INTERLEAVE=PIXEL");
        oCase.bNative = oCase.bPacked = false;
        Check(oCase);
    }
}

TEST(TiffSource, LeavesATallStripThatGdalSplitsToGdal)
{
    Case oCase = Of(1, GDT_Byte, {"BLOCKYSIZE=2100", "COMPRESS=LZW"});

    oCase.oRecipe.nHeight = 2100;
    oCase.oRecipe.nWidth = 11;
    oCase.bNative = false;
    Check(oCase);
    oCase.oRecipe.eType = GDT_Int16;
    oCase.bNative = true;
    Check(oCase);
}

TEST(TiffSource, ShowsInvertedAndPaletteSamplesAsTheyAre)
{
    Check(Of(1, GDT_Byte, {"PHOTOMETRIC=MINISWHITE", "COMPRESS=PACKBITS"}));
    const std::string osPath = NewFolder() + "/p.tif";
    {
        Recipe oRecipe;
        const auto poTiff = MakeTiff(osPath, oRecipe);
        GDALColorTable oColors;
        const GDALColorEntry oRed = {255, 0, 0, 255};
        oColors.SetColorEntry(3, &oRed);
        poTiff->GetRasterBand(1)->SetColorTable(&oColors);
    }
    ExpectSame(Open(osPath).get(), true, false);
}

TEST(TiffSource, LeavesBitsInReverseOrderToGdal)
{
    const std::string osPath = NewFolder() + "/f.tif";
    TIFF *hTiff = TIFFOpen(osPath.c_str(), "w");
    GByte abyRow[40];

    TIFFSetField(hTiff, TIFFTAG_IMAGEWIDTH, 40);
    TIFFSetField(hTiff, TIFFTAG_IMAGELENGTH, 3);
    TIFFSetField(hTiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(hTiff, TIFFTAG_FILLORDER, FILLORDER_LSB2MSB);
    TIFFSetField(hTiff, TIFFTAG_ROWSPERSTRIP, 1);
    TIFFSetField(hTiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    for (uint32_t i = 0; i < 3; i++) {
        memset(abyRow, static_cast<int>(i + 1), sizeof(abyRow));
        ASSERT_EQ(TIFFWriteScanline(hTiff, abyRow, i, 0), 1);
    }
    TIFFClose(hTiff);
    ExpectSame(Open(osPath).get(), false, false);
}

TEST(TiffSource, LeavesOtherTypesAndOptionsThatItDoesNotKnowToGdal)
{
    const std::string osPath = NewFolder() + "/t.tif";
    WriteTiff(osPath, Recipe());
    const auto poTiff = Open(osPath);
    const auto IsNative = [&](CSLConstList papszOptions, GDALDataType eType) {
        rt_tiff_source *po =
            rt_tiff_source_open(GDALDataset::ToHandle(poTiff.get()),
                                osPath.c_str(), papszOptions, eType);
        rt_tiff_source_close(po);
        return po != nullptr;
    };

    EXPECT_TRUE(IsNative(nullptr, GDT_Byte));
    EXPECT_FALSE(IsNative(nullptr, GDT_UInt16));
    EXPECT_TRUE(IsNative(ToList({"num_threads=2"}).List(), GDT_Byte));
    EXPECT_FALSE(IsNative(ToList({"OVERVIEW_LEVEL=0"}).List(), GDT_Byte));
    EXPECT_FALSE(IsNative(ToList({"SOMETHING"}).List(), GDT_Byte));
    const Config oIgnore("GTIFF_IGNORE_READ_ERRORS", "YES");
    EXPECT_FALSE(IsNative(nullptr, GDT_Byte));
}

TEST(TiffSource, ReadsFilesThatHaveNoDescriptor)
{
    const std::string osPath = "/vsimem/tiff_source.tif";
    for (const char *pszCodec : {"NONE", "DEFLATE"}) {
        WriteTiff(osPath, [&] {
            Recipe o;
            o.nBands = 2;
            o.aosCreation = {std::string("COMPRESS=") + pszCodec,
                             "BLOCKYSIZE=3", "INTERLEAVE=PIXEL"};
            return o;
        }());
        ExpectSame(Open(osPath).get(), true, true);
        VSIUnlink(osPath.c_str());
    }
}

TEST(TiffSource, ReadsAnotherDirectoryThroughGdal)
{
    const std::string osPath = std::string(RETILE_TEST_DATA) + "/pages.tif";

    ExpectSame(Open(osPath).get(), true, Open(osPath)->GetRasterCount() > 1);
    ExpectSame(Open("GTIFF_DIR:2:" + osPath).get(), false, false);
}

/* Reads the whole image and fails exactly once. */
static std::string Failure(const std::string &osPath, int nSlot = 0)
{
    const auto poTiff = Open(osPath);
    const Source oSource(poTiff.get());
    const rt_copy_layer &o = oSource.Layer();
    const rt_window oWindow = {0, 0, o.w_px, o.h_px};
    std::vector<GByte> abyPixels(rt_window_area(&oWindow) *
                                 static_cast<size_t>(o.n_planes) * 16);
    rt_error oError{};
    const Errors oErrors;

    EXPECT_TRUE(oSource.IsNative());
    testing::internal::CaptureStderr();
    EXPECT_EQ(rt_copy_source_read(oSource.po, nSlot, false,
                                  oSource.All().data(), o.n_planes, &oWindow,
                                  abyPixels.data(), &oError),
              RT_ERR_SOURCE);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(oErrors.nFailures + oErrors.nWarnings, 0) << oErrors.osText;
    return oError.text;
}

TEST(TiffSource, FailsIfAFileIsCutShort)
{
    for (const char *pszCodec : {"NONE", "DEFLATE"}) {
        const std::string osPath = NewFolder() + "/cut.tif";
        Write(osPath,
              Of(1, GDT_Byte,
                 {std::string("COMPRESS=") + pszCodec, "BLOCKYSIZE=40"}));
        VSIStatBufL sStat;
        ASSERT_EQ(VSIStatL(osPath.c_str(), &sStat), 0);
        ASSERT_EQ(
            truncate(osPath.c_str(), static_cast<off_t>(sStat.st_size) - 20),
            0);
        const std::string osText = Failure(osPath);
        EXPECT_NE(osText.find("source '" + osPath +
                              "': IReadBlock failed at "
                              "X offset 0, Y offset 2"),
                  std::string::npos)
            << osText;
        EXPECT_NE(osText.find("Read error; got"), std::string::npos) << osText;
    }
}

TEST(TiffSource, FailsWithLibtiffsMessageIfABlockIsDamaged)
{
    for (const char *pszCodec : {"LZW", "DEFLATE", "ZSTD", "LZMA"}) {
        const std::string osPath = NewFolder() + "/damaged.tif";
        Write(osPath,
              Of(1, GDT_UInt16,
                 {std::string("COMPRESS=") + pszCodec, "BLOCKYSIZE=40"}));
        TIFF *hTiff = TIFFOpen(osPath.c_str(), "r");
        const auto nAt =
            static_cast<std::streamoff>(TIFFGetStrileOffset(hTiff, 1));
        TIFFClose(hTiff);
        {
            std::fstream oFile(osPath,
                               std::ios::in | std::ios::out | std::ios::binary);
            oFile.seekp(nAt);
            oFile << std::string(60, '\xff');
        }
        const std::string osText = Failure(osPath);
        EXPECT_NE(osText.find("Y offset 1: "), std::string::npos) << osText;
        EXPECT_EQ(osText.find("no reason"), std::string::npos) << osText;
        EXPECT_GE(osText.size() - osText.find("Y offset 1: "), 30u) << osText;
    }
}

/* AddressSanitizer's own memory would be counted. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RETILE_TEST_ASAN
#endif
#endif
#if !defined(RETILE_TEST_ASAN) && !defined(__SANITIZE_ADDRESS__)

static uint64_t ResidentBytes()
{
    std::ifstream oStatm("/proc/self/statm");
    uint64_t nAll = 0, nResident = 0;

    oStatm >> nAll >> nResident;
    return nResident * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

/* The peak of resident memory since the last reset. */
static uint64_t PeakBytes()
{
    std::ifstream oStatus("/proc/self/status");
    std::string osWord;
    uint64_t nKib = 0;

    while (oStatus >> osWord)
        if (osWord == "VmHWM:")
            oStatus >> nKib;
    return nKib * 1024;
}

TEST(TiffSource, HoldsNoMoreThanItSays)
{
    const uint64_t nSlack = 300 << 10; /* code that runs for the first time */

    for (const Options &aosShape : std::vector<Options>{
             {"BLOCKYSIZE=64", "COMPRESS=DEFLATE", "PREDICTOR=2"},
             {"BLOCKYSIZE=64", "COMPRESS=ZSTD"},
             {"BLOCKYSIZE=64", "COMPRESS=LZMA", "LZMA_PRESET=1"},
             {"BLOCKYSIZE=64"},
             {"TILED=YES", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024",
              "COMPRESS=LZW"}}) {
        Case oCase = Of(3, GDT_UInt16, aosShape);
        const std::string osPath = NewFolder() + "/m.tif";
        oCase.oRecipe.nWidth = 5000;
        oCase.oRecipe.nHeight = 256;
        Write(osPath, oCase);
        const auto poTiff = Open(osPath);
        const Source oSource(poTiff.get());
        const rt_copy_layer &o = oSource.Layer();
        const rt_window oWindow = {0, 0, o.w_px, std::min(o.h_px, 128)};
        const size_t nBytes = rt_window_area(&oWindow) * 6;
        void *pPixels = rt_pages_alloc(nBytes);
        memset(pPixels, 1, nBytes);
        SCOPED_TRACE(Told(oCase));

        std::ofstream("/proc/self/clear_refs") << "5";
        const uint64_t nBefore = ResidentBytes();
        ASSERT_EQ(rt_copy_source_read(oSource.po, 0, false,
                                      oSource.All().data(), 3, &oWindow,
                                      pPixels, nullptr),
                  RT_OK);
        EXPECT_LE(PeakBytes() - nBefore,
                  rt_copy_layer_held(&o, &oWindow) + nSlack);
        rt_pages_free(pPixels, nBytes);
    }
}

#endif

TEST(TiffSource, CountsTheLargestBlockAndADecodedOneIfNeeded)
{
    const std::string osPath = NewFolder() + "/h.tif";
    const auto Held = [&](const Options &aosCreation,
                          const Options &aosArguments) {
        Case oCase = Of(3, GDT_Byte, aosCreation);
        oCase.oRecipe.nWidth = 4096;
        oCase.oRecipe.nHeight = 512;
        VSIUnlink(osPath.c_str());
        Write(osPath, oCase);
        const auto poTiff = Open(osPath);
        const auto poVrt = Translated(poTiff.get(), aosArguments);
        const Source oSource(poVrt.get());
        EXPECT_EQ(oSource.Layer().held_px_bytes, 0u);
        return oSource.Layer().held_bytes;
    };
    const uint64_t nBase = Held({"BLOCKYSIZE=64"}, {});
    const uint64_t nBlock = 4096 * 64 * 3;

    EXPECT_LT(nBase, 1u << 19);
    EXPECT_EQ(Held({"BLOCKYSIZE=64"}, {"-b", "2"}), nBase + nBlock);
    EXPECT_EQ(Held({"BLOCKYSIZE=64"}, {"-srcwin", "1", "0", "4000", "512"}),
              nBase + nBlock);
    EXPECT_EQ(Held({"BLOCKYSIZE=64"}, {"-srcwin", "0", "1", "4096", "511"}),
              nBase + nBlock);
    EXPECT_EQ(Held({"BLOCKYSIZE=64", "INTERLEAVE=BAND"}, {"-b", "2"}), nBase);
    EXPECT_EQ(Held({"TILED=YES"}, {}), nBase + 256 * 256 * 3);
    /* Random bytes become a little longer when they are encoded. */
    EXPECT_GE(Held({"BLOCKYSIZE=64", "COMPRESS=DEFLATE"}, {}), nBase + nBlock);
    EXPECT_LE(Held({"BLOCKYSIZE=64", "COMPRESS=DEFLATE"}, {}),
              nBase + nBlock + nBlock / 100);
}
