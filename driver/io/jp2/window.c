/* window.c - see window.h. */
#include "io/jp2/window.h"

int32_t rt_jp2_window_halved(int32_t px, int reductions)
{
    return (int32_t)(((int64_t)px + (INT64_C(1) << reductions) - 1) >>
                     reductions);
}

struct rt_window rt_jp2_window_of_tile(const struct rt_jp2_index *index,
                                       uint32_t tile, int level)
{
    const struct rt_window full = rt_jp2_index_tile(index, tile);
    struct rt_window window;

    window.x_px = rt_jp2_window_halved(full.x_px, level);
    window.y_px = rt_jp2_window_halved(full.y_px, level);
    window.w_px =
        rt_jp2_window_halved(full.x_px + full.w_px, level) - window.x_px;
    window.h_px =
        rt_jp2_window_halved(full.y_px + full.h_px, level) - window.y_px;
    return window;
}

static int32_t doubled(int32_t px, int reductions, uint32_t most_px)
{
    const int64_t full_px = (int64_t)px << reductions;

    return full_px < (int64_t)most_px ? (int32_t)full_px : (int32_t)most_px;
}

struct rt_window rt_jp2_window_full(const struct rt_jp2_index *index,
                                    const struct rt_window *window, int level)
{
    const uint32_t w_px = index->x1_px - index->x0_px;
    const uint32_t h_px = index->y1_px - index->y0_px;
    struct rt_window full;

    full.x_px = doubled(window->x_px, level, w_px);
    full.y_px = doubled(window->y_px, level, h_px);
    full.w_px = doubled(window->x_px + window->w_px, level, w_px) - full.x_px;
    full.h_px = doubled(window->y_px + window->h_px, level, h_px) - full.y_px;
    return full;
}

static int32_t edge_below(int32_t px, int32_t unit_px)
{
    return px / unit_px * unit_px;
}

static int32_t edge_above(int32_t px, int32_t unit_px, int32_t most_px)
{
    const int64_t edge =
        ((int64_t)px + unit_px - 1) / unit_px * (int64_t)unit_px;

    return edge < most_px ? (int32_t)edge : most_px;
}

struct rt_window rt_jp2_window_around(const struct rt_jp2_layout *layout,
                                      int level, const struct rt_window *whole,
                                      const struct rt_window *inside)
{
    const int32_t least_px = layout->is_ycc ? 2 : 1;
    int32_t unit_px = layout->unit_px >> level;
    struct rt_window part;

    if (unit_px < least_px)
        unit_px = least_px;
    part.x_px = edge_below(inside->x_px, unit_px);
    part.y_px = edge_below(inside->y_px, unit_px);
    part.w_px = edge_above(inside->x_px + inside->w_px, unit_px, whole->w_px) -
                part.x_px;
    part.h_px = edge_above(inside->y_px + inside->h_px, unit_px, whole->h_px) -
                part.y_px;
    return part;
}
