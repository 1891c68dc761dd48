/* mosaic_files.c - see mosaic_files.h.
 *
 * A file is opened by the first thread that needs it, while others that need it
 * wait.
 */
#include "io/mosaic/mosaic_files.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/checksum.h"
#include "core/base/fork_lock.h"
#include "core/base/min_max.h"
#include "cpl_conv.h"
#include "io/dataset/gdal_dataset.h"
#include "io/vrt/files.h"

#define CELL_PX 256
/* GDAL holds some 75 KB for each. */
#define MOST_OPEN 64
#define LEAST_OPEN 16
/* An open file may use up to this part of the descriptors that the process may
 * have. */
#define DESCRIPTORS_SHARE 4
/* Decoders of files that nobody reads at the moment may keep this part of the
 * cache's limit. */
#define IDLE_SHARE 4
/* ... and those in use this part, unless there is only one. */
#define USED_SHARE 2
/* A file is small if decoding all of it takes this part of the cache. */
#define SMALL_SHARE 2
#define DECODER_PX_BYTES 4 /* OpenJPEG computes in integers of 32 bits */

enum state { CLOSED, OPENING, OPEN, FAILED };

struct file {
    /* Guarded by the source's lock. */
    enum state state;
    int32_t users;
    int32_t newer, older; /* in the list of open files without users; -1 */
    /* Fixed while it is open. */
    struct rt_gdal_source *source;
    struct rt_view *view;
    struct rt_identity *identity;
    struct rt_stats *stats;
    uint64_t kept_bytes; /* by its decoder, between reads */
    uint64_t checksum;   /* of the identity, from the first time on; or 0 */
    char *why;           /* of FAILED; guarded by the lock */
};

struct rt_mosaic_files {
    /* Fixed. */
    const struct rt_mosaic *mosaic;
    struct rt_block_cache *cache;
    int n_threads;
    enum rt_spill spill;
    int32_t most_idle;
    uint64_t whole_bytes; /* a file may take to be decoded as a whole */
    struct rt_fork_lock lock;
    pthread_cond_t opened, given_back;
    /* Guarded by lock. */
    struct file *files;
    int32_t newest, oldest, n_idle;  /* open files without users */
    uint64_t idle_bytes;             /* that their decoders keep */
    uint64_t used_bytes;             /* ... and those of files with users */
    uint64_t decoded_px, touched_px; /* of files that were closed */
};

static int32_t most_idle_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return LEAST_OPEN;
    if (limit.rlim_cur / DESCRIPTORS_SHARE > MOST_OPEN)
        return MOST_OPEN;
    return rt_max_i32(LEAST_OPEN,
                      (int32_t)(limit.rlim_cur / DESCRIPTORS_SHARE));
}

/* Takes the file out of the list of those without users. */
static void unlist_locked(struct rt_mosaic_files *files, struct file *file)
{
    if (file->newer >= 0)
        files->files[file->newer].older = file->older;
    else
        files->newest = file->older;
    if (file->older >= 0)
        files->files[file->older].newer = file->newer;
    else
        files->oldest = file->newer;
    files->n_idle--;
    files->idle_bytes -= file->kept_bytes;
}

static void list_locked(struct rt_mosaic_files *files, int32_t number)
{
    struct file *file = &files->files[number];

    file->newer = -1;
    file->older = files->newest;
    if (files->newest >= 0)
        files->files[files->newest].newer = number;
    else
        files->oldest = number;
    files->newest = number;
    files->n_idle++;
    files->idle_bytes += file->kept_bytes;
}

/* In a child of fork, the threads that had claimed files are gone. */
static void start_child(void *context)
{
    struct rt_mosaic_files *files = context;

    pthread_cond_init(&files->opened, NULL);
    pthread_cond_init(&files->given_back, NULL);
    files->used_bytes = 0;
    for (int32_t i = 0; files->files != NULL && i < files->mosaic->n_files;
         i++) {
        struct file *file = &files->files[i];

        if (file->state == OPENING)
            file->state = CLOSED;
        if (file->state == OPEN && file->users > 0)
            list_locked(files, i);
        file->users = 0;
    }
}

struct rt_mosaic_files *rt_mosaic_files_create(const struct rt_mosaic *mosaic,
                                               struct rt_block_cache *cache,
                                               int n_threads,
                                               enum rt_spill spill)
{
    struct rt_mosaic_files *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return NULL;
    if (!rt_fork_lock_init(&made->lock, RT_RANK_LEAF)) {
        free(made);
        return NULL;
    }
    rt_fork_lock_on_fork(&made->lock, start_child, made);
    pthread_cond_init(&made->opened, NULL);
    pthread_cond_init(&made->given_back, NULL);
    made->mosaic = mosaic;
    made->cache = cache;
    made->n_threads = n_threads;
    made->spill = spill;
    made->most_idle = most_idle_files();
    made->newest = made->oldest = -1;
    made->files = calloc((size_t)mosaic->n_files, sizeof(*made->files));
    if (made->files != NULL)
        return made;
    rt_mosaic_files_destroy(made);
    return NULL;
}

