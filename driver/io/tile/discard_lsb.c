/* discard_lsb.c - see discard_lsb.h.
 *
 * A sample is rounded to a multiple of 2^bits, halves away from zero. If the
 * result would be nodata although the sample was not, it becomes a neighbour of
 * nodata.
 */
#include "io/tile/discard_lsb.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"

struct band {
    uint64_t mask;  /* bits to keep */
    uint64_t round; /* the highest discarded bit; 0: nothing is rounded up */
};

struct rt_discard_lsb {
    enum rt_sample_kind kind;
    uint32_t bits;
    bool has_nodata;
    union {
        uint64_t u;
        int64_t i;
        float f32;
        double f64;
    } nodata;
    struct band bands[];
};

/* False if no sample can have the value. */
static bool set_nodata(struct rt_discard_lsb *discard, double value)
{
    const uint32_t bits = discard->bits;

    if (discard->kind == RT_SAMPLE_FLOAT) {
        if (bits == 32)
            discard->nodata.f32 = (float)value;
        else
            discard->nodata.f64 = value;
        return true;
    }
    if (discard->kind == RT_SAMPLE_UNSIGNED) {
        if (!(value >= 0 && value < ldexp(1, (int)bits)))
            return false;
        discard->nodata.u = (uint64_t)value;
        return (double)discard->nodata.u == value;
    }
    if (!(value >= -ldexp(1, (int)bits - 1) && value < ldexp(1, (int)bits - 1)))
        return false;
    discard->nodata.i = (int64_t)value;
    return (double)discard->nodata.i == value;
}

static bool set_bands(struct rt_discard_lsb *discard, int32_t n_bands,
                      CSLConstList numbers)
{
    const int n = CSLCount(numbers);
    const int most =
        (int)discard->bits - (discard->kind == RT_SAMPLE_SIGNED ? 2 : 1);

    if (n != 1 && n != n_bands)
        return false;
    for (int32_t i = 0; i < n_bands; i++) {
        const int bits = atoi(numbers[n == 1 ? 0 : i]);

        if (bits < 0 || bits > most)
            return false;
        discard->bands[i].mask = ~((UINT64_C(1) << bits) - 1);
        discard->bands[i].round = bits > 1 ? UINT64_C(1) << (bits - 1) : 0;
    }
    return true;
}

enum rt_status rt_discard_lsb_create(const char *text, int32_t n_bands,
                                     enum rt_sample_kind kind, uint32_t bits,
                                     bool has_nodata, double nodata,
                                     struct rt_discard_lsb **discard,
                                     struct rt_error *err)
{
    struct rt_discard_lsb *made;
    char **numbers;

    *discard = NULL;
    if (bits != 8 && bits != 16 && bits != 32 && bits != 64)
        return RT_OK;
    made = calloc(1, sizeof(*made) + (size_t)n_bands * sizeof(made->bands[0]));
    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->kind = kind;
    made->bits = bits;
    made->has_nodata = has_nodata && set_nodata(made, nodata);
    numbers = CSLTokenizeString2(text, ",", 0);
    if (set_bands(made, n_bands, numbers))
        *discard = made;
    else
        rt_discard_lsb_destroy(made);
    CSLDestroy(numbers);
    return RT_OK;
}

void rt_discard_lsb_destroy(struct rt_discard_lsb *discard)
{
    free(discard);
}

/* 255 is kept, because it may be an alpha band's. */
static uint8_t rounded_byte(uint8_t value, const struct band *band,
                            bool has_nodata, uint8_t nodata)
{
    uint64_t made = value & band->mask;

    if (value == UINT8_MAX || (has_nodata && value == nodata))
        return value;
    if ((value & band->round) != 0)
        made += band->round << 1;
    if (made > UINT8_MAX)
        made = UINT8_MAX;
    if (has_nodata && made == nodata)
        made = nodata >= (uint8_t)(UINT8_MAX - (band->round << 1))
                   ? nodata - (band->round << 1)
                   : nodata + (band->round << 1);
    return (uint8_t)made;
}

/* value is sign-extended if signed; most is the type's maximum. */
static uint64_t rounded_unsigned(uint64_t value, const struct band *band,
                                 uint64_t most)
{
    if ((value & band->round) == 0)
        return value & band->mask;
    if ((value & band->mask) > most - (band->round << 1))
        return most & band->mask;
    return (value & band->mask) + (band->round << 1);
}

static uint64_t rounded_signed(int64_t value, const struct band *band,
                               uint64_t most)
{
    const uint64_t kept = (uint64_t)value & band->mask;

    if (value < 0 || ((uint64_t)value & band->round) == 0)
        return kept;
    if (kept + (band->round << 1) > most)
        return most & band->mask;
    return kept + (band->round << 1);
}

