/* test_options.cpp - the options of LAYOUT=COG, compared with GDAL's COG
 * driver. */
#include "cog_options_rig.h"
#include "gdal/base/driver_options.h"
#include "gdal/copy/cog_option_list.h"
#include "tiffio.h"

static RetileCogOptions Parsed(GDALDataset *poDS, const Options &aosOptions)
{
    const CPLStringList aosList = ToList(aosOptions);
    RetileCogOptions oOptions;
    rt_error err = {};

    EXPECT_EQ(RetileParseCogOptions(poDS, aosList.List(), oOptions, &err),
              RT_OK)
        << err.text;
    return oOptions;
}

TEST(CogOptions, HaveTheCogDriversDefaults)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    const RetileCogOptions oOptions = Parsed(poDS.get(), {});

    EXPECT_EQ(oOptions.oCopy.nBlockXSize, 512);
    EXPECT_EQ(oOptions.oCopy.nBlockYSize, 512);
    EXPECT_EQ(oOptions.oCopy.nThreads, CPLGetNumCPUs());
    EXPECT_EQ(oOptions.oOverviews.eWhich, RetileCogOverviews::Auto);
    EXPECT_EQ(oOptions.oOverviews.nCount, -1);
    EXPECT_EQ(oOptions.oOverviews.osResampling, "CUBIC");
    EXPECT_EQ(oOptions.oReprojection.osResampling, "CUBIC");
    EXPECT_TRUE(oOptions.oReprojection.bAddAlpha);
    EXPECT_FALSE(oOptions.oReprojection.IsAsked());
    EXPECT_EQ(oOptions.eStatistics, RetileCogStatistics::Auto);
    EXPECT_EQ(oOptions.osCompress, "LZW");
    EXPECT_FALSE(oOptions.bMaskForAlpha);
}

TEST(CogOptions, AreTakenAsGiven)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    const RetileCogOptions oOptions = Parsed(
        poDS.get(),
        {"BLOCKSIZE=256", "OVERVIEWS=force_use_existing", "OVERVIEW_COUNT=3",
         "RESAMPLING=MODE", "WARP_RESAMPLING=LANCZOS", "COMPRESS=jpeg",
         "ADD_ALPHA=NO", "STATISTICS=NO", "TARGET_SRS=EPSG:3857",
         "EXTENT=1,2,3,4", "RES=5", "ZOOM_LEVEL_STRATEGY=upper",
         "ALIGNED_LEVELS=2", "MEMORY_MAX=64MB", "NUM_THREADS=3",
         "BLOCKXSIZE=17", "SPILL=NONE", "PASSTHROUGH=NO"});

    EXPECT_EQ(oOptions.oCopy.nBlockXSize, 256);
    EXPECT_EQ(oOptions.oCopy.nBlockYSize, 256);
    EXPECT_EQ(oOptions.oCopy.nMemoryMax, uint64_t{64} << 20);
    EXPECT_EQ(oOptions.oCopy.nThreads, 3);
    EXPECT_EQ(oOptions.oCopy.eSpill, RT_SPILL_NONE);
    EXPECT_EQ(oOptions.oCopy.ePassthrough, RetilePassthrough::No);
    EXPECT_EQ(oOptions.oOverviews.eWhich, RetileCogOverviews::UseExisting);
    EXPECT_EQ(oOptions.oOverviews.nCount, 3);
    EXPECT_EQ(oOptions.oOverviews.osResampling, "MODE");
    EXPECT_EQ(oOptions.oReprojection.osResampling, "LANCZOS");
    EXPECT_EQ(oOptions.oReprojection.osTargetSRS, "EPSG:3857");
    EXPECT_EQ(oOptions.oReprojection.osExtent, "1,2,3,4");
    EXPECT_EQ(oOptions.oReprojection.osRes, "5");
    EXPECT_EQ(oOptions.oReprojection.eStrategy, RetileZoomStrategy::Upper);
    EXPECT_EQ(oOptions.oReprojection.nAlignedLevels, 2);
    EXPECT_FALSE(oOptions.oReprojection.bAddAlpha);
    EXPECT_EQ(oOptions.eStatistics, RetileCogStatistics::No);
    EXPECT_TRUE(oOptions.bMaskForAlpha);
}

