/* gdal_handles.c - see gdal_handles.h.
 *
 * A child of fork shares file offsets with its parent. It must neither read
 * through the parent's handles nor close them: both may move an offset that the
 * parent relies on. It also does not know in what state a thread that does not
 * exist in the child left a handle. So it abandons datasets and readers and
 * opens its own by name. The old ones stay allocated, because callers hold
 * pointers into the first one.
 */
#include "io/source/gdal_handles.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fork_lock.h"
#include "core/base/min_max.h"
#include "core/base/pool.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/after_fork.h"
#include "io/dataset/gdal_dataset.h"

struct rt_gdal_handle {
    GDALDatasetH dataset;
    GDALDatasetH abandoned;        /* may stand in for it, but not for pixels */
    struct rt_tiff_reader *reader; /* used instead of dataset if possible */
    bool busy;
    /* These belong to the claimer while the handle is busy. */
    const struct rt_gdal_handles *of;
    struct rt_gdal_handle *claimed_before; /* by the same thread */
    int n_again; /* claims for metadata inside the first claim */
    struct rt_after_fork after_fork;
};

/* The handles that the calling thread has claimed, the latest first. */
static _Thread_local struct rt_gdal_handle *claimed_now;

struct rt_gdal_handles {
    /* Fixed after open. */
    char *name;
    char **options;
    struct rt_open_settings *settings;
    struct rt_source_version *version; /* NULL until rt_gdal_handles_watch */
    GDALDatasetH model;                /* others have to look like this one */
    pid_t process_of_model;
    bool in_memory; /* a child of fork keeps the model */
    struct rt_fork_lock lock;
    pthread_cond_t freed;
    /* Guarded by lock; the dataset of a busy handle is its claimer's. */
    struct rt_gdal_handle all[RT_MAX_THREADS]; /* [0] exists from the start */
    int n;
    int limit;
    pid_t process; /* the process that the handles belong to */
};

/* Whether all of dataset is in memory: a child of fork then has a copy, and
 * there may be no name that shows the same again. */
static bool is_in_memory(GDALDatasetH dataset)
{
    static const char *const drivers[] = {"MEM", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers);
}

