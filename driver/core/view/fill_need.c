/* fill_need.c - which source blocks a fill decodes, and what happens to every
 * cell that they touch.
 *
 * A missing cell that can be kept needs all its source blocks. One that cannot
 * be kept needs only those under the read's window. If an earlier fill left a
 * piece of a source block for a missing cell, the cell does not need that
 * block. A SEQUENTIAL source has to pass everything from its current row to the
 * last row needed, so all of that is decoded and kept.
 */
#include <stdlib.h>
#include <string.h>

#include "core/view/fill_internal.h"

static bool is_missing(const struct rt_fill *fill, int32_t col_blk,
                       int32_t row_blk)
{
    const struct rt_block_range *cells = &fill->read->cells;

    return rt_range_has(cells, col_blk, row_blk) &&
           fill->missing[rt_range_index(cells, col_blk, row_blk)];
}

/* The source blocks that a missing cell needs, not considering pieces. */
static struct rt_block_range source_blocks_of(const struct rt_fill *fill,
                                              int32_t col_blk, int32_t row_blk)
{
    struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);

    if (!fill->keep)
        (void)rt_window_intersect(&cell, &fill->read->window, &cell);
    return rt_grid_cover(&fill->source->grid, &cell);
}

static void include(struct rt_block_range *bounds,
                    const struct rt_block_range *range)
{
    int32_t end_col = range->col_blk + range->cols;
    int32_t end_row = range->row_blk + range->rows;

    if (bounds->cols == 0) {
        *bounds = *range;
        return;
    }
    if (end_col < bounds->col_blk + bounds->cols)
        end_col = bounds->col_blk + bounds->cols;
    if (end_row < bounds->row_blk + bounds->rows)
        end_row = bounds->row_blk + bounds->rows;
    if (range->col_blk < bounds->col_blk)
        bounds->col_blk = range->col_blk;
    if (range->row_blk < bounds->row_blk)
        bounds->row_blk = range->row_blk;
    bounds->cols = end_col - bounds->col_blk;
    bounds->rows = end_row - bounds->row_blk;
}

/* Calls each(fill, col, row) for every missing cell, until one fails. */
static enum rt_status
for_each_missing(struct rt_fill *fill,
                 enum rt_status (*each)(struct rt_fill *, int32_t, int32_t,
                                        struct rt_error *),
                 struct rt_error *err)
{
    const struct rt_block_range cells = fill->read->cells;
    enum rt_status status = RT_OK;

    for (int32_t row = 0; row < cells.rows; row++)
        for (int32_t col = 0; status == RT_OK && col < cells.cols; col++)
            if (is_missing(fill, cells.col_blk + col, cells.row_blk + row))
                status =
                    each(fill, cells.col_blk + col, cells.row_blk + row, err);
    return status;
}

static enum rt_status bound_cell(struct rt_fill *fill, int32_t col_blk,
                                 int32_t row_blk, struct rt_error *err)
{
    const struct rt_block_range range =
        source_blocks_of(fill, col_blk, row_blk);

    (void)err;
    include(&fill->source_blocks, &range);
    return RT_OK;
}

/* Whether an earlier fill may have left a piece of a source block for a cell
 * that it did not complete. A block that lies inside one cell is decoded for
 * that cell only, unless it is in a group. */
static bool may_have_piece(const struct rt_fill *fill,
                           const struct rt_window *cell,
                           const struct rt_window *source_block)
{
    return fill->read->view->source->whole_reads ||
           !rt_window_contains(cell, source_block);
}

/* Pins the piece that an earlier fill left of source block number for this
 * cell. Returns false if there is none. */
