/* chip_options.cpp - see chip_options.h. */
#include "gdal/view/chip_options.h"

#include <climits>
#include <cstdlib>
#include <initializer_list>

#include "cpl_port.h"

/* Indexed by rt_chip_mode. */
static const char *const apszModes[] = {"REFLECT", "REPLICATE", "PAD"};

rt_status RetileSetOverlap(const char *pszValue, int &nOverlap, rt_error *err)
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

rt_status RetileSetOverlapMode(const char *pszValue, rt_chip_mode &eMode,
                               rt_error *err)
{
    for (const rt_chip_mode eOne :
         {RT_CHIP_REFLECT, RT_CHIP_REPLICATE, RT_CHIP_PAD})
        if (EQUAL(pszValue, RetileOverlapName(eOne))) {
            eMode = eOne;
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
