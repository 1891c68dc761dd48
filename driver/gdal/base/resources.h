/* resources.h - threads and spill settings of views and copies.
 *
 * If an option is not given, the configuration decides.
 */
#ifndef RETILE_GDAL_BASE_RESOURCES_H
#define RETILE_GDAL_BASE_RESOURCES_H

#include <cstdint>
#include <string>

#include "core/base/budget.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"

/* The value of a configuration option of the process or its environment. A
 * value that a thread has set for itself does not count. pszDefault if not set.
 */
std::string RetileProcessOption(const char *pszName, const char *pszDefault);

/* The number of threads for NUM_THREADS=pszValue, 1 to RT_MAX_THREADS. The
 * value is a number or ALL_CPUS. nullptr means RETILE_NUM_THREADS, else
 * GDAL_NUM_THREADS, else all CPUs. RT_ERR_ARGUMENT names the option that was
 * read. */
RT_MUST_CHECK rt_status RetileParseThreads(const char *pszValue, int &nThreads,
                                           rt_error *err);

/* Parses SPILL=pszValue; nullptr is AUTO. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseSpill(const char *pszValue, rt_spill &eSpill,
                                         rt_error *err);

/* The option's word for eSpill. */
const char *RetileSpillName(rt_spill eSpill);

/* The folder of spill files, and their size limit in bytes. */
struct RetileSpillPlace {
    std::string osFolder{};
    uint64_t nMaxBytes = 0;
};

/* RETILE_SPILL_DIR, else CPL_TMPDIR, else TMPDIR, else /tmp; RETILE_SPILL_MAX,
 * else 10 GB. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileFindSpillPlace(RetileSpillPlace &oPlace,
                                             rt_error *err);

/* The budget for all bytes that the caches of the process have on disk. Sets
 * its limit to nMaxBytes. It lives as long as the process. nullptr if out of
 * memory. */
rt_budget *RetileDiskBudget(uint64_t nMaxBytes);

#endif
