/* chip_view.cpp - see chip_view.h. */
#include "gdal/view/chip_view.h"

#include <algorithm>
#include <climits>
#include <cstdlib>

/* By rt_chip_mode. */
static const char *const apszModes[] = {"REFLECT", "REPLICATE", "PAD"};

static rt_status SetOverlap(const char *pszValue, int &nOverlap, rt_error *err)
{
    char *pszEnd = nullptr;
    const long long nValue = std::strtoll(pszValue, &pszEnd, 10);

    if (*pszValue == '\0' || *pszEnd != '\0' || *pszValue == ' ' || nValue < 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "OVERLAP=%s is not a margin of blocks: write a "
                            "whole number of pixels, 0 or more",
                            pszValue);
    if (nValue > INT_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "OVERLAP=%s is more than a raster can have pixels "
                            "(2147483647)",
                            pszValue);
    nOverlap = static_cast<int>(nValue);
    return RT_OK;
}

rt_status RetileSetChipOption(RetileOptions &oOptions, const char *pszName,
                              const char *pszValue, rt_error *err)
{
    if (EQUAL(pszName, "OVERLAP"))
        return SetOverlap(pszValue, oOptions.nOverlap, err);
    for (const rt_chip_mode eMode :
         {RT_CHIP_REFLECT, RT_CHIP_REPLICATE, RT_CHIP_PAD})
        if (EQUAL(pszValue, RetileOverlapName(eMode))) {
            oOptions.eOverlapMode = eMode;
            return RT_OK;
        }
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "OVERLAP_MODE=%s is unknown: write REFLECT, REPLICATE "
                        "or PAD",
                        pszValue);
}

const char *RetileOverlapName(rt_chip_mode eMode)
{
    return apszModes[eMode];
}

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
        &oChips, oLayer.natural.w_px, oLayer.natural.h_px, oOptions.nBlockXSize,
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
