/* warp_source.cpp - see warp_source.h. */
#include "gdal/cog/warp_source.h"

#include <cmath>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal/base/error_keeper.h"
#include "gdal/cog/transformer.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_versions.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/reopen.h"
#include "io/vrt/sources.h"

namespace
{

bool HasOnly(const CPLXMLNode *psOf, const char *const *papszNames)
{
    for (const CPLXMLNode *ps = psOf->psChild; ps; ps = ps->psNext)
        if (ps->eType == CXT_Element &&
            !rt_gdal_in_list(ps->pszValue, papszNames))
            return false;
    return true;
}

/* Whether there are only options that gdalwarp sets by itself. */
bool HasOnlyOwnOptions(const CPLXMLNode *psWarp)
{
    static const char *const apszOwn[] = {
        "INIT_DEST=0", "INIT_DEST=NO_DATA",
        "ERROR_OUT_IF_EMPTY_SOURCE_WINDOW=FALSE", "UNIFIED_SRC_NODATA=YES",
        nullptr};

    for (const CPLXMLNode *ps = psWarp->psChild; ps; ps = ps->psNext)
        if (ps->eType == CXT_Element && EQUAL(ps->pszValue, "Option") &&
            !rt_gdal_in_list(CPLSPrintf("%s=%s", CPLGetXMLValue(ps, "name", ""),
                                        CPLGetXMLValue(ps, "", "")),
                             apszOwn))
            return false;
    return true;
}

/* Whether the warp only reprojects, as exactly as gdalwarp does: no RPCs, GCPs,
 * heights or the like. */
bool OnlyReprojects(CPLXMLNode *psWarp)
{
    static const char *const apszNames[] = {
        "SrcGeoTransform",    "SrcInvGeoTransform",   "DstGeoTransform",
        "DstInvGeoTransform", "ReprojectTransformer", nullptr};
    CPLXMLNode *psTransformer = CPLGetXMLNode(psWarp, "Transformer");
    const CPLXMLNode *psGen =
        psTransformer != nullptr
            ? CPLSearchXMLNode(psTransformer->psChild, "GenImgProjTransformer")
            : nullptr;

    return psGen != nullptr && HasOnly(psGen, apszNames) &&
           EQUAL(
               CPLGetXMLValue(psTransformer, "ApproxTransformer.MaxError", ""),
               "0.125");
}

/* Whether each band is warped to the band of its number, with its own nodata if
 * it has one. */
bool MapsBands(CPLXMLNode *psWarp, GDALDataset *poSource)
{
    const CPLXMLNode *psList = CPLGetXMLNode(psWarp, "BandList");
    int nBand = 0;

    for (const CPLXMLNode *ps = psList ? psList->psChild : nullptr; ps;
         ps = ps->psNext) {
        const char *pszNoData = CPLGetXMLValue(ps, "SrcNoDataReal", nullptr);
        int bHas = FALSE;

        nBand++;
        if (atoi(CPLGetXMLValue(ps, "src", "0")) != nBand ||
            atoi(CPLGetXMLValue(ps, "dst", "0")) != nBand ||
            nBand > poSource->GetRasterCount())
            return false;
        const double dfNoData =
            poSource->GetRasterBand(nBand)->GetNoDataValue(&bHas);
        if ((pszNoData != nullptr) != (bHas != FALSE) ||
            (pszNoData != nullptr &&
             !rt_gdal_same_numbers(CPLAtof(pszNoData), dfNoData)))
            return false;
    }
    return nBand == poSource->GetRasterCount();
}

bool IsPlain(CPLXMLNode *psWarp, GDALDataset *poSource)
{
    static const char *const apszNames[] = {
        "WarpMemoryLimit", "ResampleAlg", "WorkingDataType", "Option",
        "SourceDataset",   "Transformer", "BandList",        nullptr};
    const char *pszType = CPLGetXMLValue(psWarp, "WorkingDataType", "");

    return HasOnly(psWarp, apszNames) && HasOnlyOwnOptions(psWarp) &&
           OnlyReprojects(psWarp) && MapsBands(psWarp, poSource) &&
           EQUAL(pszType, GDALGetDataTypeName(
                              poSource->GetRasterBand(1)->GetRasterDataType()));
}

/* Whether both have the same bands, without alpha: gdalwarp may have been told
 * to treat alpha as data. */
bool HasBandsOf(GDALDataset *poWarped, GDALDataset *poSource)
{
    if (poWarped->GetRasterCount() != poSource->GetRasterCount())
        return false;
    for (int i = 1; i <= poSource->GetRasterCount(); i++) {
        GDALRasterBand *poA = poWarped->GetRasterBand(i);
        GDALRasterBand *poB = poSource->GetRasterBand(i);
        int bA = FALSE, bB = FALSE;
        const double dfA = poA->GetNoDataValue(&bA);
        const double dfB = poB->GetNoDataValue(&bB);

        if (poA->GetRasterDataType() != poB->GetRasterDataType() ||
            poA->GetColorInterpretation() != poB->GetColorInterpretation() ||
            (bA != FALSE) != (bB != FALSE) ||
            poA->GetColorInterpretation() == GCI_AlphaBand ||
            (bA && !rt_gdal_same_numbers(dfA, dfB)))
            return false;
    }
    return true;
}

/* Whether GDAL would suggest the size and position of poWarped for its SRS. */
bool IsAsSuggested(GDALDataset *poWarped, GDALDataset *poSource)
{
    const OGRSpatialReference *poSRS = poWarped->GetSpatialRef();
    char *pszSRS = nullptr;
    CPLStringList aosOptions;
    double gt[6], gtSuggested[6];
    int nWidth = 0, nHeight = 0;

    if (poSRS == nullptr || poWarped->GetGeoTransform(gt) != CE_None ||
        poSRS->exportToWkt(&pszSRS) != OGRERR_NONE) {
        CPLFree(pszSRS);
        return false;
    }
    aosOptions.SetNameValue("DST_SRS", pszSRS);
    CPLFree(pszSRS);
    const RetileTransformer poTransformer(GDALCreateGenImgProjTransformer2(
        GDALDataset::ToHandle(poSource), nullptr, aosOptions.List()));
    if (poTransformer == nullptr ||
        GDALSuggestedWarpOutput(GDALDataset::ToHandle(poSource),
                                GDALGenImgProjTransform, poTransformer.get(),
                                gtSuggested, &nWidth, &nHeight) != CE_None ||
        nWidth != poWarped->GetRasterXSize() ||
        nHeight != poWarped->GetRasterYSize())
        return false;
    for (int i = 0; i < 6; i++)
        if (std::fabs(gt[i] - gtSuggested[i]) >
            1e-9 * (std::fabs(gt[1]) + std::fabs(gt[5])))
            return false;
    return true;
}

/* Opens the only source that the XML names. */
GDALDatasetUniquePtr OpenNamed(const char *pszXML, const char *pszFolder)
{
    const CPLStringList aosNames(rt_vrt_source_names(pszXML, pszFolder));

    return GDALDatasetUniquePtr(
        aosNames.size() == 1 && aosNames[0][0] != '\0'
            ? GDALDataset::Open(aosNames[0], GDAL_OF_RASTER)
            : nullptr);
}

/* gdalwarp's name of the resampling that a warp names. nullptr if it is the
 * default: it may not have been asked for. */
const char *NameOfResampling(const CPLXMLNode *psWarp)
{
    static const struct {
        const char *pszInWarp, *pszOfGdalwarp;
    } asNames[] = {{"Bilinear", "bilinear"},
                   {"Cubic", "cubic"},
                   {"CubicSpline", "cubicspline"},
                   {"Lanczos", "lanczos"},
                   {"Average", "average"},
                   {"RootMeanSquare", "rms"},
                   {"Mode", "mode"},
                   {"Maximum", "max"},
                   {"Minimum", "min"},
                   {"Median", "med"},
                   {"Quartile1", "q1"},
                   {"Quartile3", "q3"},
                   {"Sum", "sum"}};
    const char *pszName = CPLGetXMLValue(psWarp, "ResampleAlg", "");

    for (const auto &sName : asNames)
        if (EQUAL(pszName, sName.pszInWarp))
            return sName.pszOfGdalwarp;
    return nullptr;
}

} // namespace