enum rt_status rt_gdal_handles_open(const char *name, CSLConstList options,
                                    struct rt_gdal_handles **handles,
                                    struct rt_error *err)
{
    struct rt_gdal_handles *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (!rt_fork_lock_init(&made->lock, RT_RANK_HANDLES)) {
        free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    pthread_cond_init(&made->freed, NULL);
    made->name = CPLStrdup(name);
    made->options = CSLDuplicate(options);
    made->settings = rt_open_settings_take();
    made->n = made->limit = 1;
    made->process = getpid();
    made->all[0].dataset = made->model = rt_gdal_open(name, options, err);
    if (made->model == NULL) {
        rt_gdal_handles_close(made);
        return RT_ERR_SOURCE;
    }
    made->in_memory = is_in_memory(made->model);
    made->process_of_model = made->process;
    *handles = made;
    return RT_OK;
}

/* In a child of fork: forgets what belongs to the parent. The threads that had
 * claimed a handle, or waited for one, do not exist here. */
static void abandon_locked(struct rt_gdal_handles *handles)
{
    handles->process = getpid();
    pthread_cond_init(&handles->freed, NULL);
    for (int i = 0; i < handles->n; i++) {
        struct rt_gdal_handle *handle = &handles->all[i];

        handle->busy = false;
        handle->reader = NULL;
        if (i == 0 && handles->in_memory)
            continue;
        handle->dataset = NULL;
        handle->abandoned = i == 0 ? handles->model : NULL;
    }
}

static void lock(struct rt_gdal_handles *handles)
{
    pthread_mutex_lock(&handles->lock.mutex);
    if (handles->process != getpid())
        abandon_locked(handles);
}

void rt_gdal_handles_close(struct rt_gdal_handles *handles)
{
    if (handles == NULL)
        return;
    lock(handles);
    pthread_mutex_unlock(&handles->lock.mutex);
    for (int i = 0; i < handles->n; i++) {
        rt_tiff_reader_close(handles->all[i].reader);
        if (handles->all[i].dataset != NULL)
            GDALClose(handles->all[i].dataset);
    }
    pthread_cond_destroy(&handles->freed);
    rt_fork_lock_destroy(&handles->lock);
    rt_open_settings_free(handles->settings);
    CSLDestroy(handles->options);
    CPLFree(handles->name);
    free(handles);
}

void rt_gdal_handles_set_limit(struct rt_gdal_handles *handles, int limit)
{
    lock(handles);
    handles->limit = rt_min_i32(limit, RT_MAX_THREADS);
    pthread_mutex_unlock(&handles->lock.mutex);
}

void rt_gdal_handles_watch(struct rt_gdal_handles *handles,
                           struct rt_source_version *version)
{
    handles->version = version;
}

const char *rt_gdal_handles_name(const struct rt_gdal_handles *handles)
{
    return handles->name;
}

CSLConstList rt_gdal_handles_options(const struct rt_gdal_handles *handles)
{
    return (CSLConstList)handles->options;
}

const struct rt_open_settings *
rt_gdal_handles_settings(const struct rt_gdal_handles *handles)
{
    return handles->settings;
}

/* A free handle. If there is none and may_open, an empty slot for one (dataset
 * NULL); otherwise NULL. */
static struct rt_gdal_handle *claim_locked(struct rt_gdal_handles *handles,
                                           bool may_open)
{
    for (int i = 0; i < handles->n; i++)
        if (!handles->all[i].busy && handles->all[i].dataset != NULL) {
            handles->all[i].busy = true;
            return &handles->all[i];
        }
    for (int i = 0; may_open && i < handles->limit; i++)
        if (!handles->all[i].busy) {
            handles->all[i].busy = true;
            if (i >= handles->n)
                handles->n = i + 1;
            return &handles->all[i];
        }
    return NULL;
}

static void note_claim(struct rt_gdal_handles *handles,
                       struct rt_gdal_handle *handle)
{
    handle->of = handles;
    handle->n_again = 0;
    handle->claimed_before = claimed_now;
    claimed_now = handle;
    rt_after_fork_begin(&handle->after_fork);
}

/* The calling thread's claimed handle of these, or NULL. */
static struct rt_gdal_handle *claimed_of(const struct rt_gdal_handles *handles)
{
    struct rt_gdal_handle *handle = claimed_now;

    while (handle != NULL && handle->of != handles)
        handle = handle->claimed_before;
    return handle;
}

void rt_gdal_handles_give_back(struct rt_gdal_handles *handles,
                               struct rt_gdal_handle *handle)
{
    struct rt_gdal_handle **link = &claimed_now;

    if (handle->n_again > 0) {
        handle->n_again--;
        return;
    }
    while (*link != NULL && *link != handle)
        link = &(*link)->claimed_before;
    if (*link != NULL)
        *link = handle->claimed_before;
    rt_after_fork_end(&handle->after_fork);
    lock(handles);
    handle->busy = false;
    pthread_cond_broadcast(&handles->freed);
    pthread_mutex_unlock(&handles->lock.mutex);
}

static enum rt_status check_opened(const struct rt_gdal_handles *handles,
                                   GDALDatasetH dataset, struct rt_error *err)
{
    if (!rt_gdal_same_raster(handles->model, dataset))
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' has changed since it was opened",
                            handles->name);
    return handles->version == NULL
               ? RT_OK
               : rt_source_version_check(handles->version, handles->name, err);
}

/* Opens the raster for a claimed handle without a dataset. */
static enum rt_status open_again(const struct rt_gdal_handles *handles,
                                 struct rt_gdal_handle *handle,
                                 struct rt_error *err)
{
    struct rt_settings_before before;
    GDALDatasetH dataset;

