/* stream.c - see stream.h.
 *
 * The stream is a row of pieces: a new main header; for each tile-part its
 * marker SOT with the tile's new number, and the rest as it is in the file; the
 * marker EOC.
 */
#include "io/jp2/stream.h"

#include <stdlib.h>
#include <string.h>

#include "io/jp2/markers.h"

/* OpenJPEG reads larger amounts directly, without its buffer. */
#define BUFFER_BYTES 16384
#define SOC_AND_SIZ_BYTES 6
#define EOC_BYTES 2

struct piece {
    uint64_t at_bytes; /* in the stream */
    uint64_t n_bytes;
    uint64_t in_file_bytes; /* position in the file; 0: it is not in the file */
    const uint8_t *memory;  /* or NULL */
};

struct rt_jp2_stream {
    VSILFILE *file; /* borrowed */
    opj_stream_t *opj;
    struct piece *pieces;
    size_t n_pieces;
    uint8_t *memory; /* for the pieces that are not in the file */
    uint64_t n_bytes, at_bytes;
    bool failed;
};

static void put_u32(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

/* Writes the main header of an image that consists of the tile. */
static size_t put_header(const struct rt_jp2_index *index, uint32_t tile,
                         uint8_t *at)
{
    const struct rt_window window = rt_jp2_index_tile(index, tile);
    const uint32_t x0 = index->x0_px + (uint32_t)window.x_px;
    const uint32_t y0 = index->y0_px + (uint32_t)window.y_px;
    uint8_t *siz = at + SOC_AND_SIZ_BYTES;

    put_u32(at, RT_JP2_SOC << 16 | RT_JP2_SIZ);
    at[4] = (uint8_t)((index->siz_bytes + 2) >> 8);
    at[5] = (uint8_t)(index->siz_bytes + 2);
    memcpy(siz, index->siz, index->siz_bytes);
    put_u32(siz + 2, x0 + (uint32_t)window.w_px);
    put_u32(siz + 6, y0 + (uint32_t)window.h_px);
    put_u32(siz + 10, x0);
    put_u32(siz + 14, y0);
    put_u32(siz + 18, (uint32_t)window.w_px);
    put_u32(siz + 22, (uint32_t)window.h_px);
    put_u32(siz + 26, x0);
    put_u32(siz + 30, y0);
    memcpy(siz + index->siz_bytes, index->header, index->header_bytes);
    return SOC_AND_SIZ_BYTES + index->siz_bytes + index->header_bytes;
}

static void add_piece(struct rt_jp2_stream *stream, uint64_t n_bytes,
                      const uint8_t *memory, uint64_t in_file_bytes)
{
    const struct piece piece = {stream->n_bytes, n_bytes, in_file_bytes,
                                memory};

    stream->pieces[stream->n_pieces++] = piece;
    stream->n_bytes += n_bytes;
}

static bool read_sot(VSILFILE *file, const struct rt_jp2_part *part,
                     uint8_t *at)
{
    return VSIFSeekL(file, part->at_bytes, SEEK_SET) == 0 &&
           VSIFReadL(at, 1, RT_JP2_SOT_BYTES, file) == RT_JP2_SOT_BYTES;
}

/* Writes the marker SOT of a part, for tile 0. bytes: the part's bytes, or NULL
 * to read them from the file. False if the part is not there. A length of 0
 * means up to the end; it is used for lengths that do not fit. */
static bool put_sot(VSILFILE *file, const struct rt_jp2_part *part,
                    const uint8_t *bytes, uint8_t *at)
{
    if (bytes != NULL)
        memcpy(at, bytes, RT_JP2_SOT_BYTES);
    else if (!read_sot(file, part, at))
        return false;
    if (!rt_jp2_part_begins(part, at))
        return false;
    at[4] = at[5] = 0;
    put_u32(at + 6, part->n_bytes <= UINT32_MAX ? (uint32_t)part->n_bytes : 0);
    return true;
}

static void put_pieces(struct rt_jp2_stream *stream,
                       const struct rt_jp2_index *index, uint32_t tile,
                       const uint8_t *bytes)
{
    uint8_t *at = stream->memory;
    size_t n_bytes = put_header(index, tile, at);

    add_piece(stream, n_bytes, at, 0);
    at += n_bytes;
    for (uint32_t i = index->first_part[tile]; i < index->first_part[tile + 1];
         i++) {
        const struct rt_jp2_part *part = &index->parts[i];

        stream->failed |= !put_sot(stream->file, part, bytes, at);
        add_piece(stream, RT_JP2_SOT_BYTES, at, 0);
        add_piece(stream, part->n_bytes - RT_JP2_SOT_BYTES,
                  bytes != NULL ? bytes + RT_JP2_SOT_BYTES : NULL,
                  part->at_bytes + RT_JP2_SOT_BYTES);
        at += RT_JP2_SOT_BYTES;
        if (bytes != NULL)
            bytes += part->n_bytes;
    }
    at[0] = (uint8_t)(RT_JP2_EOC >> 8);
    at[1] = (uint8_t)RT_JP2_EOC;
    add_piece(stream, EOC_BYTES, at, 0);
}

/* The piece at a position of the stream. */
static const struct piece *find_piece(const struct rt_jp2_stream *stream,
                                      uint64_t at_bytes)
{
    size_t low = 0, high = stream->n_pieces;

    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;

        if (stream->pieces[middle].at_bytes <= at_bytes)
            low = middle;
        else
            high = middle;
    }
    return &stream->pieces[low];
}

