/* operator.c - see operator.h.
 *
 * If a window is clipped at the raster's edge, GDAL sees the same edge. On its
 * other sides the outermost pixels are computed for nothing and left out.
 *
 * gdaldem uses no coordinates. It uses the size of pixels and, from GDAL 3.11
 * on, the latitude of the raster's centre and its units. So windows have the
 * raster's geotransform, no reference system, and an explicit scale.
 */
#include "io/focal/operator.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal_utils.h"
#include "io/dataset/gdal_errors.h"
#include "io/focal/colors.h"
#include "io/focal/scale.h"
#include "io/focal/words.h"

#define SAMPLE_PX 3

/* Fixed after create. */
struct rt_focal_operator {
    struct rt_focal_words words;
    struct rt_focal_colors *colors;    /* for color-relief, otherwise NULL */
    GDALDEMProcessingOptions *options; /* for windows */
    char *identity;
    GDALDatasetH sample;
    char *sample_path;
    /* The raster's properties. */
    GDALDataType type;
    bool has_transform;
    double transform[6];
    bool has_nodata;
    double nodata;
};

static enum rt_status choose_band(struct rt_focal_operator *op,
                                  GDALDatasetH dataset, struct rt_error *err)
{
    const int n_bands = GDALGetRasterCount(dataset);

    if (op->words.band == 0 && n_bands > 1)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: the source has %d bands; say which "
                            "one, such as -b 1",
                            op->words.text, n_bands);
    if (op->words.band == 0)
        op->words.band = 1;
    if (op->words.band > n_bands)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: the source has no band %d, but %d "
                            "band(s)",
                            op->words.text, op->words.band, n_bands);
    return RT_OK;
}

static void describe(struct rt_focal_operator *op, GDALDatasetH dataset,
                     GDALRasterBandH band)
{
    int has_nodata = FALSE;

    op->type = GDALGetRasterDataType(band);
    op->has_transform = GDALGetGeoTransform(dataset, op->transform) == CE_None;
    op->nodata = GDALGetRasterNoDataValue(band, &has_nodata);
    op->has_nodata = has_nodata != FALSE;
}

/* Makes a raster of the source's kind from pixels, which are only read. */
static GDALDatasetH wrap(const struct rt_focal_operator *op, int w_px, int h_px,
                         const void *pixels)
{
    GDALDatasetH dataset = GDALCreate(GDALGetDriverByName("MEM"), "", w_px,
                                      h_px, 0, op->type, NULL);
    char *item[] = {NULL, NULL};
    char place[64];

    if (dataset == NULL)
        return NULL;
    place[CPLPrintPointer(place, (void *)(uintptr_t)pixels,
                          (int)sizeof(place) - 1)] = '\0';
    item[0] = CPLStrdup(CPLSPrintf("DATAPOINTER=%s", place));
    if (GDALAddBand(dataset, op->type, item) != CE_None) {
        GDALClose(dataset);
        dataset = NULL;
    }
    CPLFree(item[0]);
    if (dataset == NULL)
        return NULL;
    /* If the source has no geotransform, GDAL's default for it is set. MEM's
     * own default would give other results: its lines go down to the south. */
    if (op->has_transform || rt_focal_words_is_scaled_mode(&op->words))
        GDALSetGeoTransform(dataset, (double *)(uintptr_t)op->transform);
    if (op->has_nodata)
        GDALSetRasterNoDataValue(GDALGetRasterBand(dataset, 1), op->nodata);
    return dataset;
}

/* Runs gdaldem on input and returns a dataset at path, or NULL. Errors are in
 * errors; GDAL reports some although it returns a result. */
static GDALDatasetH process(const struct rt_focal_operator *op,
                            const GDALDEMProcessingOptions *options,
                            const char *path, const char *color_path,
                            GDALDatasetH input,
                            const struct rt_gdal_errors *errors)
{
    GDALDatasetH result = GDALDEMProcessing(path, input, op->words.mode,
                                            color_path, options, NULL);

    if (result != NULL && errors->count > 0) {
        GDALClose(result);
        return NULL;
    }
    return result;
}

/* The words and additional options. The caller frees them with
 * GDALDEMProcessingOptionsFree. */
