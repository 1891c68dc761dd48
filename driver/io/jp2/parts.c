/* parts.c - see parts.h.
 *
 * Tile-parts say how long they are, so they are walked by their first bytes;
 * behind a network only where the header does not have their lengths, which are
 * not believed elsewhere: they may be wrong.
 *
 * A tile is decoded from its own parts alone, and a part that is left out is
 * not missed: the tile is decoded without it, to other pixels. Therefore a walk
 * has to end at the marker EOC. Where it does not, a tile has all its parts
 * only if they say themselves how many they are, and each led to the next.
 * Whether parts of one tile fit together is left to OpenJPEG.
 */
#include "io/jp2/parts.h"

#include <stdlib.h>

#include "io/jp2/markers.h"

/* A tile has at most 255 parts. */
#define MAX_PARTS (UINT32_C(65535) * 255)
/* That are looked at one by one behind a network. */
#define REMOTE_PARTS 16
/* SOT and SOD. */
#define LEAST_PART_BYTES (RT_JP2_SOT_BYTES + 2)

/* What is known of a tile's parts. */
struct tile {
    uint16_t n_found;
    uint8_t n_said; /* by its parts; 0: none has said it yet */
    bool is_odd;    /* they contradict each other */
};

/* A walk along the tile-parts. */
struct walk {
    VSILFILE *file;
    struct rt_jp2_index *index;
    const struct rt_jp2_span *span;
    uint64_t at_bytes;
    uint32_t room; /* for parts */
    struct tile *tiles;
    bool to_end; /* the last part has no length: it is the rest */
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

/* The marker at the walk's place, with what follows it. */
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

/* The length of a part that goes on to the end. OpenJPEG takes it that EOC is
 * there, and so where the end is; 0 where it may not be. */
static uint64_t length_to_end(const struct walk *walk)
{
    const uint64_t end_bytes = walk->span->end_bytes;

    if (walk->span->is_cut || !is_end(walk, end_bytes - 2))
        return 0;
    return end_bytes - 2 - walk->at_bytes;
}

/* The part at the walk's place, of which number and n_said are what it says of
 * itself; to_end: it has no length. False where there is none that is good. */
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

/* What follows the last part of a tile is not read. */
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

/* Whether nothing can have been left out. A part without a length can be
 * decoded, but not walked past. The last two bytes pass for EOC whatever they
 * are, as with OpenJPEG, which fails if there are none. */
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

/* Whether it can be told of each tile that was met if it lacks a part, and one
 * does. */
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

/* That of the last part; 0 where there is none. */
static uint32_t last_tile(const struct walk *walk)
{
    const struct rt_jp2_index *index = walk->index;

    return index->n_parts > 0 ? index->parts[index->n_parts - 1].tile : 0;
}

/* Whether the marker of a part is at the walk's place, be it behind the end. */
static bool leads_to_part(const struct walk *walk)
{
    uint8_t marker[2];

    return VSIFSeekL(walk->file, walk->at_bytes, SEEK_SET) == 0 &&
           VSIFReadL(marker, 1, 2, walk->file) == 2 &&
           rt_jp2_u16(marker) == RT_JP2_SOT;
}

/* The walk is over, and all may not have been found: of which tiles it has.
 * For this it has to have come to a part, if only to one that is not good; what
 * has led it elsewhere is GDAL's to find out, as is how much of the last tile
 * is enough where a box is cut off. Not where the file goes on: GDAL's driver
 * would read there, which OpenJPEG asserts that nobody does. */
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

/* Whether what the header says of part i is there, at the walk's place. */
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
 * where the parts are. */
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