/* Reads at most n bytes, from one piece. */
static size_t read_piece(struct rt_jp2_stream *stream, uint8_t *bytes, size_t n)
{
    const struct piece *piece = find_piece(stream, stream->at_bytes);
    const uint64_t skip = stream->at_bytes - piece->at_bytes;

    if (n > piece->n_bytes - skip)
        n = (size_t)(piece->n_bytes - skip);
    if (piece->memory != NULL) {
        memcpy(bytes, piece->memory + skip, n);
        return n;
    }
    if (VSIFSeekL(stream->file, piece->in_file_bytes + skip, SEEK_SET) != 0)
        return 0;
    return VSIFReadL(bytes, 1, n, stream->file);
}

static OPJ_SIZE_T read_bytes(void *bytes, OPJ_SIZE_T n, void *context)
{
    struct rt_jp2_stream *stream = context;
    size_t done = 0;

    while (done < n && stream->at_bytes < stream->n_bytes) {
        const size_t got =
            read_piece(stream, (uint8_t *)bytes + done, n - done);

        if (got == 0) {
            stream->failed = true;
            break;
        }
        stream->at_bytes += got;
        done += got;
    }
    return done > 0 ? done : (OPJ_SIZE_T)-1;
}

static OPJ_OFF_T skip_bytes(OPJ_OFF_T n, void *context)
{
    struct rt_jp2_stream *stream = context;

    if (n < 0)
        return -1;
    if ((uint64_t)n > stream->n_bytes - stream->at_bytes)
        n = (OPJ_OFF_T)(stream->n_bytes - stream->at_bytes);
    stream->at_bytes += (uint64_t)n;
    return n;
}

static OPJ_BOOL seek_to(OPJ_OFF_T at, void *context)
{
    struct rt_jp2_stream *stream = context;

    if (at < 0 || (uint64_t)at > stream->n_bytes)
        return OPJ_FALSE;
    stream->at_bytes = (uint64_t)at;
    return OPJ_TRUE;
}

static bool alloc_pieces(struct rt_jp2_stream *stream,
                         const struct rt_jp2_index *index, uint32_t n_parts)
{
    const size_t memory_bytes = SOC_AND_SIZ_BYTES + index->siz_bytes +
                                index->header_bytes +
                                (size_t)n_parts * RT_JP2_SOT_BYTES + EOC_BYTES;

    stream->opj = opj_stream_create(BUFFER_BYTES, OPJ_TRUE);
    stream->memory = malloc(memory_bytes);
    stream->pieces =
        malloc((2 * (size_t)n_parts + 2) * sizeof(*stream->pieces));
    return stream->opj != NULL && stream->memory != NULL &&
           stream->pieces != NULL;
}

enum rt_status rt_jp2_stream_open(const struct rt_jp2_index *index,
                                  VSILFILE *file, uint32_t tile,
                                  const uint8_t *bytes,
                                  struct rt_jp2_stream **stream,
                                  struct rt_error *err)
{
    const uint32_t n_parts =
        index->first_part[tile + 1] - index->first_part[tile];
    struct rt_jp2_stream *made = calloc(1, sizeof(*made));

    if (made == NULL || !alloc_pieces(made, index, n_parts)) {
        rt_jp2_stream_close(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    made->file = file;
    put_pieces(made, index, tile, bytes);
    opj_stream_set_user_data(made->opj, made, NULL);
    opj_stream_set_user_data_length(made->opj, made->n_bytes);
    opj_stream_set_read_function(made->opj, read_bytes);
    opj_stream_set_skip_function(made->opj, skip_bytes);
    opj_stream_set_seek_function(made->opj, seek_to);
    *stream = made;
    return RT_OK;
}

void rt_jp2_stream_close(struct rt_jp2_stream *stream)
{
    if (stream == NULL)
        return;
    if (stream->opj != NULL)
        opj_stream_destroy(stream->opj);
    free(stream->pieces);
    free(stream->memory);
    free(stream);
}

void rt_jp2_stream_forget(struct rt_jp2_stream *stream)
{
    for (size_t i = 0; i < stream->n_pieces; i++)
        if (stream->pieces[i].in_file_bytes > 0)
            stream->pieces[i].memory = NULL;
}

opj_stream_t *rt_jp2_stream_opj(struct rt_jp2_stream *stream)
{
    return stream->opj;
}

bool rt_jp2_stream_failed(const struct rt_jp2_stream *stream)
{
    return stream->failed;
}
