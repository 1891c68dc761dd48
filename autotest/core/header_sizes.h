/* header_sizes.h - the sizes of the core's structs, as one language sees
 * them. */
#ifndef RETILE_TEST_HEADER_SIZES_H
#define RETILE_TEST_HEADER_SIZES_H

#include <stddef.h>

#define HEADER_SIZE_LIST                                                       \
    sizeof(struct rt_block_key), sizeof(struct rt_cache_counters),             \
        sizeof(struct rt_window), sizeof(struct rt_block_range),               \
        sizeof(struct rt_grid), sizeof(struct rt_layer),                       \
        sizeof(struct rt_source), sizeof(struct rt_error),                     \
        sizeof(struct rt_sink), sizeof(struct rt_part),                        \
        sizeof(struct rt_view_layer), sizeof(struct rt_view),                  \
        sizeof(struct rt_read), sizeof(struct rt_fill_cell),                   \
        sizeof(struct rt_fill), sizeof(struct rt_copy_axis),                   \
        sizeof(struct rt_copy_span), sizeof(struct rt_copy_shape),             \
        sizeof(struct rt_copy_limits), sizeof(struct rt_copy_plan),            \
        sizeof(struct rt_copy_step), sizeof(struct rt_copy_cursor),            \
        sizeof(struct rt_copy_run_size), sizeof(enum rt_status),               \
        sizeof(enum rt_access), sizeof(enum rt_stat), sizeof(enum rt_spill),   \
        sizeof(struct rt_block_cost), sizeof(struct rt_fork_lock),             \
        sizeof(struct rt_spill_cost), sizeof(struct rt_spill_place),           \
        sizeof(enum rt_reserve), sizeof(struct rt_focal),                      \
        sizeof(struct rt_chip_axis), sizeof(struct rt_chips),                  \
        sizeof(struct rt_chip_run), sizeof(struct rt_chip_sink),               \
        sizeof(enum rt_chip_mode), sizeof(struct rt_copy_reach),               \
        sizeof(struct rt_copy_phases), sizeof(struct rt_copy_place),           \
        sizeof(struct rt_copy_margins), sizeof(struct rt_encoded_unit),        \
        sizeof(struct rt_byte_loader)
#define HEADER_SIZES 44

#ifdef __cplusplus
extern "C" {
#endif

extern const size_t header_sizes_in_c[HEADER_SIZES];

#ifdef __cplusplus
}
#endif
#endif
