/* mosaic.h - recognises a VRT that puts whole pixels of other datasets side by
 * side or on top of each other: what gdalbuildvrt makes if no size changes.
 *
 * Only parses the VRT's XML; nothing is opened.
 */
#ifndef RETILE_IO_VRT_MOSAIC_H
#define RETILE_IO_VRT_MOSAIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "gdal.h"
#include "io/vrt/nature.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A part of a dataset, and where the mosaic shows it. */
struct rt_mosaic_part {
    int32_t file;           /* index into the mosaic's files */
    int32_t x_px, y_px;     /* of the part, in the file */
    struct rt_window shown; /* in the mosaic; may lie partly outside */
    int32_t nodata; /* an index into the mosaic's nodata values: pixels of this
                     * value show what lies below; -1 for none */
};

/* The parts of bands that are made of the same parts of the same files. Later
 * parts lie on top of earlier ones. */
struct rt_mosaic_layer {
    int32_t first_band, n_bands; /* of the mosaic, from 0 */
    size_t n_parts;
    struct rt_mosaic_part *parts;
    int32_t *bands; /* for each part, n_bands bands of the file, from 1 */
};

struct rt_mosaic_file {
    char *name;     /* for opening */
    char **options; /* open options; NULL for none */
};

struct rt_mosaic {
    int32_t w_px, h_px;
    int32_t n_bands;
    GDALDataType *types; /* by band */
    double *fills;       /* by band: what is shown where no part is */
    int32_t n_layers;
    struct rt_mosaic_layer *layers; /* together they have all bands, in order */
    int32_t n_files;
    struct rt_mosaic_file *files;
    int32_t n_nodata;
    double *nodata;
};

/* Parses a VRT's XML. folder: where relative names start, "" for the working
 * directory. NULL if the VRT is something else, has masks of its own, or does
 * more than pass pixels on. The caller frees the mosaic. */
struct rt_mosaic *rt_mosaic_parse(const char *xml, const char *folder);

/* The mosaic that vrt, opened with open_options, is for a copy that wants
 * pixels of type. nature: that of vrt. NULL also if its bands have other types,
 * or if its pixels depend on how they are read. */
struct rt_mosaic *rt_mosaic_of(GDALDatasetH vrt, CSLConstList open_options,
                               GDALDataType type,
                               const struct rt_vrt_nature *nature);

void rt_mosaic_free(struct rt_mosaic *mosaic);

#ifdef __cplusplus
}
#endif
#endif
