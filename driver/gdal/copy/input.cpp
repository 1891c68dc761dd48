/* input.cpp - see input.h. */
#include "gdal/copy/input.h"

#include <algorithm>
#include <string>

#include "gdal/view/dataset.h"
#include "io/dataset/gdal_dataset.h"
#include "io/vrt/reopen.h"

/* The view that the source shows, or nullptr if it is no RetileDataset. */
const RetileSharedView *RetileCopyInput::ShownView() const
{
    const auto *poDataset = dynamic_cast<RetileDataset *>(m_poSrcDS);

    return poDataset != nullptr ? poDataset->View().get() : nullptr;
}

/* The source of a view is opened again by its name. It must not have changed
 * before or after the copy, because the copy's header describes the open view.
 */
rt_status RetileCopyInput::CheckView(rt_error *err) const
{
    const RetileSharedView *poView = ShownView();

    return poView != nullptr ? rt_gdal_source_check(poView->Source(), err)
                             : RT_OK;
}

rt_gdal_target RetileTargetOf(const rt_tile_format *poFormat,
                              GDALDataType eType, bool bByTiles)
{
    return {rt_tile_format_w_px(poFormat),
            rt_tile_format_h_px(poFormat),
            eType,
            rt_tile_format_is_compressed(poFormat),
            rt_tile_format_planes(poFormat) == 1,
            bByTiles};
}

/* A view that changes no pixel is skipped: its source is read. A view with
 * OVERLAP is read through a view of the copy's own, with one cache within the
 * budget. */
rt_status RetileCopyInput::OpenSource(const rt_gdal_target &oTarget,
                                      rt_error *err)
{
    const RetileSharedView *poView = ShownView();
    const bool bThrough =
        poView != nullptr && !poView->IsPadded() && !poView->IsFocal();
    const RetileDescriptor *poDescriptor =
        bThrough ? &poView->Descriptor() : nullptr;
    const bool bChips = poView != nullptr && poView->Chips() != nullptr;
    m_poViews =
        bChips ? RetileCopyViews::OfChips(*poView, *m_poOptions, err)
               : RetileCopyViews::Under(m_poSrcDS, oTarget.type, *m_poOptions);
    if (bChips && m_poViews == nullptr)
        return err->status;
    const std::string osWrapped(m_poViews ? m_poViews->Name() : "");
    const char *pszName = poDescriptor != nullptr
                              ? poDescriptor->osSource.c_str()
                          : osWrapped.empty() ? nullptr
                                              : osWrapped.c_str();
    const CSLConstList papszOptions =
        poDescriptor != nullptr ? poDescriptor->aosSourceOptions.List()
        : osWrapped.empty()     ? m_poSrcDS->GetOpenOptions()
                                : nullptr;
    rt_copy_source *poSource = nullptr;
    const rt_copy_request oRequest = {GDALDataset::ToHandle(m_poSrcDS),
                                      pszName,
                                      papszOptions,
                                      oTarget.type,
                                      m_poOptions->nThreads,
                                      false,
                                      false,
                                      &oTarget,
                                      m_poOptions->nMemoryMax,
                                      m_poOptions->osSpillFolder.c_str(),
                                      m_poOptions->nSpillMax};
    const rt_status eStatus = rt_copy_source_open(&oRequest, &poSource, err);

    m_poSource.reset(poSource);
    if (eStatus == RT_OK)
        CPLDebug("RETILE", "source: %s%s", rt_copy_source_how(poSource),
                 osWrapped.empty() ? ""
                 : bChips          ? ", on one view"
                                   : ", over views that all share");
    return eStatus;
}

static bool IsOfVRT(GDALDataset *poDS)
{
    const char *pszDriver =
        poDS ? rt_gdal_driver_name(GDALDataset::ToHandle(poDS)) : nullptr;

    return pszDriver != nullptr && EQUAL(pszDriver, "VRT");
}

/* Opens the overview by its number in the open options, as gdal_translate -ovr
 * does, if that gives a dataset of its own with the same content. A VRT must
 * compute its overviews itself. */
