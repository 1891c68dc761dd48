/* image.h - fills the tiles of one image of a TIFF file from a source.
 *
 * The file has everything but its tiles (io/tiff/tiles.h). The pixels are the
 * source's bands or their masks. If both the file and the source store planes
 * separately, the file gets one plane after the other. Otherwise the planes of
 * each tile are stored together.
 *
 * If the image is the result of an operator (core/source/focal.h), source holds
 * the operator's input. Each of its pixels is decoded once and the operator is
 * applied to it.
 *
 * The copy may also compute a pyramid: levels of reduced resolution, and a mask
 * for each level and for the image itself. All tiles then go to the caller's
 * put function, in any order, instead of the file.
 */
#ifndef RETILE_IO_COPY_IMAGE_H
#define RETILE_IO_COPY_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/copy/engine.h"
#include "core/source/focal.h"
#include "io/copy_source/copy_source.h"
#include "io/tile/format.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_image_pyramid {
    int32_t n_levels; /* in addition to the image; 0: none */
    /* For each level, beginning with the image: the tile formats of planes and
     * of masks. All tiles have one size. Tiles are numbered as in libtiff.
     * masks NULL: there are no masks. */
    const struct rt_tile_format *const *formats, *const *masks;
    const struct rt_copy_reducer *reducer; /* NULL if there are no levels */
    int32_t reach_px;                      /* see rt_copy_levels */
    uint64_t work_bytes;

    /* Called by several threads at a time. Not called for holes. */
    enum rt_status (*put)(void *context, int32_t level, bool mask,
                          uint32_t tile, const void *bytes, uint64_t n_bytes,
                          struct rt_error *err);
    /* Called with each tile of the image itself, laid out as a tile, before it
     * is encoded; by several threads at a time. NULL is allowed. */
    enum rt_status (*on_tile)(void *context, const struct rt_copy_tile *tile,
                              const void *pixels, struct rt_error *err);
    void *context;
};

/* An image of a file of its own that receives the mask. */
struct rt_image_mask {
    const char *path;
    int directory;
    const struct rt_tile_format *format; /* of the same tiles as the image's */
};

/* The plan found last, and its input. */
struct rt_image_plan {
    bool found;
    struct rt_copy_shape shape;
    struct rt_copy_limits limits;
    struct rt_copy_plan plan;
};

struct rt_image_copy {
    struct rt_copy_source *source;
    bool masks;
    const int32_t *planes; /* of the source, in the order of the file's
                            * planes */
    int32_t n_planes;
    /* NULL: no operator. Not with masks. source then delivers pixels of the
     * type that the operator reads, and planes are all planes of the result, in
     * order. */
    const struct rt_focal *focal;
    const char *path;
    int directory;
    const struct rt_image_pyramid *pyramid; /* NULL: tiles go to the file */
    /* The mask of plane 0, copied in the same pass. Only without a pyramid, and
     * if rt_image_takes_mask. NULL: none. */
    const struct rt_image_mask *mask;
    const struct rt_tile_format *format;
    int32_t n_workers;
    uint64_t budget_bytes;
    uint64_t other_bytes; /* of the budget, held elsewhere throughout */
    const char *spill_folder;
    uint64_t spill_bytes; /* 0: no spilling */

    /* Called on the caller's thread; false cancels. NULL is allowed. */
    bool (*progress)(void *context, double done);
    void *context;
    /* Receives the plan as one readable line. NULL is allowed. */
    void (*on_debug)(void *context, const char *plan);

    struct rt_image_plan kept; /* used by rt_image_copy_check; zero it first */
};

struct rt_image_result {
    uint64_t raster_px;  /* of the image, counted once for each pass over it */
    uint64_t decoded_px; /* of the source, in all passes */
    uint64_t peak_bytes;
    uint64_t spilled_bytes;
    bool clamped; /* see rt_tile_encoder_clamped */
};

/* Whether the copy can fill the image of the mask in the same pass: the source
 * reads it together with the planes, and each pass has all planes. */
bool rt_image_takes_mask(const struct rt_image_copy *copy);

/* Whether the image can be copied within the budget. RT_ERR_ARGUMENT if not:
 * the message contains the minimum budget, which is also *least_bytes; that is
 * 0 otherwise. RT_ERR_CANCELLED: progress is called while a long search for a
 * plan is running. The plan is kept for rt_image_copy_run. */
RT_MUST_CHECK enum rt_status rt_image_copy_check(struct rt_image_copy *copy,
                                                 uint64_t *least_bytes,
                                                 struct rt_error *err);

/* RT_ERR_ARGUMENT as above, RT_ERR_SOURCE with the source's message, RT_ERR_IO,
 * RT_ERR_CANCELLED, RT_ERR_MEMORY. The file is unusable after an error. */
RT_MUST_CHECK enum rt_status rt_image_copy_run(const struct rt_image_copy *copy,
                                               struct rt_image_result *result,
                                               struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
