/* window.h - what a VRT is when it shows a part of one other dataset,
 * pixel by pixel: what gdal_translate makes without a change of size.
 *
 * Pure parsing of the VRT's XML: nothing is opened.
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
    char *name;          /* of the dataset under it, as it has to be opened */
    char **open_options; /* for it; NULL for none */
    int32_t x_px, y_px;  /* of the VRT's first pixel in that dataset */
    int32_t w_px, h_px;
    bool plain;     /* pixels are passed on as they are, but for their type */
    int n_bands;    /* of the VRT */
    int *bands;     /* by band of the VRT: the band under it, from 1 */
    bool own_masks; /* not derived from nodata or alpha */
    int mask_band;  /* the VRT's own masks are the same window of: the mask of
                       this band (above 0), of this band itself (below 0), or
                       of something else (0) */
};

/* Reads a VRT's XML. folder: what relative names start from, "" for the
 * working directory. False where the VRT is not a window on one dataset; the
 * window is then empty. The caller frees a window found. */
bool rt_vrt_window_parse(const char *xml, const char *folder,
                         struct rt_vrt_window *window);

void rt_vrt_window_free(struct rt_vrt_window *window);

/* Whether GDAL asks a VRT's sources for all bands together where it is itself
 * asked so. It may otherwise fill whole blocks of the VRT for a part of them,
 * and its bands are better read one by one. */
bool rt_vrt_reads_together(const char *xml);

#ifdef __cplusplus
}
#endif
#endif
