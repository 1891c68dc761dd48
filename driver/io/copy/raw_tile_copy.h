/* raw_tile_copy.h - the tiles of a source that is a tiled TIFF, taken over
 * without being decoded.
 *
 * The bytes of each tile are the source's; a hole stays a hole. Tiles at the
 * right and lower edge keep what they hold beyond a window on the source.
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

/* Looks whether the tiles of copy (borrowed until close) can be taken over,
 * bands or masks; nothing is written. any_loss: also where it is not known
 * what a lossy codec has lost (io/tile/match.h).
 *
 * RT_ERR_ARGUMENT where they cannot be, with the reason as one clause;
 * RT_ERR_SOURCE where the source's file is cut off; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_raw_tile_copy_open(const struct rt_image_copy *copy, bool any_loss,
                      struct rt_raw_tile_copy **passthrough,
                      struct rt_error *err);

/* NULL is allowed. */
void rt_raw_tile_copy_close(struct rt_raw_tile_copy *passthrough);

/* The TIFF that tiles are taken from. Borrowed. */
const char *rt_raw_tile_copy_path(const struct rt_raw_tile_copy *passthrough);

/* Writes the tiles in the order of their numbers, once. Reports copy's
 * progress. Holds at most copy's budget. RT_ERR_SOURCE where the source cannot
 * be read or has changed since open, RT_ERR_IO, RT_ERR_RANGE where the file is
 * full, RT_ERR_CANCELLED, RT_ERR_MEMORY: the file is of no use then. */
RT_MUST_CHECK enum rt_status
rt_raw_tile_copy_run(struct rt_raw_tile_copy *passthrough,
                     struct rt_raw_tile_copy_result *result,
                     struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
