/* target.cpp - see target.h.
 *
 * GDAL suggests an extent and a resolution in the target's reference system.
 * With a tiling scheme, the level with the nearest resolution is chosen, and
 * the extent grows to whole tiles of it. With aligned levels, it grows to whole
 * tiles of the coarsest of these.
 */
#include "gdal/cog/target.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <memory>
#include <numeric>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/base/error_keeper.h"
#include "gdal/cog/transformer.h"
#include "gdal_utils.h"
#include "io/dataset/gdal_versions.h"
#include "ogr_spatialref.h"

namespace
{

/* Relative difference below which two resolutions are the same. */
constexpr double SAME_RES = 1e-8;
/* In tiles: how far rounding may move an extent across a tile's edge. */
constexpr double ROUNDING = RT_GDAL_COG_TILE_TOLERANCE_PX > 0 ? 0 : 1e-10;
/* The limit of Web Mercator, in degrees. */
constexpr double MAX_LATITUDE = 85.0511287798066;
constexpr int MAX_ALIGNED_LEVELS = 10;

bool SetSRS(OGRSpatialReference &oSRS, const std::string &osText)
{
    return oSRS.SetFromUserInput(
               osText.c_str(),
               OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get()) ==
           OGRERR_NONE;
}

/* AUTHORITY:CODE if the system has these, otherwise empty. */
std::string CodeOf(const OGRSpatialReference &oSRS)
{
    const char *pszName = oSRS.GetAuthorityName(nullptr);
    const char *pszCode = oSRS.GetAuthorityCode(nullptr);

    return pszName && pszCode ? std::string(pszName) + ":" + pszCode : "";
}

/* The part of poSrcDS between the latitudes where Web Mercator ends. Only for
 * that part does a suggested extent make sense. nullptr if that is all of
 * poSrcDS. */
GDALDatasetUniquePtr WithoutPoles(GDALDataset *poSrcDS,
                                  const OGRSpatialReference &oTargetSRS)
{
    const OGRSpatialReference *poSRS = poSrcDS->GetSpatialRef();
    const char *pszCode = oTargetSRS.GetAuthorityCode(nullptr);
    double gt[6];

    if (pszCode == nullptr || atoi(pszCode) != 3857 ||
        poSrcDS->GetGeoTransform(gt) != CE_None || gt[2] != 0.0 ||
        gt[4] != 0.0 || gt[5] >= 0.0 || poSRS == nullptr ||
        !poSRS->IsGeographic() || poSRS->IsDerivedGeographic())
        return nullptr;
    const double dfTop = gt[3];
    const double dfBottom = gt[3] + poSrcDS->GetRasterYSize() * gt[5];
    if (dfTop <= MAX_LATITUDE && dfBottom >= -MAX_LATITUDE)
        return nullptr;
    CPLStringList aosArgs;
    for (const char *pszArg : {"-of", "VRT", "-projwin"})
        aosArgs.AddString(pszArg);
    for (const double dfEdge : {gt[0], std::min(dfTop, MAX_LATITUDE),
                                gt[0] + poSrcDS->GetRasterXSize() * gt[1],
                                std::max(dfBottom, -MAX_LATITUDE)})
        aosArgs.AddString(CPLSPrintf("%.18g", dfEdge));
    GDALTranslateOptions *psOptions =
        GDALTranslateOptionsNew(aosArgs.List(), nullptr);
    GDALDatasetH hPart =
        GDALTranslate("", GDALDataset::ToHandle(poSrcDS), psOptions, nullptr);
    GDALTranslateOptionsFree(psOptions);
    return GDALDatasetUniquePtr(GDALDataset::FromHandle(hPart));
}

/* Asks GDAL for a suggestion. On false, a failure may or may not be reported.
 */
bool Suggest(GDALDataset *poSrcDS, RetileCogTarget &oTarget)
{
    CPLStringList aosOptions;
    OGRSpatialReference oSRS;
    double gt[6], adfExtent[4];

    (void)SetSRS(oSRS, oTarget.osSRS);
    aosOptions.SetNameValue("DST_SRS", oTarget.osSRS.c_str());
    const GDALDatasetUniquePtr poPart(WithoutPoles(poSrcDS, oSRS));
    GDALDatasetH hPart = GDALDataset::ToHandle(poPart ? poPart.get() : poSrcDS);
    const RetileTransformer poTransformer(
        GDALCreateGenImgProjTransformer2(hPart, nullptr, aosOptions.List()));
    if (poTransformer == nullptr ||
        GDALSuggestedWarpOutput2(
            RT_GDAL_COG_SUGGESTS_WITHOUT_POLES ? hPart
                                               : GDALDataset::ToHandle(poSrcDS),
            GDALGenImgProjTransform, poTransformer.get(), gt, &oTarget.nXSize,
            &oTarget.nYSize, adfExtent, 0) != CE_None)
        return false;
    oTarget.dfMinX = adfExtent[0];
    oTarget.dfMinY = adfExtent[1];
    oTarget.dfMaxX = adfExtent[2];
    oTarget.dfMaxY = adfExtent[3];
    oTarget.dfRes = gt[1];
    return true;
}

/* A tiling scheme with coordinates in the order east, north. */
struct Tiling {
    const RetileTileMatrixSet &oSet;
    const bool bNorthFirst;
    const int nBlockSize; /* of the file; resolutions are scaled to it */

