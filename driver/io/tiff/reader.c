/* reader.c - the reading part of source.h.
 *
 * libtiff gets the encoded bytes of each block (TIFFReadFromUserBuffer), so it
 * neither reads nor keeps the arrays of offsets, and needs no buffer of its
 * own. Buffers last for one read, or longer if they are to be kept.
 */
#include "io/tiff/source.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/pages.h"
#include "cpl_vsi.h"
#include "io/tiff/handle.h"
#include "io/tiff/source_internal.h"

/* Leaders and trailers around blocks of cloud-optimised files. */
#define GAP_BYTES 64
/* A little more than DEFLATE's longest run, 258. */
#define LONGEST_RUN_BYTES 512

struct rt_tiff_reader {
    const struct rt_tiff_source *source;
    TIFF *tiff;
    struct rt_tiff_messages messages;
    VSILFILE *file; /* opened by libtiff */
    int descriptor; /* of file, or -1 */
    uint8_t *raw;   /* encoded blocks; NULL between reads unless kept */
    uint8_t *block; /* a decoded block; likewise, if needed */
    uint64_t keep_bytes;
    uint64_t raw_at; /* the part of the file in raw */
    uint64_t raw_n;
};

/* One read, of one plane of the file. */
struct part {
    const struct rt_window *window;
    const int *bands;
    int32_t n_bands; /* bands taken from one block */
    bool packed;
    bool direct; /* blocks are decoded straight into pixels */
    uint8_t *pixels;
    uint64_t plane_bytes;
    uint64_t first_block; /* the plane's first block */
};

enum rt_status rt_tiff_reader_open(const struct rt_tiff_source *source,
                                   struct rt_tiff_reader **reader,
                                   struct rt_error *err)
{
    struct rt_tiff_reader *made = calloc(1, sizeof(*made));
    const void *native;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->source = source;
    made->tiff = rt_tiff_open_file(source->path, &made->messages);
    if (made->tiff == NULL) {
        (void)rt_error_set(
            err, RT_ERR_SOURCE, "cannot open source '%s': %s", source->path,
            rt_tiff_messages_text(&made->messages, "no reason given"));
        free(made);
        return RT_ERR_SOURCE;
    }
    made->file = (VSILFILE *)TIFFClientdata(made->tiff);
    native = VSIFGetNativeFileDescriptorL(made->file);
    made->descriptor = native != NULL ? (int)(intptr_t)native : -1;
    *reader = made;
    return RT_OK;
}

void rt_tiff_reader_keep(struct rt_tiff_reader *reader, uint64_t most_bytes)
{
    reader->keep_bytes = most_bytes;
}

/* False if out of memory. */
static bool make_buffers(struct rt_tiff_reader *reader, bool direct)
{
    const struct rt_tiff_source *source = reader->source;

    if (reader->raw == NULL && source->raw_bytes > 0)
        reader->raw = rt_pages_alloc(source->raw_bytes);
    if (reader->block == NULL && !direct)
        reader->block = rt_pages_alloc(source->block_bytes);
    return (reader->raw != NULL || source->raw_bytes == 0) &&
           (reader->block != NULL || direct);
}

static void free_buffers(struct rt_tiff_reader *reader)
{
    rt_pages_free(reader->raw, reader->source->raw_bytes);
    rt_pages_free(reader->block, reader->source->block_bytes);
    reader->raw = reader->block = NULL;
}

void rt_tiff_reader_close(struct rt_tiff_reader *reader)
{
    if (reader == NULL)
        return;
    free_buffers(reader);
    TIFFClose(reader->tiff);
    free(reader);
}

/* Reads up to n bytes and returns their number. */
static uint64_t read_at(const struct rt_tiff_reader *reader, uint64_t at,
                        void *bytes, uint64_t n)
{
    size_t done;

    if (reader->descriptor < 0)
        return VSIFSeekL(reader->file, at, SEEK_SET) == 0
                   ? VSIFReadL(bytes, 1, (size_t)n, reader->file)
                   : 0;
    (void)rt_tiff_pread(reader->descriptor, at, bytes, (size_t)n, &done);
    return done;
}

static enum rt_status fail(const struct rt_tiff_reader *reader, uint64_t i,
                           const char *text, struct rt_error *err)
{
    const uint64_t cols = (uint64_t)reader->source->grid.cols;
    const uint64_t rows = (uint64_t)reader->source->grid.rows;

    return rt_error_set(err, RT_ERR_SOURCE,
                        "source '%s': IReadBlock failed at X offset %llu, Y "
                        "offset %llu: %s",
                        reader->source->path, (unsigned long long)(i % cols),
                        (unsigned long long)(i / cols % rows), text);
}

static enum rt_status too_short(const struct rt_tiff_reader *reader, uint64_t i,
                                uint64_t got, uint64_t n, struct rt_error *err)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "Read error; got %llu bytes, expected %llu",
                   (unsigned long long)got, (unsigned long long)n);
    return fail(reader, i, text, err);
}

/* How many bytes to read at once from block i on: the blocks up to last that
 * are adjacent in the file. */
