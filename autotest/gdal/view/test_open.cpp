/* test_open.cpp - names of views, their options, and what is refused. */
#include "helper.h"

static std::string osScene; /* a GeoTIFF of 97x61 */

class OpenView : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_osFolder = NewFolder();
        osScene = m_osFolder + "/scene.tif";
        WriteTiff(osScene, {});
    }

    std::string Write(const std::string &osName, const std::string &osText)
    {
        WriteText(m_osFolder + "/" + osName, osText);
        return m_osFolder + "/" + osName;
    }

    std::string m_osFolder{};
};

static void ExpectBlock(GDALDataset *poDS, int nWidth, int nHeight)
{
    int nX = 0, nY = 0;

    ASSERT_NE(poDS, nullptr);
    poDS->GetRasterBand(1)->GetBlockSize(&nX, &nY);
    EXPECT_EQ(nX, nWidth);
    EXPECT_EQ(nY, nHeight);
    EXPECT_STREQ(poDS->GetDriverName(), "RETILE");
}

TEST_F(OpenView, PrefixOpensTheSourceInBlocksOf512)
{
    ExpectBlock(Open("RETILE:" + osScene).get(), 512, 512);
    ExpectBlock(Open("retile:" + osScene).get(), 512, 512);
}

TEST_F(OpenView, PrefixMayBeRepeated)
{
    const auto poView = Open("RETILE:RETILE:" + osScene);

    ExpectBlock(poView.get(), 512, 512);
    EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)) ==
                ReadBand(Open(osScene)->GetRasterBand(1)));
}

TEST_F(OpenView, DescriptorFileTakesItsSourceFromItsFolder)
{
    Write("v.retile", Descriptor("scene.tif", "\"BLOCKXSIZE\":64"));
    const WorkingFolder oElsewhere("/");

    ExpectBlock(Open(m_osFolder + "/v.retile").get(), 64, 512);
}

TEST_F(OpenView, DescriptorFileIsKnownByItsContentsToo)
{
    ExpectBlock(Open(Write("v.json", Descriptor("scene.tif"))).get(), 512, 512);
}

TEST_F(OpenView, DescriptorTextTakesItsSourceFromTheWorkingFolder)
{
    const WorkingFolder oHere(m_osFolder);

    ExpectBlock(Open(Descriptor("scene.tif", "\"BLOCKYSIZE\":\"32\"")).get(),
                512, 32);
    ExpectBlock(Open(" \n" + Descriptor("RETILE:scene.tif")).get(), 512, 512);
}

TEST_F(OpenView, DescriptorPassesOpenOptionsToTheSource)
{
    const std::string osText =
        R"({"type":"RETILE","version":1,"source":")" + osScene +
        R"(","source_open_options":{"GEOREF_SOURCES":"NONE"}})";
    auto poTiff = MakeTiff(osScene, {});
    double adfTransform[6] = {5, 1, 0, 7, 0, -1};
    poTiff->SetGeoTransform(adfTransform);
    poTiff.reset();

    EXPECT_EQ(Open("RETILE:" + osScene)->GetGeoTransform(adfTransform),
              CE_None);
    EXPECT_EQ(Open(osText)->GetGeoTransform(adfTransform), CE_Failure);
}

TEST_F(OpenView, OptionsAtOpenWinOverTheDescriptors)
{
    const std::string osFile =
        Write("v.retile",
              Descriptor("scene.tif", "\"BLOCKXSIZE\":64,\"BLOCKYSIZE\":16"));

    ExpectBlock(Open(osFile, {"BLOCKXSIZE=33"}).get(), 33, 16);
    ExpectBlock(Open(osFile, {"blockysize=7"}).get(), 64, 7);
}

TEST_F(OpenView, UnknownOptionIsRefusedByName)
{
    const std::string osFile =
        Write("v.retile", Descriptor("scene.tif", "\"BLOKSIZE\":64"));

    ExpectRefused(osFile, {}, "BLOKSIZE");
    ExpectRefused("RETILE:" + osScene, {"TILESIZE=5"}, "TILESIZE");
    ExpectRefused(Descriptor(osScene), {"TILESIZE=5"}, "TILESIZE");
    ExpectRefused("RETILE:" + osScene, {"noequals"}, "noequals");
}

TEST_F(OpenView, UnknownKeyIsRefusedByName)
{
    ExpectRefused(Write("v.retile",
                        R"({"type":"RETILE","version":1,"source":"scene.tif",)"
                        R"("sauce":1})"),
                  {}, "sauce");
}

