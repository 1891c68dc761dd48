/* copy_pieces.c - tiles that are assembled on disk.
 *
 * A piece is what one run holds of a tile. It lies in the tile's slot behind
 * the pieces above it and to the left of it, with the layout of a tile of its
 * own size, so that it is written and read in one go.
 */
#include "core/copy_engine_internal.h"

static uint64_t piece_offset_px(const struct rt_copy_tile *tile,
                                const struct rt_window *piece)
{
    return (uint64_t)(piece->y_px - tile->window.y_px) *
               (uint64_t)tile->window.w_px +
           (uint64_t)(piece->x_px - tile->window.x_px) * (uint64_t)piece->h_px;
}

/* The number of the piece that a run holds, among those of its tile. */
static uint32_t piece_number(const struct rt_copy_plan *plan,
                             const struct rt_copy_tile *tile, int32_t run_col,
                             int32_t run_row)
{
    const struct rt_copy_span x =
        rt_copy_axis_runs_of_tiles(&plan->x, tile->col, tile->col);
    const struct rt_copy_span y =
        rt_copy_axis_runs_of_tiles(&plan->y, tile->row, tile->row);

    return (uint32_t)(run_row - y.begin) * (uint32_t)(x.end - x.begin) +
           (uint32_t)(run_col - x.begin);
}

enum rt_status rt_copy_write_piece(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   const struct rt_window *run,
                                   const void *decoded, void *buffer,
                                   struct rt_error *err)
{
    const struct rt_copy_plan *plan = copy->plan;
    const uint64_t px = plan->shape.px_bytes;
    struct rt_window piece;
    uint32_t number;

    if (!rt_window_intersect(&tile->window, run, &piece))
        return RT_OK;
    number = piece_number(plan, tile, rt_copy_axis_run_at(&plan->x, piece.x_px),
                          rt_copy_axis_run_at(&plan->y, piece.y_px));
    rt_copy_pixels_scatter(&copy->job->layout, &piece, run, decoded, &piece,
                           buffer);
    return rt_spill_file_write(
        copy->pieces, state->slot, piece_offset_px(tile, &piece) * px, buffer,
        rt_window_area(&piece) * px, &state->sums[number], err);
}

static enum rt_status read_piece(struct rt_copy *copy,
                                 const struct rt_copy_tile_state *state,
                                 const struct rt_copy_tile *tile,
                                 int32_t run_col, int32_t run_row, void *pixels,
                                 void *buffer, struct rt_error *err)
{
    const struct rt_copy_plan *plan = copy->plan;
    const struct rt_copy_span x = rt_copy_axis_run(&plan->x, run_col);
    const struct rt_copy_span y = rt_copy_axis_run(&plan->y, run_row);
    const struct rt_window run = {x.begin, y.begin, x.end - x.begin,
                                  y.end - y.begin};
    const struct rt_window frame = rt_copy_frame(copy, tile);
    const uint64_t px = plan->shape.px_bytes;
    struct rt_window piece;
    enum rt_status status;

    if (!rt_window_intersect(&tile->window, &run, &piece))
        return RT_OK;
    status = rt_spill_file_read(
        copy->pieces, state->slot, piece_offset_px(tile, &piece) * px, buffer,
        rt_window_area(&piece) * px,
        state->sums[piece_number(plan, tile, run_col, run_row)], err);
    if (status == RT_OK)
        rt_copy_pixels_move(&copy->job->layout, &piece, &piece, buffer, &frame,
                            pixels);
    return status;
}

enum rt_status rt_copy_read_pieces(struct rt_copy *copy,
                                   const struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   void *pixels, void *buffer,
                                   struct rt_error *err)
{
    const struct rt_copy_plan *plan = copy->plan;
    const struct rt_copy_span x =
        rt_copy_axis_runs_of_tiles(&plan->x, tile->col, tile->col);
    const struct rt_copy_span y =
        rt_copy_axis_runs_of_tiles(&plan->y, tile->row, tile->row);
    enum rt_status status = RT_OK;

    for (int32_t row = y.begin; status == RT_OK && row < y.end; row++)
        for (int32_t col = x.begin; status == RT_OK && col < x.end; col++)
            status =
                read_piece(copy, state, tile, col, row, pixels, buffer, err);
    return status;
}
