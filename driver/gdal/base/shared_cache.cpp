/* shared_cache.cpp - see shared_cache.h. */
#include "gdal/base/shared_cache.h"

#include <chrono>
#include <mutex>
#include <string>

#include "core/base/byte_size.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "gdal/base/fork_mutex.h"
#include "gdal/base/resources.h"

static RetileMutex oMutex;
static rt_block_cache *poShared; /* guarded by oMutex until it is set */
static std::string osFollowed;   /* guarded by oMutex: the current setting */

/* The setting of the process: a thread must not resize the common cache. */
static std::string Setting()
{
    return RetileProcessOption("RETILE_CACHEMAX", "5%");
}

rt_status RetileCacheMax(uint64_t &nBytes, rt_error *err)
{
    return rt_cache_size_parse("RETILE_CACHEMAX", Setting().c_str(),
                               static_cast<uint64_t>(CPLGetUsablePhysicalRAM()),
                               &nBytes, err);
}

static void WarnOfSpill(void *, const char *pszText)
{
    CPLError(CE_Warning, CPLE_FileIO, "RETILE: %s", pszText);
}

rt_block_cache *RetileCreateCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace, rt_error *err)
{
    rt_budget *poDisk = RetileDiskBudget(oPlace.nMaxBytes);
    rt_block_cache *poCache = rt_block_cache_create(nBytes);
    if (poDisk != nullptr && poCache != nullptr &&
        rt_block_cache_set_spill(poCache, oPlace.osFolder.c_str(), poDisk,
                                 WarnOfSpill, nullptr))
        return poCache;
    rt_block_cache_destroy(poCache);
    (void)rt_error_set(err, RT_ERR_MEMORY, "out of memory for a cache");
    return nullptr;
}

rt_block_cache *RetileSharedCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace, rt_error *err)
{
    const std::lock_guard<RetileMutex> oLock(oMutex);

    if (poShared == nullptr) {
        poShared = RetileCreateCache(nBytes, oPlace, err);
        osFollowed = Setting();
    } else {
        (void)RetileDiskBudget(oPlace.nMaxBytes);
    }
    return poShared;
}

/* Whether this thread has checked a moment ago. A check takes as long as a
 * small read from the cache. */
static bool HasJustLooked()
{
    using Clock = std::chrono::steady_clock;
    static thread_local Clock::time_point oLast;
    const Clock::time_point oNow = Clock::now();

    if (oNow - oLast < std::chrono::microseconds(10))
        return true;
    oLast = oNow;
    return false;
}

void RetileFollowCacheMax()
{
    if (HasJustLooked())
        return;
    const RetileInsideGate oInside;
    /* Not blocking: another thread may hold it, or held it at a fork. */
    const std::unique_lock<RetileMutex> oLock(oMutex, std::try_to_lock);

    if (!oLock.owns_lock())
        return;
    const std::string osSetting = Setting();
    uint64_t nBytes = 0;
    rt_error err;

    if (poShared == nullptr || osFollowed == osSetting)
        return;
    osFollowed = osSetting;
    if (RetileCacheMax(nBytes, &err) == RT_OK)
        rt_block_cache_set_limit(poShared, nBytes);
    else
        CPLError(CE_Warning, CPLE_IllegalArg,
                 "RETILE: %s; the cache stays as it is", err.text);
}
