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
    explicit RetileCopyViews(uint64_t nCacheBytes);
    /* No dataset opened by one of the names may be left. */
    ~RetileCopyViews();

    /* The XML of a VRT over views in place of its sources, for
     * rt_copy_source_open; empty where it is better read as it is. */
    std::string Wrap(const char *pszXML, const char *pszFolder);

    /* Pixels decoded, over pixels needed; 0 where there are no views. */
    double Amplification() const;

    /* The view of a name that Wrap wrote, or nullptr. Any thread. */
    static std::shared_ptr<const RetileSharedView> Find(const char *pszName);

  private:
    static char *Rename(void *pContext, const char *pszName,
                        CSLConstList papszOptions);
    std::string Add(const char *pszName, CSLConstList papszOptions);

    const uint64_t m_nCacheBytes;
    size_t m_nSources = 1;
    std::map<std::string, std::string> m_oNames{}; /* by source */
    std::map<std::string, std::shared_ptr<const RetileSharedView>> m_oViews{};

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyViews)
};

#endif
