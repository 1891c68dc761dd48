/* test_warp.cpp - what LAYOUT=COG copies when it reprojects, or turns alpha
 * into a mask, compared with the pixels of GDAL's COG driver. */
#include <algorithm>
#include <cmath>

#include "cog_options_rig.h"
#include "gdal/copy/views.h"
#include "io/dataset/gdal_versions.h"
#include "io/vrt/reopen.h"

static const char *const pszWebMercator = "TILING_SCHEME=GoogleMapsCompatible";

/* How two rasters differ. */
struct Differences {
    size_t nPixels = 0, nDiffering = 0;
    double dfLargest = 0.0;
};

static Differences Compare(GDALDataset *poOne, GDALDataset *poOther)
{
    Differences oFound;

    EXPECT_EQ(poOne->GetRasterCount(), poOther->GetRasterCount());
    for (int i = 1; i <= poOther->GetRasterCount(); i++) {
        const size_t nPixels = static_cast<size_t>(poOther->GetRasterXSize()) *
                               static_cast<size_t>(poOther->GetRasterYSize());
        std::vector<double> adfPixels[2];

        for (int j = 0; j < 2; j++) {
            adfPixels[j].resize(nPixels);
            EXPECT_EQ((j == 0 ? poOne : poOther)
                          ->GetRasterBand(i)
                          ->RasterIO(GF_Read, 0, 0, poOther->GetRasterXSize(),
                                     poOther->GetRasterYSize(),
                                     adfPixels[j].data(),
                                     poOther->GetRasterXSize(),
                                     poOther->GetRasterYSize(), GDT_Float64, 0,
                                     0, nullptr),
                      CE_None);
        }
        for (size_t k = 0; k < nPixels; k++) {
            const double dfDifference =
                std::fabs(adfPixels[0][k] - adfPixels[1][k]);
            oFound.nDiffering += dfDifference > 0.0;
            oFound.dfLargest = std::max(oFound.dfLargest, dfDifference);
        }
        oFound.nPixels += nPixels;
    }
    return oFound;
}

static Differences FromCog(GDALDataset *poSrcDS, Options aosOptions)
{
    aosOptions.insert(aosOptions.end(), {"OVERVIEWS=NONE", "COMPRESS=NONE"});
    const auto poCog = MakeCog(poSrcDS, aosOptions);
    const Decided oOurs(poSrcDS, aosOptions);

    EXPECT_EQ(oOurs.eStatus, RT_OK) << oOurs.osError;
    EXPECT_NE(oOurs.oSource.poWarped, nullptr);
    return Compare(oOurs.oSource.poDS, poCog.get());
}

/* From GDAL 3.11 on CUBIC is computed in floats from the corner of the part
 * that is warped at once, so a few results are rounded the other way. */
static void ExpectSamePixels(GDALDataset *poSrcDS, const Options &aosOptions)
{
    const Differences oFound = FromCog(poSrcDS, aosOptions);
    const bool bRounds =
        RT_GDAL_FROM(11) && std::count(aosOptions.begin(), aosOptions.end(),
                                       "RESAMPLING=CUBIC") > 0;

    EXPECT_GT(oFound.nPixels, 0u);
    EXPECT_LE(oFound.nDiffering, bRounds ? oFound.nPixels / 5000 : 0)
        << ::testing::PrintToString(aosOptions) << " largest "
        << oFound.dfLargest << " of " << oFound.nPixels;
    EXPECT_LE(oFound.dfLargest, 1.0);
}

/* 8.7 m in Web Mercator, so that there are finer and coarser levels. */
static Place Mercator()
{
    return {3857, {997961.0, 8.7, 0.0, 6237261.0, 0.0, -8.7}};
}