#define DEFINE_INTEGER(name, word, rounded, wide, most)                        \
    static word name(word value, const struct band *band, bool has_nodata,     \
                     word nodata)                                              \
    {                                                                          \
        const uint64_t step = band->round << 1;                                \
        word made;                                                             \
                                                                               \
        if (has_nodata && value == nodata)                                     \
            return value;                                                      \
        made = (word)rounded((wide)value, band, (uint64_t)(most));             \
        if (!has_nodata || made != nodata)                                     \
            return made;                                                       \
        return (word)(nodata >= (word)((uint64_t)(most)-step)                  \
                          ? (uint64_t)(wide)nodata - step                      \
                          : (uint64_t)(wide)nodata + step);                    \
    }

DEFINE_INTEGER(rounded_u16, uint16_t, rounded_unsigned, uint64_t, UINT16_MAX)
DEFINE_INTEGER(rounded_u32, uint32_t, rounded_unsigned, uint64_t, UINT32_MAX)
DEFINE_INTEGER(rounded_u64, uint64_t, rounded_unsigned, uint64_t, UINT64_MAX)
DEFINE_INTEGER(rounded_i8, int8_t, rounded_signed, int64_t, INT8_MAX)
DEFINE_INTEGER(rounded_i16, int16_t, rounded_signed, int64_t, INT16_MAX)
DEFINE_INTEGER(rounded_i32, int32_t, rounded_signed, int64_t, INT32_MAX)
DEFINE_INTEGER(rounded_i64, int64_t, rounded_signed, int64_t, INT64_MAX)

#define DEFINE_FLOAT(name, real, word, most, next, greatest)                   \
    static real name(real value, const struct band *band, bool has_nodata,     \
                     real nodata)                                              \
    {                                                                          \
        word bits;                                                             \
        real made;                                                             \
                                                                               \
        if (!isfinite(value) || (has_nodata && value == nodata))               \
            return value;                                                      \
        memcpy(&bits, &value, sizeof(bits));                                   \
        bits = (word)rounded_unsigned(bits, band, most);                       \
        memcpy(&made, &bits, sizeof(made));                                    \
        if (!isfinite(made))                                                   \
            return value;                                                      \
        if (has_nodata && made == nodata)                                      \
            return next(nodata, greatest);                                     \
        return made;                                                           \
    }

DEFINE_FLOAT(rounded_f32, float, uint32_t, UINT32_MAX, nextafterf, FLT_MAX)
DEFINE_FLOAT(rounded_f64, double, uint64_t, UINT64_MAX, nextafter, DBL_MAX)

/* NOLINTBEGIN(bugprone-macro-parentheses): word is a type */
#define APPLY(word, rounded, nodata)                                           \
    do {                                                                       \
        word *at = samples;                                                    \
                                                                               \
        for (uint64_t i = 0; i < n; i += (uint64_t)stride)                     \
            for (int32_t k = 0; k < stride; k++, at++)                         \
                *at = rounded(*at, &bands[k], discard->has_nodata,             \
                              (word)(nodata));                                 \
    } while (0)
/* NOLINTEND(bugprone-macro-parentheses) */

static void apply_unsigned(const struct rt_discard_lsb *discard,
                           const struct band *bands, void *samples, uint64_t n,
                           int32_t stride)
{
    if (discard->bits == 8)
        APPLY(uint8_t, rounded_byte, discard->nodata.u);
    else if (discard->bits == 16)
        APPLY(uint16_t, rounded_u16, discard->nodata.u);
    else if (discard->bits == 32)
        APPLY(uint32_t, rounded_u32, discard->nodata.u);
    else
        APPLY(uint64_t, rounded_u64, discard->nodata.u);
}

static void apply_signed(const struct rt_discard_lsb *discard,
                         const struct band *bands, void *samples, uint64_t n,
                         int32_t stride)
{
    if (discard->bits == 8)
        APPLY(int8_t, rounded_i8, discard->nodata.i);
    else if (discard->bits == 16)
        APPLY(int16_t, rounded_i16, discard->nodata.i);
    else if (discard->bits == 32)
        APPLY(int32_t, rounded_i32, discard->nodata.i);
    else
        APPLY(int64_t, rounded_i64, discard->nodata.i);
}

void rt_discard_lsb_apply(const struct rt_discard_lsb *discard, void *samples,
                          uint64_t n, int32_t first_band, int32_t stride)
{
    const struct band *bands = discard->bands + first_band;

    if (discard->kind == RT_SAMPLE_UNSIGNED)
        apply_unsigned(discard, bands, samples, n, stride);
    else if (discard->kind == RT_SAMPLE_SIGNED)
        apply_signed(discard, bands, samples, n, stride);
    else if (discard->bits == 32)
        APPLY(float, rounded_f32, discard->nodata.f32);
    else if (discard->bits == 64)
        APPLY(double, rounded_f64, discard->nodata.f64);
}
