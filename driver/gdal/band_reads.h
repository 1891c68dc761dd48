/* band_reads.h - how a band of a view, or its mask, reads at its own
 * resolution; nLevel and nBand (from 1) say which, bMask whether its mask.
 */
#ifndef RETILE_GDAL_BAND_READS_H
#define RETILE_GDAL_BAND_READS_H

#include <vector>

#include "gdal/pixel_reader.h"
#include "gdal_priv.h"

/* Reads one window. A failure is reported. */
CPLErr RetileReadWindow(const RetileSharedView &oView, int nLevel, bool bMask,
                        int nBand, const rt_window &oWindow,
                        const RetileBuffer &oBuffer);

/* Reads one of oBand's blocks. What of it lies beyond the raster's edge is set
 * to 0. */
CPLErr RetileReadBlock(GDALRasterBand &oBand, const RetileSharedView &oView,
                       int nLevel, bool bMask, int nBand, int nBlockXOff,
                       int nBlockYOff, void *pData);

/* Reports that a view cannot be written to. */
CPLErr RetileRefuseWrite();

/* The blocks that GDAL's generic code holds of a scratch band. It goes over
 * them row by row, and would leave all of a raster in its cache. */
class RetileScratchRows
{
  public:
    /* Notes that a block is being read, and drops those of the row before. */
    void Read(GDALRasterBand &oBand, int nBlockXOff, int nBlockYOff);

  private:
    int m_nRow = -1;
    std::vector<int> m_anColumns{};
};

#endif
