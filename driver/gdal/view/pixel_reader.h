/* pixel_reader.h - copies pixels of a view into a caller's buffer. */
#ifndef RETILE_GDAL_VIEW_PIXEL_READER_H
#define RETILE_GDAL_VIEW_PIXEL_READER_H

#include "gdal/view/shared_view.h"

/* A buffer as in GDAL's RasterIO. Spacings are in bytes. */
struct RetileBuffer {
    unsigned char *pabyData;
    GDALDataType eType;
    GSpacing nPixelSpace, nLineSpace, nBandSpace;
};

/* Reads a window of a level without resampling into oBuffer. panBands has
 * nBands bands, numbered from 0, each at most once. Converts as GDALCopyWords
 * does. bMask reads the masks of the bands instead. The window may include
 * padding. */
rt_status RetileReadPixels(const RetileSharedView &oView, int nLevel,
                           bool bMask, const int *panBands, int nBands,
                           const rt_window &oWindow,
                           const RetileBuffer &oBuffer, rt_error *err);

#endif
