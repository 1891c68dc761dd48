/* warp.h - what LAYOUT=COG copies: the source, or the source reprojected
 * as GDAL's COG driver does, and with its alpha band as a mask.
 *
 * The COG driver writes the reprojected raster into a temporary file first.
 * Here it is a warped VRT, of which the threads of the copy compute each part
 * when they need it.
 */
#ifndef RETILE_GDAL_COG_WARP_H
#define RETILE_GDAL_COG_WARP_H

#include "core/base/status.h"
#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
#include "gdal_priv.h"

struct RetileCogSource {
    /* With nXSize 0 where no reprojection is asked. */
    RetileCogTarget oTarget{};
    /* What is reprojected instead of the source, a warp of it; else nullptr. */
    GDALDatasetUniquePtr poUnder{};
    /* nullptr where the source is at its target already. Opened from its XML
     * wherever that shows the same, so that it can be opened again. */
    GDALDatasetUniquePtr poWarped{};
    /* nullptr where no alpha band becomes a mask. It reads from the one above,
     * or from the source, so it goes first. */
    GDALDatasetUniquePtr poMasked{};
    /* What is copied: the last of these, or the source. */
    GDALDataset *poDS = nullptr;

    const RetileCogTarget *Target() const
    {
        return oTarget.nXSize > 0 ? &oTarget : nullptr;
    }
};

/* poSrcDS is borrowed and outlives oSource. The errors of RetileFindCogTarget;
 * RT_ERR_ARGUMENT in the words of GDAL's warp, RT_ERR_SOURCE. */
RT_MUST_CHECK rt_status RetileOpenCogSource(GDALDataset *poSrcDS,
                                            const RetileCogOptions &oOptions,
                                            RetileCogSource &oSource,
                                            rt_error *err);

/* Whether the last band of poDS is alpha that COMPRESS=JPEG keeps as a mask.
 */
bool RetileHasAlphaForMask(GDALDataset *poDS);

/* A VRT over poDS, borrowed, with the last band as its mask; nullptr with
 * RT_ERR_SOURCE. */
GDALDatasetUniquePtr RetileMaskByAlpha(GDALDataset *poDS, rt_error *err);

#endif