static void close_parts(struct file *file)
{
    rt_view_destroy(file->view);
    rt_gdal_source_close(file->source);
    rt_identity_unref(file->identity);
    rt_stats_destroy(file->stats);
    file->view = NULL;
    file->source = NULL;
    file->identity = NULL;
    file->stats = NULL;
}

void rt_mosaic_files_destroy(struct rt_mosaic_files *files)
{
    if (files == NULL)
        return;
    for (int32_t i = 0; files->files != NULL && i < files->mosaic->n_files;
         i++) {
        close_parts(&files->files[i]);
        free(files->files[i].why);
    }
    free(files->files);
    pthread_cond_destroy(&files->opened);
    pthread_cond_destroy(&files->given_back);
    rt_fork_lock_destroy(&files->lock);
    free(files);
}

void rt_mosaic_files_decode_whole(struct rt_mosaic_files *files, uint64_t bytes)
{
    files->whole_bytes = bytes;
}

uint64_t rt_mosaic_files_table_bytes(const struct rt_mosaic_files *files)
{
    return (uint64_t)files->mosaic->n_files *
           (sizeof(struct file) + sizeof(struct rt_mosaic_file));
}

/* The bytes that it takes to decode all of a file. */
static uint64_t whole_bytes(struct rt_gdal_source *file)
{
    const struct rt_source *core = rt_gdal_source_core(file);
    const struct rt_layer *layer = &core->layers[0];
    uint64_t px_bytes = 0;

    for (int32_t i = 0; i < layer->n_planes; i++)
        px_bytes += layer->px_bytes[i] + DECODER_PX_BYTES;
    return (uint64_t)layer->grid.w_px * (uint64_t)layer->grid.h_px * px_bytes;
}

/* Chooses the decoder. A JPEG 2000 of one tile is decoded as a whole if there
 * is room for that in addition to a row of files, else in parts. Other small
 * files are decoded by GDAL, which needs no second handle. *by_one: the thread
 * that reads a file decodes it, with OpenJPEG's own threads if it has some. */
static enum rt_status choose_decoder(const struct rt_mosaic_files *files,
                                     struct rt_gdal_source *file, bool *by_one,
                                     struct rt_error *err)
{
    const uint64_t limit_bytes = rt_block_cache_limit(files->cache);
    const uint64_t bytes = whole_bytes(file);
    const bool fits = bytes <= files->whole_bytes;
    enum rt_status status = rt_gdal_source_decode_by(
        file, RT_DECODER_AUTO, files->n_threads, limit_bytes, err);

    *by_one = fits && status == RT_OK && rt_gdal_source_decode_whole(file);
    if (status != RT_OK || *by_one || rt_gdal_source_core(file)->whole_reads ||
        bytes > limit_bytes / SMALL_SHARE)
        return status;
    *by_one = true;
    return rt_gdal_source_decode_by(file, RT_DECODER_GDAL, files->n_threads,
                                    limit_bytes, err);
}

/* A file that was closed and is opened again must not have changed. */
static enum rt_status identify(struct file *file,
                               const struct rt_mosaic_file *named,
                               struct rt_error *err)
{
    GDALDatasetH dataset = rt_gdal_source_lock(file->source);
    char *identity =
        rt_vrt_identity(dataset, named->name, (CSLConstList)named->options,
                        rt_gdal_source_settings(file->source), true);
    const uint64_t checksum = rt_checksum(identity, strlen(identity));

    rt_gdal_source_unlock(file->source);
    file->identity = rt_identity_intern(identity);
    CPLFree(identity);
    if (file->checksum != 0 && file->checksum != checksum)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' has changed since it was opened",
                            named->name);
    file->checksum = checksum;
    return RT_OK;
}

/* Opens the file's source and a view of it. */
static enum rt_status open_parts(struct rt_mosaic_files *files,
                                 struct file *file,
                                 const struct rt_mosaic_file *named,
                                 struct rt_error *err)
{
    struct rt_block_cache *cache = files->cache;
    enum rt_status status = rt_gdal_source_open_image(
        named->name, (CSLConstList)named->options, &file->source, err);
    bool by_one;

