/* samples.h - converts OpenJPEG's samples into the pixels that GDAL's driver
 * shows.
 *
 * Pure arithmetic.
 */
#ifndef RETILE_IO_JP2_SAMPLES_H
#define RETILE_IO_JP2_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the functions here can write pixels of type. */
bool rt_jp2_samples_has(GDALDataType type);

/* Writes n samples, each times factor, as pixels of type. Values out of the
 * type's range are clamped. */
void rt_jp2_samples_put(const int32_t *samples, size_t n, int32_t factor,
                        GDALDataType type, void *pixels);

/* Writes n bytes of a row of one band of RGB (0 to 2), from pixel first on,
 * computed from rows of luminance and of colour differences, which have half as
 * many samples. */
void rt_jp2_samples_rgb(const int32_t *y, const int32_t *cb, const int32_t *cr,
                        size_t first, size_t n, int band, uint8_t *pixels);

#ifdef __cplusplus
}
#endif
#endif
