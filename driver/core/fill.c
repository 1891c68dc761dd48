/* fill.c - decodes what a read misses; see fill.h.
 *
 * The natural blocks drive the work. They are decoded in runs, rectangles of
 * neighbouring blocks that together stay small, in row order; a run is
 * scattered into everything that it touches and let go:
 *
 *   - the part under the read's window goes to the sink,
 *   - cells that this fill completes are built up and published when their
 *     last pixel arrives,
 *   - what it decodes of other cells is published as pieces.
 *
 * Every pixel of the window therefore costs one decode however small the
 * budget is; the budget decides only what is left for the next read.
 */
#include "core/fill.h"

#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/fill_internal.h"
#include "core/pages.h"

#define RUN_MAX_BYTES (UINT64_C(4) << 20)
#define RUN_MIN_BYTES (UINT64_C(256) << 10)
#define RUN_BUDGET_SHARE 8

/* A decoded run. */
struct run {
    struct rt_block_range naturals;
    struct rt_window window;
    unsigned char **planes; /* pixels, one buffer a plane */
};

static uint64_t all_planes_bytes(const struct rt_fill *fill)
{
    uint64_t bytes = 0;

    for (int32_t i = 0; i < fill->n_planes; i++)
        bytes += fill->source->px_bytes[fill->planes[i]];
    return bytes;
}

/* Copies part of a raster of window from into one of window to. */
static void copy_part(const struct rt_window *part, uint64_t px,
                      const struct rt_window *from, const unsigned char *source,
                      const struct rt_window *to, unsigned char *target)
{
    const uint64_t from_line = (uint64_t)from->w_px * px;
    const uint64_t to_line = (uint64_t)to->w_px * px;
    const size_t bytes = (size_t)((uint64_t)part->w_px * px);

    source += (uint64_t)(part->y_px - from->y_px) * from_line +
              (uint64_t)(part->x_px - from->x_px) * px;
    target += (uint64_t)(part->y_px - to->y_px) * to_line +
              (uint64_t)(part->x_px - to->x_px) * px;
    for (int32_t y = 0; y < part->h_px; y++)
        memcpy(target + (uint64_t)y * to_line, source + (uint64_t)y * from_line,
               bytes);
}

static struct rt_block **blocks_of(struct rt_fill *fill, int32_t col_blk,
                                   int32_t row_blk)
{
    return fill->open_blocks + rt_range_index(&fill->reach, col_blk, row_blk) *
                                   (size_t)fill->n_planes;
}

static void close_cell(struct rt_fill *fill, struct rt_block **blocks)
{
    for (int32_t i = 0; i < fill->n_planes; i++) {
        if (blocks[i] != NULL)
            rt_block_cache_unpin(fill->read->view->cache, blocks[i]);
        blocks[i] = NULL;
    }
}

/* Makes room for a cell. Where the budget has none it is not kept. */
static bool open_cell(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                      struct rt_fill_cell *state)
{
    const struct rt_read *read = fill->read;
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    struct rt_block **blocks = blocks_of(fill, col_blk, row_blk);

    if (blocks[0] != NULL)
        return true;
    for (int32_t i = 0; i < fill->n_planes; i++) {
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, fill->planes[i], col_blk,
                        row_blk, RT_WHOLE_BLOCK);

        blocks[i] = rt_block_cache_create_block(
            read->view->cache, &key,
            rt_window_area(&cell) * fill->source->px_bytes[fill->planes[i]]);
        if (blocks[i] == NULL) {
            close_cell(fill, blocks);
            state->mode = RT_CELL_IGNORE;
            rt_stats_add(read->view->stats, RT_STAT_OVERSIZE, 1);
            return false;
        }
    }
    return true;
}

/* Adds part of a cell from rasters of window from, one a plane; publishes
 * the cell when it is whole. */
