/* tile_statistics.h - statistics of a raster, out of its tiles as they are
 * copied: what GDALRasterBand::ComputeStatistics() would find in another pass.
 *
 * Bands of bytes and of 16 bits are summed in whole numbers, as GDAL does;
 * others tile by tile, so that the last of the digits that are kept may differ.
 * They do not depend on the order that tiles come in.
 */
#ifndef RETILE_GDAL_COPY_TILE_STATISTICS_H
#define RETILE_GDAL_COPY_TILE_STATISTICS_H

#include <vector>

#include "core/copy/engine.h"
#include "cpl_string.h"
#include "gdal/view/band_sums.h"
#include "gdal_priv.h"

class RetileTileStatistics
{
  public:
    /* poSrcDS tells nodata values and which band is alpha; type, layout and
     * sizes are those of tiles in memory. */
    RetileTileStatistics(GDALDataset *poSrcDS, GDALDataType eType,
                         const rt_copy_layout &oLayout, int nTileWidth,
                         int nTileHeight);

    /* What is held until the end. */
    static uint64_t HeldBytes(GDALDataset *poSrcDS, uint64_t nTiles)
    {
        return nTiles * static_cast<uint64_t>(poSrcDS->GetRasterCount()) *
               sizeof(RetileBandSums);
    }

    /* The tiles of the full resolution, each once; several at a time. Returns
     * false where memory is short. */
    bool Add(const rt_copy_tile &oTile, const void *pPixels);

    /* When all have come: metadata items by band; empty where no pixel
     * counts. */
    std::vector<CPLStringList> Items() const;

  private:
    struct Band {
        bool bNoData;
        double dfNoData;  /* all types but these: */
        GInt64 nNoData;   /* GDT_Int64 */
        GUInt64 nNoDataU; /* GDT_UInt64 */
        int nWeights; /* the band whose zeros do not count; -1: none, -2: the
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
    const bool m_bWhole; /* numbers of 16 bits at most */
    const rt_copy_layout m_oLayout;
    const int m_nTileWidth, m_nTileHeight, m_nCols;
    std::vector<Band> m_aoBands{};
    std::vector<std::vector<RetileBandSums>> m_aaoSums{}; /* by band and tile */
};

#endif
