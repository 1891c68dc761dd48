/* test_metadata.cpp - a view has the metadata of its source. */
#include <algorithm>
#include <cmath>

#include "gdal_alg.h"
#include "gdal_rat.h"
#include "helper.h"
#include "ogr_spatialref.h"

class Metadata : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_osFolder = NewFolder();
        m_osPath = m_osFolder + "/s.tif";
    }

    void Reopen()
    {
        m_poPlain = Open(m_osPath);
        m_poView = Open("RETILE:" + m_osPath);
        ASSERT_NE(m_poPlain, nullptr);
        ASSERT_NE(m_poView, nullptr);
    }

    std::string m_osFolder{}, m_osPath{};
    GDALDatasetUniquePtr m_poPlain{}, m_poView{};
};

static Options Domain(GDALMajorObject *poObject, const char *pszDomain)
{
    CSLConstList papszItems = poObject->GetMetadata(pszDomain);
    Options aosItems;

    for (int i = 0; papszItems != nullptr && papszItems[i] != nullptr; i++)
        aosItems.push_back(papszItems[i]);
    return aosItems;
}

/* Compares all domains except those that name the driver or the layout. */
static void ExpectSameDomains(GDALMajorObject *poPlain, GDALMajorObject *poView)
{
    const CPLStringList aosDomains(poPlain->GetMetadataDomainList());
    const CPLStringList aosOwn(poView->GetMetadataDomainList());

    for (int i = 0; i < aosDomains.size(); i++) {
        EXPECT_GE(aosOwn.FindString(aosDomains[i]), 0) << aosDomains[i];
        if (EQUAL(aosDomains[i], "IMAGE_STRUCTURE") ||
            EQUAL(aosDomains[i], "DERIVED_SUBDATASETS"))
            continue;
        EXPECT_EQ(Domain(poPlain, aosDomains[i]), Domain(poView, aosDomains[i]))
            << aosDomains[i];
    }
}

static OGRSpatialReference Srs(int nEpsg)
{
    OGRSpatialReference oSrs;

    EXPECT_EQ(oSrs.importFromEPSG(nEpsg), OGRERR_NONE);
    return oSrs;
}

TEST_F(Metadata, GeotransformSrsEpochAndAxisMappingAreTheSources)
{
    double adfTransform[6] = {500000, 10, 0.5, 4000000, -0.25, -10};
    double adfView[6] = {};
    for (const int nEpsg : {32633, 4326, 9000}) {
        OGRSpatialReference oSrs = Srs(nEpsg);
        oSrs.SetCoordinateEpoch(nEpsg == 9000 ? 2021.5 : 0);
        if (nEpsg == 4326)
            oSrs.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
        auto poTiff = MakeTiff(m_osPath, {});
        poTiff->SetGeoTransform(adfTransform);
        poTiff->SetSpatialRef(&oSrs);
        poTiff.reset();
        Reopen();

        EXPECT_EQ(m_poView->GetGeoTransform(adfView), CE_None);
        EXPECT_TRUE(std::equal(adfTransform, adfTransform + 6, adfView));
        const OGRSpatialReference *poPlain = m_poPlain->GetSpatialRef();
        const OGRSpatialReference *poView = m_poView->GetSpatialRef();
        ASSERT_NE(poView, nullptr);
        EXPECT_TRUE(poPlain->IsSame(poView));
        EXPECT_EQ(poPlain->GetDataAxisToSRSAxisMapping(),
                  poView->GetDataAxisToSRSAxisMapping());
        EXPECT_EQ(poPlain->GetCoordinateEpoch(), poView->GetCoordinateEpoch());
    }
}

TEST_F(Metadata, SourceWithoutGeoreferenceHasNone)
{
    double adfPlain[6] = {}, adfView[6] = {};
    WriteTiff(m_osPath, {});
    Reopen();

    EXPECT_EQ(m_poPlain->GetGeoTransform(adfPlain),
              m_poView->GetGeoTransform(adfView));
    EXPECT_TRUE(std::equal(adfPlain, adfPlain + 6, adfView));
    EXPECT_EQ(m_poView->GetSpatialRef(), nullptr);
    EXPECT_EQ(m_poView->GetGCPCount(), 0);
}

