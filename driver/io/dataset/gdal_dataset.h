/* gdal_dataset.h - opening a GDAL dataset, and what it is.
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

/* Opens name as a raster, with options (may be NULL), shared with nobody; the
 * caller closes it. NULL with RT_ERR_SOURCE and GDAL's own message in err. */
GDALDatasetH rt_gdal_open(const char *name, CSLConstList options,
                          struct rt_error *err);

/* Whether both are of one size and have bands of the same types. */
bool rt_gdal_same_raster(GDALDatasetH a, GDALDatasetH b);

/* Whether b, which a's name has opened, shows what a does, as far as can be
 * told without reading pixels: the same raster, by the same driver, in the
 * same blocks and places, with bands of the same meaning, and with the same
 * overviews and masks. */
bool rt_gdal_same_dataset(GDALDatasetH a, GDALDatasetH b);

/* The short name, or NULL. Borrowed. */
const char *rt_gdal_driver_name(GDALDatasetH dataset);

/* Whether name is in a list that ends with NULL. name may be NULL. */
bool rt_gdal_in_list(const char *name, const char *const *list);

/* A TIFF whose only strip GDAL decodes line by line: the bytes of that strip,
 * all of which libtiff holds. 0 for all else. */
uint64_t rt_gdal_whole_strip_bytes(GDALDatasetH dataset);

/* What is decoded in rows from the top and started over to go back. */
bool rt_gdal_is_sequential(GDALDatasetH dataset);

/* Whether a handle decodes a whole band, or all, at its first read, and holds
 * it: another handle would decode and hold as much again. */
bool rt_gdal_decodes_whole(GDALDatasetH dataset);

/* Drivers that read through other datasets: what these leave in GDAL's block
 * cache can't be named. */
bool rt_gdal_wraps(GDALDatasetH dataset);

/* Equal, or both NaN. */
bool rt_gdal_same_numbers(double a, double b);

/* The blocks of band as GDAL has them. Some overviews name none: 0x0, which
 * GDAL would tell as an error. */
void rt_gdal_named_blocks(GDALRasterBandH band, int *w_px, int *h_px);

/* The blocks of band, at most of its size. Some overviews name none (0x0): of
 * those, what any part may be read in. */
void rt_gdal_block_size(GDALRasterBandH band, int32_t *w_px, int32_t *h_px);

/* Whether decoding a block of one band decodes it for all. */
bool rt_gdal_is_interleaved(GDALDatasetH dataset);

/* Band number band (from 0) at a level: 0 is the full resolution, n the
 * overview n - 1. */
GDALRasterBandH rt_gdal_level_band(GDALDatasetH dataset, int level, int band);

/* Frees what reads of a level left in GDAL's block cache. */
void rt_gdal_flush(GDALDatasetH dataset, int level);

/* GDAL and the codecs allocate whole source blocks from malloc's heap, which
 * keeps their holes: after a read of many bytes they are given back to the
 * system. */
void rt_gdal_trim(uint64_t read_bytes);

/* Between begin and end, what the calling thread opens and reads starts no
 * threads of its own. */
struct rt_gdal_one_thread {
    char *before; /* owned between begin and end */
};

void rt_gdal_one_thread_begin(struct rt_gdal_one_thread *state);
void rt_gdal_one_thread_end(struct rt_gdal_one_thread *state);

#ifdef __cplusplus
}
#endif
#endif