TEST(CogWarp, HasTheCogDriversPixelsIfNothingIsReduced)
{
    const auto poUtm = MakePlaced({700, 500, 3}, Utm(10.0));
    const auto poMercator = MakePlaced({500, 400, 2}, Mercator());

    for (const char *pszResampling :
         {"NEAREST", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS"})
        ExpectSamePixels(poMercator.get(),
                         {pszWebMercator, "ZOOM_LEVEL_STRATEGY=UPPER",
                          std::string("RESAMPLING=") + pszResampling});
    ExpectSamePixels(poUtm.get(), {"TARGET_SRS=EPSG:3857", "RESAMPLING=CUBIC"});
}

TEST(CogWarp, HasTheCogDriversPixelsOfOnePartThatIsMadeSmaller)
{
    const auto poDS = MakePlaced({900, 900, 2}, Mercator());

    for (const char *pszResampling :
         {"NEAREST", "BILINEAR", "CUBIC", "CUBICSPLINE", "LANCZOS", "AVERAGE",
          "MODE"})
        ExpectSamePixels(poDS.get(),
                         {"TARGET_SRS=EPSG:3857",
                          "EXTENT=998000,6230000,1005000,6237000", "RES=21.5",
                          std::string("RESAMPLING=") + pszResampling});
}

TEST(CogWarp, HasTheCogDriversPixelsOfEveryType)
{
    for (const GDALDataType eType :
         {GDT_UInt16, GDT_Int16, GDT_Float32, GDT_Float64}) {
        const auto poDS = MakePlaced({300, 200, 1, eType}, Mercator());

        ExpectSamePixels(poDS.get(), {pszWebMercator, "RESAMPLING=NEAREST"});
        ExpectSamePixels(
            poDS.get(), {pszWebMercator, "RESAMPLING=NEAREST", "ADD_ALPHA=NO"});
    }
}

/* If the COG driver's parts have different ratios, one ratio cannot equal all
 * of them. */
TEST(CogWarp, IsNearTheCogDriversOfManyPartsThatAreMadeSmaller)
{
    const auto poDS = MakePlaced({700, 500, 1}, Utm(10.0));
    const Differences oNearest =
        FromCog(poDS.get(), {pszWebMercator, "ZOOM_LEVEL_STRATEGY=LOWER",
                             "RESAMPLING=NEAREST"});
    const Differences oFiner =
        FromCog(poDS.get(), {pszWebMercator, "ZOOM_LEVEL_STRATEGY=UPPER"});

    EXPECT_LT(oNearest.nDiffering, oNearest.nPixels / 500);
    EXPECT_LT(oFiner.nDiffering, oFiner.nPixels / 1000);
    EXPECT_LE(oFiner.dfLargest, 2.0);
}

TEST(CogWarp, OfNodataAddsNoAlpha)
{
    const std::string osPath = NewFolder() + "/in.tif";
    {
        const auto poTiff = MakeTiff(osPath, {300, 200, 2});
        Put(poTiff.get(), Mercator());
        for (int i = 1; i <= 2; i++)
            EXPECT_EQ(poTiff->GetRasterBand(i)->SetNoDataValue(7), CE_None);
    }
    const auto poDS = Open(osPath);
    const Decided oOurs(poDS.get(), {pszWebMercator});

    EXPECT_EQ(oOurs.oSource.poDS->GetRasterCount(), 2);
    EXPECT_EQ(oOurs.oSource.poDS->GetRasterBand(2)->GetNoDataValue(), 7);
    ExpectSamePixels(poDS.get(), {pszWebMercator, "RESAMPLING=NEAREST"});
    ExpectSameShape(poDS.get(), {pszWebMercator});
}

TEST(CogWarp, OfAMaskOrAnAlphaBandHasAlpha)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const std::string osPath = NewFolder() + "/in.tif";
    {
        const auto poTiff = MakeTiff(osPath, {300, 200, 1});
        Put(poTiff.get(), Mercator());
        EXPECT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
        std::vector<GByte> abyMask(100 * 100, 255);
        EXPECT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 40, 30, 100, 100, abyMask.data(), 100, 100,
                      GDT_Byte, 0, 0, nullptr),
                  CE_None);
    }
    const auto poMasked = Open(osPath);
    const auto poAlpha =
        MakePlaced({300, 200, 4, GDT_Byte, {"ALPHA=YES"}}, Mercator());

    for (GDALDataset *poDS : {poMasked.get(), poAlpha.get()}) {
        ExpectSamePixels(poDS, {pszWebMercator, "RESAMPLING=NEAREST"});
        ExpectSameShape(poDS, {pszWebMercator});
    }
}

