/* jpeg.cpp - see jpeg.h.
 *
 * The conditions are those of GTIFF_CanCopyFromJPEG() in GDAL's
 * frmts/gtiff/gt_jpeg_copy.cpp.
 */
#include "gdal/copy/jpeg.h"

#include <cstdlib>

#include "cpl_string.h"
#include "gdal/base/watched_progress.h"
#include "gdal/header/geotiff.h"
#include "io/dataset/gdal_errors.h"
#include "vrtdataset.h"

/* The dataset whose pixels poSrcDS shows unchanged, or nullptr. */
static GDALDataset *Underlying(GDALDataset *poSrcDS)
{
    auto *poVRT = dynamic_cast<VRTDataset *>(poSrcDS);

    return poVRT != nullptr ? poVRT->GetSingleSimpleSource() : poSrcDS;
}

static bool IsCMYK(GDALDataset *poJPEG)
{
    if (poJPEG->GetRasterCount() != 4)
        return false;
    for (int i = 0; i < 4; i++)
        if (poJPEG->GetRasterBand(i + 1)->GetColorInterpretation() !=
            GCI_CyanBand + i)
            return false;
    return true;
}

/* Whether the tiles can have the colours of the file. */
static bool KeepsColours(GDALDataset *poJPEG, bool bYCbCr,
                         const char *pszPhotometric)
{
    const int nBands = poJPEG->GetRasterCount();

    if (pszPhotometric == nullptr)
        return true;
    if (bYCbCr)
        return EQUAL(pszPhotometric, "YCBCR");
    return IsCMYK(poJPEG) || (nBands == 3 && EQUAL(pszPhotometric, "RGB")) ||
           (nBands == 1 && EQUAL(pszPhotometric, "MINISBLACK"));
}

/* Whether a tile consists of whole MCUs. GTiff's default size does. */
static bool IsWholeMCUs(CSLConstList papszOptions, const char *pszName,
                        int nRasterSize, int nMCUSize)
{
    const int nSize = atoi(CSLFetchNameValueDef(papszOptions, pszName, "0"));

    return nSize == nRasterSize || nSize % nMCUSize == 0;
}

bool RetileCopiesJpegCoefficients(GDALDataset *poSrcDS,
                                  CSLConstList papszOptions)
{
    if (!EQUAL(CSLFetchNameValueDef(papszOptions, "COMPRESS", ""), "JPEG") ||
        CSLFetchNameValue(papszOptions, "NBITS") != nullptr ||
        CSLFetchNameValue(papszOptions, "JPEG_QUALITY") != nullptr ||
        poSrcDS->GetRasterCount() == 0 ||
        poSrcDS->GetRasterBand(1)->GetMetadataItem(
            "NBITS", "IMAGE_STRUCTURE") != nullptr)
        return false;
    GDALDataset *poJPEG = Underlying(poSrcDS);
    if (poJPEG == nullptr || poJPEG->GetDriver() == nullptr ||
        !EQUAL(poJPEG->GetDriver()->GetDescription(), "JPEG") ||
        poJPEG->GetRasterBand(1)->GetRasterDataType() != GDT_Byte)
        return false;

    const char *pszColours =
        poJPEG->GetMetadataItem("SOURCE_COLOR_SPACE", "IMAGE_STRUCTURE");
    const char *pszLoss =
        poJPEG->GetMetadataItem("COMPRESSION_REVERSIBILITY", "IMAGE_STRUCTURE");
    const bool bYCbCr = pszColours != nullptr && EQUAL(pszColours, "YCbCr");
    const int nMCUSize = bYCbCr ? 16 : 8;
    const char *pszInterleave =
        CSLFetchNameValueDef(papszOptions, "INTERLEAVE", "PIXEL");
    return (pszLoss == nullptr || !EQUAL(pszLoss, "LOSSLESS")) &&
           KeepsColours(poJPEG, bYCbCr,
                        CSLFetchNameValue(papszOptions, "PHOTOMETRIC")) &&
           (poJPEG->GetRasterCount() == 1 || EQUAL(pszInterleave, "PIXEL")) &&
           IsWholeMCUs(papszOptions, "BLOCKXSIZE", poJPEG->GetRasterXSize(),
                       nMCUSize) &&
           IsWholeMCUs(papszOptions, "BLOCKYSIZE", poJPEG->GetRasterYSize(),
                       nMCUSize);
}

rt_status RetileCopyJpegCoefficients(const char *pszPath, GDALDataset *poSrcDS,
                                     bool bStrict, CSLConstList papszOptions,
                                     GDALProgressFunc pfnProgress,
                                     void *pProgressData, rt_error *err)
{
    auto *poGTiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    CPLStringList aosOptions(papszOptions);
    RetileWatchedProgress sProgress = {pfnProgress, pProgressData, false};
    rt_gdal_errors oErrors;

    RetileAskForTiles(aosOptions);
    CPLDebug("RETILE", "GTiff copies the JPEG's coefficients without decoding");
    rt_gdal_errors_begin(&oErrors);
    GDALDataset *poDS =
        poGTiff->CreateCopy(pszPath, poSrcDS, bStrict, aosOptions.List(),
                            RetileWatchedProgress::Report, &sProgress);
    const bool bMade = poDS != nullptr;
    if (bMade)
        GDALClose(GDALDataset::ToHandle(poDS));
    rt_gdal_errors_end(&oErrors);
    if (sProgress.bCancelled)
        return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
    if (bMade && oErrors.count == 0)
        return RT_OK;
    return rt_error_set(err, RT_ERR_IO, "%s",
                        rt_gdal_errors_text(&oErrors, "GTiff failed"));
}