TEST(CogOptions, ResampleAPaletteByNearest)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    GDALColorTable oTable;
    const GDALColorEntry oEntry = {1, 2, 3, 255};

    oTable.SetColorEntry(0, &oEntry);
    EXPECT_EQ(poDS->GetRasterBand(1)->SetColorTable(&oTable), CE_None);
    EXPECT_EQ(Parsed(poDS.get(), {}).oOverviews.osResampling, "NEAREST");
    EXPECT_EQ(Parsed(poDS.get(), {}).oReprojection.osResampling, "NEAREST");
    EXPECT_EQ(Parsed(poDS.get(), {"OVERVIEW_RESAMPLING=MODE", "RESAMPLING=RMS"})
                  .oOverviews.osResampling,
              "MODE");
}

TEST(CogOptions, OfOverviewsAreNoneWithoutACog)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    const CPLStringList aosAsked = ToList({"OVERVIEWS=AUTO"});
    RetileCopyOverviews oNone, oAsked;
    rt_error err = {};

    EXPECT_EQ(RetileParseOverviewOptions(poDS.get(), nullptr,
                                         RetileCogOverviews::None, oNone, &err),
              RT_OK);
    EXPECT_EQ(RetileParseOverviewOptions(poDS.get(), aosAsked.List(),
                                         RetileCogOverviews::None, oAsked,
                                         &err),
              RT_OK);
    EXPECT_EQ(oNone.eWhich, RetileCogOverviews::None);
    EXPECT_EQ(oAsked.eWhich, RetileCogOverviews::Auto);
}

TEST(CogOptions, AreRefusedWithWhatIsAllowed)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    const std::vector<std::pair<std::string, std::string>> aoWrong = {
        {"BLOCKSIZE=100", "multiple of 16"},
        {"BLOCKSIZE=", "multiple of 16"},
        {"OVERVIEWS=SOME", "AUTO, IGNORE_EXISTING"},
        {"OVERVIEW_COUNT=-1", "whole number from 0"},
        {"OVERVIEW_COUNT=two", "whole number from 0"},
        {"ALIGNED_LEVELS=1.5", "whole number from 0"},
        {"ZOOM_LEVEL_STRATEGY=MIDDLE", "AUTO, LOWER or UPPER"},
        {"STATISTICS=SOME", "AUTO, YES or NO"},
        {"MEMORY_MAX=much", "KB, MB or GB"},
        {"NUM_THREADS=0", "ALL_CPUS"}};

    for (const auto &oWrong : aoWrong) {
        const Decided oOurs(poDS.get(), {oWrong.first});
        EXPECT_EQ(oOurs.eStatus, RT_ERR_ARGUMENT) << oWrong.first;
        EXPECT_EQ(
            oOurs.osError.find(oWrong.first.substr(0, oWrong.first.find('='))),
            0u)
            << oOurs.osError;
        EXPECT_NE(oOurs.osError.find(oWrong.second), std::string::npos)
            << oOurs.osError;
    }
}

/* The tags of an image that depend on its codec. */
struct Encoding {
    uint16_t nCompression = 0, nPredictor = 0, nPhotometric = 0, nPlanar = 0;
    uint32_t nWidth = 0, nHeight = 0;
    std::vector<GByte> abyTables{};

    bool operator==(const Encoding &o) const
    {
        return nCompression == o.nCompression && nPredictor == o.nPredictor &&
               nPhotometric == o.nPhotometric && nPlanar == o.nPlanar &&
               nWidth == o.nWidth && nHeight == o.nHeight &&
               abyTables == o.abyTables;
    }
};

static std::ostream &operator<<(std::ostream &os, const Encoding &o)
{
    return os << "compression " << o.nCompression << " predictor "
              << o.nPredictor << " photometric " << o.nPhotometric << " planar "
              << o.nPlanar << " tile " << o.nWidth << "x" << o.nHeight
              << " tables " << o.abyTables.size();
}