TEST_F(Metadata, GcpsAreTheSources)
{
    char szId[] = "a", szInfo[] = "corner";
    GDAL_GCP asGcps[4] = {};
    for (int i = 0; i < 4; i++)
        asGcps[i] = {szId,      szInfo,  i * 10.0, i % 2 * 9.5,
                     500.0 + i, 4.0 - i, i * 1.0};
    const OGRSpatialReference oSrs = Srs(32633);
    auto poTiff = MakeTiff(m_osPath, {});
    poTiff->SetGCPs(4, asGcps, &oSrs);
    poTiff.reset();
    Reopen();

    ASSERT_EQ(m_poView->GetGCPCount(), 4);
    for (int i = 0; i < 4; i++) {
        const GDAL_GCP &sPlain = m_poPlain->GetGCPs()[i];
        const GDAL_GCP &sView = m_poView->GetGCPs()[i];
        EXPECT_STREQ(sPlain.pszId, sView.pszId);
        EXPECT_EQ(sPlain.dfGCPPixel, sView.dfGCPPixel);
        EXPECT_EQ(sPlain.dfGCPLine, sView.dfGCPLine);
        EXPECT_EQ(sPlain.dfGCPX, sView.dfGCPX);
        EXPECT_EQ(sPlain.dfGCPY, sView.dfGCPY);
        EXPECT_EQ(sPlain.dfGCPZ, sView.dfGCPZ);
    }
    EXPECT_TRUE(
        m_poPlain->GetGCPSpatialRef()->IsSame(m_poView->GetGCPSpatialRef()));
}

TEST_F(Metadata, EveryDomainIsTheSources)
{
    Recipe oRecipe;
    oRecipe.nBands = 2;
    auto poTiff = MakeTiff(m_osPath, oRecipe);
    poTiff->SetMetadataItem("AUTHOR", "a=b; ü");
    poTiff->SetMetadataItem("AREA_OR_POINT", "Point");
    poTiff->SetMetadataItem("ONE", "1", "MINE");
    const char *apszXml[] = {"<x><y>1</y></x>", nullptr};
    poTiff->SetMetadata(const_cast<char **>(apszXml), "xml:MINE");
    poTiff->GetRasterBand(2)->SetMetadataItem("WAVELENGTH", "550");
    poTiff->GetRasterBand(2)->SetMetadataItem("TWO", "2", "MINE");
    poTiff.reset();
    Reopen();

    ExpectSameDomains(m_poPlain.get(), m_poView.get());
    ExpectSameDomains(m_poPlain->GetRasterBand(2), m_poView->GetRasterBand(2));
    EXPECT_EQ(Item(m_poView.get(), "ONE", "MINE"), "1");
    EXPECT_EQ(Item(m_poView->GetRasterBand(2), "WAVELENGTH"), "550");
    EXPECT_EQ(Item(m_poView.get(), "nothing"), "");
    EXPECT_EQ(Domain(m_poView.get(), "xml:MINE"), Options{apszXml[0]});
}

TEST_F(Metadata, RpcIsTheSources)
{
    const char *const apszKeys[] = {
        "LINE_OFF",   "SAMP_OFF",   "LAT_OFF",   "LONG_OFF",   "HEIGHT_OFF",
        "LINE_SCALE", "SAMP_SCALE", "LAT_SCALE", "LONG_SCALE", "HEIGHT_SCALE"};
    CPLStringList aosRpc;
    for (const char *pszKey : apszKeys)
        aosRpc.SetNameValue(pszKey, "2");
    std::string osCoefficients = "1";
    for (int i = 1; i < 20; i++)
        osCoefficients += " 0";
    for (const char *pszKey : {"LINE_NUM_COEFF", "LINE_DEN_COEFF",
                               "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"})
        aosRpc.SetNameValue(pszKey, osCoefficients.c_str());
    MakeTiff(m_osPath, {})->SetMetadata(aosRpc.List(), "RPC");
    Reopen();

    EXPECT_FALSE(Domain(m_poPlain.get(), "RPC").empty());
    EXPECT_EQ(Domain(m_poPlain.get(), "RPC"), Domain(m_poView.get(), "RPC"));
}

