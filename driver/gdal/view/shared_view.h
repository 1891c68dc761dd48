/* shared_view.h - what the datasets of one opened view have in common: the
 * source, the core's view of it, its cache, its counters and its options.
 *
 * The dataset that a user holds, the datasets of its overview levels and the
 * short-lived ones that resample (see dataset.h) all share one. Everything
 * is fixed after Open; what is under it has locks of its own.
 */
#ifndef RETILE_GDAL_VIEW_SHARED_VIEW_H
#define RETILE_GDAL_VIEW_SHARED_VIEW_H

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "core/view/chips.h"
#include "core/view/view.h"
#include "gdal/base/descriptor.h"
#include "gdal/overviews/virtual_levels.h"
#include "gdal/view/options.h"
#include "gdal_priv.h"
#include "io/focal/source.h"
#include "io/source/gdal_source.h"

/* The bytes of one pixel, of any data type. */
using RetilePixel = std::array<unsigned char, 16>;

struct RetileLevelSize {
    int nWidth, nHeight;             /* as presented, padding included */
    int nSourceWidth, nSourceHeight; /* of the source's level */
};

class RetileSharedView
{
  public:
    /* Opens the source of oDescriptor. The errors are those of
     * rt_gdal_source_open and of SPEC's options; nullptr then. */
    static std::shared_ptr<RetileSharedView>
    Open(const RetileDescriptor &oDescriptor, const RetileOptions &oOptions,
         rt_error *err);

    ~RetileSharedView();
    RetileSharedView(const RetileSharedView &) = delete;
    RetileSharedView &operator=(const RetileSharedView &) = delete;

    const RetileDescriptor &Descriptor() const { return m_oDescriptor; }
    const RetileOptions &Options() const { return m_oOptions; }
    rt_gdal_source *Source() const { return m_poSource; }
    /* What the view reads; with FOCAL it has a focal. */
    const rt_source *Core() const
    {
        return m_poFocal ? rt_focal_source_core(m_poFocal)
                         : rt_gdal_source_core(m_poSource);
    }
    rt_view *View() const { return m_poView; }

    /* Where the pixels of a level are read, or its masks. */
    struct Layer {
        rt_view *poView;
        int nLayer;
    };
    Layer LayerOf(int nLevel, bool bMask) const
    {
        if (IsVirtual(nLevel))
            return {m_poLevels->View(nLevel), bMask ? 1 : 0};
        return {m_poView, 2 * nLevel + (bMask ? 1 : 0)};
    }

    /* Whether a level is computed from the one below it. */
    bool IsVirtual(int nLevel) const
    {
        return m_poLevels != nullptr && nLevel > 0;
    }
    /* nullptr where there are none. */
    const RetileVirtualLevels *VirtualLevels() const
    {
        return m_poLevels.get();
    }
    /* SOURCE, VIRTUAL or NONE: what AUTO has come to. */
    RetileOverviews Overviews() const { return m_eOverviews; }

    rt_stats *Stats() const { return m_poStats; }
    rt_block_cache *Cache() const { return m_poCache; } /* may be nullptr */

    /* What decoding the source has come to: with FOCAL it is read through a
     * view of its own. */
    const rt_stats *SourceStats() const
    {
        return m_poFocal ? rt_focal_source_stats(m_poFocal) : m_poStats;
    }

    int Bands() const
    {
        return m_poFocal ? rt_focal_source_bands(m_poFocal)
                         : rt_gdal_source_bands(m_poSource);
    }
    int Levels() const
    {
        if (m_poLevels != nullptr)
            return m_poLevels->Levels();
        return m_poFocal || Chips() || m_eOverviews == RetileOverviews::None
                   ? 1
                   : rt_gdal_source_levels(m_poSource);
    }
    bool IsFocal() const { return m_poFocal != nullptr; }

    /* What becomes of evicted blocks from now on, with FOCAL of its input's
     * too: before the first read. */
    void SetSpill(rt_spill eSpill) const
    {
        rt_view_set_spill(m_poView, eSpill);
        if (m_poFocal)
            rt_focal_source_set_spill(m_poFocal, eSpill);
    }

    /* Band iBand (from 0) at a level, as presented. */
    const rt_gdal_band *Band(int nLevel, int iBand) const
    {
        if (m_poLevels != nullptr)
            return m_poLevels->Band(nLevel, iBand);
        return m_poFocal ? rt_focal_source_band(m_poFocal, iBand)
                         : rt_gdal_source_band(m_poSource, nLevel, iBand);
    }
    const RetileLevelSize &Level(int nLevel) const
    {
        return m_aoLevels[static_cast<size_t>(nLevel)];
    }
    /* How blocks overlap, or nullptr: see chip_view.h. */
    const rt_chips *Chips() const
    {
        return m_oOptions.nOverlap > 0 ? &m_oChips : nullptr;
    }
    /* What the bands show as theirs. */
    int BlockXSize() const
    {
        return Chips() ? m_oChips.x.chip_px : m_oOptions.nBlockXSize;
    }
    int BlockYSize() const
    {
        return Chips() ? m_oChips.y.chip_px : m_oOptions.nBlockYSize;
    }
    /* Whether there are pixels beyond the source's edges; of chips always. */
    bool IsPadded() const { return m_bPadded; }
    const RetilePixel &PadPixel(int iBand) const
    {
        return m_aoPads[static_cast<size_t>(iBand)];
    }
    /* Whether what GDAL derives as the band's mask, of flags nDerived, is 0 in
     * the padding by itself: alpha is 0 there, and nodata may be. What chips
     * mirror or repeat is as it is in the source. */
    bool MasksPadding(int iBand, int nDerived) const
    {
        if (Chips() != nullptr && m_oChips.mode != RT_CHIP_PAD)
            return false;
        return (nDerived & GMF_ALPHA) != 0 ||
               (nDerived == GMF_NODATA &&
                m_abPadIsNodata[static_cast<size_t>(iBand)]);
    }

