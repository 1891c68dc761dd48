/* shared_view.h - what the datasets of one opened view share: the source, the
 * core's view of it, its cache, its counters and its options.
 *
 * The user's dataset, the datasets of its overviews and the short-lived
 * datasets that resample (see dataset.h) share one object. It does not change
 * after Open. The objects that it points to have locks of their own.
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
#include "io/vrt/nature.h"

/* The bytes of one pixel of any data type. */
using RetilePixel = std::array<unsigned char, 16>;

struct RetileLevelSize {
    int nWidth, nHeight;             /* as presented, with padding */
    int nSourceWidth, nSourceHeight; /* of the source's level */
};

class RetileSharedView
{
  public:
    /* Opens the source of oDescriptor. poCache: the cache to use instead of
     * the one that the options ask for; it is borrowed and must outlive the
     * view. nullptr on failure, with the errors of rt_gdal_source_open and of
     * the options. */
    static std::shared_ptr<RetileSharedView>
    Open(const RetileDescriptor &oDescriptor, const RetileOptions &oOptions,
         rt_error *err, rt_block_cache *poCache = nullptr);

    ~RetileSharedView();
    RetileSharedView(const RetileSharedView &) = delete;
    RetileSharedView &operator=(const RetileSharedView &) = delete;

    const RetileDescriptor &Descriptor() const { return m_oDescriptor; }
    const RetileOptions &Options() const { return m_oOptions; }
    rt_gdal_source *Source() const { return m_poSource; }
    /* The source that the view reads; with FOCAL it has an operator. */
    const rt_source *Core() const
    {
        return m_poFocal ? rt_focal_source_core(m_poFocal)
                         : rt_gdal_source_core(m_poSource);
    }
    rt_view *View() const { return m_poView; }

    /* The core's view and layer that hold the pixels of a level, or its masks.
     */
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
    /* nullptr if there are none. */
    const RetileVirtualLevels *VirtualLevels() const
    {
        return m_poLevels.get();
    }
    /* SOURCE, VIRTUAL or NONE. AUTO has been resolved. */
    RetileOverviews Overviews() const { return m_eOverviews; }

    rt_stats *Stats() const { return m_poStats; }
    rt_block_cache *Cache() const { return m_poCache; } /* may be nullptr */

    /* The counters of the source's decodes. With FOCAL, the source is read
     * through a view of its own. */
    const rt_stats *SourceStats() const
    {
        return m_poFocal ? rt_focal_source_stats(m_poFocal) : m_poStats;
    }

    /* Pixels of a mosaic's files: decoded, and decoded for the first time. */
    void CountFiles(uint64_t &nDecoded, uint64_t &nTouched) const
    {
        rt_gdal_source_count(m_poSource, &nDecoded, &nTouched);
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

    /* Sets what becomes of evicted blocks, with FOCAL also of the input's. Must
     * be called before the first read. */
    void SetSpill(rt_spill eSpill) const
    {
        rt_view_set_spill(m_poView, eSpill);
        if (m_poFocal)
            rt_focal_source_set_spill(m_poFocal, eSpill);
    }

    /* Band iBand (from 0) of a level, as presented. */
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
    /* The block size that bands report. */
    int BlockXSize() const
    {
        return Chips() ? m_oChips.x.chip_px : m_oOptions.nBlockXSize;
    }
    int BlockYSize() const
    {
        return Chips() ? m_oChips.y.chip_px : m_oOptions.nBlockYSize;
    }
    /* Whether there are pixels beyond the source's edges. Always true with
     * OVERLAP. */
    bool IsPadded() const { return m_bPadded; }
    const RetilePixel &PadPixel(int iBand) const
    {
        return m_aoPads[static_cast<size_t>(iBand)];
    }
    /* Whether the mask that GDAL derives for the band (with flags nDerived) is
     * 0 in the padding without further work. Alpha is 0 there, and nodata may
     * be. With OVERLAP, mirrored or repeated pixels are as in the source, so it
     * is not. */
    bool MasksPadding(int iBand, int nDerived) const
    {
        if (Chips() != nullptr && m_oChips.mode != RT_CHIP_PAD)
            return false;
        return (nDerived & GMF_ALPHA) != 0 ||
               (nDerived == GMF_NODATA &&
                m_abPadIsNodata[static_cast<size_t>(iBand)]);
    }

    /* Whether the source must be read for each request, in its window and on
     * its thread, because the pixels depend on these. Nothing is cached then.
     */
    bool AsksSource() const { return m_bAsksSource; }
    /* Whether a window may be readable although its whole blocks are not: in a
     * mosaic, a file that a block touches may be missing. */
    bool MayReadLess() const { return m_bWraps; }

    /* Whether resampled requests go to the source itself. That is so if its
     * driver resamples in its own way, or if nothing is cached here, since
     * GDAL's cache then serves better. The source must have the levels that are
     * shown here. */
    bool SourceResamples() const
    {
        return !m_bPadded && !IsFocal() &&
               m_eOverviews == RetileOverviews::Source &&
               m_oOptions.oOverviews.dfStrategy < 0 &&
               (m_bAsksSource || m_bSourceResamples || m_poCache == nullptr ||
                rt_gdal_source_resamples(m_poSource));
    }

    /* Calls f with the source's metadata handle, which belongs to this thread
     * during the call. f must not read pixels through a view. */
    template <class F> auto WithInput(F &&f) const
    {
        return f(
            Lock<rt_gdal_source, rt_gdal_source_lock, rt_gdal_source_unlock>(
                m_poSource)
                .poDataset);
    }

    /* The same with the dataset that describes bands and metadata as presented:
     * the source, or with FOCAL a tiny raster like its result. */
    template <class F> auto WithSource(F &&f) const
    {
        if (!IsFocal())
            return WithInput(f);
        return f(
            Lock<rt_focal_source, rt_focal_source_lock, rt_focal_source_unlock>(
                m_poFocal)
                .poDataset);
    }

    /* The same with a band of a level. For a computed level, it is the band of
     * the full resolution. */
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
    /* Holds a dataset while it exists. */
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
    rt_status UseCache(uint64_t nBytes, rt_error *err);
    std::string SourceIdentity() const;
    rt_status StartFocal(const std::string &osSource, rt_error *err);
    rt_status InitView(rt_error *err);
    /* If the caller passed a cache, the caller decides whether reads use other
     * threads and prefetch. */
    int ReadThreads() const
    {
        return m_bBorrowedCache ? 1 : m_oOptions.nThreads;
    }
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
    bool m_bBorrowedCache = false;
    bool m_bPadded = false;
    rt_vrt_nature m_oNature{};
    bool m_bAsksSource = false;
    bool m_bSourceResamples = false;
    bool m_bWraps = false;
    rt_chips m_oChips{};
    std::vector<RetileLevelSize> m_aoLevels{};
    std::vector<RetilePixel> m_aoPads{};
    std::vector<bool> m_abPadIsNodata{};
};

#endif
