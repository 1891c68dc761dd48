/* bytes.c - see bytes.h. */
#include "io/jp2/bytes.h"

#include "io/jp2/header.h"

/* Limits of one call. It needs as much memory again, and fetches ranges that
 * are not adjacent in parallel. */
#define CALL_BYTES (UINT64_C(4) << 20)
#define CALL_RANGES 32

struct call {
    VSILFILE *file; /* borrowed */
    uint64_t n_bytes;
    int n;
    bool failed; /* this call or an earlier one */
    /* One entry more than the limit: see read_now. */
    void *to[CALL_RANGES + 1];
    vsi_l_offset at_bytes[CALL_RANGES + 1];
    size_t sizes[CALL_RANGES + 1];
};

static void add(struct call *call, uint64_t at_bytes, size_t n_bytes, void *to)
{
    call->at_bytes[call->n] = at_bytes;
    call->sizes[call->n] = n_bytes;
    call->to[call->n++] = to;
    call->n_bytes += n_bytes;
}

/* Reads the ranges one by one, in chunks, which GDAL requests again if the
 * server was busy. */
static bool read_plainly(const struct call *call)
{
    for (int i = 0; i < call->n; i++)
        if (VSIFSeekL(call->file, call->at_bytes[i], SEEK_SET) != 0 ||
            VSIFReadL(call->to[i], 1, call->sizes[i], call->file) !=
                call->sizes[i])
            return false;
    return true;
}

/* A single range would be read in chunks. So it is split in two adjacent
 * ranges, which GDAL fetches in one request. */
static void read_now(struct call *call)
{
    const size_t first = call->n == 1 ? call->sizes[0] / 2 : 0;

    if (first > 0) {
        const size_t second = call->sizes[0] - first;

        call->sizes[0] = first;
        add(call, call->at_bytes[0] + first, second,
            (uint8_t *)call->to[0] + first);
    }
    if (call->n > 0 && !call->failed)
        call->failed = VSIFReadMultiRangeL(call->n, call->to, call->at_bytes,
                                           call->sizes, call->file) != 0 &&
                       !read_plainly(call);
    call->n = 0;
    call->n_bytes = 0;
}

static void read_part(struct call *call, const struct rt_jp2_part *part,
                      uint8_t *to)
{
    for (uint64_t done = 0; done < part->n_bytes;) {
        uint64_t n_bytes = part->n_bytes - done;

        if (n_bytes > CALL_BYTES)
            n_bytes = CALL_BYTES;
        if (call->n == CALL_RANGES || call->n_bytes + n_bytes > CALL_BYTES)
            read_now(call);
        add(call, part->at_bytes + done, (size_t)n_bytes, to + done);
        done += n_bytes;
    }
}

static void read_tile(struct call *call, const struct rt_jp2_index *index,
                      uint32_t tile, uint8_t *to)
{
    for (uint32_t i = index->first_part[tile]; i < index->first_part[tile + 1];
         i++) {
        read_part(call, &index->parts[i], to);
        to += index->parts[i].n_bytes;
    }
}

/* Whether bytes agree with the index about the tile, as far as the parts'
 * markers show. */
static bool is_tile(const struct rt_jp2_index *index, uint32_t tile,
                    const uint8_t *bytes)
{
    for (uint32_t i = index->first_part[tile]; i < index->first_part[tile + 1];
         i++) {
        if (!rt_jp2_part_begins(&index->parts[i], bytes))
            return false;
        bytes += index->parts[i].n_bytes;
    }
    return true;
}

struct loading {
    const struct rt_jp2_index *index;
    VSILFILE *file;
};

static void load(void *context, struct rt_encoded_unit *units, int32_t n_units)
{
    const struct loading *loading = context;
    const struct rt_jp2_index *index = loading->index;
    struct call call = {.file = loading->file};

    for (int32_t i = 0; i < n_units; i++) {
        const uint32_t tile = (uint32_t)units[i].number;

        units[i].loaded = units[i].wanted && rt_jp2_index_is_whole(index, tile);
        if (units[i].loaded)
            read_tile(&call, index, tile, rt_block_pixels(units[i].block));
    }
    read_now(&call);
    for (int32_t i = 0; i < n_units; i++)
        if (units[i].loaded)
            units[i].loaded =
                !call.failed && is_tile(index, (uint32_t)units[i].number,
                                        rt_block_pixels(units[i].block));
}

int32_t rt_jp2_bytes_take(struct rt_encoded_cache *kept,
                          const struct rt_jp2_index *index, VSILFILE *file,
                          const uint32_t *tiles, int32_t n_tiles,
                          struct rt_encoded_unit *units)
{
    struct loading loading = {index, file};
    const struct rt_byte_loader loader = {load, &loading};
    int32_t n;

    for (int32_t i = 0; i < n_tiles; i++)
        units[i] = (struct rt_encoded_unit){
            .number = (int32_t)tiles[i],
            .n_bytes = rt_jp2_index_tile_bytes(index, tiles[i])};
    n = rt_encoded_cache_fit(kept, units, n_tiles);
    if (n == 0)
        return 1;
    rt_encoded_cache_take(kept, units, n, &loader);
    return n;
}