TEST_F(OpenView, MalformedThreadsAndSpillsAreRefused)
{
    for (const char *pszValue : {"0", "-2", "two", "2x", "", "1.5", "ALL"})
        ExpectRefused("RETILE:" + osScene,
                      {std::string("NUM_THREADS=") + pszValue}, "NUM_THREADS");
    for (const char *pszValue : {"", "YES", "RAM", "DISKS"})
        ExpectRefused("RETILE:" + osScene, {std::string("SPILL=") + pszValue},
                      "SPILL");
    const Config oThreads("RETILE_NUM_THREADS", "none");
    ExpectRefused("RETILE:" + osScene, {}, "RETILE_NUM_THREADS=none");
}

TEST_F(OpenView, MalformedRoomForSpillIsRefused)
{
    const Config oMax("RETILE_SPILL_MAX", "much");

    ExpectRefused("RETILE:" + osScene, {}, "RETILE_SPILL_MAX");
}

TEST_F(OpenView, MalformedBlockSizesAreRefused)
{
    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        for (const char *pszValue :
             {"0", "-1", "abc", "", "5x", "1.5", "2147483648", "1e3",
              "99999999999999999999999", "0x10", "512KB", "+ 5"})
            ExpectRefused("RETILE:" + osScene,
                          {std::string(pszName) + "=" + pszValue}, pszName);
}

TEST_F(OpenView, BlocksThatOverflowAreRefused)
{
    ExpectRefused("RETILE:" + osScene, {"BLOCKXSIZE=65536", "BLOCKYSIZE=65536"},
                  "BLOCKXSIZE");
    ExpectRefused("RETILE:" + osScene,
                  {"BLOCKXSIZE=2147483647", "BLOCKYSIZE=2"}, "BLOCKXSIZE");
    ExpectRefused("RETILE:" + osScene,
                  {"BLOCKXSIZE=2147483647", "PAD_EDGES=YES"}, "BLOCKXSIZE");
}

TEST_F(OpenView, BlockCountsThatOverflowAreRefused)
{
    const std::string osHuge =
        "<VRTDataset rasterXSize='200000' rasterYSize='200000'>"
        "<VRTRasterBand dataType='Byte' band='1'/></VRTDataset>";

    ExpectRefused("RETILE:" + osHuge, {"BLOCKXSIZE=1", "BLOCKYSIZE=1"},
                  "block");
}

TEST_F(OpenView, MalformedSizesOfCachesAreRefused)
{
    for (const char *pszValue :
         {"", "MB", "-5MB", "5TB", "1.5", "abc", "101%", "5 M B", "0x10MB",
          "1e9", "nan", "5MBs", "99999999999999GB"})
        ExpectRefused("RETILE:" + osScene,
                      {"CACHE=PRIVATE", std::string("CACHE_MAX=") + pszValue},
                      "CACHE_MAX");
    ExpectRefused("RETILE:" + osScene, {"CACHE=PRIVATE", "CACHE_MAX=512"},
                  "512MB");
    ExpectRefused("RETILE:" + osScene, {"CACHE=PRIVATE", "CACHE_MAX=900KB"},
                  "CACHE_MAX");
}

TEST_F(OpenView, WellFormedSizesOfCachesAreTaken)
{
    const struct {
        const char *pszText, *pszBytes;
    } asSizes[] = {{"1048576", "1048576"},
                   {"1MB", "1048576"},
                   {"2m", "2097152"},
                   {"1.5 MB", "1572864"},
                   {"1GB", "1073741824"},
                   {"2048K", "2097152"},
                   {"0", "0"}};

    for (const auto &sSize : asSizes) {
        const auto poView =
            Open("RETILE:" + osScene,
                 {"CACHE=PRIVATE", std::string("CACHE_MAX=") + sSize.pszText});
        ASSERT_NE(poView, nullptr) << sSize.pszText;
        EXPECT_EQ(Item(poView.get(), "CACHE_MAX", "RETILE"), sSize.pszBytes);
    }
}

TEST_F(OpenView, OtherMalformedOptionsAreRefused)
{
    ExpectRefused("RETILE:" + osScene, {"CACHE=BIG"}, "CACHE");
    ExpectRefused("RETILE:" + osScene, {"PAD_EDGES=MAYBE"}, "PAD_EDGES");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE=red"}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE=256"}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE=-1"}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE=1.5"}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE=nan"}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"PAD_VALUE="}, "PAD_VALUE");
    ExpectRefused("RETILE:" + osScene, {"CACHE_MAX=5MB"}, "CACHE_MAX");
}

