/* geotiff.cpp - see geotiff.h.
 *
 * GTiffDataset::CreateCopy() writes all tags and metadata, then pixels, then
 * masks. It is interrupted before the pixels. Letting it copy a sparse source
 * instead does not work: GDAL 3.6 also reads holes if pixels are interleaved,
 * and writes nodata in place of 0. Masks are added afterwards, as CreateCopy()
 * would add them.
 */
#include "gdal/header/geotiff.h"

#include <climits>
#include <cstdlib>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/base/driver_options.h"
#include "gdal/header/interrupted_copy.h"
#include "gdal/header/mask.h"

static constexpr const char *pszDefaultBlockSize = "512";

static rt_status CheckOptions(CSLConstList papszOptions, rt_error *err)
{
    if (CPLFetchBool(papszOptions, "COPY_SRC_OVERVIEWS", false))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "COPY_SRC_OVERVIEWS=YES is not possible here: "
                            "write OVERVIEWS=AUTO, or LAYOUT=COG, for a copy "
                            "with overviews");
    if (CPLFetchBool(papszOptions, "STREAMABLE_OUTPUT", false))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "STREAMABLE_OUTPUT=YES is not possible here: "
                            "write it with -of GTiff");
    if (CPLFetchBool(papszOptions, "APPEND_SUBDATASET", false))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "APPEND_SUBDATASET=YES is not possible here: "
                            "LAYOUT=GTIFF writes whole files; append with "
                            "-of GTiff");
    if (!CPLFetchBool(papszOptions, "TILED", true))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "TILED=NO is not possible here: LAYOUT=GTIFF "
                            "writes tiles; write strips with -of GTiff");
    if (EQUAL(CSLFetchNameValueDef(papszOptions, "INTERLEAVE", ""), "TILE") &&
        RetileDriverDeclaresValue("GTiff", "INTERLEAVE", "TILE"))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "INTERLEAVE=TILE is not possible here: write it "
                            "with -of GTiff");
    return RT_OK;
}

void RetileAskForTiles(CPLStringList &aosOptions)
{
    aosOptions.SetNameValue("TILED", "YES");
    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        if (aosOptions.FetchNameValue(pszName) == nullptr)
            aosOptions.SetNameValue(pszName, pszDefaultBlockSize);
}

void RetileLeaveOlderFile(CPLStringList &aosOptions)
{
    aosOptions.SetNameValue("QUIET_DELETE_ON_CREATE_COPY", "NO");
    aosOptions.SetNameValue("@QUIET_DELETE_ON_CREATE_COPY", "NO");
    aosOptions.SetNameValue("_INTERNAL_DATASET", "YES");
}

/* The options as GTiff gets them. One thread, because there is nothing to
 * compress. */
static CPLStringList HeaderOptions(CSLConstList papszOptions)
{
    CPLStringList aosOptions(CSLDuplicate(papszOptions));

    RetileAskForTiles(aosOptions);
    aosOptions.SetNameValue("SPARSE_OK", "TRUE");
    aosOptions.SetNameValue("NUM_THREADS", "1");
    RetileLeaveOlderFile(aosOptions);
    return aosOptions;
}

/* What to write; everything is borrowed. */
struct Request {
    const char *pszPath;
    GDALDataset *poSrcDS;
    bool bStrict;
    bool bSparse;            /* what the user asked for */
    CSLConstList aosOptions; /* as GTiff gets them */

    int BlockSize(const char *pszName) const
    {
        return atoi(CSLFetchNameValue(aosOptions, pszName));
    }
};

/* The bytes of all tiles, or 0 if a size is invalid. */
static double UncompressedBytes(const Request &oRequest)
{
    const int nX = oRequest.BlockSize("BLOCKXSIZE");
    const int nY = oRequest.BlockSize("BLOCKYSIZE");
    GDALDataset *poSrcDS = oRequest.poSrcDS;
    const int nBands = poSrcDS->GetRasterCount();

    if (nX <= 0 || nY <= 0 || nBands == 0 || INT_MAX / nX < nY)
        return 0.0;
    const auto Covered = [](int nSize, int nBlock) {
        const int nBlocks = (nSize - 1) / nBlock + 1;
        return static_cast<double>(nBlocks) * nBlock;
    };
    return Covered(poSrcDS->GetRasterXSize(), nX) *
           Covered(poSrcDS->GetRasterYSize(), nY) * nBands *
           GDALGetDataTypeSizeBytes(
               poSrcDS->GetRasterBand(1)->GetRasterDataType());
}

/* GTiff checks the free space on the disk if it is to write all tiles. For a
 * sparse file it cannot do that. */