/* Reads the first image of nKind, a TIFFTAG_SUBFILETYPE. */
static Encoding ReadEncoding(const std::string &osPath, uint32_t nKind)
{
    TIFF *psTiff = TIFFOpen(osPath.c_str(), "r");
    uint32_t nFound = 0;
    uint32_t nBytes = 0;
    void *pTables = nullptr;
    Encoding oEncoding;

    EXPECT_NE(psTiff, nullptr);
    while (TIFFGetField(psTiff, TIFFTAG_SUBFILETYPE, &nFound),
           nFound != nKind && TIFFReadDirectory(psTiff) == 1)
        nFound = 0;
    EXPECT_EQ(nFound, nKind);
    TIFFGetField(psTiff, TIFFTAG_COMPRESSION, &oEncoding.nCompression);
    TIFFGetField(psTiff, TIFFTAG_PREDICTOR, &oEncoding.nPredictor);
    TIFFGetField(psTiff, TIFFTAG_PHOTOMETRIC, &oEncoding.nPhotometric);
    TIFFGetField(psTiff, TIFFTAG_PLANARCONFIG, &oEncoding.nPlanar);
    TIFFGetField(psTiff, TIFFTAG_TILEWIDTH, &oEncoding.nWidth);
    TIFFGetField(psTiff, TIFFTAG_TILELENGTH, &oEncoding.nHeight);
    if (oEncoding.nCompression == COMPRESSION_JPEG &&
        TIFFGetField(psTiff, TIFFTAG_JPEGTABLES, &nBytes, &pTables) == 1)
        oEncoding.abyTables.assign(static_cast<GByte *>(pTables),
                                   static_cast<GByte *>(pTables) + nBytes);
    TIFFClose(psTiff);
    return oEncoding;
}

/* What GTiff writes for poDS with these options. */
static Encoding WrittenWith(GDALDataset *poDS, const CPLStringList &aosOptions)
{
    const std::string osPath = NewFolder() + "/out.tif";
    GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            osPath.c_str(), poDS, FALSE, aosOptions.List(), nullptr, nullptr))
        .reset();

    return ReadEncoding(osPath, 0);
}

static void ExpectSameEncodings(GDALDataset *poDS, const Options &aosOptions)
{
    const auto poCog = MakeCog(poDS, aosOptions);
    const Decided oOurs(poDS, aosOptions);

    ASSERT_NE(poCog, nullptr);
    ASSERT_EQ(oOurs.eStatus, RT_OK) << oOurs.osError;
    EXPECT_EQ(WrittenWith(oOurs.oSource.poDS, oOurs.aosImage),
              ReadEncoding(poCog->GetDescription(), 0))
        << ::testing::PrintToString(aosOptions);
    EXPECT_EQ(WrittenWith(oOurs.oSource.poDS, oOurs.aosOverviews),
              ReadEncoding(poCog->GetDescription(), FILETYPE_REDUCEDIMAGE))
        << ::testing::PrintToString(aosOptions);
}

TEST(CogOptions, InGTiffsWordsGiveTheCogDriversEncodings)
{
    const Options aosCases[] = {
        {},
        {"COMPRESS=NONE"},
        {"PREDICTOR=YES"},
        {"PREDICTOR=STANDARD", "COMPRESS=ZSTD", "LEVEL=3"},
        {"PREDICTOR=2", "COMPRESS=DEFLATE", "OVERVIEW_PREDICTOR=NO"},
        {"OVERVIEW_PREDICTOR=YES", "COMPRESS=DEFLATE", "LEVEL=9"},
        {"OVERVIEW_PREDICTOR=STANDARD"},
        {"PREDICTOR=YES", "OVERVIEW_COMPRESS=NONE"},
        {"PREDICTOR=YES", "OVERVIEW_COMPRESS=ZSTD"},
        {"COMPRESS=NONE", "PREDICTOR=YES", "OVERVIEW_COMPRESS=LZW"},
        {"OVERVIEW_COMPRESS=JPEG", "OVERVIEW_QUALITY=60"},
        {"OVERVIEW_COMPRESS=JPEG", "QUALITY=60"},
        {"COMPRESS=JPEG"},
        {"COMPRESS=JPEG", "QUALITY=90"},
        {"COMPRESS=JPEG", "QUALITY=90", "OVERVIEW_QUALITY=50"},
        {"COMPRESS=WEBP", "QUALITY=100"},
        {"COMPRESS=WEBP", "QUALITY=60", "OVERVIEW_QUALITY=100"},
        {"COMPRESS=LERC_ZSTD", "MAX_Z_ERROR=1", "OVERVIEW_COMPRESS=LZW"},
        {"BLOCKSIZE=384"},
        {"BLOCKSIZE=256", "COMPRESS=LZMA", "LEVEL=1"}};
    const auto poDS = MakePlaced({600, 530, 3}, Utm(10.0));

    for (const Options &aosOptions : aosCases)
        ExpectSameEncodings(poDS.get(), aosOptions);
}

