/* gtiff.cpp - see gtiff.h. */
#include "gdal/cog/gtiff.h"

#include <cstdlib>
#include <string>

#include "cpl_conv.h"
#include "gdal/base/driver_options.h"
#include "io/dataset/gdal_versions.h"

namespace
{

/* Drivers have this option from GDAL 3.8 on. */
constexpr const char *pszErrorOfOverviews = "MAX_Z_ERROR_OVERVIEW";

bool IsOneOf(const char *pszWord, std::initializer_list<const char *> apszWords)
{
    for (const char *pszOther : apszWords)
        if (EQUAL(pszWord, pszOther))
            return true;
    return false;
}

/* GTiff's number for a word of the COG driver. nullptr for no predictor, and
 * for unknown words. */
const char *Predictor(GDALDataset *poSrcDS, const char *pszWord)
{
    const GDALDataType eType = poSrcDS->GetRasterBand(1)->GetRasterDataType();

    if (IsOneOf(pszWord, {"YES", "ON", "TRUE"}))
        return GDALDataTypeIsFloating(eType) ? "3" : "2";
    if (IsOneOf(pszWord, {"STANDARD", "2"}))
        return "2";
    if (IsOneOf(pszWord, {"FLOATING_POINT", "3"}))
        return "3";
    return nullptr;
}

bool HasPredictor(const char *pszCompress)
{
    return IsOneOf(pszCompress, {"LZW", "DEFLATE", "ZSTD"});
}

/* Whether an option has an effect with this codec. Some have one with certain
 * codecs only. */
bool IsOfCodec(const char *pszName, const char *pszCompress)
{
    if (EQUAL(pszName, "ZLEVEL"))
        return IsOneOf(pszCompress, {"DEFLATE", "LERC_DEFLATE"});
    if (EQUAL(pszName, "ZSTD_LEVEL"))
        return IsOneOf(pszCompress, {"ZSTD", "LERC_ZSTD"});
    if (EQUAL(pszName, "LZMA_PRESET"))
        return EQUAL(pszCompress, "LZMA");
    if (EQUAL(pszName, "MAX_Z_ERROR"))
        return STARTS_WITH_CI(pszCompress, "LERC");
    if (EQUAL(pszName, pszErrorOfOverviews))
        return STARTS_WITH_CI(pszCompress, "LERC") &&
               RetileDriverDeclares("GTiff", pszName);
    if (EQUAL(pszName, "JPEG_QUALITY"))
        return EQUAL(pszCompress, "JPEG");
    return STARTS_WITH_CI(pszCompress, "JXL");
}

/* Options of codecs, with the COG driver's names for them. */
const struct {
    const char *pszGTiff, *pszCog;
} aoOfCodecs[] = {{"ZLEVEL", "LEVEL"},
                  {"ZSTD_LEVEL", "LEVEL"},
                  {"LZMA_PRESET", "LEVEL"},
                  {"MAX_Z_ERROR", "MAX_Z_ERROR"},
                  {pszErrorOfOverviews, pszErrorOfOverviews},
                  {"JPEG_QUALITY", "QUALITY"},
                  {"JXL_LOSSLESS", "JXL_LOSSLESS"},
                  {"JXL_EFFORT", "JXL_EFFORT"},
                  {"JXL_DISTANCE", "JXL_DISTANCE"},
                  {"JXL_ALPHA_DISTANCE", "JXL_ALPHA_DISTANCE"}};

/* Quality 100 is lossless WEBP. The level is then that of lossy overviews. */
void SetWebp(CPLStringList &aosOptions, const char *pszQuality)
{
    const bool bLossless = pszQuality != nullptr && atoi(pszQuality) == 100;

    if (bLossless)
        aosOptions.SetNameValue("WEBP_LOSSLESS", "YES");
    if (!bLossless || RT_GDAL_COG_LOSSLESS_HAS_LEVEL)
        aosOptions.SetNameValue("WEBP_LEVEL", pszQuality);
}

bool IsInterleaved(CSLConstList papszOptions)
{
    return EQUAL(CSLFetchNameValueDef(papszOptions, "INTERLEAVE", "PIXEL"),
                 "PIXEL");
}

void SetCodec(CPLStringList &aosOptions, const char *pszCompress, int nBands,
              CSLConstList papszOptions)
{
    for (const auto &oOption : aoOfCodecs)
        if (IsOfCodec(oOption.pszGTiff, pszCompress))
            aosOptions.SetNameValue(
                oOption.pszGTiff,
                CSLFetchNameValue(papszOptions, oOption.pszCog));
    if (EQUAL(pszCompress, "WEBP"))
        SetWebp(aosOptions, CSLFetchNameValue(papszOptions, "QUALITY"));
    if (EQUAL(pszCompress, "JPEG") && nBands == 3 &&
        IsInterleaved(aosOptions.List()))
        aosOptions.SetNameValue("PHOTOMETRIC", "YCBCR");
}

/* What GTiff writes into the metadata domain TILING_SCHEME. */
void SetScheme(CPLStringList &aosOptions, const std::string &osScheme,
               const RetileCogTarget &oTarget)
{
    aosOptions.SetNameValue("@TILING_SCHEME_NAME", osScheme.c_str());
    aosOptions.SetNameValue("@TILING_SCHEME_ZOOM_LEVEL",
                            CPLSPrintf("%d", oTarget.nZoomLevel));
    if (oTarget.nAlignedLevels > 0)
        aosOptions.SetNameValue("@TILING_SCHEME_ALIGNED_LEVELS",
                                CPLSPrintf("%d", oTarget.nAlignedLevels));
}

/* The configuration option if it is set, else pszOption of papszOptions, else
 * nullptr. */
const char *OfOverviews(const char *pszConfig, CSLConstList papszOptions,
                        const char *pszOption)
{
    return CPLGetConfigOption(pszConfig,
                              CSLFetchNameValue(papszOptions, pszOption));
}

/* The image's predictor stays if no other one is set and the codec of the
 * overviews has predictors. */
void SetPredictorOfOverviews(CPLStringList &aosOptions, GDALDataset *poSrcDS,
                             CSLConstList papszOptions, bool bOfImage)
{
    const char *pszCompress = aosOptions.FetchNameValueDef("COMPRESS", "NONE");
    const char *pszPredictor = CPLGetConfigOption(
        "PREDICTOR_OVERVIEW",
        Predictor(poSrcDS, CSLFetchNameValueDef(papszOptions,
                                                "OVERVIEW_PREDICTOR", "NO")));

    if (!HasPredictor(pszCompress) || (pszPredictor == nullptr && !bOfImage))
        aosOptions.SetNameValue("PREDICTOR", nullptr);
    else if (pszPredictor != nullptr)
        aosOptions.SetNameValue("PREDICTOR", pszPredictor);
}

void SetBlocksOfOverviews(CPLStringList &aosOptions)
{
    const int nBlockSize = atoi(
        CPLGetConfigOption("GDAL_TIFF_OVR_BLOCKSIZE",
                           aosOptions.FetchNameValueDef("BLOCKXSIZE", "128")));
    const bool bTaken = nBlockSize >= 64 && nBlockSize <= 4096 &&
                        (nBlockSize & (nBlockSize - 1)) == 0;

    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        aosOptions.SetNameValue(pszName,
                                CPLSPrintf("%d", bTaken ? nBlockSize : 128));
}

/* Overviews in WEBP are lossy, even if the image is not, unless an option says
 * otherwise. NO must be set explicitly, because the image's value would be
 * used. */
void SetWebpOfOverviews(CPLStringList &aosOptions, CSLConstList papszOptions)
{
    const char *pszQuality =
        CSLFetchNameValue(papszOptions, "OVERVIEW_QUALITY");
    const bool bLossless = CPLTestBool(CPLGetConfigOption(
        "WEBP_LOSSLESS_OVERVIEW",
        pszQuality != nullptr && CPLAtof(pszQuality) == 100.0 ? "YES" : "NO"));
    const char *pszLevel =
        CPLGetConfigOption("WEBP_LEVEL_OVERVIEW", pszQuality);

    if (bLossless || aosOptions.FetchNameValue("WEBP_LOSSLESS") != nullptr)
        aosOptions.SetNameValue("WEBP_LOSSLESS", bLossless ? "YES" : "NO");
    if (bLossless)
        aosOptions.SetNameValue("WEBP_LEVEL", nullptr);
    else if (pszLevel != nullptr)
        aosOptions.SetNameValue("WEBP_LEVEL", pszLevel);
}

/* bAsked: requested by a creation option. What only configuration options
 * request, GTiff handles itself. */
void SetColorsOfOverviews(CPLStringList &aosOptions, int nBands, bool bAsked)
{
    const bool bYCbCr = bAsked &&
                        EQUAL(aosOptions.FetchNameValue("COMPRESS"), "JPEG") &&
                        nBands == 3 && IsInterleaved(aosOptions.List());

    aosOptions.SetNameValue(
        "PHOTOMETRIC",
        CPLGetConfigOption("PHOTOMETRIC_OVERVIEW", bYCbCr ? "YCBCR" : nullptr));
}

void SetCodecOfOverviews(CPLStringList &aosOptions, int nBands,
                         CSLConstList papszOptions, bool bAsked)
{
    const char *pszCompress = aosOptions.FetchNameValueDef("COMPRESS", "NONE");
    const char *pszQuality =
        OfOverviews("JPEG_QUALITY_OVERVIEW", papszOptions, "OVERVIEW_QUALITY");
    const char *pszError =
        OfOverviews(pszErrorOfOverviews, papszOptions, pszErrorOfOverviews);

    for (const auto &oOption : aoOfCodecs)
        if (!IsOfCodec(oOption.pszGTiff, pszCompress))
            aosOptions.SetNameValue(oOption.pszGTiff, nullptr);
    if (EQUAL(pszCompress, "JPEG") && pszQuality != nullptr)
        aosOptions.SetNameValue("JPEG_QUALITY", pszQuality);
    if (pszError != nullptr && IsOfCodec(pszErrorOfOverviews, pszCompress))
        aosOptions.SetNameValue("MAX_Z_ERROR", pszError);
    if (EQUAL(pszCompress, "WEBP")) {
        SetWebpOfOverviews(aosOptions, papszOptions);
    } else {
        aosOptions.SetNameValue("WEBP_LOSSLESS", nullptr);
        aosOptions.SetNameValue("WEBP_LEVEL", nullptr);
    }
    SetColorsOfOverviews(aosOptions, nBands, bAsked);
}

} // namespace

