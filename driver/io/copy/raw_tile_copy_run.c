/* raw_tile_copy_run.c - see raw_tile_copy.h. Here: the copying.
 *
 * Tiles that follow one another in the source are read at once, as many as fit
 * into the buffer. Small gaps between them, such as the sizes that a COG stores
 * around each tile, are read as well.
 */
#include "io/copy/raw_tile_copy_internal.h"

#include <stdlib.h>
#include <string.h>

#include "io/tiff/tiles.h"

#define GAP_BYTES 4096
#define RUN_TILES 1024

struct tile {
    uint32_t number; /* of the file */
    uint64_t at;     /* position in the source's file */
    uint64_t n_bytes;
};

struct run {
    struct rt_raw_part *part; /* all tiles are of this one */
    struct tile tiles[RUN_TILES];
    int n;
    uint64_t at, end; /* in the source's file */
};

struct copying {
    struct rt_raw_tile_copy *from;
    struct rt_tiff_tiles *tiles; /* NULL if there is a pyramid */
    unsigned char *buffer;
    struct run run;
    uint64_t next; /* first tile of the file that is in no run yet */
    struct rt_raw_tile_copy_result *result;
};

/* Adds a tile of part if it follows the run's last tile. */
static bool extend(struct run *run, struct rt_raw_part *part,
                   const struct tile *tile, uint64_t buffer_bytes)
{
    if (run->n == 0) {
        run->part = part;
        run->at = run->end = tile->at;
    }
    if (run->n == RUN_TILES || run->part != part || tile->at < run->end ||
        tile->at - run->end > GAP_BYTES ||
        tile->at + tile->n_bytes - run->at > buffer_bytes)
        return false;
    run->tiles[run->n++] = *tile;
    run->end = tile->at + tile->n_bytes;
    return true;
}

static enum rt_status find_tile(struct rt_raw_tile_copy *from, uint64_t number,
                                struct rt_raw_part **part, struct tile *tile,
                                struct rt_error *err)
{
    const enum rt_status status =
        rt_raw_tile_copy_part(from, number, part, err);

    tile->number = (uint32_t)number;
    if (status != RT_OK ||
        rt_raw_tile_copy_locate(from, *part, number, &tile->at, &tile->n_bytes))
        return status;
    return rt_error_set(err, RT_ERR_SOURCE,
                        "the table of tiles of '%s' cannot be read",
                        (*part)->path);
}

static enum rt_status gather(struct copying *copying, struct rt_error *err)
{
    struct rt_raw_tile_copy *from = copying->from;
    const uint64_t n_tiles = rt_raw_tile_copy_tiles(from);

    copying->run.n = 0;
    for (; copying->next < n_tiles; copying->next++) {
        struct tile tile;
        struct rt_raw_part *part;
        const enum rt_status status =
            find_tile(from, copying->next, &part, &tile, err);

        if (status != RT_OK)
            return status;
        if (tile.n_bytes == 0)
            copying->result->holes++;
        else if (!extend(&copying->run, part, &tile, from->buffer_bytes))
            break;
    }
    if (copying->run.n > 0 || copying->next == n_tiles)
        return RT_OK;
    return rt_error_set(err, RT_ERR_INTERNAL,
                        "a tile is larger than any before");
}

static enum rt_status read_run(const struct copying *copying,
                               struct rt_error *err)
{
    const struct run *run = &copying->run;
    struct rt_raw_part *part = run->part;
    const uint64_t n_bytes = run->end - run->at;
    /* Finding the tile after the run may have closed it. */
    const enum rt_status status = rt_raw_part_open(copying->from, part, err);

    if (status != RT_OK)
        return status;
    if (VSIFSeekL(part->file, run->at, SEEK_SET) != 0 ||
        VSIFReadL(copying->buffer, 1, (size_t)n_bytes, part->file) != n_bytes)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s': %llu bytes at %llu cannot be read",
                            part->path, (unsigned long long)n_bytes,
                            (unsigned long long)run->at);
    return rt_source_version_check(part->version, part->path, err);
}

static enum rt_status write_tile(const struct copying *copying,
                                 const struct tile *tile, struct rt_error *err)
{
    const struct rt_image_copy *copy = copying->from->copy;
    const unsigned char *bytes = copying->buffer + (tile->at - copying->run.at);

    if (copy->pyramid != NULL)
        return copy->pyramid->put(copy->pyramid->context, 0, copy->masks,
                                  tile->number, bytes, tile->n_bytes, err);
    return rt_tiff_tiles_write(copying->tiles, tile->number, bytes,
                               tile->n_bytes, err);
}

static enum rt_status write_run(struct copying *copying, struct rt_error *err)
{
    const struct run *run = &copying->run;
    enum rt_status status = RT_OK;

    for (int i = 0; status == RT_OK && i < run->n; i++) {
        status = write_tile(copying, &run->tiles[i], err);
        copying->result->tiles++;
        copying->result->bytes += run->tiles[i].n_bytes;
    }
    return status;
}

static enum rt_status report(const struct copying *copying,
                             struct rt_error *err)
{
    const struct rt_image_copy *copy = copying->from->copy;
    const double done =
        (double)copying->next / (double)rt_raw_tile_copy_tiles(copying->from);

    if (copy->progress == NULL || copy->progress(copy->context, done))
        return RT_OK;
    return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
}

static enum rt_status copy_runs(struct copying *copying, struct rt_error *err)
{
    const uint64_t n_tiles = rt_raw_tile_copy_tiles(copying->from);
    enum rt_status status = RT_OK;

    while (status == RT_OK && copying->next < n_tiles) {
        status = gather(copying, err);
        if (status == RT_OK && copying->run.n > 0)
            status = read_run(copying, err);
        if (status == RT_OK)
            status = write_run(copying, err);
        if (status == RT_OK)
            status = report(copying, err);
    }
    return status;
}

static enum rt_status copy_all(struct copying *copying, struct rt_error *err)
{
    const struct rt_image_copy *copy = copying->from->copy;
    enum rt_status status = RT_OK;

    if (copy->pyramid == NULL)
        status = rt_tiff_tiles_open(copy->path, copy->directory,
                                    &copying->tiles, err);
    if (status != RT_OK)
        return status;
    status = copy_runs(copying, err);
    if (status == RT_OK && copying->tiles != NULL)
        return rt_tiff_tiles_close(copying->tiles, err);
    rt_tiff_tiles_abandon(copying->tiles);
    return status;
}

enum rt_status rt_raw_tile_copy_run(struct rt_raw_tile_copy *raw,
                                    struct rt_raw_tile_copy_result *result,
                                    struct rt_error *err)
{
    struct copying *copying = calloc(1, sizeof(*copying));
    enum rt_status status;

    memset(result, 0, sizeof(*result));
    if (copying != NULL)
        copying->buffer = malloc((size_t)raw->buffer_bytes + 1);
    if (copying == NULL || copying->buffer == NULL) {
        free(copying);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    copying->from = raw;
    copying->result = result;
    status = copy_all(copying, err);
    free(copying->buffer);
    free(copying);
    return status;
}
