/* band_reads.h - how bands of a view, or their masks, read at their own
 * resolution.
 */
#ifndef RETILE_GDAL_VIEW_BAND_READS_H
#define RETILE_GDAL_VIEW_BAND_READS_H

#include <vector>

#include "gdal/view/pixel_reader.h"
#include "gdal_priv.h"

/* Bands of a level, from 0, each once; with bMask their masks. */
struct RetilePlanes {
    const RetileSharedView &oView;
    int nLevel;
    bool bMask;
    const int *panBands;
    int nBands;
};

/* Reads one window, with the progress function of psExtraArg (may be nullptr)
 * called for each row of blocks. A failure is reported; where that function
 * says no, the read fails without a message, as GDAL's own do. */
CPLErr RetileReadWindow(const RetilePlanes &oPlanes, const rt_window &oWindow,
                        const RetileBuffer &oBuffer,
                        const GDALRasterIOExtraArg *psExtraArg);

/* Reads one of the blocks of oBand, which is the one band of oPlanes. What of
 * it lies beyond the raster's edge is set to 0. */
CPLErr RetileReadBlock(GDALRasterBand &oBand, const RetilePlanes &oPlanes,
                       int nBlockXOff, int nBlockYOff, void *pData);

/* Reports that a view cannot be written to. */
CPLErr RetileRefuseWrite();

/* Reports that a view takes no overviews, and how to come by some. */
CPLErr RetileRefuseOverviews();

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
