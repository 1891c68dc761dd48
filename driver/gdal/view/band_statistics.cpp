/* band_statistics.cpp - statistics and histograms of a band. See band.h.
 *
 * Exact ones are computed from all blocks of the view. Approximate ones are
 * computed from an overview or from some of the blocks, so they depend on the
 * size of the blocks. To get the results of the source, GDAL's generic code
 * runs on a short-lived dataset whose blocks have the sizes of the source's.
 * Its pixels come from the cache like all others. The source itself is not
 * asked: it would store the results in a file beside it.
 */
#include <atomic>

#include "gdal/base/report.h"
#include "gdal/view/band.h"
#include "gdal/view/level_choice.h"

/* What GDAL keeps of statistics. */
static const char *const apszItems[] = {
    "STATISTICS_MINIMUM", "STATISTICS_MAXIMUM",     "STATISTICS_MEAN",
    "STATISTICS_STDDEV",  "STATISTICS_APPROXIMATE", "STATISTICS_VALID_PERCENT"};

/* Whether a nodata value was set on the view. A short-lived dataset has the
 * source's. */
bool RetileBand::HasOwnNoData()
{
    int bHas = FALSE;

    if (eDataType == GDT_Int64)
        (void)GDALPamRasterBand::GetNoDataValueAsInt64(&bHas);
    else if (eDataType == GDT_UInt64)
        (void)GDALPamRasterBand::GetNoDataValueAsUInt64(&bHas);
    else
        (void)GDALPamRasterBand::GetNoDataValue(&bHas);
    return bHas != FALSE;
}

/* Whether a request is answered from the blocks that GDAL would take of the
 * source. Of rasters that have any overview that is asked for, it reads such a
 * one instead. */
bool RetileBand::SamplesAsSource(int bApproxOK)
{
    return bApproxOK && !Dataset()->IsScratch() && !View().IsPadded() &&
           !View().IsFocal() && !View().IsVirtual(m_nLevel) &&
           !HasArbitraryOverviews() && !HasOwnNoData();
}

/* Whether GDAL would read all of the source, because it has fewer than four
 * blocks. They may be larger than all caches, so the view's are read. */
bool RetileBand::SamplesAll()
{
    if (GetOverviewCount() > 0)
        return false;
    return View().WithBand(
        m_nLevel, nBand - 1, [this](GDALRasterBand *poSource) {
            int nWidth = 0, nHeight = 0;

            poSource->GetBlockSize(&nWidth, &nHeight);
            const int64_t nColumns = (nRasterXSize - 1) / nWidth + 1;
            const int64_t nRows = (nRasterYSize - 1) / nHeight + 1;
            return nColumns * nRows < 4;
        });
}

/* Whether GDAL need not read anything for approximate ones. */
bool RetileBand::KnowsMinMax()
{
    int bMin = FALSE, bMax = FALSE;

    (void)GetMinimum(&bMin);
    (void)GetMaximum(&bMax);
    return bMin && bMax;
}

/* Keeps the statistics that were computed for oFrom; unless bAll is set, only
 * those that there are. */
void RetileBand::TakeStatistics(RetileBand &oFrom, bool bAll)
{
    const std::lock_guard<RetileRecursiveMutex> oLock(
        Dataset()->MetadataLock());

    for (const char *pszItem : apszItems) {
        const char *pszValue =
            oFrom.GDALPamRasterBand::GetMetadataItem(pszItem);
        const char *pszOwn = GDALPamRasterBand::GetMetadataItem(pszItem);

        if (pszValue != nullptr || (bAll && pszOwn != nullptr))
            GDALPamRasterBand::SetMetadataItem(pszItem, pszValue);
    }
}

/* PAM writes what was computed beside a descriptor file. Other views have no
 * file, and nothing is written beside their sources. Told once. */
static void NoteWhatIsKept(const RetileDataset &oDataset)
{
    static std::atomic<bool> bNoted{false};

    if (!oDataset.IsScratch() && !oDataset.HasAuxiliaryFile() &&
        !bNoted.exchange(true))
        CPLDebug("RETILE", "statistics of a view without a file are kept until "
                           "it is closed; those of a descriptor (x.retile) "
                           "are stored beside it");
}

