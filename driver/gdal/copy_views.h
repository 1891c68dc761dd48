/* copy_views.h - what lies under a VRT that is copied, as views.
 *
 * The threads of a copy each have a VRT of their own, and so would each
 * decode what lies under it. Instead their VRTs read from views that the
 * copy holds: every thread from the same ones, out of one cache of the
 * copy's own.
 */
#ifndef RETILE_GDAL_COPY_VIEWS_H
#define RETILE_GDAL_COPY_VIEWS_H

#include <map>
#include <memory>
#include <string>

#include "gdal/shared_view.h"

class RetileCopyViews
{
  public:
    /* The views under poDS, a mosaic or a warp, with a share of nBudget bytes
     * for their caches; nullptr where it is something else, or is better read
     * as it is. */
    static std::unique_ptr<RetileCopyViews> Under(GDALDataset *poDS,
                                                  uint64_t nBudget);

    /* No dataset opened by one of the names may be left. */
    ~RetileCopyViews();

    /* The VRT over them, for rt_copy_source_open. */
    const std::string &XML() const { return m_osXML; }

    /* What their caches may take. */
    uint64_t CacheBytes() const { return m_nCacheBytes; }

    /* Halves that; false where it is the least already. */
    bool Shrink();

    /* Pixels decoded, over pixels needed; 0 where there are no views. */
    double Amplification() const;

    /* The view of a name in that XML, or nullptr. Any thread. */
    static std::shared_ptr<const RetileSharedView> Find(const char *pszName);

  private:
    explicit RetileCopyViews(uint64_t nCacheBytes);
    bool Wrap(const char *pszXML, const char *pszFolder);
    static char *Rename(void *pContext, const char *pszName,
                        CSLConstList papszOptions);
    std::string Add(const char *pszName, CSLConstList papszOptions);

    uint64_t m_nCacheBytes;
    size_t m_nSources = 1;
    std::string m_osXML{};
    std::map<std::string, std::string> m_oNames{}; /* by source */
    std::map<std::string, std::shared_ptr<const RetileSharedView>> m_oViews{};

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyViews)
};

#endif
