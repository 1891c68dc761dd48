/* window.h - recognises a VRT that shows a part of one other dataset, pixel by
 * pixel: what gdal_translate makes if the size does not change.
 *
 * Only parses the VRT's XML; nothing is opened.
 */
#ifndef RETILE_IO_VRT_WINDOW_H
#define RETILE_IO_VRT_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_vrt_window {
    char *name;          /* of the dataset under it, for opening */
    char **open_options; /* of that dataset; NULL for none */
    int32_t x_px, y_px;  /* position of the VRT's first pixel in that dataset */
    int32_t w_px, h_px;
    bool plain;     /* pixels are passed on unchanged, except for their type */
    int n_bands;    /* of the VRT */
    int *bands;     /* for each band of the VRT: the band under it, from 1 */
    bool own_masks; /* masks that are not derived from nodata or alpha */
    int mask_band;  /* what the VRT's own masks are the same window of: the mask
                     * of this band (above 0), this band itself (below 0), or
                     * something else (0) */
};

/* Parses a VRT's XML. folder: where relative names start, "" for the working
 * directory. False, with an empty window, if the VRT is not a window on one
 * dataset. The caller frees a window found. */
bool rt_vrt_window_parse(const char *xml, const char *folder,
                         struct rt_vrt_window *window);

void rt_vrt_window_free(struct rt_vrt_window *window);

/* Whether GDAL passes a request for all bands on to the VRT's sources as one.
 * If not, it may fill whole blocks of the VRT for a part of them; reading the
 * bands one by one then costs less. */
bool rt_vrt_reads_together(const char *xml);

#ifdef __cplusplus
}
#endif
#endif
