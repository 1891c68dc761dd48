/* jp2_decoders.c - see jp2_decoders.h. */
#include "io/jp2_decoders.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/fork_lock.h"
#include "cpl_multiproc.h"

#define MAX_IDLE 16

struct rt_jp2_decoders {
    /* Fixed before the first lease. */
    const struct rt_jp2_index *index; /* borrowed */
    int n_threads, idle_limit;
    int32_t n_columns;
    struct rt_fork_lock lock;
    pthread_cond_t returned; /* to a column */
    /* Guarded by lock. */
    struct rt_jp2_codec *idle[RT_JP2_MAX_COLUMNS]; /* by column, or n_idle */
    bool leased[RT_JP2_MAX_COLUMNS];               /* by column */
    int n_idle;
    pid_t process; /* whose threads and places in the file they have */
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
    made->idle_limit = CPLGetNumCPUs() < MAX_IDLE ? CPLGetNumCPUs() : MAX_IDLE;
    made->process = getpid();
    *decoders = made;
    return RT_OK;
}

/* In a child of fork: what is idle has the parent's threads and its file's
 * place. It is left alone. */
static void lock(struct rt_jp2_decoders *decoders)
{
    pthread_mutex_lock(&decoders->lock.mutex);
    if (decoders->process == getpid())
        return;
    decoders->process = getpid();
    decoders->n_idle = 0;
    for (int i = 0; i < RT_JP2_MAX_COLUMNS; i++) {
        decoders->idle[i] = NULL;
        decoders->leased[i] = false;
    }
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
    for (int i = 0; i < RT_JP2_MAX_COLUMNS; i++)
        rt_jp2_codec_close(decoders->idle[i]);
    pthread_cond_destroy(&decoders->returned);
    rt_fork_lock_destroy(&decoders->lock);
    free(decoders);
}

void rt_jp2_decoders_set_threads(struct rt_jp2_decoders *decoders,
                                 int n_threads)
{
    decoders->n_threads = n_threads;
}

void rt_jp2_decoders_set_columns(struct rt_jp2_decoders *decoders,
                                 int32_t n_columns)
{
    decoders->n_columns = n_columns;
}

static struct rt_jp2_codec *take_column_locked(struct rt_jp2_decoders *decoders,
                                               int32_t column)
{
    struct rt_jp2_codec *codec;

    while (decoders->leased[column])
        pthread_cond_wait(&decoders->returned, &decoders->lock.mutex);
    decoders->leased[column] = true;
    codec = decoders->idle[column];
    decoders->idle[column] = NULL;
    return codec;
}

/* An idle one, best one that has the tile; NULL where there is none. */
static struct rt_jp2_codec *take_idle_locked(struct rt_jp2_decoders *decoders,
                                             uint32_t tile, int level)
{
    struct rt_jp2_codec *codec;
    int best = decoders->n_idle - 1;

    if (best < 0)
        return NULL;
    for (int i = 0; i < decoders->n_idle; i++)
        if (rt_jp2_codec_has(decoders->idle[i], tile, level))
            best = i;
    codec = decoders->idle[best];
    decoders->idle[best] = decoders->idle[--decoders->n_idle];
    decoders->idle[decoders->n_idle] = NULL;
    return codec;
}

static void put_column_locked(struct rt_jp2_decoders *decoders,
                              const struct rt_jp2_lease *lease)
{
    decoders->idle[lease->column] = lease->codec;
    decoders->leased[lease->column] = false;
    pthread_cond_broadcast(&decoders->returned);
}

enum rt_status rt_jp2_decoders_take(struct rt_jp2_decoders *decoders,
                                    int32_t column, uint32_t tile, int level,
                                    struct rt_jp2_lease *lease,
                                    struct rt_error *err)
{
    enum rt_status status = RT_OK;

    lease->column = column;
    lock(decoders);
    lease->codec = decoders->n_columns > 0
                       ? take_column_locked(decoders, column)
                       : take_idle_locked(decoders, tile, level);
    unlock(decoders);
    if (lease->codec == NULL)
        status = rt_jp2_codec_open(decoders->index, decoders->n_threads,
                                   &lease->codec, err);
    if (status != RT_OK && decoders->n_columns > 0) {
        lock(decoders);
        put_column_locked(decoders, lease);
        unlock(decoders);
    }
    return status;
}

void rt_jp2_decoders_put_back(struct rt_jp2_decoders *decoders,
                              struct rt_jp2_lease *lease)
{
    rt_jp2_codec_release(lease->codec);
    lock(decoders);
    if (decoders->n_columns > 0) {
        put_column_locked(decoders, lease);
        lease->codec = NULL;
    } else if (decoders->n_idle < decoders->idle_limit) {
        decoders->idle[decoders->n_idle++] = lease->codec;
        lease->codec = NULL;
    }
    unlock(decoders);
    rt_jp2_codec_close(lease->codec);
    lease->codec = NULL;
}