GDALDatasetUniquePtr RetileUnderPlainWarp(GDALDataset *poDS,
                                          std::string &osResampling)
{
    RetileErrorKeeper oNoErrors;
    GDALDatasetUniquePtr poSource;
    char *pszFolder = nullptr;
    char *pszXML = rt_vrt_xml(GDALDataset::ToHandle(poDS), nullptr, &pszFolder);
    const CPLXMLTreeCloser oTree(pszXML ? CPLParseXMLString(pszXML) : nullptr);
    CPLXMLNode *psWarp =
        oTree.get() ? CPLGetXMLNode(oTree.get(), "=VRTDataset.GDALWarpOptions")
                    : nullptr;
    rt_reopen oReopen = {};

    if (psWarp != nullptr)
        rt_reopen_choose(GDALDataset::ToHandle(poDS), nullptr, nullptr,
                         &oReopen);
    if (oReopen.name != nullptr)
        poSource = OpenNamed(pszXML, pszFolder);
    if (poSource != nullptr &&
        !(poSource->GetRasterCount() > 0 && IsPlain(psWarp, poSource.get()) &&
          HasBandsOf(poDS, poSource.get()) &&
          IsAsSuggested(poDS, poSource.get())))
        poSource.reset();
    if (poSource != nullptr && RT_GDAL_GDALWARP_PREFERS_ITS_RESAMPLING &&
        NameOfResampling(psWarp) != nullptr)
        osResampling = NameOfResampling(psWarp);
    rt_reopen_free(&oReopen);
    CPLFree(pszXML);
    CPLFree(pszFolder);
    return poSource;
}
