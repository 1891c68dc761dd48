/* bit_pack.c - see bit_pack.h. */
#include "io/tile/bit_pack.h"

#include "io/dataset/gdal_versions.h"

#define HALF_INFINITY 0x7C00U
#define HALF_QUIET_NAN 0x7E00U

typedef uint16_t __attribute__((may_alias)) word16;
typedef uint32_t __attribute__((may_alias)) word32;

uint64_t rt_packed_row_bytes(uint64_t n, uint32_t bits)
{
    return n / 8 * bits + (n % 8 * bits + 7) / 8;
}

static uint32_t sample_at(const void *samples, size_t i, uint32_t sample_bytes)
{
    if (sample_bytes == 1)
        return ((const uint8_t *)samples)[i];
    if (sample_bytes == 2)
        return ((const word16 *)samples)[i];
    return ((const word32 *)samples)[i];
}

/* Inlined with constant sample_bytes and, if that helps, constant bits. */
static inline __attribute__((always_inline)) bool
pack(const void *samples, size_t n, uint32_t sample_bytes, uint32_t bits,
     uint8_t *packed)
{
    const uint32_t most = (UINT32_C(1) << bits) - 1;
    uint32_t seen = 0;
    uint64_t pending = 0;
    uint32_t n_pending = 0;

    for (size_t i = 0; i < n; i++) {
        const uint32_t value = sample_at(samples, i, sample_bytes);

        seen |= value;
        pending = pending << bits | (value < most ? value : most);
        for (n_pending += bits; n_pending >= 8;) {
            n_pending -= 8;
            *packed++ = (uint8_t)(pending >> n_pending);
        }
    }
    if (n_pending > 0)
        *packed = (uint8_t)(pending << (8 - n_pending));
    return seen > most;
}

bool rt_pack_bits(const void *samples, size_t n, uint32_t sample_bytes,
                  uint32_t bits, uint8_t *packed)
{
    if (sample_bytes == 1)
        return pack(samples, n, 1, bits, packed);
    if (sample_bytes == 2 && bits == 12)
        return pack(samples, n, 2, 12, packed);
    if (sample_bytes == 2)
        return pack(samples, n, 2, bits, packed);
    return pack(samples, n, 4, bits, packed);
}

void rt_pack_flags(const uint8_t *samples, size_t n, uint8_t *packed)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint32_t byte = 0;

        for (size_t k = 0; k < 8; k++)
            byte = byte << 1 | (samples[i + k] != 0);
        *packed++ = (uint8_t)byte;
    }
    if (i < n) {
        uint32_t byte = 0;

        for (size_t k = i; k < n; k++)
            byte |= (samples[k] != 0 ? 0x80U : 0U) >> (k - i);
        *packed = (uint8_t)byte;
    }
}

/* Drops the lowest bits of a number, of which there are 1 to 31. */
static uint32_t without(uint32_t number, uint32_t bits)
{
    const uint32_t kept = number >> bits;
    const uint32_t rest = number & ((1U << bits) - 1), half = 1U << (bits - 1);

    if (!RT_GDAL_ROUNDS_HALVES)
        return kept;
    return kept + (rest > half || (rest == half && kept % 2 == 1));
}

static uint16_t half_of(uint32_t word, bool *too_great)
{
    const uint32_t sign = word >> 16 & 0x8000U;
    const uint32_t exponent = word >> 23 & 0xFF;
    const uint32_t mantissa = word & 0x7FFFFF;

    if (exponent == 0xFF && mantissa != 0 && RT_GDAL_ROUNDS_HALVES)
        return (uint16_t)(sign | HALF_QUIET_NAN | mantissa >> 13);
    if (exponent == 0xFF && mantissa != 0)
        return (uint16_t)(sign |
                          (mantissa >> 13 != 0 ? HALF_INFINITY | mantissa >> 13
                                               : HALF_QUIET_NAN));
    if (exponent >= 143) {
        *too_great |= exponent != 0xFF && !RT_GDAL_ROUNDS_HALVES;
        return (uint16_t)(sign | HALF_INFINITY);
    }
    if (exponent > 112)
        return (uint16_t)(sign |
                          without((exponent - 112) << 23 | mantissa, 13));
    if (exponent > 94)
        return (uint16_t)(sign | without(mantissa | 0x800000, 126 - exponent));
    return (uint16_t)sign;
}

bool rt_pack_halves(const void *floats, size_t n, void *halves)
{
    const word32 *from = floats;
    word16 *to = halves;
    bool too_great = false;

    for (size_t i = 0; i < n; i++)
        to[i] = half_of(from[i], &too_great);
    return too_great;
}

static uint32_t word_of(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = half >> 10 & 0x1F;
    const uint32_t mantissa = half & 0x3FF;
    union {
        float value;
        uint32_t word;
    } smallest = {(float)mantissa * 0x1p-24F};

    if (exponent == 0)
        return sign | smallest.word;
    if (exponent == 0x1F)
        return sign | 0x7F800000 | mantissa << 13;
    return sign | (exponent + 112) << 23 | mantissa << 13;
}

void rt_round_to_halves(void *floats, size_t n)
{
    word32 *values = floats;
    bool too_great = false;

    for (size_t i = 0; i < n; i++)
        values[i] = word_of(half_of(values[i], &too_great));
}
