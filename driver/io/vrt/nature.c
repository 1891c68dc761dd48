/* nature.c - see nature.h.
 *
 * A source that keeps its size is read in exactly the window's pixels, and each
 * pixel is passed on as it is. A source that changes its size is read in a
 * window of its own, rounded to whole pixels; pixels at its edges may come out
 * differently in each window.
 *
 * A pixel function that is not GDAL's own may be tied to the thread that calls
 * it: one in Python starts the interpreter, which ends with the main thread.
 */
#include "io/vrt/nature.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/gdal_versions.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/sources.h"
#include "io/vrt/xml.h"

#define MAX_DEPTH 8

static const struct rt_vrt_nature in_doubt = {true, true, true, true, true};
static const struct rt_vrt_nature plain;

static struct rt_vrt_nature of_name(const char *name, int depth);

static void add(struct rt_vrt_nature *nature, const struct rt_vrt_nature *other)
{
    nature->resamples |= other->resamples;
    nature->by_window |= other->by_window;
    nature->under_window |= other->under_window;
    nature->by_thread |= other->by_thread;
    nature->finer |= other->finer;
}

/* Whether GDAL shows only whole pixels of a source. A change of size then
 * repeats them, with the same result in any window. */
static bool repeats_pixels(const CPLXMLNode *source)
{
    const char *resampling = CPLGetXMLValue(source, "resampling", "nearest");

    return STARTS_WITH_CI(resampling, "near") &&
           (rt_vrt_is_element(source, "SimpleSource") ||
            rt_vrt_is_element(source, "ComplexSource"));
}

/* How many pixels each source pixel becomes along an axis. 0 if that is not a
 * whole number, or if the rectangles do not consist of whole pixels. */
static int32_t enlarged(const CPLXMLNode *from, const CPLXMLNode *to,
                        const char *offset, const char *size)
{
    int32_t ignored, a, b;

    if (!rt_vrt_whole_number(from, offset, &ignored) ||
        !rt_vrt_whole_number(to, offset, &ignored) ||
        !rt_vrt_whole_number(from, size, &a) ||
        !rt_vrt_whole_number(to, size, &b) || a <= 0 || b % a != 0)
        return 0;
    return b / a;
}

/* Whether the source's values are those of the dataset under it, or of a part
 * of them. */
static bool keeps_values(const CPLXMLNode *source)
{
    static const char *const changes[] = {
        "ScaleOffset", "ScaleRatio", "Exponent", "SrcMin", "LUT", NULL};

    for (int i = 0; changes[i] != NULL; i++)
        if (CPLGetXMLNode((CPLXMLNode *)source, changes[i]) != NULL)
            return false;
    return rt_vrt_is_element(source, "SimpleSource") ||
           rt_vrt_is_element(source, "ComplexSource");
}

/* Whether a band of a type may hand on values that the type cannot hold. In
 * doubt it may: not every VRT tells the types of its sources. */
static bool hands_on_finer(const CPLXMLNode *source, GDALDataType type)
{
    const GDALDataType from = GDALGetDataTypeByName(
        CPLGetXMLValue(source, "SourceProperties.DataType", ""));

    return RT_GDAL_VRT_HANDS_ON_FINER &&
           (from == GDT_Unknown || GDALDataTypeUnion(from, type) != type);
}

static struct rt_vrt_nature of_source(const CPLXMLNode *source,
                                      GDALDataType type)
{
    const CPLXMLNode *from = CPLGetXMLNode((CPLXMLNode *)source, "SrcRect");
    const CPLXMLNode *to = CPLGetXMLNode((CPLXMLNode *)source, "DstRect");
    struct rt_vrt_nature nature = plain;
    int32_t x, y;

    nature.finer = !keeps_values(source) || hands_on_finer(source, type);
    if (from == NULL && to == NULL)
        return nature;
    x = from != NULL && to != NULL ? enlarged(from, to, "xOff", "xSize") : 0;
    y = from != NULL && to != NULL ? enlarged(from, to, "yOff", "ySize") : 0;
    nature.resamples = x != 1 || y != 1;
    nature.by_window =
        nature.resamples && (x < 1 || y < 1 || !repeats_pixels(source));
    nature.finer |= nature.resamples && !repeats_pixels(source);
    return nature;
}

