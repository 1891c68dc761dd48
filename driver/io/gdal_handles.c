/* gdal_handles.c - see gdal_handles.h. */
#include "io/gdal_handles.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/gdal_dataset.h"

#define MAX_HANDLES 16

struct rt_gdal_handle {
    GDALDatasetH dataset;
    bool busy;
};

struct rt_gdal_handles {
    /* Fixed after open. */
    char *name;
    char **options;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    /* Guarded by lock; the dataset of a busy handle is its claimer's. */
    struct rt_gdal_handle all[MAX_HANDLES]; /* [0] is there from the start */
    int n;
    int limit;
};

enum rt_status rt_gdal_handles_open(const char *name, CSLConstList options,
                                    struct rt_gdal_handles **handles,
                                    struct rt_error *err)
{
    struct rt_gdal_handles *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->freed, NULL);
    made->name = CPLStrdup(name);
    made->options = CSLDuplicate(options);
    made->n = made->limit = 1;
    made->all[0].dataset = rt_gdal_open(name, options, err);
    if (made->all[0].dataset == NULL) {
        rt_gdal_handles_close(made);
        return RT_ERR_SOURCE;
    }
    *handles = made;
    return RT_OK;
}

void rt_gdal_handles_close(struct rt_gdal_handles *handles)
{
    if (handles == NULL)
        return;
    for (int i = 0; i < handles->n; i++)
        if (handles->all[i].dataset != NULL)
            GDALClose(handles->all[i].dataset);
    pthread_cond_destroy(&handles->freed);
    pthread_mutex_destroy(&handles->lock);
    CSLDestroy(handles->options);
    CPLFree(handles->name);
    free(handles);
}

void rt_gdal_handles_set_limit(struct rt_gdal_handles *handles, int limit)
{
    pthread_mutex_lock(&handles->lock);
    handles->limit = limit < MAX_HANDLES ? limit : MAX_HANDLES;
    pthread_mutex_unlock(&handles->lock);
}

const char *rt_gdal_handles_name(const struct rt_gdal_handles *handles)
{
    return handles->name;
}

/* A free handle, or a place for a new one (dataset NULL), or NULL. */
static struct rt_gdal_handle *claim_locked(struct rt_gdal_handles *handles)
{
    for (int i = 0; i < handles->n; i++)
        if (!handles->all[i].busy && handles->all[i].dataset != NULL) {
            handles->all[i].busy = true;
            return &handles->all[i];
        }
    for (int i = 0; i < handles->limit; i++)
        if (!handles->all[i].busy) {
            handles->all[i].busy = true;
            if (i >= handles->n)
                handles->n = i + 1;
            return &handles->all[i];
        }
    return NULL;
}

void rt_gdal_handles_give_back(struct rt_gdal_handles *handles,
                               struct rt_gdal_handle *handle)
{
    pthread_mutex_lock(&handles->lock);
    handle->busy = false;
    pthread_cond_broadcast(&handles->freed);
    pthread_mutex_unlock(&handles->lock);
}

struct rt_gdal_handle *rt_gdal_handles_claim(struct rt_gdal_handles *handles,
                                             struct rt_error *err)
{
    struct rt_gdal_handle *handle;

    pthread_mutex_lock(&handles->lock);
    while ((handle = claim_locked(handles)) == NULL)
        pthread_cond_wait(&handles->freed, &handles->lock);
    pthread_mutex_unlock(&handles->lock);
    if (handle->dataset != NULL)
        return handle;

    handle->dataset = rt_gdal_open(handles->name, handles->options, err);
    if (handle->dataset != NULL &&
        !rt_gdal_same_raster(handles->all[0].dataset, handle->dataset)) {
        GDALClose(handle->dataset);
        handle->dataset = NULL;
        (void)rt_error_set(err, RT_ERR_SOURCE,
                           "source '%s' has changed since it was opened",
                           handles->name);
    }
    if (handle->dataset != NULL)
        return handle;
    rt_gdal_handles_give_back(handles, handle);
    return NULL;
}

struct rt_gdal_handle *
rt_gdal_handles_claim_first(struct rt_gdal_handles *handles)
{
    pthread_mutex_lock(&handles->lock);
    while (handles->all[0].busy)
        pthread_cond_wait(&handles->freed, &handles->lock);
    handles->all[0].busy = true;
    pthread_mutex_unlock(&handles->lock);
    return &handles->all[0];
}

GDALDatasetH rt_gdal_handle_dataset(const struct rt_gdal_handle *handle)
{
    return handle->dataset;
}
