/* cog_finish.c - writes a COG after all its tiles have been encoded; see
 * cog_file.h.
 *
 * The tiles' sizes determine their offsets, so the arrays of offsets can be
 * written before the tiles, and the file is written in one pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_vsi.h"
#include "io/output/cog_file_internal.h"
#include "io/output/cog_skeleton.h"
#include "io/tiff/file.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define LEADER_BYTES 4
#define TRAILER_BYTES 4

struct writer {
    const struct rt_cog_file *file;
    const char *path;
    VSILFILE *target;
    int descriptor; /* of a local file, otherwise -1 */
    struct rt_cog_skeleton skeleton;
    unsigned char *buffer;
    size_t buffer_bytes, held_bytes;
    uint64_t at_bytes;      /* where the bytes in buffer will be written */
    uint64_t started_bytes; /* up to here the disk has been told to write */
    uint64_t end_bytes;     /* of the finished file */
    bool (*progress)(void *context, double done);
    void *context;
};

static enum rt_status failed(const struct writer *writer, const char *what,
                             struct rt_error *err)
{
    const int reason = errno;

    return rt_error_set(err, RT_ERR_IO, "cannot %s '%s': %s", what,
                        writer->path,
                        reason != 0 ? strerror(reason) : "unknown reason");
}

static enum rt_status flush(struct writer *writer, struct rt_error *err)
{
    const size_t n_bytes = writer->held_bytes;

    errno = 0;
    if (VSIFWriteL(writer->buffer, 1, n_bytes, writer->target) != n_bytes)
        return failed(writer, "write", err);
    writer->at_bytes += n_bytes;
    writer->held_bytes = 0;
    rt_tiff_start_disk(writer->descriptor, &writer->started_bytes,
                       writer->at_bytes);
    return RT_OK;
}

/* Continues writing at at_bytes. */
static enum rt_status go_to(struct writer *writer, uint64_t at_bytes,
                            struct rt_error *err)
{
    const enum rt_status status = flush(writer, err);

    if (status != RT_OK)
        return status;
    errno = 0;
    if (VSIFSeekL(writer->target, at_bytes, SEEK_SET) != 0)
        return failed(writer, "write", err);
    writer->at_bytes = writer->started_bytes = at_bytes;
    return RT_OK;
}

/* Reserves n_bytes in the buffer; they count as written. */
static enum rt_status make_room(struct writer *writer, size_t n_bytes,
                                unsigned char **room, struct rt_error *err)
{
    if (n_bytes > writer->buffer_bytes - writer->held_bytes) {
        const enum rt_status status = flush(writer, err);

        if (status != RT_OK)
            return status;
    }
    *room = writer->buffer + writer->held_bytes;
    writer->held_bytes += n_bytes;
    return RT_OK;
}

static const struct rt_cog_image *image_of(const struct writer *writer,
                                           int32_t level, bool mask)
{
    if (mask && !writer->file->shape.masks)
        return NULL;
    return &writer->file->images[rt_cog_directory_of(&writer->file->shape,
                                                     level, mask)];
}

/* Size of a tile in the file, with leader and trailer. */
static uint64_t placed_bytes(const struct rt_cog_image *image, uint32_t tile)
{
    if (image == NULL || image->tiles[tile].n_bytes == 0)
        return 0;
    return LEADER_BYTES + (uint64_t)image->tiles[tile].n_bytes + TRAILER_BYTES;
}

static uint64_t level_bytes(const struct writer *writer, int32_t level)
{
    const struct rt_cog_image *image = image_of(writer, level, false);
    const struct rt_cog_image *mask = image_of(writer, level, true);
    uint64_t n_bytes = 0;

    for (uint32_t i = 0; i < image->n_tiles; i++)
        n_bytes += placed_bytes(image, i) + placed_bytes(mask, i);
    return n_bytes;
}

static enum rt_status put_number(struct writer *writer, uint64_t value,
                                 uint32_t n_bytes, struct rt_error *err)
{
    const uint16_t two = (uint16_t)value;
    const uint32_t four = (uint32_t)value;
    unsigned char *room = NULL;
    enum rt_status status;

    if (n_bytes < 8 && value >> (8 * n_bytes) != 0)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "%llu does not fit the arrays of '%s'",
                            (unsigned long long)value, writer->path);
    status = make_room(writer, n_bytes, &room, err);
    if (status != RT_OK)
        return status;
    if (n_bytes == 2)
        memcpy(room, &two, 2);
    else if (n_bytes == 4)
        memcpy(room, &four, 4);
    else
        memcpy(room, &value, 8);
    return RT_OK;
}

