/* source_internal.h - a TIFF's layout: source.c finds it out, reader.c uses
 * it. */
#ifndef RETILE_IO_TIFF_SOURCE_INTERNAL_H
#define RETILE_IO_TIFF_SOURCE_INTERNAL_H

#include "core/base/grid.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The place of a strip or tile in the file. */
struct rt_tiff_block {
    uint64_t at_bytes;
    uint64_t n_bytes; /* 0: the block is missing */
};

struct rt_tiff_source {
    char *path;
    struct rt_grid grid; /* of strips or tiles */
    int32_t n_bands;
    int32_t samples; /* of a pixel in a block: n_bands, or 1 */
    GDALDataType type;
    uint32_t sample_bytes;
    uint32_t px_bytes; /* of a pixel in a block */
    bool encoded;      /* false: the block is the samples themselves */
    uint64_t n_blocks; /* in all planes */
    struct rt_tiff_block *blocks;
    uint64_t raw_bytes; /* size of the buffer for encoded blocks; 0 for none */
    uint64_t block_bytes;
    uint64_t codec_bytes; /* libtiff's and the codec's */
    uint8_t *missing;     /* a pixel of all bands, for missing blocks */
};

/* Whether the blocks under window can be decoded straight into the caller's
 * buffer: the window must be as wide as a block and begin at a block's top
 * left. packed: as in the read. */
bool rt_tiff_source_is_direct(const struct rt_tiff_source *source,
                              const struct rt_window *window, bool packed);

#ifdef __cplusplus
}
#endif
#endif