void RetileAskForInterleaved(GDALDataset *poSrcDS, int nBands,
                             CPLStringList &aosOptions)
{
    const char *pszSource =
        poSrcDS->GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE");
    const char *pszAsked = aosOptions.FetchNameValue("INTERLEAVE");

    if (nBands > 1 && (pszAsked == nullptr ||
                       (pszSource != nullptr && EQUAL(pszAsked, pszSource))))
        aosOptions.SetNameValue("INTERLEAVE", "PIXEL");
}

CPLStringList RetileCogImageOptions(GDALDataset *poSrcDS, int nBands,
                                    CSLConstList papszOptions,
                                    const RetileCogOptions &oOptions,
                                    const RetileCogTarget *poTarget)
{
    CPLStringList aosOptions;

    aosOptions.SetNameValue("COMPRESS", oOptions.osCompress.c_str());
    aosOptions.SetNameValue("TILED", "YES");
    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        aosOptions.SetNameValue(pszName,
                                CPLSPrintf("%d", oOptions.oCopy.nBlockXSize));
    aosOptions.SetNameValue(
        "PREDICTOR", Predictor(poSrcDS, CSLFetchNameValueDef(
                                            papszOptions, "PREDICTOR", "NO")));
    for (const char *pszName : {"BIGTIFF", "GEOTIFF_VERSION", "SPARSE_OK"})
        aosOptions.SetNameValue(pszName,
                                CSLFetchNameValue(papszOptions, pszName));
    /* Later COG drivers have these. GDAL adds the source's interleaving. */
    for (const char *pszName : {"NBITS", "INTERLEAVE", "COPY_SRC_MDD"})
        if (RetileDriverDeclares("COG", pszName) &&
            !(EQUAL(pszName, "INTERLEAVE") &&
              CPLFetchBool(papszOptions, "@INTERLEAVE_ADDED_AUTOMATICALLY",
                           false)))
            aosOptions.SetNameValue(pszName,
                                    CSLFetchNameValue(papszOptions, pszName));
    if (RetileDriverDeclares("COG", "SRC_MDD"))
        for (CSLConstList papsz = papszOptions; papsz && *papsz; papsz++)
            if (STARTS_WITH_CI(*papsz, "SRC_MDD="))
                aosOptions.AddString(*papsz);
    RetileAskForInterleaved(poSrcDS, nBands, aosOptions);
    SetCodec(aosOptions, oOptions.osCompress.c_str(), nBands, papszOptions);
    if (poTarget != nullptr && oOptions.oReprojection.poScheme != nullptr)
        SetScheme(aosOptions, oOptions.oReprojection.osScheme, *poTarget);
    return aosOptions;
}

