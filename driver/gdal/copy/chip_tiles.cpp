/* chip_tiles.cpp - see chip_tiles.h. */
#include "gdal/copy/chip_tiles.h"

#include "gdal/view/dataset.h"

/* The sides of a GeoTIFF's tiles are multiples of this. */
static constexpr int nTileUnit = 16;

/* The nearest block size whose overlapped tiles can be file tiles. */
static int BlockForTiles(const rt_chip_axis &oAxis)
{
    const int64_t nMargins = 2 * static_cast<int64_t>(oAxis.overlap_px);
    int64_t nChip = (static_cast<int64_t>(oAxis.chip_px) + nTileUnit / 2) /
                    nTileUnit * nTileUnit;

    while (nChip <= nMargins)
        nChip += nTileUnit;
    return static_cast<int>(nChip - nMargins);
}

rt_status RetileAskForChips(GDALDataset *poSrcDS, CPLStringList &aosOptions,
                            rt_error *err)
{
    const auto *poView = dynamic_cast<RetileDataset *>(poSrcDS);
    const rt_chips *psChips = poView ? poView->View()->Chips() : nullptr;

    if (psChips == nullptr)
        return RT_OK;
    const bool bX = aosOptions.FetchNameValue("BLOCKXSIZE") == nullptr;
    const bool bY = aosOptions.FetchNameValue("BLOCKYSIZE") == nullptr;
    if ((bX && psChips->x.chip_px % nTileUnit != 0) ||
        (bY && psChips->y.chip_px % nTileUnit != 0))
        return rt_error_set(
            err, RT_ERR_ARGUMENT,
            "blocks of %d x %d pixels with OVERLAP=%d are %d x %d, and the "
            "sides of a GeoTIFF's tiles are multiples of 16: open the source "
            "with BLOCKXSIZE=%d and BLOCKYSIZE=%d, or give the copy tiles of "
            "other sizes with both creation options of these names",
            psChips->x.block_px, psChips->y.block_px, psChips->x.overlap_px,
            psChips->x.chip_px, psChips->y.chip_px, BlockForTiles(psChips->x),
            BlockForTiles(psChips->y));
    if (bX)
        aosOptions.SetNameValue("BLOCKXSIZE",
                                CPLSPrintf("%d", psChips->x.chip_px));
    if (bY)
        aosOptions.SetNameValue("BLOCKYSIZE",
                                CPLSPrintf("%d", psChips->y.chip_px));
    return RT_OK;
}
