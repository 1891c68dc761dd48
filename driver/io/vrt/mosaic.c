/* mosaic.c - see mosaic.h.
 *
 * In doubt a VRT is not a mosaic. It is then read through GDAL's own code.
 *
 * GDAL compares nodata values of sources in 32-bit floats and with a tolerance;
 * for integers of up to 16 bits that is the same as comparing the integers.
 */
#include "io/vrt/mosaic.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_hash_set.h"
#include "cpl_string.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/xml.h"

#define MAX_BANDS 65536

/* What the parser has found. Arrays grow in powers of two. */
struct parser {
    struct rt_mosaic *mosaic;
    const char *folder;
    CPLHashSet *names; /* of struct name, to find a file that is named again */
};

struct name {
    char *text; /* name and options of the file */
    int32_t file;
};

static unsigned long hash_name(const void *name)
{
    return CPLHashSetHashStr(((const struct name *)name)->text);
}

static int equal_names(const void *a, const void *b)
{
    return strcmp(((const struct name *)a)->text,
                  ((const struct name *)b)->text) == 0;
}

static void free_name(void *name)
{
    CPLFree(((struct name *)name)->text);
    CPLFree(name);
}

/* Makes place for one more item in an array of n. */
static void *grown(void *items, size_t n, size_t item_bytes)
{
    return (n & (n - 1)) == 0
               ? CPLRealloc(items, (n == 0 ? 1 : 2 * n) * item_bytes)
               : items;
}

/* The text that two names of one file share. */
static char *text_of(const char *name, CSLConstList options)
{
    char *joined = NULL, *text;
    size_t bytes = strlen(name) + 1;

    for (int i = 0; options != NULL && options[i] != NULL; i++)
        bytes += strlen(options[i]) + 1;
    joined = text = CPLMalloc(bytes);
    text += strlen(strcpy(text, name));
    for (int i = 0; options != NULL && options[i] != NULL; i++) {
        *text++ = '\n';
        text += strlen(strcpy(text, options[i]));
    }
    return joined;
}

/* The file that a source names. -1 if only GDAL can interpret the name. */
static int32_t file_of(struct parser *parser, const CPLXMLNode *source)
{
    struct rt_mosaic *mosaic = parser->mosaic;
    const CPLXMLNode *file =
        CPLGetXMLNode((CPLXMLNode *)source, "SourceFilename");
    struct rt_mosaic_file new_file = {NULL, NULL};
    struct name wanted, *found;

    if (file == NULL || !rt_vrt_resolve(file, parser->folder, &new_file.name))
        return -1;
    new_file.options = rt_vrt_open_options(source);
    wanted.text = text_of(new_file.name, (CSLConstList)new_file.options);
    found = CPLHashSetLookup(parser->names, &wanted);
    if (found != NULL || new_file.name[0] == '\0') {
        CPLFree(wanted.text);
        CPLFree(new_file.name);
        CSLDestroy(new_file.options);
        return found != NULL ? found->file : -1;
    }
    mosaic->files =
        grown(mosaic->files, (size_t)mosaic->n_files, sizeof(*mosaic->files));
    mosaic->files[mosaic->n_files] = new_file;
    found = CPLMalloc(sizeof(*found));
    found->text = wanted.text;
    found->file = mosaic->n_files++;
    CPLHashSetInsert(parser->names, found);
    return found->file;
}

/* Whether a source has one of the elements that change pixels or the order in
 * which they are looked up. */
static bool computes(const CPLXMLNode *source)
{
    static const char *const known[] = {
        "SourceFilename", "SourceBand", "SourceProperties", "OpenOptions",
        "SrcRect",        "DstRect",    "NODATA",           NULL};

    for (const CPLXMLNode *node = source->psChild; node != NULL;
         node = node->psNext) {
        bool is_known = node->eType != CXT_Element;

        if (node->eType == CXT_Attribute)
            is_known = EQUAL(node->pszValue, "resampling") ||
                       EQUAL(node->pszValue, "name");
        for (int i = 0; !is_known && known[i] != NULL; i++)
            is_known = EQUAL(node->pszValue, known[i]);
        if (!is_known)
            return true;
    }
    return false;
}

static bool read_rects(const CPLXMLNode *source, struct rt_mosaic_part *part)
{
    const CPLXMLNode *from = CPLGetXMLNode((CPLXMLNode *)source, "SrcRect");
    const CPLXMLNode *to = CPLGetXMLNode((CPLXMLNode *)source, "DstRect");
    int32_t w_px, h_px;

    return from != NULL && to != NULL &&
           rt_vrt_whole_number(from, "xOff", &part->x_px) &&
           rt_vrt_whole_number(from, "yOff", &part->y_px) &&
           rt_vrt_whole_number(from, "xSize", &w_px) &&
           rt_vrt_whole_number(from, "ySize", &h_px) &&
           rt_vrt_whole_number(to, "xOff", &part->shown.x_px) &&
           rt_vrt_whole_number(to, "yOff", &part->shown.y_px) &&
           rt_vrt_whole_number(to, "xSize", &part->shown.w_px) &&
           rt_vrt_whole_number(to, "ySize", &part->shown.h_px) && w_px > 0 &&
           h_px > 0 && w_px == part->shown.w_px && h_px == part->shown.h_px &&
           part->x_px >= 0 && part->y_px >= 0 &&
           part->x_px <= INT32_MAX - w_px && part->y_px <= INT32_MAX - h_px &&
           part->shown.x_px <= INT32_MAX - w_px &&
           part->shown.y_px <= INT32_MAX - h_px;
}

