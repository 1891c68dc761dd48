/* gdal_dataset.h - opens GDAL datasets and describes them.
 */
#ifndef RETILE_IO_DATASET_GDAL_DATASET_H
#define RETILE_IO_DATASET_GDAL_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Opens name as a raster, with options (may be NULL). The handle is not shared;
 * the caller closes it. On failure returns NULL, with RT_ERR_SOURCE and GDAL's
 * own message in err. */
GDALDatasetH rt_gdal_open(const char *name, CSLConstList options,
                          struct rt_error *err);

/* Whether both have the same size and bands of the same types. */
bool rt_gdal_same_raster(GDALDatasetH a, GDALDatasetH b);

/* Whether b, opened by the name of a, shows the same as a, as far as can be
 * seen without reading pixels: same_raster, the same driver, components,
 * blocks, georeferencing, meaning of the bands, overviews and masks. */
bool rt_gdal_same_dataset(GDALDatasetH a, GDALDatasetH b);

/* Whether the driver (may be NULL) opens components of a file by names of their
 * own. Other datasets should not be asked for components: that may scan all of
 * the file. */
bool rt_gdal_has_components(GDALDriverH driver);

/* Whether there may be other datasets of the same driver that have the name of
 * dataset, opened by that name, as their description: its components, or its
 * samples before they are converted to RGB (GTIFF_RAW). */
bool rt_gdal_shares_name(GDALDatasetH dataset);

/* The driver's short name, or NULL. Borrowed. */
const char *rt_gdal_driver_name(GDALDatasetH dataset);

/* Whether name (may be NULL) is in a list that ends with NULL. */
bool rt_gdal_in_list(const char *name, const char *const *list);

/* If dataset is a TIFF with a single strip that GDAL decodes line by line: the
 * bytes of that strip, which libtiff holds as a whole. Otherwise 0. */
uint64_t rt_gdal_whole_strip_bytes(GDALDatasetH dataset);

/* Whether the pixels are decoded in rows from the top, so that going back
 * starts over. */
bool rt_gdal_is_sequential(GDALDatasetH dataset);

/* Whether a handle decodes a whole band, or everything, at its first read and
 * keeps it. A second handle would decode and hold as much again. */
bool rt_gdal_decodes_whole(GDALDatasetH dataset);

/* Whether the driver reads through other datasets. The blocks that those leave
 * in GDAL's cache cannot be named. */
bool rt_gdal_wraps(GDALDatasetH dataset);

/* Whether both are equal, or both NaN. */
bool rt_gdal_same_numbers(double a, double b);

/* The block size that GDAL reports for band. Some overviews have none: they get
 * 0x0, and GDAL's error about it is not reported. */
void rt_gdal_named_blocks(GDALRasterBandH band, int *w_px, int *h_px);

/* The block size of band, clipped to its size. Overviews that report none (0x0)
 * can be read in any parts; they get a default size. */
void rt_gdal_block_size(GDALRasterBandH band, int32_t *w_px, int32_t *h_px);

/* Whether decoding a block of one band decodes it for all bands. */
bool rt_gdal_is_interleaved(GDALDatasetH dataset);

/* Band number band (from 0) of a level. Level 0 is the full resolution, level n
 * is overview n - 1. */
GDALRasterBandH rt_gdal_level_band(GDALDatasetH dataset, int level, int band);

/* Drops the blocks that reads of a level left in GDAL's block cache. */
void rt_gdal_flush(GDALDatasetH dataset, int level);

/* Gives freed memory back to the system after a large read. GDAL and the codecs
 * allocate whole source blocks from malloc's heap, which keeps the holes. */
void rt_gdal_trim(uint64_t read_bytes);

#ifdef __cplusplus
}
#endif
#endif
