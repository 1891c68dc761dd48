/* decoders.c - see decoders.h. */
#include "io/jp2/decoders.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fork_lock.h"
#include "core/base/pool.h"
#include "cpl_multiproc.h"

/* The slots after those of the columns. */
#define SLOT_FULL RT_JP2_MAX_COLUMNS
#define SLOT_LOWER (RT_JP2_MAX_COLUMNS + 1)
#define N_SLOTS (RT_JP2_MAX_COLUMNS + 2)

struct rt_jp2_decoders {
    /* Fixed before the first lease. */
    const struct rt_jp2_index *index; /* borrowed */
    int n_threads, idle_limit;
    struct rt_block_cache *cache; /* borrowed, or NULL */
    uint64_t kept_bytes;          /* by each decoder in a slot */
    struct rt_fork_lock lock;
    pthread_cond_t returned; /* signalled when a slot's decoder is returned */
    /* Guarded by lock. */
    struct rt_jp2_codec *idle[RT_MAX_THREADS];
    int n_idle;
    struct slot {
        struct rt_jp2_codec *codec; /* NULL: leased, or not opened yet */
        bool leased;
        uint64_t aside_bytes; /* counted in cache from the first decoder on */
    } slots[N_SLOTS];
    pid_t process; /* the process that the decoders' threads and file positions
                    * belong to */
};

enum rt_status rt_jp2_decoders_create(const struct rt_jp2_index *index,
                                      struct rt_jp2_decoders **decoders,
                                      struct rt_error *err)
{
    struct rt_jp2_decoders *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (!rt_fork_lock_init(&made->lock, RT_RANK_LEAF)) {
        free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    pthread_cond_init(&made->returned, NULL);
    made->index = index;
    made->idle_limit =
        CPLGetNumCPUs() < RT_MAX_THREADS ? CPLGetNumCPUs() : RT_MAX_THREADS;
    made->process = getpid();
    *decoders = made;
    return RT_OK;
}

/* In a child of fork, idle decoders have threads and a file position of the
 * parent. They are abandoned. No thread waits in the child. */
static void lock(struct rt_jp2_decoders *decoders)
{
    pthread_mutex_lock(&decoders->lock.mutex);
    if (decoders->process == getpid())
        return;
    decoders->process = getpid();
    pthread_cond_init(&decoders->returned, NULL);
    decoders->n_idle = 0;
    memset(decoders->slots, 0, sizeof(decoders->slots));
}

static void unlock(struct rt_jp2_decoders *decoders)
{
    pthread_mutex_unlock(&decoders->lock.mutex);
}

void rt_jp2_decoders_destroy(struct rt_jp2_decoders *decoders)
{
    if (decoders == NULL)
        return;
    lock(decoders);
    unlock(decoders);
    for (int i = 0; i < decoders->n_idle; i++)
        rt_jp2_codec_close(decoders->idle[i]);
    for (int i = 0; i < N_SLOTS; i++) {
        rt_jp2_codec_close(decoders->slots[i].codec);
        if (decoders->slots[i].aside_bytes > 0)
            rt_block_cache_take_back(decoders->cache,
                                     decoders->slots[i].aside_bytes);
    }
    pthread_cond_destroy(&decoders->returned);
    rt_fork_lock_destroy(&decoders->lock);
    free(decoders);
}

void rt_jp2_decoders_set_threads(struct rt_jp2_decoders *decoders,
                                 int n_threads)
{
    decoders->n_threads = n_threads;
}

void rt_jp2_decoders_count_in(struct rt_jp2_decoders *decoders,
                              struct rt_block_cache *cache, uint64_t bytes)
{
    decoders->cache = cache;
    decoders->kept_bytes = bytes;
}

/* Counts what the new decoder in a leased slot will keep. */
static void count_slot(struct rt_jp2_decoders *decoders, int32_t number)
{
    const uint64_t aside_bytes =
        rt_block_cache_set_aside(decoders->cache, decoders->kept_bytes);

    lock(decoders);
    decoders->slots[number].aside_bytes = aside_bytes;
    unlock(decoders);
}

/* The slot of a decoder; negative if any decoder will do. A one-tile image has
 * one decoder for its full resolution and one for all lower ones, in addition
 * to those of columns, because each holds all packets and has its own
 * threads. */
static int32_t slot_for(const struct rt_jp2_decoders *decoders, int32_t column,
                        int level)
{
    const struct rt_jp2_index *index = decoders->index;

    if (column != RT_JP2_NO_COLUMN)
        return column;
    if (index->cols * index->rows > 1)
        return -1;
    return level == 0 ? SLOT_FULL : SLOT_LOWER;
}

static struct rt_jp2_codec *take_slot_locked(struct rt_jp2_decoders *decoders,
                                             int32_t number)
{
    struct slot *slot = &decoders->slots[number];
    struct rt_jp2_codec *codec;

    while (slot->leased)
        pthread_cond_wait(&decoders->returned, &decoders->lock.mutex);
    slot->leased = true;
    codec = slot->codec;
    slot->codec = NULL;
    return codec;
}

static void give_slot_back(struct rt_jp2_decoders *decoders,
                           const struct rt_jp2_lease *lease)
{
    lock(decoders);
    decoders->slots[lease->slot].codec = lease->codec;
    decoders->slots[lease->slot].leased = false;
    pthread_cond_broadcast(&decoders->returned);
    unlock(decoders);
}

enum rt_status rt_jp2_decoders_take(struct rt_jp2_decoders *decoders,
                                    int32_t column, int level,
                                    struct rt_jp2_lease *lease,
                                    struct rt_error *err)
{
    const int n_threads = column == RT_JP2_NO_COLUMN ? decoders->n_threads : 0;
    enum rt_status status;

    lease->slot = slot_for(decoders, column, level);
    lease->codec = NULL;
    lock(decoders);
    if (lease->slot >= 0)
        lease->codec = take_slot_locked(decoders, lease->slot);
    else if (decoders->n_idle > 0)
        lease->codec = decoders->idle[--decoders->n_idle];
    unlock(decoders);
    if (lease->codec != NULL)
        return RT_OK;
    status = rt_jp2_codec_open(decoders->index, n_threads, &lease->codec, err);
    if (status != RT_OK && lease->slot >= 0)
        give_slot_back(decoders, lease);
    else if (lease->slot >= 0 && decoders->cache != NULL)
        count_slot(decoders, lease->slot);
    return status;
}

void rt_jp2_decoders_put_back(struct rt_jp2_decoders *decoders,
                              struct rt_jp2_lease *lease)
{
    rt_jp2_codec_release(lease->codec);
    if (lease->slot >= 0) {
        give_slot_back(decoders, lease);
        return;
    }
    lock(decoders);
    if (decoders->n_idle < decoders->idle_limit) {
        decoders->idle[decoders->n_idle++] = lease->codec;
        lease->codec = NULL;
    }
    unlock(decoders);
    rt_jp2_codec_close(lease->codec);
}
