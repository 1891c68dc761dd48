/* cog_file.c - see cog_file.h. rt_cog_file_finish is in cog_finish.c. */
#include "io/output/cog_file.h"

#include <stdlib.h>

#include "io/output/cog_file_internal.h"

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
        status = rt_cog_spill_create(folder, spill_bytes, &made->spill, err);
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
    rt_cog_spill_destroy(file->spill);
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
    return rt_cog_spill_put(file->spill, bytes, (uint32_t)n_bytes, place, err);
}

uint64_t rt_cog_file_spilled(const struct rt_cog_file *file)
{
    return rt_cog_spill_written(file->spill);
}
