/* encode.c - encodes a tile, and writes it or keeps it until its turn. */
#include <stdlib.h>

#include "core/base/fork_gate.h"
#include "core/base/min_max.h"
#include "core/base/pages.h"
#include "core/copy/internal.h"

uint64_t rt_copy_encoded_buffer_bytes(const struct rt_copy *copy,
                                      const struct rt_copy_tile_state *state)
{
    return rt_copy_plan_buffer_bytes(copy->plan, copy->job->encoded_bytes,
                                     state->pixels == NULL &&
                                         state->run == NULL);
}

/* Assembles the pixels of a tile that was not assembled in memory. */
static enum rt_status gather(struct rt_copy *copy,
                             const struct rt_copy_encode *encode,
                             unsigned char *pixels, void *buffer,
                             struct rt_error *err)
{
    const struct rt_copy_tile_state *state = encode->state;
    const struct rt_window whole = rt_copy_whole_tile(copy, &encode->tile);

    if (rt_copy_on_disk(state))
        return rt_copy_read_pieces(copy, state, &encode->tile, pixels, buffer,
                                   err);
    rt_copy_pixels_scatter(&copy->job->layout, &encode->tile.window,
                           &state->run->window, state->run->pixels, &whole,
                           pixels);
    return RT_OK;
}

/* Frees what a tile's pixels came from. */
static void free_pixels(struct rt_copy *copy, int32_t level,
                        struct rt_copy_tile_state *state)
{
    struct rt_copy_run_buffer *run = state->run;
    unsigned char *pixels = state->pixels;
    bool last_of_run;

    pthread_mutex_lock(&copy->lock);
    last_of_run = run != NULL && --run->n_tiles == 0;
    state->run = NULL;
    state->pixels = NULL;
    pthread_mutex_unlock(&copy->lock);
    if (last_of_run) {
        rt_pages_free(run->pixels, run->bytes);
        rt_budget_release(copy->budget, run->bytes);
        free(run);
    }
    if (pixels != NULL) {
        rt_pages_free(pixels, copy->plan->tile_bytes);
        if (level == 0) /* tiles of levels are part of the plan's fixed_bytes */
            rt_budget_release(copy->budget, copy->plan->tile_bytes);
    }
    if (state->sums != NULL) {
        rt_spill_file_give_back(copy->tables[level].pieces, state->slot);
        free(state->sums);
        state->sums = NULL;
    }
}

/* Assembles a tile unless its pixels are in one buffer already. *pixels
 * receives their address, *gathered a buffer to free or NULL. */
static enum rt_status gather_tile(struct rt_copy *copy,
                                  const struct rt_copy_encode *encode,
                                  unsigned char **gathered,
                                  unsigned char **pixels, struct rt_error *err)
{
    const uint64_t bytes = rt_copy_encoded_buffer_bytes(copy, encode->state);
    const bool on_disk = rt_copy_on_disk(encode->state);
    void *buffer = NULL;
    enum rt_status status;

    *gathered = NULL;
    *pixels = encode->state->pixels;
    if (*pixels != NULL)
        return RT_OK;
    *pixels = *gathered = rt_pages_alloc(copy->plan->tile_bytes);
    if (on_disk)
        buffer = rt_pages_alloc(bytes);
    if (*gathered == NULL || (on_disk && buffer == NULL))
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    else
        status = gather(copy, encode, *gathered, buffer, err);
    rt_pages_free(buffer, bytes);
    return status;
}

