/* tiles.c - the tables of tiles, and which tiles are ready to be encoded. */
#include <stdlib.h>

#include "core/base/pages.h"
#include "core/copy/internal.h"

static void set_table(struct rt_copy *copy, int32_t level)
{
    const struct rt_copy_plan *plan = copy->plan;
    struct rt_copy_table *table = &copy->tables[level];

    table->level = level;
    table->tile_cols =
        level == 0 ? plan->tile_cols : plan->levels[level - 1].tile_cols;
    table->tile_rows =
        level == 0 ? plan->tile_rows : plan->levels[level - 1].tile_rows;
    table->is_reduced = level < plan->n_levels;
}

bool rt_copy_make_tables(struct rt_copy *copy)
{
    const int32_t n = copy->plan->n_levels + 1;

    copy->tables = calloc((size_t)n, sizeof(*copy->tables));
    for (int32_t i = 0; copy->tables != NULL && i < n; i++) {
        struct rt_copy_table *table = &copy->tables[i];

        set_table(copy, i);
        table->rows = calloc((size_t)table->tile_rows, sizeof(*table->rows));
        if (table->rows == NULL)
            return false;
        copy->all_tiles +=
            (uint64_t)table->tile_cols * (uint64_t)table->tile_rows;
    }
    return copy->tables != NULL;
}

uint64_t rt_copy_number(const struct rt_copy_table *table, int32_t col,
                        int32_t row)
{
    return (uint64_t)row * (uint64_t)table->tile_cols + (uint64_t)col;
}

struct rt_copy_tile rt_copy_tile_of(const struct rt_copy *copy,
                                    const struct rt_copy_table *table,
                                    uint64_t number)
{
    const struct rt_copy_plan *plan = copy->plan;
    const struct rt_copy_plan_level *level =
        table->level > 0 ? &plan->levels[table->level - 1] : NULL;
    const int32_t col = (int32_t)(number % (uint64_t)table->tile_cols);
    const int32_t row = (int32_t)(number / (uint64_t)table->tile_cols);
    const struct rt_copy_span x =
        rt_copy_span_part(col, plan->x.tile_px,
                          level != NULL ? level->x.size_px : plan->x.size_px);
    const struct rt_copy_span y =
        rt_copy_span_part(row, plan->y.tile_px,
                          level != NULL ? level->y.size_px : plan->y.size_px);
    const struct rt_copy_tile tile = {table->level, col, row,
                                      rt_copy_span_window(x, y)};

    return tile;
}

struct rt_window rt_copy_whole_tile(const struct rt_copy *copy,
                                    const struct rt_copy_tile *tile)
{
    const struct rt_window whole = {tile->window.x_px, tile->window.y_px,
                                    copy->plan->x.tile_px,
                                    copy->plan->y.tile_px};

    return whole;
}

void rt_copy_deliveries(const struct rt_copy *copy,
                        const struct rt_copy_tile *tile,
                        struct rt_copy_span *cols, struct rt_copy_span *rows)
{
    const struct rt_copy_plan *plan = copy->plan;

    if (tile->level == 0) {
        *cols = rt_copy_axis_runs_of_tiles(&plan->x, tile->col, tile->col);
        *rows = rt_copy_axis_runs_of_tiles(&plan->y, tile->row, tile->row);
    } else {
        const struct rt_copy_plan_level *level = &plan->levels[tile->level - 1];

        *cols = rt_copy_level_reduced_of_tile(&level->x, tile->col);
        *rows = rt_copy_level_reduced_of_tile(&level->y, tile->row);
    }
}

struct rt_window rt_copy_delivery(const struct rt_copy *copy, int32_t level,
                                  int32_t col, int32_t row)
{
    const struct rt_copy_plan *plan = copy->plan;
    const struct rt_copy_span x =
        level == 0 ? rt_copy_axis_run(&plan->x, col)
                   : rt_copy_level_output(&plan->levels[level - 1].x, col);
    const struct rt_copy_span y =
        level == 0 ? rt_copy_axis_run(&plan->y, row)
                   : rt_copy_level_output(&plan->levels[level - 1].y, row);

    return rt_copy_span_window(x, y);
}

