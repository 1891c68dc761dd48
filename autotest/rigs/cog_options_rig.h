/* cog_options_rig.h - what GDAL's COG driver makes of a raster, and what this
 * driver decides for LAYOUT=COG. */
#ifndef RETILE_AUTOTEST_COG_OPTIONS_RIG_H
#define RETILE_AUTOTEST_COG_OPTIONS_RIG_H

#include <array>
#include <utility>

#include "gdal/cog/plan.h"
#include "helper.h"
#include "ogr_spatialref.h"

using GeoTransform = std::array<double, 6>;

/* Where a raster of random pixels lies. */
struct Place {
    int nEPSG;
    GeoTransform adfTransform;
};

inline Place Utm(double dfRes)
{
    return {32632, {500000.0, dfRes, 0.0, 5400000.0, 0.0, -dfRes}};
}

inline Place Degrees(double dfRes)
{
    return {4326, {8.0, dfRes, 0.0, 50.0, 0.0, -dfRes}};
}

inline void Put(GDALDataset *poDS, const Place &oPlace)
{
    GeoTransform adfTransform = oPlace.adfTransform;
    OGRSpatialReference oSRS;

    EXPECT_EQ(oSRS.importFromEPSG(oPlace.nEPSG), OGRERR_NONE);
    oSRS.SetAxisMappingStrategy(OAMS_TRADITIONAL_GIS_ORDER);
    EXPECT_EQ(poDS->SetSpatialRef(&oSRS), CE_None);
    EXPECT_EQ(poDS->SetGeoTransform(adfTransform.data()), CE_None);
}

/* A GeoTIFF at that place, opened for reading. */
inline GDALDatasetUniquePtr MakePlaced(const Recipe &oRecipe,
                                       const Place &oPlace)
{
    const std::string osPath = NewFolder() + "/in.tif";

    {
        const GDALDatasetUniquePtr poTiff = MakeTiff(osPath, oRecipe);
        Put(poTiff.get(), oPlace);
    }
    return Open(osPath);
}

/* The COG driver's copy; nullptr if it refuses. */
inline GDALDatasetUniquePtr MakeCog(GDALDataset *poSrcDS,
                                    const Options &aosOptions)
{
    const std::string osPath = NewFolder() + "/cog.tif";
    const CPLStringList aosList = ToList(aosOptions);
    GDALDriver *poCog = GetGDALDriverManager()->GetDriverByName("COG");

    GDALDatasetUniquePtr poCopy(poCog->CreateCopy(
        osPath.c_str(), poSrcDS, FALSE, aosList.List(), nullptr, nullptr));
    if (poCopy == nullptr)
        return nullptr;
    poCopy.reset();
    return Open(osPath);
}

/* What this driver decides. */
struct Decided : RetileCogPlan {
    rt_status eStatus = RT_OK;
    std::string osError{}; /* without a prefix */

    Decided(GDALDataset *poSrcDS, const Options &aosOptions)
    {
        const CPLStringList aosList = ToList(aosOptions);
        rt_error err = {};

        eStatus = RetilePlanCog(poSrcDS, aosList.List(), *this, &err);
        osError = eStatus == RT_OK ? "" : err.text;
    }
};

inline GeoTransform TransformOf(GDALDataset *poDS)
{
    GeoTransform adfTransform = {};

    EXPECT_EQ(poDS->GetGeoTransform(adfTransform.data()), CE_None);
    return adfTransform;
}

inline std::vector<std::pair<int, int>> LevelsOf(GDALDataset *poDS)
{
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    std::vector<std::pair<int, int>> anSizes;

    for (int i = 0; i < poBand->GetOverviewCount(); i++)
        anSizes.emplace_back(poBand->GetOverview(i)->GetXSize(),
                             poBand->GetOverview(i)->GetYSize());
    return anSizes;
}

/* Ignores the order of axes, which GTiff does not keep. */
inline bool IsSamePlace(GDALDataset *poOne, GDALDataset *poOther)
{
    const char *const apszOptions[] = {
        "CRITERION=EQUIVALENT_EXCEPT_AXIS_ORDER_GEOGCRS",
        "IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES", nullptr};

    return poOne->GetSpatialRef() != nullptr &&
           poOther->GetSpatialRef() != nullptr &&
           poOne->GetSpatialRef()->IsSame(poOther->GetSpatialRef(),
                                          apszOptions) != FALSE;
}

/* Expects the same sizes, places, bands and levels as in the COG driver's copy.
 */
inline void ExpectSameShape(GDALDataset *poSrcDS, const Options &aosOptions)
{
    const std::string osWhat = ::testing::PrintToString(aosOptions);
    const GDALDatasetUniquePtr poCog = MakeCog(poSrcDS, aosOptions);
    const Decided oOurs(poSrcDS, aosOptions);

    ASSERT_NE(poCog, nullptr) << osWhat;
    ASSERT_EQ(oOurs.eStatus, RT_OK) << osWhat << oOurs.osError;
    GDALDataset *poDS = oOurs.oSource.poDS;
    EXPECT_EQ(poDS->GetRasterXSize(), poCog->GetRasterXSize()) << osWhat;
    EXPECT_EQ(poDS->GetRasterYSize(), poCog->GetRasterYSize()) << osWhat;
    EXPECT_EQ(TransformOf(poDS), TransformOf(poCog.get())) << osWhat;
    EXPECT_TRUE(IsSamePlace(poDS, poCog.get())) << osWhat;
    ASSERT_EQ(poDS->GetRasterCount(), poCog->GetRasterCount()) << osWhat;
    for (int i = 1; i <= poCog->GetRasterCount(); i++) {
        GDALRasterBand *poBand = poDS->GetRasterBand(i);
        GDALRasterBand *poTheirs = poCog->GetRasterBand(i);
        EXPECT_EQ(poBand->GetColorInterpretation(),
                  poTheirs->GetColorInterpretation())
            << osWhat << i;
        EXPECT_EQ(poBand->GetMaskFlags(), poTheirs->GetMaskFlags())
            << osWhat << i;
    }
    EXPECT_EQ(oOurs.oLevels.anSizes, LevelsOf(poCog.get())) << osWhat;
    int nBlockX, nBlockY;
    poCog->GetRasterBand(1)->GetBlockSize(&nBlockX, &nBlockY);
    EXPECT_EQ(oOurs.oOptions.oCopy.nBlockXSize, nBlockX) << osWhat;
    const char *const apszItems[][2] = {
        {"NAME", "@TILING_SCHEME_NAME"},
        {"ZOOM_LEVEL", "@TILING_SCHEME_ZOOM_LEVEL"},
        {"ALIGNED_LEVELS", "@TILING_SCHEME_ALIGNED_LEVELS"}};
    for (const auto &apszItem : apszItems)
        EXPECT_STREQ(oOurs.aosImage.FetchNameValueDef(apszItem[1], ""),
                     Item(poCog.get(), apszItem[0], "TILING_SCHEME").c_str())
            << osWhat << apszItem[0];
}

#endif
