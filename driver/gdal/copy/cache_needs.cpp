/* cache_needs.cpp - see cache_needs.h. */
#include "gdal/copy/cache_needs.h"

#include <algorithm>

/* Cached cells are at least this high: see rt_view_create. */
static constexpr int MIN_CELL_SIZE = 64;

/* The length of the source blocks that nPixels in a row may touch, in pixels.
 */
static uint64_t Touched(int32_t nPixels, int32_t nSourceBlock, int32_t nSource)
{
    const int64_t nBlocks =
        (static_cast<int64_t>(nPixels) + nSourceBlock - 2) / nSourceBlock + 1;

    return static_cast<uint64_t>(
        std::min<int64_t>(nBlocks * nSourceBlock, nSource));
}

uint64_t RetileDecodedForAChip(const rt_chips &oChips, const rt_layer &oLayer)
{
    const rt_grid &oSourceBlock = oLayer.grid;

    return Touched(oChips.x.chip_px, oSourceBlock.block_w_px,
                   oSourceBlock.w_px) *
           Touched(oChips.y.chip_px, oSourceBlock.block_h_px,
                   oSourceBlock.h_px) *
           rt_layer_px_bytes(&oLayer);
}

uint64_t RetileNeededByChips(const rt_chips &oChips, const rt_layer &oLayer)
{
    const uint64_t nRows =
        3 * static_cast<uint64_t>(std::max(oChips.y.block_px, MIN_CELL_SIZE)) +
        Touched(oChips.y.chip_px, oLayer.grid.block_h_px, oLayer.grid.h_px) +
        2 * static_cast<uint64_t>(oChips.y.overlap_px);

    return nRows * static_cast<uint64_t>(oLayer.grid.w_px) *
           rt_layer_px_bytes(&oLayer) * 3 / 2;
}

uint64_t RetileNeededByRows(const RetileSharedView &oView,
                            const RetileRows &oRows)
{
    const rt_focal *poFocal = oView.Core()->focal;
    const int32_t nCell = std::max(oView.BlockYSize(), MIN_CELL_SIZE);
    const auto Bytes = [nCell, &oRows](const rt_layer &oRead) {
        const int64_t nRows =
            std::clamp<int64_t>(oRows.nEnd - oRows.nFirst, 0, oRead.grid.h_px);
        const uint64_t nAll =
            static_cast<uint64_t>(nRows) + 2 * static_cast<uint64_t>(nCell) +
            Touched(nCell, oRead.grid.block_h_px, oRead.grid.h_px);

        return nAll * static_cast<uint64_t>(oRead.grid.w_px) *
               rt_layer_px_bytes(&oRead);
    };

    return Bytes(oView.Core()->layers[0]) +
           (poFocal ? Bytes(poFocal->input->layers[0]) : 0);
}
