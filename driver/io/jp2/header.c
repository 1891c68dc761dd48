/* header.c - see header.h.
 *
 * Sizes are checked before memory of that size is allocated.
 */
#include "io/jp2/header.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/min_max.h"
#include "io/jp2/markers.h"
#include "io/jp2/parts.h"

/* A main header has about a hundred bytes without the markers that are left
 * out. */
#define HEADER_MAX_BYTES (UINT32_C(1) << 20)
#define MARKER_MAX_BYTES 65535
#define SIZ_FIXED_BYTES 36
#define MAX_TILES 65535
#define MAX_REDUCTIONS 32

struct header {
    struct rt_jp2_index *index;
    uint8_t *body; /* the parameters of the present marker */
    size_t n_bytes;
    bool has_cod;
    uint32_t room; /* capacity for parts */
    struct rt_error *err;
};

static enum rt_status damaged(struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_SOURCE,
                        "the main header of the codestream is damaged");
}

static enum rt_status no_memory(struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

static uint32_t n_tiles(uint32_t end_px, uint32_t begin_px, uint32_t tile_px)
{
    return (uint32_t)(((uint64_t)end_px - begin_px + tile_px - 1) / tile_px);
}

/* Whether the sizes are valid, and pixel counts fit their types. */
static bool has_sizes(const struct rt_jp2_index *index)
{
    return index->x1_px <= INT_MAX && index->y1_px <= INT_MAX &&
           index->x0_px < index->x1_px && index->y0_px < index->y1_px &&
           index->tile_w_px > 0 && index->tile_h_px > 0 &&
           index->tile_w_px <= INT_MAX && index->tile_h_px <= INT_MAX &&
           index->tiles_x0_px <= index->x0_px &&
           index->tiles_y0_px <= index->y0_px &&
           (uint64_t)index->tiles_x0_px + index->tile_w_px > index->x0_px &&
           (uint64_t)index->tiles_y0_px + index->tile_h_px > index->y0_px;
}

static enum rt_status read_components(struct header *header)
{
    struct rt_jp2_index *index = header->index;
    const uint8_t *at = header->body + SIZ_FIXED_BYTES;
    const int n = rt_jp2_u16(at - 2);

    if (n == 0 || n > 16384 ||
        header->n_bytes != SIZ_FIXED_BYTES + 3 * (size_t)n)
        return damaged(header->err);
    index->components = calloc((size_t)n, sizeof(*index->components));
    if (index->components == NULL)
        return no_memory(header->err);
    index->n_components = n;
    for (int i = 0; i < n; i++, at += 3) {
        index->components[i].bits = (uint8_t)((at[0] & 0x7F) + 1);
        index->components[i].is_signed = (at[0] & 0x80) != 0;
        index->components[i].dx = at[1];
        index->components[i].dy = at[2];
        if (index->components[i].bits > 38 || at[1] == 0 || at[2] == 0)
            return damaged(header->err);
    }
    return RT_OK;
}

static enum rt_status read_siz(struct header *header)
{
    struct rt_jp2_index *index = header->index;
    const uint8_t *at = header->body;

    if (header->n_bytes < SIZ_FIXED_BYTES)
        return damaged(header->err);
    index->x1_px = rt_jp2_u32(at + 2);
    index->y1_px = rt_jp2_u32(at + 6);
    index->x0_px = rt_jp2_u32(at + 10);
    index->y0_px = rt_jp2_u32(at + 14);
    index->tile_w_px = rt_jp2_u32(at + 18);
    index->tile_h_px = rt_jp2_u32(at + 22);
    index->tiles_x0_px = rt_jp2_u32(at + 26);
    index->tiles_y0_px = rt_jp2_u32(at + 30);
    if (!has_sizes(index))
        return damaged(header->err);
    index->cols = n_tiles(index->x1_px, index->tiles_x0_px, index->tile_w_px);
    index->rows = n_tiles(index->y1_px, index->tiles_y0_px, index->tile_h_px);
    if ((uint64_t)index->cols * index->rows > MAX_TILES)
        return rt_error_set(header->err, RT_ERR_SOURCE,
                            "the codestream has more than %d tiles", MAX_TILES);
    index->siz = malloc(header->n_bytes);
    if (index->siz == NULL)
        return no_memory(header->err);
    memcpy(index->siz, header->body, header->n_bytes);
    index->siz_bytes = header->n_bytes;
    return read_components(header);
}

static void lower_to(int32_t *value, int32_t limit)
{
    *value = rt_min_i32(*value, limit);
}

/* Precincts limit the code-blocks of their subbands. Subbands have half the
 * resolution's size, except in the lowest resolution. */
static void limit_by_precincts(struct rt_jp2_index *index, const uint8_t *sizes,
                               int32_t reductions)
{
    for (int32_t i = 0; i <= reductions; i++) {
        const int half = i > 0 ? 1 : 0;
        const int w = (sizes[i] & 15) - half, h = (sizes[i] >> 4) - half;

        lower_to(&index->least_code_block_px, w > 0 ? 1 << w : 1);
        lower_to(&index->least_code_block_px, h > 0 ? 1 << h : 1);
    }
}

/* Reads what COD and COC have in common, from the number of reductions on. */
static enum rt_status read_coding(struct header *header, size_t from,
                                  bool precincts)
{
    struct rt_jp2_index *index = header->index;
    const uint8_t *at = header->body + from;
    int32_t reductions;

    if (header->n_bytes < from + 5)
        return damaged(header->err);
    reductions = at[0];
    if (reductions > MAX_REDUCTIONS || at[1] > 8 || at[2] > 8 || at[4] > 1 ||
        header->n_bytes < from + 5 + (precincts ? (size_t)reductions + 1 : 0))
        return damaged(header->err);
    lower_to(&index->n_reductions, reductions);
    if (index->most_reductions < reductions)
        index->most_reductions = reductions;
    lower_to(&index->least_code_block_px, 4 << at[1]);
    lower_to(&index->least_code_block_px, 4 << at[2]);
    index->reversible = index->reversible && at[4] == 1;
    if (precincts)
        limit_by_precincts(index, at + 5, reductions);
    return RT_OK;
}

static enum rt_status read_cod(struct header *header)
{
    struct rt_jp2_coding *coding = &header->index->coding;
    const uint8_t *at = header->body + 5;
    const bool precincts = header->n_bytes > 0 && (header->body[0] & 1) != 0;
    enum rt_status status;

    if (header->n_bytes < 10)
        return damaged(header->err);
    status = read_coding(header, 5, precincts);
    if (status != RT_OK)
        return status;
    header->has_cod = true;
    coding->reductions = at[0];
    coding->code_block_w = (uint8_t)(at[1] + 2);
    coding->code_block_h = (uint8_t)(at[2] + 2);
    memset(coding->precincts, 0xFF, sizeof(coding->precincts));
    if (precincts)
        memcpy(coding->precincts, at + 5, (size_t)at[0] + 1);
    return RT_OK;
}

static enum rt_status read_coc(struct header *header)
{
    const size_t at = header->index->n_components < 257 ? 1 : 2;

    if (header->n_bytes < at + 6)
        return damaged(header->err);
    return read_coding(header, at + 1, (header->body[at] & 1) != 0);
}

/* Reads the lengths of tile-parts, in the order of the file. If the entries
 * have no tile numbers, each tile has one part. */
static enum rt_status read_tlm(struct header *header)
{
    struct rt_jp2_index *index = header->index;
    const uint8_t *at = header->body, *end = at + header->n_bytes;
    const int tile_bytes = header->n_bytes < 2 ? 3 : at[1] >> 4 & 3;
    const int length_bytes = tile_bytes < 3 && (at[1] & 0x40) != 0 ? 4 : 2;
    enum rt_status status = RT_OK;

    if (tile_bytes == 3)
        return damaged(header->err);
    for (at += 2; status == RT_OK && end - at >= tile_bytes + length_bytes;
         at += tile_bytes + length_bytes) {
        struct rt_jp2_part part = {.is_whole = true};

        part.tile = tile_bytes == 0   ? index->n_parts
                    : tile_bytes == 1 ? at[0]
                                      : rt_jp2_u16(at);
        part.n_bytes = length_bytes == 4 ? rt_jp2_u32(at + tile_bytes)
                                         : rt_jp2_u16(at + tile_bytes);
        status = rt_jp2_parts_add(index, &header->room, &part, header->err);
    }
    return status;
}

/* Adds a marker to the header that OpenJPEG will get. */
static enum rt_status keep(struct header *header, unsigned marker)
{
    struct rt_jp2_index *index = header->index;
    const size_t n = header->n_bytes + 4;
    uint8_t *at;

    if (index->header_bytes + n > HEADER_MAX_BYTES)
        return rt_error_set(header->err, RT_ERR_SOURCE,
                            "the main header has more than %u bytes",
                            HEADER_MAX_BYTES);
    at = realloc(index->header, index->header_bytes + n);
    if (at == NULL)
        return no_memory(header->err);
    index->header = at;
    at += index->header_bytes;
    at[0] = (uint8_t)(marker >> 8);
    at[1] = (uint8_t)marker;
    at[2] = (uint8_t)((header->n_bytes + 2) >> 8);
    at[3] = (uint8_t)(header->n_bytes + 2);
    memcpy(at + 4, header->body, header->n_bytes);
    index->header_bytes += n;
    return RT_OK;
}

static enum rt_status read_marker(struct header *header, unsigned marker)
{
    enum rt_status status = RT_OK;

    if ((header->index->siz == NULL) != (marker == RT_JP2_SIZ))
        return damaged(header->err);
    switch (marker) {
    case RT_JP2_SIZ:
        return read_siz(header);
    case RT_JP2_PPM:
        return rt_error_set(header->err, RT_ERR_SOURCE,
                            "packet headers are in the main header");
    case RT_JP2_TLM:
        return read_tlm(header);
    case RT_JP2_PLM:
    case RT_JP2_CRG:
    case RT_JP2_COM:
        return RT_OK;
    case RT_JP2_COD:
        status = read_cod(header);
        break;
    case RT_JP2_COC:
        status = read_coc(header);
        break;
    default:
        break;
    }
    return status == RT_OK ? keep(header, marker) : status;
}

static enum rt_status read_markers(VSILFILE *file, struct header *header)
{
    uint8_t at[4];
    enum rt_status status = RT_OK;

    if (VSIFReadL(at, 1, 2, file) != 2 || rt_jp2_u16(at) != RT_JP2_SOC)
        return damaged(header->err);
    while (status == RT_OK) {
        unsigned marker, length;

        if (VSIFReadL(at, 1, 2, file) != 2)
            return damaged(header->err);
        marker = rt_jp2_u16(at);
        if (marker == RT_JP2_SOT)
            break;
        if (marker < 0xFF00u || VSIFReadL(at + 2, 1, 2, file) != 2)
            return damaged(header->err);
        length = rt_jp2_u16(at + 2);
        if (length < 2)
            return damaged(header->err);
        header->n_bytes = length - 2;
        if (VSIFReadL(header->body, 1, header->n_bytes, file) !=
            header->n_bytes)
            return damaged(header->err);
        status = read_marker(header, marker);
    }
    return status == RT_OK && !header->has_cod ? damaged(header->err) : status;
}

enum rt_status rt_jp2_header_read(VSILFILE *file, uint64_t at_bytes,
                                  struct rt_jp2_index *index,
                                  uint64_t *end_bytes, uint32_t *room,
                                  struct rt_error *err)
{
    struct header header = {
        .index = index, .body = malloc(MARKER_MAX_BYTES), .err = err};
    enum rt_status status;

    index->n_reductions = MAX_REDUCTIONS;
    index->least_code_block_px = INT32_MAX;
    index->reversible = true;
    if (header.body == NULL)
        return no_memory(err);
    if (VSIFSeekL(file, at_bytes, SEEK_SET) != 0)
        status = damaged(err);
    else
        status = read_markers(file, &header);
    *end_bytes = VSIFTellL(file) - 2;
    *room = header.room;
    free(header.body);
    return status;
}
