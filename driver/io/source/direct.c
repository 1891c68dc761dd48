/* direct.c - see direct.h. Several first readers may inspect the file at the
 * same time; the first result serves all.
 */
#include "io/source/direct.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_error.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/remote.h"
#include "io/source/pixels.h"

/* Limits the table of blocks: 16 bytes a block, outside the budget. */
#define MAX_BLOCKS (INT64_C(1) << 16)

/* Pages that a reader keeps between reads. */
#define KEEP_BYTES (UINT64_C(4) << 20)

struct rt_source_direct {
    _Atomic(struct rt_tiff_source *) tiff; /* NULL: read through GDAL */
    atomic_bool is_known;
    atomic_bool given_up;
};

struct rt_source_direct *rt_source_direct_create(void)
{
    struct rt_source_direct *direct = malloc(sizeof(*direct));

    if (direct == NULL)
        return NULL;
    atomic_init(&direct->tiff, NULL);
    atomic_init(&direct->is_known, false);
    atomic_init(&direct->given_up, false);
    return direct;
}

void rt_source_direct_destroy(struct rt_source_direct *direct)
{
    if (direct == NULL)
        return;
    rt_tiff_source_close(atomic_load(&direct->tiff));
    free(direct);
}

void rt_source_direct_give_up(struct rt_source_direct *direct)
{
    atomic_store(&direct->given_up, true);
}

/* Excludes files that can be opened only once, and remote ones, which GDAL
 * fetches better. */
static bool may_be_read(const char *name, const struct rt_source_layers *all)
{
    const struct rt_grid *grid = &all->layers[0].grid;

    return strstr(name, "/vsistdin") == NULL && !rt_is_remote(name) &&
           (int64_t)grid->cols * grid->rows <= MAX_BLOCKS / all->n_bands;
}

static const struct rt_tiff_source *
find_tiff(struct rt_source_direct *direct, GDALDatasetH dataset,
          const char *name, CSLConstList options,
          const struct rt_source_layers *all)
{
    struct rt_tiff_source *found, *other = NULL;

    if (!atomic_load(&direct->is_known)) {
        found = may_be_read(name, all)
                    ? rt_tiff_source_open(dataset, name, options,
                                          rt_source_layers_bands(all, 0)->type)
                    : NULL;
        if (!atomic_compare_exchange_strong(&direct->tiff, &other, found))
            rt_tiff_source_close(found);
        else if (found != NULL)
            CPLDebug("RETILE", "%s: blocks are decoded by libtiff", name);
        atomic_store(&direct->is_known, true);
    }
    return atomic_load(&direct->tiff);
}

static bool read_tiff(const struct rt_tiff_source *tiff,
                      struct rt_tiff_reader **reader,
                      const struct rt_direct_read *read)
{
    int *bands = malloc((size_t)read->n_planes * sizeof(*bands));
    struct rt_error ignored;
    bool good = bands != NULL;

    for (int32_t i = 0; good && i < read->n_planes; i++)
        bands[i] = read->planes[i] + 1;
    if (good && *reader == NULL) {
        good = rt_tiff_reader_open(tiff, reader, &ignored) == RT_OK;
        if (good)
            rt_tiff_reader_keep(*reader, KEEP_BYTES);
    }
    good = good && rt_tiff_reader_read(*reader, bands, read->n_planes, false,
                                       read->window, read->pixels[0],
                                       &ignored) == RT_OK;
    free(bands);
    return good;
}

bool rt_source_direct_read(struct rt_source_direct *direct,
                           GDALDatasetH dataset, const char *name,
                           CSLConstList options, struct rt_tiff_reader **reader,
                           const struct rt_direct_read *read)
{
    const struct rt_tiff_source *tiff;
    struct rt_gdal_errors errors;
    bool good;

    if (read->layer != 0 || atomic_load(&direct->given_up) ||
        !rt_source_pixels_adjoin(read->all->layers, read->planes,
                                 read->n_planes, rt_window_area(read->window),
                                 read->pixels))
        return false;
    rt_gdal_errors_begin(&errors);
    tiff = find_tiff(direct, dataset, name, options, read->all);
    good = tiff != NULL && read_tiff(tiff, reader, read);
    if (!good) /* GDAL will give the same warnings */
        rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return good;
}
