/* copy_tiles.c - the table of tiles, and which are ready to be encoded. */
#include <stdlib.h>

#include "core/copy_engine_internal.h"
#include "core/pages.h"

uint64_t rt_copy_number(const struct rt_copy *copy, int32_t col, int32_t row)
{
    return (uint64_t)row * (uint64_t)copy->plan->tile_cols + (uint64_t)col;
}

struct rt_copy_tile rt_copy_tile_of(const struct rt_copy *copy, uint64_t number)
{
    const uint64_t cols = (uint64_t)copy->plan->tile_cols;
    const int32_t col = (int32_t)(number % cols);
    const int32_t row = (int32_t)(number / cols);
    const struct rt_copy_span x = rt_copy_axis_tile(&copy->plan->x, col);
    const struct rt_copy_span y = rt_copy_axis_tile(&copy->plan->y, row);
    const struct rt_copy_tile tile = {
        col, row, {x.begin, y.begin, x.end - x.begin, y.end - y.begin}};

    return tile;
}

struct rt_window rt_copy_frame(const struct rt_copy *copy,
                               const struct rt_copy_tile *tile)
{
    const struct rt_window frame = {tile->window.x_px, tile->window.y_px,
                                    copy->plan->x.tile_px,
                                    copy->plan->y.tile_px};

    return frame;
}

struct rt_copy_tile_state *rt_copy_tile_at_locked(struct rt_copy *copy,
                                                  int32_t col, int32_t row)
{
    return &copy->rows[row][col];
}

bool rt_copy_open_rows_locked(struct rt_copy *copy,
                              const struct rt_copy_step *step)
{
    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        if (copy->rows[row] == NULL) {
            copy->rows[row] =
                calloc((size_t)copy->plan->tile_cols, sizeof(**copy->rows));
            if (copy->rows[row] == NULL)
                return false;
        }
    return true;
}

void rt_copy_close_row_locked(struct rt_copy *copy, int32_t row)
{
    free(copy->rows[row]);
    copy->rows[row] = NULL;
}

static void swap(uint64_t *a, uint64_t *b)
{
    const uint64_t kept = *a;

    *a = *b;
    *b = kept;
}

bool rt_copy_push_ready_locked(struct rt_copy *copy, uint64_t number)
{
    size_t at = copy->n_ready;

    if (at == copy->ready_size) {
        const size_t size = at == 0 ? 64 : 2 * at;
        uint64_t *ready = realloc(copy->ready, size * sizeof(*ready));

        if (ready == NULL)
            return false;
        copy->ready = ready;
        copy->ready_size = size;
    }
    copy->ready[at] = number;
    copy->n_ready++;
    for (; at > 0 && copy->ready[at] < copy->ready[(at - 1) / 2];
         at = (at - 1) / 2)
        swap(&copy->ready[at], &copy->ready[(at - 1) / 2]);
    return true;
}

uint64_t rt_copy_pop_ready_locked(struct rt_copy *copy)
{
    const uint64_t number = copy->ready[0];
    size_t at = 0;

    copy->ready[0] = copy->ready[--copy->n_ready];
    for (;;) {
        size_t least = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++)
            if (child < copy->n_ready &&
                copy->ready[child] < copy->ready[least])
                least = child;
        if (least == at)
            return number;
        swap(&copy->ready[at], &copy->ready[least]);
        at = least;
    }
}

static void drop_run(struct rt_copy_run_buffer *run)
{
    if (run == NULL || --run->n_tiles > 0)
        return;
    rt_pages_free(run->pixels, run->bytes);
    free(run);
}

void rt_copy_free_tiles(struct rt_copy *copy)
{
    for (int32_t row = 0; copy->rows != NULL && row < copy->plan->tile_rows;
         row++) {
        struct rt_copy_tile_state *tiles = copy->rows[row];

        for (int32_t i = 0; tiles != NULL && i < copy->plan->tile_cols; i++) {
            drop_run(tiles[i].run);
            rt_pages_free(tiles[i].pixels, copy->plan->tile_bytes);
            rt_pages_free(tiles[i].encoded, tiles[i].n_bytes);
            free(tiles[i].sums);
        }
        free(tiles);
    }
    free(copy->rows);
    free(copy->ready);
}