    double East(double dfX, double dfY) const
    {
        return bNorthFirst ? dfY : dfX;
    }
    double North(double dfX, double dfY) const
    {
        return bNorthFirst ? dfX : dfY;
    }
    double Res(int nLevel) const
    {
        return oSet.aoLevels[static_cast<size_t>(nLevel)].dfRes *
               oSet.nTileSize / nBlockSize;
    }
    int Levels() const { return static_cast<int>(oSet.aoLevels.size()); }
};

rt_status CheckBox(const Tiling &oTiling, const RetileCogTarget &oTarget,
                   rt_error *err)
{
    const RetileTileMatrixSet &oSet = oTiling.oSet;

    if (oSet.osBoxCrs != oSet.osCrs)
        return RT_OK;
    if (oTarget.dfMaxX < oTiling.East(oSet.dfBoxMinX, oSet.dfBoxMinY) ||
        oTarget.dfMinX > oTiling.East(oSet.dfBoxMaxX, oSet.dfBoxMaxY) ||
        oTarget.dfMaxY < oTiling.North(oSet.dfBoxMinX, oSet.dfBoxMinY) ||
        oTarget.dfMinY > oTiling.North(oSet.dfBoxMaxX, oSet.dfBoxMaxY))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Raster extent completely outside of tile matrix "
                            "set bounding box");
    return RT_OK;
}

/* The first level that is at least as fine as dfRes. If dfRes is between two
 * levels, the strategy decides. */
rt_status ChooseLevel(const Tiling &oTiling,
                      const RetileCogReprojection &oOptions, double dfRes,
                      int &nLevel, rt_error *err)
{
    const auto Same = [dfRes](double dfLevelRes) {
        return std::fabs(dfRes - dfLevelRes) / dfLevelRes <= SAME_RES;
    };

    for (nLevel = 0; nLevel < oTiling.Levels(); nLevel++)
        if (dfRes > oTiling.Res(nLevel) || Same(oTiling.Res(nLevel)))
            break;
    if (nLevel == oTiling.Levels())
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Could not find an appropriate zoom level");
    if (nLevel == 0 || Same(oTiling.Res(nLevel)) ||
        oOptions.eStrategy == RetileZoomStrategy::Upper)
        return RT_OK;
    if (oOptions.eStrategy == RetileZoomStrategy::Lower ||
        oTiling.Res(nLevel - 1) / dfRes < dfRes / oTiling.Res(nLevel))
        nLevel--;
    return RT_OK;
}

/* The least number of tiles of the finest aligned level, along one axis, that
 * make up whole tiles of the coarsest. Resolutions may grow by halves, thirds
 * and the like from level to level: by ratios whose denominator divides 60. */
rt_status CountAligned(const Tiling &oTiling, const RetileCogTarget &oTarget,
                       int64_t &nTiles, rt_error *err)
{
    constexpr int DIVISIBLE = 60;

    nTiles = 1;
    for (int i = 0; i < oTarget.nAlignedLevels - 1; i++) {
        const int nLevel = oTarget.nZoomLevel - i;
        const double dfRatio = oTiling.Res(nLevel - 1) / oTiling.Res(nLevel);
        const double dfParts = DIVISIBLE / dfRatio;
        const int nParts = dfParts >= 1.0 && dfParts <= DIVISIBLE
                               ? static_cast<int>(std::round(dfParts))
                               : 1;
        const int nCommon = std::gcd(DIVISIBLE, nParts);

        if (std::fabs(nParts - dfParts) > 1e-10 || nCommon < 2)
            return rt_error_set(
                err, RT_ERR_ARGUMENT,
                "Unsupported ratio of resolution for ALIGNED_LEVELS between "
                "zoom level %d and %d = %g",
                nLevel - 1, nLevel, dfRatio);
        nTiles *= DIVISIBLE / nCommon;
    }
    return RT_OK;
}