/* *encoded receives a new buffer of buffer_bytes. */
static enum rt_status encode_pixels(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_encode *encode,
                                    uint64_t buffer_bytes, void **encoded,
                                    struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;
    struct rt_copy_tile_state *state = encode->state;
    unsigned char *gathered, *pixels;
    enum rt_status status = gather_tile(copy, encode, &gathered, &pixels, err);

    if (status == RT_OK)
        status = rt_copy_reduce_tile(copy, encode, pixels, err);
    if (status == RT_OK) {
        *encoded = rt_pages_alloc(buffer_bytes);
        if (*encoded == NULL)
            status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    if (status == RT_OK) {
        rt_fork_gate_enter();
        status = io->encode(io->context, worker, &encode->tile, pixels,
                            *encoded, &state->n_bytes, err);
        rt_fork_gate_leave();
    }
    rt_pages_free(gathered, copy->plan->tile_bytes);
    free_pixels(copy, encode->tile.level, state);
    return status;
}

static enum rt_status write_tile(struct rt_copy *copy,
                                 const struct rt_copy_tile *tile,
                                 const void *encoded, uint64_t n_bytes,
                                 struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;
    enum rt_status status;

    rt_fork_gate_enter();
    status = io->write(io->context, tile, encoded, n_bytes, err);
    rt_fork_gate_leave();
    return status;
}

static enum rt_status write_spilled(struct rt_copy *copy,
                                    const struct rt_copy_tile *tile,
                                    struct rt_copy_tile_state *state,
                                    struct rt_error *err)
{
    void *encoded = rt_pages_alloc(copy->job->encoded_bytes);
    enum rt_status status;

    if (encoded == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_spill_file_read(copy->encoded, state->encoded_slot, 0, encoded,
                                state->n_bytes, state->encoded_sum, err);
    if (status == RT_OK)
        status = write_tile(copy, tile, encoded, state->n_bytes, err);
    rt_spill_file_give_back(copy->encoded, state->encoded_slot);
    rt_pages_free(encoded, copy->job->encoded_bytes);
    return status;
}

/* What a tile that waits in memory takes: whole pages, but no more than was
 * reserved to encode it. */
static uint64_t kept_bytes(const struct rt_copy *copy, uint64_t n_bytes)
{
    return rt_min_u64(rt_pages_size(n_bytes),
                      rt_max_u64(n_bytes, copy->job->encoded_bytes));
}

static enum rt_status write_kept(struct rt_copy *copy,
                                 const struct rt_copy_tile *tile,
                                 struct rt_copy_tile_state *state,
                                 struct rt_error *err)
{
    const uint64_t bytes = kept_bytes(copy, state->n_bytes);
    enum rt_status status;

    if (state->encoded == NULL)
        return write_spilled(copy, tile, state, err);
    status = write_tile(copy, tile, state->encoded, state->n_bytes, err);
    rt_pages_free(state->encoded, state->n_bytes);
    state->encoded = NULL;
    rt_budget_release(copy->budget, bytes);
    pthread_mutex_lock(&copy->lock);
    copy->waiting_bytes -= bytes;
    pthread_mutex_unlock(&copy->lock);
    return status;
}

/* After a failure writing stays set, so that nobody else writes. The copy may
 * not be marked as failed yet, and the bytes of this tile are lost. */
static void end_write_locked(struct rt_copy *copy,
                             const struct rt_copy_tile *tile,
                             enum rt_status status)
{
    if (status != RT_OK)
        return;
    copy->writing = false;
    copy->next++;
    copy->tiles_left--;
    rt_copy_leave_row_locked(&copy->tables[0], tile->row);
}

/* Writes the tiles whose turn has come, unless another worker is doing so. */
static enum rt_status write_ready_ones(struct rt_copy *copy,
                                       struct rt_error *err)
{
    const struct rt_copy_table *table = &copy->tables[0];
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&copy->lock);
    while (status == RT_OK && !copy->writing && !copy->failed &&
           copy->next < copy->n_tiles) {
        const struct rt_copy_tile tile =
            rt_copy_tile_of(copy, table, copy->next);
        struct rt_copy_tile_state *state;

        if (table->rows[tile.row].tiles == NULL)
            break;
        state = rt_copy_tile_at_locked(table, tile.col, tile.row);
        if (state->state != RT_COPY_ENCODED)
            break;
        copy->writing = true;
        pthread_mutex_unlock(&copy->lock);
        status = write_kept(copy, &tile, state, err);
        pthread_mutex_lock(&copy->lock);
        end_write_locked(copy, &tile, status);
    }
    pthread_mutex_unlock(&copy->lock);
    return status;
}

/* Writes a tile that is the next one, without keeping it. */
static enum rt_status write_at_once(struct rt_copy *copy,
                                    const struct rt_copy_encode *encode,
                                    const void *encoded, struct rt_error *err)
{
    enum rt_status status =
        write_tile(copy, &encode->tile, encoded, encode->state->n_bytes, err);

    pthread_mutex_lock(&copy->lock);
    end_write_locked(copy, &encode->tile, status);
    pthread_mutex_unlock(&copy->lock);
    return status;
}

static enum rt_status keep_on_disk(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   const void *encoded, struct rt_error *err)
{
    enum rt_status status =
        rt_spill_file_take(copy->encoded, &state->encoded_slot, err);

    if (status == RT_OK)
        status =
            rt_spill_file_write(copy->encoded, state->encoded_slot, 0, encoded,
                                state->n_bytes, &state->encoded_sum, err);
    return status;
}

/* Whether a tile that must wait may do so in memory. If so, reserves bytes for
 * it. */
static bool may_wait(struct rt_copy *copy, const struct rt_copy_encode *encode)
{
    const uint64_t bytes = kept_bytes(copy, encode->state->n_bytes);
    bool good;

    if (encode->has_slot && !rt_budget_reserve(copy->budget, bytes))
        return false;
    pthread_mutex_lock(&copy->lock);
    good = copy->encoded == NULL ||
           copy->waiting_bytes + bytes <= copy->wait_limit_bytes;
    if (good)
        copy->waiting_bytes += bytes;
    pthread_mutex_unlock(&copy->lock);
    if (!good && encode->has_slot)
        rt_budget_release(copy->budget, bytes);
    return good;
}

/* Keeps an encoded tile until its turn. In memory, the shrunk buffer itself is
 * kept: a second copy would exceed what is reserved. */
static enum rt_status keep(struct rt_copy *copy, struct rt_copy_encode *encode,
                           void **encoded, uint64_t buffer_bytes,
                           struct rt_error *err)
{
    struct rt_copy_tile_state *state = encode->state;

    if (!may_wait(copy, encode))
        return keep_on_disk(copy, state, *encoded, err);
    state->encoded = rt_pages_shrink(*encoded, buffer_bytes, state->n_bytes);
    if (state->encoded == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    *encoded = NULL;
    if (!encode->has_slot)
        encode->reserved_bytes -= kept_bytes(copy, state->n_bytes);
    return RT_OK;
}

static enum rt_status dispose(struct rt_copy *copy,
                              struct rt_copy_encode *encode, void **encoded,
                              uint64_t buffer_bytes, struct rt_error *err)
{
    enum rt_status status;
    bool next;

    pthread_mutex_lock(&copy->lock);
    next = encode->number == copy->next;
    if (next)
        copy->writing = true;
    pthread_mutex_unlock(&copy->lock);
    if (next)
        return write_at_once(copy, encode, *encoded, err);
    status = keep(copy, encode, encoded, buffer_bytes, err);
    if (status != RT_OK)
        return status;
    pthread_mutex_lock(&copy->lock);
    encode->state->state = RT_COPY_ENCODED;
    pthread_mutex_unlock(&copy->lock);
    return RT_OK;
}

/* The worker that has encoded a tile writes it. */
static enum rt_status write_unordered(struct rt_copy *copy,
                                      const struct rt_copy_encode *encode,
                                      const void *encoded, struct rt_error *err)
{
    const enum rt_status status =
        write_tile(copy, &encode->tile, encoded, encode->state->n_bytes, err);

    if (status != RT_OK)
        return status;
    pthread_mutex_lock(&copy->lock);
    copy->tiles_left--;
    rt_copy_leave_row_locked(encode->table, encode->tile.row);
    pthread_mutex_unlock(&copy->lock);
    return RT_OK;
}

bool rt_copy_is_ordered(const struct rt_copy *copy,
                        const struct rt_copy_table *table)
{
    return table->level == 0 && !copy->plan->any_order;
}

enum rt_status rt_copy_encode_tile(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_encode *encode,
                                   struct rt_error *err)
{
    const uint64_t bytes = rt_copy_encoded_buffer_bytes(copy, encode->state);
    const bool ordered = rt_copy_is_ordered(copy, encode->table);
    void *encoded = NULL;
    enum rt_status status =
        encode_pixels(copy, worker, encode, bytes, &encoded, err);

    if (status == RT_OK && ordered)
        status = dispose(copy, encode, &encoded, bytes, err);
    else if (status == RT_OK)
        status = write_unordered(copy, encode, encoded, err);
    rt_pages_free(encoded, bytes);
    if (status == RT_OK && ordered)
        status = write_ready_ones(copy, err);
    return status;
}
