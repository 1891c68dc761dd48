/* colors.c - see colors.h.
 *
 * Lines and fields are separated as gdaldem does it. When gdaldem computes the
 * range itself, it uses the exact range for the first percentage. For later
 * ones it uses the range from its statistics, which have fewer digits. We do
 * the same.
 */
#include "io/focal/colors.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/join_lines.h"

#define MAX_LINES (1 << 20)
#define MAX_COLUMNS 4096

struct rt_focal_colors {
    char *path; /* in memory */
    char *text; /* also the bytes of the file at path */
};

struct range {
    GDALRasterBandH band;
    bool known;
    double min, max; /* for the next percentage */
};

/* Rounds min and max as statistics in metadata do. */
static void pass_through_statistics(struct range *range)
{
    GDALDatasetH dataset =
        GDALCreate(GDALGetDriverByName("MEM"), "", 1, 1, 1, GDT_Byte, NULL);
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);

    GDALSetRasterStatistics(band, range->min, range->max, 0.0, 0.0);
    range->min = GDALGetRasterMinimum(band, NULL);
    range->max = GDALGetRasterMaximum(band, NULL);
    GDALClose(dataset);
}

static enum rt_status compute(struct range *range, struct rt_error *err)
{
    double both[2] = {0.0, 0.0};
    struct rt_gdal_errors errors;

    rt_gdal_errors_begin(&errors);
    GDALComputeRasterMinMax(range->band, FALSE, both);
    GDALFlushRasterCache(range->band);
    rt_gdal_errors_end(&errors);
    if (errors.count > 0)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "minimum and maximum, for colours by percentages, "
                            "cannot be computed: %s",
                            errors.told);
    range->min = both[0];
    range->max = both[1];
    return RT_OK;
}

/* Sets *height to the height at share of the range. */
static enum rt_status resolve(struct range *range, double share, double *height,
                              struct rt_error *err)
{
    enum rt_status status = RT_OK;
    int has_min = FALSE, has_max = FALSE;
    bool computed = false;

    if (!range->known) {
        range->min = GDALGetRasterMinimum(range->band, &has_min);
        range->max = GDALGetRasterMaximum(range->band, &has_max);
        computed = !has_min || !has_max;
    }
    if (computed)
        status = compute(range, err);
    *height = range->min + share * (range->max - range->min);
    if (computed && status == RT_OK)
        pass_through_statistics(range);
    range->known = true;
    return status;
}

/* Whether the first field of line is a percentage; sets its bounds. */
static bool find_percentage(const char *line, size_t *start, size_t *end)
{
    static const char gaps[] = " ,\t:";

    *start = strspn(line, gaps);
    *end = *start + strcspn(line + *start, gaps);
    return *end - *start > 1 && line[*start] != '#' && line[*start] != '/' &&
           line[*end - 1] == '%' &&
           line[*end + strspn(line + *end, gaps)] != '\0';
}

/* The line with its percentage resolved; the caller frees it. Percentages out
 * of range are left for GDAL to refuse. */
static enum rt_status resolve_line(const char *line, struct range *range,
                                   char **resolved, struct rt_error *err)
{
    size_t start, end;
    double share, height;
    enum rt_status status;

    *resolved = NULL;
    if (!find_percentage(line, &start, &end))
        return RT_OK;
    share = CPLAtof(line + start) / 100.0;
    if (share < 0.0 || share > 1.0)
        return RT_OK;
    status = resolve(range, share, &height, err);
    if (status == RT_OK)
        *resolved = CPLStrdup(CPLSPrintf("%.17g%s", height, line + end));
    return status;
}

static enum rt_status resolve_lines(char **lines, struct range *range,
                                    struct rt_error *err)
{
    enum rt_status status = RT_OK;
    bool is_gmt = false; /* such files have no percentages */

    for (; status == RT_OK && *lines != NULL; lines++) {
        char *resolved = NULL;

        is_gmt = is_gmt ||
                 ((*lines)[0] == '#' && strstr(*lines, "COLOR_MODEL") != NULL);
        if (!is_gmt)
            status = resolve_line(*lines, range, &resolved, err);
        if (resolved != NULL) {
            CPLFree(*lines);
            *lines = resolved;
        }
    }
    return status;
}

/* The file in memory uses the memory of text. */
static enum rt_status make(char *const *lines, struct rt_focal_colors **colors,
                           struct rt_error *err)
{
    static atomic_uint_least64_t numbers;
    struct rt_focal_colors *made = calloc(1, sizeof(*made));
    VSILFILE *file;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->text = rt_join_lines(lines);
    made->path = CPLStrdup(
        CPLSPrintf("/vsimem/.retile_colors_%llu.txt",
                   (unsigned long long)atomic_fetch_add(&numbers, 1)));
    file = VSIFileFromMemBuffer(made->path, (GByte *)made->text,
                                strlen(made->text), FALSE);
    if (file == NULL) {
        rt_focal_colors_free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    (void)VSIFCloseL(file);
    *colors = made;
    return RT_OK;
}

enum rt_status rt_focal_colors_read(const char *path, GDALRasterBandH band,
                                    struct rt_focal_colors **colors,
                                    struct rt_error *err)
{
    struct range range = {.band = band};
    struct rt_gdal_errors errors;
    VSIStatBufL stat;
    char **lines = NULL;
    enum rt_status status;

    rt_gdal_errors_begin(&errors);
    if (VSIStatL(path, &stat) == 0 && !VSI_ISDIR(stat.st_mode))
        lines = CSLLoad2(path, MAX_LINES, MAX_COLUMNS, NULL);
    rt_gdal_errors_end(&errors);
    if (lines == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the colour file '%s' cannot be read: %s", path,
                            rt_gdal_errors_text(&errors, "no such file, or "
                                                         "an empty one"));
    status = resolve_lines(lines, &range, err);
    if (status == RT_OK)
        status = make(lines, colors, err);
    CSLDestroy(lines);
    return status;
}

void rt_focal_colors_free(struct rt_focal_colors *colors)
{
    if (colors == NULL)
        return;
    (void)VSIUnlink(colors->path);
    CPLFree(colors->path);
    CPLFree(colors->text);
    free(colors);
}

const char *rt_focal_colors_path(const struct rt_focal_colors *colors)
{
    return colors->path;
}

const char *rt_focal_colors_text(const struct rt_focal_colors *colors)
{
    return colors->text;
}
