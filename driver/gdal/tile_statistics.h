/* tile_statistics.h - statistics of a raster, out of its tiles as they are
 * copied: what GDALRasterBand::ComputeStatistics() would find in another pass.
 *
 * Bands of bytes and of 16 bits are summed in whole numbers, as GDAL does;
 * others tile by tile, so that the last of the digits that are kept may differ.
 * They do not depend on the order that tiles come in.
 */
#ifndef RETILE_GDAL_TILE_STATISTICS_H
#define RETILE_GDAL_TILE_STATISTICS_H

#include <vector>

#include "core/copy_engine.h"
#include "cpl_string.h"
#include "gdal_priv.h"

class RetileTileStatistics
{
  public:
    /* poSrcDS tells types, nodata values and which band is alpha; layout and
     * sizes are those of tiles in memory. */
    RetileTileStatistics(GDALDataset *poSrcDS, const rt_copy_layout &oLayout,
                         int nTileWidth, int nTileHeight);

    /* What is held until the end. */
    static uint64_t HeldBytes(GDALDataset *poSrcDS, uint64_t nTiles)
    {
        return nTiles * static_cast<uint64_t>(poSrcDS->GetRasterCount()) *
               sizeof(Sums);
    }

    /* The tiles of the full resolution, each once; several at a time. Returns
     * false where memory is short. */
    bool Add(const rt_copy_tile &oTile, const void *pPixels);

    /* When all have come: metadata items by band; empty where no pixel
     * counts. */
    std::vector<CPLStringList> Items() const;

  private:
    struct Sums {
        uint64_t nValid = 0, nAll = 0;
        double dfMin = 0, dfMax = 0;
        double dfMean = 0, dfSquares = 0; /* of the differences from it */
        int64_t nSum = 0;                 /* of whole numbers */
        uint64_t nSumOfSquares = 0;
    };
    struct Band {
        GDALDataType eType;
        bool bWhole; /* numbers of 16 bits at most */
        bool bNoData;
        double dfNoData;
        int nWeights; /* the band whose zeros do not count; -1: none, -2: the
                         mask */
    };

    Sums SumUp(const Band &oBand, size_t iBand, const rt_copy_tile &oTile,
               const GByte *pabyPixels, std::vector<double> &adfRow) const;
    static void AddRow(const Band &oBand, const std::vector<double> &adfRow,
                       const std::vector<double> &adfWeights, int nWidth,
                       Sums &oSums);
    static void Join(Sums &oTo, const Sums &oFrom);
    void ReadRow(int iPlane, const rt_copy_tile &oTile, const GByte *pabyPixels,
                 int nLine, std::vector<double> &adfRow) const;
    CPLStringList ItemsOf(size_t iBand) const;

    const rt_copy_layout m_oLayout;
    const int m_nTileWidth, m_nTileHeight, m_nCols;
    std::vector<Band> m_aoBands{};
    std::vector<std::vector<Sums>> m_aaoSums{}; /* by band and tile */
};

#endif