static void add_to_cell(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                        const struct rt_window *part,
                        const struct rt_window *from,
                        unsigned char *const *planes)
{
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    struct rt_fill_cell *state =
        &fill->state[rt_range_index(&fill->reach, col_blk, row_blk)];
    struct rt_block **blocks = blocks_of(fill, col_blk, row_blk);

    if (!open_cell(fill, col_blk, row_blk, state))
        return;
    for (int32_t i = 0; i < fill->n_planes; i++)
        copy_part(part, fill->source->px_bytes[fill->planes[i]], from,
                  planes[i], &cell, rt_block_pixels(blocks[i]));
    state->left_px -= rt_window_area(part);
    if (state->left_px > 0)
        return;
    for (int32_t i = 0; i < fill->n_planes; i++)
        rt_block_cache_publish(fill->read->view->cache, blocks[i],
                               state->wanted && fill->i_read_plane[i] >= 0);
    close_cell(fill, blocks);
    state->published = true;
}

/* Delivers part of a raster of window from to the reader. */
static void deliver_part(const struct rt_fill *fill,
                         const struct rt_window *part,
                         const struct rt_window *from,
                         unsigned char *const *planes)
{
    const struct rt_read *read = fill->read;
    struct rt_window asked;

    if (!rt_window_intersect(part, &read->window, &asked))
        return;
    for (int32_t i = 0; i < fill->n_planes; i++) {
        const uint64_t px = fill->source->px_bytes[fill->planes[i]];
        const uint64_t line_bytes = (uint64_t)from->w_px * px;

        if (fill->i_read_plane[i] < 0)
            continue;
        read->sink->take(read->sink->context, fill->i_read_plane[i], &asked,
                         planes[i] +
                             (uint64_t)(asked.y_px - from->y_px) * line_bytes +
                             (uint64_t)(asked.x_px - from->x_px) * px,
                         line_bytes);
    }
}

/* Keeps what one natural block has of a cell that stays incomplete. */
static void keep_piece(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                       int64_t natural, const struct rt_window *part,
                       const struct run *run)
{
    const struct rt_read *read = fill->read;
    struct rt_block_cache *cache = read->view->cache;

    for (int32_t i = 0; i < fill->n_planes; i++) {
        const uint64_t px = fill->source->px_bytes[fill->planes[i]];
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, fill->planes[i], col_blk,
                        row_blk, natural);
        struct rt_block *block =
            rt_block_cache_create_block(cache, &key, rt_window_area(part) * px);

        if (block == NULL)
            return;
        copy_part(part, px, &run->window, run->planes[i], part,
                  rt_block_pixels(block));
        rt_block_cache_publish(cache, block, false);
        rt_block_cache_unpin(cache, block);
    }
}

static void keep_pieces(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                        const struct rt_window *part, const struct run *run)
{
    const struct rt_block_range range =
        rt_grid_cover(&fill->source->natural, part);

    for (int32_t row = range.row_blk; row < range.row_blk + range.rows; row++)
        for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
             col++) {
            struct rt_window natural =
                rt_grid_block(&fill->source->natural, col, row);

            if (rt_window_intersect(&natural, part, &natural))
                keep_piece(fill, col_blk, row_blk,
                           rt_natural_number(fill->source, col, row), &natural,
                           run);
        }
}

static void scatter_into(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                         const struct run *run)
{
    const struct rt_fill_cell *state =
        &fill->state[rt_range_index(&fill->reach, col_blk, row_blk)];
    struct rt_window part = rt_grid_block(fill->cells, col_blk, row_blk);

    if (!rt_window_intersect(&part, &run->window, &part))
        return;
    if (state->wanted)
        deliver_part(fill, &part, &run->window, run->planes);
    if (state->mode == RT_CELL_WHOLE)
        add_to_cell(fill, col_blk, row_blk, &part, &run->window, run->planes);
    else if (state->mode == RT_CELL_PIECES)
        keep_pieces(fill, col_blk, row_blk, &part, run);
}

/* What the reader waits for comes first: it gets the room there is. */
static void scatter(struct rt_fill *fill, const struct run *run)
{
    const struct rt_block_range range =
        rt_grid_cover(fill->cells, &run->window);

    for (int wanted = 1; wanted >= 0; wanted--)
        for (int32_t row = range.row_blk; row < range.row_blk + range.rows;
             row++)
            for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
                 col++)
                if (fill->state[rt_range_index(&fill->reach, col, row)]
                        .wanted == (wanted != 0))
                    scatter_into(fill, col, row, run);
}

