/* chip_view.cpp - see chip_view.h. */
#include "gdal/view/chip_view.h"

#include <algorithm>
#include <climits>

rt_status RetileMakeChips(const RetileOptions &oOptions, const rt_layer &oLayer,
                          rt_chips &oChips, rt_error *err)
{
    uint32_t nPixelBytes = 1;

    if (oOptions.bPadEdges)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "PAD_EDGES=YES cannot go with OVERLAP=%d: all "
                            "blocks are whole then, and OVERLAP_MODE says "
                            "what they hold beyond the edge",
                            oOptions.nOverlap);
    const rt_status eStatus = rt_chips_init(
        &oChips, oLayer.grid.w_px, oLayer.grid.h_px, oOptions.nBlockXSize,
        oOptions.nBlockYSize, oOptions.nOverlap, oOptions.eOverlapMode, err);
    if (eStatus != RT_OK)
        return eStatus;
    for (int iBand = 0; iBand < oLayer.n_planes; iBand++)
        nPixelBytes = std::max(nPixelBytes, oLayer.px_bytes[iBand]);
    if (static_cast<uint64_t>(oChips.x.chip_px) *
            static_cast<uint64_t>(oChips.y.chip_px) >
        INT_MAX / nPixelBytes)
        return rt_error_set(err, RT_ERR_RANGE,
                            "OVERLAP=%d: a block of %d x %d pixels of %u "
                            "bytes is larger than 2147483647 bytes; choose a "
                            "smaller OVERLAP or smaller blocks",
                            oOptions.nOverlap, oChips.x.chip_px,
                            oChips.y.chip_px, nPixelBytes);
    return RT_OK;
}