/* Writes the offsets of a level whose tiles begin at at_bytes. */
static enum rt_status write_offsets(struct writer *writer, int32_t level,
                                    bool of_mask, uint64_t at_bytes,
                                    const struct rt_cog_array *array,
                                    struct rt_error *err)
{
    const struct rt_cog_image *image = image_of(writer, level, false);
    const struct rt_cog_image *mask = image_of(writer, level, true);
    enum rt_status status = go_to(writer, array->at_bytes, err);

    for (uint32_t i = 0; status == RT_OK && i < image->n_tiles; i++) {
        const uint64_t image_bytes = placed_bytes(image, i);
        const uint64_t mask_bytes = placed_bytes(mask, i);
        const uint64_t own_bytes = of_mask ? mask_bytes : image_bytes;
        const uint64_t offset =
            at_bytes + (of_mask ? image_bytes : 0) + LEADER_BYTES;

        status = put_number(writer, own_bytes == 0 ? 0 : offset,
                            array->entry_bytes, err);
        at_bytes += image_bytes + mask_bytes;
    }
    return status;
}

static enum rt_status write_counts(struct writer *writer,
                                   const struct rt_cog_image *image,
                                   const struct rt_cog_array *array,
                                   struct rt_error *err)
{
    enum rt_status status = go_to(writer, array->at_bytes, err);

    for (uint32_t i = 0; status == RT_OK && i < image->n_tiles; i++)
        status = put_number(writer, image->tiles[i].n_bytes, array->entry_bytes,
                            err);
    return status;
}

static enum rt_status write_level_arrays(struct writer *writer, int32_t level,
                                         uint64_t at_bytes,
                                         struct rt_error *err)
{
    const int32_t kinds = writer->file->shape.masks ? 2 : 1;
    enum rt_status status = RT_OK;

    for (int32_t kind = 0; status == RT_OK && kind < kinds; kind++) {
        const bool mask = kind == 1;
        const struct rt_cog_directory *directory =
            &writer->skeleton.directories[rt_cog_directory_of(
                &writer->file->shape, level, mask)];

        status = write_offsets(writer, level, mask, at_bytes,
                               &directory->offsets, err);
        if (status == RT_OK)
            status = write_counts(writer, image_of(writer, level, mask),
                                  &directory->counts, err);
    }
    return status;
}

static enum rt_status write_arrays(struct writer *writer, struct rt_error *err)
{
    uint64_t at_bytes = writer->skeleton.size_bytes;
    enum rt_status status = RT_OK;

    for (int32_t level = writer->file->shape.n_levels - 1;
         status == RT_OK && level >= 0; level--) {
        status = write_level_arrays(writer, level, at_bytes, err);
        at_bytes += level_bytes(writer, level);
    }
    return status;
}

static void set_leader(unsigned char *leader, uint32_t n_bytes)
{
    for (int i = 0; i < LEADER_BYTES; i++)
        leader[i] = (unsigned char)(n_bytes >> (8 * i));
}

/* If a tile has less than four bytes, the rest is 0. */
static void set_trailer(unsigned char *trailer, uint32_t n_bytes)
{
    const uint32_t n = n_bytes < TRAILER_BYTES ? n_bytes : TRAILER_BYTES;

    memset(trailer, 0, TRAILER_BYTES);
    memcpy(trailer, trailer - n, n);
}

static enum rt_status write_tile(struct writer *writer,
                                 const struct rt_cog_image *image,
                                 uint32_t tile, struct rt_error *err)
{
    const size_t n_bytes = (size_t)placed_bytes(image, tile);
    unsigned char *room = NULL;
    enum rt_status status;

    if (n_bytes == 0)
        return RT_OK;
    status = make_room(writer, n_bytes, &room, err);
    if (status != RT_OK)
        return status;
    set_leader(room, image->tiles[tile].n_bytes);
    status = rt_cog_spill_take(writer->file->spill, &image->tiles[tile],
                               room + LEADER_BYTES, err);
    set_trailer(room + n_bytes - TRAILER_BYTES, image->tiles[tile].n_bytes);
    return status;
}

static enum rt_status report(const struct writer *writer, struct rt_error *err)
{
    const uint64_t all = writer->end_bytes - writer->skeleton.size_bytes;
    const uint64_t done =
        writer->at_bytes + writer->held_bytes - writer->skeleton.size_bytes;

    if (writer->progress == NULL || all == 0 ||
        writer->progress(writer->context, (double)done / (double)all))
        return RT_OK;
    return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
}

static enum rt_status write_level(struct writer *writer, int32_t level,
                                  struct rt_error *err)
{
    const struct rt_cog_image *image = image_of(writer, level, false);
    const struct rt_cog_image *mask = image_of(writer, level, true);
    enum rt_status status = RT_OK;