/* Calls oCompute with a band that has the source's blocks. */
template <class F> CPLErr RetileBand::Sample(F &&oCompute)
{
    const RetileScratch sScratch = {!Dataset()->ShowsOverviews(),
                                    RetileBandsToMake(View(), {nBand}), true};
    const auto poScratch =
        RetileDataset::Scratch(Dataset()->View(), m_nLevel, sScratch);

    poScratch->SetDescription(poDS->GetDescription());
    return oCompute(
        *static_cast<RetileBand *>(poScratch->GetRasterBand(nBand)));
}

CPLErr RetileBand::GetDefaultHistogram(double *pdfMin, double *pdfMax,
                                       int *pnBuckets, GUIntBig **ppanHistogram,
                                       int bForce, GDALProgressFunc pfnProgress,
                                       void *pProgressData)
try {
    const std::lock_guard<RetileRenewedMutex> oLock(
        Dataset()->StatisticsLock());
    CPLErr eErr = GDALPamRasterBand::GetDefaultHistogram(
        pdfMin, pdfMax, pnBuckets, ppanHistogram, FALSE, nullptr, nullptr);

    if (eErr != CE_Warning)
        return eErr;
    if (View().Chips() == nullptr && !View().IsVirtual(m_nLevel))
        eErr =
            View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
                return poSource->GetDefaultHistogram(pdfMin, pdfMax, pnBuckets,
                                                     ppanHistogram, FALSE,
                                                     nullptr, nullptr);
            });
    if (eErr != CE_Warning || !bForce)
        return eErr;
    return GDALPamRasterBand::GetDefaultHistogram(pdfMin, pdfMax, pnBuckets,
                                                  ppanHistogram, bForce,
                                                  pfnProgress, pProgressData);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileBand::ComputeStatistics(int bApproxOK, double *pdfMin,
                                     double *pdfMax, double *pdfMean,
                                     double *pdfStdDev,
                                     GDALProgressFunc pfnProgress,
                                     void *pProgressData)
try {
    const std::lock_guard<RetileRenewedMutex> oLock(
        Dataset()->StatisticsLock());

    NoteWhatIsKept(*Dataset());
    if (!SamplesAsSource(bApproxOK))
        return GDALPamRasterBand::ComputeStatistics(bApproxOK, pdfMin, pdfMax,
                                                    pdfMean, pdfStdDev,
                                                    pfnProgress, pProgressData);
    if (SamplesAll())
        return GDALPamRasterBand::ComputeStatistics(FALSE, pdfMin, pdfMax,
                                                    pdfMean, pdfStdDev,
                                                    pfnProgress, pProgressData);
    return Sample([&](RetileBand &oBand) {
        const CPLErr eErr =
            oBand.ComputeStatistics(TRUE, pdfMin, pdfMax, pdfMean, pdfStdDev,
                                    pfnProgress, pProgressData);
        TakeStatistics(oBand, eErr == CE_None);
        return eErr;
    });
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileBand::ComputeRasterMinMax(int bApproxOK, double *padfMinMax)
try {
    const std::lock_guard<RetileRenewedMutex> oLock(
        Dataset()->StatisticsLock());

    if (!SamplesAsSource(bApproxOK) || KnowsMinMax())
        return GDALPamRasterBand::ComputeRasterMinMax(bApproxOK, padfMinMax);
    if (SamplesAll())
        return GDALPamRasterBand::ComputeRasterMinMax(FALSE, padfMinMax);
    return Sample([&](RetileBand &oBand) {
        return oBand.ComputeRasterMinMax(TRUE, padfMinMax);
    });
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileBand::GetHistogram(double dfMin, double dfMax, int nBuckets,
                                GUIntBig *panHistogram, int bIncludeOutOfRange,
                                int bApproxOK, GDALProgressFunc pfnProgress,
                                void *pProgressData)
try {
    const std::lock_guard<RetileRenewedMutex> oLock(
        Dataset()->StatisticsLock());

    if (!SamplesAsSource(bApproxOK))
        return GDALPamRasterBand::GetHistogram(
            dfMin, dfMax, nBuckets, panHistogram, bIncludeOutOfRange, bApproxOK,
            pfnProgress, pProgressData);
    if (SamplesAll())
        return GDALPamRasterBand::GetHistogram(
            dfMin, dfMax, nBuckets, panHistogram, bIncludeOutOfRange, FALSE,
            pfnProgress, pProgressData);
    return Sample([&](RetileBand &oBand) {
        return oBand.GetHistogram(dfMin, dfMax, nBuckets, panHistogram,
                                  bIncludeOutOfRange, TRUE, pfnProgress,
                                  pProgressData);
    });
} catch (...) {
    return RetileCaught(CE_Failure);
}
