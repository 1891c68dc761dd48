/* views.h - what is under a copied VRT, or under overlapped tiles, as views.
 *
 * Each thread of a copy has a dataset of its own, and each would decode what is
 * under it. So their VRTs read from views that the copy holds: all threads read
 * the same views, through one cache of the copy's own. With OVERLAP, the
 * dataset of each thread is such a view itself.
 */
#ifndef RETILE_GDAL_COPY_VIEWS_H
#define RETILE_GDAL_COPY_VIEWS_H

#include <map>
#include <memory>
#include <string>

#include "core/base/byte_size.h"
#include "gdal/copy/creation_options.h"
#include "gdal/view/shared_view.h"

class RetileCopyViews
{
  public:
    /* The views under poDS, a mosaic or a warp, for a copy with oOptions that
     * wants pixels of eType. Their caches get a share of its memory. If that is
     * too small for what is read again soon, they spill. nullptr if poDS is
     * something else, or is better read directly. */
    static std::unique_ptr<RetileCopyViews>
    Under(GDALDataset *poDS, GDALDataType eType,
          const RetileCopyOptions &oOptions);

    /* A view of the same overlapped tiles as oView, for a copy with oOptions.
     * Its cache holds what the next row of tiles needs again. If the budget is
     * too small for that, it spills. nullptr with the errors of
     * RetileSharedView::Open. */
    static std::unique_ptr<RetileCopyViews>
    OfChips(const RetileSharedView &oView, const RetileCopyOptions &oOptions,
            rt_error *err);

    /* All datasets that were opened by one of the names must be closed before.
     */
    ~RetileCopyViews();

    /* The name for rt_copy_source_open: the XML of the VRT over the views, or
     * the name of the only view. */
    const std::string &Name() const { return m_osName; }

    /* The most bytes that the caches take, with OVERLAP also the decoders. */
    uint64_t HeldBytes() const;

    /* Halves the caches. Returns false if they already have their least size.
     */
    bool Shrink();

    /* Takes up to nMoreBytes more if that saves decodes or time. Only once: the
     * plans of other images count on the size. Returns how much they had
     * before, for SetCache. */
    uint64_t Grow(uint64_t nMoreBytes);
    void SetCache(uint64_t nBytes);

    /* Call this when the caches have their size. If they hold what is read
     * again soon, the views decode on all threads and prefetch. With a smaller
     * cache, prefetching would evict what is needed next. */
    void Begin() const;

    /* Pixels decoded, and how many of them for the first time. */
    void Count(uint64_t &nDecoded, uint64_t &nTouched) const;

    /* The view with such a name, or nullptr. Any thread may call this. */
    static std::shared_ptr<const RetileSharedView> Find(const char *pszName);

  private:
    explicit RetileCopyViews(uint64_t nCacheBytes);
    bool Wrap(const char *pszXML, const char *pszFolder);
    static char *Rename(void *pContext, const char *pszName,
                        CSLConstList papszOptions);
    std::string Add(const char *pszName, CSLConstList papszOptions);
    std::string Add(const RetileDescriptor &oDescriptor, RetileOptions oOptions,
                    rt_error *err);
    void Forget() const;
    rt_status OpenCache(rt_error *err);
    void FindNeed(int nWidth, int nHeight);
    bool DecodesInTurn() const;
    void Adapt();

    uint64_t m_nCacheBytes;
    rt_block_cache *m_poCache = nullptr; /* of all views; owned */
    uint64_t m_nLeastBytes = RT_CACHE_MIN_BYTES;
    uint64_t m_nNeedBytes = 0;   /* the cache's least without spilling */
    uint64_t m_nMoreBytes = 0;   /* beyond that, what would save time */
    uint64_t m_nDecodeBytes = 0; /* with OVERLAP: decoded for one tile */
    uint64_t m_nCodecBytes = 0;  /* of each decoder */
    int m_nThreads = 1;
    bool m_bGrown = false;
    rt_spill m_eSpill = RT_SPILL_NONE;
    std::string m_osName{};
    std::map<std::string, std::string> m_oNames{}; /* by source */
    std::map<std::string, std::shared_ptr<const RetileSharedView>> m_oViews{};

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyViews)
};

#endif