TEST_F(OpenView, SixtyFourBitPadValuesOutOfRangeAreRefused)
{
    for (const GDALDataType eType : {GDT_Int64, GDT_UInt64}) {
        Recipe oRecipe;
        oRecipe.eType = eType;
        WriteTiff(osScene, oRecipe);
        for (const char *pszValue : {"18446744073709551616", "1.5", "1e300",
                                     "-9223372036854775809", "nan", "inf"})
            ExpectRefused(
                "RETILE:" + osScene,
                {"PAD_EDGES=YES", std::string("PAD_VALUE=") + pszValue},
                "PAD_VALUE");
        if (eType == GDT_UInt64)
            ExpectRefused("RETILE:" + osScene,
                          {"PAD_EDGES=YES", "PAD_VALUE=-1"}, "PAD_VALUE");
    }
}

TEST_F(OpenView, DescriptorsThatAreNotJsonAreRefused)
{
    const char *const apszBad[] = {
        "{\"type\":\"RETILE\",",
        "{\"type\":\"RETILE\"} trailing",
        "not json at all",
        "[1, 2]",
        "\"RETILE\"",
        "null",
        "{\"RETILE\"}",
        "\xff\xfe{\"type\":\"RETILE\"}",
    };

    for (const char *pszBad : apszBad)
        ExpectRefused(Write("bad.retile", pszBad), {}, "bad.retile");
}

TEST_F(OpenView, EmptyDescriptorFileIsRefused)
{
    ExpectRefused(Write("bad.retile", ""), {}, "bad.retile");
}

TEST_F(OpenView, DescriptorsOfTheWrongShapeAreRefused)
{
    const struct {
        const char *pszText, *pszSays;
    } asBad[] = {
        {R"({"type":"RETILE","version":1})", "source"},
        {R"({"type":"RETILE","source":"scene.tif"})", "version"},
        {R"({"version":1,"source":"scene.tif"})", "type"},
        {R"({"type":"RETILED","version":1,"source":"scene.tif"})", "type"},
        {R"({"type":"RETILE","version":2,"source":"scene.tif"})", "version"},
        {R"({"type":"RETILE","version":"1","source":"scene.tif"})", "version"},
        {R"({"type":"RETILE","version":1,"source":5})", "source"},
        {R"({"type":"RETILE","version":1,"source":""})", "source"},
        {R"({"type":"RETILE","version":1,"source":null})", "source"},
        {R"({"type":"RETILE","version":1,"source":"scene.tif",)"
         R"("options":[1]})",
         "options"},
        {R"({"type":"RETILE","version":1,"source":"scene.tif",)"
         R"("options":{"BLOCKXSIZE":[5]}})",
         "BLOCKXSIZE"},
        {R"({"type":"RETILE","version":1,"source":"scene.tif",)"
         R"("options":{"BLOCKXSIZE":64.5}})",
         "BLOCKXSIZE"},
        {R"({"type":"RETILE","version":1,"source":"scene.tif",)"
         R"("options":{"BLOCKXSIZE":99999999999}})",
         "BLOCKXSIZE"},
        {R"({"type":"RETILE","version":1,"source":"scene.tif",)"
         R"("source_open_options":{"A":null}})",
         "source_open_options"},
    };

    for (const auto &sBad : asBad)
        ExpectRefused(Write("bad.retile", sBad.pszText), {}, sBad.pszSays);
}

TEST_F(OpenView, DescriptorsOverOneMebibyteAreRefused)
{
    const std::string osBig =
        Descriptor(osScene) + std::string(1024 * 1024, ' ');

    ExpectRefused(Write("big.retile", osBig), {}, "1 MiB");
    ExpectRefused(osBig, {}, "1 MiB");
}

TEST_F(OpenView, DescriptorOfOneMebibyteIsTaken)
{
    std::string osText = Descriptor(osScene);

    osText.resize(1024 * 1024, ' ');
    EXPECT_NE(Open(Write("big.retile", osText)), nullptr);
}

TEST_F(OpenView, DescriptorsThatNestTooDeepAreRefused)
{
    const std::string osDeep = R"({"type":"RETILE","version":1,"source":")" +
                               osScene + R"(","options":{"A":)" +
                               std::string(40, '[') + std::string(40, ']') +
                               "}}";

    ExpectRefused(Write("deep.retile", osDeep), {}, "deep.retile");
    ExpectRefused(osDeep, {}, "JSON");
}

