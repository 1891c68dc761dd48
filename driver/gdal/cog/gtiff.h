/* gtiff.h - the options of LAYOUT=COG in GTiff's words, by which the
 * header of the image and those of its overviews are written.
 */
#ifndef RETILE_GDAL_COG_GTIFF_H
#define RETILE_GDAL_COG_GTIFF_H

#include "cpl_string.h"
#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
#include "gdal_priv.h"

/* Files with overviews have their pixels interleaved, where nothing else is
 * asked for. GTiff keeps the source's order without compression, and
 * gdal_translate asks for it unasked: that counts as nothing. */
void RetileAskForInterleaved(GDALDataset *poSrcDS, int nBands,
                             CPLStringList &aosOptions);

/* What GDAL's COG driver hands on to GTiff of papszOptions, of which oOptions
 * was parsed, but for what asks for the layout of a COG itself
 * (COPY_SRC_OVERVIEWS and datasets of overviews). nBands: of the file, without
 * an alpha band that becomes its mask. poTarget: nullptr where nothing is
 * reprojected. GDAL_TIFF_INTERNAL_MASK is to be YES beside them. */
CPLStringList RetileCogImageOptions(GDALDataset *poSrcDS, int nBands,
                                    CSLConstList papszOptions,
                                    const RetileCogOptions &oOptions,
                                    const RetileCogTarget *poTarget);

/* How GTiff writes the overviews of a file that was written with
 * papszImageOptions: as the image, less what OVERVIEW_COMPRESS,
 * OVERVIEW_QUALITY and OVERVIEW_PREDICTOR of papszOptions change, or
 * configuration options such as COMPRESS_OVERVIEW, which come first. Blocks
 * that are no power of 2 become 128 pixels. */
CPLStringList RetileOverviewImageOptions(GDALDataset *poSrcDS, int nBands,
                                         CSLConstList papszOptions,
                                         CSLConstList papszImageOptions);

#endif
