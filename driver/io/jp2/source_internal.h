/* source_internal.h - the layout of a file: layout.c finds it out, source.c and
 * read.c use it. */
#ifndef RETILE_IO_JP2_SOURCE_INTERNAL_H
#define RETILE_IO_JP2_SOURCE_INTERNAL_H

#include "io/jp2/decoders.h"
#include "io/jp2/index.h"
#include "io/jp2/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Width and height of the blocks of a one-tile image. */
#define RT_JP2_BLOCK_PX 512

/* How GDAL shows the components of a file. Fixed once it is known. */
struct rt_jp2_layout {
    struct rt_jp2_index *index;
    GDALDataType type;
    int32_t n_bands;
    int32_t *factors; /* for each band: 255 for a 1-bit alpha, otherwise 1 */
    bool is_ycc;      /* colour differences, with half the width and height */
    bool one_tile;
    bool in_parts;   /* windows of the one tile can be decoded alone ... */
    int32_t unit_px; /* ... if their edges are multiples of this at full
                      * resolution */
    uint32_t levels; /* a bit for each level that is a resolution of the file */
};

/* Fixed before the first read. */
struct rt_jp2_source {
    struct rt_jp2_layout layout;
    uint32_t px_bytes;
    int n_threads;
    int32_t column_w_px; /* each column has a decoder; 0: no columns */
    bool by_columns;     /* every read is by columns; the reading threads do the
                          * work */
    struct rt_jp2_decoders *decoders;
    struct rt_encoded_cache *kept; /* NULL: none */
};

/* Does the work of rt_jp2_source_open, except for threads. The caller frees
 * layout, also after an error. */
RT_MUST_CHECK enum rt_status
rt_jp2_layout_find(GDALDatasetH dataset, const char *name, CSLConstList options,
                   struct rt_jp2_layout *layout, struct rt_error *err);
void rt_jp2_layout_free(struct rt_jp2_layout *layout);

/* See source.h. */
bool rt_jp2_layout_cut(const struct rt_jp2_layout *layout, int n_threads,
                       int step, struct rt_jp2_cut *cut);
uint64_t rt_jp2_layout_held_px_bytes(const struct rt_jp2_layout *layout);
uint64_t rt_jp2_layout_held_bytes(const struct rt_jp2_layout *layout);

uint64_t rt_jp2_layout_least_bytes(const struct rt_jp2_layout *layout);

#ifdef __cplusplus
}
#endif
#endif
