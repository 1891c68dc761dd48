/* pieces.c - tiles that are assembled on disk.
 *
 * A piece is the part of a tile that one run holds. It lies in the tile's slot
 * after the pieces above it and to the left of it. Its layout is that of a tile
 * of its own size, so it is written and read in one operation.
 */
#include "core/copy/internal.h"

static uint64_t piece_offset_px(const struct rt_copy_tile *tile,
                                const struct rt_window *piece)
{
    return (uint64_t)(piece->y_px - tile->window.y_px) *
               (uint64_t)tile->window.w_px +
           (uint64_t)(piece->x_px - tile->window.x_px) * (uint64_t)piece->h_px;
}

/* The number of the piece that a run or reduced tile delivers, among those of
 * its tile. */
static uint32_t piece_number(const struct rt_copy *copy,
                             const struct rt_copy_tile *tile, int32_t col,
                             int32_t row)
{
    struct rt_copy_span cols, rows;

    rt_copy_deliveries(copy, tile, &cols, &rows);
    return (uint32_t)(row - rows.begin) * (uint32_t)(cols.end - cols.begin) +
           (uint32_t)(col - cols.begin);
}

enum rt_status rt_copy_write_piece(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   const struct rt_copy_delivered *delivered,
                                   void *buffer, struct rt_error *err)
{
    const uint64_t px = copy->plan->shape.px_bytes;
    const struct rt_window *from = &delivered->window;
    struct rt_window piece;

    if (!rt_window_intersect(&tile->window, from, &piece))
        return RT_OK;
    rt_copy_pixels_scatter(delivered->layout, &piece, from, delivered->pixels,
                           &piece, buffer);
    return rt_spill_file_write(
        copy->tables[tile->level].pieces, state->slot,
        piece_offset_px(tile, &piece) * px, buffer, rt_window_area(&piece) * px,
        &state->sums[piece_number(copy, tile, delivered->col, delivered->row)],
        err);
}

static enum rt_status read_piece(struct rt_copy *copy,
                                 const struct rt_copy_tile_state *state,
                                 const struct rt_copy_tile *tile, int32_t col,
                                 int32_t row, void *pixels, void *buffer,
                                 struct rt_error *err)
{
    const struct rt_window from = rt_copy_delivery(copy, tile->level, col, row);
    const struct rt_window whole = rt_copy_whole_tile(copy, tile);
    const uint64_t px = copy->plan->shape.px_bytes;
    struct rt_window piece;
    enum rt_status status;

    if (!rt_window_intersect(&tile->window, &from, &piece))
        return RT_OK;
    status = rt_spill_file_read(
        copy->tables[tile->level].pieces, state->slot,
        piece_offset_px(tile, &piece) * px, buffer, rt_window_area(&piece) * px,
        state->sums[piece_number(copy, tile, col, row)], err);
    if (status == RT_OK)
        rt_copy_pixels_move(&copy->job->layout, &piece, &piece, buffer, &whole,
                            pixels);
    return status;
}

enum rt_status rt_copy_read_pieces(struct rt_copy *copy,
                                   const struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   void *pixels, void *buffer,
                                   struct rt_error *err)
{
    struct rt_copy_span cols, rows;
    enum rt_status status = RT_OK;

    rt_copy_deliveries(copy, tile, &cols, &rows);
    for (int32_t row = rows.begin; status == RT_OK && row < rows.end; row++)
        for (int32_t col = cols.begin; status == RT_OK && col < cols.end; col++)
            status =
                read_piece(copy, state, tile, col, row, pixels, buffer, err);
    return status;
}