struct rt_copy_tile_state *
rt_copy_tile_at_locked(const struct rt_copy_table *table, int32_t col,
                       int32_t row)
{
    return &table->rows[row].tiles[col];
}

bool rt_copy_open_rows_locked(const struct rt_copy_table *table,
                              struct rt_copy_span rows)
{
    for (int32_t i = rows.begin; i < rows.end; i++) {
        struct rt_copy_row *row = &table->rows[i];
        const bool next_reads_it =
            table->is_reduced && i + 1 < table->tile_rows;

        if (row->tiles != NULL)
            continue;
        row->tiles = calloc((size_t)table->tile_cols, sizeof(*row->tiles));
        if (row->tiles == NULL)
            return false;
        row->left = table->tile_cols;
        if (next_reads_it)
            row->left += table->tile_cols;
    }
    return true;
}

void rt_copy_leave_row_locked(const struct rt_copy_table *table, int32_t row)
{
    struct rt_copy_row *left = &table->rows[row];

    if (--left->left > 0)
        return;
    free(left->tiles);
    left->tiles = NULL;
    left->done = true;
}

static bool direct(const struct rt_copy *copy,
                   const struct rt_copy_table *table, int32_t col, int32_t row)
{
    return table->level == 0 && rt_copy_plan_direct(copy->plan, col, row);
}

static bool in_memory(const struct rt_copy *copy,
                      const struct rt_copy_table *table, int32_t col)
{
    return table->level == 0 ? col < copy->plan->memory_cols
                             : copy->plan->levels[table->level - 1].in_memory;
}

enum rt_status rt_copy_open_tile_locked(struct rt_copy *copy,
                                        struct rt_copy_table *table,
                                        int32_t col, int32_t row,
                                        struct rt_error *err)
{
    const struct rt_copy_tile tile =
        rt_copy_tile_of(copy, table, rt_copy_number(table, col, row));
    struct rt_copy_tile_state *state = rt_copy_tile_at_locked(table, col, row);
    struct rt_copy_span cols, rows;

    if (state->state != RT_COPY_ABSENT)
        return RT_OK;
    rt_copy_deliveries(copy, &tile, &cols, &rows);
    state->state = RT_COPY_OPEN;
    state->pieces_left =
        (uint32_t)(cols.end - cols.begin) * (uint32_t)(rows.end - rows.begin);
    if (in_memory(copy, table, col) || direct(copy, table, col, row))
        return RT_OK;
    state->sums = calloc(state->pieces_left, sizeof(*state->sums));
    if (state->sums == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return rt_spill_file_take(table->pieces, &state->slot, err);
}

bool rt_copy_on_disk(const struct rt_copy_tile_state *state)
{
    return state->sums != NULL;
}

enum rt_status rt_copy_tile_buffer(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   unsigned char **pixels, bool *fresh,
                                   struct rt_error *err)
{
    unsigned char *made;

    *fresh = false;
    pthread_mutex_lock(&copy->lock);
    *pixels = state->pixels;
    pthread_mutex_unlock(&copy->lock);
    if (*pixels != NULL)
        return RT_OK;
    made = rt_pages_alloc(copy->plan->tile_bytes);
    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_lock(&copy->lock);
    if (state->pixels == NULL) {
        state->pixels = made;
        made = NULL;
        *fresh = true;
    }
    *pixels = state->pixels;
    pthread_mutex_unlock(&copy->lock);
    rt_pages_free(made, copy->plan->tile_bytes);
    return RT_OK;
}

static void swap(uint64_t *a, uint64_t *b)
{
    const uint64_t kept = *a;

    *a = *b;
    *b = kept;
}

static bool push_ready_locked(struct rt_copy_table *table, uint64_t number)
{
    size_t at = table->n_ready;

    if (at == table->ready_size) {
        const size_t size = at == 0 ? 64 : 2 * at;
        uint64_t *ready = realloc(table->ready, size * sizeof(*ready));

        if (ready == NULL)
            return false;
        table->ready = ready;
        table->ready_size = size;
    }
    table->ready[at] = number;
    table->n_ready++;
    for (; at > 0 && table->ready[at] < table->ready[(at - 1) / 2];
         at = (at - 1) / 2)
        swap(&table->ready[at], &table->ready[(at - 1) / 2]);
    return true;
}

static void pop_ready_locked(struct rt_copy_table *table)
{
    size_t at = 0;

    table->ready[0] = table->ready[--table->n_ready];
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < table->n_ready &&
                table->ready[child] < table->ready[least])
                least = child;
        if (least == at)
            return;
        swap(&table->ready[at], &table->ready[least]);
        at = least;
    }
}

