/* shared_cache.h - the cache of the process and its size. */
#ifndef RETILE_GDAL_BASE_SHARED_CACHE_H
#define RETILE_GDAL_BASE_SHARED_CACHE_H

#include <cstdint>

#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "gdal/base/resources.h"

/* The size in bytes that RETILE_CACHEMAX asks for; 5% of the usable RAM if it
 * is not set. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileCacheMax(uint64_t &nBytes, rt_error *err);

/* Creates a cache that spills to oPlace. nullptr with RT_ERR_MEMORY. */
rt_block_cache *RetileCreateCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace,
                                  rt_error *err);

/* The cache that all datasets share. The first call creates it with nBytes and
 * the spill folder of that time. It lives as long as the process. nullptr with
 * RT_ERR_MEMORY. */
rt_block_cache *RetileSharedCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace,
                                  rt_error *err);

/* Applies a change of RETILE_CACHEMAX. Continuous reads notice it within ten
 * microseconds. An invalid value is reported once as a warning, and the size
 * stays as it is. */
void RetileFollowCacheMax();

#endif
