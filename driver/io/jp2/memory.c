/* memory.c - in which blocks a copy decodes a JPEG 2000 file, and how much
 * memory OpenJPEG holds while it does.
 *
 * The figures are for OpenJPEG 2.5.0. A whole tile is decoded in place, with 4
 * bytes a sample. For a part of a tile it holds the code-blocks of all
 * components, a sparse array for the wavelet, and the samples twice; the
 * code-blocks reach beyond the part.
 */
#include "core/base/checked.h"
#include "core/base/min_max.h"
#include "io/jp2/decoders.h"
#include "io/jp2/source_internal.h"

/* A code-block with its segments, chunks and share of the tag trees. */
#define CODE_BLOCK_BYTES 1300
/* The thread's own memory, and everything that belongs to nothing else. */
#define BASE_BYTES (UINT64_C(6) << 20)
#define SAMPLE_BYTES 4
/* Lines of code-blocks above and below a part. */
#define MARGIN_LINES 128

/* Minimum width of a column: it also decodes code-blocks beyond its edges. */
#define COLUMN_PX 1024
/* Column widths are multiples of this, as tiles are, so that a run is one
 * column and few code-blocks lie across its edges. */
#define COLUMN_UNIT_PX 512
#define WIDE_PX 4096
#define WIDE_UNIT_PX 1024

static const struct {
    int32_t w_px, h_px; /* 0: as wide as the image */
} blocks_of_one[] = {{0, 512}, {0, 256}, {0, 128}, {512, 512}, {256, 256}};

static int32_t image_w_px(const struct rt_jp2_layout *layout)
{
    return (int32_t)(layout->index->x1_px - layout->index->x0_px);
}

/* Takes as many columns as there are threads, then half as many, and so on. */
static bool cut_columns(const struct rt_jp2_layout *layout, int n_threads,
                        int *step, struct rt_jp2_cut *cut)
{
    const int32_t w_px = image_w_px(layout);
    int32_t n = w_px / COLUMN_PX, unit_px = COLUMN_UNIT_PX;

    if (n > n_threads)
        n = n_threads;
    if (n > RT_JP2_MAX_COLUMNS)
        n = RT_JP2_MAX_COLUMNS;
    if (COLUMN_UNIT_PX % layout->unit_px != 0)
        return false;
    while (n > 1 && *step > 0) {
        n /= 2;
        (*step)--;
    }
    if (n <= 1)
        return false;
    if (w_px / n >= WIDE_PX)
        unit_px = WIDE_UNIT_PX;
    cut->w_px = ((w_px - 1) / (n * unit_px) + 1) * unit_px;
    cut->h_px = COLUMN_UNIT_PX;
    cut->n_decoders = (w_px - 1) / cut->w_px + 1;
    return true;
}

bool rt_jp2_layout_cut(const struct rt_jp2_layout *layout, int n_threads,
                       int step, struct rt_jp2_cut *cut)
{
    const int32_t w_px = image_w_px(layout);
    const int32_t n = sizeof(blocks_of_one) / sizeof(blocks_of_one[0]);

    if (!layout->in_parts)
        return false;
    if (cut_columns(layout, n_threads, &step, cut))
        return true;
    cut->n_decoders = 1;
    for (int32_t i = 0; i < n; i++) {
        if (blocks_of_one[i].w_px >= w_px ||
            blocks_of_one[i].h_px % layout->unit_px != 0)
            continue;
        if (step-- > 0)
            continue;
        cut->w_px = blocks_of_one[i].w_px == 0 ? w_px : blocks_of_one[i].w_px;
        cut->h_px = blocks_of_one[i].h_px;
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

/* The largest size of a tile in the file. */
static uint64_t packet_bytes(const struct rt_jp2_index *index)
{
    uint64_t most = 0;

    for (uint32_t i = 0; i < index->cols * index->rows; i++)
        most = rt_max_u64(most, rt_jp2_index_tile_bytes(index, i));
    return most;
}

/* Counts the code-blocks of a component of a tile. A resolution's subbands
 * together have the samples that the resolution below lacks. Precincts of
 * subbands have half the size. */
static uint64_t count_code_blocks(const struct rt_jp2_coding *coding,
                                  const struct rt_window *tile)
{
    uint64_t n = 0, below = 0;

    for (int i = 0; i <= coding->reductions; i++) {
        const int reductions = coding->reductions - i, half = i > 0 ? 1 : 0;
        const int w = coding->precincts[i] & 15, h = coding->precincts[i] >> 4;
        const uint64_t area = (((uint64_t)tile->w_px >> reductions) + 1) *
                              (((uint64_t)tile->h_px >> reductions) + 1);

        n += ((area - below) >> (rt_clip_i32(w - half, coding->code_block_w) +
                                 rt_clip_i32(h - half, coding->code_block_h))) +
             1;
        below = area;
    }
    return n;
}

/* a times b plus c; UINT64_MAX on overflow. */
static uint64_t mul_add_u64(uint64_t a, uint64_t b, uint64_t c)
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
    return mul_add_u64(count_code_blocks(&index->coding, &tile),
                       n * CODE_BLOCK_BYTES, bytes);
}

uint64_t rt_jp2_layout_least_bytes(const struct rt_jp2_layout *layout)
{
    const struct rt_window tile = rt_jp2_index_tile(layout->index, 0);
    const uint64_t px = layout->in_parts
                            ? (uint64_t)RT_JP2_BLOCK_PX * RT_JP2_BLOCK_PX
                            : rt_window_area(&tile);

    return mul_add_u64(px, rt_jp2_layout_held_px_bytes(layout),
                       rt_jp2_layout_held_bytes(layout));
}
