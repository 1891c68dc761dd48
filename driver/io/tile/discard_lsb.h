/* discard_lsb.h - GTiff's creation option DISCARD_LSB: rounds away the lowest
 * bits of samples before compression.
 *
 * Results equal GTiff's for each sample, including nodata and all its special
 * cases. Fixed after create; any threads may share it.
 */
#ifndef RETILE_IO_TILE_DISCARD_LSB_H
#define RETILE_IO_TILE_DISCARD_LSB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The samples as the file has them: 8, 16, 32 or 64 bits. */
enum rt_sample_kind { RT_SAMPLE_UNSIGNED, RT_SAMPLE_SIGNED, RT_SAMPLE_FLOAT };

struct rt_discard_lsb;

/* text is the option's value: one number of bits, or one for each of n_bands,
 * separated by commas. *discard is NULL if GTiff would ignore the option.
 * nodata is used only if has_nodata. */
RT_MUST_CHECK enum rt_status
rt_discard_lsb_create(const char *text, int32_t n_bands,
                      enum rt_sample_kind kind, uint32_t bits, bool has_nodata,
                      double nodata, struct rt_discard_lsb **discard,
                      struct rt_error *err);
void rt_discard_lsb_destroy(struct rt_discard_lsb *discard);

/* Rounds n samples in native byte order. Their bands are first_band up to
 * first_band + stride - 1, in turn. */
void rt_discard_lsb_apply(const struct rt_discard_lsb *discard, void *samples,
                          uint64_t n, int32_t first_band, int32_t stride);

#ifdef __cplusplus
}
#endif
#endif
