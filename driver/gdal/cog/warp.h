/* warp.h - what LAYOUT=COG copies: the source, or the source reprojected as
 * GDAL's COG driver does, and with its alpha band as a mask.
 *
 * The COG driver first writes the reprojected raster into a temporary file.
 * Here it is a warped VRT. The threads of the copy compute each part when they
 * need it.
 */
#ifndef RETILE_GDAL_COG_WARP_H
#define RETILE_GDAL_COG_WARP_H

#include "core/base/status.h"
#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
#include "gdal_priv.h"

struct RetileCogSource {
    /* nXSize is 0 if no reprojection is requested. */
    RetileCogTarget oTarget{};
    /* The dataset that is reprojected instead of the source, which is a warp of
     * it; or nullptr. */
    GDALDatasetUniquePtr poUnder{};
    /* nullptr if the source is already at its target. Opened from its XML if
     * that shows the same, so that other threads can open it again. */
    GDALDatasetUniquePtr poWarped{};
    /* nullptr if no alpha band becomes a mask. Destroyed first, because it
     * reads from poWarped or from the source. */
    GDALDatasetUniquePtr poMasked{};
    /* What is copied: the last of these that exists, or the source. */
    GDALDataset *poDS = nullptr;

    const RetileCogTarget *Target() const
    {
        return oTarget.nXSize > 0 ? &oTarget : nullptr;
    }
};

/* poSrcDS is borrowed and must outlive oSource. Errors of RetileFindCogTarget;
 * RT_ERR_ARGUMENT with the message of GDAL's warp, RT_ERR_SOURCE. */
RT_MUST_CHECK rt_status RetileOpenCogSource(GDALDataset *poSrcDS,
                                            const RetileCogOptions &oOptions,
                                            RetileCogSource &oSource,
                                            rt_error *err);

/* Whether the last band of poDS is an alpha band that COMPRESS=JPEG stores as a
 * mask. */
bool RetileHasAlphaForMask(GDALDataset *poDS);

/* A VRT over poDS, which is borrowed, with the last band as its mask. nullptr
 * with RT_ERR_SOURCE. */
GDALDatasetUniquePtr RetileMaskByAlpha(GDALDataset *poDS, rt_error *err);

#endif