static bool hold_piece(struct rt_fill *fill, int32_t col_blk, int32_t row_blk,
                       int64_t number)
{
    struct rt_block_cache *cache = fill->read->view->cache;
    struct rt_held_piece *piece;
    int32_t n = 0;

    if (fill->n_held == fill->held_room) {
        const size_t room = fill->held_room * 2 + 16;
        struct rt_held_piece **grown =
            realloc(fill->held, room * sizeof(struct rt_held_piece *));

        if (grown == NULL)
            return false;
        fill->held = grown;
        fill->held_room = room;
    }
    piece = malloc(sizeof(*piece) +
                   (size_t)fill->n_planes * sizeof(piece->blocks[0]));
    if (piece == NULL)
        return false;
    piece->col_blk = col_blk;
    piece->row_blk = row_blk;
    piece->source_block = number;
    for (; n < fill->n_planes; n++) {
        const struct rt_block_key key =
            rt_cell_key(fill->read->view, fill->read->layer, fill->planes[n],
                        col_blk, row_blk, number);

        piece->blocks[n] = rt_block_cache_pin(cache, &key);
        if (piece->blocks[n] == NULL)
            break;
    }
    if (n == fill->n_planes) {
        fill->held[fill->n_held++] = piece;
        return true;
    }
    while (n-- > 0)
        rt_block_cache_unpin(cache, piece->blocks[n]);
    free(piece);
    return false;
}

static enum rt_status mark_cell(struct rt_fill *fill, int32_t col_blk,
                                int32_t row_blk, struct rt_error *err)
{
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    const struct rt_block_range range =
        source_blocks_of(fill, col_blk, row_blk);
    const bool pieces = fill->read->view->cache != NULL &&
                        rt_block_cache_has_pieces(fill->read->view->cache);

    (void)err;
    for (int32_t row = range.row_blk; row < range.row_blk + range.rows; row++)
        for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
             col++) {
            const struct rt_window source_block =
                rt_grid_block(&fill->source->grid, col, row);

            if (pieces && may_have_piece(fill, &cell, &source_block) &&
                hold_piece(fill, col_blk, row_blk,
                           rt_source_block_number(fill->source, col, row)))
                continue;
            fill->need[rt_range_index(&fill->source_blocks, col, row)] = 1;
        }
    return RT_OK;
}

static bool is_held(const struct rt_fill *fill, int32_t col_blk,
                    int32_t row_blk, int64_t number)
{
    for (size_t i = 0; i < fill->n_held; i++)
        if (fill->held[i]->source_block == number &&
            fill->held[i]->col_blk == col_blk &&
            fill->held[i]->row_blk == row_blk)
            return true;
    return false;
}

bool rt_fill_has_new_piece(const struct rt_fill *fill, int32_t col_blk,
                           int32_t row_blk)
{
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    const struct rt_block_range range =
        source_blocks_of(fill, col_blk, row_blk);

    if (!rt_block_cache_has_pieces(fill->read->view->cache) ||
        fill->source->access == RT_ACCESS_SEQUENTIAL)
        return false;
    for (int32_t row = range.row_blk; row < range.row_blk + range.rows; row++)
        for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
             col++) {
            const int64_t number =
                rt_source_block_number(fill->source, col, row);
            const struct rt_window source_block =
                rt_grid_block(&fill->source->grid, col, row);

            if (fill->need[rt_range_index(&fill->source_blocks, col, row)] &&
                may_have_piece(fill, &cell, &source_block) &&
                rt_fill_is_left(fill, col_blk, row_blk, number) &&
                !is_held(fill, col_blk, row_blk, number))
                return true;
        }
    return false;
}

/* For SEQUENTIAL sources: marks the rows that the decoder passes on its way to
 * the last one needed. It starts over if it is already beyond the first one. If
 * the rows cannot be kept, they are only counted. */
