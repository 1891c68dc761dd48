/* jp2_source.c - see jp2_source.h. */
#include "io/jp2_source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"
#include "io/jp2_decoders.h"
#include "io/jp2_samples.h"
#include "io/jp2_source_internal.h"

/* From here on, decoders without threads beside each other are faster than one
 * with threads. */
#define LARGE_PX (UINT64_C(1) << 20)

/* Fixed before the first read. */
struct rt_jp2_source {
    struct rt_jp2_layout layout;
    uint32_t px_bytes;
    int n_threads;
    int32_t column_w_px; /* each column has a decoder; 0: there are none */
    bool by_columns;     /* all reads are, by the threads that read */
    struct rt_jp2_decoders *decoders;
};

/* What a read is to do. */
struct request {
    struct rt_jp2_source *source;
    int level;
    const int32_t *planes;
    int32_t n_planes;
    struct rt_window window; /* of the level */
    void *const *pixels;
};

enum rt_status rt_jp2_source_open(GDALDatasetH dataset, const char *name,
                                  CSLConstList options, int n_threads,
                                  struct rt_jp2_source **source,
                                  struct rt_error *err)
{
    struct rt_jp2_source *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_jp2_layout_find(dataset, name, options, &made->layout, err);
    if (status == RT_OK)
        status =
            rt_jp2_decoders_create(made->layout.index, &made->decoders, err);
    if (status != RT_OK) {
        rt_jp2_source_close(made);
        return status;
    }
    made->px_bytes = (uint32_t)GDALGetDataTypeSizeBytes(made->layout.type);
    made->n_threads = n_threads;
    /* One thread costs OpenJPEG more than none. */
    rt_jp2_decoders_set_threads(
        made->decoders, made->layout.one_tile && n_threads > 1 ? n_threads : 0);
    *source = made;
    return RT_OK;
}

void rt_jp2_source_close(struct rt_jp2_source *source)
{
    if (source == NULL)
        return;
    rt_jp2_decoders_destroy(source->decoders);
    rt_jp2_layout_free(&source->layout);
    free(source);
}

GDALDataType rt_jp2_source_type(const struct rt_jp2_source *source)
{
    return source->layout.type;
}

bool rt_jp2_source_has_level(const struct rt_jp2_source *source, int level)
{
    return level >= 0 && level < 32 &&
           (source->layout.levels >> level & 1) != 0;
}

bool rt_jp2_source_is_one_tile(const struct rt_jp2_source *source)
{
    return source->layout.one_tile;
}

bool rt_jp2_source_blocks(const struct rt_jp2_source *source, int level,
                          int32_t *block_w_px, int32_t *block_h_px)
{
    if (!rt_jp2_source_has_level(source, level) || !source->layout.in_parts)
        return false;
    *block_w_px = *block_h_px = RT_JP2_BLOCK_PX;
    return true;
}

bool rt_jp2_source_cut(struct rt_jp2_source *source, int step,
                       struct rt_jp2_cut *cut)
{
    if (!rt_jp2_layout_cut(&source->layout, source->n_threads, step, cut))
        return false;
    source->by_columns = cut->n_decoders > 1;
    source->column_w_px = source->by_columns ? cut->w_px : 0;
    return true;
}

void rt_jp2_source_set_memory(struct rt_jp2_source *source, uint64_t bytes)
{
    struct rt_jp2_cut cut;

    if (rt_jp2_layout_cut(&source->layout, source->n_threads, 0, &cut) &&
        cut.n_decoders > 1 &&
        rt_jp2_source_held_bytes(source) <= bytes / (uint64_t)cut.n_decoders)
        source->column_w_px = cut.w_px;
}

uint64_t rt_jp2_source_held_px_bytes(const struct rt_jp2_source *source)
{
    return rt_jp2_layout_held_px_bytes(&source->layout);
}

uint64_t rt_jp2_source_held_bytes(const struct rt_jp2_source *source)
{
    return rt_jp2_layout_held_bytes(&source->layout);
}

static int32_t halved(int32_t px, int reductions)
{
    return (int32_t)(((int64_t)px + (INT64_C(1) << reductions) - 1) >>
                     reductions);
}

/* A tile at a level. */
static struct rt_window tile_window(const struct rt_jp2_index *index,
                                    uint32_t tile, int level)
{
    const struct rt_window full = rt_jp2_index_tile(index, tile);
    struct rt_window window;

    window.x_px = halved(full.x_px, level);
    window.y_px = halved(full.y_px, level);
    window.w_px = halved(full.x_px + full.w_px, level) - window.x_px;
    window.h_px = halved(full.y_px + full.h_px, level) - window.y_px;
    return window;
}

static int32_t doubled(int32_t px, int reductions, uint32_t most_px)
{
    const int64_t full_px = (int64_t)px << reductions;

    return full_px < (int64_t)most_px ? (int32_t)full_px : (int32_t)most_px;
}

/* A window of a level, at full resolution. */
static struct rt_window full_window(const struct rt_jp2_index *index,
                                    const struct rt_window *window, int level)
{
    const uint32_t w_px = index->x1_px - index->x0_px;
    const uint32_t h_px = index->y1_px - index->y0_px;
    struct rt_window full;

    full.x_px = doubled(window->x_px, level, w_px);
    full.y_px = doubled(window->y_px, level, h_px);
    full.w_px = doubled(window->x_px + window->w_px, level, w_px) - full.x_px;
    full.h_px = doubled(window->y_px + window->h_px, level, h_px) - full.y_px;
    return full;
}