    /* Whether pixels are read of the source for each request, in its window
     * and on its thread, and nothing is kept: they hang on these. */
    bool AsksSource() const { return m_bAsksSource; }
    /* Whether a window that cannot be read in whole blocks may be readable by
     * itself: of a mosaic, a file that a block touches may be missing. */
    bool MayReadLess() const { return m_bMosaic; }

    /* Whether requests that resample go to the source itself: its driver does
     * it in a way of its own, or nothing is kept here, so that GDAL's cache
     * serves better. It has to have the levels that are shown here. */
    bool SourceResamples() const
    {
        return !m_bPadded && !IsFocal() &&
               m_eOverviews == RetileOverviews::Source &&
               m_oOptions.oOverviews.dfStrategy < 0 &&
               (m_bAsksSource || m_bSourceResamples || m_poCache == nullptr ||
                rt_gdal_source_resamples(m_poSource));
    }

    /* Calls f with the source's metadata handle, for this thread alone. f
     * must not read pixels through a view. */
    template <class F> auto WithInput(F &&f) const
    {
        return f(
            Lock<rt_gdal_source, rt_gdal_source_lock, rt_gdal_source_unlock>(
                m_poSource)
                .poDataset);
    }

    /* The same with what tells of bands and metadata as presented: the source,
     * or with FOCAL a tiny raster like its result. */
    template <class F> auto WithSource(F &&f) const
    {
        if (!IsFocal())
            return WithInput(f);
        return f(
            Lock<rt_focal_source, rt_focal_source_lock, rt_focal_source_unlock>(
                m_poFocal)
                .poDataset);
    }

    /* The same with a band at a level; one that is computed has none of its
     * own, and the full resolution's tells of it. */
    template <class F> auto WithBand(int nLevel, int iBand, F &&f) const
    {
        if (IsVirtual(nLevel))
            nLevel = 0;
        return WithSource([&](GDALDataset *poDataset) {
            return f(GDALRasterBand::FromHandle(rt_gdal_level_band(
                GDALDataset::ToHandle(poDataset), nLevel, iBand)));
        });
    }

  private:
    /* Has a dataset for as long as it lives. */
    template <class T, GDALDatasetH (*pfnLock)(T *), void (*pfnUnlock)(T *)>
    struct Lock {
        T *poOwner;
        GDALDataset *poDataset;

        explicit Lock(T *poOwnerIn)
            : poOwner(poOwnerIn),
              poDataset(GDALDataset::FromHandle(pfnLock(poOwnerIn)))
        {
        }
        ~Lock() { pfnUnlock(poOwner); }
        Lock(const Lock &) = delete;
        Lock &operator=(const Lock &) = delete;
    };

    RetileSharedView() = default;
    rt_status Init(const RetileDescriptor &, const RetileOptions &,
                   rt_error *err);
    void LookAtSource();
    rt_status OpenSource(rt_error *err);
    rt_status InitCache(rt_error *err);
    std::string SourceIdentity() const;
    rt_status StartFocal(const std::string &osSource, rt_error *err);
    rt_status InitView(rt_error *err);
    rt_status InitOverviews(rt_error *err);
    RetileLevelsBase LevelsBase() const;
    rt_status InitLevels(rt_error *err);
    rt_status InitChips(rt_error *err);
    rt_status InitPads(rt_error *err);
    rt_status InitPad(GDALRasterBand *poBand, rt_error *err);

    RetileDescriptor m_oDescriptor{};
    RetileOptions m_oOptions{};
    rt_gdal_source *m_poSource = nullptr;
    rt_focal_source *m_poFocal = nullptr; /* over the source, with FOCAL */
    rt_view *m_poView = nullptr;
    RetileOverviews m_eOverviews = RetileOverviews::Source;
    std::unique_ptr<RetileVirtualLevels> m_poLevels{};
    rt_stats *m_poStats = nullptr;
    rt_identity *m_poIdentity = nullptr;
    rt_block_cache *m_poCache = nullptr;
    bool m_bOwnCache = false;
    bool m_bPadded = false;
    bool m_bAsksSource = false;
    bool m_bSourceResamples = false;
    bool m_bMosaic = false;
    rt_chips m_oChips{};
    std::vector<RetileLevelSize> m_aoLevels{};
    std::vector<RetilePixel> m_aoPads{};
    std::vector<bool> m_abPadIsNodata{};
};

#endif