TEST_F(Metadata, ImageStructureKeepsInterleaveNbitsAndPixeltypeOnly)
{
    Recipe oRecipe;
    oRecipe.nBands = 2;
    oRecipe.aosCreation = {"COMPRESS=DEFLATE", "NBITS=7", "INTERLEAVE=PIXEL"};
    WriteTiff(m_osPath, oRecipe);
    Reopen();

    EXPECT_EQ(Item(m_poPlain.get(), "COMPRESSION", "IMAGE_STRUCTURE"),
              "DEFLATE");
    EXPECT_EQ(Item(m_poView.get(), "COMPRESSION", "IMAGE_STRUCTURE"), "");
    EXPECT_EQ(Domain(m_poView.get(), "IMAGE_STRUCTURE"),
              Options{"INTERLEAVE=PIXEL"});
    EXPECT_EQ(Item(m_poView->GetRasterBand(1), "NBITS", "IMAGE_STRUCTURE"),
              "7");
    EXPECT_EQ(Item(m_poView->GetRasterBand(1), "BLOCK_OFFSET_0_0", "TIFF"), "");
    EXPECT_NE(Item(m_poPlain->GetRasterBand(1), "BLOCK_OFFSET_0_0", "TIFF"),
              "");
}

TEST_F(Metadata, BandItemsAreTheSources)
{
    auto poTiff = MakeTiff(m_osPath, {});
    GDALRasterBand *poBand = poTiff->GetRasterBand(1);
    poBand->SetDescription("height");
    poBand->SetUnitType("m");
    poBand->SetScale(0.25);
    poBand->SetOffset(-10.5);
    poTiff.reset();
    Reopen();
    GDALRasterBand *poView = m_poView->GetRasterBand(1);
    int bHas = FALSE;

    EXPECT_STREQ(poView->GetDescription(), "height");
    EXPECT_STREQ(poView->GetUnitType(), "m");
    EXPECT_EQ(poView->GetScale(&bHas), 0.25);
    EXPECT_TRUE(bHas);
    EXPECT_EQ(poView->GetOffset(&bHas), -10.5);
    EXPECT_TRUE(bHas);
}

TEST_F(Metadata, AbsentBandItemsAreAbsent)
{
    WriteTiff(m_osPath, {});
    Reopen();
    GDALRasterBand *poPlain = m_poPlain->GetRasterBand(1);
    GDALRasterBand *poView = m_poView->GetRasterBand(1);
    int bPlain = 5, bView = 5;

    EXPECT_EQ(poPlain->GetScale(&bPlain), poView->GetScale(&bView));
    EXPECT_EQ(bPlain, bView);
    EXPECT_EQ(poPlain->GetMinimum(&bPlain), poView->GetMinimum(&bView));
    EXPECT_EQ(bPlain, bView);
    EXPECT_EQ(poPlain->GetMaximum(&bPlain), poView->GetMaximum(&bView));
    EXPECT_EQ(bPlain, bView);
    EXPECT_EQ(poPlain->GetNoDataValue(&bPlain), poView->GetNoDataValue(&bView));
    EXPECT_EQ(bPlain, bView);
    EXPECT_STREQ(poPlain->GetUnitType(), poView->GetUnitType());
    EXPECT_EQ(poView->GetColorTable(), nullptr);
    EXPECT_EQ(poView->GetCategoryNames(), nullptr);
    EXPECT_EQ(poView->GetDefaultRAT(), nullptr);
    EXPECT_EQ(poPlain->GetColorInterpretation(),
              poView->GetColorInterpretation());
}