bool RetileCopyInput::OpenOverviewByName(int nOverview,
                                         RetileOverviewDataset &oOverview,
                                         CPLStringList &aosOptions)
{
    rt_reopen oReopen;

    rt_reopen_choose(GDALDataset::ToHandle(m_poSrcDS), nullptr,
                     aosOptions.List(), &oReopen);
    aosOptions.SetNameValue("OVERVIEW_LEVEL", CPLSPrintf("%donly", nOverview));
    if (oReopen.name != nullptr && oReopen.name[0] != '<' &&
        !oReopen.nature.by_thread)
        m_poOverviewDS.reset(GDALDataset::FromHandle(
            rt_gdal_open(oReopen.name, aosOptions.List(), nullptr)));
    rt_reopen_free(&oReopen);
    if (m_poOverviewDS != nullptr && !oOverview.IsLike(m_poOverviewDS.get()))
        m_poOverviewDS.reset();
    return m_poOverviewDS != nullptr;
}

/* Opens the file that a VRT names for this overview. */
bool RetileCopyInput::OpenOverviewsFile(int nOverview,
                                        RetileOverviewDataset &oOverview,
                                        CPLStringList &aosOptions)
{
    std::string osName;

    if (!IsOfVRT(m_poSrcDS))
        return false;
    for (int i = 1; i <= m_poSrcDS->GetRasterCount(); i++) {
        GDALRasterBand *poBand =
            m_poSrcDS->GetRasterBand(i)->GetOverview(nOverview);
        GDALDataset *poOwner = poBand->GetDataset();

        if (poOwner == nullptr || poBand->GetBand() != i ||
            (i > 1 && osName != poOwner->GetDescription()))
            return false;
        osName = poOwner->GetDescription();
        aosOptions = CPLStringList(CSLDuplicate(poOwner->GetOpenOptions()));
    }
    if (osName.empty() || osName[0] == '<' ||
        osName == m_poSrcDS->GetDescription())
        return false;
    m_poOverviewDS.reset(GDALDataset::FromHandle(
        rt_gdal_open(osName.c_str(), aosOptions.List(), nullptr)));
    if (m_poOverviewDS != nullptr && !oOverview.IsLike(m_poOverviewDS.get()))
        m_poOverviewDS.reset();
    return m_poOverviewDS != nullptr;
}

rt_status RetileCopyInput::OpenOverview(const rt_gdal_target &oTarget,
                                        int nOverview, rt_error *err)
{
    auto poOverview =
        std::make_unique<RetileOverviewDataset>(m_poSrcDS, nOverview);
    CPLStringList aosOptions(CSLDuplicate(m_poSrcDS->GetOpenOptions()));
    rt_copy_source *poSource = nullptr;

    if (!poOverview->IsComplete())
        return rt_error_set(err, RT_ERR_SOURCE,
                            "not all bands of '%s' have overview %d; "
                            "OVERVIEWS=IGNORE_EXISTING computes it",
                            m_poSrcDS->GetDescription(), nOverview);
    CPLStringList aosOfFile;
    const bool bFile = OpenOverviewsFile(nOverview, *poOverview, aosOfFile);
    if (bFile)
        aosOptions = aosOfFile;
    const bool bVirtual =
        !bFile &&
        IsOfVRT(
            m_poSrcDS->GetRasterBand(1)->GetOverview(nOverview)->GetDataset());
    const bool bByName =
        bFile ||
        (!bVirtual && OpenOverviewByName(nOverview, *poOverview, aosOptions));
    if (!bByName)
        m_poOverviewDS.reset(poOverview.release());
    const rt_copy_request oRequest = {
        GDALDataset::ToHandle(m_poOverviewDS.get()),
        nullptr,
        aosOptions.List(),
        oTarget.type,
        m_poOptions->nThreads,
        !bByName,
        bVirtual,
        &oTarget,
        m_poOptions->nMemoryMax,
        m_poOptions->osSpillFolder.c_str(),
        m_poOptions->nSpillMax};
    const rt_status eStatus = rt_copy_source_open(&oRequest, &poSource, err);

    m_poSource.reset(poSource);
    if (eStatus == RT_OK)
        CPLDebug("RETILE", "overview %d: %s", nOverview,
                 rt_copy_source_how(poSource));
    return eStatus;
}

