/* codec_memory.h - how much memory GDAL's drivers hold while they decode.
 */
#ifndef RETILE_IO_DATASET_CODEC_MEMORY_H
#define RETILE_IO_DATASET_CODEC_MEMORY_H

#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most bytes that one handle on dataset holds while it decodes a source
 * block. The blocks in GDAL's cache and the caller's buffer are not included.
 * Opens the file of a PNG or JPEG to read its header. The numbers come from
 * resident memory measured with GDAL 3.6 and OpenJPEG 2.5; drivers that were
 * not measured get an estimate. */
uint64_t rt_codec_held_bytes(GDALDatasetH dataset);

#ifdef __cplusplus
}
#endif
#endif
