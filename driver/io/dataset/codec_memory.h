/* codec_memory.h - what GDAL's drivers hold while they decode.
 */
#ifndef RETILE_IO_DATASET_CODEC_MEMORY_H
#define RETILE_IO_DATASET_CODEC_MEMORY_H

#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that one handle on dataset holds at most while it decodes a
 * source_block block, beside the blocks in GDAL's cache and the caller's
 * buffer. Opens the file of a PNG or JPEG to look at its header. By resident
 * memory measured with GDAL 3.6 and OpenJPEG 2.5; an estimate for drivers not
 * measured. */
uint64_t rt_codec_held_bytes(GDALDatasetH dataset);

#ifdef __cplusplus
}
#endif
#endif
