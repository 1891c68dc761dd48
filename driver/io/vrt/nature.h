/* nature.h - what of a VRT's pixels hangs on how, and by whom, it is asked
 * for them.
 *
 * Nothing is opened as a raster but views by descriptor; names are followed
 * down to what is no VRT. A file behind a network is taken for one by its
 * extension alone: asking thousands of them would take too long.
 */
#ifndef RETILE_IO_VRT_NATURE_H
#define RETILE_IO_VRT_NATURE_H

#include <stdbool.h>

#include "cpl_string.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In doubt all is true. */
struct rt_vrt_nature {
    bool resamples;    /* a pixel of it is not just one of what lies under it */
    bool by_window;    /* other pixels, a little, in another window: it, or
                          something that it asks for the same, resamples */
    bool under_window; /* something under it does so that is not asked for the
                          caller's windows, but for those of a warp */
    bool by_thread;    /* it must be computed on the thread of its user */
};

/* Of any dataset; all false for what is no VRT and no view of one. */
struct rt_vrt_nature rt_vrt_nature_of(GDALDatasetH dataset,
                                      CSLConstList open_options);

/* Of what a name opens. */
struct rt_vrt_nature rt_vrt_nature_of_name(const char *name);

/* Of a VRT's XML, whose relative names start from folder. */
struct rt_vrt_nature rt_vrt_nature_of_xml(const char *xml, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
