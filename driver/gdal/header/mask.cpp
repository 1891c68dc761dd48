/* mask.cpp - see mask.h.
 *
 * The same decisions are made in GDAL by GTiffDataset::CreateCopy(),
 * GDALDriver::DefaultCopyMasks() and GDALDefaultOverviews::CreateMaskBand().
 * The last one cannot leave holes in a .msk file, so the file is created here
 * with the same options.
 */
#include "gdal/header/mask.h"

#include <algorithm>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_versions.h"

/* Flags of bands whose mask is not their own, or is not stored. */
static constexpr int nNotOwn =
    GMF_ALL_VALID | GMF_PER_DATASET | GMF_ALPHA | GMF_NODATA;

static bool HasOwnMask(GDALRasterBand *poBand)
{
    return (poBand->GetMaskFlags() & nNotOwn) == 0;
}

static bool SharesMask(GDALDataset *poSrcDS)
{
    return (poSrcDS->GetRasterBand(1)->GetMaskFlags() & nNotOwn) ==
           GMF_PER_DATASET;
}

/* Masks of single bands never go inside by default. */
static bool MasksGoInside(bool bShared)
{
    return CPLTestBool(
        CPLGetConfigOption("GDAL_TIFF_INTERNAL_MASK",
                           bShared ? RT_GDAL_INTERNAL_MASK_DEFAULT : "NO"));
}

/* An internal mask is in the directory after the bands'. */
static bool AddSharedInside(GDALDataset *poTiff, int nFlags,
                            std::vector<RetileImage> &aoImages)
{
    if (poTiff->CreateMaskBand(nFlags) != CE_None)
        return false;
    RetileImage oImage = aoImages.front();
    oImage.nDirectory++;
    oImage.bMask = true;
    oImage.anBands = {1};
    oImage.bInterleaved = false;
    poTiff->GetRasterBand(1)->GetMaskBand()->GetBlockSize(&oImage.nBlockXSize,
                                                          &oImage.nBlockYSize);
    oImage.eType = GDT_Byte;
    aoImages.push_back(oImage);
    return true;
}

/* GTiff refuses internal masks of single bands and reports that itself. */
static bool AddOwnInside(GDALDataset *poTiff, GDALDataset *poSrcDS,
                         bool bStrict)
{
    for (int i = 1; i <= poSrcDS->GetRasterCount(); i++)
        if (HasOwnMask(poSrcDS->GetRasterBand(i)) &&
            poTiff->GetRasterBand(i)->CreateMaskBand(
                poSrcDS->GetRasterBand(i)->GetMaskFlags()) != CE_None &&
            bStrict)
            return false;
    return true;
}

static CPLStringList BesideOptions(const RetileImage &oBands)
{
    CPLStringList aosOptions;

    aosOptions.SetNameValue("COMPRESS", "DEFLATE");
    aosOptions.SetNameValue("INTERLEAVE", "BAND");
    aosOptions.SetNameValue("TILED", "YES");
    aosOptions.SetNameValue("BLOCKXSIZE", CPLSPrintf("%d", oBands.nBlockXSize));
    aosOptions.SetNameValue("BLOCKYSIZE", CPLSPrintf("%d", oBands.nBlockYSize));
    aosOptions.SetNameValue("SPARSE_OK", "TRUE");
    return aosOptions;
}

/* Adds a .msk file. anBands is as in RetileImage. anFlags has the flags for
 * each band of poTiff, -1 if it has no mask. */
static bool AddBeside(GDALDataset *poTiff, const std::vector<int> &anBands,
                      const std::vector<int> &anFlags,
                      std::vector<RetileImage> &aoImages,
                      GDALDatasetUniquePtr &poBeside)
{
    const CPLStringList aosOptions(BesideOptions(aoImages.front()));
    RetileImage oImage = aoImages.front();

    oImage.osPath += ".msk";
    oImage.bMask = true;
    oImage.anBands = anBands;
    oImage.bInterleaved = false;
    oImage.bSparse = false;
    oImage.eType = GDT_Byte;
    poBeside.reset(GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
        oImage.osPath.c_str(), poTiff->GetRasterXSize(),
        poTiff->GetRasterYSize(), static_cast<int>(anBands.size()), GDT_Byte,
        const_cast<char **>(aosOptions.List())));
    if (poBeside == nullptr)
        return false;
    for (size_t i = 0; i < anFlags.size(); i++)
        if (anFlags[i] >= 0)
            poBeside->SetMetadataItem(
                CPLSPrintf("INTERNAL_MASK_FLAGS_%d", static_cast<int>(i) + 1),
                CPLSPrintf("%d", anFlags[i]));
    aoImages.push_back(oImage);
    return true;
}

static bool AddSharedBeside(GDALDataset *poTiff, GDALDataset *poSrcDS,
                            bool bStrict, std::vector<RetileImage> &aoImages,
                            GDALDatasetUniquePtr &poBeside)
{
    const int nBands = poSrcDS->GetRasterCount();
    const std::vector<int> anFlags(static_cast<size_t>(nBands),
                                   GMF_PER_DATASET);

    for (int i = 2; i <= nBands; i++)
        if (HasOwnMask(poSrcDS->GetRasterBand(i))) {
            CPLError(CE_Failure, CPLE_AppDefined,
                     "Band %d has a mask of its own, and the .msk file holds "
                     "the one of band 1 for all bands",
                     i);
            if (bStrict)
                return false;
        }
    return AddBeside(poTiff, {1}, anFlags, aoImages, poBeside);
}

static bool AddOwnBeside(GDALDataset *poTiff, GDALDataset *poSrcDS,
                         std::vector<RetileImage> &aoImages,
                         GDALDatasetUniquePtr &poBeside)
{
    std::vector<int> anBands, anFlags;

    for (int i = 1; i <= poSrcDS->GetRasterCount(); i++) {
        const bool bOwn = HasOwnMask(poSrcDS->GetRasterBand(i));

        anBands.push_back(bOwn ? i : 0);
        anFlags.push_back(bOwn ? poSrcDS->GetRasterBand(i)->GetMaskFlags()
                               : -1);
    }
    return std::count(anFlags.begin(), anFlags.end(), -1) ==
               poSrcDS->GetRasterCount() ||
           AddBeside(poTiff, anBands, anFlags, aoImages, poBeside);
}

bool RetileAddMasks(GDALDataset *poTiff, GDALDataset *poSrcDS, bool bStrict,
                    std::vector<RetileImage> &aoImages,
                    GDALDatasetUniquePtr &poBeside)
{
    const bool bShared = SharesMask(poSrcDS);
    const bool bInside = MasksGoInside(bShared);

    if (bShared)
        return bInside
                   ? AddSharedInside(poTiff,
                                     poSrcDS->GetRasterBand(1)->GetMaskFlags(),
                                     aoImages)
                   : AddSharedBeside(poTiff, poSrcDS, bStrict, aoImages,
                                     poBeside);
    return bInside ? AddOwnInside(poTiff, poSrcDS, bStrict)
                   : AddOwnBeside(poTiff, poSrcDS, aoImages, poBeside);
}
