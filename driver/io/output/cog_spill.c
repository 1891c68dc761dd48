/* cog_spill.c - see cog_spill.h.
 *
 * Uses a file of slots as a single slot that is as large as the limit. Tiles of
 * many images are mixed in it and are read image by image. So for each region
 * the bytes that still wait are counted.
 */
#include "io/output/cog_spill.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/spill/file.h"

#define REGION_BYTES (UINT64_C(1) << 20)

struct rt_cog_spill {
    /* Fixed after create. */
    struct rt_spill_file *file;
    int64_t slot;
    uint64_t limit_bytes;
    /* Used by any thread. */
    _Atomic uint64_t used_bytes; /* may exceed the limit after a put has
                                  * failed */
    /* Used by the thread that takes. */
    uint32_t *waiting_bytes; /* for each region; NULL: not counted */
};

static enum rt_status limit_reached(struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_IO,
                        "encoded tiles wait in a temporary file, which has "
                        "reached the limit of RETILE_SPILL_MAX");
}

enum rt_status rt_cog_spill_create(const char *folder, uint64_t limit_bytes,
                                   struct rt_cog_spill **spill,
                                   struct rt_error *err)
{
    struct rt_cog_spill *made;
    enum rt_status status;

    if (limit_bytes == 0)
        return limit_reached(err);
    if (limit_bytes > INT64_MAX)
        limit_bytes = INT64_MAX;
    made = calloc(1, sizeof(*made));
    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->limit_bytes = limit_bytes;
    status = rt_spill_file_create(folder, limit_bytes, limit_bytes, &made->file,
                                  err);
    if (status == RT_OK)
        status = rt_spill_file_take(made->file, &made->slot, err);
    if (status != RT_OK) {
        rt_cog_spill_destroy(made);
        return status;
    }
    *spill = made;
    return RT_OK;
}

void rt_cog_spill_destroy(struct rt_cog_spill *spill)
{
    if (spill == NULL)
        return;
    rt_spill_file_destroy(spill->file);
    free(spill->waiting_bytes);
    free(spill);
}

enum rt_status rt_cog_spill_put(struct rt_cog_spill *spill, const void *bytes,
                                uint32_t n_bytes, struct rt_cog_tile *tile,
                                struct rt_error *err)
{
    const uint64_t at_bytes = atomic_fetch_add(&spill->used_bytes, n_bytes);
    uint64_t sum = 0;
    enum rt_status status;

    if (at_bytes > spill->limit_bytes ||
        n_bytes > spill->limit_bytes - at_bytes)
        return limit_reached(err);
    status = rt_spill_file_write(spill->file, spill->slot, at_bytes, bytes,
                                 n_bytes, &sum, err);
    if (status == RT_OK)
        *tile = (struct rt_cog_tile){at_bytes, sum, n_bytes};
    return status;
}

uint64_t rt_cog_spill_written(const struct rt_cog_spill *spill)
{
    return rt_spill_file_written(spill->file);
}

/* Adds or subtracts a tile's bytes in each region. */
static void count_tile(struct rt_cog_spill *spill,
                       const struct rt_cog_tile *tile, bool waits)
{
    const uint64_t end_bytes = tile->at_bytes + tile->n_bytes;
    uint64_t at_bytes = tile->at_bytes;

    while (at_bytes < end_bytes) {
        const uint64_t region = at_bytes / REGION_BYTES;
        const uint64_t next_bytes = (region + 1) * REGION_BYTES;
        const uint64_t upto_bytes =
            next_bytes < end_bytes ? next_bytes : end_bytes;
        const uint32_t n_bytes = (uint32_t)(upto_bytes - at_bytes);

        if (waits)
            spill->waiting_bytes[region] += n_bytes;
        else
            spill->waiting_bytes[region] -= n_bytes;
        if (spill->waiting_bytes[region] == 0)
            rt_spill_file_clear_bytes(spill->file, spill->slot,
                                      region * REGION_BYTES, REGION_BYTES);
        at_bytes = upto_bytes;
    }
}

void rt_cog_spill_expect(struct rt_cog_spill *spill,
                         const struct rt_cog_tile *tile)
{
    /* Without memory for the counts, disk space is not freed early. */
    if (spill->waiting_bytes == NULL)
        spill->waiting_bytes =
            calloc((size_t)(atomic_load(&spill->used_bytes) / REGION_BYTES + 1),
                   sizeof(*spill->waiting_bytes));
    if (spill->waiting_bytes != NULL)
        count_tile(spill, tile, true);
}

enum rt_status rt_cog_spill_take(struct rt_cog_spill *spill,
                                 const struct rt_cog_tile *tile, void *bytes,
                                 struct rt_error *err)
{
    const enum rt_status status =
        rt_spill_file_read(spill->file, spill->slot, tile->at_bytes, bytes,
                           tile->n_bytes, tile->sum, err);

    if (status == RT_OK && spill->waiting_bytes != NULL)
        count_tile(spill, tile, false);
    return status;
}
