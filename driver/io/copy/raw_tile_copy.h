/* raw_tile_copy.h - copies the encoded tiles of a source that is a tiled TIFF,
 * or a mosaic of such TIFFs in which no tile is cut, without decoding them.
 *
 * The bytes of each tile are the source's, and a hole stays a hole. Tiles at
 * the right and bottom edge keep the pixels that they contain beyond a window
 * on the source.
 */
#ifndef RETILE_IO_COPY_RAW_TILE_COPY_H
#define RETILE_IO_COPY_RAW_TILE_COPY_H

#include "io/copy/image.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_raw_tile_copy;

struct rt_raw_tile_copy_result {
    uint64_t tiles, holes;
    uint64_t bytes; /* of all tiles */
};

/* Checks whether the tiles of copy (borrowed until close), bands or masks, can
 * be copied raw. Writes nothing. any_loss: also accept tiles of a lossy codec
 * whose loss is not recorded (io/tile/match.h).
 *
 * RT_ERR_ARGUMENT with the reason, as one clause, if they cannot be copied;
 * RT_ERR_SOURCE if the source's file is truncated; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_raw_tile_copy_open(const struct rt_image_copy *copy, bool any_loss,
                      struct rt_raw_tile_copy **raw, struct rt_error *err);

/* NULL is allowed. */
void rt_raw_tile_copy_close(struct rt_raw_tile_copy *raw);

/* The number of TIFFs that the tiles come from, 1 or more, and the first of
 * them. Borrowed. */
uint32_t rt_raw_tile_copy_files(const struct rt_raw_tile_copy *raw);
const char *rt_raw_tile_copy_path(const struct rt_raw_tile_copy *raw);

/* Writes the tiles in the order of their numbers, once: to the file, or with a
 * pyramid to its put function, as tiles of the image itself. Reports copy's
 * progress. Holds at most copy's budget. RT_ERR_SOURCE if the source cannot be
 * read or has changed since open, RT_ERR_IO, RT_ERR_RANGE if the file is full,
 * RT_ERR_CANCELLED, RT_ERR_MEMORY. The file is unusable after an error. */
RT_MUST_CHECK enum rt_status
rt_raw_tile_copy_run(struct rt_raw_tile_copy *raw,
                     struct rt_raw_tile_copy_result *result,
                     struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
