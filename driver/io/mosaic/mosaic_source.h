/* mosaic_source.h - the pixels of a mosaic, read from its files without GDAL's
 * VRT in between.
 *
 * Each file is opened when one of its pixels is first needed. At most 64 files
 * that are not being read stay open. All files share one cache, so a block that
 * several windows touch is decoded once while the cache can hold it.
 *
 * Any number of threads may read at once.
 */
#ifndef RETILE_IO_MOSAIC_MOSAIC_SOURCE_H
#define RETILE_IO_MOSAIC_MOSAIC_SOURCE_H

#include "core/base/grid.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "io/vrt/mosaic.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_mosaic_source;

/* How a mosaic is read. */
struct rt_mosaic_request {
    GDALDataType type; /* of the pixels that are asked for */
    int n_threads;     /* that decode at once */
    /* The cache of the files' blocks, borrowed until destroy, and what becomes
     * of blocks that it cannot keep. NULL: a cache of its own. */
    struct rt_block_cache *cache;
    enum rt_spill spill;
    /* For a cache of its own. */
    uint64_t memory_bytes; /* the cache takes up to half of it */
    uint64_t spill_bytes;  /* 0: blocks are not spilled */
    const char *spill_folder;
};

/* Takes ownership of mosaic, also on failure. NULL if out of memory. */
struct rt_mosaic_source *
rt_mosaic_source_create(struct rt_mosaic *mosaic,
                        const struct rt_mosaic_request *request);

/* No read may be in progress. NULL is allowed. */
void rt_mosaic_source_destroy(struct rt_mosaic_source *source);

/* The bytes of its table of parts, which it holds as long as it lives. */
uint64_t rt_mosaic_source_table_bytes(const struct rt_mosaic_source *source);

/* The size of a cache with which each block is decoded once if windows are
 * read row by row, but at most half of the request's memory. */
uint64_t rt_mosaic_source_good_cache(const struct rt_mosaic_source *source);

/* Sets the size of its own cache; not during reads. */
void rt_mosaic_source_set_cache(struct rt_mosaic_source *source,
                                uint64_t bytes);

/* Reads n_planes planes of window, which lies inside the mosaic: plane i into
 * pixels[i], row by row without gaps. RT_ERR_SOURCE names the file that cannot
 * be read. */
RT_MUST_CHECK enum rt_status
rt_mosaic_source_read(struct rt_mosaic_source *source, const int *bands,
                      int32_t n_planes, const struct rt_window *window,
                      void *const *pixels, struct rt_error *err);

/* ... plane after plane into pixels. */
RT_MUST_CHECK enum rt_status
rt_mosaic_source_read_bands(struct rt_mosaic_source *source, const int *bands,
                            int32_t n_planes, const struct rt_window *window,
                            void *pixels, struct rt_error *err);

/* Pixels of its files: how many were decoded, and how many of them for the
 * first time. */
void rt_mosaic_source_count(struct rt_mosaic_source *source,
                            uint64_t *decoded_px, uint64_t *touched_px);

#ifdef __cplusplus
}
#endif
#endif
