/* interleave.c - see interleave.h.
 *
 * The x86 kernels take 16 pixels at a time and leave the rest to the plain
 * loop. Three planes need a byte shuffle (SSSE3) that not every x86-64
 * processor has. Four planes need only SSE2, which all of them have.
 */
#include "core/base/interleave.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_KERNELS 1
#include <immintrin.h>
#else
#define HAS_KERNELS 0
#endif

static void interleave_3(const unsigned char *const *planes, int64_t from,
                         int64_t n_px, unsigned char *to)
{
    const unsigned char *a = planes[0], *b = planes[1], *c = planes[2];

    for (int64_t i = from; i < n_px; i++) {
        to[3 * i] = a[i];
        to[3 * i + 1] = b[i];
        to[3 * i + 2] = c[i];
    }
}

static void interleave_4(const unsigned char *const *planes, int64_t from,
                         int64_t n_px, unsigned char *to)
{
    for (int64_t i = from; i < n_px; i++)
        for (int k = 0; k < 4; k++)
            to[4 * i + k] = planes[k][i];
}

#if HAS_KERNELS
static __m128i load(const unsigned char *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

static void store(unsigned char *to, __m128i value)
{
    _mm_storeu_si128((__m128i *)(void *)to, value);
}

/* Where the bytes of each plane go in the first, second and third 16 bytes of
 * the result: an index into the plane, or -1 for a byte of another plane. */
static const signed char order_3[3][3][16] = {
    {{0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1, 5},
     {-1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1, -1},
     {-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1}},
    {{-1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10, -1},
     {5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1, 10},
     {-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, 8, -1, -1, 9, -1, -1}},
    {{-1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1, -1},
     {-1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15, -1},
     {10, -1, -1, 11, -1, -1, 12, -1, -1, 13, -1, -1, 14, -1, -1, 15}}};

__attribute__((target("ssse3"))) static int64_t
interleave_3_ssse3(const unsigned char *const *planes, int64_t n_px,
                   unsigned char *to)
{
    __m128i order[3][3];
    int64_t i = 0;

    for (int part = 0; part < 3; part++)
        for (int k = 0; k < 3; k++)
            order[part][k] = _mm_loadu_si128(
                (const __m128i *)(const void *)order_3[part][k]);
    for (; i + 16 <= n_px; i += 16) {
        const __m128i a = load(planes[0] + i);
        const __m128i b = load(planes[1] + i);
        const __m128i c = load(planes[2] + i);

        for (int part = 0; part < 3; part++)
            store(to + 3 * i + 16 * part,
                  _mm_or_si128(
                      _mm_shuffle_epi8(c, order[part][2]),
                      _mm_or_si128(_mm_shuffle_epi8(a, order[part][0]),
                                   _mm_shuffle_epi8(b, order[part][1]))));
    }
    return i;
}

static int64_t interleave_4_sse2(const unsigned char *const *planes,
                                 int64_t n_px, unsigned char *to)
{
    int64_t i = 0;

    for (; i + 16 <= n_px; i += 16) {
        const __m128i a = load(planes[0] + i), b = load(planes[1] + i);
        const __m128i c = load(planes[2] + i), d = load(planes[3] + i);
        const __m128i ab_low = _mm_unpacklo_epi8(a, b);
        const __m128i ab_high = _mm_unpackhi_epi8(a, b);
        const __m128i cd_low = _mm_unpacklo_epi8(c, d);
        const __m128i cd_high = _mm_unpackhi_epi8(c, d);

        store(to + 4 * i, _mm_unpacklo_epi16(ab_low, cd_low));
        store(to + 4 * i + 16, _mm_unpackhi_epi16(ab_low, cd_low));
        store(to + 4 * i + 32, _mm_unpacklo_epi16(ab_high, cd_high));
        store(to + 4 * i + 48, _mm_unpackhi_epi16(ab_high, cd_high));
    }
    return i;
}
#endif

void rt_interleave(const unsigned char *const *planes, int n_planes,
                   int64_t n_px, unsigned char *to)
{
    int64_t done = 0;

#if HAS_KERNELS
    if (n_planes == 4)
        done = interleave_4_sse2(planes, n_px, to);
    else if (__builtin_cpu_supports("ssse3"))
        done = interleave_3_ssse3(planes, n_px, to);
#endif
    if (n_planes == 4)
        interleave_4(planes, done, n_px, to);
    else
        interleave_3(planes, done, n_px, to);
}

/* One loop for each size, so that the compiler turns memcpy into one move. */
#define SPREAD(bytes)                                                          \
    case bytes:                                                                \
        for (int64_t i = 0; i < n_px; i++)                                     \
            memcpy(target + i * step_bytes, source + i * (bytes), bytes);      \
        return

void rt_spread(const void *from, uint32_t px_bytes, int64_t n_px, void *to,
               int64_t step_bytes)
{
    const unsigned char *source = from;
    unsigned char *target = to;

    if (step_bytes == px_bytes) {
        memcpy(to, from, (size_t)n_px * px_bytes);
        return;
    }
    switch (px_bytes) {
        SPREAD(1);
        SPREAD(2);
        SPREAD(4);
        SPREAD(8);
        SPREAD(16);
    default:
        for (int64_t i = 0; i < n_px; i++)
            memcpy(target + i * step_bytes, source + i * px_bytes, px_bytes);
    }
}

void rt_window_copy(const struct rt_window *part, uint64_t px_bytes,
                    const struct rt_window *from, const void *source,
                    const struct rt_window *to, void *target)
{
    const uint64_t from_line = (uint64_t)from->w_px * px_bytes;
    const uint64_t to_line = (uint64_t)to->w_px * px_bytes;
    const size_t bytes = (size_t)((uint64_t)part->w_px * px_bytes);
    const unsigned char *in = source;
    unsigned char *out = target;

    in += rt_window_offset(from, part) * px_bytes;
    out += rt_window_offset(to, part) * px_bytes;
    for (int32_t y = 0; y < part->h_px; y++)
        memcpy(out + (uint64_t)y * to_line, in + (uint64_t)y * from_line,
               bytes);
}