static void pass_rows(struct rt_fill *fill)
{
    const struct rt_source *source = fill->read->view->source;
    const struct rt_grid *grid = &fill->source->grid;
    struct rt_block_range passed = {0, 0, 1, 0};
    int32_t first = 0, end = fill->source_blocks.rows, next_row;

    if (fill->source->access != RT_ACCESS_SEQUENTIAL ||
        source->next_row == NULL)
        return;
    while (first < end && !fill->need[first])
        first++;
    while (end > first && !fill->need[end - 1])
        end--;
    if (first == end)
        return;
    next_row = source->next_row(source->context, fill->read->layer);
    next_row = (int32_t)(((int64_t)next_row + grid->block_h_px - 1) /
                         grid->block_h_px);
    first += fill->source_blocks.row_blk;
    end += fill->source_blocks.row_blk;
    passed.row_blk = next_row <= first ? next_row : 0;
    if (fill->keep) {
        memset(fill->need + (passed.row_blk - fill->source_blocks.row_blk), 1,
               (size_t)(end - passed.row_blk));
    } else if (passed.row_blk < first) {
        struct rt_window skipped;

        passed.rows = first - passed.row_blk;
        skipped = rt_grid_span(grid, &passed);
        rt_stats_add(fill->read->view->stats, RT_STAT_PIXELS_DECODED,
                     rt_window_area(&skipped));
    }
}

static bool is_cached(const struct rt_fill *fill, int32_t col_blk,
                      int32_t row_blk)
{
    return rt_fill_is_left(fill, col_blk, row_blk, RT_WHOLE_BLOCK);
}

/* What happens to a cell that the read does not wait for. */
static enum rt_cell_mode neighbour_mode(const struct rt_fill *fill,
                                        int32_t col_blk, int32_t row_blk)
{
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);
    const struct rt_block_range range =
        rt_grid_cover(&fill->source->grid, &cell);
    bool any = false, all = true;

    for (int32_t row = range.row_blk; row < range.row_blk + range.rows; row++)
        for (int32_t col = range.col_blk; col < range.col_blk + range.cols;
             col++) {
            const bool needed =
                rt_range_has(&fill->source_blocks, col, row) &&
                fill->need[rt_range_index(&fill->source_blocks, col, row)];

            any |= needed;
            all &= needed;
        }
    if (!any || is_cached(fill, col_blk, row_blk))
        return RT_CELL_IGNORE;
    return all ? RT_CELL_WHOLE : RT_CELL_PIECES;
}

static void set_state(struct rt_fill *fill, int32_t col_blk, int32_t row_blk)
{
    struct rt_fill_cell *state =
        &fill->state[rt_range_index(&fill->reach, col_blk, row_blk)];
    const struct rt_window cell = rt_grid_block(fill->cells, col_blk, row_blk);

    state->left_px = rt_window_area(&cell);
    state->wanted = is_missing(fill, col_blk, row_blk);
    if (!fill->keep)
        state->mode = RT_CELL_IGNORE;
    else if (state->wanted)
        state->mode = RT_CELL_WHOLE;
    else
        state->mode = neighbour_mode(fill, col_blk, row_blk);
}

enum rt_status rt_fill_find_need(struct rt_fill *fill, struct rt_error *err)
{
    enum rt_status status = for_each_missing(fill, bound_cell, err);

    if (status != RT_OK)
        return status;
    if (fill->keep && fill->source->access == RT_ACCESS_SEQUENTIAL) {
        fill->source_blocks.rows += fill->source_blocks.row_blk;
        fill->source_blocks.row_blk = 0;
    }
    rt_fill_take_groups(fill);
    fill->need = calloc(rt_range_size(&fill->source_blocks), 1);
    if (fill->need == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = for_each_missing(fill, mark_cell, err);
    rt_fill_mark_groups(fill);
    return status;
}

enum rt_status rt_fill_find_reach(struct rt_fill *fill, struct rt_error *err)
{
    struct rt_window span;
    size_t n_cells;

    pass_rows(fill);
    span = rt_grid_span(&fill->source->grid, &fill->source_blocks);
    fill->reach = rt_grid_cover(fill->cells, &span);
    n_cells = rt_range_size(&fill->reach);
    fill->state = calloc(n_cells, sizeof(*fill->state));
    fill->open_blocks =
        calloc(n_cells, (size_t)fill->n_planes * sizeof(struct rt_block *));
    if (fill->state == NULL || fill->open_blocks == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t row = 0; row < fill->reach.rows; row++)
        for (int32_t col = 0; col < fill->reach.cols; col++)
            set_state(fill, fill->reach.col_blk + col,
                      fill->reach.row_blk + row);
    return RT_OK;
}
