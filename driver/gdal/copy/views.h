/* views.h - what lies under a VRT or under chips that are copied, as
 * views.
 *
 * The threads of a copy each have a dataset of their own, and so would each
 * decode what lies under it. Instead their VRTs read from views that the
 * copy holds: every thread from the same ones, out of one cache of the
 * copy's own. Of chips, what each thread has is such a view itself.
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
    /* The views under poDS, a mosaic or a warp, for a copy with oOptions, with
     * a share of its memory for their caches; where that has no room for what
     * is read again soon, they spill. nullptr where poDS is something else, or
     * is better read as it is. */
    static std::unique_ptr<RetileCopyViews>
    Under(GDALDataset *poDS, const RetileCopyOptions &oOptions);

    /* A view of the same chips as oView, for a copy with oOptions. Its cache
     * holds what the next row of chips needs again; where the budget has no
     * room for that, it spills. nullptr with the errors of
     * RetileSharedView::Open. */
    static std::unique_ptr<RetileCopyViews>
    OfChips(const RetileSharedView &oView, const RetileCopyOptions &oOptions,
            rt_error *err);

    /* No dataset opened by one of the names may be left. */
    ~RetileCopyViews();

    /* What rt_copy_source_open opens: the XML of the VRT over them, or the name
     * of the one view. */
    const std::string &Name() const { return m_osName; }

    /* What their caches may take, and under chips the decoders. */
    uint64_t HeldBytes() const;

    /* Halves that; false where it is the least already. */
    bool Shrink();

    /* Pixels decoded, over pixels needed; 0 where there are no views. */
    double Amplification() const;

    /* The view of such a name, or nullptr. Any thread. */
    static std::shared_ptr<const RetileSharedView> Find(const char *pszName);

  private:
    explicit RetileCopyViews(uint64_t nCacheBytes);
    bool Wrap(const char *pszXML, const char *pszFolder);
    static char *Rename(void *pContext, const char *pszName,
                        CSLConstList papszOptions);
    std::string Add(const char *pszName, CSLConstList papszOptions);
    std::string Add(const RetileDescriptor &oDescriptor, RetileOptions oOptions,
                    rt_error *err);
    void NeedAtMost(uint64_t nBytes);
    bool DecodesInTurn() const;
    void Adapt();

    uint64_t m_nCacheBytes;
    size_t m_nSources = 1;
    uint64_t m_nLeastBytes = RT_CACHE_MIN_BYTES; /* of each view's cache */
    uint64_t m_nNeedBytes = 0;   /* the caches' least without spilling */
    uint64_t m_nDecodeBytes = 0; /* of chips: what is decoded for one */
    uint64_t m_nCodecBytes = 0;  /* of each decoder */
    int m_nThreads = 1;
    rt_spill m_eSpill = RT_SPILL_NONE;
    std::string m_osName{};
    std::map<std::string, std::string> m_oNames{}; /* by source */
    std::map<std::string, std::shared_ptr<const RetileSharedView>> m_oViews{};

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyViews)
};

#endif
