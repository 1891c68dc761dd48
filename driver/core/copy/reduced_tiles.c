/* reduced_tiles.c - reduces a tile and delivers the result to the level above.
 *
 * A tile keeps the lines and columns that the tiles below and to the right will
 * read (its edges). A tile is taken only after those to the left and above have
 * been taken, and a worker leaves the edges of its tile before it waits for
 * others. So the first of the active workers waits for nobody.
 */
#include <stdlib.h>

#include "core/base/fork_gate.h"
#include "core/base/pages.h"
#include "core/copy/internal.h"

/* The reduction of one tile. */
struct reduction {
    struct rt_copy *copy;
    struct rt_copy_table *table, *above;
    const struct rt_copy_plan_level *level; /* of the level above */
    const struct rt_copy_tile *tile;
    struct rt_window whole; /* of pixels: the tile, also beyond the raster */
    const unsigned char *pixels;
    struct rt_window support;
    struct rt_window output;
};

static bool make_edge(const struct reduction *reduction,
                      const struct rt_window *window, int32_t users,
                      struct rt_copy_edge **made)
{
    const struct rt_copy *copy = reduction->copy;
    struct rt_copy_edge *edge;

    *made = NULL;
    if (rt_window_area(window) == 0 || users == 0)
        return true;
    edge = calloc(1, sizeof(*edge));
    if (edge == NULL)
        return false;
    edge->window = *window;
    edge->users = users;
    edge->bytes = rt_window_area(window) * copy->plan->shape.px_bytes;
    edge->pixels = rt_pages_alloc(edge->bytes);
    if (edge->pixels == NULL) {
        free(edge);
        return false;
    }
    rt_copy_pixels_move(&copy->job->layout, window, &reduction->whole,
                        reduction->pixels, window, edge->pixels);
    *made = edge;
    return true;
}

/* The lower edge is read by the tile below, and by the tile to the right of
 * that one. */
static enum rt_status leave_edges(const struct reduction *reduction,
                                  struct rt_error *err)
{
    const struct rt_copy_tile *tile = reduction->tile;
    const struct rt_window *px = &tile->window;
    const struct rt_copy_span x = {px->x_px, px->x_px + px->w_px};
    const struct rt_copy_span y = {px->y_px, px->y_px + px->h_px};
    const struct rt_window right = rt_copy_span_window(
        rt_copy_level_kept(&reduction->level->x, tile->col), y);
    const struct rt_window below = rt_copy_span_window(
        x, rt_copy_level_kept(&reduction->level->y, tile->row));
    const bool last = tile->col == reduction->table->tile_cols - 1;
    struct rt_copy_edge *edges[2] = {NULL, NULL};
    struct rt_copy_tile_state *state;

    if (!make_edge(reduction, &right, last ? 0 : 1, &edges[0]) ||
        !make_edge(reduction, &below, last ? 1 : 2, &edges[1])) {
        rt_copy_free_edge(edges[0]);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    pthread_mutex_lock(&reduction->copy->lock);
    state = rt_copy_tile_at_locked(reduction->table, tile->col, tile->row);
    state->right = edges[0];
    state->below = edges[1];
    state->has_edges = true;
    pthread_cond_broadcast(&reduction->copy->margin_came);
    pthread_mutex_unlock(&reduction->copy->lock);
    return RT_OK;
}

/* The neighbours whose edges a tile reads: left, above, and above left. */
#define NEIGHBOURS 3
static const int neighbour_col[NEIGHBOURS] = {-1, 0, -1};
static const int neighbour_row[NEIGHBOURS] = {0, -1, -1};

static struct rt_copy_tile_state *
neighbour_locked(const struct reduction *reduction, int i)
{
    const int32_t col = reduction->tile->col + neighbour_col[i];
    const int32_t row = reduction->tile->row + neighbour_row[i];

    if (col < 0 || row < 0)
        return NULL;
    return rt_copy_tile_at_locked(reduction->table, col, row);
}

static struct rt_copy_edge **edge_of(struct rt_copy_tile_state *state, int i)
{
    return neighbour_row[i] == 0 ? &state->right : &state->below;
}

static enum rt_status await_edges(const struct reduction *reduction,
                                  struct rt_error *err)
{
    struct rt_copy *copy = reduction->copy;
    bool failed;

    pthread_mutex_lock(&copy->lock);
    for (int i = 0; i < NEIGHBOURS; i++) {
        const struct rt_copy_tile_state *state = neighbour_locked(reduction, i);

        while (state != NULL && !copy->failed && !state->has_edges)
            pthread_cond_wait(&copy->margin_came, &copy->lock);
    }
    failed = copy->failed;
    pthread_mutex_unlock(&copy->lock);
    return failed ? rt_error_set(err, RT_ERR_CANCELLED, "cancelled") : RT_OK;
}

/* The layout that separates the planes of tiles, and below it the layout for
 * the way back. */
static struct rt_copy_layout apart(const struct reduction *reduction)
{
    struct rt_copy_layout layout = reduction->copy->job->layout;

