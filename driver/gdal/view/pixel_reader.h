/* pixel_reader.h - copies pixels of a view into a caller's buffer.
 */
#ifndef RETILE_GDAL_VIEW_PIXEL_READER_H
#define RETILE_GDAL_VIEW_PIXEL_READER_H

#include "gdal/view/shared_view.h"

/* A buffer as GDAL's RasterIO describes it: spacings in bytes. */
struct RetileBuffer {
    unsigned char *pabyData;
    GDALDataType eType;
    GSpacing nPixelSpace, nLineSpace, nBandSpace;
};

/* Reads a window of a level, not resampled, of the nBands bands listed (from 0,
 * each once), into oBuffer, converting as GDALCopyWords does. bMask reads their
 * masks instead. The window may reach into the padding. */
rt_status RetileReadPixels(const RetileSharedView &oView, int nLevel,
                           bool bMask, const int *panBands, int nBands,
                           const rt_window &oWindow,
                           const RetileBuffer &oBuffer, rt_error *err);

#endif
