/* band_reads.h - how the bands of a view and their masks read at their own
 * resolution. */
#ifndef RETILE_GDAL_VIEW_BAND_READS_H
#define RETILE_GDAL_VIEW_BAND_READS_H

#include <vector>

#include "gdal/view/pixel_reader.h"
#include "gdal_priv.h"

/* Bands of a level, or their masks if bMask is set. Numbered from 0, each at
 * most once. */
struct RetilePlanes {
    const RetileSharedView &oView;
    int nLevel;
    bool bMask;
    const int *panBands;
    int nBands;
};

/* Reads one window. The progress function of psExtraArg (may be nullptr) is
 * called for each row of blocks. A failure is reported. If the progress
 * function cancels, the read fails without a message, as in GDAL. */
CPLErr RetileReadWindow(const RetilePlanes &oPlanes, const rt_window &oWindow,
                        const RetileBuffer &oBuffer,
                        const GDALRasterIOExtraArg *psExtraArg);

/* Reads one block of oBand, which is the only band of oPlanes. Pixels beyond
 * the raster's edge are set to 0. */
CPLErr RetileReadBlock(GDALRasterBand &oBand, const RetilePlanes &oPlanes,
                       int nBlockXOff, int nBlockYOff, void *pData);

/* Reports that a view cannot be written to. */
CPLErr RetileRefuseWrite();

/* Reports that overviews of a view cannot be built, and what to do instead. */
CPLErr RetileRefuseOverviews();

/* The blocks of a scratch band that GDAL's generic code holds. That code reads
 * them row by row, and would leave the whole raster in GDAL's cache. */
class RetileScratchRows
{
  public:
    /* Notes that a block is being read, and drops the blocks of the row before.
     */
    void Read(GDALRasterBand &oBand, int nBlockXOff, int nBlockYOff);

  private:
    int m_nRow = -1;
    std::vector<int> m_anColumns{};
};

#endif
