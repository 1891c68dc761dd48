/* tile_matrix_set.cpp - see tile_matrix_set.h. */
#include "gdal/cog/tile_matrix_set.h"

#include <cmath>
#include <cstring>
#include <iterator>

#include "cpl_conv.h"
#include "cpl_json.h"
#include "cpl_string.h"
#include "gdal.h"
#include "gdal/base/error_keeper.h"
#include "io/dataset/gdal_versions.h"
#include "ogr_spatialref.h"

namespace
{

constexpr double EARTH_RADIUS = 6378137.0;
/* Metres, from the OGC standard. */
constexpr double STANDARD_PIXEL = 0.28e-3;

constexpr double HALF_EQUATOR = EARTH_RADIUS * M_PI;
const char *const pszMercator = "http://www.opengis.net/def/crs/EPSG/0/3857";
const char *const pszEllipsoidal = "http://www.opengis.net/def/crs/EPSG/0/3395";
const char *const pszDegrees = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/* A pyramid in square tiles of 256 pixels, of which each level has twice as
 * many along each axis. It begins at -dfHalfWidth and dfTop. */
struct BuiltIn {
    const char *pszName;
    const char *pszCrs;
    double dfHalfWidth, dfHalfHeight; /* of the box */
    double dfTop;
    int nWidth, nHeight; /* tiles of the coarsest level */
    int nLevels;
};

const BuiltIn aoBuiltIn[] = {
    {"GoogleMapsCompatible", pszMercator, HALF_EQUATOR, HALF_EQUATOR,
     HALF_EQUATOR, 1, 1, RT_GDAL_MERCATOR_LEVELS},
    {"InspireCRS84Quad", pszDegrees, 180, 90, 90, 2, 1,
     RT_GDAL_GEODETIC_LEVELS},
};

const BuiltIn aoLaterBuiltIn[] = {
    {"WebMercatorQuad", pszMercator, HALF_EQUATOR, HALF_EQUATOR, HALF_EQUATOR,
     1, 1, RT_GDAL_MERCATOR_LEVELS},
    {"WorldMercatorWGS84Quad", pszEllipsoidal, HALF_EQUATOR, HALF_EQUATOR,
     HALF_EQUATOR, 1, 1, 31},
    {"PseudoTMS_GlobalMercator", pszMercator, HALF_EQUATOR, HALF_EQUATOR,
     HALF_EQUATOR, 2, 2, 30},
    {"PseudoTMS_GlobalGeodetic", pszDegrees, 180, 90, 90, 2, 1, 30},
    {"WorldCRS84Quad", pszDegrees, 180, 90, 90, 2, 1, 30},
    {"GoogleCRS84Quad", pszDegrees, 180, 90, 180, 1, 1, 31},
};

void Build(const BuiltIn &oBuiltIn, RetileTileMatrixSet &oSet)
{
    oSet.osCrs = oSet.osBoxCrs = oBuiltIn.pszCrs;
    oSet.dfBoxMaxX = oBuiltIn.dfHalfWidth;
    oSet.dfBoxMinX = oSet.dfTopLeftX = -oBuiltIn.dfHalfWidth;
    oSet.dfBoxMaxY = oBuiltIn.dfHalfHeight;
    oSet.dfBoxMinY = -oBuiltIn.dfHalfHeight;
    oSet.dfTopLeftY = oBuiltIn.dfTop;
    oSet.nTileSize = 256;
    for (int i = 0; i < oBuiltIn.nLevels; i++)
        oSet.aoLevels.push_back(
            {2.0 * oBuiltIn.dfHalfWidth / oBuiltIn.nWidth / 256.0 / (1 << i),
             oBuiltIn.nWidth * (1 << i), oBuiltIn.nHeight * (1 << i)});
}

bool IsBuiltIn(const char *pszName, RetileTileMatrixSet &oSet)
{
    const auto Find = [&](const BuiltIn *psFirst, size_t n) {
        for (const BuiltIn *ps = psFirst; ps < psFirst + n; ps++)
            if (EQUAL(pszName, ps->pszName)) {
                Build(*ps, oSet);
                return true;
            }
        return false;
    };

    return Find(aoBuiltIn, std::size(aoBuiltIn)) ||
           (RT_GDAL_HAS_LATER_TILING_SCHEMES &&
            Find(aoLaterBuiltIn, std::size(aoLaterBuiltIn)));
}

/* A CRS is a text, or from version 2 of the standard on perhaps an object. */
std::string ReadCrs(const CPLJSONObject &oParent, const char *pszName)
{
    const CPLJSONObject oCrs = oParent.GetObj(pszName);

    if (!oCrs.IsValid() || oCrs.GetType() != CPLJSONObject::Type::Object)
        return oParent.GetString(pszName);
    const std::string osUri = oCrs.GetString("uri");
    return osUri.empty() ? oCrs.GetObj("wkt").ToString() : osUri;
}

bool IsText(const char *pszText)
{
    const auto Has = [pszText](const char *pszKey) {
        return strstr(pszText, pszKey) != nullptr;
    };

    return (Has("\"type\"") && Has("\"TileMatrixSetType\"")) ||
           (Has("\"identifier\"") && Has("\"boundingBox\"") &&
            (Has("\"tileMatrix\"") || Has("\"tileMatrices\""))) ||
           (Has("\"crs\"") && Has("\"tileMatrices\""));
}

/* On false, a failure may or may not be reported. */
bool Load(const char *pszNameOrText, CPLJSONDocument &oDocument)
{
    static const char *const apszLimit[] = {"MAX_FILE_SIZE=1000000", nullptr};
    const std::string osFile = std::string("tms_") + pszNameOrText + ".json";
    VSIStatBufL sStat;

    if (IsText(pszNameOrText))
        return oDocument.LoadMemory(pszNameOrText);
    if (STARTS_WITH_CI(pszNameOrText, "http://") ||
        STARTS_WITH_CI(pszNameOrText, "https://"))
        return oDocument.LoadUrl(pszNameOrText, apszLimit);
    if (VSIStatL(pszNameOrText, &sStat) == 0)
        return oDocument.Load(pszNameOrText);
    const char *pszFound = CPLFindFile("gdal", osFile.c_str());
    if (pszFound != nullptr)
        return oDocument.Load(pszFound);
    CPLError(CE_Failure, CPLE_AppDefined, "Invalid tiling matrix set name");
    return false;
}

void ReadPoint(const CPLJSONObject &oParent, const char *pszName, double &dfX,
               double &dfY)
{
    const CPLJSONArray oPoint = oParent.GetArray(pszName);

    if (!oPoint.IsValid() || oPoint.Size() != 2)
        return;
    dfX = oPoint[0].ToDouble(RetileTileMatrixSet::NOT_REPORTED);
    dfY = oPoint[1].ToDouble(RetileTileMatrixSet::NOT_REPORTED);
}

void ReadBox(const CPLJSONObject &oRoot, RetileTileMatrixSet &oSet)
{
    const CPLJSONObject oBox = oRoot.GetObj("boundingBox");

    if (!oBox.IsValid())
        return;
    oSet.osBoxCrs = ReadCrs(oBox, "crs");
    ReadPoint(oBox, "lowerCorner", oSet.dfBoxMinX, oSet.dfBoxMinY);
    ReadPoint(oBox, "upperCorner", oSet.dfBoxMaxX, oSet.dfBoxMaxY);
}

/* Files have both spellings, and in no file does the plural mean something
 * else. */
CPLJSONArray ReadArray(const CPLJSONObject &oParent, const char *pszName,
                       const char *pszOtherName)
{
    return oParent.GetObj(pszName).IsValid() ? oParent.GetArray(pszName)
                                             : oParent.GetArray(pszOtherName);
}

/* In metres, because scales refer to the ground. */
rt_status UnitOf(const std::string &osCrs, double &dfMetres, rt_error *err)
{
    OGRSpatialReference oSRS;

    if (oSRS.SetFromUserInput(
            osCrs.c_str(),
            OGRSpatialReference::SET_FROM_USER_INPUT_LIMITATIONS_get()) !=
        OGRERR_NONE)
        return rt_error_set(err, RT_ERR_ARGUMENT, "Cannot parse CRS %s",
                            osCrs.c_str());
    if (oSRS.IsProjected())
        dfMetres = oSRS.GetLinearUnits();
    else if (oSRS.IsGeographic())
        dfMetres = oSRS.GetSemiMajor() * M_PI / 180.0;
    else
        dfMetres = 1.0;
    return RT_OK;
}

/* A level as it is in the file. */
struct Level {
    double dfScale;
    double dfTopLeftX = RetileTileMatrixSet::NOT_REPORTED;
    double dfTopLeftY = RetileTileMatrixSet::NOT_REPORTED;
    int nTileWidth, nTileHeight, nWidth, nHeight;
    bool bVariable;
};

rt_status ReadLevels(const CPLJSONObject &oRoot, std::vector<Level> &aoLevels,
                     rt_error *err)
{
    const CPLJSONArray oMatrices =
        ReadArray(oRoot, "tileMatrix", "tileMatrices");
    double dfLast = std::numeric_limits<double>::max();

    for (int i = 0; oMatrices.IsValid() && i < oMatrices.Size(); i++) {
        const CPLJSONObject oMatrix = oMatrices[i];
        const CPLJSONArray oVariable =
            ReadArray(oMatrix, "variableMatrixWidth", "variableMatrixWidths");
        Level oLevel;

        oLevel.dfScale = oMatrix.GetDouble("scaleDenominator");
        if (!(oLevel.dfScale > 0.0 && oLevel.dfScale < dfLast))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "Invalid scale denominator or non-decreasing "
                                "series of scale denominators");
        dfLast = oLevel.dfScale;
        ReadPoint(oMatrix,
                  oMatrix.GetObj("pointOfOrigin").IsValid() ? "pointOfOrigin"
                                                            : "topLeftCorner",
                  oLevel.dfTopLeftX, oLevel.dfTopLeftY);
        oLevel.nTileWidth = oMatrix.GetInteger("tileWidth");
        oLevel.nTileHeight = oMatrix.GetInteger("tileHeight");
        oLevel.nWidth = oMatrix.GetInteger("matrixWidth");
        oLevel.nHeight = oMatrix.GetInteger("matrixHeight");
        oLevel.bVariable = oVariable.IsValid() && oVariable.Size() > 0;
        aoLevels.push_back(oLevel);
    }
    if (aoLevels.empty())
        return rt_error_set(err, RT_ERR_ARGUMENT, "No tileMatrix defined");
    return RT_OK;
}

