/* read.c - the reading part of source.h.
 *
 * A read goes from tile to tile, in batches. Behind a network a batch's bytes
 * are fetched together, if they can be kept. Large windows of a one-tile image
 * are read in columns, side by side.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/pool.h"
#include "io/jp2/bytes.h"
#include "io/jp2/decoders.h"
#include "io/jp2/samples.h"
#include "io/jp2/source_internal.h"
#include "io/jp2/window.h"

#define BATCH_TILES 32

/* From this window size on, decoders without threads side by side are faster
 * than one decoder with threads. */
#define LARGE_PX (UINT64_C(1) << 20)

/* The arguments of a read. */
struct request {
    struct rt_jp2_source *source;
    int level;
    const int32_t *planes;
    int32_t n_planes;
    struct rt_window window; /* of the level */
    void *const *pixels;
};

/* Row y_px of inside, in the request's plane i. */
static void *row_at(const struct request *request,
                    const struct rt_window *inside, int32_t i, int32_t y_px)
{
    const struct rt_window *window = &request->window;
    const uint64_t px = (uint64_t)(inside->y_px - window->y_px + y_px) *
                            (uint64_t)window->w_px +
                        (uint64_t)(inside->x_px - window->x_px);

    return (uint8_t *)request->pixels[i] + px * request->source->px_bytes;
}

/* Component i's row for row y_px of the decoded window. NULL if the number of
 * samples is not the expected one. */
static const int32_t *samples_of(const struct rt_jp2_codec *codec, int i,
                                 const struct rt_window *decoded, int halvings,
                                 int32_t y_px)
{
    uint32_t w_px, h_px;
    const int32_t *samples = rt_jp2_codec_samples(codec, i, &w_px, &h_px);

    if (w_px != (uint32_t)rt_jp2_window_halved(decoded->w_px, halvings) ||
        h_px != (uint32_t)rt_jp2_window_halved(decoded->h_px, halvings))
        return NULL;
    return samples + (size_t)(y_px >> halvings) * w_px;
}

static bool put_row(const struct request *request,
                    const struct rt_jp2_codec *codec,
                    const struct rt_window *decoded,
                    const struct rt_window *inside, int32_t i, int32_t y_px)
{
    const struct rt_jp2_layout *layout = &request->source->layout;
    const int32_t band = request->planes[i];
    const int32_t from_px = inside->y_px - decoded->y_px + y_px;
    const size_t first = (size_t)(inside->x_px - decoded->x_px);
    const int32_t *samples =
        samples_of(codec, layout->is_ycc ? 0 : band, decoded, 0, from_px);
    void *pixels = row_at(request, inside, i, y_px);

    if (samples == NULL)
        return false;
    if (layout->is_ycc) {
        const int32_t *cb = samples_of(codec, 1, decoded, 1, from_px);
        const int32_t *cr = samples_of(codec, 2, decoded, 1, from_px);

        if (cb == NULL || cr == NULL)
            return false;
        rt_jp2_samples_rgb(samples, cb, cr, first, (size_t)inside->w_px, band,
                           pixels);
    } else {
        rt_jp2_samples_put(samples + first, (size_t)inside->w_px,
                           layout->factors[band], layout->type, pixels);
    }
    return true;
}

/* Decodes the request's part of a tile, which is inside. bytes are the tile's,
 * or NULL. */
static enum rt_status read_inside(const struct request *request,
                                  struct rt_jp2_codec *codec, uint32_t tile,
                                  const uint8_t *bytes,
                                  const struct rt_window *inside,
                                  struct rt_error *err)
{
    const struct rt_jp2_layout *layout = &request->source->layout;
    const struct rt_window whole =
        rt_jp2_window_of_tile(layout->index, tile, request->level);
    const struct rt_window decoded =
        layout->in_parts
            ? rt_jp2_window_around(layout, request->level, &whole, inside)
            : whole;
    const bool is_part = memcmp(&whole, &decoded, sizeof(whole)) != 0;
    const struct rt_window full =
        rt_jp2_window_full(layout->index, &decoded, request->level);
    enum rt_status status = rt_jp2_codec_decode(
        codec, tile, request->level, is_part ? &full : NULL, bytes, err);
    bool good = true;

    for (int32_t i = 0; status == RT_OK && i < request->n_planes; i++)
        for (int32_t y = 0; good && y < inside->h_px; y++)
            good = put_row(request, codec, &decoded, inside, i, y);
    if (good)
        return status;
    return rt_error_set(err, RT_ERR_SOURCE,
                        "source '%s': tile %u: its size is not what it should "
                        "be",
                        layout->index->path, tile);
}

/* The tiles that a read will decode next. */
struct batch {
    int32_t n;
    uint32_t tiles[BATCH_TILES];
    struct rt_window inside[BATCH_TILES]; /* the request's part of each */
    struct rt_encoded_unit units[BATCH_TILES];
};

