/* parts.c - see parts.h.
 *
 * Tile-parts state their lengths, so a walk reads only their first bytes.
 * Behind a network the walk is replaced by the lengths in the main header, if
 * it has them. Elsewhere these are not trusted, because they may be wrong.
 *
 * OpenJPEG decodes a tile from the parts that it is given. If one is missing,
 * it decodes the tile without it, to other pixels and without an error. So a
 * walk has to end at the marker EOC. If it does not, a tile is complete only if
 * its parts state how many they are and each led to the next. Whether the parts
 * of one tile fit together is left to OpenJPEG.
 */
#include "io/jp2/parts.h"

#include <stdlib.h>

#include "io/jp2/markers.h"

/* A tile has at most 255 parts. */
#define MAX_PARTS (UINT32_C(65535) * 255)
/* Parts that may be looked at one by one behind a network. */
#define REMOTE_PARTS 16
/* The markers SOT and SOD. */
#define LEAST_PART_BYTES (RT_JP2_SOT_BYTES + 2)

/* What is known about a tile's parts. */
struct tile {
    uint16_t n_found;
    uint8_t n_said; /* the number that its parts state; 0: none has stated it
                     * yet */
    bool is_odd;    /* its parts contradict each other */
};

/* A walk along the tile-parts. */
struct walk {
    VSILFILE *file;
    struct rt_jp2_index *index;
    const struct rt_jp2_span *span;
    uint64_t at_bytes;
    uint32_t room; /* capacity for parts */
    struct tile *tiles;
    bool to_end; /* the last part has no length: it goes on to the end */
};

static uint32_t tile_count(const struct rt_jp2_index *index)
{
    return index->cols * index->rows;
}

static bool read_at(const struct walk *walk, uint64_t at_bytes, uint8_t *bytes,
                    size_t n)
{
    return at_bytes + n <= walk->span->end_bytes &&
           VSIFSeekL(walk->file, at_bytes, SEEK_SET) == 0 &&
           VSIFReadL(bytes, 1, n, walk->file) == n;
}

/* Reads the marker SOT and its parameters at the walk's position. */
static bool read_sot(const struct walk *walk, uint8_t *sot)
{
    return read_at(walk, walk->at_bytes, sot, RT_JP2_SOT_BYTES) &&
           rt_jp2_u16(sot) == RT_JP2_SOT && rt_jp2_u16(sot + 2) == 10;
}

static bool is_end(const struct walk *walk, uint64_t at_bytes)
{
    uint8_t marker[2];

    return read_at(walk, at_bytes, marker, sizeof(marker)) &&
           rt_jp2_u16(marker) == RT_JP2_EOC;
}

/* The length of a part that goes on to the end; 0 if the end may be missing.
 * OpenJPEG assumes that EOC is there, so the position of EOC is the end. */
static uint64_t length_to_end(const struct walk *walk)
{
    const uint64_t end_bytes = walk->span->end_bytes;

    if (walk->span->is_cut || !is_end(walk, end_bytes - 2))
        return 0;
    return end_bytes - 2 - walk->at_bytes;
}

/* Reads the part at the walk's position. number and n_said are what the part
 * states; to_end: it has no length. False if there is no valid part. */
static bool read_part(const struct walk *walk, struct rt_jp2_part *part,
                      uint8_t *number, uint8_t *n_said, bool *to_end)
{
    uint8_t sot[RT_JP2_SOT_BYTES];

    if (!read_sot(walk, sot))
        return false;
    part->at_bytes = walk->at_bytes;
    part->tile = rt_jp2_u16(sot + 4);
    part->n_bytes = rt_jp2_u32(sot + 6);
    *number = sot[10];
    *n_said = sot[11];
    *to_end = part->n_bytes == 0;
    if (*to_end)
        part->n_bytes = length_to_end(walk);
    return part->tile < tile_count(walk->index) &&
           part->n_bytes >= LEAST_PART_BYTES &&
           part->n_bytes <= walk->span->end_bytes - walk->at_bytes;
}

static bool is_complete(const struct tile *tile)
{
    return !tile->is_odd && tile->n_said != 0 && tile->n_found == tile->n_said;
}

/* Parts after a tile's last one are not read. */
static void count(struct tile *tile, uint8_t number, uint8_t n_said)
{
    if (is_complete(tile))
        return;
    if (number != tile->n_found ||
        (n_said != 0 && tile->n_said != 0 && n_said != tile->n_said))
        tile->is_odd = true;
    if (n_said != 0)
        tile->n_said = n_said;
    tile->n_found++;
}

/* Whether no part can have been missed. A part without a length can be decoded,
 * but not walked past. The last two bytes count as EOC whatever they are, as
 * they do for OpenJPEG, which fails if they are missing. */
static bool is_all(const struct walk *walk, uint32_t last_tile)
{
    const uint64_t end_bytes = walk->span->end_bytes;

    if (!walk->to_end && is_end(walk, walk->at_bytes))
        return true;
    if (!walk->to_end &&
        (walk->at_bytes + 2 != end_bytes || walk->span->is_cut))
        return false;
    for (uint32_t i = 0; i < tile_count(walk->index); i++)
        if (!is_complete(&walk->tiles[i]) && !(walk->to_end && i == last_tile))
            return false;
    return true;
}

/* Whether each tile that was met states how many parts it has, and at least one
 * lacks some. */
