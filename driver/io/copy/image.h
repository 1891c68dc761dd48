/* image.h - fills the tiles of one image of a TIFF file from a source.
 *
 * The file has everything but its tiles (io/tiff/tiles.h). The pixels are the
 * source's bands or their masks. Where the file keeps planes apart and the
 * source does too, plane follows plane in the file; otherwise each tile's
 * planes lie together.
 *
 * Where the image is the result of an operator (core/source/focal.h), source
 * has the operator's input: that is decoded, each pixel once, and the operator
 * applied to it.
 *
 * A pyramid may be made on the way: levels of reduced resolution, and a mask
 * beside each level and the image itself. All of it is put where the caller
 * says, in any order, in place of the file.
 */
#ifndef RETILE_IO_COPY_IMAGE_H
#define RETILE_IO_COPY_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/copy/engine.h"
#include "core/source/focal.h"
#include "io/source/copy_source.h"
#include "io/tile/format.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_image_pyramid {
    int32_t n_levels; /* beside the image; 0: none */
    /* By level, from the image on: what tiles of planes and of masks are
     * encoded as. All are of one size, and what is put is numbered as
     * libtiff does. masks NULL: there are none. */
    const struct rt_tile_format *const *formats, *const *masks;
    const struct rt_copy_reducer *reducer; /* NULL where there are no levels */
    int32_t reach_px;                      /* see rt_copy_levels */
    uint64_t work_bytes;

    /* Several at a time. Tiles that are to stay holes are not put. */
    enum rt_status (*put)(void *context, int32_t level, bool mask,
                          uint32_t tile, const void *bytes, uint64_t n_bytes,
                          struct rt_error *err);
    /* Shows each tile of the image itself, laid out as a tile, before it is
     * encoded; several at a time. NULL is allowed. */
    enum rt_status (*on_tile)(void *context, const struct rt_copy_tile *tile,
                              const void *pixels, struct rt_error *err);
    void *context;
};

/* The last plan that was found, and what for. */
struct rt_image_plan {
    bool found;
    struct rt_copy_shape shape;
    struct rt_copy_limits limits;
    struct rt_copy_plan plan;
};

struct rt_image_copy {
    struct rt_copy_source *source;
    bool masks;
    const int32_t *planes; /* of the source, in the order of the file's */
    int32_t n_planes;
    /* NULL: none. Not with masks; source delivers pixels of the type that the
     * operator looks at, and planes are all of the result, in order. */
    const struct rt_focal *focal;
    const char *path;
    int directory;
    const struct rt_image_pyramid *pyramid; /* NULL: the file takes it */
    const struct rt_tile_format *format;
    int32_t n_workers;
    uint64_t budget_bytes;
    uint64_t other_bytes; /* of the budget that others hold throughout */
    const char *spill_folder;
    uint64_t spill_bytes; /* 0: spill nothing */

    /* Called by the caller's thread; false cancels. NULL is allowed. */
    bool (*progress)(void *context, double done);
    void *context;
    /* What is planned, as one readable line. NULL is allowed. */
    void (*on_debug)(void *context, const char *plan);

    struct rt_image_plan kept; /* zeroed at first; rt_image_copy_check's */
};

struct rt_image_result {
    uint64_t raster_px;  /* of the image, once for each pass over it */
    uint64_t decoded_px; /* of the source, in these passes */
    uint64_t peak_bytes;
    uint64_t spilled_bytes;
    bool clamped; /* see rt_tile_encoder_clamped */
};

/* Whether the image can be copied within the budget. RT_ERR_ARGUMENT where it
 * cannot; the message names the least that would do, which is least_bytes; that
 * is 0 otherwise. RT_ERR_CANCELLED: planning asks progress, where it takes
 * long. What is found is kept for rt_image_copy_run. */
RT_MUST_CHECK enum rt_status rt_image_copy_check(struct rt_image_copy *copy,
                                                 uint64_t *least_bytes,
                                                 struct rt_error *err);

/* RT_ERR_ARGUMENT as above, RT_ERR_SOURCE with the source's message,
 * RT_ERR_IO, RT_ERR_CANCELLED, RT_ERR_MEMORY: the file is of no use then. */
RT_MUST_CHECK enum rt_status rt_image_copy_run(const struct rt_image_copy *copy,
                                               struct rt_image_result *result,
                                               struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