static int32_t edge_below(int32_t px, int32_t unit_px)
{
    return px / unit_px * unit_px;
}

static int32_t edge_above(int32_t px, int32_t unit_px, int32_t most_px)
{
    const int64_t edge =
        ((int64_t)px + unit_px - 1) / unit_px * (int64_t)unit_px;

    return edge < most_px ? (int32_t)edge : most_px;
}

/* The least part of whole that has inside and can be decoded alone. */
static struct rt_window part_around(const struct rt_jp2_layout *layout,
                                    int level, const struct rt_window *whole,
                                    const struct rt_window *inside)
{
    const int32_t least_px = layout->is_ycc ? 2 : 1;
    int32_t unit_px = layout->unit_px >> level;
    struct rt_window part;

    if (unit_px < least_px)
        unit_px = least_px;
    part.x_px = edge_below(inside->x_px, unit_px);
    part.y_px = edge_below(inside->y_px, unit_px);
    part.w_px = edge_above(inside->x_px + inside->w_px, unit_px, whole->w_px) -
                part.x_px;
    part.h_px = edge_above(inside->y_px + inside->h_px, unit_px, whole->h_px) -
                part.y_px;
    return part;
}

/* Row y_px of inside in what the request wants of its plane i. */
static void *row_at(const struct request *request,
                    const struct rt_window *inside, int32_t i, int32_t y_px)
{
    const struct rt_window *window = &request->window;
    const uint64_t px = (uint64_t)(inside->y_px - window->y_px + y_px) *
                            (uint64_t)window->w_px +
                        (uint64_t)(inside->x_px - window->x_px);

    return (uint8_t *)request->pixels[i] + px * request->source->px_bytes;
}

/* The row of component i for row y_px of what was decoded; NULL where there are
 * other samples than there have to be. */
static const int32_t *samples_of(const struct rt_jp2_codec *codec, int i,
                                 const struct rt_window *decoded, int halvings,
                                 int32_t y_px)
{
    uint32_t w_px, h_px;
    const int32_t *samples = rt_jp2_codec_samples(codec, i, &w_px, &h_px);

    if (w_px != (uint32_t)halved(decoded->w_px, halvings) ||
        h_px != (uint32_t)halved(decoded->h_px, halvings))
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

/* Decodes with codec what the request wants of a tile, which is inside. */
static enum rt_status read_inside(const struct request *request,
                                  struct rt_jp2_codec *codec, uint32_t tile,
                                  const struct rt_window *inside,
                                  struct rt_error *err)
{
    const struct rt_jp2_layout *layout = &request->source->layout;
    const struct rt_window whole =
        tile_window(layout->index, tile, request->level);
    const struct rt_window decoded =
        layout->in_parts ? part_around(layout, request->level, &whole, inside)
                         : whole;
    const bool is_part = memcmp(&whole, &decoded, sizeof(whole)) != 0;
    const struct rt_window full =
        full_window(layout->index, &decoded, request->level);
    enum rt_status status = rt_jp2_codec_decode(codec, tile, request->level,
                                                is_part ? &full : NULL, err);
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

/* Reads of a tile what lies within bounds, which may be a column of it. */
static enum rt_status read_within(const struct request *request, uint32_t tile,
                                  int32_t column,
                                  const struct rt_window *bounds,
                                  struct rt_error *err)
{
    struct rt_jp2_decoders *decoders = request->source->decoders;
    struct rt_jp2_lease lease;
    enum rt_status status;
    struct rt_window inside;

    if (!rt_window_intersect(bounds, &request->window, &inside))
        return RT_OK;
    status =
        rt_jp2_decoders_take(decoders, column, request->level, &lease, err);
    if (status != RT_OK)
        return status;
    status = read_inside(request, lease.codec, tile, &inside, err);
    rt_jp2_decoders_put_back(decoders, &lease);
    return status;
}

static enum rt_status read_tile(const struct request *request, uint32_t tile,
                                struct rt_error *err)
{
    const struct rt_window whole =
        tile_window(request->source->layout.index, tile, request->level);

    return read_within(request, tile, RT_JP2_NO_COLUMN, &whole, err);
}

static enum rt_status read_column(const struct request *request, int32_t number,
                                  struct rt_error *err)
{
    const int32_t w_px = request->source->column_w_px;
    const struct rt_window column = {number * w_px, request->window.y_px, w_px,
                                     request->window.h_px};

    return read_within(request, 0, number, &column, err);
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

/* Reads n columns, the first one here and those that no thread has time for. */
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

/* Of the one tile, each column by its own decoder. */
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

/* Whether a window is so large that it is faster by columns. */
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

/* The first and the last tile along an axis, of those under from to to. */
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
    const struct rt_window full = full_window(index, window, level);
    const struct request request = {source,   level,   planes,
                                    n_planes, *window, pixels};
    uint32_t first_col = 0, last_col = 0, first_row = 0, last_row = 0;
    enum rt_status status = RT_OK;

    if (suits_columns(source, level, window))
        return read_columns(&request, err);
    if (!source->layout.one_tile) {
        tile_span(full.x_px, full.x_px + full.w_px, index->tile_w_px,
                  index->cols, &first_col, &last_col);
        tile_span(full.y_px, full.y_px + full.h_px, index->tile_h_px,
                  index->rows, &first_row, &last_row);
    }
    for (uint32_t row = first_row; row <= last_row; row++)
        for (uint32_t col = first_col; status == RT_OK && col <= last_col;
             col++)
            status = read_tile(&request, row * index->cols + col, err);
    return status;
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