/* GDAL's own pixel functions, which any thread may call. */
static bool is_own_function(const char *name)
{
    static const char *const names[] = {"real",
                                        "imag",
                                        "complex",
                                        "polar",
                                        "mod",
                                        "phase",
                                        "conj",
                                        "sum",
                                        "diff",
                                        "mul",
                                        "div",
                                        "cmul",
                                        "inv",
                                        "intensity",
                                        "sqrt",
                                        "log10",
                                        "dB",
                                        "dB2amp",
                                        "dB2pow",
                                        "exp",
                                        "pow",
                                        "scale",
                                        "replace_nodata",
                                        "interpolate_linear",
                                        "interpolate_exp",
                                        "norm_diff",
                                        "min",
                                        "max",
                                        "mean",
                                        "median",
                                        "mode",
                                        "argmin",
                                        "argmax",
                                        "geometric_mean",
                                        "harmonic_mean",
                                        NULL};

    return rt_gdal_in_list(name, names);
}

static bool is_foreign_band(const CPLXMLNode *band)
{
    const char *function = CPLGetXMLValue(band, "PixelFunctionType", NULL);

    return function != NULL &&
           (!EQUAL(CPLGetXMLValue(band, "PixelFunctionLanguage", "C"), "C") ||
            !is_own_function(function));
}

static GDALDataType type_of(const CPLXMLNode *band)
{
    return GDALGetDataTypeByName(CPLGetXMLValue(band, "dataType", "Byte"));
}

/* Looks at the elements themselves, but not at the datasets that they name.
 * type: of the band around them. */
