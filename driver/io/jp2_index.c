/* jp2_index.c - see jp2_index.h.
 *
 * Tile-parts say how long they are, so they are walked by their first bytes;
 * behind a network only where the header does not have their lengths, which are
 * not believed elsewhere: they may be wrong.
 * What follows a damaged one is not there: its tiles cannot be read.
 */
#include "io/jp2_index.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/jp2_header.h"

/* A tile has at most 255 parts. */
#define MAX_PARTS (UINT32_C(65535) * 255)
/* That are looked at one by one behind a network. */
#define REMOTE_PARTS 16

/* A walk along the tile-parts. */
struct walk {
    VSILFILE *file;
    struct rt_jp2_index *index;
    uint64_t at_bytes, end_bytes; /* the codestream's end */
    uint32_t room;                /* for parts */
    bool remote;
};

static uint32_t tile_count(const struct rt_jp2_index *index)
{
    return index->cols * index->rows;
}

/* Where the codestream lies in file: the first box jp2c of a JP2 file, or all
 * of it. False where there is none. */
static bool find_codestream(VSILFILE *file, uint64_t file_bytes,
                            uint64_t *at_bytes, uint64_t *end_bytes)
{
    uint8_t box[16];
    uint64_t at = 0;

    *end_bytes = file_bytes;
    while (at + 8 <= file_bytes) {
        uint64_t length, header = 8;

        if (VSIFSeekL(file, at, SEEK_SET) != 0 ||
            VSIFReadL(box, 1, 8, file) != 8)
            return false;
        if (at == 0 && rt_jp2_u16(box) == RT_JP2_SOC) {
            *at_bytes = 0;
            return true;
        }
        length = rt_jp2_u32(box);
        if (length == 1) {
            if (VSIFReadL(box + 8, 1, 8, file) != 8)
                return false;
            length = (uint64_t)rt_jp2_u32(box + 8) << 32 | rt_jp2_u32(box + 12);
            header = 16;
        }
        if (length == 0 || length > file_bytes - at)
            length = file_bytes - at;
        if (length < header)
            return false;
        if (memcmp(box + 4, "jp2c", 4) == 0) {
            *at_bytes = at + header;
            *end_bytes = at + length;
            return true;
        }
        at += length;
    }
    return false;
}

/* Ends a part that goes on to the end of the codestream. */
static uint64_t length_to_end(const struct walk *walk)
{
    uint64_t length = walk->end_bytes - walk->at_bytes;
    uint8_t last[2];

    if (VSIFSeekL(walk->file, walk->end_bytes - 2, SEEK_SET) == 0 &&
        VSIFReadL(last, 1, 2, walk->file) == 2 &&
        rt_jp2_u16(last) == RT_JP2_EOC)
        length -= 2;
    return length;
}

/* The part at the walk's place; false where there is none, or none that can be
 * read. */
static bool read_part(const struct walk *walk, struct rt_jp2_part *part)
{
    uint8_t sot[RT_JP2_SOT_BYTES];
    uint64_t left;

    if (walk->at_bytes + RT_JP2_SOT_BYTES > walk->end_bytes ||
        VSIFSeekL(walk->file, walk->at_bytes, SEEK_SET) != 0 ||
        VSIFReadL(sot, 1, sizeof(sot), walk->file) != sizeof(sot) ||
        rt_jp2_u16(sot) != RT_JP2_SOT || rt_jp2_u16(sot + 2) != 10)
        return false;
    left = walk->end_bytes - walk->at_bytes;
    part->at_bytes = walk->at_bytes;
    part->tile = rt_jp2_u16(sot + 4);
    part->n_bytes = rt_jp2_u32(sot + 6);
    if (part->n_bytes == 0)
        part->n_bytes = length_to_end(walk);
    part->is_whole = part->n_bytes <= left;
    if (!part->is_whole)
        part->n_bytes = left;
    return part->tile < tile_count(walk->index) &&
           part->n_bytes >= RT_JP2_SOT_BYTES;
}

enum rt_status rt_jp2_index_add(struct rt_jp2_index *index, uint32_t *room,
                                const struct rt_jp2_part *part,
                                struct rt_error *err)
{
    if (index->n_parts == MAX_PARTS)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "the codestream has more than %u tile-parts",
                            MAX_PARTS);
    if (index->n_parts == *room) {
        const uint32_t more = *room == 0 ? 16 : 2 * *room;
        struct rt_jp2_part *grown =
            realloc(index->parts, more * sizeof(*index->parts));

        if (grown == NULL)
            return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
        index->parts = grown;
        *room = more;
    }
    index->parts[index->n_parts++] = *part;
    return RT_OK;
}

