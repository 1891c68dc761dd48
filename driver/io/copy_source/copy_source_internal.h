/* copy_source_internal.h - a copy's source, and the two ways to read it:
 * through GDAL (copy_source_gdal.c), or by a decoder of ours
 * (copy_source_native.c). Only rt_copy_source_read calls them. */
#ifndef RETILE_IO_COPY_SOURCE_COPY_SOURCE_INTERNAL_H
#define RETILE_IO_COPY_SOURCE_COPY_SOURCE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "io/copy_source/copy_origin.h"
#include "io/copy_source/copy_source.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/version.h"

struct rt_copy_slot {
    GDALDatasetH handles[2];       /* for image and masks; NULL until needed */
    struct rt_tiff_reader *reader; /* for the image, instead of a handle */
};

struct rt_copy_source {
    /* Fixed after open. */
    GDALDatasetH dataset; /* borrowed */
    struct rt_copy_origins origins;
    struct rt_source_version *version; /* NULL: the pixels may change while they
                                        * are read */
    char **config; /* options of the caller's thread, for all that read; GDAL's
                    * own threads are off */
    GDALDataType type;
    int n_slots;
    struct rt_copy_slot *slots; /* one for each slot; [0] is guarded by one_lock
                                 * if shared */
    pthread_mutex_t one_lock; /* held while reading if only one slot may read at
                               * a time */
    _Atomic uint64_t reads, pixels;
    pthread_mutex_t warnings_lock;
    struct rt_gdal_warnings warnings; /* of all reads; guarded by it */
    pthread_mutex_t cache_lock;
    /* Guarded by cache_lock. */
    int n_reading;
    GIntBig cache_limit_bytes; /* limit for GDAL's cache: its content at open,
                                * kept_bytes of all slots, and what the reads in
                                * progress may add */
};

/* A read of some bands of a window, of the image or of its masks. */
struct rt_copy_read {
    int slot;
    bool masks;
    bool packed;      /* pixel by pixel; else plane after plane */
    const int *bands; /* of the origin, from 1 */
    int32_t n_planes;
    const struct rt_window *window; /* of the layer */
};

/* Through the slot's own handle, or through the one that all slots share, one
 * reader at a time. What the read left in GDAL's cache is freed. */
enum rt_status rt_copy_source_read_gdal(struct rt_copy_source *source,
                                        const struct rt_copy_read *read,
                                        void *pixels, struct rt_error *err);

/* Closes the slots' handles, and evicts what datasets under a VRT keep in
 * GDAL's cache: they outlive its handles, in a pool of GDAL's. */
void rt_copy_source_close_handles(struct rt_copy_source *source);

/* Whether libtiff, OpenJPEG or the files of a mosaic have the pixels. */
bool rt_copy_source_is_native(const struct rt_copy_source *source, bool masks);

/* By these, in the file's type, and widened to the copy's. The caller holds
 * GDAL's messages back. */
enum rt_status rt_copy_source_read_native(struct rt_copy_source *source,
                                          const struct rt_copy_read *read,
                                          void *pixels, struct rt_error *err);

#endif
