/* mask_band.h - the masks of a view's bands that GDAL does not derive. */
#ifndef RETILE_GDAL_MASK_BAND_H
#define RETILE_GDAL_MASK_BAND_H

#include "gdal/band.h"

/* The mask of a band where it is more than GDAL derives from nodata or an
 * alpha band of the view: the source's mask, and 0 in the padding. */
class RetileMaskBand final : public GDALRasterBand
{
  public:
    RetileMaskBand(RetileBand *poOf, int nLevel);

    char **GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;
    GDALColorInterp GetColorInterpretation() override;
    int GetOverviewCount() override;
    GDALRasterBand *GetOverview(int iOverview) override;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 5, 0)
    bool IsMaskBand() const override
    {
        return true;
    }
#endif

  protected:
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    const RetileSharedView &View() const
    {
        return m_poOf->View();
    }

    RetileBand *m_poOf; /* owns this */
    const int m_nLevel;
    RetileScratchRows m_oScratchRows{};
    RetileListKeeper m_oLists{};

    CPL_DISALLOW_COPY_ASSIGN(RetileMaskBand)
};

#endif
