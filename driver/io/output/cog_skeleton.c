/* cog_skeleton.c - see cog_skeleton.h.
 *
 * libtiff returns the contents of the arrays but not their positions, so the
 * few tags are read here. GTiff has just written the file.
 */
#include "io/output/cog_skeleton.h"

#include <stdlib.h>
#include <string.h>

#include <tiff.h>

#include "core/base/checked.h"

#define MAX_DIRECTORIES 512
#define MAX_ENTRIES 4096

struct reader {
    VSILFILE *file;
    const char *path;
    bool big;
    uint64_t size_bytes;
};

/* One entry of a directory. */
struct entry {
    uint16_t tag, type;
    uint64_t n;
    uint64_t at_bytes; /* position of its values in the file */
};

static enum rt_status no_skeleton(const struct reader *reader, const char *why,
                                  struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_INTERNAL,
                        "'%s' is no skeleton of a COG: %s", reader->path, why);
}

static enum rt_status read_at(const struct reader *reader, uint64_t at_bytes,
                              void *bytes, size_t n, struct rt_error *err)
{
    if (at_bytes > reader->size_bytes || n > reader->size_bytes - at_bytes)
        return no_skeleton(reader, "it ends too early", err);
    if (VSIFSeekL(reader->file, at_bytes, SEEK_SET) != 0 ||
        VSIFReadL(bytes, 1, n, reader->file) != n)
        return rt_error_set(err, RT_ERR_IO, "cannot read '%s'", reader->path);
    return RT_OK;
}

/* A number of n_bytes (2, 4 or 8) in the machine's byte order. */
static uint64_t number(const unsigned char *bytes, uint32_t n_bytes)
{
    uint16_t two;
    uint32_t four;
    uint64_t eight;

    if (n_bytes == 2) {
        memcpy(&two, bytes, 2);
        return two;
    }
    if (n_bytes == 4) {
        memcpy(&four, bytes, 4);
        return four;
    }
    memcpy(&eight, bytes, 8);
    return eight;
}

/* Size of the types that the tags read here can have; 0 for other types. */
static uint32_t type_bytes(uint16_t type)
{
    switch (type) {
    case TIFF_SHORT:
        return 2;
    case TIFF_LONG:
        return 4;
    case TIFF_LONG8:
        return 8;
    default:
        return 0;
    }
}

static uint32_t place_bytes(const struct reader *reader)
{
    return reader->big ? 8 : 4;
}

static uint32_t entry_bytes(const struct reader *reader)
{
    return reader->big ? 20 : 12;
}

/* at_bytes is the position of the entry: values that fit are stored in the
 * entry itself. */
static void parse_entry(const struct reader *reader, const unsigned char *bytes,
                        uint64_t at_bytes, struct entry *entry)
{
    const uint32_t room = place_bytes(reader);

    entry->tag = (uint16_t)number(bytes, 2);
    entry->type = (uint16_t)number(bytes + 2, 2);
    entry->n = number(bytes + 4, room);
    if (entry->n <= room && entry->n * type_bytes(entry->type) <= room)
        entry->at_bytes = at_bytes + 4 + room;
    else
        entry->at_bytes = number(bytes + 4 + room, room);
}

static enum rt_status read_value(const struct reader *reader,
                                 const struct entry *entry, uint64_t *value,
                                 struct rt_error *err)
{
    const uint32_t n_bytes = type_bytes(entry->type);
    unsigned char bytes[8];
    enum rt_status status;

    if (n_bytes == 0 || entry->n != 1)
        return no_skeleton(reader, "a tag is not as expected", err);
    status = read_at(reader, entry->at_bytes, bytes, n_bytes, err);
    if (status == RT_OK)
        *value = number(bytes, n_bytes);
    return status;
}

static enum rt_status set_array(const struct reader *reader,
                                const struct entry *entry,
                                struct rt_cog_array *array,
                                struct rt_error *err)
{
    uint64_t n_bytes, end;

    *array = (struct rt_cog_array){entry->at_bytes, entry->n,
                                   type_bytes(entry->type)};
    if (array->entry_bytes == 0 || array->n == 0 || array->at_bytes == 0 ||
        !rt_mul_u64(array->n, array->entry_bytes, &n_bytes) ||
        !rt_add_u64(array->at_bytes, n_bytes, &end) || end > reader->size_bytes)
        return no_skeleton(reader, "it has no place for the tiles' offsets",
                           err);
    return RT_OK;
}

static enum rt_status set_size(const struct reader *reader,
                               const struct entry *entry, int32_t *size_px,
                               struct rt_error *err)
{
    uint64_t value = 0;
    const enum rt_status status = read_value(reader, entry, &value, err);

    if (status != RT_OK)
        return status;
    if (value == 0 || value > INT32_MAX)
        return no_skeleton(reader, "a size is out of range", err);
    *size_px = (int32_t)value;
    return RT_OK;
}

static enum rt_status take_entry(const struct reader *reader,
                                 const struct entry *entry,
                                 struct rt_cog_directory *directory,
                                 struct rt_error *err)
{
    uint64_t value = 0;
    enum rt_status status = RT_OK;