static bool is_small_integer(GDALDataType type)
{
    return type == GDT_Byte || type == GDT_UInt16 || type == GDT_Int16;
}

/* The index of a value among the nodata values. */
static int32_t nodata_index(struct rt_mosaic *mosaic, double value)
{
    for (int32_t i = 0; i < mosaic->n_nodata; i++)
        if (mosaic->nodata[i] == value)
            return i;
    mosaic->nodata = grown(mosaic->nodata, (size_t)mosaic->n_nodata,
                           sizeof(*mosaic->nodata));
    mosaic->nodata[mosaic->n_nodata] = value;
    return mosaic->n_nodata++;
}

/* Whether the nodata value of a source in a band of type is understood. */
static bool read_nodata(struct parser *parser, const CPLXMLNode *source,
                        GDALDataType type, struct rt_mosaic_part *part)
{
    const char *text = CPLGetXMLValue(source, "NODATA", NULL);
    int32_t ignored;

    part->nodata = -1;
    if (rt_vrt_is_element(source, "SimpleSource"))
        return text == NULL;
    if (!rt_vrt_is_element(source, "ComplexSource") || !is_small_integer(type))
        return false;
    if (text == NULL)
        return true;
    if (!rt_vrt_whole_number(source, "NODATA", &ignored))
        return false;
    part->nodata = nodata_index(parser->mosaic, CPLAtof(text));
    return true;
}

static bool add_part(struct parser *parser, const CPLXMLNode *source,
                     GDALDataType type, struct rt_mosaic_layer *layer)
{
    const char *band = CPLGetXMLValue(source, "SourceBand", "1");
    struct rt_mosaic_part part;

    if (computes(source) || !read_nodata(parser, source, type, &part) ||
        !read_rects(source, &part) || atoi(band) < 1)
        return false;
    part.file = file_of(parser, source);
    if (part.file < 0)
        return false;
    layer->bands = grown(layer->bands, layer->n_parts, sizeof(*layer->bands));
    layer->bands[layer->n_parts] = atoi(band);
    layer->parts = grown(layer->parts, layer->n_parts, sizeof(*layer->parts));
    layer->parts[layer->n_parts++] = part;
    return true;
}

/* Whether a band shows its sources' pixels as they are, without masks. */
static bool is_plain_band(const CPLXMLNode *band)
{
    return CPLGetXMLValue(band, "subClass", NULL) == NULL &&
           CPLGetXMLNode((CPLXMLNode *)band, "MaskBand") == NULL &&
           !rt_vrt_has_nbits(band);
}

static bool read_fill(const CPLXMLNode *band, GDALDataType type, double *fill)
{
    const char *text = CPLGetXMLValue(band, "NoDataValue", NULL);

    *fill = text != NULL ? CPLAtof(text) : 0;
    return text == NULL || !(type == GDT_Int64 || type == GDT_UInt64);
}

/* Reads the parts of one band into a layer of its own. */
static bool add_band(struct parser *parser, const CPLXMLNode *band)
{
    struct rt_mosaic *mosaic = parser->mosaic;
    const int32_t n = mosaic->n_bands;
    const GDALDataType type =
        GDALGetDataTypeByName(CPLGetXMLValue(band, "dataType", "Byte"));
    struct rt_mosaic_layer *layer;

    mosaic->types = grown(mosaic->types, (size_t)n, sizeof(*mosaic->types));
    mosaic->fills = grown(mosaic->fills, (size_t)n, sizeof(*mosaic->fills));
    mosaic->layers = grown(mosaic->layers, (size_t)n, sizeof(*mosaic->layers));
    layer = &mosaic->layers[n];
    memset(layer, 0, sizeof(*layer));
    layer->first_band = n;
    layer->n_bands = 1;
    mosaic->types[n] = type;
    mosaic->n_layers++;
    mosaic->n_bands++;
    if (type == GDT_Unknown || n >= MAX_BANDS || !is_plain_band(band) ||
        !read_fill(band, type, &mosaic->fills[n]))
        return false;
    for (const CPLXMLNode *node = band->psChild; node != NULL;
         node = node->psNext)
        if (rt_vrt_is_source(node) && !add_part(parser, node, type, layer))
            return false;
    return true;
}

