/* gtiff.h - the options of LAYOUT=COG in GTiff's words. The headers of the
 * image and of its overviews are written with them. */
#ifndef RETILE_GDAL_COG_GTIFF_H
#define RETILE_GDAL_COG_GTIFF_H

#include "cpl_string.h"
#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
#include "gdal_priv.h"

/* Interleaves the pixels of files with overviews, unless the user asked for
 * something else. Without compression, GTiff keeps the source's order, and
 * gdal_translate passes that order on by itself; that does not count as a
 * request. */
void RetileAskForInterleaved(GDALDataset *poSrcDS, int nBands,
                             CPLStringList &aosOptions);

/* The options that GDAL's COG driver passes to GTiff for papszOptions, which
 * oOptions was parsed from. Without the options that produce the layout of a
 * COG (COPY_SRC_OVERVIEWS and datasets of overviews). nBands: of the file,
 * without an alpha band that becomes its mask. poTarget: nullptr if nothing is
 * reprojected. GDAL_TIFF_INTERNAL_MASK must be YES in addition. */
CPLStringList RetileCogImageOptions(GDALDataset *poSrcDS, int nBands,
                                    CSLConstList papszOptions,
                                    const RetileCogOptions &oOptions,
                                    const RetileCogTarget *poTarget);

/* The options with which GTiff writes the overviews of a file that was written
 * with papszImageOptions: those of the image, changed by OVERVIEW_COMPRESS,
 * OVERVIEW_QUALITY and OVERVIEW_PREDICTOR of papszOptions. Configuration
 * options such as COMPRESS_OVERVIEW come first. A block size that is not a
 * power of 2 becomes 128 pixels. */
CPLStringList RetileOverviewImageOptions(GDALDataset *poSrcDS, int nBands,
                                         CSLConstList papszOptions,
                                         CSLConstList papszImageOptions);

#endif