TEST(CogOptions, InGTiffsWordsGiveTheCogDriversEncodingsOfOtherBands)
{
    const auto poFloats = MakePlaced({600, 530, 1, GDT_Float32}, Utm(10.0));
    const auto poAlpha =
        MakePlaced({600, 530, 4, GDT_Byte, {"ALPHA=YES"}}, Utm(10.0));
    const auto poSeparate =
        MakePlaced({600, 530, 3, GDT_Byte, {"INTERLEAVE=BAND"}}, Utm(10.0));

    ExpectSameEncodings(poFloats.get(), {"PREDICTOR=YES"});
    ExpectSameEncodings(poFloats.get(), {"PREDICTOR=STANDARD"});
    ExpectSameEncodings(poFloats.get(),
                        {"PREDICTOR=2", "OVERVIEW_PREDICTOR=FLOATING_POINT"});
    ExpectSameEncodings(poAlpha.get(), {"COMPRESS=JPEG"});
    ExpectSameEncodings(poAlpha.get(), {"OVERVIEW_COMPRESS=DEFLATE"});
    /* From 3.11 on the COG driver leaves bands apart unless told otherwise. */
    Options aosTogether;
    if (RetileDriverDeclares("COG", "INTERLEAVE"))
        aosTogether.push_back("INTERLEAVE=PIXEL");
    for (const char *pszOption : {"PREDICTOR=YES", "COMPRESS=JPEG"}) {
        Options aosOptions = aosTogether;
        aosOptions.push_back(pszOption);
        ExpectSameEncodings(poSeparate.get(), aosOptions);
    }
}

TEST(CogOptions, InGTiffsWordsHeedItsConfiguration)
{
    const auto poDS = MakePlaced({600, 530, 3}, Utm(10.0));
    const Config oCompress("COMPRESS_OVERVIEW", "JPEG");
    const Config oQuality("JPEG_QUALITY_OVERVIEW", "55");
    const Config oBlocks("GDAL_TIFF_OVR_BLOCKSIZE", "64");

    ExpectSameEncodings(poDS.get(),
                        {"OVERVIEW_COMPRESS=ZSTD", "OVERVIEW_QUALITY=90"});
}

TEST(CogOptions, OfWebpOverviewsAreLossyUnlessSetOtherwise)
{
    const auto poDS = MakePlaced({600, 530, 3}, Utm(10.0));
    const Decided oLossy(poDS.get(), {"COMPRESS=WEBP", "QUALITY=100"});
    const Decided oLossless(
        poDS.get(), {"COMPRESS=WEBP", "QUALITY=50", "OVERVIEW_QUALITY=100"});

    EXPECT_STREQ(oLossy.aosImage.FetchNameValue("WEBP_LOSSLESS"), "YES");
    EXPECT_STREQ(oLossy.aosOverviews.FetchNameValue("WEBP_LOSSLESS"), "NO");
    EXPECT_STREQ(oLossless.aosImage.FetchNameValue("WEBP_LEVEL"), "50");
    EXPECT_STREQ(oLossless.aosOverviews.FetchNameValue("WEBP_LOSSLESS"), "YES");
    EXPECT_EQ(oLossless.aosOverviews.FetchNameValue("WEBP_LEVEL"), nullptr);
}