static void count_run(const struct rt_fill *fill,
                      const struct rt_block_range *naturals)
{
    const struct rt_read *read = fill->read;
    const struct rt_view_layer *layer = &read->view->layers[read->layer];
    const int32_t n_sets = fill->source->interleaved ? 1 : fill->n_planes;

    rt_stats_add(read->view->stats, RT_STAT_SOURCE_READS, 1);
    for (int32_t row = 0; row < naturals->rows; row++)
        for (int32_t col = 0; col < naturals->cols; col++) {
            const int32_t col_blk = naturals->col_blk + col;
            const int32_t row_blk = naturals->row_blk + row;
            const struct rt_window block =
                rt_grid_block(&fill->source->natural, col_blk, row_blk);
            const uint64_t area = rt_window_area(&block);
            const int64_t number =
                rt_natural_number(fill->source, col_blk, row_blk);

            for (int32_t i = 0; i < n_sets; i++) {
                const int32_t set =
                    fill->source->interleaved ? 0 : fill->planes[i];

                rt_stats_add(read->view->stats, RT_STAT_PIXELS_DECODED, area);
                if (rt_block_set_add(layer->touched[set], number))
                    rt_stats_add(read->view->stats, RT_STAT_PIXELS_TOUCHED,
                                 area);
            }
        }
}

static enum rt_status decode(struct rt_fill *fill, const struct run *run,
                             unsigned char *buffer, struct rt_error *err)
{
    const struct rt_read *read = fill->read;
    const struct rt_source *source = read->view->source;
    enum rt_status status;

    for (int32_t i = 0; i < fill->n_planes; i++) {
        run->planes[i] = buffer;
        buffer += rt_window_area(&run->window) *
                  fill->source->px_bytes[fill->planes[i]];
    }
    status =
        source->read(source->context, read->layer, fill->planes, fill->n_planes,
                     &run->window, (void *const *)run->planes, err);
    if (status == RT_OK)
        count_run(fill, &run->naturals);
    return status;
}

static enum rt_status decode_run(struct rt_fill *fill,
                                 const struct rt_block_range *naturals,
                                 unsigned char **planes, struct rt_error *err)
{
    struct rt_block_cache *cache = fill->read->view->cache;
    const struct run run = {
        *naturals, rt_grid_span(&fill->source->natural, naturals), planes};
    unsigned char *buffer = NULL;
    uint64_t bytes;
    enum rt_status status;

    if (!rt_mul_u64(rt_window_area(&run.window), all_planes_bytes(fill),
                    &bytes) ||
        bytes > SIZE_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a block of %d x %d pixels is too large",
                            run.window.w_px, run.window.h_px);
    if (cache != NULL && !rt_block_cache_reserve(cache, bytes, true))
        rt_stats_add(fill->read->view->stats, RT_STAT_OVERSIZE, 1);
    buffer = rt_pages_alloc(bytes);
    if (buffer == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY,
                              "out of memory for %llu bytes of the source",
                              (unsigned long long)bytes);
    else
        status = decode(fill, &run, buffer, err);
    if (status == RT_OK)
        scatter(fill, &run);
    rt_pages_free(buffer, bytes);
    if (cache != NULL)
        rt_block_cache_release(cache, bytes);
    return status;
}

static uint64_t run_cap_bytes(const struct rt_fill *fill)
{
    struct rt_cache_counters counters;
    uint64_t cap;

    if (fill->read->view->cache == NULL)
        return RUN_MAX_BYTES;
    rt_block_cache_count(fill->read->view->cache, &counters);
    cap = counters.limit_bytes / RUN_BUDGET_SHARE;
    if (cap < RUN_MIN_BYTES)
        return RUN_MIN_BYTES;
    return cap > RUN_MAX_BYTES ? RUN_MAX_BYTES : cap;
}

static bool all_needed(const struct rt_fill *fill,
                       const struct rt_block_range *range)
{
    for (int32_t row = 0; row < range->rows; row++)
        for (int32_t col = 0; col < range->cols; col++)
            if (!fill->need[rt_range_index(&fill->naturals,
                                           range->col_blk + col,
                                           range->row_blk + row)])
                return false;
    return true;
}

/* Whether the strip of blocks beside or below run is needed as a whole and
 * small enough to be decoded with it. */