static uint64_t bytes_together(const struct rt_tiff_source *source, uint64_t i,
                               uint64_t last)
{
    const uint64_t start = source->blocks[i].at_bytes;
    uint64_t end = start + source->blocks[i].n_bytes;

    for (i++; i <= last; i++) {
        const struct rt_tiff_block *next = &source->blocks[i];

        if (next->n_bytes == 0)
            continue;
        if (next->at_bytes < end || next->at_bytes - end > GAP_BYTES ||
            next->at_bytes + next->n_bytes - start > source->raw_bytes)
            break;
        end = next->at_bytes + next->n_bytes;
    }
    return end - start;
}

/* Finds the encoded bytes of block i, in raw or else by reading them. */
static enum rt_status fetch(struct rt_tiff_reader *reader, uint64_t i,
                            uint64_t last, uint8_t **encoded,
                            struct rt_error *err)
{
    const struct rt_tiff_block *block = &reader->source->blocks[i];
    const uint64_t end = block->at_bytes + block->n_bytes;

    if (block->at_bytes < reader->raw_at ||
        end > reader->raw_at + reader->raw_n) {
        reader->raw_at = block->at_bytes;
        reader->raw_n = read_at(reader, block->at_bytes, reader->raw,
                                bytes_together(reader->source, i, last));
    }
    if (end > reader->raw_at + reader->raw_n)
        return too_short(reader, i, reader->raw_n, block->n_bytes, err);
    *encoded = reader->raw + (block->at_bytes - reader->raw_at);
    return RT_OK;
}

/* libtiff accepts a damaged DEFLATE stream that holds more than the block, and
 * then leaves the end of the block unwritten: less than the longest run that a
 * stream can repeat. */
static void clear_end(uint8_t *out, uint64_t n)
{
    const uint64_t n_end = n < LONGEST_RUN_BYTES ? n : LONGEST_RUN_BYTES;

    memset(out + (n - n_end), 0, (size_t)n_end);
}

/* Decodes the first rows of block i into out. */
static enum rt_status decode(struct rt_tiff_reader *reader, uint64_t i,
                             uint64_t last, int32_t rows, void *out,
                             struct rt_error *err)
{
    const struct rt_tiff_source *source = reader->source;
    const uint64_t n =
        (uint64_t)rows * (uint64_t)source->grid.block_w_px * source->px_bytes;
    uint64_t n_encoded = source->blocks[i].n_bytes;
    uint8_t *encoded = out;

    if (source->encoded) {
        const enum rt_status status = fetch(reader, i, last, &encoded, err);

        if (status != RT_OK)
            return status;
        clear_end(out, n);
    } else {
        n_encoded = read_at(reader, source->blocks[i].at_bytes, out, n);
        if (n_encoded < n)
            return too_short(reader, i, n_encoded, n, err);
        if (!TIFFIsByteSwapped(reader->tiff))
            return RT_OK;
    }
    reader->messages.first_error[0] = '\0';
    if (TIFFReadFromUserBuffer(reader->tiff, (uint32_t)i, encoded,
                               (tmsize_t)n_encoded, out, (tmsize_t)n) == 1)
        return RT_OK;
    return fail(
        reader, i,
        rt_tiff_messages_text(&reader->messages, "it cannot be decoded"), err);
}

/* Writes n times the bytes of unit. */
static void repeat(uint8_t *out, const uint8_t *unit, size_t unit_bytes,
                   size_t n)
{
    size_t done = unit_bytes;

    memcpy(out, unit, unit_bytes);
    while (done < n * unit_bytes) {
        const size_t left = n * unit_bytes - done;
        const size_t more = left < done ? left : done;

        memcpy(out + done, out, more);
        done += more;
    }
}

/* The destination of row y of inside, for plane i, or for all planes if
 * packed. */
static uint8_t *row_of(const struct rt_tiff_source *source,
                       const struct part *part, const struct rt_window *inside,
                       int32_t i, int32_t y)
{
    const uint64_t px_bytes =
        part->packed ? source->px_bytes : source->sample_bytes;
    const uint64_t px = (uint64_t)(inside->y_px - part->window->y_px + y) *
                            (uint64_t)part->window->w_px +
                        (uint64_t)(inside->x_px - part->window->x_px);

    return part->pixels + (uint64_t)i * part->plane_bytes + px * px_bytes;
}

static void fill_missing(const struct rt_tiff_source *source,
                         const struct part *part,
                         const struct rt_window *inside)
{
    const int32_t n = part->packed ? 1 : part->n_bands;

    for (int32_t i = 0; i < n; i++) {
        const uint8_t *unit = source->missing;
        const size_t bytes =
            part->packed ? source->px_bytes : source->sample_bytes;

        if (!part->packed)
            unit += (size_t)(part->bands[i] - 1) * bytes;
        for (int32_t y = 0; y < inside->h_px; y++)
            repeat(row_of(source, part, inside, i, y), unit, bytes,
                   (size_t)inside->w_px);
    }
}