TEST_F(OpenView, MissingSourceIsRefused)
{
    ExpectRefused("RETILE:" + m_osFolder + "/none.tif", {}, "none.tif");
    ExpectRefused(Write("v.retile", Descriptor("none.tif")), {}, "none.tif");
    ExpectRefused("RETILE:", {}, "RETILE:");
}

TEST_F(OpenView, MissingDescriptorIsReportedAsGdalReportsAnyMissingFile)
{
    Errors oErrors;

    EXPECT_EQ(Open(m_osFolder + "/none.retile"), nullptr);
    EXPECT_EQ(oErrors.nFailures, 1);
    EXPECT_NE(oErrors.osText.find("none.retile"), std::string::npos);
}

TEST_F(OpenView, SourceThatIsNotARasterIsRefused)
{
    ExpectRefused("RETILE:" + Write("text.txt", "no raster"), {}, "text.txt");
    ExpectRefused("RETILE:" + m_osFolder, {}, m_osFolder);
    ExpectRefused("RETILE:" +
                      Write("v.geojson",
                            "{\"type\":\"FeatureCollection\",\"features\":[]}"),
                  {}, "v.geojson");
}

TEST_F(OpenView, SourceWithoutBandsIsRefused)
{
    ExpectRefused(
        "RETILE:<VRTDataset rasterXSize='5' rasterYSize='5'></VRTDataset>", {},
        "bands");
}

TEST_F(OpenView, UpdateIsRefused)
{
    ExpectRefused("RETILE:" + osScene, {}, "scene.tif",
                  GDAL_OF_RASTER | GDAL_OF_UPDATE);
    ExpectRefused(Write("v.retile", Descriptor("scene.tif")), {}, "v.retile",
                  GDAL_OF_RASTER | GDAL_OF_UPDATE);
}

TEST_F(OpenView, ViewIsNotWrittenTo)
{
    const auto poView = Open("RETILE:" + osScene);
    Errors oErrors;
    GByte nPixel = 1;

    EXPECT_EQ(poView->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, 1, 1, &nPixel,
                                                 1, 1, GDT_Byte, 0, 0, nullptr),
              CE_Failure);
    EXPECT_EQ(oErrors.nFailures, 1);
}

TEST_F(OpenView, InvalidCacheMaxIsRefusedByName)
{
    for (const char *pszValue : {"5", "lots", "-1MB", "500KB"}) {
        const Config oConfig("RETILE_CACHEMAX", pszValue);
        ExpectRefused("RETILE:" + osScene, {}, "RETILE_CACHEMAX");
    }
    EXPECT_NE(Open("RETILE:" + osScene), nullptr);
}

TEST_F(OpenView, CacheMaxChangedWhileRunningEvicts)
{
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = 2048;
    WriteTiff(osScene, oRecipe);
    const Config oBefore("RETILE_CACHEMAX", "64MB");
    const auto poView = Open("RETILE:" + osScene, {"BLOCKXSIZE=256"});
    ReadBand(poView->GetRasterBand(1));
    EXPECT_GE(Statistic(poView.get(), "BYTES_RESIDENT"), 4 << 20);
    const double dfEvictions = Statistic(poView.get(), "EVICTIONS");

    const Config oAfter("RETILE_CACHEMAX", "1MB");
    ReadBand(poView->GetRasterBand(1), 0, 0, 1, 1);
    EXPECT_LE(Statistic(poView.get(), "BYTES_RESIDENT"), 1 << 20);
    EXPECT_GT(Statistic(poView.get(), "EVICTIONS"), dfEvictions);
}

TEST_F(OpenView, CacheMaxMadeInvalidWhileRunningWarnsOnceAndStays)
{
    const auto poView = Open("RETILE:" + osScene);
    ReadBand(poView->GetRasterBand(1));
    const std::string osMax = Item(poView.get(), "CACHE_MAX", "RETILE");
    const Config oConfig("RETILE_CACHEMAX", "much");
    Errors oErrors;

    ReadBand(poView->GetRasterBand(1));
    ReadBand(poView->GetRasterBand(1));
    EXPECT_EQ(oErrors.nFailures, 0);
    EXPECT_EQ(oErrors.nWarnings, 1) << oErrors.osWarnings;
    EXPECT_EQ(Item(poView.get(), "CACHE_MAX", "RETILE"), osMax);
}
