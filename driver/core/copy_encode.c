/* copy_encode.c - a tile is encoded, and waits or is written. */
#include <stdlib.h>

#include "core/copy_engine_internal.h"
#include "core/pages.h"

uint64_t rt_copy_encoded_buffer_bytes(const struct rt_copy *copy,
                                      const struct rt_copy_tile_state *state)
{
    return rt_copy_plan_buffer_bytes(copy->plan, copy->job->encoded_bytes,
                                     state->pixels == NULL &&
                                         state->run == NULL);
}

/* The whole pixels of a tile that was not assembled in memory. */
static enum rt_status gather(struct rt_copy *copy,
                             const struct rt_copy_encode *encode,
                             unsigned char *pixels, void *buffer,
                             struct rt_error *err)
{
    const struct rt_copy_tile_state *state = encode->state;
    const struct rt_window frame = rt_copy_frame(copy, &encode->tile);

    if (state->run == NULL)
        return rt_copy_read_pieces(copy, state, &encode->tile, pixels, buffer,
                                   err);
    rt_copy_pixels_scatter(&copy->job->layout, &encode->tile.window,
                           &state->run->window, state->run->pixels, &frame,
                           pixels);
    return RT_OK;
}

/* What a tile's pixels came from is needed no more. */
static void free_pixels(struct rt_copy *copy, struct rt_copy_tile_state *state)
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
        rt_budget_release(copy->budget, copy->plan->tile_bytes);
    }
    if (state->sums != NULL) {
        rt_spill_file_give_back(copy->pieces, state->slot);
        free(state->sums);
        state->sums = NULL;
    }
}

static enum rt_status encode_pixels(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_encode *encode,
                                    void *encoded, struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;
    struct rt_copy_tile_state *state = encode->state;
    const uint64_t tile_bytes = copy->plan->tile_bytes;
    unsigned char *gathered = NULL;
    enum rt_status status = RT_OK;

    if (state->pixels == NULL) {
        gathered = rt_pages_alloc(tile_bytes);
        if (gathered == NULL)
            return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
        status = gather(copy, encode, gathered, encoded, err);
    }
    if (status == RT_OK)
        status = io->encode(io->context, worker, &encode->tile,
                            gathered != NULL ? gathered : state->pixels,
                            encoded, &state->n_bytes, err);
    rt_pages_free(gathered, tile_bytes);
    free_pixels(copy, state);
    return status;
}

static enum rt_status write_tile(struct rt_copy *copy,
                                 const struct rt_copy_tile *tile,
                                 const void *encoded, uint64_t n_bytes,
                                 struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;

    return io->write(io->context, tile, encoded, n_bytes, err);
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

static enum rt_status write_kept(struct rt_copy *copy,
                                 const struct rt_copy_tile *tile,
                                 struct rt_copy_tile_state *state,
                                 struct rt_error *err)
{
    enum rt_status status;

    if (state->encoded == NULL)
        return write_spilled(copy, tile, state, err);
    status = write_tile(copy, tile, state->encoded, state->n_bytes, err);
    rt_pages_free(state->encoded, state->n_bytes);
    state->encoded = NULL;
    rt_budget_release(copy->budget, state->n_bytes);
    pthread_mutex_lock(&copy->lock);
    copy->waiting_bytes -= state->n_bytes;
    pthread_mutex_unlock(&copy->lock);
    return status;
}

/* After a failure nobody writes: the copy may not be known to have failed
 * yet, and the bytes of this tile are gone. */
static void end_write_locked(struct rt_copy *copy,
                             const struct rt_copy_tile *tile,
                             enum rt_status status)
{
    if (status != RT_OK)
        return;
    copy->writing = false;
    copy->next++;
    if (tile->col == copy->plan->tile_cols - 1)
        rt_copy_close_row_locked(copy, tile->row);
}

/* Writes the tiles whose turn has come, unless another worker is at it. */
static enum rt_status write_ready_ones(struct rt_copy *copy,
                                       struct rt_error *err)
{
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&copy->lock);
    while (status == RT_OK && !copy->writing && !copy->failed &&
           copy->next < copy->n_tiles) {
        const struct rt_copy_tile tile = rt_copy_tile_of(copy, copy->next);
        struct rt_copy_tile_state *state;

        if (copy->rows[tile.row] == NULL)
            break;
        state = rt_copy_tile_at_locked(copy, tile.col, tile.row);
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

/* The tile is the next one: nothing needs to be kept. */
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

/* Whether a tile that has to wait may do so in memory; reserves for it. */
static bool may_wait(struct rt_copy *copy, const struct rt_copy_encode *encode)
{
    const uint64_t n_bytes = encode->state->n_bytes;
    bool good;

    if (encode->has_seat && !rt_budget_reserve(copy->budget, n_bytes))
        return false;
    pthread_mutex_lock(&copy->lock);
    good = copy->encoded == NULL ||
           copy->waiting_bytes + n_bytes <= copy->wait_limit_bytes;
    if (good)
        copy->waiting_bytes += n_bytes;
    pthread_mutex_unlock(&copy->lock);
    if (!good && encode->has_seat)
        rt_budget_release(copy->budget, n_bytes);
    return good;
}

/* In memory: what there is of the buffer, which is the tile's from then on. A
 * second copy would be above what is reserved. */
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
    if (!encode->has_seat)
        encode->reserved_bytes -= state->n_bytes;
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

enum rt_status rt_copy_encode_tile(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_encode *encode,
                                   struct rt_error *err)
{
    const uint64_t bytes = rt_copy_encoded_buffer_bytes(copy, encode->state);
    void *encoded = rt_pages_alloc(bytes);
    enum rt_status status;

    if (encoded == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = encode_pixels(copy, worker, encode, encoded, err);
    if (status == RT_OK)
        status = dispose(copy, encode, &encoded, bytes, err);
    rt_pages_free(encoded, bytes);
    if (status == RT_OK)
        status = write_ready_ones(copy, err);
    return status;
}
