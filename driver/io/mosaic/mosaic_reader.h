/* mosaic_reader.h - lets a view of a mosaic read it from its files.
 *
 * Files' blocks are kept in the view's cache, so that what lies beside a window
 * (the rest of a strip, of a JPEG 2000 tile) need not be decoded again for the
 * next one. All threads of the view decode.
 */
#ifndef RETILE_IO_MOSAIC_MOSAIC_READER_H
#define RETILE_IO_MOSAIC_MOSAIC_READER_H

#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "io/source/gdal_source.h"
#include "io/vrt/nature.h"

#ifdef __cplusplus
extern "C" {
#endif

/* From now on the full resolution of source is read from its files, if source
 * is a mosaic of whole pixels; that is found out at the first read. cache is
 * borrowed until the source is closed. n_threads decode at once. spill: what
 * becomes of blocks that the cache cannot keep. nature: that of the source's
 * dataset. Call it before anything is read. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_mosaic_reader_install(
    struct rt_gdal_source *source, struct rt_block_cache *cache, int n_threads,
    enum rt_spill spill, const struct rt_vrt_nature *nature,
    struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