TEST(CogWarp, TakesTheOverviewThatGdalwarpTakes)
{
    const std::string osPath = NewFolder() + "/in.tif";
    int anFactors[] = {2, 4};
    {
        const auto poTiff = MakeTiff(osPath, {900, 900, 1});
        Put(poTiff.get(), Mercator());
        EXPECT_EQ(poTiff->BuildOverviews("AVERAGE", 2, anFactors, 0, nullptr,
                                         nullptr, nullptr),
                  CE_None);
    }
    const auto poDS = Open(osPath);

    for (const char *pszResampling : {"NEAREST", "CUBIC"})
        for (const char *pszRes : {"RES=20", "RES=46"})
            ExpectSamePixels(poDS.get(),
                             {"TARGET_SRS=EPSG:3857",
                              "EXTENT=998000,6230000,1005000,6237000", pszRes,
                              std::string("RESAMPLING=") + pszResampling});
}

/* Alpha in four bands becomes a mask for JPEG, with and without a warp. */
TEST(CogWarp, OfJpegKeepsAlphaAsAMask)
{
    const auto poAlpha =
        MakePlaced({300, 200, 4, GDT_Byte, {"ALPHA=YES"}}, Mercator());
    const auto poColours = MakePlaced({300, 200, 3}, Mercator());

    for (GDALDataset *poDS : {poAlpha.get(), poColours.get()}) {
        const Options aosOptions = {pszWebMercator, "RESAMPLING=NEAREST"};
        const Decided oAlpha(poDS, aosOptions);
        const Decided oMask(poDS,
                            {aosOptions[0], aosOptions[1], "COMPRESS=JPEG"});

        ASSERT_NE(oMask.oSource.poMasked, nullptr);
        EXPECT_EQ(oMask.oSource.poDS->GetRasterCount(), 3);
        GDALRasterBand *poBand = oMask.oSource.poDS->GetRasterBand(1);
        EXPECT_EQ(poBand->GetMaskFlags(), GMF_PER_DATASET);
        EXPECT_EQ(ReadBand(poBand->GetMaskBand()),
                  ReadBand(oAlpha.oSource.poDS->GetRasterBand(4)));
        EXPECT_EQ(ReadBand(poBand),
                  ReadBand(oAlpha.oSource.poDS->GetRasterBand(1)));
        ExpectSameShape(poDS, {aosOptions[0], "COMPRESS=JPEG"});
        ExpectSameShape(poDS, {"COMPRESS=JPEG"});
    }
}

static std::string CopyByThreads(GDALDataset *poDS, const char *pszThreads)
{
    const std::string osPath = NewFolder() + "/out.tif";
    const CPLStringList aosList =
        ToList({std::string("NUM_THREADS=") + pszThreads, "MEMORY_MAX=64MB"});

    GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName("RETILE")->CreateCopy(
            osPath.c_str(), poDS, FALSE, aosList.List(), nullptr, nullptr))
        .reset();
    return osPath;
}