/* Gets the bytes of the first tiles from i on and returns for how many. Tiles
 * that codec holds already need none. */
static int32_t take_bytes(const struct request *request,
                          struct rt_jp2_codec *codec, struct batch *batch,
                          int32_t i)
{
    struct rt_jp2_source *source = request->source;

    batch->units[i].block = NULL;
    if (source->kept == NULL ||
        rt_jp2_codec_has(codec, batch->tiles[i], request->level))
        return 1;
    return rt_jp2_bytes_take(source->kept, source->layout.index,
                             rt_jp2_codec_file(codec), &batch->tiles[i],
                             batch->n - i, &batch->units[i]);
}

/* Decodes tile i. If it cannot be decoded, its bytes are dropped from the
 * cache, even if codec got them in an earlier read. */
static enum rt_status read_tile(const struct request *request,
                                struct rt_jp2_codec *codec,
                                const struct batch *batch, int32_t i,
                                struct rt_error *err)
{
    struct rt_encoded_cache *kept = request->source->kept;
    struct rt_block *block = batch->units[i].block;
    const enum rt_status status = read_inside(
        request, codec, batch->tiles[i],
        block != NULL ? rt_block_pixels(block) : NULL, &batch->inside[i], err);

    if (status != RT_OK && kept != NULL)
        rt_encoded_cache_drop(kept, (int32_t)batch->tiles[i]);
    return status;
}

static enum rt_status read_tiles(const struct request *request,
                                 struct rt_jp2_codec *codec,
                                 struct batch *batch, struct rt_error *err)
{
    enum rt_status status = RT_OK;
    int32_t n;

    for (int32_t first = 0; status == RT_OK && first < batch->n; first += n) {
        n = take_bytes(request, codec, batch, first);
        for (int32_t i = first; status == RT_OK && i < first + n; i++)
            status = read_tile(request, codec, batch, i, err);
        if (request->source->kept != NULL)
            rt_encoded_cache_give_back(request->source->kept,
                                       &batch->units[first], n);
    }
    return status;
}

/* Decodes with a column's decoder, or with any. */
static enum rt_status read_batch(const struct request *request, int32_t column,
                                 struct batch *batch, struct rt_error *err)
{
    struct rt_jp2_decoders *decoders = request->source->decoders;
    struct rt_jp2_lease lease;
    enum rt_status status;

    if (batch->n == 0)
        return RT_OK;
    status =
        rt_jp2_decoders_take(decoders, column, request->level, &lease, err);
    if (status != RT_OK)
        return status;
    status = read_tiles(request, lease.codec, batch, err);
    rt_jp2_decoders_put_back(decoders, &lease);
    batch->n = 0;
    return status;
}

/* Adds a tile if it intersects the window; reads the batch when it is full. */
static enum rt_status add_tile(const struct request *request,
                               struct batch *batch, uint32_t tile,
                               struct rt_error *err)
{
    const struct rt_window whole = rt_jp2_window_of_tile(
        request->source->layout.index, tile, request->level);

    if (!rt_window_intersect(&whole, &request->window,
                             &batch->inside[batch->n]))
        return RT_OK;
    batch->tiles[batch->n++] = tile;
    return batch->n == BATCH_TILES
               ? read_batch(request, RT_JP2_NO_COLUMN, batch, err)
               : RT_OK;
}

/* Reads a column of the one tile. */
static enum rt_status read_column(const struct request *request, int32_t number,
                                  struct rt_error *err)
{
    const int32_t w_px = request->source->column_w_px;
    const struct rt_window column = {number * w_px, request->window.y_px, w_px,
                                     request->window.h_px};
    struct batch batch;

    batch.n = 1;
    batch.tiles[0] = 0;
    if (!rt_window_intersect(&column, &request->window, &batch.inside[0]))
        return RT_OK;
    return read_batch(request, number, &batch, err);
}

/* A column that a thread of the pool may read. */
struct column_task {
    struct rt_pool_task task; /* first: the pool's pointer is the column's */
    const struct request *request;
    int32_t number;
    enum rt_status status;
    struct rt_error error;
    struct column_tasks *all;
};

struct column_tasks {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    int32_t n_left; /* guarded by lock */
};

static void run_column(struct rt_pool_task *task)
{
    struct column_task *column = (struct column_task *)task;
    struct column_tasks *all = column->all;

    column->status =
        read_column(column->request, column->number, &column->error);
    pthread_mutex_lock(&all->lock);
    all->n_left--;
    pthread_cond_signal(&all->ended);
    pthread_mutex_unlock(&all->lock);
}

/* Reads n columns. The first is read here, and so are those that no thread of
 * the pool has begun. */
static void read_side_by_side(struct column_task *columns, int32_t n,
                              struct rt_pool *pool)
{
    struct column_tasks all = {.n_left = n};