static bool are_told(const struct walk *walk)
{
    bool some_lack = false;

    for (uint32_t i = 0; i < tile_count(walk->index); i++) {
        if (walk->tiles[i].n_found > 0 && walk->tiles[i].n_said == 0)
            return false;
        some_lack = some_lack || !is_complete(&walk->tiles[i]);
    }
    return some_lack && walk->index->n_parts > 0;
}

/* The last part's tile; 0 if there is none. */
static uint32_t last_tile(const struct walk *walk)
{
    const struct rt_jp2_index *index = walk->index;

    return index->n_parts > 0 ? index->parts[index->n_parts - 1].tile : 0;
}

/* Whether a part's marker is at the walk's position, even beyond the end of the
 * codestream. */
static bool leads_to_part(const struct walk *walk)
{
    uint8_t marker[2];

    return VSIFSeekL(walk->file, walk->at_bytes, SEEK_SET) == 0 &&
           VSIFReadL(marker, 1, 2, walk->file) == 2 &&
           rt_jp2_u16(marker) == RT_JP2_SOT;
}

/* Called when the walk has ended and may have missed parts. Marks the tiles
 * that are complete. The walk must have reached a part, though that part may be
 * invalid. All other damage is left to GDAL, as is the last tile of a
 * codestream whose box is cut off. But if the file continues after the
 * codestream, GDAL's driver would read there, and OpenJPEG's assertion would
 * end the process; so then nothing is left to GDAL. */
static enum rt_status keep_complete(struct walk *walk, struct rt_error *err)
{
    struct rt_jp2_index *index = walk->index;
    uint8_t sot[RT_JP2_SOT_BYTES];
    const bool at_part = read_sot(walk, sot) && rt_jp2_u32(sot + 6) != 0;

    if (!walk->span->has_more &&
        (walk->span->is_cut || walk->to_end || !at_part || !are_told(walk)))
        return rt_error_set(err, RT_ERR_SOURCE,
                            "it is damaged, or cut short: at byte %llu should "
                            "be a tile-part",
                            (unsigned long long)walk->at_bytes);
    index->damaged_at_bytes = walk->at_bytes;
    if (!leads_to_part(walk))
        walk->tiles[last_tile(walk)].is_odd = true;
    for (uint32_t i = 0; i < index->n_parts; i++)
        index->parts[i].is_whole =
            is_complete(&walk->tiles[index->parts[i].tile]);
    return RT_OK;
}

enum rt_status rt_jp2_parts_add(struct rt_jp2_index *index, uint32_t *room,
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

static enum rt_status walk_parts(struct walk *walk, bool remote,
                                 struct rt_error *err)
{
    enum rt_status status = RT_OK;
    struct rt_jp2_part part = {.is_whole = true};
    uint8_t number, n_said;
    bool to_end;

    while (status == RT_OK && !walk->to_end &&
           read_part(walk, &part, &number, &n_said, &to_end)) {
        if (remote && walk->index->n_parts == REMOTE_PARTS)
            return rt_error_set(err, RT_ERR_SOURCE,
                                "it lies behind a network, and its header does "
                                "not say where its tiles are");
        count(&walk->tiles[part.tile], number, n_said);
        status = rt_jp2_parts_add(walk->index, &walk->room, &part, err);
        walk->at_bytes += part.n_bytes;
        walk->to_end = to_end;
    }
    return status == RT_OK && !is_all(walk, last_tile(walk))
               ? keep_complete(walk, err)
               : status;
}

/* Whether the part at the walk's position is part i as the header lists it. */
static bool is_as_said(const struct walk *walk, uint32_t i)
{
    const struct rt_jp2_part *said = &walk->index->parts[i];
    struct rt_jp2_part part;
    uint8_t number, n_said;
    bool to_end;

    return read_part(walk, &part, &number, &n_said, &to_end) &&
           part.tile == said->tile && part.n_bytes == said->n_bytes;
}

/* Whether the lengths in the header lead from the first part to the end. Sets
 * the parts' positions. */
static bool follow_header(const struct walk *from)
{
    struct rt_jp2_index *index = from->index;
    struct walk walk = *from;

    for (uint32_t i = 0; i < index->n_parts; i++) {
        struct rt_jp2_part *part = &index->parts[i];

        if (part->tile >= tile_count(index) ||
            part->n_bytes < LEAST_PART_BYTES ||
            part->n_bytes > walk.span->end_bytes - walk.at_bytes)
            return false;
        if ((i == 0 || i + 1 == index->n_parts) && !is_as_said(&walk, i))
            return false;
        part->at_bytes = walk.at_bytes;
        walk.at_bytes += part->n_bytes;
    }
    return index->n_parts > 0 && is_end(&walk, walk.at_bytes);
}

enum rt_status rt_jp2_parts_find(VSILFILE *file, const struct rt_jp2_span *span,
                                 bool remote, struct rt_jp2_index *index,
                                 uint32_t room, struct rt_error *err)
{
    struct walk walk = {.file = file,
                        .index = index,
                        .span = span,
                        .at_bytes = span->at_bytes,
                        .room = room};
    enum rt_status status;

    if (remote && follow_header(&walk)) {
        index->believed = true;
        return RT_OK;
    }
    index->n_parts = 0;
    walk.tiles = calloc(tile_count(index), sizeof(*walk.tiles));
    if (walk.tiles == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = walk_parts(&walk, remote, err);
    free(walk.tiles);
    return status;
}

static bool is_own(unsigned marker)
{
    return marker == RT_JP2_COD || marker == RT_JP2_COC || marker == RT_JP2_PPT;
}

bool rt_jp2_part_has_own_header(VSILFILE *file, const struct rt_jp2_part *part)
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
