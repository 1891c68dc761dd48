/* index.h - what a JPEG 2000 file says of itself, and where the parts of
 * each tile lie in it.
 *
 * Read once and shared: decoders of a later tile then need not walk there from
 * the first. Pixels are those of the codestream's reference grid.
 */
#ifndef RETILE_IO_JP2_INDEX_H
#define RETILE_IO_JP2_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_jp2_component {
    uint8_t bits; /* 1 to 38 */
    bool is_signed;
    uint8_t dx, dy; /* reference pixels by sample */
};

/* How a tile is cut up, unless its own header or a component's says otherwise.
 * Sizes are exponents of two. */
struct rt_jp2_coding {
    int32_t reductions;
    uint8_t code_block_w, code_block_h;
    uint8_t precincts[33]; /* by resolution, the lowest first: width in the
                              lower four bits, height in the upper */
};

/* A tile-part, its marker SOT included. */
struct rt_jp2_part {
    uint64_t at_bytes; /* in the file */
    uint64_t n_bytes;
    uint32_t tile;
    bool is_whole; /* the others of its tile are there as well */
};

/* Fixed after open; any threads may share it. */
struct rt_jp2_index {
    char *path;
    uint32_t x0_px, y0_px, x1_px, y1_px; /* of the image */
    uint32_t tiles_x0_px, tiles_y0_px;   /* of tile 0 */
    uint32_t tile_w_px, tile_h_px;
    uint32_t cols, rows; /* of tiles; at most 65535 in all */
    int32_t n_components;
    struct rt_jp2_component *components;
    struct rt_jp2_coding coding;
    int32_t n_reductions; /* halvings that every component has */
    int32_t most_reductions;
    int32_t least_code_block_px; /* smallest side of any, precincts heeded */
    bool reversible;             /* all components are 5/3 */
    /* The one tile's own headers say how it is coded, or have the headers of
     * its packets, which OpenJPEG decodes once only. Not looked for where there
     * are more tiles. */
    bool own_header;
    /* The main header but for SOC, SIZ and what only tells of places. */
    uint8_t *header;
    size_t header_bytes;
    uint8_t *siz; /* of SIZ what follows its length */
    size_t siz_bytes;
    struct rt_jp2_part *parts; /* tile by tile, in the order of the file */
    uint32_t n_parts;
    uint32_t *first_part;      /* by tile, and one more: n_parts */
    bool believed;             /* most parts were not looked at (TLM) */
    uint64_t damaged_at_bytes; /* here should be a part; 0: nowhere */
};

/* RT_ERR_SOURCE with the reason (without the file's name) where the file is
 * none that OpenJPEG can be given tile by tile; RT_ERR_MEMORY. remote: each
 * look at a tile-part is a request, so where there are many the main header
 * has to say where they are (TLM), and is believed as far as the first and the
 * last bear it out. */
RT_MUST_CHECK enum rt_status rt_jp2_index_open(const char *path, bool remote,
                                               struct rt_jp2_index **index,
                                               struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_index_close(struct rt_jp2_index *index);

/* What tile covers of the image, from its top left, at full resolution. */
struct rt_window rt_jp2_index_tile(const struct rt_jp2_index *index,
                                   uint32_t tile);

/* Whether the file has all that a tile has. */
bool rt_jp2_index_is_whole(const struct rt_jp2_index *index, uint32_t tile);

/* Whether bytes, as many as SOT has, are the begin of part. */
bool rt_jp2_part_begins(const struct rt_jp2_part *part, const uint8_t *bytes);

/* What the tile's parts take in the file. */
uint64_t rt_jp2_index_tile_bytes(const struct rt_jp2_index *index,
                                 uint32_t tile);

#ifdef __cplusplus
}
#endif
#endif