    layout.packed = layout.interleaved;
    layout.interleaved = false;
    return layout;
}

static struct rt_copy_layout together(const struct reduction *reduction)
{
    struct rt_copy_layout layout = reduction->copy->job->layout;

    layout.packed = false;
    return layout;
}

static void take_part(const struct reduction *reduction,
                      const struct rt_window *from, const void *pixels,
                      unsigned char *support)
{
    const struct rt_copy_layout layout = apart(reduction);
    struct rt_window part;

    if (rt_window_intersect(from, &reduction->support, &part))
        rt_copy_pixels_scatter(&layout, &part, from, pixels,
                               &reduction->support, support);
}

/* Copies from the tile, as far as it lies in the raster, and from its
 * neighbours' edges. An edge exists as long as this tile is one of its
 * users. */
static void gather(const struct reduction *reduction, unsigned char *support)
{
    const struct rt_copy_layout layout = apart(reduction);
    struct rt_copy *copy = reduction->copy;
    struct rt_window part;

    if (rt_window_intersect(&reduction->tile->window, &reduction->support,
                            &part))
        rt_copy_pixels_scatter(&layout, &part, &reduction->whole,
                               reduction->pixels, &reduction->support, support);
    for (int i = 0; i < NEIGHBOURS; i++) {
        const struct rt_copy_edge *edge = NULL;
        struct rt_copy_tile_state *state;

        pthread_mutex_lock(&copy->lock);
        state = neighbour_locked(reduction, i);
        if (state != NULL)
            edge = *edge_of(state, i);
        pthread_mutex_unlock(&copy->lock);
        if (edge != NULL)
            take_part(reduction, &edge->window, edge->pixels, support);
    }
}

static void release_edges(const struct reduction *reduction)
{
    struct rt_copy *copy = reduction->copy;
    struct rt_copy_edge *done[NEIGHBOURS] = {NULL, NULL, NULL};

    pthread_mutex_lock(&copy->lock);
    for (int i = 0; i < NEIGHBOURS; i++) {
        struct rt_copy_tile_state *state = neighbour_locked(reduction, i);
        struct rt_copy_edge **edge = state != NULL ? edge_of(state, i) : NULL;

        if (edge == NULL || *edge == NULL || --(*edge)->users > 0)
            continue;
        done[i] = *edge;
        *edge = NULL;
    }
    if (reduction->tile->row > 0)
        rt_copy_leave_row_locked(reduction->table, reduction->tile->row - 1);
    pthread_mutex_unlock(&copy->lock);
    for (int i = 0; i < NEIGHBOURS; i++)
        rt_copy_free_edge(done[i]);
}

/* Fills out with the reduced pixels. */
static enum rt_status reduce(const struct reduction *reduction,
                             unsigned char *out, struct rt_error *err)
{
    const struct rt_copy_reducer *reducer = reduction->copy->job->reducer;
    const uint64_t bytes = rt_window_area(&reduction->support) *
                           reduction->copy->plan->shape.px_bytes;
    unsigned char *support = rt_pages_alloc(bytes);
    enum rt_status status;

    if (support == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    gather(reduction, support);
    rt_fork_gate_enter();
    status = reducer->reduce(reducer->context, reduction->above->level,
                             &reduction->support, support, &reduction->output,
                             out, err);
    rt_fork_gate_leave();
    rt_pages_free(support, bytes);
    return status;
}

static enum rt_status deliver_to(const struct reduction *reduction, int32_t col,
                                 int32_t row, const unsigned char *out,
                                 void *piece_buffer, struct rt_error *err)
{
    struct rt_copy *copy = reduction->copy;
    const struct rt_copy_tile tile = rt_copy_tile_of(
        copy, reduction->above, rt_copy_number(reduction->above, col, row));
    const struct rt_window whole = rt_copy_whole_tile(copy, &tile);
    const struct rt_copy_layout layout = together(reduction);
    const struct rt_copy_delivered delivered = {
        reduction->tile->col, reduction->tile->row, reduction->output, out,
        &layout};
    struct rt_copy_tile_state *state;
    struct rt_window part;
    unsigned char *pixels;
    enum rt_status status;
    bool fresh;

    pthread_mutex_lock(&copy->lock);
    state = rt_copy_tile_at_locked(reduction->above, col, row);
    pthread_mutex_unlock(&copy->lock);
    if (rt_copy_on_disk(state))
        return rt_copy_write_piece(copy, state, &tile, &delivered, piece_buffer,
                                   err);
    status = rt_copy_tile_buffer(copy, state, &pixels, &fresh, err);
    if (status == RT_OK &&
        rt_window_intersect(&tile.window, &reduction->output, &part))
        rt_copy_pixels_scatter(&layout, &part, &reduction->output, out, &whole,
                               pixels);
    return status;
}

static enum rt_status open_tiles(const struct reduction *reduction,
                                 struct rt_copy_span cols,
                                 struct rt_copy_span rows, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&reduction->copy->lock);
    if (!rt_copy_open_rows_locked(reduction->above, rows))
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t row = rows.begin; row < rows.end; row++)
        for (int32_t col = cols.begin; status == RT_OK && col < cols.end; col++)
            status = rt_copy_open_tile_locked(reduction->copy, reduction->above,
                                              col, row, err);
    pthread_mutex_unlock(&reduction->copy->lock);
    return status;
}