static bool has_begun_locked(const struct rt_copy_table *table, int32_t col,
                             int32_t row)
{
    const struct rt_copy_row *its = row < 0 ? NULL : &table->rows[row];

    if (col < 0 || row < 0 || its->done)
        return true;
    return its->tiles != NULL && its->tiles[col].state >= RT_COPY_ENCODING;
}

/* A whole tile is ready once the tiles whose margins it reads have begun to be
 * encoded. The one above left begins before the other two. */
static bool ready_if_it_can_locked(struct rt_copy_table *table, int32_t col,
                                   int32_t row)
{
    struct rt_copy_tile_state *state;

    if (col == table->tile_cols || row == table->tile_rows ||
        table->rows[row].tiles == NULL)
        return true;
    state = rt_copy_tile_at_locked(table, col, row);
    if (state->state != RT_COPY_WHOLE)
        return true;
    if (table->is_reduced && (!has_begun_locked(table, col - 1, row) ||
                              !has_begun_locked(table, col, row - 1)))
        return true;
    state->state = RT_COPY_READY;
    return push_ready_locked(table, rt_copy_number(table, col, row));
}

bool rt_copy_deliver_locked(struct rt_copy_table *table, int32_t col,
                            int32_t row)
{
    struct rt_copy_tile_state *state = rt_copy_tile_at_locked(table, col, row);

    if (--state->pieces_left > 0)
        return true;
    state->state = RT_COPY_WHOLE;
    return ready_if_it_can_locked(table, col, row);
}

bool rt_copy_take_ready_locked(struct rt_copy_table *table)
{
    const uint64_t number = table->ready[0];
    const int32_t col = (int32_t)(number % (uint64_t)table->tile_cols);
    const int32_t row = (int32_t)(number / (uint64_t)table->tile_cols);

    pop_ready_locked(table);
    rt_copy_tile_at_locked(table, col, row)->state = RT_COPY_ENCODING;
    return ready_if_it_can_locked(table, col + 1, row) &&
           ready_if_it_can_locked(table, col, row + 1);
}

static void drop_run(struct rt_copy_run_buffer *run)
{
    if (run == NULL || --run->n_tiles > 0)
        return;
    rt_pages_free(run->pixels, run->bytes);
    free(run);
}

static void free_row(const struct rt_copy *copy,
                     struct rt_copy_tile_state *tiles, int32_t n)
{
    for (int32_t i = 0; tiles != NULL && i < n; i++) {
        drop_run(tiles[i].run);
        rt_pages_free(tiles[i].pixels, copy->plan->tile_bytes);
        rt_pages_free(tiles[i].encoded, tiles[i].n_bytes);
        rt_copy_free_edge(tiles[i].right);
        rt_copy_free_edge(tiles[i].below);
        free(tiles[i].sums);
    }
    free(tiles);
}

void rt_copy_free_tables(struct rt_copy *copy)
{
    for (int32_t i = 0; copy->tables != NULL && i <= copy->plan->n_levels;
         i++) {
        struct rt_copy_table *table = &copy->tables[i];

        for (int32_t row = 0; table->rows != NULL && row < table->tile_rows;
             row++)
            free_row(copy, table->rows[row].tiles, table->tile_cols);
        free(table->rows);
        free(table->ready);
        rt_spill_file_destroy(table->pieces);
    }
    free(copy->tables);
}

void rt_copy_free_edge(struct rt_copy_edge *edge)
{
    if (edge == NULL)
        return;
    rt_pages_free(edge->pixels, edge->bytes);
    free(edge);
}
