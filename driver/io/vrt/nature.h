/* nature.h - whether a VRT's pixels depend on the windows in which, or on the
 * thread on which, they are requested.
 *
 * Names are followed down to datasets that are not VRTs. Only views given by a
 * descriptor are opened as rasters. For a file behind a network the extension
 * decides whether it is a VRT: asking thousands of them would take too long.
 */
#ifndef RETILE_IO_VRT_NATURE_H
#define RETILE_IO_VRT_NATURE_H

#include <stdbool.h>

#include "cpl_string.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In doubt every field is true. */
struct rt_vrt_nature {
    bool resamples;    /* some pixel is more than just one pixel of the dataset
                        * under it */
    bool by_window;    /* slightly different pixels in another window: it
                        * resamples, or something under it that gets the same
                        * windows does */
    bool under_window; /* something under it resamples, but gets the windows of
                        * a warp instead of the caller's */
    bool by_thread;    /* it must be computed on its user's thread */
    bool finer;        /* a reader that asks for another type than the band's
                        * may get values that the band's type cannot hold: a
                        * kernel's, a scaling's or a pixel function's; from
                        * GDAL 3.13 on those of a dataset of a longer type */
};

/* For any dataset. All false if it is neither a VRT nor a view of one. */
struct rt_vrt_nature rt_vrt_nature_of(GDALDatasetH dataset,
                                      CSLConstList open_options);

/* For the dataset that a name opens. */
struct rt_vrt_nature rt_vrt_nature_of_name(const char *name);

/* For a VRT's XML. Its relative names start from folder. */
struct rt_vrt_nature rt_vrt_nature_of_xml(const char *xml, const char *folder);

#ifdef __cplusplus
}
#endif
#endif
