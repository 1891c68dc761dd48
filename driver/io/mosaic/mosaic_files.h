/* mosaic_files.h - the files of a mosaic, opened when they are needed.
 *
 * A limited number of files that are not being read stay open. All files share
 * one cache.
 *
 * Every function may be called by several threads at once.
 */
#ifndef RETILE_IO_MOSAIC_MOSAIC_FILES_H
#define RETILE_IO_MOSAIC_MOSAIC_FILES_H

#include <stdint.h>

#include "core/view/view.h"
#include "io/source/gdal_source.h"
#include "io/vrt/mosaic.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_mosaic_files;

/* An open file. */
struct rt_mosaic_reader {
    struct rt_gdal_source *source;
    struct rt_view *view; /* of its full resolution, in the common cache */
};

/* mosaic and cache are borrowed until destroy. n_threads decode for one read.
 * spill: what becomes of blocks that the cache cannot keep. NULL if out of
 * memory. */
struct rt_mosaic_files *rt_mosaic_files_create(const struct rt_mosaic *mosaic,
                                               struct rt_block_cache *cache,
                                               int n_threads,
                                               enum rt_spill spill);

/* No file may be claimed. NULL is allowed. */
void rt_mosaic_files_destroy(struct rt_mosaic_files *files);

/* How many bytes it may take to decode a file as a whole. 0 until then. Call it
 * before anything is read. */
void rt_mosaic_files_decode_whole(struct rt_mosaic_files *files,
                                  uint64_t bytes);

/* The bytes that each file takes in the table. */
uint64_t rt_mosaic_files_table_bytes(const struct rt_mosaic_files *files);

/* Opens the file with this number, if it is not open. The caller gives it back.
 * RT_ERR_SOURCE with the file's name if it cannot be opened, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_mosaic_files_claim(struct rt_mosaic_files *files, int32_t number,
                      struct rt_mosaic_reader *reader, struct rt_error *err);

void rt_mosaic_files_give_back(struct rt_mosaic_files *files, int32_t number);

/* Pixels of all files: how many were decoded, and how many of them for the
 * first time since their file was opened. */
void rt_mosaic_files_count(struct rt_mosaic_files *files, uint64_t *decoded_px,
                           uint64_t *touched_px);

#ifdef __cplusplus
}
#endif
#endif