TEST_F(Metadata, ColourTableCategoriesAndAttributeTableAreTheSources)
{
    GDALColorTable oColours;
    const GDALColorEntry sRed = {255, 1, 2, 255};
    oColours.SetColorEntry(3, &sRed);
    const char *apszNames[] = {"water", "land", nullptr};
    GDALDefaultRasterAttributeTable oTable;
    oTable.CreateColumn("Value", GFT_Integer, GFU_MinMax);
    oTable.SetRowCount(2);
    oTable.SetValue(1, 0, 42);
    auto poTiff = MakeTiff(m_osPath, {});
    GDALRasterBand *poBand = poTiff->GetRasterBand(1);
    poBand->SetColorTable(&oColours);
    poBand->SetCategoryNames(const_cast<char **>(apszNames));
    poBand->SetDefaultRAT(&oTable);
    poTiff.reset();
    Reopen();
    GDALRasterBand *poView = m_poView->GetRasterBand(1);

    EXPECT_EQ(poView->GetColorInterpretation(), GCI_PaletteIndex);
    ASSERT_NE(poView->GetColorTable(), nullptr);
    EXPECT_TRUE(poView->GetColorTable()->IsSame(
        m_poPlain->GetRasterBand(1)->GetColorTable()));
    EXPECT_EQ(poView->GetColorTable()->GetColorEntry(3)->c1, 255);
    ASSERT_NE(poView->GetCategoryNames(), nullptr);
    EXPECT_STREQ(poView->GetCategoryNames()[1], "land");
    ASSERT_NE(poView->GetDefaultRAT(), nullptr);
    EXPECT_EQ(poView->GetDefaultRAT()->GetValueAsInt(1, 0), 42);
}

TEST_F(Metadata, ColourInterpretationIsTheSources)
{
    Recipe oRecipe;
    oRecipe.nBands = 4;
    oRecipe.aosCreation = {"PHOTOMETRIC=RGB", "ALPHA=YES"};
    WriteTiff(m_osPath, oRecipe);
    Reopen();

    for (int i = 1; i <= 4; i++)
        EXPECT_EQ(m_poPlain->GetRasterBand(i)->GetColorInterpretation(),
                  m_poView->GetRasterBand(i)->GetColorInterpretation());
    EXPECT_EQ(m_poView->GetRasterBand(4)->GetColorInterpretation(),
              GCI_AlphaBand);
}

TEST_F(Metadata, SubdatasetsOpenThroughTheDriver)
{
    WriteTiff(m_osPath, {});
    const auto poFirst = Open(m_osPath);
    const char *apszAppend[] = {"APPEND_SUBDATASET=YES", nullptr};
    GDALClose(GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
        m_osPath.c_str(), poFirst.get(), FALSE, const_cast<char **>(apszAppend),
        nullptr, nullptr));
    Reopen();
    const std::string osPlain =
        Item(m_poPlain.get(), "SUBDATASET_2_NAME", "SUBDATASETS");
    const std::string osView =
        Item(m_poView.get(), "SUBDATASET_2_NAME", "SUBDATASETS");

    EXPECT_NE(osPlain, "");
    EXPECT_EQ(osView, "RETILE:" + osPlain);
    EXPECT_EQ(Item(m_poPlain.get(), "SUBDATASET_2_DESC", "SUBDATASETS"),
              Item(m_poView.get(), "SUBDATASET_2_DESC", "SUBDATASETS"));
    ASSERT_NE(Open(osView), nullptr);
    EXPECT_TRUE(ReadBand(Open(osView)->GetRasterBand(1)) ==
                ReadBand(Open(osPlain)->GetRasterBand(1)));
}

TEST_F(Metadata, FileListIsTheSources)
{
    WriteTiff(m_osPath, {});
    WriteText(m_osFolder + "/s.tfw", "1\n0\n0\n-1\n0\n0\n");
    Reopen();
    const CPLStringList aosPlain(m_poPlain->GetFileList());
    const CPLStringList aosView(m_poView->GetFileList());

    ASSERT_EQ(aosPlain.size(), 2);
    ASSERT_EQ(aosView.size(), 2);
    EXPECT_STREQ(aosPlain[0], aosView[0]);
    EXPECT_STREQ(aosPlain[1], aosView[1]);
}

