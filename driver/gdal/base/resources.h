/* resources.h - threads and spill, as views and copies are told of them.
 *
 * Where an option is not given, the configuration in force decides.
 */
#ifndef RETILE_GDAL_BASE_RESOURCES_H
#define RETILE_GDAL_BASE_RESOURCES_H

#include <cstdint>
#include <string>

#include "core/base/budget.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"

/* A configuration option that the process has set, or its environment: what a
 * thread has set for itself does not count. pszDefault where there is none. */
std::string RetileProcessOption(const char *pszName, const char *pszDefault);

/* The threads that NUM_THREADS=pszValue asks for, 1 to RT_MAX_THREADS: a number
 * or ALL_CPUS. nullptr: RETILE_NUM_THREADS, else GDAL_NUM_THREADS, else all
 * CPUs. RT_ERR_ARGUMENT, naming what it was read from. */
RT_MUST_CHECK rt_status RetileParseThreads(const char *pszValue, int &nThreads,
                                           rt_error *err);

/* SPILL=pszValue; nullptr: AUTO. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseSpill(const char *pszValue, rt_spill &eSpill,
                                         rt_error *err);

/* The word for it. */
const char *RetileSpillName(rt_spill eSpill);

/* Where spill files go, and how many bytes of them there may be. */
struct RetileSpillPlace {
    std::string osFolder{};
    uint64_t nMaxBytes = 0;
};

/* RETILE_SPILL_DIR, else CPL_TMPDIR, else TMPDIR, else /tmp; RETILE_SPILL_MAX,
 * else 10 GB. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileFindSpillPlace(RetileSpillPlace &oPlace,
                                             rt_error *err);

/* The bytes that the caches of the process have on disk together, with
 * nMaxBytes as its limit from now on; it lives as long as the process. nullptr
 * when out of memory. */
rt_budget *RetileDiskBudget(uint64_t nMaxBytes);

#endif