/* A range of tiles along one axis, without the second bound. */
struct Tiles {
    double dfFirst, dfEnd;

    void Grow(double dfWhole)
    {
        dfFirst = std::trunc(dfFirst / dfWhole) * dfWhole;
        dfEnd = std::trunc((dfEnd + dfWhole - 1.0) / dfWhole) * dfWhole;
    }
    bool Clamp(int nLimit)
    {
        const Tiles oBefore = *this;

        dfFirst = std::max(0.0, dfFirst);
        dfEnd = std::min(static_cast<double>(nLimit), dfEnd);
        return dfFirst != oBefore.dfFirst || dfEnd != oBefore.dfEnd;
    }
};

/* Extends the target to whole tiles. */
rt_status CoverTiles(const Tiling &oTiling, RetileCogTarget &oTarget,
                     rt_error *err)
{
    const RetileTileMatrixSet &oSet = oTiling.oSet;
    const RetileTileMatrix &oLevel =
        oSet.aoLevels[static_cast<size_t>(oTarget.nZoomLevel)];
    const double dfLeft = oTiling.East(oSet.dfTopLeftX, oSet.dfTopLeftY);
    const double dfTop = oTiling.North(oSet.dfTopLeftX, oSet.dfTopLeftY);
    const double dfTile = oTarget.dfRes * oTiling.nBlockSize;
    const double dfEps = RT_GDAL_COG_TILE_TOLERANCE_PX * oTarget.dfRes;
    const auto First = [dfTile, dfEps](double dfEdge) {
        return std::floor((dfEdge + dfEps) / dfTile + ROUNDING);
    };
    const auto End = [dfTile, dfEps](double dfEdge) {
        return std::ceil((dfEdge - dfEps) / dfTile - ROUNDING);
    };
    Tiles oX = {First(oTarget.dfMinX - dfLeft), End(oTarget.dfMaxX - dfLeft)};
    Tiles oY = {First(dfTop - oTarget.dfMaxY), End(dfTop - oTarget.dfMinY)};
    int64_t nAligned = 1;

    const rt_status eStatus = CountAligned(oTiling, oTarget, nAligned, err);
    if (eStatus != RT_OK)
        return eStatus;
    oX.Grow(static_cast<double>(nAligned));
    oY.Grow(static_cast<double>(nAligned));
    const bool bX = oX.Clamp(oLevel.nWidth), bY = oY.Clamp(oLevel.nHeight);
    if (bX || bY)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "RETILE: Raster extent partially outside of tile matrix "
                 "bounding box. Clamping it to it");
    oTarget.dfMinX = dfLeft + oX.dfFirst * dfTile;
    oTarget.dfMaxX = dfLeft + oX.dfEnd * dfTile;
    oTarget.dfMinY = dfTop - oY.dfEnd * dfTile;
    oTarget.dfMaxY = dfTop - oY.dfFirst * dfTile;
    return RT_OK;
}

rt_status FitToScheme(const RetileCogOptions &oOptions,
                      RetileCogTarget &oTarget, rt_error *err)
{
    const RetileCogReprojection &oAsked = oOptions.oReprojection;
    OGRSpatialReference oSRS;

    (void)SetSRS(oSRS, oTarget.osSRS);
    const Tiling oTiling = {*oAsked.poScheme,
                            oSRS.EPSGTreatsAsLatLong() != FALSE ||
                                oSRS.EPSGTreatsAsNorthingEasting() != FALSE,
                            oOptions.oCopy.nBlockXSize};
    rt_status eStatus = CheckBox(oTiling, oTarget, err);
    oTarget.nZoomLevel = oAsked.nZoomLevel;
    if (eStatus == RT_OK && oTarget.nZoomLevel < 0)
        eStatus = ChooseLevel(oTiling, oAsked, oTarget.dfRes,
                              oTarget.nZoomLevel, err);
    if (eStatus != RT_OK)
        return eStatus;
    oTarget.dfRes = oTiling.Res(oTarget.nZoomLevel);
    oTarget.nAlignedLevels = std::min(
        {MAX_ALIGNED_LEVELS, oAsked.nAlignedLevels, oTarget.nZoomLevel});
    return CoverTiles(oTiling, oTarget, err);
}