static void look_at(const CPLXMLNode *node, GDALDataType type,
                    struct rt_vrt_nature *nature)
{
    for (; node != NULL; node = node->psNext) {
        const bool is_band = rt_vrt_is_element(node, "VRTRasterBand");

        if (rt_vrt_is_source(node)) {
            const struct rt_vrt_nature its = of_source(node, type);

            add(nature, &its);
        }
        if (is_band && is_foreign_band(node))
            nature->by_thread = true;
        if (rt_vrt_is_element(node, "PixelFunctionType"))
            nature->finer = true;
        if (rt_vrt_is_element(node, "PansharpeningOptions"))
            nature->resamples = nature->by_window = nature->finer = true;
        look_at(node->psChild, is_band ? type_of(node) : type, nature);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Looks at the datasets under it, each name once. */
static void look_under(char **names, int depth, struct rt_vrt_nature *nature)
{
    const int n = CSLCount((CSLConstList)names);

    if (n > 0)
        qsort(names, (size_t)n, sizeof(*names), compare);
    for (int i = 0; i < n; i++) {
        if (i == 0 || strcmp(names[i], names[i - 1]) != 0) {
            const struct rt_vrt_nature under = of_name(names[i], depth + 1);

            add(nature, &under);
        }
    }
}

static struct rt_vrt_nature of_xml(const char *xml, const char *folder,
                                   int depth)
{
    struct rt_vrt_nature nature = plain;
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    char **names;
    bool warps;

    if (root == NULL || depth > MAX_DEPTH) {
        CPLDestroyXMLNode(tree);
        return in_doubt;
    }
    warps = CPLGetXMLNode(root, "GDALWarpOptions") != NULL;
    look_at(root->psChild, GDT_Byte, &nature);
    CPLDestroyXMLNode(tree);
    names = rt_vrt_source_names(xml, folder);
    look_under(names, depth, &nature);
    CSLDestroy(names);
    if (warps) {
        nature.under_window |= nature.by_window;
        nature.by_window = false;
        nature.finer = false; /* it computes blocks of its type */
    }
    return nature;
}

/* The nature of the dataset that a view shows. */
static struct rt_vrt_nature of_view(GDALDatasetH view, int depth)
{
    CSLConstList items = GDALGetMetadata(view, "RETILE");
    const char *source = CSLFetchNameValue(items, "SOURCE");
    struct rt_vrt_nature nature = in_doubt;

    if (source != NULL)
        nature = of_name(source, depth + 1);
    nature.finer = false; /* a view has blocks of its type */
    return nature;
}

static struct rt_vrt_nature of_descriptor(const char *name, int depth)
{
    GDALDatasetH view = rt_gdal_open(name, NULL, NULL);
    struct rt_vrt_nature nature = plain;

    if (view != NULL) {
        nature = of_view(view, depth);
        GDALClose(view);
    }
    return nature;
}

static struct rt_vrt_nature of_connection(const char *name, int depth)
{
    const char *query = strchr(name, '?');
    char *path = rt_vrt_connection_path(name);
    struct rt_vrt_nature nature;

    nature = of_name(path, depth + 1);
    if (query != NULL && strstr(query, "outsize") != NULL)
        nature.resamples = nature.by_window = nature.finer = true;
    if (query != NULL &&
        (strstr(query, "scale") != NULL || strstr(query, "exponent") != NULL ||
         (RT_GDAL_VRT_HANDS_ON_FINER && strstr(query, "ot=") != NULL)))
        nature.finer = true;
    CPLFree(path);
    return nature;
}

static struct rt_vrt_nature of_name(const char *name, int depth)
{
    struct rt_vrt_nature nature = plain;
    char *text;

    if (depth > MAX_DEPTH || name[0] == '\0')
        return in_doubt;
    if (strncmp(name, RT_COPY_VIEW_PREFIX, sizeof(RT_COPY_VIEW_PREFIX) - 1) ==
        0)
        return nature;
    if (STARTS_WITH_CI(name, "RETILE:")) {
        nature = of_name(name + sizeof("RETILE:") - 1, depth + 1);
        nature.finer = false;
        return nature;
    }
    if (STARTS_WITH_CI(name, "vrt://"))
        return of_connection(name, depth);
    if (strstr(name, "<VRTDataset") != NULL)
        return of_xml(name, "", depth);
    if (EQUAL(CPLGetExtension(name), "retile") || name[0] == '{')
        return of_descriptor(name, depth);
    text = rt_vrt_text_of_file(name);
    if (text != NULL)
        nature = of_xml(text, CPLGetPath(name), depth);
    CPLFree(text);
    return nature;
}

struct rt_vrt_nature rt_vrt_nature_of_name(const char *name)
{
    struct rt_gdal_errors errors;
    struct rt_vrt_nature nature;

    rt_gdal_errors_begin(&errors);
    nature = of_name(name, 0);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return nature;
}

struct rt_vrt_nature rt_vrt_nature_of_xml(const char *xml, const char *folder)
{
    struct rt_gdal_errors errors;
    struct rt_vrt_nature nature;

    rt_gdal_errors_begin(&errors);
    nature = of_xml(xml, folder, 0);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return nature;
}

struct rt_vrt_nature rt_vrt_nature_of(GDALDatasetH dataset,
                                      CSLConstList open_options)
{
    static const char *const views[] = {"RETILE", NULL};
    struct rt_vrt_nature nature = plain;
    char *folder = NULL;
    char *xml = rt_vrt_xml(dataset, open_options, &folder);

    if (xml != NULL)
        nature = rt_vrt_nature_of_xml(xml, folder);
    else if (rt_gdal_in_list(rt_gdal_driver_name(dataset), views))
        nature = of_view(dataset, 0);
    CPLFree(xml);
    CPLFree(folder);
    return nature;
}