/* The result itself is read if it has overlapped tiles or padding, or if the
 * input cannot be opened again by its name. */
rt_status RetileCopyInput::OpenOperatorsInput(rt_error *err)
{
    const RetileSharedView *poView = ShownView();
    const rt_focal *poFocal = poView != nullptr && !poView->IsPadded()
                                  ? poView->Core()->focal
                                  : nullptr;

    if (poFocal == nullptr)
        return RT_OK;
    const RetileDescriptor &oDescriptor = poView->Descriptor();
    m_poInputDS.reset(GDALDataset::FromHandle(
        rt_gdal_open(oDescriptor.osSource.c_str(),
                     oDescriptor.aosSourceOptions.List(), nullptr)));
    if (m_poInputDS == nullptr ||
        m_poInputDS->GetRasterCount() <= poFocal->plane)
        return RT_OK;
    rt_copy_source *poInput = nullptr;
    const rt_copy_request oRequest = {
        GDALDataset::ToHandle(m_poInputDS.get()),
        nullptr,
        oDescriptor.aosSourceOptions.List(),
        m_poInputDS->GetRasterBand(poFocal->plane + 1)->GetRasterDataType(),
        m_poOptions->nThreads,
        false,
        false,
        nullptr,
        m_poOptions->nMemoryMax,
        m_poOptions->osSpillFolder.c_str(),
        m_poOptions->nSpillMax};
    const rt_status eStatus = rt_copy_source_open(&oRequest, &poInput, err);

    m_poInput.reset(poInput);
    m_poFocal = poFocal;
    if (eStatus == RT_OK)
        CPLDebug("RETILE", "the operator's input: %s",
                 rt_copy_source_how(poInput));
    return eStatus;
}

rt_status RetileCopyInput::Open(GDALDataset *poSrcDS,
                                const RetileCopyOptions &oOptions,
                                const rt_gdal_target &oTarget, int nOverview,
                                rt_error *err)
{
    m_poSrcDS = poSrcDS;
    m_poOptions = &oOptions;
    rt_status eStatus = CheckView(err);

    if (eStatus == RT_OK && nOverview >= 0)
        return OpenOverview(oTarget, nOverview, err);
    if (eStatus == RT_OK)
        eStatus = OpenSource(oTarget, err);
    if (eStatus == RT_OK)
        eStatus = OpenOperatorsInput(err);
    return eStatus;
}

rt_status RetileCopyInput::Finish(rt_error *err)
{
    const rt_status eStatus = CheckView(err);
    uint64_t nDecoded = 0, nTouched = 0;

    rt_copy_source_count_files(m_poSource.get(), &nDecoded, &nTouched);
    m_poInput.reset();
    m_poSource.reset();
    if (m_poViews != nullptr)
        m_poViews->Count(nDecoded, nTouched);
    if (eStatus == RT_OK && nTouched > 0)
        CPLDebug("RETILE",
                 "what lies under it: DECODE_AMPLIFICATION=%.2f, %llu pixels",
                 static_cast<double>(nDecoded) / static_cast<double>(nTouched),
                 static_cast<unsigned long long>(nDecoded));
    return eStatus;
}

void RetileCopyInput::Describe(rt_image_copy &oCopy) const
{
    bool bInput = m_poFocal != nullptr && !oCopy.masks &&
                  oCopy.n_planes == m_poSrcDS->GetRasterCount();

    for (int32_t i = 0; i < oCopy.n_planes; i++)
        bInput = bInput && oCopy.planes[i] == i;
    oCopy.source = bInput ? m_poInput.get() : m_poSource.get();
    oCopy.focal = bInput ? m_poFocal : nullptr;
    oCopy.n_workers = static_cast<int32_t>(std::min<int64_t>(
        m_poOptions->nThreads,
        static_cast<int64_t>(rt_tile_format_cols(oCopy.format)) *
            rt_tile_format_rows(oCopy.format)));
    oCopy.budget_bytes = m_poOptions->nMemoryMax;
    oCopy.spill_folder = m_poOptions->osSpillFolder.c_str();
    oCopy.spill_bytes = m_poOptions->nSpillMax;
}