static enum rt_status walk_parts(struct walk *walk, struct rt_error *err)
{
    enum rt_status status = RT_OK;
    struct rt_jp2_part part;

    while (status == RT_OK && read_part(walk, &part)) {
        if (walk->remote && walk->index->n_parts == REMOTE_PARTS)
            return rt_error_set(err, RT_ERR_SOURCE,
                                "it lies behind a network, and its header does "
                                "not say where its tiles are");
        status = rt_jp2_index_add(walk->index, &walk->room, &part, err);
        walk->at_bytes += part.n_bytes;
    }
    return status;
}

/* Whether what the header says of part i is there, at the walk's place. */
static bool is_as_said(const struct walk *walk, uint32_t i)
{
    const struct rt_jp2_part *said = &walk->index->parts[i];
    struct rt_jp2_part part;

    return read_part(walk, &part) && part.tile == said->tile &&
           part.n_bytes == said->n_bytes && part.is_whole;
}

/* Whether the lengths in the header lead from the first part to the end. Sets
 * where the parts are. */
static bool follow_header(const struct walk *from)
{
    struct rt_jp2_index *index = from->index;
    struct walk walk = *from;

    for (uint32_t i = 0; i < index->n_parts; i++) {
        struct rt_jp2_part *part = &index->parts[i];

        if (part->tile >= tile_count(index) ||
            part->n_bytes < RT_JP2_SOT_BYTES ||
            part->n_bytes > walk.end_bytes - walk.at_bytes)
            return false;
        if ((i == 0 || i + 1 == index->n_parts) && !is_as_said(&walk, i))
            return false;
        part->at_bytes = walk.at_bytes;
        walk.at_bytes += part->n_bytes;
    }
    return index->n_parts > 0 && walk.end_bytes - walk.at_bytes <= 2;
}

static enum rt_status find_parts(struct walk *walk, struct rt_error *err)
{
    if (walk->remote && follow_header(walk))
        return RT_OK;
    walk->index->n_parts = 0;
    return walk_parts(walk, err);
}

/* Tile by tile, those of each in the order of the file. */
static enum rt_status sort_parts(struct rt_jp2_index *index,
                                 struct rt_error *err)
{
    const uint32_t n = tile_count(index);
    struct rt_jp2_part *sorted =
        malloc((index->n_parts + (size_t)1) * sizeof(*sorted));
    uint32_t *first = calloc(n + (size_t)2, sizeof(*first));

    index->first_part = first;
    if (sorted == NULL || first == NULL) {
        free(sorted);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    /* Counted two places on, first[tile + 1] is where the next part of tile
     * goes, and in the end where those of the next tile begin. */
    for (uint32_t i = 0; i < index->n_parts; i++)
        first[index->parts[i].tile + 2]++;
    for (uint32_t i = 2; i < n + 2; i++)
        first[i] += first[i - 1];
    for (uint32_t i = 0; i < index->n_parts; i++)
        sorted[first[index->parts[i].tile + 1]++] = index->parts[i];
    free(index->parts);
    index->parts = sorted;
    return RT_OK;
}

static bool is_own(unsigned marker)
{
    return marker == RT_JP2_COD || marker == RT_JP2_COC || marker == RT_JP2_PPT;
}

/* Whether part has a header with more in it than is known of the tile, or a
 * damaged one. */
static bool has_own_header(VSILFILE *file, const struct rt_jp2_part *part)
{
    uint64_t at = part->at_bytes + RT_JP2_SOT_BYTES;
    uint8_t marker[4];

    while (at + 2 <= part->at_bytes + part->n_bytes) {
        if (VSIFSeekL(file, at, SEEK_SET) != 0 ||
            VSIFReadL(marker, 1, 4, file) < 2)
            return true;
        if (rt_jp2_u16(marker) == RT_JP2_SOD)
            return false;
        if (is_own(rt_jp2_u16(marker)))
            return true;
        at += 2 + (uint64_t)rt_jp2_u16(marker + 2);
    }
    return true;
}

static enum rt_status read_index(struct rt_jp2_index *index, VSILFILE *file,
                                 bool remote, struct rt_error *err)
{
    struct walk walk = {.file = file, .index = index, .remote = remote};
    uint64_t header_at_bytes, file_bytes;
    enum rt_status status;

    if (VSIFSeekL(file, 0, SEEK_END) != 0)
        return rt_error_set(err, RT_ERR_SOURCE, "its size is unknown");
    file_bytes = VSIFTellL(file);
    if (!find_codestream(file, file_bytes, &header_at_bytes, &walk.end_bytes))
        return rt_error_set(err, RT_ERR_SOURCE, "it has no codestream");
    status = rt_jp2_header_read(file, header_at_bytes, index, &walk.at_bytes,
                                &walk.room, err);
    if (status == RT_OK)
        status = find_parts(&walk, err);
    if (status == RT_OK)
        status = sort_parts(index, err);
    for (uint32_t i = 0;
         status == RT_OK && tile_count(index) == 1 && i < index->n_parts; i++)
        index->own_header =
            index->own_header || has_own_header(file, &index->parts[i]);
    return status;
}

enum rt_status rt_jp2_index_open(const char *path, bool remote,
                                 struct rt_jp2_index **index,
                                 struct rt_error *err)
{
    struct rt_jp2_index *made = calloc(1, sizeof(*made));
    VSILFILE *file = VSIFOpenL(path, "rb");
    enum rt_status status;