    switch (entry->tag) {
    case TIFFTAG_SUBFILETYPE:
        status = read_value(reader, entry, &value, err);
        directory->overview = (value & FILETYPE_REDUCEDIMAGE) != 0;
        directory->mask = (value & FILETYPE_MASK) != 0;
        return status;
    case TIFFTAG_PLANARCONFIG:
        status = read_value(reader, entry, &value, err);
        directory->planes_apart = value == PLANARCONFIG_SEPARATE;
        return status;
    case TIFFTAG_IMAGEWIDTH:
        return set_size(reader, entry, &directory->w_px, err);
    case TIFFTAG_IMAGELENGTH:
        return set_size(reader, entry, &directory->h_px, err);
    case TIFFTAG_TILEWIDTH:
        return set_size(reader, entry, &directory->tile_w_px, err);
    case TIFFTAG_TILELENGTH:
        return set_size(reader, entry, &directory->tile_h_px, err);
    case TIFFTAG_TILEOFFSETS:
        return set_array(reader, entry, &directory->offsets, err);
    case TIFFTAG_TILEBYTECOUNTS:
        return set_array(reader, entry, &directory->counts, err);
    default:
        return RT_OK;
    }
}

/* Reads the directory at at_bytes; *next_bytes is set to the position of the
 * next one. */
static enum rt_status read_directory(const struct reader *reader,
                                     uint64_t at_bytes,
                                     struct rt_cog_directory *directory,
                                     uint64_t *next_bytes, struct rt_error *err)
{
    const uint32_t count_bytes = reader->big ? 8 : 2;
    unsigned char bytes[20];
    enum rt_status status = read_at(reader, at_bytes, bytes, count_bytes, err);
    const uint64_t n = status == RT_OK ? number(bytes, count_bytes) : 0;

    if (status == RT_OK && n > MAX_ENTRIES)
        return no_skeleton(reader, "a directory has too many tags", err);
    at_bytes += count_bytes;
    for (uint64_t i = 0; status == RT_OK && i < n; i++) {
        struct entry entry;

        status = read_at(reader, at_bytes, bytes, entry_bytes(reader), err);
        if (status != RT_OK)
            break;
        parse_entry(reader, bytes, at_bytes, &entry);
        status = take_entry(reader, &entry, directory, err);
        at_bytes += entry_bytes(reader);
    }
    if (status == RT_OK)
        status = read_at(reader, at_bytes, bytes, place_bytes(reader), err);
    if (status != RT_OK)
        return status;
    *next_bytes = number(bytes, place_bytes(reader));
    if (directory->w_px == 0 || directory->h_px == 0 ||
        directory->tile_w_px == 0 || directory->tile_h_px == 0 ||
        directory->offsets.n == 0 ||
        directory->offsets.n != directory->counts.n)
        return no_skeleton(reader, "a directory has no tiles", err);
    return RT_OK;
}

/* Finds the position of the first directory. */
static enum rt_status read_header(struct reader *reader, uint64_t *first_bytes,
                                  struct rt_error *err)
{
    const uint16_t one = 1;
    const bool little = *(const unsigned char *)&one == 1;
    unsigned char bytes[16];
    enum rt_status status;

    if (VSIFSeekL(reader->file, 0, SEEK_END) != 0)
        return rt_error_set(err, RT_ERR_IO, "cannot read '%s'", reader->path);
    reader->size_bytes = VSIFTellL(reader->file);
    status = read_at(reader, 0, bytes, 16, err);
    if (status != RT_OK)
        return status;
    if (memcmp(bytes, little ? "II" : "MM", 2) != 0)
        return no_skeleton(reader, "its byte order is not the machine's", err);
    reader->big = number(bytes + 2, 2) == TIFF_VERSION_BIG;
    *first_bytes = reader->big ? number(bytes + 8, 8) : number(bytes + 4, 4);
    return RT_OK;
}

enum rt_status rt_cog_skeleton_read(VSILFILE *file, const char *path,
                                    struct rt_cog_skeleton *skeleton,
                                    struct rt_error *err)
{
    struct reader reader = {.file = file, .path = path};
    uint64_t next_bytes = 0;
    enum rt_status status = read_header(&reader, &next_bytes, err);

    *skeleton =
        (struct rt_cog_skeleton){reader.big, reader.size_bytes, 0, NULL};
    if (status != RT_OK)
        return status;
    skeleton->directories =
        calloc(MAX_DIRECTORIES, sizeof(*skeleton->directories));
    if (skeleton->directories == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    while (status == RT_OK && next_bytes != 0 && skeleton->n < MAX_DIRECTORIES)
        status = read_directory(&reader, next_bytes,
                                &skeleton->directories[skeleton->n++],
                                &next_bytes, err);
    if (status == RT_OK && (next_bytes != 0 || skeleton->n == 0))
        status = no_skeleton(&reader, "none or too many directories", err);
    if (status != RT_OK)
        rt_cog_skeleton_clear(skeleton);
    return status;
}

enum rt_status rt_cog_skeleton_open(const char *path,
                                    struct rt_cog_skeleton *skeleton,
                                    struct rt_error *err)
{
    VSILFILE *file = VSIFOpenL(path, "rb");
    enum rt_status status;

    *skeleton = (struct rt_cog_skeleton){0};
    if (file == NULL)
        return rt_error_set(err, RT_ERR_IO, "cannot read '%s'", path);
    status = rt_cog_skeleton_read(file, path, skeleton, err);
    (void)VSIFCloseL(file);
    return status;
}

void rt_cog_skeleton_clear(struct rt_cog_skeleton *skeleton)
{
    free(skeleton->directories);
    skeleton->directories = NULL;
    skeleton->n = 0;
}
