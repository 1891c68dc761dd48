/* byte_size.h - sizes as users write them: "512MB", "1.5 GB", "25%". */
#ifndef RETILE_CORE_BASE_BYTE_SIZE_H
#define RETILE_CORE_BASE_BYTE_SIZE_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The smallest cache other than none, in bytes. */
#define RT_CACHE_MIN_BYTES (UINT64_C(1) << 20)

/* Parses text into *bytes: a whole number of bytes, or a number with K, KB,
 * M, MB, G, GB (powers of 1024, any case) or with % (of usable_ram_bytes; at
 * most 100). name is the option's, for the message.
 * RT_ERR_ARGUMENT for anything else, RT_ERR_RANGE from 2^63 bytes up. */
RT_MUST_CHECK enum rt_status rt_byte_size_parse(const char *name,
                                                const char *text,
                                                uint64_t usable_ram_bytes,
                                                uint64_t *bytes,
                                                struct rt_error *err);

/* The same for the size of a cache: 0, or RT_CACHE_MIN_BYTES or more; the
 * message for a smaller one says what was probably meant. */
RT_MUST_CHECK enum rt_status rt_cache_size_parse(const char *name,
                                                 const char *text,
                                                 uint64_t usable_ram_bytes,
                                                 uint64_t *bytes,
                                                 struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