/* Copies the part of a decoded block that lies inside the window. */
static void copy_out(const struct rt_tiff_source *source,
                     const struct part *part, const struct rt_window *block,
                     const struct rt_window *inside, const uint8_t *decoded)
{
    const uint64_t row_bytes =
        (uint64_t)source->grid.block_w_px * source->px_bytes;
    const bool whole = part->packed || source->samples == 1; /* one plane */
    const int sample_bytes = (int)source->sample_bytes;

    decoded += (uint64_t)(inside->y_px - block->y_px) * row_bytes +
               (uint64_t)(inside->x_px - block->x_px) * source->px_bytes;
    for (int32_t y = 0; y < inside->h_px; y++, decoded += row_bytes) {
        if (whole)
            memcpy(row_of(source, part, inside, 0, y), decoded,
                   (size_t)inside->w_px * source->px_bytes);
        for (int32_t i = 0; !whole && i < part->n_bands; i++)
            GDALCopyWords(decoded + (part->bands[i] - 1) * sample_bytes,
                          source->type, (int)source->px_bytes,
                          row_of(source, part, inside, i, y), source->type,
                          sample_bytes, inside->w_px);
    }
}

/* Reads the window's part of the block at col, row. last: the last block that
 * this read will need. */
static enum rt_status read_block(struct rt_tiff_reader *reader,
                                 const struct part *part, int32_t col,
                                 int32_t row, uint64_t last,
                                 struct rt_error *err)
{
    const struct rt_tiff_source *source = reader->source;
    const struct rt_window block = rt_grid_block(&source->grid, col, row);
    const uint64_t i = part->first_block +
                       (uint64_t)row * (uint64_t)source->grid.cols +
                       (uint64_t)col;
    struct rt_window inside = block;
    enum rt_status status;

    (void)rt_window_intersect(&block, part->window, &inside);
    if (source->blocks[i].n_bytes == 0) {
        fill_missing(source, part, &inside);
        return RT_OK;
    }
    if (part->direct)
        return decode(reader, i, last, inside.h_px,
                      row_of(source, part, &inside, 0, 0), err);
    status = decode(reader, i, last, block.h_px, reader->block, err);
    if (status == RT_OK)
        copy_out(source, part, &block, &inside, reader->block);
    return status;
}

static enum rt_status read_part(struct rt_tiff_reader *reader,
                                const struct part *part, struct rt_error *err)
{
    const struct rt_grid *grid = &reader->source->grid;
    const struct rt_block_range range = rt_grid_cover(grid, part->window);
    const bool whole_rows = range.cols == grid->cols;
    enum rt_status status = RT_OK;

    for (int32_t i = 0; status == RT_OK && i < range.rows; i++) {
        const int32_t last_row =
            range.row_blk + (whole_rows ? range.rows - 1 : i);
        const uint64_t last = part->first_block +
                              (uint64_t)last_row * (uint64_t)grid->cols +
                              (uint64_t)(range.col_blk + range.cols - 1);

        for (int32_t j = 0; status == RT_OK && j < range.cols; j++)
            status = read_block(reader, part, range.col_blk + j,
                                range.row_blk + i, last, err);
    }
    return status;
}

/* The index at which the band at i was first requested. */
static int32_t first_of(const int *bands, int32_t i)
{
    int32_t first = 0;

    while (bands[first] != bands[i])
        first++;
    return first;
}

/* Blocks of one sample are read band by band. The same band may be requested
 * several times; it is decoded once. */
static enum rt_status read_planes(struct rt_tiff_reader *reader,
                                  const struct part *whole,
                                  struct rt_error *err)
{
    const struct rt_grid *grid = &reader->source->grid;
    enum rt_status status = RT_OK;

    if (reader->source->samples > 1)
        return read_part(reader, whole, err);
    for (int32_t i = 0; status == RT_OK && i < whole->n_bands; i++) {
        const int32_t first = first_of(whole->bands, i);
        struct part one = *whole;

        one.bands += i;
        one.n_bands = 1;
        one.pixels += (uint64_t)i * whole->plane_bytes;
        one.first_block = (uint64_t)(*one.bands - 1) * (uint64_t)grid->cols *
                          (uint64_t)grid->rows;
        if (first < i)
            memcpy(one.pixels,
                   whole->pixels + (uint64_t)first * whole->plane_bytes,
                   (size_t)whole->plane_bytes);
        else
            status = read_part(reader, &one, err);
    }
    return status;
}

enum rt_status rt_tiff_reader_read(struct rt_tiff_reader *reader,
                                   const int *bands, int32_t n_bands,
                                   bool packed, const struct rt_window *window,
                                   void *pixels, struct rt_error *err)
{
    const struct rt_tiff_source *source = reader->source;
    struct part part = {.window = window,
                        .bands = bands,
                        .n_bands = n_bands,
                        .packed = packed,
                        .pixels = pixels,
                        .plane_bytes =
                            rt_window_area(window) * source->sample_bytes};
    enum rt_status status;

    part.direct = rt_tiff_source_is_direct(source, window, packed);
    reader->raw_at = reader->raw_n = 0;
    if (make_buffers(reader, part.direct))
        status = read_planes(reader, &part, err);
    else
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (source->raw_bytes + source->block_bytes > reader->keep_bytes)
        free_buffers(reader);
    return status;
}