TEST(CogOptions, WithoutEffectAreWarnedOf)
{
    const CPLStringList aosOptions =
        ToList({"COMPRESS=LZW", "PREDICTOR=2", "BLOCKSIZE=256", "QUALITY=3",
                "OVERVIEWS=AUTO", "OVERVIEW_COUNT=2", "ZLEVEL=9",
                "BLOCKXSIZE=64", "CACHE=NONE", "BIGTIFF=YES"});
    const CPLStringList aosNone = ToList({"OVERVIEWS=NONE"});
    Errors oErrors;

    RetileWarnOfCogOptions(aosNone.List(), false);
    EXPECT_EQ(oErrors.nWarnings, 0) << oErrors.osWarnings;
    RetileWarnOfCogOptions(aosOptions.List(), false);
    EXPECT_EQ(oErrors.nWarnings, 4) << oErrors.osWarnings;
    RetileWarnOfCogOptions(aosOptions.List(), true);
    EXPECT_EQ(oErrors.nWarnings, 6) << oErrors.osWarnings;
    RetileWarnOfOthersThanCog(aosOptions.List());
    EXPECT_EQ(oErrors.nWarnings, 8) << oErrors.osWarnings;
    RetileWarnOfViewOptions(aosOptions.List(), "COG");
    EXPECT_EQ(oErrors.nWarnings, 9) << oErrors.osWarnings;
    for (const char *pszName : {"ZLEVEL", "BLOCKXSIZE", "CACHE"})
        EXPECT_NE(oErrors.osWarnings.find(std::string(pszName) +
                                          " has no effect with LAYOUT=COG"),
                  std::string::npos);
}

TEST(CogOptions, InACopyWithoutACogAreWarnedOfOnce)
{
    const auto poDS = MakeTiff(NewFolder() + "/in.tif", {});
    const std::string osPath = NewFolder() + "/out.tif";
    const CPLStringList aosList = ToList(
        {"LEVEL=3", "TILING_SCHEME=GoogleMapsCompatible", "OVERVIEWS=NONE"});
    Errors oErrors;
    const GDALDatasetUniquePtr poCopy(
        GetGDALDriverManager()->GetDriverByName("RETILE")->CreateCopy(
            osPath.c_str(), poDS.get(), FALSE, aosList.List(), nullptr,
            nullptr));

    EXPECT_NE(poCopy, nullptr) << oErrors.osText;
    EXPECT_EQ(oErrors.nWarnings, 2) << oErrors.osWarnings;
    for (const char *pszName : {"LEVEL", "TILING_SCHEME"})
        EXPECT_NE(oErrors.osWarnings.find(std::string(pszName) +
                                          " has no effect with LAYOUT=GTIFF"),
                  std::string::npos);
}

TEST(CogOptions, AreAllThatTheCogDriverDeclares)
{
    const std::string osTheirs =
        GetGDALDriverManager()->GetDriverByName("COG")->GetMetadataItem(
            GDAL_DMD_CREATIONOPTIONLIST);
    const std::string osOurs =
        GetGDALDriverManager()->GetDriverByName("RETILE")->GetMetadataItem(
            GDAL_DMD_CREATIONOPTIONLIST);
    const std::string osKey = "<Option name='";
    int nOptions = 0;

    for (size_t nAt = osTheirs.find(osKey); nAt != std::string::npos;
         nAt = osTheirs.find(osKey, nAt + 1), nOptions++) {
        const size_t nName = nAt + osKey.size();
        const std::string osName =
            osTheirs.substr(nName, osTheirs.find('\'', nName) - nName);
        EXPECT_NE(osOurs.find("name=\"" + osName + "\""), std::string::npos)
            << osName;
        EXPECT_EQ(RetileIsCogOption(osName.c_str()),
                  !RetileDriverDeclares("GTiff", osName.c_str()))
            << osName;
    }
    EXPECT_GE(nOptions, 25);
}
