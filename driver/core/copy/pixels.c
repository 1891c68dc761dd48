/* pixels.c - see pixels.h. */
#include "core/copy/pixels.h"

#include "core/base/interleave.h"

struct sample16 {
    uint64_t half[2];
};

/* Rows of two to four planes are interleaved in one pass, which compilers turn
 * into shuffles. More planes are handled one by one. */
#define DEFINE_WEAVE(name, type)                                               \
    static void name(const type *const *planes, int32_t n, int32_t w,          \
                     type *restrict out)                                       \
    {                                                                          \
        const type *a = planes[0], *b = planes[1];                             \
        const type *c = planes[n > 2 ? 2 : 0], *d = planes[n > 3 ? 3 : 0];     \
                                                                               \
        if (n == 2)                                                            \
            for (int32_t x = 0; x < w; x++) {                                  \
                out[2 * (int64_t)x] = a[x];                                    \
                out[2 * (int64_t)x + 1] = b[x];                                \
            }                                                                  \
        else if (n == 3)                                                       \
            for (int32_t x = 0; x < w; x++) {                                  \
                out[3 * (int64_t)x] = a[x];                                    \
                out[3 * (int64_t)x + 1] = b[x];                                \
                out[3 * (int64_t)x + 2] = c[x];                                \
            }                                                                  \
        else if (n == 4)                                                       \
            for (int32_t x = 0; x < w; x++) {                                  \
                out[4 * (int64_t)x] = a[x];                                    \
                out[4 * (int64_t)x + 1] = b[x];                                \
                out[4 * (int64_t)x + 2] = c[x];                                \
                out[4 * (int64_t)x + 3] = d[x];                                \
            }                                                                  \
    }                                                                          \
    static void name##_plane(const type *restrict in, int32_t n, int32_t w,    \
                             type *restrict out)                               \
    {                                                                          \
        for (int32_t x = 0; x < w; x++)                                        \
            out[(int64_t)x * n] = in[x];                                       \
    }                                                                          \
    static void un##name##_plane(const type *restrict in, int32_t n,           \
                                 int32_t w, type *restrict out)                \
    {                                                                          \
        for (int32_t x = 0; x < w; x++)                                        \
            out[x] = in[(int64_t)x * n];                                       \
    }

DEFINE_WEAVE(weave_8, uint8_t)
DEFINE_WEAVE(weave_16, uint16_t)
DEFINE_WEAVE(weave_32, uint32_t)
DEFINE_WEAVE(weave_64, uint64_t)
DEFINE_WEAVE(weave_128, struct sample16)

static void weave_few(uint32_t bytes, const void *const *planes, int32_t n,
                      int32_t w, void *out)
{
    switch (bytes) {
    case 1:
        weave_8((const uint8_t *const *)planes, n, w, out);
        break;
    case 2:
        weave_16((const uint16_t *const *)planes, n, w, out);
        break;
    case 4:
        weave_32((const uint32_t *const *)planes, n, w, out);
        break;
    case 8:
        weave_64((const uint64_t *const *)planes, n, w, out);
        break;
    default:
        weave_128((const struct sample16 *const *)planes, n, w, out);
        break;
    }
}

static void weave_plane(uint32_t bytes, const void *in, int32_t n, int32_t w,
                        void *out)
{
    switch (bytes) {
    case 1:
        weave_8_plane(in, n, w, out);
        break;
    case 2:
        weave_16_plane(in, n, w, out);
        break;
    case 4:
        weave_32_plane(in, n, w, out);
        break;
    case 8:
        weave_64_plane(in, n, w, out);
        break;
    default:
        weave_128_plane(in, n, w, out);
        break;
    }
}

static void unweave_plane(uint32_t bytes, const void *in, int32_t n, int32_t w,
                          void *out)
{
    switch (bytes) {
    case 1:
        unweave_8_plane(in, n, w, out);
        break;
    case 2:
        unweave_16_plane(in, n, w, out);
        break;
    case 4:
        unweave_32_plane(in, n, w, out);
        break;
    case 8:
        unweave_64_plane(in, n, w, out);
        break;
    default:
        unweave_128_plane(in, n, w, out);
        break;
    }
}

/* The pixels of window that come before row y of part. */
static uint64_t pixels_before(const struct rt_window *window,
                              const struct rt_window *part, int32_t y)
{
    return rt_window_offset(window, part) +
           (uint64_t)y * (uint64_t)window->w_px;
}