/* Whether all levels have the same corner and tile size. */
rt_status CheckUniform(const std::vector<Level> &aoLevels, rt_error *err)
{
    const Level &oFirst = aoLevels[0];
    bool bCorner = true, bSize = true, bVariable = false;

    for (const Level &oLevel : aoLevels) {
        bCorner = bCorner && oLevel.dfTopLeftX == oFirst.dfTopLeftX &&
                  oLevel.dfTopLeftY == oFirst.dfTopLeftY;
        bSize = bSize && oLevel.nTileWidth == oFirst.nTileWidth &&
                oLevel.nTileHeight == oFirst.nTileHeight;
        bVariable = bVariable || oLevel.bVariable;
    }
    if (!bCorner)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Unsupported tiling scheme: not all zoom levels "
                            "have same top left corner");
    if (!bSize)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Unsupported tiling scheme: not all zoom levels "
                            "have same tile size");
    if (bVariable)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Unsupported tiling scheme: some levels have "
                            "variable matrix width");
    if (oFirst.nTileWidth <= 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Unsupported tiling scheme: its tiles have no "
                            "size");
    return RT_OK;
}

rt_status Read(const CPLJSONObject &oRoot, RetileTileMatrixSet &oSet,
               rt_error *err)
{
    std::vector<Level> aoLevels;
    double dfMetres = 1.0;

    if (oRoot.GetString("type") != "TileMatrixSetType" &&
        !oRoot.GetObj("tileMatrix").IsValid() &&
        !oRoot.GetObj("tileMatrices").IsValid())
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Expected type = TileMatrixSetType");
    ReadBox(oRoot, oSet);
    oSet.osCrs = ReadCrs(
        oRoot, oRoot.GetObj("tileMatrices").IsValid() ? "crs" : "supportedCRS");
    if (oSet.osCrs.empty())
        oSet.osCrs = oRoot.GetString("supportedCRS");
    rt_status eStatus = UnitOf(oSet.osCrs, dfMetres, err);
    if (eStatus == RT_OK)
        eStatus = ReadLevels(oRoot, aoLevels, err);
    if (eStatus == RT_OK)
        eStatus = CheckUniform(aoLevels, err);
    if (eStatus != RT_OK)
        return eStatus;
    oSet.dfTopLeftX = aoLevels[0].dfTopLeftX;
    oSet.dfTopLeftY = aoLevels[0].dfTopLeftY;
    oSet.nTileSize = aoLevels[0].nTileWidth;
    for (const Level &oLevel : aoLevels)
        oSet.aoLevels.push_back({oLevel.dfScale * STANDARD_PIXEL / dfMetres,
                                 oLevel.nWidth, oLevel.nHeight});
    return RT_OK;
}

} // namespace

rt_status RetileReadTileMatrixSet(const char *pszNameOrText,
                                  RetileTileMatrixSet &oSet, rt_error *err)
{
    CPLJSONDocument oDocument;
    RetileErrorKeeper oErrors;

    oSet = {};
    if (IsBuiltIn(pszNameOrText, oSet))
        return RT_OK;
    if (!Load(pszNameOrText, oDocument))
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "%s",
            oErrors.Told(0, "Invalid tiling matrix set name").c_str());
    return Read(oDocument.GetRoot(), oSet, err);
}