/* RES requires EXTENT. */
rt_status FitToExtent(const RetileCogReprojection &oAsked,
                      RetileCogTarget &oTarget, rt_error *err)
{
    const CPLStringList aosEdges(
        CSLTokenizeString2(oAsked.osExtent.c_str(), ",", 0));

    if (oAsked.osExtent.empty() && oAsked.osRes.empty())
        return RT_OK;
    if (aosEdges.size() != 4)
        return rt_error_set(err, RT_ERR_ARGUMENT, "Invalid value for EXTENT");
    oTarget.dfMinX = CPLAtof(aosEdges[0]);
    oTarget.dfMinY = CPLAtof(aosEdges[1]);
    oTarget.dfMaxX = CPLAtof(aosEdges[2]);
    oTarget.dfMaxY = CPLAtof(aosEdges[3]);
    if (!oAsked.osRes.empty())
        oTarget.dfRes = CPLAtof(oAsked.osRes.c_str());
    return RT_OK;
}

rt_status SetSize(RetileCogTarget &oTarget, rt_error *err)
{
    const double dfX =
        std::round((oTarget.dfMaxX - oTarget.dfMinX) / oTarget.dfRes);
    const double dfY =
        std::round((oTarget.dfMaxY - oTarget.dfMinY) / oTarget.dfRes);

    if (!(dfX >= 1.0 && dfX <= INT_MAX && dfY >= 1.0 && dfY <= INT_MAX))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "an extent of %.15g,%.15g,%.15g,%.15g is no "
                            "raster at a resolution of %.15g",
                            oTarget.dfMinX, oTarget.dfMinY, oTarget.dfMaxX,
                            oTarget.dfMaxY, oTarget.dfRes);
    oTarget.nXSize = static_cast<int>(dfX);
    oTarget.nYSize = static_cast<int>(dfY);
    return RT_OK;
}

/* The reference system of a tiling scheme is named by its code, which is
 * shorter than its URL. */
std::string TargetSRS(const RetileCogReprojection &oAsked)
{
    OGRSpatialReference oSRS;

    if (oAsked.poScheme == nullptr)
        return oAsked.osTargetSRS;
    const std::string osCode =
        SetSRS(oSRS, oAsked.poScheme->osCrs) ? CodeOf(oSRS) : "";
    return osCode.empty() ? oAsked.poScheme->osCrs : osCode;
}

} // namespace

rt_status RetileFindCogTarget(GDALDataset *poSrcDS,
                              const RetileCogOptions &oOptions,
                              RetileCogTarget &oTarget, rt_error *err)
{
    RetileErrorKeeper oErrors;

    oTarget = {};
    oTarget.osSRS = TargetSRS(oOptions.oReprojection);
    if (!Suggest(poSrcDS, oTarget))
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "%s",
            oErrors.Told(0, "the source cannot be reprojected").c_str());
    oErrors.End();
    const rt_status eStatus =
        oOptions.oReprojection.poScheme
            ? FitToScheme(oOptions, oTarget, err)
            : FitToExtent(oOptions.oReprojection, oTarget, err);
    return eStatus == RT_OK ? SetSize(oTarget, err) : eStatus;
}

bool RetileIsAtCogTarget(GDALDataset *poSrcDS, const RetileCogTarget &oTarget)
{
    const OGRSpatialReference *poSRS = poSrcDS->GetSpatialRef();
    const auto Same = [](double dfHere, double dfThere) {
        return std::fabs(dfHere - dfThere) < 1e-10 * std::fabs(dfHere);
    };
    double gt[6];

    if (poSrcDS->GetRasterXSize() != oTarget.nXSize ||
        poSrcDS->GetRasterYSize() != oTarget.nYSize || poSRS == nullptr ||
        CodeOf(*poSRS) != oTarget.osSRS ||
        poSrcDS->GetGeoTransform(gt) != CE_None)
        return false;
    return Same(gt[0], oTarget.dfMinX) && Same(gt[3], oTarget.dfMaxY) &&
           Same(gt[0] + oTarget.nXSize * gt[1], oTarget.dfMaxX) &&
           Same(gt[3] + oTarget.nYSize * gt[5], oTarget.dfMinY);
}
