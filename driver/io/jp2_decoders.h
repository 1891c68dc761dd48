/* jp2_decoders.h - the decoders of a JPEG 2000 file, kept from one read to the
 * next.
 */
#ifndef RETILE_IO_JP2_DECODERS_H
#define RETILE_IO_JP2_DECODERS_H

#include <stdint.h>

#include "core/status.h"
#include "io/jp2_codec.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RT_JP2_MAX_COLUMNS 64

struct rt_jp2_decoders;

/* One that a read has to itself. */
struct rt_jp2_lease {
    struct rt_jp2_codec *codec;
    int32_t column;
};

/* index is borrowed. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_decoders_create(const struct rt_jp2_index *index,
                       struct rt_jp2_decoders **decoders, struct rt_error *err);
/* Nothing may be leased. NULL is allowed. */
void rt_jp2_decoders_destroy(struct rt_jp2_decoders *decoders);

/* OpenJPEG's own threads for each, 0 for none. Before the first lease. */
void rt_jp2_decoders_set_threads(struct rt_jp2_decoders *decoders,
                                 int n_threads);

/* Has one decoder for each of n_columns columns, up to RT_JP2_MAX_COLUMNS, or
 * (0) any number of them for whatever is read. Before the first lease. */
void rt_jp2_decoders_set_columns(struct rt_jp2_decoders *decoders,
                                 int32_t n_columns);

/* Waits for the column's; without columns, takes an idle one, best one that has
 * the tile already, or makes one. RT_ERR_SOURCE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_decoders_take(struct rt_jp2_decoders *decoders, int32_t column,
                     uint32_t tile, int level, struct rt_jp2_lease *lease,
                     struct rt_error *err);
/* Frees the samples. */
void rt_jp2_decoders_put_back(struct rt_jp2_decoders *decoders,
                              struct rt_jp2_lease *lease);

#ifdef __cplusplus
}
#endif
#endif