static rt_status CheckRoom(const Request &oRequest, rt_error *err)
{
    const double dfBytes = UncompressedBytes(oRequest);
    const char *pszCompress =
        CSLFetchNameValueDef(oRequest.aosOptions, "COMPRESS", "NONE");

    if (oRequest.bSparse || dfBytes < 1e9 || !EQUAL(pszCompress, "NONE") ||
        !CPLTestBool(CPLGetConfigOption("CHECK_DISK_FREE_SPACE", "TRUE")))
        return RT_OK;
    const GIntBig nFree = VSIGetDiskFreeSpace(CPLGetDirname(oRequest.pszPath));
    if (nFree < 0 || static_cast<double>(nFree) >= dfBytes)
        return RT_OK;
    return rt_error_set(err, RT_ERR_RANGE,
                        "%s: the disk has %lld bytes free, and %.0f are "
                        "needed; configuration option "
                        "CHECK_DISK_FREE_SPACE=FALSE leaves out this check",
                        CPLGetFilename(oRequest.pszPath),
                        static_cast<long long>(nFree), dfBytes);
}

static RetileImage MainImage(const Request &oRequest, GDALDataset *poTiff)
{
    const char *pszInterleave =
        poTiff->GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE");
    RetileImage oImage;

    oImage.osPath = oRequest.pszPath;
    oImage.bInterleaved =
        pszInterleave != nullptr && EQUAL(pszInterleave, "PIXEL");
    oImage.bSparse = oRequest.bSparse;
    for (int i = 1; i <= oRequest.poSrcDS->GetRasterCount(); i++)
        oImage.anBands.push_back(i);
    poTiff->GetRasterBand(1)->GetBlockSize(&oImage.nBlockXSize,
                                           &oImage.nBlockYSize);
    /* The file may describe the same bytes differently: PIXELTYPE=SIGNEDBYTE.
     */
    oImage.eType = oRequest.poSrcDS->GetRasterBand(1)->GetRasterDataType();
    return oImage;
}

/* GTiff continues if libtiff refuses a tag. With some colour spaces it shows
 * more bands than the source has, because it converts them
 * (PHOTOMETRIC=CIELAB). */
static bool IsAsAsked(const Request &oRequest, const RetileImage &oImage,
                      int nBands)
{
    return nBands >= oRequest.poSrcDS->GetRasterCount() &&
           oImage.nBlockXSize == oRequest.BlockSize("BLOCKXSIZE") &&
           oImage.nBlockYSize == oRequest.BlockSize("BLOCKYSIZE");
}

/* Closing writes what was held back until then. It has no result that would
 * report a failure, so the kept errors are counted. */
static rt_status AddMasks(const Request &oRequest,
                          const RetileErrorKeeper &oErrors,
                          RetileHeader &oHeader, rt_error *err)
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};
    const unsigned nFlags = GDAL_OF_RASTER | GDAL_OF_UPDATE | GDAL_OF_INTERNAL |
                            GDAL_OF_VERBOSE_ERROR;
    size_t nForgiven = oErrors.Failures().size();
    GDALDatasetUniquePtr poMask;
    GDALDatasetUniquePtr poTiff(
        GDALDataset::Open(oRequest.pszPath, nFlags, apszGTiff));

    if (poTiff == nullptr)
        return RetileRefused(oRequest.pszPath, oErrors, nForgiven, err);
    oHeader.aoImages.push_back(MainImage(oRequest, poTiff.get()));
    if (!IsAsAsked(oRequest, oHeader.aoImages[0], poTiff->GetRasterCount()))
        return RetileRefused(oRequest.pszPath, oErrors, 0, err);
    if (!RetileAddMasks(poTiff.get(), oRequest.poSrcDS, oRequest.bStrict,
                        oHeader.aoImages, poMask))
        return RetileRefused(oRequest.pszPath, oErrors, nForgiven, err);
    nForgiven = oErrors.Failures().size();
    poMask.reset();
    poTiff.reset();
    if (oErrors.Failures().size() > nForgiven)
        return RetileRefused(oRequest.pszPath, oErrors, nForgiven, err);
    return RT_OK;
}

rt_status RetileWriteGeoTiffHeader(const char *pszPath, GDALDataset *poSrcDS,
                                   bool bStrict, CSLConstList papszOptions,
                                   RetileHeader &oHeader, rt_error *err)
{
    const CPLStringList aosOptions(HeaderOptions(papszOptions));
    const Request oRequest = {pszPath, poSrcDS, bStrict,
                              CPLFetchBool(papszOptions, "SPARSE_OK", false),
                              aosOptions.List()};

    oHeader = {};
    rt_status eStatus = CheckOptions(papszOptions, err);
    if (eStatus == RT_OK)
        eStatus = CheckRoom(oRequest, err);
    if (eStatus != RT_OK)
        return eStatus;

    RetileErrorKeeper oErrors;
    RetileHeaderSource oSource(poSrcDS);
    eStatus =
        RetileCopyUntilPixels(pszPath, oSource, bStrict, aosOptions,
                              RetilePixelsBegin::AtProgress, oErrors, err);
    if (eStatus == RT_OK)
        eStatus = AddMasks(oRequest, oErrors, oHeader, err);
    if (eStatus == RT_OK)
        eStatus = RetileCheckWrites(pszPath, oErrors, err);
    oErrors.End();
    if (eStatus == RT_OK)
        oHeader.aosFailures = oErrors.Failures();
    return eStatus;
}