static void scatter_planes(const struct rt_copy_layout *layout,
                           const struct rt_window *part,
                           const struct rt_window *from,
                           const unsigned char *decoded,
                           const struct rt_window *to, unsigned char *tile)
{
    const uint64_t bytes = layout->sample_bytes;

    for (int32_t i = 0; i < layout->n_planes; i++)
        rt_window_copy(part, bytes, from,
                       decoded + (uint64_t)i * rt_window_area(from) * bytes, to,
                       tile + (uint64_t)i * rt_window_area(to) * bytes);
}

static void weave_row(const struct rt_copy_layout *layout, uint64_t plane_bytes,
                      const unsigned char *in, int32_t w_px, unsigned char *out)
{
    const int32_t n = layout->n_planes;

    if (n <= 4) {
        const void *planes[4] = {NULL, NULL, NULL, NULL};

        for (int32_t i = 0; i < n; i++)
            planes[i] = in + (uint64_t)i * plane_bytes;
        weave_few(layout->sample_bytes, planes, n, w_px, out);
        return;
    }
    for (int32_t i = 0; i < n; i++)
        weave_plane(layout->sample_bytes, in + (uint64_t)i * plane_bytes, n,
                    w_px, out + (uint64_t)i * layout->sample_bytes);
}

/* Copies packed pixels into planes. */
static void unweave(const struct rt_copy_layout *layout,
                    const struct rt_window *part, const struct rt_window *from,
                    const unsigned char *packed, const struct rt_window *to,
                    unsigned char *planes)
{
    const uint64_t bytes = layout->sample_bytes;
    const uint64_t pixel = bytes * (uint64_t)layout->n_planes;

    for (int32_t i = 0; i < layout->n_planes; i++)
        for (int32_t y = 0; y < part->h_px; y++)
            unweave_plane(layout->sample_bytes,
                          packed + pixels_before(from, part, y) * pixel +
                              (uint64_t)i * bytes,
                          layout->n_planes, part->w_px,
                          planes + ((uint64_t)i * rt_window_area(to) +
                                    pixels_before(to, part, y)) *
                                       bytes);
}

static uint64_t planes_bytes(const struct rt_copy_layout *layout,
                             const struct rt_window *window)
{
    return rt_window_area(window) * layout->sample_bytes *
           (uint64_t)layout->n_planes;
}

static void move_mask(const struct rt_copy_layout *layout,
                      const struct rt_window *part,
                      const struct rt_window *from, const unsigned char *in,
                      const struct rt_window *to, unsigned char *out)
{
    const struct rt_copy_layout mask = {1, 1, false, false, false};

    if (layout->mask)
        scatter_planes(&mask, part, from, in + planes_bytes(layout, from), to,
                       out + planes_bytes(layout, to));
}

static void move_planes(const struct rt_copy_layout *layout,
                        const struct rt_window *part,
                        const struct rt_window *from,
                        const unsigned char *piece, const struct rt_window *to,
                        unsigned char *tile)
{
    struct rt_copy_layout whole = *layout;

    if (!layout->interleaved) {
        scatter_planes(layout, part, from, piece, to, tile);
        return;
    }
    whole.sample_bytes *= (uint32_t)layout->n_planes;
    whole.n_planes = 1;
    scatter_planes(&whole, part, from, piece, to, tile);
}

static void weave(const struct rt_copy_layout *layout,
                  const struct rt_window *part, const struct rt_window *from,
                  const unsigned char *decoded, const struct rt_window *to,
                  unsigned char *tile)
{
    const uint64_t bytes = layout->sample_bytes;
    const uint64_t pixel = bytes * (uint64_t)layout->n_planes;
    const uint64_t plane = rt_window_area(from) * bytes;

    for (int32_t y = 0; y < part->h_px; y++)
        weave_row(layout, plane, decoded + pixels_before(from, part, y) * bytes,
                  part->w_px, tile + pixels_before(to, part, y) * pixel);
}

void rt_copy_pixels_scatter(const struct rt_copy_layout *layout,
                            const struct rt_window *part,
                            const struct rt_window *from, const void *decoded,
                            const struct rt_window *to, void *tile)
{
    if (layout->packed == layout->interleaved || layout->n_planes == 1)
        move_planes(layout, part, from, decoded, to, tile);
    else if (layout->packed)
        unweave(layout, part, from, decoded, to, tile);
    else
        weave(layout, part, from, decoded, to, tile);
    move_mask(layout, part, from, decoded, to, tile);
}

void rt_copy_pixels_move(const struct rt_copy_layout *layout,
                         const struct rt_window *part,
                         const struct rt_window *from, const void *piece,
                         const struct rt_window *to, void *tile)
{
    move_planes(layout, part, from, piece, to, tile);
    move_mask(layout, part, from, piece, to, tile);
}
