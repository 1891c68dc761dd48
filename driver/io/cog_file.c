/* cog_file.c - see cog_file.h. What finishing writes is in cog_finish.c.
 *
 * The temporary file is a log: a tile goes behind all that came before it, of
 * whatever image. To the file of slots that it is, it is one slot as large as
 * the limit.
 */
#include "io/cog_file.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "io/cog_file_internal.h"

#define GIVE_BACK_LEAST_BYTES (UINT64_C(64) << 10)
#define GIVE_BACK_MOST_BYTES (UINT64_C(4) << 20)

struct rt_cog_spill {
    /* Fixed after create. */
    struct rt_spill_file *file;
    int64_t slot;
    uint64_t limit_bytes;
    /* Any thread. */
    _Atomic uint64_t used_bytes; /* may pass the limit where a put fails */
    /* The thread that finishes. */
    uint64_t taken_from_bytes, taken_to_bytes; /* to be given back */
};

int32_t rt_cog_directory_of(const struct rt_cog_shape *shape, int32_t level,
                            bool mask)
{
    if (!shape->masks)
        return level;
    if (level == 0)
        return mask ? 1 : 0;
    return mask ? shape->n_levels + level : 1 + level;
}

static enum rt_status out_of_memory(struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

static void destroy_spill(struct rt_cog_spill *spill)
{
    if (spill == NULL)
        return;
    rt_spill_file_destroy(spill->file);
    free(spill);
}

static enum rt_status limit_reached(struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_IO,
                        "encoded tiles wait in a temporary file, which has "
                        "reached the limit of RETILE_SPILL_MAX");
}

static enum rt_status create_spill(const char *folder, uint64_t limit_bytes,
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
        return out_of_memory(err);
    made->limit_bytes = limit_bytes;
    status = rt_spill_file_create(folder, limit_bytes, limit_bytes, &made->file,
                                  err);
    if (status == RT_OK)
        status = rt_spill_file_take(made->file, &made->slot, err);
    if (status != RT_OK) {
        destroy_spill(made);
        return status;
    }
    *spill = made;
    return RT_OK;
}

static enum rt_status write_spill(struct rt_cog_spill *spill, const void *bytes,
                                  uint64_t n_bytes, struct rt_cog_tile *tile,
                                  struct rt_error *err)
{
    const uint64_t at_bytes = atomic_fetch_add(&spill->used_bytes, n_bytes);

    if (at_bytes > spill->limit_bytes ||
        n_bytes > spill->limit_bytes - at_bytes)
        return limit_reached(err);
    tile->at_bytes = at_bytes;
    return rt_spill_file_write(spill->file, spill->slot, at_bytes, bytes,
                               n_bytes, &tile->sum, err);
}

/* Otherwise the disk would have to hold everything twice in the end. What lies
 * side by side is given back together; a little of it is not worth a call. */
static void give_back(struct rt_cog_spill *spill,
                      const struct rt_cog_tile *tile)
{
    const uint64_t n_bytes = spill->taken_to_bytes - spill->taken_from_bytes;
    const bool follows = tile->at_bytes == spill->taken_to_bytes;

    if (!follows || n_bytes >= GIVE_BACK_MOST_BYTES) {
        if (n_bytes >= GIVE_BACK_LEAST_BYTES)
            rt_spill_file_clear_bytes(spill->file, spill->slot,
                                      spill->taken_from_bytes, n_bytes);
        spill->taken_from_bytes = tile->at_bytes;
    }
    spill->taken_to_bytes = tile->at_bytes + tile->n_bytes;
}

enum rt_status rt_cog_spill_take(struct rt_cog_spill *spill,
                                 const struct rt_cog_tile *tile, void *bytes,
                                 struct rt_error *err)
{
    const enum rt_status status =
        rt_spill_file_read(spill->file, spill->slot, tile->at_bytes, bytes,
                           tile->n_bytes, tile->sum, err);

    if (status == RT_OK)
        give_back(spill, tile);
    return status;
}

static enum rt_status create_images(const struct rt_cog_shape *shape,
                                    struct rt_cog_file *file,
                                    struct rt_error *err)
{
    const int32_t kinds = shape->masks ? 2 : 1;

    file->n_images = kinds * shape->n_levels;
    file->images = calloc((size_t)file->n_images, sizeof(*file->images));
    if (file->images == NULL)
        return out_of_memory(err);
    for (int32_t i = 0; i < file->n_images; i++) {
        const int32_t level = i / kinds;
        struct rt_cog_image *image =
            &file->images[rt_cog_directory_of(shape, level, i % kinds == 1)];

        image->n_tiles = shape->n_tiles[level];
        image->tiles = calloc(image->n_tiles, sizeof(*image->tiles));
        if (image->tiles == NULL)
            return out_of_memory(err);
    }
    return RT_OK;
}

enum rt_status rt_cog_file_create(const struct rt_cog_shape *shape,
                                  const char *folder, uint64_t spill_bytes,
                                  struct rt_cog_file **file,
                                  struct rt_error *err)
{
    struct rt_cog_file *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return out_of_memory(err);
    made->shape = *shape;
    made->shape.n_tiles = NULL;
    status = create_images(shape, made, err);
    if (status == RT_OK)
        status = create_spill(folder, spill_bytes, &made->spill, err);
    if (status != RT_OK) {
        rt_cog_file_destroy(made);
        return status;
    }
    *file = made;
    return RT_OK;
}

void rt_cog_file_destroy(struct rt_cog_file *file)
{
    if (file == NULL)
        return;
    destroy_spill(file->spill);
    for (int32_t i = 0; file->images != NULL && i < file->n_images; i++)
        free(file->images[i].tiles);
    free(file->images);
    free(file);
}

enum rt_status rt_cog_file_put(struct rt_cog_file *file, int32_t directory,
                               uint32_t tile, const void *bytes,
                               uint64_t n_bytes, struct rt_error *err)
{
    struct rt_cog_tile *place;
    enum rt_status status;

    if (directory < 0 || directory >= file->n_images ||
        tile >= file->images[directory].n_tiles || n_bytes > UINT32_MAX - 8)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "%llu bytes for tile %u of directory %d",
                            (unsigned long long)n_bytes, tile, directory);
    place = &file->images[directory].tiles[tile];
    if (place->n_bytes != 0)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "tile %u of directory %d is put twice", tile,
                            directory);
    if (n_bytes == 0)
        return RT_OK;
    status = write_spill(file->spill, bytes, n_bytes, place, err);
    if (status == RT_OK)
        place->n_bytes = (uint32_t)n_bytes;
    return status;
}

uint64_t rt_cog_file_spilled(const struct rt_cog_file *file)
{
    return rt_spill_file_written(file->spill->file);
}
