/* pack.c - see pack.h.
 *
 * A chunk passes through two buffers of a chunk's size. The result is never
 * longer than the chunk: one that does not shrink is moved down unchanged. So
 * writing never overtakes reading.
 */
#include "core/cache/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define LEVEL 1

uint64_t rt_pack_chunks(uint64_t bytes)
{
    return bytes == 0 ? 1 : (bytes - 1) / RT_PACK_CHUNK_BYTES + 1;
}

static size_t chunk_length(uint64_t at, uint64_t bytes)
{
    const uint64_t left = bytes - at;

    return (size_t)(left < RT_PACK_CHUNK_BYTES ? left : RT_PACK_CHUNK_BYTES);
}

/* Samples have n_planes bytes each. Bytes after the last whole sample are
 * copied unchanged. */
static void predict(const unsigned char *from, size_t n, size_t n_planes,
                    unsigned char *to)
{
    const size_t n_samples = n / n_planes;

    for (size_t plane = 0; plane < n_planes; plane++) {
        unsigned char before = 0;

        for (size_t i = 0; i < n_samples; i++) {
            const unsigned char byte = from[i * n_planes + plane];

            *to++ = (unsigned char)(byte - before);
            before = byte;
        }
    }
    memcpy(to, from + n_samples * n_planes, n % n_planes);
}

static void restore(const unsigned char *from, size_t n, size_t n_planes,
                    unsigned char *to)
{
    const size_t n_samples = n / n_planes;

    for (size_t plane = 0; plane < n_planes; plane++) {
        unsigned char before = 0;

        for (size_t i = 0; i < n_samples; i++) {
            before = (unsigned char)(before + *from++);
            to[i * n_planes + plane] = before;
        }
    }
    memcpy(to + n_samples * n_planes, from, n % n_planes);
}

static size_t planes_of(uint32_t px_bytes)
{
    return px_bytes == 0 ? 1 : px_bytes;
}

/* Packs one chunk to target. target may overlap it from below. */
static size_t pack_chunk(ZSTD_CCtx *codec, const unsigned char *chunk, size_t n,
                         size_t n_planes, unsigned char *scratch,
                         unsigned char *target)
{
    unsigned char *packed = scratch + RT_PACK_CHUNK_BYTES;
    size_t n_packed;

    predict(chunk, n, n_planes, scratch);
    n_packed = ZSTD_compressCCtx(codec, packed, n - 1, scratch, n, LEVEL);
    if (ZSTD_isError(n_packed)) {
        memmove(target, chunk, n);
        return n;
    }
    memcpy(target, packed, n_packed);
    return n_packed;
}

bool rt_pack(void *pixels, uint64_t bytes, uint32_t px_bytes,
             uint32_t *chunk_bytes, uint64_t *packed_bytes)
{
    const uint64_t most = bytes / 4 * 3;
    unsigned char *scratch = malloc(2 * RT_PACK_CHUNK_BYTES);
    ZSTD_CCtx *codec = ZSTD_createCCtx();
    uint64_t packed = 0;
    bool small = scratch != NULL && codec != NULL && bytes > 0;

    for (uint64_t at = 0; small && at < bytes; at += RT_PACK_CHUNK_BYTES) {
        const size_t n = pack_chunk(
            codec, (unsigned char *)pixels + at, chunk_length(at, bytes),
            planes_of(px_bytes), scratch, (unsigned char *)pixels + packed);

        *chunk_bytes++ = (uint32_t)n;
        packed += n;
        small = packed <= most;
    }
    ZSTD_freeCCtx(codec);
    free(scratch);
    *packed_bytes = packed;
    return small;
}

static bool unpack_chunk(ZSTD_DCtx *codec, const unsigned char *packed,
                         size_t n_packed, size_t n_planes,
                         unsigned char *scratch, unsigned char *chunk, size_t n)
{
    if (n_packed == n) {
        memcpy(chunk, packed, n);
        return true;
    }
    if (ZSTD_decompressDCtx(codec, scratch, n, packed, n_packed) != n)
        return false;
    restore(scratch, n, n_planes, chunk);
    return true;
}

bool rt_unpack(const void *packed, const uint32_t *chunk_bytes, void *pixels,
               uint64_t bytes, uint32_t px_bytes)
{
    const unsigned char *from = packed;
    unsigned char *scratch = malloc(RT_PACK_CHUNK_BYTES);
    ZSTD_DCtx *codec = ZSTD_createDCtx();
    bool good = scratch != NULL && codec != NULL;

    for (uint64_t at = 0; good && at < bytes; at += RT_PACK_CHUNK_BYTES) {
        good = unpack_chunk(codec, from, *chunk_bytes, planes_of(px_bytes),
                            scratch, (unsigned char *)pixels + at,
                            chunk_length(at, bytes));
        from += *chunk_bytes++;
    }
    ZSTD_freeDCtx(codec);
    free(scratch);
    return good;
}
