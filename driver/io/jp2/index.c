/* index.c - see index.h.
 */
#include "io/jp2/index.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/jp2/header.h"
#include "io/jp2/markers.h"
#include "io/jp2/parts.h"

static uint32_t tile_count(const struct rt_jp2_index *index)
{
    return index->cols * index->rows;
}

/* Finds the codestream in file: the first box jp2c of a JP2 file, or the whole
 * file. False if there is none. */
static bool find_codestream(VSILFILE *file, uint64_t file_bytes,
                            struct rt_jp2_span *span)
{
    uint8_t box[16];
    uint64_t at = 0;

    span->end_bytes = file_bytes;
    span->is_cut = span->has_more = false;
    while (at + 8 <= file_bytes) {
        uint64_t length, header = 8;

        if (VSIFSeekL(file, at, SEEK_SET) != 0 ||
            VSIFReadL(box, 1, 8, file) != 8)
            return false;
        if (at == 0 && rt_jp2_u16(box) == RT_JP2_SOC) {
            span->at_bytes = 0;
            return true;
        }
        length = rt_jp2_u32(box);
        if (length == 1) {
            if (VSIFReadL(box + 8, 1, 8, file) != 8)
                return false;
            length = (uint64_t)rt_jp2_u32(box + 8) << 32 | rt_jp2_u32(box + 12);
            header = 16;
        }
        if (length == 0)
            length = file_bytes - at;
        if (length < header)
            return false;
        if (memcmp(box + 4, "jp2c", 4) == 0) {
            span->is_cut = length > file_bytes - at;
            span->at_bytes = at + header;
            if (!span->is_cut)
                span->end_bytes = at + length;
            span->has_more = span->end_bytes < file_bytes;
            return true;
        }
        if (length > file_bytes - at)
            return false;
        at += length;
    }
    return false;
}

/* Sorts the parts by tile; a tile's parts stay in the order of the file. */
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
    /* The counts are stored two entries further. first[tile + 1] is then where
     * the next part of tile goes, and at the end where the next tile's parts
     * begin. */
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

static enum rt_status read_index(struct rt_jp2_index *index, VSILFILE *file,
                                 bool remote, struct rt_error *err)
{
    struct rt_jp2_span span;
    uint64_t file_bytes;
    uint32_t room;
    enum rt_status status;

    if (VSIFSeekL(file, 0, SEEK_END) != 0)
        return rt_error_set(err, RT_ERR_SOURCE, "its size is unknown");
    file_bytes = VSIFTellL(file);
    if (!find_codestream(file, file_bytes, &span))
        return rt_error_set(err, RT_ERR_SOURCE, "it has no codestream");
    status = rt_jp2_header_read(file, span.at_bytes, index, &span.at_bytes,
                                &room, err);
    if (status == RT_OK)
        status = rt_jp2_parts_find(file, &span, remote, index, room, err);
    if (status == RT_OK)
        status = sort_parts(index, err);
    for (uint32_t i = 0;
         status == RT_OK && tile_count(index) == 1 && i < index->n_parts; i++)
        index->own_header = index->own_header ||
                            rt_jp2_part_has_own_header(file, &index->parts[i]);
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

/* Position of tile i of a row or column in the image. */
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
    const uint32_t first = index->first_part[tile];

    return first < index->first_part[tile + 1] && index->parts[first].is_whole;
}

bool rt_jp2_part_begins(const struct rt_jp2_part *part, const uint8_t *bytes)
{
    const uint32_t n_bytes = rt_jp2_u32(bytes + 6);

    return rt_jp2_u16(bytes) == RT_JP2_SOT && rt_jp2_u16(bytes + 2) == 10 &&
           rt_jp2_u16(bytes + 4) == part->tile &&
           (n_bytes == 0 || n_bytes == part->n_bytes);
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
