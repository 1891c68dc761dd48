/* jp2_memory.c - in what blocks a copy decodes a JPEG 2000 file, and what
 * OpenJPEG holds meanwhile.
 *
 * The figures are of OpenJPEG 2.5.0. A whole tile is decoded where its samples
 * end up, in 4 bytes each. Of a part there are the code-blocks of all
 * components, a sparse array for the wavelet, and the samples twice;
 * code-blocks reach beyond the part.
 */
#include "core/checked.h"
#include "io/jp2_source_internal.h"

/* Of a code-block, with its segments, chunks and share of the tag trees. */
#define CODE_BLOCK_BYTES 1300
/* A thread's own, and what belongs to nothing else. */
#define BASE_BYTES (UINT64_C(6) << 20)
#define SAMPLE_BYTES 4
/* Lines of code-blocks above and below a part. */
#define MARGIN_LINES 128

static const struct {
    int32_t w_px, h_px; /* 0: as wide as the image */
} copy_blocks[] = {{0, 512}, {0, 256}, {0, 128}, {512, 512}, {256, 256}};

bool rt_jp2_layout_copy_blocks(const struct rt_jp2_layout *layout, int step,
                               int32_t *block_w_px, int32_t *block_h_px)
{
    const int32_t w_px = (int32_t)(layout->index->x1_px - layout->index->x0_px);
    const int32_t n = sizeof(copy_blocks) / sizeof(copy_blocks[0]);

    for (int32_t i = 0; layout->in_parts && i < n; i++) {
        if (copy_blocks[i].w_px >= w_px ||
            copy_blocks[i].h_px % layout->unit_px != 0)
            continue;
        if (step-- > 0)
            continue;
        *block_w_px = copy_blocks[i].w_px == 0 ? w_px : copy_blocks[i].w_px;
        *block_h_px = copy_blocks[i].h_px;
        return true;
    }
    return false;
}

uint64_t rt_jp2_layout_held_px_bytes(const struct rt_jp2_layout *layout)
{
    const uint64_t n = (uint64_t)layout->n_bands;

    if (!layout->in_parts)
        return SAMPLE_BYTES * n;
    return SAMPLE_BYTES * (3 * n + 1);
}

/* The most that any tile has in the file. */
static uint64_t packet_bytes(const struct rt_jp2_index *index)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < index->cols * index->rows; i++) {
        const uint64_t bytes = rt_jp2_index_tile_bytes(index, i);

        if (bytes > most)
            most = bytes;
    }
    return most;
}

/* Of two exponents; none is below 0. */
static int lesser(int a, int b)
{
    const int least = a < b ? a : b;

    return least > 0 ? least : 0;
}

/* Of a component of a tile. A resolution's subbands have together what it has
 * more than the one below; precincts cut theirs in half. */
static uint64_t count_code_blocks(const struct rt_jp2_coding *coding,
                                  const struct rt_window *tile)
{
    uint64_t n = 0, below = 0;

    for (int i = 0; i <= coding->reductions; i++) {
        const int reductions = coding->reductions - i, half = i > 0 ? 1 : 0;
        const int w = coding->precincts[i] & 15, h = coding->precincts[i] >> 4;
        const uint64_t area = (((uint64_t)tile->w_px >> reductions) + 1) *
                              (((uint64_t)tile->h_px >> reductions) + 1);

        n += ((area - below) >> (lesser(coding->code_block_w, w - half) +
                                 lesser(coding->code_block_h, h - half))) +
             1;
        below = area;
    }
    return n;
}

/* a times b plus c, or as much as can be said. */
static uint64_t most_of(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t sum;

    return rt_mul_u64(a, b, &sum) && rt_add_u64(sum, c, &sum) ? sum
                                                              : UINT64_MAX;
}

uint64_t rt_jp2_layout_held_bytes(const struct rt_jp2_layout *layout)
{
    const struct rt_jp2_index *index = layout->index;
    const struct rt_window tile = rt_jp2_index_tile(index, 0);
    const uint64_t n = (uint64_t)layout->n_bands;
    uint64_t bytes = BASE_BYTES + packet_bytes(index) * 5 / 4;

    if (layout->in_parts)
        bytes += (uint64_t)tile.w_px * MARGIN_LINES * SAMPLE_BYTES * n;
    return most_of(count_code_blocks(&index->coding, &tile),
                   n * CODE_BLOCK_BYTES, bytes);
}

uint64_t rt_jp2_layout_least_bytes(const struct rt_jp2_layout *layout)
{
    const struct rt_window tile = rt_jp2_index_tile(layout->index, 0);
    const uint64_t px = layout->in_parts
                            ? (uint64_t)RT_JP2_BLOCK_PX * RT_JP2_BLOCK_PX
                            : rt_window_area(&tile);

    return most_of(px, rt_jp2_layout_held_px_bytes(layout),
                   rt_jp2_layout_held_bytes(layout));
}
