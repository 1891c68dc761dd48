/* copy_decoder.h - what decodes the image of a copy instead of GDAL: libtiff,
 * OpenJPEG, or the files of a mosaic.
 *
 * Each function tries one of them. If it gives the same pixels, it is opened,
 * and the image's layer says how it is read; otherwise nothing changes. At most
 * one of them may succeed.
 */
#ifndef RETILE_IO_COPY_SOURCE_COPY_DECODER_H
#define RETILE_IO_COPY_SOURCE_COPY_DECODER_H

#include "io/copy_source/copy_origin.h"
#include "io/vrt/nature.h"
#include "io/vrt/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* dataset is the image's origin, open; type that of the pixels that are read
 * from it. how: static text for origins->how. */
void rt_copy_decoder_try_tiff(struct rt_copy_origins *origins,
                              GDALDatasetH dataset, GDALDataType type,
                              const char *how);

/* An image of one tile gets one decoder with threads of its own: each further
 * decoder would hold all packets, and search them all. */
void rt_copy_decoder_try_jp2(struct rt_copy_origins *origins,
                             GDALDatasetH dataset, GDALDataType type);

/* Reads masks that are a band of the dataset under the window as the image is
 * read, if one of the above reads that. */
void rt_copy_decoder_try_masks(struct rt_copy_origins *origins,
                               const struct rt_vrt_window *window,
                               GDALDataType type);

/* vrt: what is shown or, if that is a window, what is under it, opened with
 * open_options. nature: of what is shown. */
void rt_copy_decoder_try_mosaic(struct rt_copy_origins *origins,
                                GDALDatasetH vrt, CSLConstList open_options,
                                const struct rt_copy_request *request,
                                const struct rt_vrt_nature *nature);

/* Takes smaller blocks for the image, or leaves less in GDAL's cache. False if
 * it cannot. */
bool rt_copy_decoder_shrink(struct rt_copy_origins *origins);

#ifdef __cplusplus
}
#endif
#endif