static enum rt_status options_for(const struct rt_focal_operator *op,
                                  const char *format, CSLConstList scale,
                                  GDALDEMProcessingOptions **options,
                                  struct rt_error *err)
{
    char **more = CSLAddString(CSLDuplicate(scale), "-of");
    enum rt_status status;

    more = CSLAddString(more, format);
    status = rt_focal_words_options(&op->words, more, options, err);
    CSLDestroy(more);
    return status;
}

/* A few pixels with the other properties of dataset. Its statistics satisfy
 * colours in percent, which do not matter here. */
static GDALDatasetH sample_input(const struct rt_focal_operator *op,
                                 GDALDatasetH dataset)
{
    static const unsigned char zeros[SAMPLE_PX * SAMPLE_PX * 16];
    GDALDatasetH input = wrap(op, SAMPLE_PX, SAMPLE_PX, zeros);

    if (input == NULL)
        return NULL;
    (void)GDALSetSpatialRef(input, GDALGetSpatialRef(dataset));
    (void)GDALSetRasterStatistics(GDALGetRasterBand(input, 1), 0.0, 1.0, 0.0,
                                  0.0);
    return input;
}

/* Lets gdaldem write a file, and opens it as its user would. */
static void write_sample(struct rt_focal_operator *op,
                         const GDALDEMProcessingOptions *options,
                         GDALDatasetH dataset,
                         const struct rt_gdal_errors *errors)
{
    static const char *const drivers[] = {"GTiff", NULL};
    static atomic_uint_least64_t numbers;
    GDALDatasetH input = sample_input(op, dataset);
    GDALDatasetH written;

    if (input == NULL)
        return;
    op->sample_path = CPLStrdup(
        CPLSPrintf("/vsimem/.retile_focal_%llu.tif",
                   (unsigned long long)atomic_fetch_add(&numbers, 1)));
    written = process(op, options, op->sample_path, op->words.color_path, input,
                      errors);
    if (written != NULL) {
        GDALClose(written);
        op->sample =
            GDALOpenEx(op->sample_path, GDAL_OF_RASTER, drivers, NULL, NULL);
    }
    GDALClose(input);
}

static enum rt_status make_sample(struct rt_focal_operator *op,
                                  GDALDatasetH dataset, CSLConstList scale,
                                  struct rt_error *err)
{
    GDALDEMProcessingOptions *options;
    struct rt_gdal_errors errors;
    const enum rt_status status =
        options_for(op, "GTiff", scale, &options, err);

    if (status != RT_OK)
        return status;
    rt_gdal_errors_begin(&errors);
    write_sample(op, options, dataset, &errors);
    rt_gdal_errors_end(&errors);
    GDALDEMProcessingOptionsFree(options);
    if (op->sample != NULL)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT, "FOCAL=%s: %s", op->words.text,
                        rt_gdal_errors_text(&errors, "gdaldem refuses this"));
}

static void write_identity(struct rt_focal_operator *op, CSLConstList scale)
{
    char **lines = CSLAddString(NULL, op->words.mode);
    char *joined;

    lines = CSLInsertStrings(lines, -1, (CSLConstList)op->words.options);
    lines = CSLInsertStrings(lines, -1, scale);
    lines = CSLAddString(lines, CPLSPrintf("band %d", op->words.band));
    if (op->colors != NULL)
        lines = CSLAddString(lines, rt_focal_colors_text(op->colors));
    joined = CPLStrdup("");
    for (int i = 0; lines[i] != NULL; i++) {
        char *longer = CPLMalloc(strlen(joined) + strlen(lines[i]) + 2);

        (void)strcat(strcat(strcpy(longer, joined), lines[i]), "\n");
        CPLFree(joined);
        joined = longer;
    }
    CSLDestroy(lines);
    op->identity = joined;
}

/* Sets everything that follows from the words and the raster. */
static enum rt_status init(struct rt_focal_operator *op, GDALDatasetH dataset,
                           struct rt_error *err)
{
    GDALRasterBandH band;
    char **scale = NULL;
    enum rt_status status = choose_band(op, dataset, err);