    pthread_mutex_init(&all.lock, NULL);
    pthread_cond_init(&all.ended, NULL);
    for (int32_t i = 0; i < n; i++) {
        columns[i].task = (struct rt_pool_task){.run = run_column};
        columns[i].all = &all;
        if (i > 0 && pool != NULL)
            rt_pool_submit(pool, &columns[i].task);
    }
    for (int32_t i = 0; i < n; i++)
        if (i == 0 || pool == NULL || rt_pool_withdraw(pool, &columns[i].task))
            run_column(&columns[i].task);
    pthread_mutex_lock(&all.lock);
    while (all.n_left > 0)
        pthread_cond_wait(&all.ended, &all.lock);
    pthread_mutex_unlock(&all.lock);
    pthread_cond_destroy(&all.ended);
    pthread_mutex_destroy(&all.lock);
}

/* Reads the columns of the one tile, each with its own decoder. */
static enum rt_status read_columns(const struct request *request,
                                   struct rt_error *err)
{
    const int32_t w_px = request->source->column_w_px;
    const struct rt_window *window = &request->window;
    const int32_t first = window->x_px / w_px;
    const int32_t n = (window->x_px + window->w_px - 1) / w_px - first + 1;
    struct rt_pool *pool = n > 1 && !request->source->by_columns
                               ? rt_pool_acquire(request->source->n_threads)
                               : NULL;
    struct column_task columns[RT_JP2_MAX_COLUMNS];

    for (int32_t i = 0; i < n; i++) {
        columns[i].request = request;
        columns[i].number = first + i;
    }
    read_side_by_side(columns, n, pool);
    rt_pool_release(pool);
    for (int32_t i = 0; i < n; i++)
        if (columns[i].status != RT_OK) {
            *err = columns[i].error;
            return err->status;
        }
    return RT_OK;
}

/* Whether a window is large enough to be read faster by columns. */
static bool suits_columns(const struct rt_jp2_source *source, int level,
                          const struct rt_window *window)
{
    const int32_t w_px = source->column_w_px;

    if (w_px == 0 || level > 0)
        return false;
    return source->by_columns ||
           (window->x_px / w_px < (window->x_px + window->w_px - 1) / w_px &&
            rt_window_area(window) >= LARGE_PX);
}

/* The first and the last tile along an axis that pixels from_px up to to_px
 * touch. */
static void tile_span(int32_t from_px, int32_t to_px, uint32_t tile_px,
                      uint32_t n_tiles, uint32_t *first, uint32_t *last)
{
    *first = (uint32_t)from_px / tile_px;
    *last = (uint32_t)(to_px - 1) / tile_px;
    if (*last >= n_tiles)
        *last = n_tiles - 1;
}

enum rt_status rt_jp2_source_read(struct rt_jp2_source *source, int level,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    const struct rt_jp2_index *index = source->layout.index;
    const struct rt_window full = rt_jp2_window_full(index, window, level);
    const struct request request = {source,   level,   planes,
                                    n_planes, *window, pixels};
    uint32_t first_col = 0, last_col = 0, first_row = 0, last_row = 0;
    enum rt_status status = RT_OK;
    struct batch batch;

    if (suits_columns(source, level, window))
        return read_columns(&request, err);
    batch.n = 0;
    if (!source->layout.one_tile) {
        tile_span(full.x_px, full.x_px + full.w_px, index->tile_w_px,
                  index->cols, &first_col, &last_col);
        tile_span(full.y_px, full.y_px + full.h_px, index->tile_h_px,
                  index->rows, &first_row, &last_row);
    }
    for (uint32_t row = first_row; row <= last_row; row++)
        for (uint32_t col = first_col; status == RT_OK && col <= last_col;
             col++)
            status = add_tile(&request, &batch, row * index->cols + col, err);
    return status == RT_OK ? read_batch(&request, RT_JP2_NO_COLUMN, &batch, err)
                           : status;
}

enum rt_status rt_jp2_source_read_bands(struct rt_jp2_source *source,
                                        const int *bands, int32_t n_bands,
                                        const struct rt_window *window,
                                        void *pixels, struct rt_error *err)
{
    const uint64_t plane_bytes = rt_window_area(window) * source->px_bytes;
    void **planes = malloc((size_t)n_bands * sizeof(*planes));
    int32_t *numbers = malloc((size_t)n_bands * sizeof(*numbers));
    enum rt_status status;

    for (int32_t i = 0; planes != NULL && numbers != NULL && i < n_bands; i++) {
        planes[i] = (uint8_t *)pixels + (uint64_t)i * plane_bytes;
        numbers[i] = bands[i] - 1;
    }
    if (planes != NULL && numbers != NULL)
        status = rt_jp2_source_read(source, 0, numbers, n_bands, window, planes,
                                    err);
    else
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    free(numbers);
    free(planes);
    return status;
}
