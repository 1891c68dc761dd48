/* band.h - the bands of a view. */
#ifndef RETILE_GDAL_VIEW_BAND_H
#define RETILE_GDAL_VIEW_BAND_H

#include <memory>

#include "gdal/view/band_reads.h"
#include "gdal/view/dataset.h"

class RetileMaskBand;

class RetileBand final : public GDALPamRasterBand
{
  public:
    RetileBand(RetileDataset *poDSIn, int nBandIn, int nLevel);
    ~RetileBand() override;

    /* Chooses how the mask is made (mask_band.cpp). Called by
     * RetileDataset::InitMasks. */
    void InitMask();

    char **GetMetadataDomainList() override;
    RetileMetadataList GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;
    CPLErr SetMetadata(RetileOptionList papszMetadata,
                       const char *pszDomain = "") override;
    CPLErr SetMetadataItem(const char *pszName, const char *pszValue,
                           const char *pszDomain = "") override;
    const char *GetDescription() const override;
    char **GetCategoryNames() override;
    double GetNoDataValue(int *pbSuccess = nullptr) override;
    int64_t GetNoDataValueAsInt64(int *pbSuccess = nullptr) override;
    uint64_t GetNoDataValueAsUInt64(int *pbSuccess = nullptr) override;
    double GetMinimum(int *pbSuccess = nullptr) override;
    double GetMaximum(int *pbSuccess = nullptr) override;
    double GetOffset(int *pbSuccess = nullptr) override;
    double GetScale(int *pbSuccess = nullptr) override;
    CPLErr SetOffset(double dfOffset) override;
    CPLErr SetScale(double dfScale) override;
    const char *GetUnitType() override;
    GDALColorInterp GetColorInterpretation() override;
    GDALColorTable *GetColorTable() override;
    GDALRasterAttributeTable *GetDefaultRAT() override;
    CPLErr GetDefaultHistogram(double *pdfMin, double *pdfMax, int *pnBuckets,
                               GUIntBig **ppanHistogram, int bForce,
                               GDALProgressFunc pfnProgress,
                               void *pProgressData) override;
    CPLErr ComputeStatistics(int bApproxOK, double *pdfMin, double *pdfMax,
                             double *pdfMean, double *pdfStdDev,
                             GDALProgressFunc pfnProgress,
                             void *pProgressData) override;
    CPLErr ComputeRasterMinMax(int bApproxOK, double *padfMinMax) override;
    CPLErr GetHistogram(double dfMin, double dfMax, int nBuckets,
                        GUIntBig *panHistogram, int bIncludeOutOfRange,
                        int bApproxOK, GDALProgressFunc pfnProgress,
                        void *pProgressData) override;
    int HasArbitraryOverviews() override;
    int GetOverviewCount() override;
    GDALRasterBand *GetOverview(int iOverview) override;
    CPLErr BuildOverviews(const char *pszResampling, int nOverviews,
                          const int *panOverviewList,
                          GDALProgressFunc pfnProgress, void *pProgressData,
                          CSLConstList papszOptions) override;
    GDALRasterBand *GetMaskBand() override;
    int GetMaskFlags() override;

  protected:
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;
    int IGetDataCoverageStatus(int nXOff, int nYOff, int nXSize, int nYSize,
                               int nMaskFlagStop, double *pdfDataPct) override;

  private:
    friend class RetileMaskBand;
    friend class RetileDerivedMaskBand;

    RetileDataset *Dataset() const
    {
        return static_cast<RetileDataset *>(poDS);
    }
    const RetileSharedView &View() const { return *Dataset()->View(); }

    /* The view's own value if one was set, otherwise the source's. */
    template <class T, class Own, class Source>
    T OwnOrSource(int *pbSuccess, Own &&oOwn, Source &&oSource);

    void SetSourceBlocks();
    void SetLineBlocks();
    bool SamplesAsSource(int bApproxOK);
    bool SamplesAll();
    bool KnowsMinMax();
    bool HasOwnNoData();
    void TakeStatistics(RetileBand &oFrom, bool bAll);
    template <class F> CPLErr Sample(F &&oCompute);
    bool HidesDomain(const char *pszDomain) const;

    const int m_nLevel;
    RetileScratchRows m_oScratchRows{};
    /* nullptr if GDAL makes the mask. A mask that all bands share belongs to
     * the first band, because GDAL compares mask bands by address. */
    std::unique_ptr<GDALRasterBand> m_poOwnMask{};
    GDALRasterBand *m_poMask = nullptr;
    int m_nMaskFlags = GMF_ALL_VALID;
    bool m_bOwnOffset = false; /* set since the view was opened */
    bool m_bOwnScale = false;
    RetileListKeeper m_oLists{};

    CPL_DISALLOW_COPY_ASSIGN(RetileBand)
};

#endif