static bool can_grow(const struct rt_fill *fill,
                     const struct rt_block_range *run,
                     const struct rt_block_range *strip, uint64_t cap_px)
{
    const struct rt_window a = rt_grid_span(&fill->source->natural, run);
    const struct rt_window b = rt_grid_span(&fill->source->natural, strip);

    return rt_window_area(&a) + rt_window_area(&b) <= cap_px &&
           all_needed(fill, strip);
}

/* The run that starts at a needed natural block: as wide, then as high as
 * the cap allows. Its blocks are no longer needed afterwards. */
static struct rt_block_range take_run(struct rt_fill *fill, int32_t col_blk,
                                      int32_t row_blk, uint64_t cap_px)
{
    const int32_t end_col = fill->naturals.col_blk + fill->naturals.cols;
    const int32_t end_row = fill->naturals.row_blk + fill->naturals.rows;
    struct rt_block_range run = {col_blk, row_blk, 1, 1};

    for (; run.col_blk + run.cols < end_col; run.cols++) {
        const struct rt_block_range strip = {run.col_blk + run.cols,
                                             run.row_blk, 1, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (; run.row_blk + run.rows < end_row; run.rows++) {
        const struct rt_block_range strip = {
            run.col_blk, run.row_blk + run.rows, run.cols, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (int32_t row = 0; row < run.rows; row++)
        memset(fill->need + rt_range_index(&fill->naturals, run.col_blk,
                                           run.row_blk + row),
               0, (size_t)run.cols);
    return run;
}

static enum rt_status decode_needed(struct rt_fill *fill, struct rt_error *err)
{
    const struct rt_block_range *range = &fill->naturals;
    const uint64_t cap_px = run_cap_bytes(fill) / all_planes_bytes(fill);
    unsigned char **planes =
        calloc((size_t)fill->n_planes, sizeof(unsigned char *));
    enum rt_status status = RT_OK;

    if (planes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t row = 0; row < range->rows; row++)
        for (int32_t col = 0; status == RT_OK && col < range->cols; col++) {
            const int32_t col_blk = range->col_blk + col;
            const int32_t row_blk = range->row_blk + row;

            if (fill->need[rt_range_index(range, col_blk, row_blk)]) {
                const struct rt_block_range run =
                    take_run(fill, col_blk, row_blk, cap_px);

                status = decode_run(fill, &run, planes, err);
            }
        }
    free(planes);
    return status;
}

/* The pixels of a natural block that belong to a cell. */
static struct rt_window piece_window(const struct rt_fill *fill,
                                     const struct rt_held_piece *piece)
{
    const int32_t cols = fill->source->natural.cols;
    const struct rt_window cell =
        rt_grid_block(fill->cells, piece->col_blk, piece->row_blk);
    struct rt_window part =
        rt_grid_block(&fill->source->natural, (int32_t)(piece->natural % cols),
                      (int32_t)(piece->natural / cols));

    (void)rt_window_intersect(&part, &cell, &part);
    return part;
}

/* Delivers and adds what earlier fills left over, unless its natural block
 * is decoded all the same for another cell. */
static enum rt_status use_held_pieces(struct rt_fill *fill,
                                      struct rt_error *err)
{
    const int32_t cols = fill->source->natural.cols;
    unsigned char **planes =
        calloc((size_t)fill->n_planes, sizeof(unsigned char *));

    if (planes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < fill->n_held; i++) {
        const struct rt_held_piece *piece = fill->held[i];
        const int32_t col_blk = (int32_t)(piece->natural % cols);
        const int32_t row_blk = (int32_t)(piece->natural / cols);
        const struct rt_window part = piece_window(fill, piece);

        if (fill->need[rt_range_index(&fill->naturals, col_blk, row_blk)])
            continue;
        for (int32_t j = 0; j < fill->n_planes; j++)
            planes[j] = rt_block_pixels(piece->blocks[j]);
        deliver_part(fill, &part, &part, planes);
        if (fill->state[rt_range_index(&fill->reach, piece->col_blk,
                                       piece->row_blk)]
                .mode == RT_CELL_WHOLE)
            add_to_cell(fill, piece->col_blk, piece->row_blk, &part, &part,
                        planes);
    }
    free(planes);
    return RT_OK;
}

/* Gives the pieces back; those of a cell that is whole now are dropped. */
static void release_held_pieces(struct rt_fill *fill)
{
    const struct rt_read *read = fill->read;

    for (size_t i = 0; i < fill->n_held; i++) {
        struct rt_held_piece *piece = fill->held[i];
        const bool used =
            fill->state != NULL &&
            fill->state[rt_range_index(&fill->reach, piece->col_blk,
                                       piece->row_blk)]
                .published;

        for (int32_t j = 0; j < fill->n_planes; j++) {
            const struct rt_block_key key =
                rt_cell_key(read->view, read->layer, fill->planes[j],
                            piece->col_blk, piece->row_blk, piece->natural);

            if (used)
                rt_block_cache_drop(read->view->cache, &key);
            rt_block_cache_unpin(read->view->cache, piece->blocks[j]);
        }
        free(piece);
    }
    free(fill->held);
}

/* Lists the planes to decode: all where the source stores them together,
 * else those chosen. */
static enum rt_status list_planes(struct rt_fill *fill,
                                  const unsigned char *chosen,
                                  struct rt_error *err)
{
    const struct rt_read *read = fill->read;
    const int32_t n_all = fill->source->n_planes;

    fill->planes = calloc((size_t)n_all, sizeof(*fill->planes));
    fill->i_read_plane = calloc((size_t)n_all, sizeof(*fill->i_read_plane));
    if (fill->planes == NULL || fill->i_read_plane == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t plane = 0; plane < n_all; plane++) {
        int32_t i_read = -1;

        for (int32_t i = 0; i < read->n_planes; i++)
            if (chosen[i] && read->planes[i] == plane)
                i_read = i;
        if (i_read < 0 && !fill->source->interleaved)
            continue;
        fill->planes[fill->n_planes] = plane;
        fill->i_read_plane[fill->n_planes++] = i_read;
    }
    return RT_OK;
}

/* Whether the largest cell, all its planes together, fits into the budget. */
static bool can_keep(const struct rt_fill *fill)
{
    const struct rt_view *view = fill->read->view;
    const struct rt_window first = rt_grid_block(fill->cells, 0, 0);
    uint64_t bytes;

    if (view->cache == NULL)
        return false;
    if (rt_mul_u64(rt_window_area(&first), all_planes_bytes(fill), &bytes) &&
        rt_block_cache_could_hold(view->cache, bytes))
        return true;
    rt_stats_add(view->stats, RT_STAT_OVERSIZE, 1);
    return false;
}

/* One attempt: with keep false only what lies under the window is decoded,
 * and nothing is kept. */
static enum rt_status fill_once(const struct rt_read *read,
                                const unsigned char *chosen,
                                const unsigned char *missing, bool *keep,
                                struct rt_error *err)
{
    struct rt_fill fill = {
        .read = read,
        .source = &read->view->source->layers[read->layer],
        .cells = &read->view->layers[read->layer].cells,
        .missing = missing,
    };
    enum rt_status status = list_planes(&fill, chosen, err);

    if (status == RT_OK) {
        fill.keep = *keep = *keep && can_keep(&fill);
        status = rt_fill_find_need(&fill, err);
    }
    if (status == RT_OK)
        status = use_held_pieces(&fill, err);
    if (status == RT_OK)
        status = decode_needed(&fill, err);

    for (size_t i = 0;
         fill.open_blocks != NULL && i < rt_range_size(&fill.reach); i++)
        close_cell(&fill, fill.open_blocks + i * (size_t)fill.n_planes);
    release_held_pieces(&fill);
    free(fill.open_blocks);
    free(fill.state);
    free(fill.need);
    free(fill.i_read_plane);
    free(fill.planes);
    return status;
}

/* A cached block may reach into a part of the source that cannot be decoded
 * while the window does not. */
enum rt_status rt_fill(const struct rt_read *read, const unsigned char *chosen,
                       const unsigned char *missing, struct rt_error *err)
{
    bool keep = true;
    enum rt_status status = fill_once(read, chosen, missing, &keep, err);

    if (status == RT_ERR_SOURCE && keep) {
        keep = false;
        status = fill_once(read, chosen, missing, &keep, err);
    }
    return status;
}