TEST_F(Metadata, CoverageOfASparseFileIsTheSources)
{
    const char *apszSparse[] = {"SPARSE_OK=YES", "TILED=YES", nullptr};
    GByte nPixel = 1;
    {
        const GDALDatasetUniquePtr poTiff(
            GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
                m_osPath.c_str(), 1024, 1024, 1, GDT_Byte,
                const_cast<char **>(apszSparse)));
        EXPECT_EQ(poTiff->GetRasterBand(1)->RasterIO(GF_Write, 600, 600, 1, 1,
                                                     &nPixel, 1, 1, GDT_Byte, 0,
                                                     0, nullptr),
                  CE_None);
    }
    Reopen();
    for (const int nOff : {0, 512}) {
        double dfPlain = -1, dfView = -1;
        EXPECT_EQ(m_poPlain->GetRasterBand(1)->GetDataCoverageStatus(
                      nOff, nOff, 256, 256, 0, &dfPlain),
                  m_poView->GetRasterBand(1)->GetDataCoverageStatus(
                      nOff, nOff, 256, 256, 0, &dfView));
        EXPECT_EQ(dfPlain, dfView);
        EXPECT_EQ(dfView, nOff == 0 ? 0 : 100);
    }
}

TEST_F(Metadata, StatisticsAndHistogramsAreTheSources)
{
    Recipe oRecipe;
    oRecipe.eType = GDT_Float32;
    MakeTiff(m_osPath, oRecipe)->GetRasterBand(1)->SetNoDataValue(1.5);
    Reopen();
    const Config oNoFile("GDAL_PAM_ENABLED", "NO");
    double adfPlain[4] = {}, adfView[4] = {};
    GUIntBig anPlain[64] = {}, anView[64] = {};
    GDALRasterBand *poPlain = m_poPlain->GetRasterBand(1);
    GDALRasterBand *poView = m_poView->GetRasterBand(1);

    EXPECT_EQ(poPlain->ComputeStatistics(FALSE, &adfPlain[0], &adfPlain[1],
                                         &adfPlain[2], &adfPlain[3], nullptr,
                                         nullptr),
              CE_None);
    EXPECT_EQ(poView->ComputeStatistics(FALSE, &adfView[0], &adfView[1],
                                        &adfView[2], &adfView[3], nullptr,
                                        nullptr),
              CE_None);
    EXPECT_EQ(adfPlain[0], adfView[0]);
    EXPECT_EQ(adfPlain[1], adfView[1]);
    EXPECT_NEAR(adfPlain[2], adfView[2], 1e-9 * std::fabs(adfPlain[2]));
    EXPECT_NEAR(adfPlain[3], adfView[3], 1e-9 * adfPlain[3]);
    EXPECT_EQ(poPlain->GetHistogram(-1e4, 1e4, 64, anPlain, TRUE, FALSE,
                                    nullptr, nullptr),
              CE_None);
    EXPECT_EQ(poView->GetHistogram(-1e4, 1e4, 64, anView, TRUE, FALSE, nullptr,
                                   nullptr),
              CE_None);
    EXPECT_TRUE(std::equal(anPlain, anPlain + 64, anView));
    EXPECT_EQ(GDALChecksumImage(poPlain, 0, 0, 97, 61),
              GDALChecksumImage(poView, 0, 0, 97, 61));
}

TEST_F(Metadata, StatisticsThatTheSourceHoldsAreShown)
{
    auto poTiff = MakeTiff(m_osPath, {});
    poTiff->GetRasterBand(1)->SetStatistics(1, 200, 90, 12.5);
    poTiff.reset();
    Reopen();
    double dfMin = 0, dfMax = 0, dfMean = 0, dfDev = 0;

    EXPECT_EQ(m_poView->GetRasterBand(1)->GetStatistics(
                  FALSE, FALSE, &dfMin, &dfMax, &dfMean, &dfDev),
              CE_None);
    EXPECT_EQ(dfMin, 1);
    EXPECT_EQ(dfMax, 200);
    EXPECT_EQ(dfDev, 12.5);
}

