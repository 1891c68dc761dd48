/* mosaic_pixels.h - copies pixels of a file to where a mosaic shows them. */
#ifndef RETILE_IO_MOSAIC_MOSAIC_PIXELS_H
#define RETILE_IO_MOSAIC_MOSAIC_PIXELS_H

#include <stdbool.h>

#include "core/view/view.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the pixels of one part of a read go. */
struct rt_mosaic_target {
    GDALDataType type;
    const GDALDataType *file_types; /* by plane of the part's read */
    struct rt_window window;        /* of the part, in the file's pixels */
    int32_t line_px;                /* between rows of a plane */
    unsigned char *const *planes;   /* where each plane's window begins */
    bool has_nodata;
    int32_t nodata;
};

/* The write function of a sink; context is a target. Pixels outside of the
 * target's window are left out. */
void rt_mosaic_take(void *context, const struct rt_part *part);

#ifdef __cplusplus
}
#endif
#endif
