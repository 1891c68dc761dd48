/* metadata.h - the metadata of a view: the source's, what was set on the view
 * itself, and the two domains of this driver.
 */
#ifndef RETILE_GDAL_VIEW_METADATA_H
#define RETILE_GDAL_VIEW_METADATA_H

#include <list>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "cpl_string.h"
#include "gdal/base/fork_mutex.h"
#include "gdal/view/shared_view.h"

/* What a view shows of a domain: the source's items as oSource, changed where
 * the view differs, then those of papszOwn, which win. */
CPLStringList RetileMergeMetadata(const char *pszDomain, CSLConstList oSource,
                                  CSLConstList papszOwn);

/* What oSource has of a domain, or of IMAGE_STRUCTURE what a view shows. */
CPLStringList RetileSourceMetadata(GDALMajorObject &oSource,
                                   const char *pszDomain);

/* Whether an item that the source answers for, listed or not, describes the
 * source's own layout and is not shown. */
bool RetileHidesItem(const char *pszName, const char *pszDomain);

/* The domain RETILE_STATS, read afresh. */
CPLStringList RetileStatistics(const RetileSharedView &oView);

/* The domain RETILE: the source and the effective options. */
CPLStringList RetileDescription(const RetileSharedView &oView);

/* Keeps the lists that GetMetadata and its like hand out: each stays valid
 * until the same thread keeps the same key again, or MOST other keys since. */
class RetileListKeeper
{
  public:
    static constexpr size_t MOST = 512;

    char **Keep(const std::string &osKey, CPLStringList &&aosList);
    const char *KeepText(const std::string &osKey, const char *pszText);

    /* The lists that are held, for whatever thread. */
    size_t Count();

  private:
    struct Kept {
        std::string osKey;
        CPLStringList aosList;
    };
    struct OfThread {
        std::weak_ptr<const char> poAlive{}; /* expires with the thread */
        std::list<Kept> aoKept{};            /* the latest last */
        std::map<std::string, std::list<Kept>::iterator> oByKey{};
    };

    OfThread &OfThisThread_locked();

    RetileMutex m_oMutex{};
    /* Guarded by m_oMutex; a list itself is its thread's. */
    std::map<std::thread::id, OfThread> m_oThreads{};
};

#endif
