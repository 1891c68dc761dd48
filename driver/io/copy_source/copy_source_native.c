/* copy_source_native.c - a copy's pixels, read by libtiff or OpenJPEG, or from
 * the files of a mosaic.
 *
 * These deliver the type of the file. If the copy wants a longer one, they fill
 * the end of the caller's buffer, which is widened from its start.
 */
#include <string.h>

#include "core/base/min_max.h"
#include "io/copy_source/copy_source_internal.h"

/* With the slot's own reader, opened at its first read. */
static enum rt_status read_tiff(struct rt_copy_source *source,
                                const struct rt_copy_read *read,
                                const struct rt_window *window, void *pixels,
                                struct rt_error *err)
{
    struct rt_tiff_reader **reader = &source->slots[read->slot].reader;
    enum rt_status status = RT_OK;

    if (*reader == NULL)
        status = rt_tiff_reader_open(source->origins.tiff, reader, err);
    if (status == RT_OK)
        status = rt_tiff_reader_read(*reader, read->bands, read->n_planes,
                                     read->packed, window, pixels, err);
    return status;
}

/* Gives n_px pixels at the end of a buffer, of which they fill a part, the
 * type of the copy. A buffer of its own for each step: the pixels that are
 * written never reach those that are still to be read. */
static void widen(const struct rt_copy_source *source, void *pixels,
                  uint64_t n_px)
{
    const GDALDataType from = source->origins.native_type;
    const int from_bytes = GDALGetDataTypeSizeBytes(from);
    const int to_bytes = GDALGetDataTypeSizeBytes(source->type);
    const unsigned char *in =
        (unsigned char *)pixels + n_px * (uint64_t)(to_bytes - from_bytes);
    unsigned char *out = pixels;
    unsigned char step[4096];

    while (n_px > 0) {
        const uint64_t n =
            rt_min_u64(n_px, sizeof(step) / (uint64_t)from_bytes);

        memcpy(step, in, n * (uint64_t)from_bytes);
        GDALCopyWords64(step, from, from_bytes, out, source->type, to_bytes,
                        (GPtrDiff_t)n);
        in += n * (uint64_t)from_bytes;
        out += n * (uint64_t)to_bytes;
        n_px -= n;
    }
}

bool rt_copy_source_is_native(const struct rt_copy_source *source, bool masks)
{
    const struct rt_copy_origins *origins = &source->origins;
    const bool decodes = origins->tiff != NULL || origins->jp2 != NULL;

    return masks ? decodes && origins->masks_are_band
                 : decodes || origins->mosaic != NULL;
}

enum rt_status rt_copy_source_read_native(struct rt_copy_source *source,
                                          const struct rt_copy_read *read,
                                          void *pixels, struct rt_error *err)
{
    const struct rt_copy_origins *origins = &source->origins;
    const uint64_t n_px =
        rt_window_area(read->window) * (uint64_t)read->n_planes;
    const uint64_t more_bytes =
        (uint64_t)(GDALGetDataTypeSizeBytes(source->type) -
                   GDALGetDataTypeSizeBytes(origins->native_type));
    const struct rt_window window =
        rt_copy_origin_window(&origins->of[0], read->window);
    unsigned char *at = (unsigned char *)pixels + n_px * more_bytes;
    enum rt_status status;

    if (origins->tiff != NULL)
        status = read_tiff(source, read, &window, at, err);
    else if (origins->jp2 != NULL)
        status = rt_jp2_source_read_bands(origins->jp2, read->bands,
                                          read->n_planes, &window, at, err);
    else
        status = rt_mosaic_source_read_bands(origins->mosaic, read->bands,
                                             read->n_planes, &window, at, err);
    if (status == RT_OK && origins->native_type != source->type)
        widen(source, pixels, n_px);
    return status;
}
