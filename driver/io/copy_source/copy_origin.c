/* copy_origin.c - see copy_origin.h. */
#include "io/copy_source/copy_origin.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

void rt_copy_origin_set(struct rt_copy_origin *origin, const char *name,
                        CSLConstList options)
{
    CPLFree(origin->name);
    CSLDestroy(origin->options);
    origin->name = CPLStrdup(name);
    origin->options = CSLDuplicate(options);
}

struct rt_window rt_copy_origin_window(const struct rt_copy_origin *origin,
                                       const struct rt_window *window)
{
    const struct rt_window moved = {window->x_px + origin->x_px,
                                    window->y_px + origin->y_px, window->w_px,
                                    window->h_px};

    return moved;
}

int *rt_copy_origin_bands(const struct rt_copy_origin *origin, int32_t n_planes)
{
    int *bands = CPLMalloc((size_t)n_planes * sizeof(*bands));

    for (int32_t i = 0; i < n_planes; i++)
        bands[i] = origin->bands != NULL ? origin->bands[i] : i + 1;
    return bands;
}

void rt_copy_origins_free(struct rt_copy_origins *origins)
{
    rt_mosaic_source_destroy(origins->mosaic);
    rt_tiff_source_close(origins->tiff);
    rt_jp2_source_close(origins->jp2);
    for (int i = 0; i < 2; i++) {
        CPLFree(origins->of[i].name);
        CSLDestroy(origins->of[i].options);
        CPLFree(origins->of[i].bands);
    }
    memset(origins, 0, sizeof(*origins));
}