CPLStringList RetileOverviewImageOptions(GDALDataset *poSrcDS, int nBands,
                                         CSLConstList papszOptions,
                                         CSLConstList papszImageOptions)
{
    CPLStringList aosOptions(CSLDuplicate(papszImageOptions));
    const std::string osImage =
        aosOptions.FetchNameValueDef("COMPRESS", "NONE");
    const std::string osAsked = CSLFetchNameValueDef(
        papszOptions, "OVERVIEW_COMPRESS", osImage.c_str());
    const std::string osTaken =
        CPLGetConfigOption("COMPRESS_OVERVIEW", osAsked.c_str());
    const char *pszInterleave =
        CPLGetConfigOption("INTERLEAVE_OVERVIEW", nullptr);

    for (const char *pszName :
         {"@TILING_SCHEME_NAME", "@TILING_SCHEME_ZOOM_LEVEL",
          "@TILING_SCHEME_ALIGNED_LEVELS"})
        aosOptions.SetNameValue(pszName, nullptr);
    aosOptions.SetNameValue("COMPRESS", osTaken.c_str());
    if (pszInterleave != nullptr)
        aosOptions.SetNameValue("INTERLEAVE", pszInterleave);
    if (CPLTestBool(CPLGetConfigOption("SPARSE_OK_OVERVIEW", "NO")))
        aosOptions.SetNameValue("SPARSE_OK", "YES");
    SetPredictorOfOverviews(aosOptions, poSrcDS, papszOptions,
                            HasPredictor(osImage.c_str()));
    SetBlocksOfOverviews(aosOptions);
    SetCodecOfOverviews(aosOptions, nBands, papszOptions,
                        EQUAL(osTaken.c_str(), osAsked.c_str()));
    return aosOptions;
}