    for (uint32_t i = 0; status == RT_OK && i < image->n_tiles; i++) {
        status = write_tile(writer, image, i, err);
        if (status == RT_OK)
            status = write_tile(writer, mask, i, err);
        if (status == RT_OK)
            status = report(writer, err);
    }
    return status;
}

static enum rt_status write_all(struct writer *writer, struct rt_error *err)
{
    enum rt_status status = write_arrays(writer, err);

    if (status == RT_OK)
        status = go_to(writer, writer->skeleton.size_bytes, err);
    for (int32_t level = writer->file->shape.n_levels - 1;
         status == RT_OK && level >= 0; level--)
        status = write_level(writer, level, err);
    if (status == RT_OK)
        status = flush(writer, err);
    return status;
}

/* Whether the skeleton's directories match the file's images. */
static bool fits_shape(const struct writer *writer)
{
    const struct rt_cog_shape *shape = &writer->file->shape;
    const int32_t kinds = shape->masks ? 2 : 1;

    if (writer->skeleton.n != writer->file->n_images)
        return false;
    for (int32_t i = 0; i < writer->skeleton.n; i++) {
        const int32_t level = i / kinds;
        const bool mask = i % kinds == 1;
        const struct rt_cog_directory *directory =
            &writer->skeleton
                 .directories[rt_cog_directory_of(shape, level, mask)];

        if (directory->mask != mask || directory->overview != (level > 0) ||
            directory->offsets.n != image_of(writer, level, mask)->n_tiles)
            return false;
    }
    return true;
}

static enum rt_status check_skeleton(struct writer *writer,
                                     struct rt_error *err)
{
    if (!fits_shape(writer))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "'%s' is the skeleton of other images",
                            writer->path);
    writer->end_bytes = writer->skeleton.size_bytes;
    for (int32_t i = 0; i < writer->file->shape.n_levels; i++)
        writer->end_bytes += level_bytes(writer, i);
    if (!writer->skeleton.big && writer->end_bytes > UINT32_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "'%s' would have %llu bytes, and a classic TIFF "
                            "ends at 4 GB: write it with BIGTIFF=YES",
                            writer->path,
                            (unsigned long long)writer->end_bytes);
    return RT_OK;
}

/* Finds the size of the largest tile, and announces all tiles to the spill. */
static enum rt_status prepare(struct writer *writer, struct rt_error *err)
{
    writer->buffer_bytes = BUFFER_BYTES;
    for (int32_t i = 0; i < writer->file->n_images; i++) {
        const struct rt_cog_image *image = &writer->file->images[i];

        for (uint32_t tile = 0; tile < image->n_tiles; tile++) {
            rt_cog_spill_expect(writer->file->spill, &image->tiles[tile]);
            if (placed_bytes(image, tile) > writer->buffer_bytes)
                writer->buffer_bytes = (size_t)placed_bytes(image, tile);
        }
    }
    writer->buffer = malloc(writer->buffer_bytes);
    return writer->buffer != NULL
               ? RT_OK
               : rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

static enum rt_status open_target(struct writer *writer, struct rt_error *err)
{
    errno = 0;
    writer->target = VSIFOpenL(writer->path, "rb+");
    if (writer->target == NULL)
        return failed(writer, "open", err);
    if (strncmp(writer->path, "/vsi", 4) != 0) {
        const void *native = VSIFGetNativeFileDescriptorL(writer->target);

        if (native != NULL)
            writer->descriptor = (int)(intptr_t)native;
    }
    return rt_cog_skeleton_read(writer->target, writer->path, &writer->skeleton,
                                err);
}

/* stdio writes its buffer when it is flushed, which may fail. */
static enum rt_status close_target(struct writer *writer, enum rt_status status,
                                   struct rt_error *err)
{
    if (writer->target == NULL)
        return status;
    errno = 0;
    if (VSIFFlushL(writer->target) != 0 && status == RT_OK)
        status = failed(writer, "write", err);
    errno = 0;
    if (VSIFCloseL(writer->target) != 0 && status == RT_OK)
        status = failed(writer, "write", err);
    return status;
}

enum rt_status rt_cog_file_finish(struct rt_cog_file *file, const char *path,
                                  bool (*progress)(void *context, double done),
                                  void *context, struct rt_error *err)
{
    struct writer writer = {.file = file,
                            .path = path,
                            .descriptor = -1,
                            .progress = progress,
                            .context = context};
    enum rt_status status = open_target(&writer, err);

    if (status == RT_OK)
        status = check_skeleton(&writer, err);
    if (status == RT_OK)
        status = prepare(&writer, err);
    if (status == RT_OK)
        status = write_all(&writer, err);
    status = close_target(&writer, status, err);
    free(writer.buffer);
    rt_cog_skeleton_clear(&writer.skeleton);
    return status;
}