static bool same_parts(const struct rt_mosaic_layer *a,
                       const struct rt_mosaic_layer *b)
{
    if (a->n_parts != b->n_parts)
        return false;
    for (size_t i = 0; i < a->n_parts; i++) {
        const struct rt_mosaic_part *one = &a->parts[i], *other = &b->parts[i];

        if (one->file != other->file || one->x_px != other->x_px ||
            one->y_px != other->y_px || one->nodata != other->nodata ||
            memcmp(&one->shown, &other->shown, sizeof(one->shown)) != 0)
            return false;
    }
    return true;
}

/* Whether two bands of the mosaic show the same band of some file. */
static bool shares_a_band(const struct rt_mosaic_layer *a,
                          const struct rt_mosaic_layer *b)
{
    for (size_t i = 0; i < a->n_parts; i++)
        if (a->bands[i] == b->bands[i])
            return true;
    return false;
}

/* Whether all bands can be read together. */
static bool can_join(const struct rt_mosaic *mosaic)
{
    for (int32_t i = 1; i < mosaic->n_layers; i++) {
        if (!same_parts(&mosaic->layers[0], &mosaic->layers[i]))
            return false;
        for (int32_t j = 0; j < i; j++)
            if (shares_a_band(&mosaic->layers[i], &mosaic->layers[j]))
                return false;
    }
    return true;
}

/* Joins the layers of all bands if they have the same parts. */
static void join(struct rt_mosaic *mosaic)
{
    struct rt_mosaic_layer *first = &mosaic->layers[0];
    const size_t n = (size_t)mosaic->n_bands;
    int32_t *bands;

    if (!can_join(mosaic))
        return;
    if (n == 1 || first->n_parts == 0)
        return;
    bands = CPLMalloc(first->n_parts * n * sizeof(*bands));
    for (size_t band = 0; band < n; band++)
        for (size_t i = 0; i < first->n_parts; i++)
            bands[i * n + band] = mosaic->layers[band].bands[i];
    for (int32_t i = 0; i < mosaic->n_layers; i++) {
        CPLFree(mosaic->layers[i].bands);
        if (i > 0)
            CPLFree(mosaic->layers[i].parts);
    }
    first->bands = bands;
    first->n_bands = mosaic->n_bands;
    mosaic->n_layers = 1;
}

static bool read_dataset(struct parser *parser, const CPLXMLNode *root)
{
    struct rt_mosaic *mosaic = parser->mosaic;

    if (CPLGetXMLValue(root, "subClass", NULL) != NULL)
        return false;
    mosaic->w_px = atoi(CPLGetXMLValue(root, "rasterXSize", "0"));
    mosaic->h_px = atoi(CPLGetXMLValue(root, "rasterYSize", "0"));
    if (mosaic->w_px <= 0 || mosaic->h_px <= 0)
        return false;
    for (const CPLXMLNode *node = root->psChild; node != NULL;
         node = node->psNext) {
        if (rt_vrt_is_element(node, "MaskBand"))
            return false;
        if (rt_vrt_is_element(node, "VRTRasterBand") && !add_band(parser, node))
            return false;
    }
    return mosaic->n_bands > 0 && mosaic->n_files > 0;
}

struct rt_mosaic *rt_mosaic_parse(const char *xml, const char *folder)
{
    struct parser parser = {CPLCalloc(1, sizeof(struct rt_mosaic)), folder,
                            CPLHashSetNew(hash_name, equal_names, free_name)};
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    const bool found = root != NULL && read_dataset(&parser, root);

    CPLDestroyXMLNode(tree);
    CPLHashSetDestroy(parser.names);
    if (found) {
        join(parser.mosaic);
        return parser.mosaic;
    }
    rt_mosaic_free(parser.mosaic);
    return NULL;
}

struct rt_mosaic *rt_mosaic_of(GDALDatasetH vrt, CSLConstList open_options,
                               GDALDataType type,
                               const struct rt_vrt_nature *nature)
{
    const int derived = GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA;
    struct rt_mosaic *mosaic;
    char *folder = NULL, *xml;

    if (nature->by_window || nature->under_window || nature->by_thread ||
        (GDALGetMaskFlags(GDALGetRasterBand(vrt, 1)) & derived) == 0)
        return NULL;
    for (int i = 1; i <= GDALGetRasterCount(vrt); i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(vrt, i)) != type)
            return NULL;
    xml = rt_vrt_xml(vrt, open_options, &folder);
    mosaic = xml != NULL ? rt_mosaic_parse(xml, folder) : NULL;
    CPLFree(xml);
    CPLFree(folder);
    return mosaic;
}

void rt_mosaic_free(struct rt_mosaic *mosaic)
{
    if (mosaic == NULL)
        return;
    for (int32_t i = 0; i < mosaic->n_layers; i++) {
        CPLFree(mosaic->layers[i].parts);
        CPLFree(mosaic->layers[i].bands);
    }
    for (int32_t i = 0; i < mosaic->n_files; i++) {
        CPLFree(mosaic->files[i].name);
        CSLDestroy(mosaic->files[i].options);
    }
    CPLFree(mosaic->layers);
    CPLFree(mosaic->files);
    CPLFree(mosaic->types);
    CPLFree(mosaic->fills);
    CPLFree(mosaic->nodata);
    CPLFree(mosaic);
}