    if (status != RT_OK)
        return status;
    status = choose_decoder(files, file->source, &by_one, err);
    if (status != RT_OK)
        return status;
    rt_gdal_source_set_memory(file->source, cache, rt_block_cache_limit(cache));
    file->kept_bytes = rt_gdal_source_kept_bytes(file->source);
    status = identify(file, named, err);
    if (status != RT_OK)
        return status;
    file->stats = rt_stats_create();
    if (file->identity == NULL || file->stats == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status =
        rt_view_create(rt_gdal_source_core(file->source), cache, file->identity,
                       file->stats, CELL_PX, CELL_PX, &file->view, err);
    if (status != RT_OK)
        return status;
    rt_view_set_threads(file->view, by_one ? 1 : files->n_threads);
    rt_view_set_spill(file->view, files->spill);
    return RT_OK;
}

static void count_locked(struct rt_mosaic_files *files, const struct file *file)
{
    files->decoded_px += rt_stats_get(file->stats, RT_STAT_PIXELS_DECODED);
    files->touched_px += rt_stats_get(file->stats, RT_STAT_PIXELS_TOUCHED);
}

/* The first user of a file waits if its decoder and those in use would keep too
 * much. A thread claims one file at a time, so those waited for go on. */
static void wait_for_room_locked(struct rt_mosaic_files *files,
                                 const struct file *file)
{
    const uint64_t most_bytes = rt_block_cache_limit(files->cache) / USED_SHARE;

    if (file->users > 1)
        return;
    while (files->used_bytes > 0 && file->kept_bytes > 0 &&
           files->used_bytes + file->kept_bytes > most_bytes)
        pthread_cond_wait(&files->given_back, &files->lock.mutex);
    files->used_bytes += file->kept_bytes;
}

/* Claims an open file, or opens it. */
static enum rt_status claim(struct rt_mosaic_files *files, int32_t number,
                            struct rt_error *err)
{
    struct file *file = &files->files[number];
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&files->lock.mutex);
    while (file->state == OPENING)
        pthread_cond_wait(&files->opened, &files->lock.mutex);
    if (file->state == OPEN && file->users++ == 0)
        unlist_locked(files, file);
    if (file->state == FAILED)
        status = rt_error_set(err, RT_ERR_SOURCE, "%s", file->why);
    if (file->state == OPEN)
        wait_for_room_locked(files, file);
    if (file->state != CLOSED) {
        pthread_mutex_unlock(&files->lock.mutex);
        return status;
    }
    file->state = OPENING;
    pthread_mutex_unlock(&files->lock.mutex);
    status = open_parts(files, file, &files->mosaic->files[number], err);
    if (status != RT_OK)
        close_parts(file);
    pthread_mutex_lock(&files->lock.mutex);
    file->state = status == RT_OK ? OPEN : FAILED;
    file->users = status == RT_OK;
    if (status != RT_OK)
        file->why = strdup(err->text);
    if (status != RT_OK && file->why == NULL)
        file->state = CLOSED;
    pthread_cond_broadcast(&files->opened);
    if (status == RT_OK)
        wait_for_room_locked(files, file);
    pthread_mutex_unlock(&files->lock.mutex);
    return status;
}

enum rt_status rt_mosaic_files_claim(struct rt_mosaic_files *files,
                                     int32_t number,
                                     struct rt_mosaic_reader *reader,
                                     struct rt_error *err)
{
    const enum rt_status status = claim(files, number, err);

    if (status == RT_OK) {
        reader->source = files->files[number].source;
        reader->view = files->files[number].view;
    }
    return status;
}

/* Takes the file that was not used for longest off the table if too many are
 * open, or if their decoders keep too much. False if there is none. */
static bool take_oldest_locked(struct rt_mosaic_files *files,
                               struct file *taken)
{
    struct file *file;

    if (files->n_idle == 0 ||
        (files->n_idle <= files->most_idle &&
         files->idle_bytes <= rt_block_cache_limit(files->cache) / IDLE_SHARE))
        return false;
    file = &files->files[files->oldest];
    unlist_locked(files, file);
    count_locked(files, file);
    *taken = *file;
    file->state = CLOSED;
    file->view = NULL;
    file->source = NULL;
    file->identity = NULL;
    file->stats = NULL;
    return true;
}

void rt_mosaic_files_give_back(struct rt_mosaic_files *files, int32_t number)
{
    struct file taken;
    bool more;

    pthread_mutex_lock(&files->lock.mutex);
    if (--files->files[number].users == 0) {
        list_locked(files, number);
        files->used_bytes -= files->files[number].kept_bytes;
        pthread_cond_broadcast(&files->given_back);
    }
    more = take_oldest_locked(files, &taken);
    pthread_mutex_unlock(&files->lock.mutex);
    while (more) {
        close_parts(&taken);
        rt_gdal_trim(taken.kept_bytes);
        pthread_mutex_lock(&files->lock.mutex);
        more = take_oldest_locked(files, &taken);
        pthread_mutex_unlock(&files->lock.mutex);
    }
}

void rt_mosaic_files_count(struct rt_mosaic_files *files, uint64_t *decoded_px,
                           uint64_t *touched_px)
{
    pthread_mutex_lock(&files->lock.mutex);
    *decoded_px = files->decoded_px;
    *touched_px = files->touched_px;
    for (int32_t i = 0; i < files->mosaic->n_files; i++) {
        const struct file *file = &files->files[i];

        if (file->state == OPEN) {
            *decoded_px += rt_stats_get(file->stats, RT_STAT_PIXELS_DECODED);
            *touched_px += rt_stats_get(file->stats, RT_STAT_PIXELS_TOUCHED);
        }
    }
    pthread_mutex_unlock(&files->lock.mutex);
}
