/* tile_statistics.h - statistics of a raster, computed from its tiles during a
 * copy. They are what GDALRasterBand::ComputeStatistics() would compute in
 * another pass.
 *
 * Bands of bytes and of 16 bits are summed in whole numbers, as GDAL does.
 * Others are summed tile by tile, so the last digit may differ. The result does
 * not depend on the order of the tiles.
 */
#ifndef RETILE_GDAL_COPY_TILE_STATISTICS_H
#define RETILE_GDAL_COPY_TILE_STATISTICS_H

#include <vector>

#include "core/copy/engine.h"
#include "cpl_string.h"
#include "gdal/copy/band_sums.h"
#include "gdal_priv.h"

class RetileTileStatistics
{
  public:
    /* poSrcDS provides nodata values and the alpha band. Type, layout and sizes
     * are those of tiles in memory. */
    RetileTileStatistics(GDALDataset *poSrcDS, GDALDataType eType,
                         const rt_copy_layout &oLayout, int nTileWidth,
                         int nTileHeight);

    /* The bytes that are held until the end. */
    static uint64_t HeldBytes(GDALDataset *poSrcDS, uint64_t nTiles)
    {
        return nTiles * static_cast<uint64_t>(poSrcDS->GetRasterCount()) *
               sizeof(RetileBandSums);
    }

    /* Adds the tiles of the full resolution, each once. Several threads may
     * call this. Returns false if out of memory. */
    bool Add(const rt_copy_tile &oTile, const void *pPixels);

    /* After all tiles are added: metadata items by band, empty if there is no
     * valid pixel. */
    std::vector<CPLStringList> Items() const;

  private:
    struct Band {
        bool bNoData;
        double dfNoData;  /* of all types except these: */
        GInt64 nNoData;   /* GDT_Int64 */
        GUInt64 nNoDataU; /* GDT_UInt64 */
        int nWeights; /* a band whose zeros leave pixels out; -1: none, -2: the
                         mask */
    };

    RetileBandSums SumUp(size_t iBand, const rt_copy_tile &oTile,
                         const GByte *pabyPixels,
                         std::vector<double> &adfRow) const;
    void AddRow(const Band &oBand, const std::vector<double> &adfRow,
                const std::vector<double> &adfWeights, int nWidth,
                RetileBandSums &oSums) const;
    void ReadRow(int iPlane, bool bWeights, const rt_copy_tile &oTile,
                 const GByte *pabyPixels, int nLine,
                 std::vector<double> &adfRow) const;
    void LeaveOutNoData(const Band &oBand, const GByte *pabyLine, size_t nStep,
                        std::vector<double> &adfRow, int nWidth) const;

    const GDALDataType m_eType;
    const bool m_bWhole; /* whole numbers of at most 16 bits */
    const rt_copy_layout m_oLayout;
    const int m_nTileWidth, m_nTileHeight, m_nCols;
    std::vector<Band> m_aoBands{};
    std::vector<std::vector<RetileBandSums>> m_aaoSums{}; /* by band and tile */
};

#endif