    if (handles->process_of_model != getpid() &&
        strstr(handles->name, "/vsistdin") != NULL)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' can be read only by the process that "
                            "opened it",
                            handles->name);
    rt_open_settings_enter(handles->settings, &before);
    dataset = rt_gdal_open(handles->name, handles->options, err);
    rt_open_settings_leave(&before);
    if (dataset == NULL)
        return RT_ERR_SOURCE;
    if (check_opened(handles, dataset, err) != RT_OK) {
        GDALClose(dataset);
        return RT_ERR_SOURCE;
    }
    handle->dataset = dataset;
    return RT_OK;
}

/* Waits for a handle. NULL if none is open and none may be opened. */
static struct rt_gdal_handle *wait_for(struct rt_gdal_handles *handles,
                                       bool may_open)
{
    struct rt_gdal_handle *handle;
    bool hopeless = false;

    lock(handles);
    while ((handle = claim_locked(handles, may_open)) == NULL && !hopeless) {
        hopeless = !may_open;
        for (int i = 0; hopeless && i < handles->n; i++)
            hopeless = !handles->all[i].busy;
        if (!hopeless)
            pthread_cond_wait(&handles->freed, &handles->lock.mutex);
    }
    pthread_mutex_unlock(&handles->lock.mutex);
    if (handle != NULL)
        note_claim(handles, handle);
    return handle;
}

struct rt_gdal_handle *rt_gdal_handles_claim(struct rt_gdal_handles *handles,
                                             struct rt_error *err)
{
    struct rt_gdal_handle *handle = wait_for(handles, true);
    char *obstacle = NULL;

    if (handle->dataset == NULL)
        obstacle = rt_open_settings_obstacle(handles->settings);
    if (obstacle != NULL) {
        rt_gdal_handles_give_back(handles, handle);
        handle = wait_for(handles, false);
    }
    if (handle == NULL)
        (void)rt_error_set(err, RT_ERR_SOURCE,
                           "source '%s' cannot be opened again: the "
                           "configuration option %s was not set when it was "
                           "opened",
                           handles->name, obstacle);
    CPLFree(obstacle);
    if (handle == NULL || handle->dataset != NULL ||
        open_again(handles, handle, err) == RT_OK)
        return handle;
    rt_gdal_handles_give_back(handles, handle);
    return NULL;
}

struct rt_gdal_handle *
rt_gdal_handles_claim_first(struct rt_gdal_handles *handles)
{
    struct rt_gdal_handle *first = &handles->all[0];
    struct rt_gdal_handle *own = claimed_of(handles);
    struct rt_error ignored;
    char *obstacle;

    /* A VRT that leads back to this view asks for its metadata while its pixels
     * are being decoded. Waiting for the first handle would be waiting for this
     * very thread. */
    if (own != NULL) {
        own->n_again++;
        return own;
    }
    lock(handles);
    while (first->busy)
        pthread_cond_wait(&handles->freed, &handles->lock.mutex);
    first->busy = true;
    pthread_mutex_unlock(&handles->lock.mutex);
    note_claim(handles, first);
    if (first->dataset == NULL) {
        obstacle = rt_open_settings_obstacle(handles->settings);
        if (obstacle == NULL)
            (void)open_again(handles, first, &ignored);
        CPLFree(obstacle);
    }
    return first;
}

void rt_gdal_handles_give_back_first(struct rt_gdal_handles *handles)
{
    rt_gdal_handles_give_back(handles, claimed_of(handles));
}

struct rt_tiff_reader **rt_gdal_handle_reader(struct rt_gdal_handle *handle)
{
    return &handle->reader;
}

GDALDatasetH rt_gdal_handle_dataset(const struct rt_gdal_handle *handle)
{
    return handle->dataset != NULL ? handle->dataset : handle->abandoned;
}