static enum rt_status account(const struct reduction *reduction,
                              struct rt_copy_span cols,
                              struct rt_copy_span rows, struct rt_error *err)
{
    bool good = true;

    pthread_mutex_lock(&reduction->copy->lock);
    for (int32_t row = rows.begin; row < rows.end; row++)
        for (int32_t col = cols.begin; col < cols.end; col++)
            good = rt_copy_deliver_locked(reduction->above, col, row) && good;
    pthread_mutex_unlock(&reduction->copy->lock);
    return good ? RT_OK : rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

static enum rt_status deliver(const struct reduction *reduction,
                              const unsigned char *out, struct rt_error *err)
{
    const uint64_t tile_bytes = reduction->copy->plan->tile_bytes;
    const struct rt_copy_span cols = rt_copy_level_tiles_of_reduced(
        &reduction->level->x, reduction->tile->col);
    const struct rt_copy_span rows = rt_copy_level_tiles_of_reduced(
        &reduction->level->y, reduction->tile->row);
    enum rt_status status = open_tiles(reduction, cols, rows, err);
    void *buffer = NULL;

    if (status == RT_OK && !reduction->level->in_memory) {
        buffer = rt_pages_alloc(tile_bytes);
        if (buffer == NULL)
            return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    for (int32_t row = rows.begin; row < rows.end; row++)
        for (int32_t col = cols.begin; status == RT_OK && col < cols.end; col++)
            status = deliver_to(reduction, col, row, out, buffer, err);
    rt_pages_free(buffer, tile_bytes);
    return status == RT_OK ? account(reduction, cols, rows, err) : status;
}

uint64_t rt_copy_reduce_need(const struct rt_copy *copy,
                             const struct rt_copy_tile *tile)
{
    if (tile->level == copy->plan->n_levels)
        return 0;
    return rt_copy_plan_reduce_bytes(
        copy->plan, &copy->plan->levels[tile->level], tile->col, tile->row);
}

static enum rt_status reduce_and_deliver(const struct reduction *reduction,
                                         struct rt_error *err)
{
    const uint64_t bytes = rt_window_area(&reduction->output) *
                           reduction->copy->plan->shape.px_bytes;
    unsigned char *out;
    enum rt_status status;

    if (bytes == 0)
        return RT_OK;
    out = rt_pages_alloc(bytes);
    if (out == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = reduce(reduction, out, err);
    if (status == RT_OK)
        status = deliver(reduction, out, err);
    rt_pages_free(out, bytes);
    return status;
}

enum rt_status rt_copy_reduce_tile(struct rt_copy *copy,
                                   const struct rt_copy_encode *encode,
                                   const void *pixels, struct rt_error *err)
{
    const struct rt_copy_tile *tile = &encode->tile;
    struct reduction reduction = {.copy = copy,
                                  .table = encode->table,
                                  .tile = tile,
                                  .whole = rt_copy_whole_tile(copy, tile),
                                  .pixels = pixels};
    enum rt_status status;

    if (!encode->table->is_reduced)
        return RT_OK;
    reduction.above = &copy->tables[tile->level + 1];
    reduction.level = &copy->plan->levels[tile->level];
    reduction.support = rt_copy_span_window(
        rt_copy_level_support(&reduction.level->x, tile->col),
        rt_copy_level_support(&reduction.level->y, tile->row));
    reduction.output = rt_copy_span_window(
        rt_copy_level_output(&reduction.level->x, tile->col),
        rt_copy_level_output(&reduction.level->y, tile->row));
    status = leave_edges(&reduction, err);
    if (status == RT_OK)
        status = await_edges(&reduction, err);
    if (status == RT_OK)
        status = reduce_and_deliver(&reduction, err);
    if (status == RT_OK)
        release_edges(&reduction);
    return status;
}