    if (made == NULL) {
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    } else if (file == NULL) {
        status = rt_error_set(err, RT_ERR_SOURCE, "it cannot be opened");
    } else {
        made->path = CPLStrdup(path);
        status = read_index(made, file, remote, err);
    }
    if (file != NULL)
        VSIFCloseL(file);
    if (status != RT_OK) {
        rt_jp2_index_close(made);
        return status;
    }
    *index = made;
    return RT_OK;
}

void rt_jp2_index_close(struct rt_jp2_index *index)
{
    if (index == NULL)
        return;
    free(index->first_part);
    free(index->parts);
    free(index->siz);
    free(index->header);
    free(index->components);
    CPLFree(index->path);
    free(index);
}

/* Where tile i of a row or column begins, in the image. */
static int32_t tile_edge(uint32_t tiles_px, uint32_t tile_px, uint32_t i,
                         uint32_t begin_px, uint32_t end_px)
{
    const uint64_t edge = tiles_px + (uint64_t)i * tile_px;

    if (edge < begin_px)
        return 0;
    return (int32_t)((edge < end_px ? edge : end_px) - begin_px);
}

struct rt_window rt_jp2_index_tile(const struct rt_jp2_index *index,
                                   uint32_t tile)
{
    const uint32_t col = tile % index->cols, row = tile / index->cols;
    struct rt_window window;

    window.x_px = tile_edge(index->tiles_x0_px, index->tile_w_px, col,
                            index->x0_px, index->x1_px);
    window.y_px = tile_edge(index->tiles_y0_px, index->tile_h_px, row,
                            index->y0_px, index->y1_px);
    window.w_px = tile_edge(index->tiles_x0_px, index->tile_w_px, col + 1,
                            index->x0_px, index->x1_px) -
                  window.x_px;
    window.h_px = tile_edge(index->tiles_y0_px, index->tile_h_px, row + 1,
                            index->y0_px, index->y1_px) -
                  window.y_px;
    return window;
}

bool rt_jp2_index_is_whole(const struct rt_jp2_index *index, uint32_t tile)
{
    const uint32_t begin = index->first_part[tile];
    const uint32_t end = index->first_part[tile + 1];

    for (uint32_t i = begin; i < end; i++)
        if (!index->parts[i].is_whole)
            return false;
    return begin < end;
}

bool rt_jp2_part_begins(const struct rt_jp2_part *part, const uint8_t *bytes)
{
    return rt_jp2_u16(bytes) == RT_JP2_SOT &&
           rt_jp2_u16(bytes + 4) == part->tile;
}

uint64_t rt_jp2_index_tile_bytes(const struct rt_jp2_index *index,
                                 uint32_t tile)
{
    uint64_t n_bytes = 0;

    for (uint32_t i = index->first_part[tile]; i < index->first_part[tile + 1];
         i++)
        n_bytes += index->parts[i].n_bytes;
    return n_bytes;
}
