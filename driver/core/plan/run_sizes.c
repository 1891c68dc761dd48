/* run_sizes.c - how many source blocks are decoded in one call.
 *
 * A run should be small enough to stay in a core's cache until its pixels are
 * copied, and large enough to justify a call. The best runs have edges on tile
 * edges, because nothing is left half-built there. With a halo no run does, and
 * a run is at least twice as long as the halo (axis.h).
 */
#include <stdint.h>

#include "core/plan/internal.h"

#define GOOD_BYTES (UINT64_C(4) << 20)  /* of any run */
#define CELL_BYTES (UINT64_C(16) << 20) /* of one that ends with its tiles */
#define SMALL_BYTES (UINT64_C(1) << 20)

/* One axis: source blocks of source_block_px under tiles of tile_px. */
struct blocks {
    int32_t source_block_px, tile_px, size_px, n_blk;
    int32_t aligned_blk; /* blocks after which a tile ends too; 0 if that
                          * never happens */
    int32_t least_blk;   /* of a run: twice the halo, or all blocks */
};

static int64_t greatest_common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static struct blocks blocks_of(int32_t size_px, int32_t source_block_px,
                               int32_t phase_px, int32_t tile_px,
                               int32_t halo_px)
{
    struct blocks blocks = {source_block_px, tile_px, size_px, 0, 0, 1};
    const int64_t least =
        (2 * (int64_t)halo_px + source_block_px - 1) / source_block_px;
    const int64_t n =
        ((int64_t)size_px + phase_px + source_block_px - 1) / source_block_px;
    const int64_t aligned =
        tile_px / greatest_common_divisor(tile_px, source_block_px);

    blocks.n_blk = n > INT32_MAX ? INT32_MAX : (int32_t)n;
    if (n == 1)
        blocks.aligned_blk = 1;
    else if (phase_px == 0 && halo_px == 0)
        blocks.aligned_blk = aligned < n ? (int32_t)aligned : blocks.n_blk;
    if (least > 1)
        blocks.least_blk = least < n ? (int32_t)least : blocks.n_blk;
    return blocks;
}

static uint64_t run_bytes(const struct rt_copy_shape *shape,
                          const struct blocks *x, int64_t w_blk,
                          const struct blocks *y, int64_t h_blk)
{
    uint64_t w_px = (uint64_t)w_blk * (uint64_t)x->source_block_px;
    uint64_t h_px = (uint64_t)h_blk * (uint64_t)y->source_block_px;

    if (w_px > (uint64_t)x->size_px)
        w_px = (uint64_t)x->size_px;
    if (h_px > (uint64_t)y->size_px)
        h_px = (uint64_t)y->size_px;
    return w_px * h_px *
           (shape->input_px_bytes > shape->px_bytes ? shape->input_px_bytes
                                                    : shape->px_bytes);
}

/* The number of blocks within a tile's height, or fewer. If blocks can end
 * where tiles end, a number that divides the tile evenly. */
static int32_t height_within_tile(const struct rt_copy_shape *shape,
                                  const struct blocks *x, int32_t w_blk,
                                  const struct blocks *y, uint64_t most_bytes)
{
    int32_t h_blk = y->tile_px / y->source_block_px;
    const int32_t in_tile = y->tile_px % y->source_block_px == 0 ? h_blk : 0;

    /* If this is too much at the raster's height, every larger height is
     * too. */
    if (h_blk > y->n_blk && run_bytes(shape, x, w_blk, y, h_blk) > most_bytes)
        h_blk = y->n_blk;
    while (h_blk > y->least_blk &&
           (run_bytes(shape, x, w_blk, y, h_blk) > most_bytes ||
            in_tile % h_blk != 0))
        h_blk--;
    if (h_blk < y->least_blk)
        h_blk = y->least_blk;
    return h_blk < y->n_blk ? h_blk : y->n_blk;
}

/* A multiple of step_blk, the largest that stays within most_bytes. */
static int32_t width_up_to(const struct rt_copy_shape *shape,
                           const struct blocks *x, int32_t step_blk,
                           const struct blocks *y, int32_t h_blk,
                           uint64_t most_bytes)
{
    const uint64_t step = run_bytes(shape, x, step_blk, y, h_blk);
    const uint64_t n = step == 0 ? 1 : most_bytes / step;
    uint64_t w_blk = (n < 1 ? 1 : n) * (uint64_t)step_blk;

    if (w_blk < (uint64_t)x->least_blk)
        w_blk = (uint64_t)x->least_blk;
    if (w_blk > (uint64_t)x->n_blk)
        w_blk = (uint64_t)x->n_blk;
    return (int32_t)w_blk;
}

static int add(struct rt_copy_run_size *sizes, int n, int32_t w_blk,
               int32_t h_blk)
{
    for (int i = 0; i < n; i++)
        if (sizes[i].w_blk == w_blk && sizes[i].h_blk == h_blk)
            return n;
    if (n < RT_COPY_RUN_SIZES) {
        sizes[n].w_blk = w_blk;
        sizes[n].h_blk = h_blk;
        n++;
    }
    return n;
}

/* Adds runs that end where tiles end on both axes. */
static int add_cells(const struct rt_copy_shape *shape, const struct blocks *x,
                     const struct blocks *y, struct rt_copy_run_size *sizes,
                     int n)
{
    const int32_t w_blk = x->aligned_blk, h_blk = y->aligned_blk;

    if (w_blk == 0 || h_blk == 0 ||
        run_bytes(shape, x, w_blk, y, h_blk) > CELL_BYTES)
        return n;
    n = add(sizes, n, width_up_to(shape, x, w_blk, y, h_blk, SMALL_BYTES),
            h_blk);
    return add(sizes, n, w_blk, h_blk);
}

int rt_copy_run_sizes(const struct rt_copy_shape *shape,
                      struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES])
{
    const struct blocks x =
        blocks_of(shape->w_px, shape->source_block_w_px,
                  shape->source_block_x_px, shape->tile_w_px, shape->halo_px);
    const struct blocks y =
        blocks_of(shape->h_px, shape->source_block_h_px,
                  shape->source_block_y_px, shape->tile_h_px, shape->halo_px);
    static const uint64_t caps[] = {GOOD_BYTES, SMALL_BYTES};
    int n = 0;

    if (x.n_blk > 1)
        n = add_cells(shape, &x, &y, sizes, n);
    for (int i = 0; i < 2; i++) {
        const int32_t step =
            x.aligned_blk != 0 &&
                    run_bytes(shape, &x, x.aligned_blk, &y, 1) <= caps[i]
                ? x.aligned_blk
                : 1;
        const int32_t h_blk = height_within_tile(shape, &x, step, &y, caps[i]);

        n = add(sizes, n, width_up_to(shape, &x, step, &y, h_blk, caps[i]),
                h_blk);
    }
    return add(sizes, n, x.least_blk, y.least_blk);
}