TEST(CogWarp, IsReadByAllThreadsOverViews)
{
    const auto poDS = MakePlaced({700, 500, 3}, Utm(10.0));
    const Decided oOurs(poDS.get(), {pszWebMercator, "BLOCKSIZE=512"});
    GDALDataset *poWarped = oOurs.oSource.poWarped.get();
    rt_reopen oReopen;

    rt_reopen_choose(GDALDataset::ToHandle(poWarped), nullptr,
                     poWarped->GetOpenOptions(), &oReopen);
    EXPECT_NE(oReopen.name, nullptr) << oReopen.why_not;
    rt_reopen_free(&oReopen);
    RetileCopyOptions oOptions;
    oOptions.nMemoryMax = 64 << 20;
    EXPECT_NE(RetileCopyViews::Under(
                  poWarped, poWarped->GetRasterBand(1)->GetRasterDataType(),
                  oOptions),
              nullptr);
    for (const char *pszThreads : {"1", "4"}) {
        const auto poCopy = Open(CopyByThreads(poWarped, pszThreads));
        EXPECT_EQ(Compare(poCopy.get(), poWarped).nDiffering, 0u);
    }
}

TEST(CogWarp, DecodesEachBlockOnce)
{
    const std::string osPath = NewFolder() + "/in.tif";
    {
        const auto poTiff = MakeTiff(osPath, {900, 700, 3});
        Put(poTiff.get(), Utm(10.0));
    }
    const std::string osName = "COUNTING:100x60:PIXEL:" + osPath;

    RegisterCounting();
    const auto poDS = Open(osName);
    const Decided oOurs(poDS.get(), {pszWebMercator});
    ASSERT_NE(oOurs.oSource.poWarped, nullptr);
    ForgetDecodes();
    (void)CopyByThreads(oOurs.oSource.poWarped.get(), "4");
    EXPECT_EQ(DecodedBlocks(osName), 9 * 12);
    EXPECT_EQ(MostDecodes(osName), 1);
}

TEST(CogWarp, BeyondThePolesIsCopied)
{
    const auto poDS =
        MakePlaced({360, 180, 1}, {4326, {-180, 1, 0, 90, 0, -1}});
    Errors oErrors;
    const Decided oOurs(poDS.get(), {pszWebMercator});
    const auto poCopy = Open(CopyByThreads(oOurs.oSource.poDS, "2"));

    ASSERT_NE(poCopy, nullptr) << oErrors.osText;
    EXPECT_EQ(Compare(poCopy.get(), oOurs.oSource.poDS).nDiffering, 0u);
}

TEST(CogWarp, OfWhatHasNoNameReadsTheDatasetItself)
{
    const auto poFile = MakePlaced({300, 200, 1}, Mercator());
    const GDALDatasetUniquePtr poMemory(
        GetGDALDriverManager()->GetDriverByName("MEM")->CreateCopy(
            "", poFile.get(), FALSE, nullptr, nullptr, nullptr));

    ExpectSamePixels(poMemory.get(), {pszWebMercator, "RESAMPLING=NEAREST"});
    ExpectSameShape(poMemory.get(), {pszWebMercator});

    rt_error err = {};
    const auto poAlpha =
        MakePlaced({300, 200, 4, GDT_Byte, {"ALPHA=YES"}}, Mercator());
    const auto poVrt = RetileMaskByAlpha(poAlpha.get(), &err);
    ASSERT_NE(poVrt, nullptr) << err.text;
    ExpectSamePixels(poVrt.get(), {pszWebMercator, "RESAMPLING=NEAREST"});
}

TEST(CogWarp, WithItsMaskIsCopiedByAllThreads)
{
    const auto poDS = MakePlaced({700, 500, 3}, Utm(10.0));
    const Decided oOurs(poDS.get(), {pszWebMercator, "COMPRESS=JPEG"});
    const auto poCopy = Open(CopyByThreads(oOurs.oSource.poDS, "4"));

    ASSERT_NE(poCopy, nullptr);
    EXPECT_EQ(Compare(poCopy.get(), oOurs.oSource.poDS).nDiffering, 0u);
    EXPECT_EQ(ReadBand(poCopy->GetRasterBand(1)->GetMaskBand()),
              ReadBand(oOurs.oSource.poDS->GetRasterBand(1)->GetMaskBand()));
}
