/* types.h - what is known about a JPEG 2000 file. */
#ifndef RETILE_IO_JP2_TYPES_H
#define RETILE_IO_JP2_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rt_jp2_component {
    uint8_t bits; /* 1 to 38 */
    bool is_signed;
    uint8_t dx, dy; /* reference pixels per sample */
};

/* How a tile is divided, unless its own header or a component's says otherwise.
 * Sizes are exponents of two. */
struct rt_jp2_coding {
    int32_t reductions;
    uint8_t code_block_w, code_block_h;
    uint8_t precincts[33]; /* for each resolution, the lowest first: width in
                            * the lower four bits, height in the upper */
};

/* A tile-part, including its marker SOT. */
struct rt_jp2_part {
    uint64_t at_bytes; /* in the file */
    uint64_t n_bytes;
    uint32_t tile;
    bool is_whole; /* all parts of its tile were found */
};

/* Fixed after open; any threads may share it. */
struct rt_jp2_index {
    char *path;
    uint32_t x0_px, y0_px, x1_px, y1_px; /* of the image */
    uint32_t tiles_x0_px, tiles_y0_px;   /* position of tile 0 */
    uint32_t tile_w_px, tile_h_px;
    uint32_t cols, rows; /* of tiles; at most 65535 altogether */
    int32_t n_components;
    struct rt_jp2_component *components;
    struct rt_jp2_coding coding;
    int32_t n_reductions; /* halvings that every component supports */
    int32_t most_reductions;
    int32_t least_code_block_px; /* smallest side of any code-block, clipped by
                                  * precincts */
    bool reversible;             /* all components use 5/3 */
    /* The headers of the only tile change its coding, or contain its packet
     * headers, which OpenJPEG can decode only once. Not looked for if there are
     * several tiles. */
    bool own_header;
    /* The main header without SOC, SIZ and the markers that only list
     * positions. */
    uint8_t *header;
    size_t header_bytes;
    uint8_t *siz; /* the parameters of SIZ, after its length */
    size_t siz_bytes;
    struct rt_jp2_part *parts; /* tile by tile, each tile's in the order of the
                                * file */
    uint32_t n_parts;
    uint32_t *first_part;      /* for each tile its first index; one more entry:
                                * n_parts */
    bool believed;             /* most parts were not checked (TLM) */
    uint64_t damaged_at_bytes; /* a part should be here; 0: no damage */
};

#endif