    if (status != RT_OK)
        return status;
    band = GDALGetRasterBand(dataset, op->words.band);
    describe(op, dataset, band);
    status = rt_focal_scale(&op->words, dataset, band, &scale, err);
    if (status == RT_OK)
        status = options_for(op, "MEM", scale, &op->options, err);
    /* The sample comes first, so that gdaldem reports errors in the colour
     * file. */
    if (status == RT_OK)
        status = make_sample(op, dataset, scale, err);
    if (status == RT_OK && op->words.color_path != NULL)
        status =
            rt_focal_colors_read(op->words.color_path, band, &op->colors, err);
    if (status == RT_OK)
        write_identity(op, scale);
    CSLDestroy(scale);
    return status;
}

enum rt_status rt_focal_operator_create(const char *text, GDALDatasetH dataset,
                                        struct rt_focal_operator **op,
                                        struct rt_error *err)
{
    struct rt_focal_operator *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_focal_words_parse(text, &made->words, err);
    if (status == RT_OK)
        status = init(made, dataset, err);
    if (status != RT_OK) {
        rt_focal_operator_destroy(made);
        return status;
    }
    *op = made;
    return RT_OK;
}

void rt_focal_operator_destroy(struct rt_focal_operator *op)
{
    if (op == NULL)
        return;
    if (op->sample != NULL)
        GDALClose(op->sample);
    if (op->sample_path != NULL)
        (void)VSIUnlink(op->sample_path);
    CPLFree(op->sample_path);
    CPLFree(op->identity);
    GDALDEMProcessingOptionsFree(op->options);
    rt_focal_colors_free(op->colors);
    rt_focal_words_free(&op->words);
    free(op);
}

int32_t rt_focal_operator_plane(const struct rt_focal_operator *op)
{
    return op->words.band - 1;
}

int32_t rt_focal_operator_halo(const struct rt_focal_operator *op)
{
    return rt_focal_words_is_relief(&op->words) ? 0 : 1;
}

const char *rt_focal_operator_identity(const struct rt_focal_operator *op)
{
    return op->identity;
}

GDALDatasetH rt_focal_operator_sample(const struct rt_focal_operator *op)
{
    return op->sample;
}

/* The band of result with the pixels of a plane, or of its mask. MEM has no
 * alpha band here; the last of four bands is one. */
static GDALRasterBandH wanted_band(GDALDatasetH result, int32_t plane,
                                   bool mask)
{
    const int n_bands = GDALGetRasterCount(result);
    GDALRasterBandH band = GDALGetRasterBand(result, plane + 1);

    if (!mask)
        return band;
    return n_bands == 4 && plane < 3 ? GDALGetRasterBand(result, n_bands)
                                     : GDALGetMaskBand(band);
}

static CPLErr copy_out(GDALDatasetH result,
                       const struct rt_window *input_window,
                       const struct rt_focal_request *request)
{
    const struct rt_window *window = &request->window;
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < request->n_planes; i++) {
        GDALRasterBandH band =
            wanted_band(result, request->planes[i], request->masks);

        failed = GDALRasterIO(band, GF_Read, window->x_px - input_window->x_px,
                              window->y_px - input_window->y_px, window->w_px,
                              window->h_px, request->pixels[i], window->w_px,
                              window->h_px, GDALGetRasterDataType(band), 0, 0);
    }
    return failed;
}

enum rt_status rt_focal_operator_run(const struct rt_focal_operator *op,
                                     const struct rt_window *input_window,
                                     const void *input,
                                     const struct rt_focal_request *request,
                                     struct rt_error *err)
{
    const char *color_path =
        op->colors != NULL ? rt_focal_colors_path(op->colors) : NULL;
    CPLErr failed = CE_Failure;
    struct rt_gdal_errors errors;
    GDALDatasetH wrapped, result = NULL;

    rt_gdal_errors_begin(&errors);
    wrapped = wrap(op, input_window->w_px, input_window->h_px, input);
    if (wrapped != NULL)
        result = process(op, op->options, "", color_path, wrapped, &errors);
    if (result != NULL) {
        failed = copy_out(result, input_window, request);
        GDALClose(result);
    }
    if (wrapped != NULL)
        GDALClose(wrapped);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    if (failed == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "FOCAL=%s: %s", op->words.text,
                        rt_gdal_errors_text(&errors, "cannot be computed"));
}
