/* shared_cache.h - the cache of the process and its size. */
#ifndef RETILE_GDAL_BASE_SHARED_CACHE_H
#define RETILE_GDAL_BASE_SHARED_CACHE_H

#include <cstdint>

#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "gdal/base/resources.h"

/* The size that RETILE_CACHEMAX asks for, in bytes; 5% of the usable RAM
 * where it is not set. RT_ERR_ARGUMENT. */
rt_status RetileCacheMax(uint64_t &nBytes, rt_error *err);

/* A cache that spills to oPlace. nullptr with RT_ERR_MEMORY. */
rt_block_cache *RetileCreateCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace,
                                  rt_error *err);

/* The cache that all datasets share, made at the first call with nBytes and
 * the folder of that time; it lives as long as the process. nullptr with
 * RT_ERR_MEMORY. */
rt_block_cache *RetileSharedCache(uint64_t nBytes,
                                  const RetileSpillPlace &oPlace,
                                  rt_error *err);

/* Follows a change of RETILE_CACHEMAX, within ten microseconds where reads come
 * one behind the other; one that makes no sense is reported
 * as a warning, once, and the size stays as it was. */
void RetileFollowCacheMax();

#endif
