/* mask_band.h - the masks of a view's bands. */
#ifndef RETILE_GDAL_VIEW_MASK_BAND_H
#define RETILE_GDAL_VIEW_MASK_BAND_H

#include "gdal/view/band.h"

/* The mask of a band that GDAL cannot derive from nodata or an alpha band of
 * the view: the source's mask, and 0 in the padding. */
class RetileMaskBand final : public GDALRasterBand
{
  public:
    RetileMaskBand(RetileBand *poOf, int nLevel);

    RetileMetadataList GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;
    GDALColorInterp GetColorInterpretation() override;
    GDALColorTable *GetColorTable() override;
    int GetOverviewCount() override;
    GDALRasterBand *GetOverview(int iOverview) override;
    bool IsMaskBand() const override { return true; }

  protected:
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    const RetileSharedView &View() const { return m_poOf->View(); }

    RetileBand *m_poOf; /* owns this */
    const int m_nLevel;
    RetileScratchRows m_oScratchRows{};
    RetileListKeeper m_oLists{};

    CPL_DISALLOW_COPY_ASSIGN(RetileMaskBand)
};

/* The mask that GDAL derives from nodata or an alpha band of the view, or that
 * is 255 everywhere. Any number of threads can use it at once. GDAL's own
 * object cannot do that: it keeps a buffer, or uses blocks that threads would
 * share. So each request gets a mask band of its own. */
class RetileDerivedMaskBand final : public GDALRasterBand
{
  public:
    /* poModel is GDAL's mask of the same band. */
    RetileDerivedMaskBand(RetileBand *poOf, int nLevel,
                          GDALRasterBand *poModel);

    bool IsMaskBand() const override { return true; }
    GDALMaskValueRange GetMaskValueRange() const override { return m_eRange; }

  protected:
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    RetileBand *m_poOf; /* owns this */
    const int m_nLevel;
    const bool m_bAllValid;
    const GDALMaskValueRange m_eRange;

    CPL_DISALLOW_COPY_ASSIGN(RetileDerivedMaskBand)
};

#endif
