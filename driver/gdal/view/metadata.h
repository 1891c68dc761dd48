/* metadata.h - the metadata of a view: the source's, what was set on the view
 * itself, and the two domains of this driver. */
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

/* The domain as the view shows it: the source's items oSource, changed if the
 * view differs, then those of papszOwn, which win. */
CPLStringList RetileMergeMetadata(const char *pszDomain, CSLConstList oSource,
                                  CSLConstList papszOwn);

/* The items of a domain of oSource. Of IMAGE_STRUCTURE, only those that a view
 * shows. */
CPLStringList RetileSourceMetadata(GDALMajorObject &oSource,
                                   const char *pszDomain);

/* Whether the view hides an item because it describes the source's own layout.
 * The source may answer for items that it does not list. */
bool RetileHidesItem(const char *pszName, const char *pszDomain);

/* Whether an item is one of a band's statistics. Those that were computed on a
 * view replace all of the source's: an item that is not among them does not
 * hold for them. */
bool RetileIsStatistic(const char *pszName, const char *pszDomain);

/* The item that is there whenever a band has statistics. */
constexpr const char *RETILE_ANY_STATISTIC = "STATISTICS_MINIMUM";

/* The domain RETILE_STATS with its current values. */
CPLStringList RetileStatistics(const RetileSharedView &oView);

/* The domain RETILE: the source and the effective options. */
CPLStringList RetileDescription(const RetileSharedView &oView);

/* What a copy of a view with these creation options would do, as JSON; empty
 * after an error, which is reported. The view's metadata tell it (domain
 * RETILE_PLAN). Copies are above this folder, so the driver sets this once,
 * before it is registered. */
using RetilePlanner = std::string (*)(GDALDataset *poView,
                                      CSLConstList papszOptions);
void RetileSetPlanner(RetilePlanner pfnPlanner);

/* The domain RETILE_PLAN: the item of that name lists creation options, one in
 * each line. */
std::string RetilePlanItem(GDALDataset *poView, const char *pszItem);

/* Keeps the lists that GetMetadata and similar functions return. A list stays
 * valid until the same thread keeps the same key again, or MOST other keys. */
class RetileListKeeper
{
  public:
    static constexpr size_t MOST = 512;

    char **Keep(const std::string &osKey, CPLStringList &&aosList);
    const char *KeepText(const std::string &osKey, const char *pszText);

    /* The number of lists held for all threads. */
    size_t Count();

  private:
    struct Kept {
        std::string osKey;
        CPLStringList aosList;
    };
    struct OfThread {
        std::weak_ptr<const char> poAlive{}; /* expires with the thread */
        std::list<Kept> aoKept{};            /* the latest is last */
        std::map<std::string, std::list<Kept>::iterator> oByKey{};
    };

    OfThread &OfThisThread_locked();

    RetileMutex m_oMutex{};
    /* Guarded by m_oMutex; each list belongs to its thread. */
    std::map<std::thread::id, OfThread> m_oThreads{};
};

#endif