/* What the plan leaves of the budget goes to the views' caches, if that saves
 * decodes. */
void RetileCopyInput::UseRest(rt_image_copy &oCopy) const
{
    const rt_copy_plan &oPlan = oCopy.kept.plan;
    const rt_image_copy oBefore = oCopy;
    const uint64_t nOthers = oCopy.other_bytes;
    const uint64_t nPlan =
        (oPlan.peak_bytes - std::min(oPlan.peak_bytes, nOthers)) *
        (static_cast<uint64_t>(oPlan.n_workers) + 1);
    uint64_t nLeastBytes = 0;
    rt_error oIgnored = {};

    if (nOthers + nPlan >= oCopy.budget_bytes)
        return;
    const uint64_t nBefore = m_poViews->HeldBytes();
    const uint64_t nCache =
        m_poViews->Grow(oCopy.budget_bytes - nOthers - nPlan);
    oCopy.other_bytes = nOthers + m_poViews->HeldBytes() - nBefore;
    if (rt_image_copy_check(&oCopy, &nLeastBytes, &oIgnored) == RT_OK)
        return;
    m_poViews->SetCache(nCache);
    oCopy = oBefore;
}

rt_status RetileCopyInput::Fit(rt_image_copy &oCopy, uint64_t &nLeastBytes,
                               rt_error *err) const
{
    const uint64_t nOthers = oCopy.other_bytes;

    for (;;) {
        oCopy.other_bytes =
            nOthers + (m_poViews != nullptr ? m_poViews->HeldBytes() : 0);
        const rt_status eStatus =
            rt_image_copy_check(&oCopy, &nLeastBytes, err);

        if (eStatus == RT_OK && m_poViews != nullptr) {
            UseRest(oCopy);
            m_poViews->Begin();
        }
        if (eStatus != RT_ERR_ARGUMENT || m_poViews == nullptr ||
            !m_poViews->Shrink())
            return eStatus;
    }
}

/* Empty if there is no nodata value. */
static std::string NodataText(GDALDataset *poSrcDS)
{
    GDALRasterBand *poBand = poSrcDS->GetRasterBand(1);
    int bHas = FALSE;

    if (poBand->GetRasterDataType() == GDT_Int64) {
        const auto nValue = poBand->GetNoDataValueAsInt64(&bHas);
        return bHas ? std::to_string(nValue) : "";
    }
    if (poBand->GetRasterDataType() == GDT_UInt64) {
        const auto nValue = poBand->GetNoDataValueAsUInt64(&bHas);
        return bHas ? std::to_string(nValue) : "";
    }
    const double dfValue = poBand->GetNoDataValue(&bHas);
    return bHas ? std::string(CPLSPrintf("%.18g", dfValue)) : "";
}

rt_status RetileOpenFormat(const RetileImage &oImage, GDALDataset *poSrcDS,
                           CSLConstList papszOptions, RetileFormatPtr &poFormat,
                           rt_error *err)
{
    const std::string osNodata =
        oImage.bMask ? std::string() : NodataText(poSrcDS);
    CPLStringList aosMaskOptions;
    rt_tile_format *poOpened = nullptr;

    aosMaskOptions.SetNameValue("SPARSE_OK", oImage.bSparse ? "YES" : "NO");
    const rt_status eStatus = rt_tile_format_open(
        oImage.osPath.c_str(), oImage.nDirectory,
        oImage.bMask ? aosMaskOptions.List() : papszOptions, oImage.eType,
        osNodata.empty() ? nullptr : osNodata.c_str(), &poOpened, err);

    poFormat.reset(poOpened);
    return eStatus;
}
