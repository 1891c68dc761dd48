/* metadata.h - the metadata of a view: the source's, what was set on the view
 * itself, and the two domains of this driver.
 */
#ifndef RETILE_GDAL_METADATA_H
#define RETILE_GDAL_METADATA_H

#include <map>
#include <string>
#include <thread>
#include <utility>

#include "cpl_string.h"
#include "gdal/fork_mutex.h"
#include "gdal/shared_view.h"

/* What a view shows of a domain: the source's items as oSource, changed where
 * the view differs, then those of papszOwn, which win. */
CPLStringList RetileMergeMetadata(const char *pszDomain, CSLConstList oSource,
                                  CSLConstList papszOwn);

/* Whether an item that the source answers for, listed or not, describes the
 * source's own layout and is not shown. */
bool RetileHidesItem(const char *pszName, const char *pszDomain);

/* The domain RETILE_STATS, read afresh. */
CPLStringList RetileStatistics(const RetileSharedView &oView);

/* The domain RETILE: the source and the effective options. */
CPLStringList RetileDescription(const RetileSharedView &oView);

/* Keeps the lists that GetMetadata and its like hand out: each stays valid
 * until the same thread keeps the same key again. */
class RetileListKeeper
{
  public:
    char **Keep(const std::string &osKey, CPLStringList &&aosList);
    const char *KeepText(const std::string &osKey, const char *pszText);

  private:
    RetileMutex m_oMutex{};
    /* Guarded by m_oMutex; a list itself is its thread's. */
    std::map<std::pair<std::thread::id, std::string>, CPLStringList> m_oLists{};
};

#endif
