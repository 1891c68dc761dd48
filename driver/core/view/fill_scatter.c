/* fill_scatter.c - where decoded pixels go.
 *
 * Pixels under the reader's window go to the reader. Pixels of cells that this
 * fill completes are copied into them, and the cells are published when their
 * last pixel arrives. Pixels of other cells become pieces. A cell that does not
 * fit in the budget is not kept: that costs a later read, but not this one.
 */
#include <stdlib.h>

#include "core/base/interleave.h"
#include "core/view/fill_internal.h"

static struct rt_block **blocks_of(struct rt_fill *fill, int32_t col_blk,
                                   int32_t row_blk)
{
    return fill->open_blocks + rt_range_index(&fill->reach, col_blk, row_blk) *
                                   (size_t)fill->n_planes;
}

static void close_cell(const struct rt_fill *fill, struct rt_block **blocks)
{
    for (int32_t i = 0; i < fill->n_planes; i++) {
        if (blocks[i] != NULL)
            rt_block_cache_unpin(fill->read->view->cache, blocks[i]);
        blocks[i] = NULL;
    }
}

/* The cost of decoding a cell, or the part of it in one source block, again:
 * all source blocks under it, and for a SEQUENTIAL source also everything
 * before them. The planes that are decoded together share the cost. */
static struct rt_block_cost cost_of(const struct rt_fill *fill,
                                    const struct rt_window *part, int32_t plane)
{
    const struct rt_view *view = fill->read->view;
    const uint64_t decoded_px =
        rt_stats_get(view->stats, RT_STAT_PIXELS_DECODED);
    const double px_ns =
        decoded_px == 0 ? 0.0
                        : (double)rt_stats_get(view->stats, RT_STAT_DECODE_NS) /
                              (double)decoded_px;
    struct rt_block_range source_blocks =
        rt_grid_cover(&fill->source->grid, part);
    struct rt_window span;

    if (fill->source->access == RT_ACCESS_SEQUENTIAL) {
        source_blocks.rows += source_blocks.row_blk;
        source_blocks.row_blk = 0;
    }
    span = rt_grid_span(&fill->source->grid, &source_blocks);
    return (struct rt_block_cost){
        .spill = view->spill,
        .px_bytes = fill->source->px_bytes[plane],
        .decode_ns =
            (uint64_t)(px_ns * (double)rt_window_area(&span) /
                       (fill->source->interleaved ? fill->n_planes : 1))};
}

/* Creates the blocks of a cell. Returns false if they do not fit in the
 * budget. */
static bool open_cell(const struct rt_fill *fill, int32_t col_blk,
                      int32_t row_blk, struct rt_block **blocks)
{
    const struct rt_read *read = fill->read;
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);

    for (int32_t i = 0; i < fill->n_planes; i++) {
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, fill->planes[i], col_blk,
                        row_blk, RT_WHOLE_BLOCK);

        blocks[i] = rt_block_cache_create_block(
            read->view->cache, &key,
            rt_window_area(&cell) * fill->source->px_bytes[fill->planes[i]]);
        if (blocks[i] == NULL) {
            close_cell(fill, blocks);
            rt_stats_add(read->view->stats, RT_STAT_OVERSIZE, 1);
            return false;
        }
    }
    return true;
}

/* Whether the cell is being assembled. The first thread that has a part of it
 * creates its blocks, without the lock because the cache may evict others for
 * it. Other threads wait for that. If the cell does not fit in the budget it is
 * not kept. */
static bool is_built(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                     struct rt_fill_cell *state)
{
    struct rt_block **blocks = blocks_of(fill, col_blk, row_blk);
    bool opened;

    pthread_mutex_lock(&fill->lock);
    while (state->opening)
        pthread_cond_wait(&fill->opened, &fill->lock);
    if (!state->given_up && blocks[0] == NULL) {
        state->opening = true;
        pthread_mutex_unlock(&fill->lock);
        opened = open_cell(fill, col_blk, row_blk, blocks);
        pthread_mutex_lock(&fill->lock);
        state->opening = false;
        state->given_up = !opened;
        pthread_cond_broadcast(&fill->opened);
    }
    opened = !state->given_up;
    pthread_mutex_unlock(&fill->lock);
    return opened;
}

/* Counts part of a cell as copied. Returns true for the last part. */
static bool is_complete(struct rt_fill *fill, struct rt_fill_cell *state,
                        const struct rt_window *part)
{
    bool complete;

    pthread_mutex_lock(&fill->lock);
    state->left_px -= rt_window_area(part);
    complete = state->published = state->left_px == 0;
    pthread_mutex_unlock(&fill->lock);
    return complete;
}

/* Copies part of a cell from planes that cover window from, and publishes the
 * cell when it is complete. */
static void add_to_cell(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                        const struct rt_window *part,
                        const struct rt_window *from,
                        unsigned char *const *planes)
{
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    struct rt_fill_cell *state =
        &fill->state[rt_range_index(&fill->reach, col_blk, row_blk)];
    struct rt_block **blocks = blocks_of(fill, col_blk, row_blk);

    if (!is_built(fill, col_blk, row_blk, state))
        return;
    for (int32_t i = 0; i < fill->n_planes; i++)
        rt_window_copy(part, fill->source->px_bytes[fill->planes[i]], from,
                       planes[i], &cell, rt_block_pixels(blocks[i]));
    if (!is_complete(fill, state, part))
        return;
    for (int32_t i = 0; i < fill->n_planes; i++) {
        const struct rt_block_cost cost = cost_of(fill, &cell, fill->planes[i]);

        rt_block_set_cost(blocks[i], &cost);
        rt_block_cache_publish(fill->read->view->cache, blocks[i],
                               state->wanted && fill->i_read_plane[i] >= 0);
    }
    close_cell(fill, blocks);
}

