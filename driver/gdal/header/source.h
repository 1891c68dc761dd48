/* source.h - a raster that has everything of another one except pixels.
 *
 * Geometry, georeferencing, metadata, nodata, tables and interpretations are
 * asked of the source when they are needed. Masks and overviews are those that
 * the constructor is given. Reading fails. It has no driver, so that no driver
 * looks behind it for encoded pixels.
 */
#ifndef RETILE_GDAL_HEADER_SOURCE_H
#define RETILE_GDAL_HEADER_SOURCE_H

#include <functional>
#include <memory>
#include <vector>

#include "gdal_priv.h"
#include "gdal_proxy.h"
#include "io/dataset/gdal_versions.h"

/* In pixels. */
struct RetileOverviewSize {
    int nXSize, nYSize;
};

/* What the raster shows besides the source's bands. */
struct RetileShownLevels {
    bool bMask = false; /* a mask of all bands, on all levels */
    std::vector<RetileOverviewSize> aoOverviews{};
    /* By band: metadata items of the default domain that replace the band's own
     * items of these names. A name without a value hides the band's item. */
    std::vector<CPLStringList> aaosItems{};
};

class RetileHeaderSource final : public GDALProxyDataset
{
  public:
    /* poSource is borrowed and must outlive this. */
    explicit RetileHeaderSource(GDALDataset *poSource,
                                const RetileShownLevels &oLevels = {});

    /* The failure that a read reports. */
    static constexpr const char *pszNoPixels =
        "Internal error: pixels were asked of a header";

    /* oCall is called whenever pixels are requested, before the failure is
     * reported. */
    void OnRead(std::function<void()> oCall) { m_oOnRead = std::move(oCall); }
    CPLErr NoPixels() const;

    GDALDriver *GetDriver() RETILE_GET_DRIVER_CONST override { return nullptr; }
    void *GetInternalHandle(const char * /* pszRequest */) override
    {
        return nullptr;
    }
    CPLErr AdviseRead(int nXOff, int nYOff, int nXSize, int nYSize,
                      int nBufXSize, int nBufYSize, GDALDataType eType,
                      int nBandCount, int *panBandList,
                      RetileOptionList papszOptions) override;

  protected:
    GDALDataset *RefUnderlyingDataset() const override { return m_poSource; }
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, int nBandCount,
                     RetileBandMap panBandMap, GSpacing nPixelSpace,
                     GSpacing nLineSpace, GSpacing nBandSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    GDALDataset *const m_poSource;
    std::function<void()> m_oOnRead{};

    CPL_DISALLOW_COPY_ASSIGN(RetileHeaderSource)
};

/* A band of it, at full resolution or as an overview. */
class RetileHeaderBand final : public GDALProxyRasterBand
{
  public:
    RetileHeaderBand(RetileHeaderSource *poSource, GDALRasterBand *poBand,
                     const RetileOverviewSize &oSize, bool bMask);

    void AddOverview(const RetileOverviewSize &oSize);
    void SetItems(const CPLStringList &aosItems) { m_aosItems = aosItems; }

    RetileMetadataList GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;

    /* GDALProxyRasterBand of GDAL 3.6 does not forward these two. */
    int64_t GetNoDataValueAsInt64(int *pbSuccess = nullptr) override;
    uint64_t GetNoDataValueAsUInt64(int *pbSuccess = nullptr) override;

    GDALRasterBand *GetMaskBand() override;
    int GetMaskFlags() override
    {
        return m_bMask ? GMF_PER_DATASET : GMF_ALL_VALID;
    }
    int GetOverviewCount() override
    {
        return static_cast<int>(m_apoOverviews.size());
    }
    GDALRasterBand *GetOverview(int iOverview) override;

  protected:
    GDALRasterBand *
    RefUnderlyingRasterBand(RETILE_REF_BAND_ARGUMENT) const override
    {
        return m_poBand;
    }
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    RetileHeaderSource *const m_poSource;
    GDALRasterBand *const m_poBand;
    const bool m_bMask;
    std::vector<std::unique_ptr<RetileHeaderBand>> m_apoOverviews{};
    CPLStringList m_aosItems{}, m_aosMerged{};

    CPL_DISALLOW_COPY_ASSIGN(RetileHeaderBand)
};

#endif
