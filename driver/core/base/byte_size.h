/* byte_size.h - sizes as users write them: "512MB", "1.5 GB", "25%". */
#ifndef RETILE_CORE_BASE_BYTE_SIZE_H
#define RETILE_CORE_BASE_BYTE_SIZE_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The smallest size of a cache in bytes, apart from 0 (no cache). */
#define RT_CACHE_MIN_BYTES (UINT64_C(1) << 20)

/* Parses text into *bytes. Accepts a whole number of bytes, a number with K,
 * KB, M, MB, G or GB (powers of 1024, in upper or lower case), or a percentage
 * (at most 100) of usable_ram_bytes. name is the option's name, for the
 * message. Returns RT_ERR_ARGUMENT for anything else, and RT_ERR_RANGE for 2^63
 * bytes or more. */
RT_MUST_CHECK enum rt_status rt_byte_size_parse(const char *name,
                                                const char *text,
                                                uint64_t usable_ram_bytes,
                                                uint64_t *bytes,
                                                struct rt_error *err);

/* The same for the size of a cache, which must be 0 or at least
 * RT_CACHE_MIN_BYTES. The message for a smaller size says what the user
 * probably meant. */
RT_MUST_CHECK enum rt_status rt_cache_size_parse(const char *name,
                                                 const char *text,
                                                 uint64_t usable_ram_bytes,
                                                 uint64_t *bytes,
                                                 struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