TEST_F(Metadata, VrtSourceKeepsItsItemsToo)
{
    WriteTiff(m_osPath, {});
    const auto poTiff = Open(m_osPath);
    m_osPath = m_osFolder + "/s.vrt";
    auto poVrt = GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName("VRT")->CreateCopy(
            m_osPath.c_str(), poTiff.get(), FALSE, nullptr, nullptr, nullptr));
    poVrt->SetMetadataItem("A", "1", "MINE");
    poVrt->GetRasterBand(1)->SetNoDataValue(300);
    poVrt->GetRasterBand(1)->SetUnitType("K");
    poVrt->GetRasterBand(1)->SetColorInterpretation(GCI_GreenBand);
    poVrt.reset();
    Reopen();

    ExpectSameDomains(m_poPlain.get(), m_poView.get());
    ExpectSameDomains(m_poPlain->GetRasterBand(1), m_poView->GetRasterBand(1));
    EXPECT_EQ(m_poView->GetRasterBand(1)->GetNoDataValue(), 300);
    EXPECT_STREQ(m_poView->GetRasterBand(1)->GetUnitType(), "K");
    EXPECT_EQ(m_poView->GetRasterBand(1)->GetColorInterpretation(),
              GCI_GreenBand);
    EXPECT_EQ(Item(m_poView.get(), "SOURCE_DRIVER", "RETILE"), "VRT");
}

TEST_F(Metadata, RetileDomainHasSourceAndOptions)
{
    Recipe oRecipe;
    oRecipe.aosCreation = {"BLOCKYSIZE=4"};
    WriteTiff(m_osPath, oRecipe);
    const auto poView = Open("RETILE:" + m_osPath,
                             {"BLOCKXSIZE=50", "CACHE=PRIVATE", "CACHE_MAX=3MB",
                              "NUM_THREADS=3", "SPILL=memory"});
    const struct {
        const char *pszKey;
        std::string osValue;
    } asItems[] = {{"SOURCE", m_osPath},     {"SOURCE_DRIVER", "GTiff"},
                   {"SOURCE_BLOCK", "97x4"}, {"ACCESS", "ROWS"},
                   {"BLOCKS_X", "2"},        {"BLOCKS_Y", "1"},
                   {"BLOCKXSIZE", "50"},     {"BLOCKYSIZE", "512"},
                   {"PAD_EDGES", "NO"},      {"CACHE", "PRIVATE"},
                   {"CACHE_MAX", "3145728"}, {"NUM_THREADS", "3"},
                   {"SPILL", "MEMORY"}};

    for (const auto &sItem : asItems)
        EXPECT_EQ(Item(poView.get(), sItem.pszKey, "RETILE"), sItem.osValue)
            << sItem.pszKey;
}

TEST_F(Metadata, RetileDomainHasTheThreadsAndSpillInUse)
{
    WriteTiff(m_osPath, Recipe());
    const Config oGdal("GDAL_NUM_THREADS", "5");
    const auto poGdals = Open("RETILE:" + m_osPath);
    const Config oOurs("RETILE_NUM_THREADS", "6");
    const auto poOurs = Open("RETILE:" + m_osPath);
    const auto poDescribed =
        Open(Descriptor(m_osPath, R"("NUM_THREADS":4,"SPILL":"DISK")"));
    const auto poGiven =
        Open(Descriptor(m_osPath, R"("NUM_THREADS":4,"SPILL":"DISK")"),
             {"NUM_THREADS=2", "SPILL=NONE"});

    EXPECT_EQ(Item(poGdals.get(), "NUM_THREADS", "RETILE"), "5");
    EXPECT_EQ(Item(poGdals.get(), "SPILL", "RETILE"), "AUTO");
    EXPECT_EQ(Item(poOurs.get(), "NUM_THREADS", "RETILE"), "6");
    EXPECT_EQ(Item(poDescribed.get(), "NUM_THREADS", "RETILE"), "4");
    EXPECT_EQ(Item(poDescribed.get(), "SPILL", "RETILE"), "DISK");
    EXPECT_EQ(Item(poGiven.get(), "NUM_THREADS", "RETILE"), "2");
    EXPECT_EQ(Item(poGiven.get(), "SPILL", "RETILE"), "NONE");
}