/* Delivers part of planes that cover window from to the reader. */
static void deliver_part(const struct rt_fill *fill,
                         const struct rt_window *part,
                         const struct rt_window *from,
                         unsigned char *const *planes)
{
    const struct rt_read *read = fill->read;
    int32_t i_planes[RT_PART_PLANES];
    const unsigned char *pixels[RT_PART_PLANES];
    struct rt_window asked;
    int32_t n = 0;

    if (read->sink == NULL || !rt_window_intersect(part, &read->window, &asked))
        return;
    for (int32_t i = 0; i < fill->n_planes; i++) {
        if (fill->i_read_plane[i] >= 0) {
            i_planes[n] = fill->i_read_plane[i];
            pixels[n++] = planes[i];
        }
        if (n == RT_PART_PLANES || (n > 0 && i == fill->n_planes - 1)) {
            rt_read_deliver(read, i_planes, pixels, n, &asked, from);
            n = 0;
        }
    }
}

/* Keeps the part of an incomplete cell that lies in one source block. */
static void keep_piece(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                       int64_t source_block, const struct rt_window *part,
                       const struct rt_fill_run *run)
{
    const struct rt_read *read = fill->read;
    struct rt_block_cache *cache = read->view->cache;

    for (int32_t i = 0; i < fill->n_planes; i++) {
        const uint64_t px = fill->source->px_bytes[fill->planes[i]];
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, fill->planes[i], col_blk,
                        row_blk, source_block);
        const struct rt_block_cost cost = cost_of(fill, part, fill->planes[i]);
        struct rt_block *block =
            rt_block_cache_create_block(cache, &key, rt_window_area(part) * px);

        if (block == NULL)
            return;
        rt_window_copy(part, px, &run->window, run->planes[i], part,
                       rt_block_pixels(block));
        rt_block_set_cost(block, &cost);
        rt_block_cache_publish(cache, block, false);
        rt_block_cache_unpin(cache, block);
    }
}

static void keep_pieces(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                        const struct rt_window *part,
                        const struct rt_fill_run *run)
{
    const struct rt_block_range range =
        rt_grid_cover(&fill->source->grid, part);

    for (int32_t row = range.row_blk; row < range.row_blk + range.rows; row++)
        for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
             col++) {
            struct rt_window source_block =
                rt_grid_block(&fill->source->grid, col, row);

            if (rt_window_intersect(&source_block, part, &source_block))
                keep_piece(fill, col_blk, row_blk,
                           rt_source_block_number(fill->source, col, row),
                           &source_block, run);
        }
}

static void scatter_into(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                         const struct rt_fill_run *run)
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

/* The cells that the reader waits for come first, so that they get the memory
 * that is left. */
void rt_fill_scatter(struct rt_fill *fill, const struct rt_fill_run *run)
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

/* The pixels of a source block that belong to a cell. */
static struct rt_window piece_window(const struct rt_fill *fill,
                                     const struct rt_held_piece *piece)
{
    const int32_t cols = fill->source->grid.cols;
    const struct rt_window cell =
        rt_grid_block(fill->cells, piece->col_blk, piece->row_blk);
    struct rt_window part = rt_grid_block(
        &fill->source->grid, (int32_t)(piece->source_block % cols),
        (int32_t)(piece->source_block / cols));

    (void)rt_window_intersect(&part, &cell, &part);
    return part;
}

enum rt_status rt_fill_use_held_pieces(struct rt_fill *fill,
                                       struct rt_error *err)
{
    const int32_t cols = fill->source->grid.cols;
    unsigned char **planes =
        calloc((size_t)fill->n_planes, sizeof(unsigned char *));

    if (planes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (size_t i = 0; i < fill->n_held; i++) {
        const struct rt_held_piece *piece = fill->held[i];
        const int32_t col_blk = (int32_t)(piece->source_block % cols);
        const int32_t row_blk = (int32_t)(piece->source_block / cols);
        const struct rt_window part = piece_window(fill, piece);

        if (fill->need[rt_range_index(&fill->source_blocks, col_blk, row_blk)])
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

void rt_fill_release_held(struct rt_fill *fill)
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
            const struct rt_block_key key = rt_cell_key(
                read->view, read->layer, fill->planes[j], piece->col_blk,
                piece->row_blk, piece->source_block);

            if (used)
                rt_block_cache_drop(read->view->cache, &key);
            rt_block_cache_unpin(read->view->cache, piece->blocks[j]);
        }
        free(piece);
    }
    free(fill->held);
    fill->held = NULL;
    fill->n_held = fill->held_room = 0;
}

void rt_fill_close(struct rt_fill *fill)
{
    const size_t n_planes = (size_t)fill->n_planes;

    for (size_t i = 0;
         fill->open_blocks != NULL && i < rt_range_size(&fill->reach); i++)
        close_cell(fill, fill->open_blocks + i * n_planes);
    rt_fill_release_held(fill);
}
