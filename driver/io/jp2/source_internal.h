/* source_internal.h - what layout.c finds out, and source.c and
 * read.c go by. */
#ifndef RETILE_IO_JP2_SOURCE_INTERNAL_H
#define RETILE_IO_JP2_SOURCE_INTERNAL_H

#include "io/jp2/decoders.h"
#include "io/jp2/index.h"
#include "io/jp2/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Sides of the blocks of an image that is one tile. */
#define RT_JP2_BLOCK_PX 512

/* How GDAL shows the components of a file. Fixed once it is known. */
struct rt_jp2_layout {
    struct rt_jp2_index *index;
    GDALDataType type;
    int32_t n_bands;
    int32_t *factors; /* by band: 255 for an alpha of one bit, else 1 */
    bool is_ycc;      /* colour differences, with half the sides */
    bool one_tile;
    bool in_parts;   /* windows of the one tile can be decoded alone ... */
    int32_t unit_px; /* ... whose edges, at full resolution, are multiples */
    uint32_t levels; /* by bit: those that are resolutions of the file */
};

/* Fixed before the first read. */
struct rt_jp2_source {
    struct rt_jp2_layout layout;
    uint32_t px_bytes;
    int n_threads;
    int32_t column_w_px; /* each column has a decoder; 0: there are none */
    bool by_columns;     /* all reads are, by the threads that read */
    struct rt_jp2_decoders *decoders;
    struct rt_encoded_cache *kept; /* NULL: none */
};

/* What rt_jp2_source_open does but for threads. To be freed also after an
 * error. */
RT_MUST_CHECK enum rt_status
rt_jp2_layout_find(GDALDatasetH dataset, const char *name, CSLConstList options,
                   struct rt_jp2_layout *layout, struct rt_error *err);
void rt_jp2_layout_free(struct rt_jp2_layout *layout);

/* As source.h has them. */
bool rt_jp2_layout_cut(const struct rt_jp2_layout *layout, int n_threads,
                       int step, struct rt_jp2_cut *cut);
uint64_t rt_jp2_layout_held_px_bytes(const struct rt_jp2_layout *layout);
uint64_t rt_jp2_layout_held_bytes(const struct rt_jp2_layout *layout);

/* What decoding anything of it takes at least. */
uint64_t rt_jp2_layout_least_bytes(const struct rt_jp2_layout *layout);

#ifdef __cplusplus
}
#endif
#endif
