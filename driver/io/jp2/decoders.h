/* decoders.h - the decoders of a JPEG 2000 file, kept between reads.
 */
#ifndef RETILE_IO_JP2_DECODERS_H
#define RETILE_IO_JP2_DECODERS_H

#include <stdint.h>

#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "io/jp2/codec.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RT_JP2_MAX_COLUMNS 64
#define RT_JP2_NO_COLUMN (-1)

struct rt_jp2_decoders;

/* A decoder that one read has for itself. */
struct rt_jp2_lease {
    struct rt_jp2_codec *codec;
    int32_t slot; /* negative: the decoder has no slot */
};

/* index is borrowed. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_decoders_create(const struct rt_jp2_index *index,
                       struct rt_jp2_decoders **decoders, struct rt_error *err);
/* No decoder may be leased. NULL is allowed. */
void rt_jp2_decoders_destroy(struct rt_jp2_decoders *decoders);

/* Sets the number of OpenJPEG's own threads, 0 for none. Decoders of columns
 * get none. Before the first lease. */
void rt_jp2_decoders_set_threads(struct rt_jp2_decoders *decoders,
                                 int n_threads);

/* From now on cache (borrowed until destroy) counts what each decoder of a
 * one-tile image keeps, as bytes. Before the first lease. */
void rt_jp2_decoders_count_in(struct rt_jp2_decoders *decoders,
                              struct rt_block_cache *cache, uint64_t bytes);

/* Leases the decoder of a column (below RT_JP2_MAX_COLUMNS), or with
 * RT_JP2_NO_COLUMN one for level and any tile. A one-tile image has only one
 * decoder of each kind; reads wait for it. RT_ERR_SOURCE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_decoders_take(struct rt_jp2_decoders *decoders, int32_t column,
                     int level, struct rt_jp2_lease *lease,
                     struct rt_error *err);
/* Frees the samples and returns the decoder. */
void rt_jp2_decoders_put_back(struct rt_jp2_decoders *decoders,
                              struct rt_jp2_lease *lease);

#ifdef __cplusplus
}
#endif
#endif
