/* window.c - see window.h.
 *
 * In doubt a VRT is not a window, or not a plain one. It is then read through
 * GDAL's own code, which is slower but never wrong.
 */
#include "io/vrt/window.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "io/vrt/xml.h"

/* One source of a band. */
struct source {
    const CPLXMLNode *file; /* the element SourceFilename */
    char **open_options;    /* owned */
    int32_t x_px, y_px;
    bool plain;
    bool is_mask; /* band stands for its mask */
    int band;
};

/* Whether the source's rectangles keep the size and fill the VRT. */
static bool same_size(const CPLXMLNode *node,
                      const struct rt_vrt_window *window, struct source *source)
{
    const CPLXMLNode *from = CPLGetXMLNode((CPLXMLNode *)node, "SrcRect");
    const CPLXMLNode *to = CPLGetXMLNode((CPLXMLNode *)node, "DstRect");
    int32_t w_px, h_px, to_x_px, to_y_px;

    if (from == NULL && to == NULL) {
        source->x_px = source->y_px = 0;
        return true;
    }
    return from != NULL && to != NULL &&
           rt_vrt_whole_number(from, "xOff", &source->x_px) &&
           source->x_px >= 0 &&
           rt_vrt_whole_number(from, "yOff", &source->y_px) &&
           source->y_px >= 0 && rt_vrt_whole_number(from, "xSize", &w_px) &&
           w_px == window->w_px && rt_vrt_whole_number(from, "ySize", &h_px) &&
           h_px == window->h_px && rt_vrt_whole_number(to, "xOff", &to_x_px) &&
           to_x_px == 0 && rt_vrt_whole_number(to, "yOff", &to_y_px) &&
           to_y_px == 0 && rt_vrt_whole_number(to, "xSize", &w_px) &&
           w_px == window->w_px && rt_vrt_whole_number(to, "ySize", &h_px) &&
           h_px == window->h_px;
}

static void read_band_number(const CPLXMLNode *node, struct source *source)
{
    const char *text = CPLGetXMLValue(node, "SourceBand", "1");

    source->is_mask = STARTS_WITH_CI(text, "mask");
    if (!source->is_mask)
        source->band = atoi(text);
    else
        source->band = text[4] == ',' ? atoi(text + 5) : 1;
}

/* Reads the only source of a band, if it is a window. The caller then frees its
 * options. */
static bool read_source(const CPLXMLNode *band,
                        const struct rt_vrt_window *window,
                        struct source *source)
{
    const CPLXMLNode *node = NULL;

    for (const CPLXMLNode *child = band->psChild; child != NULL;
         child = child->psNext) {
        if (rt_vrt_is_source(child) && node != NULL)
            return false;
        if (rt_vrt_is_source(child))
            node = child;
    }
    if (node == NULL || CPLGetXMLValue(band, "subClass", NULL) != NULL)
        return false;
    source->plain = rt_vrt_is_element(node, "SimpleSource");
    if (!source->plain && !rt_vrt_is_element(node, "ComplexSource"))
        return false;
    source->file = CPLGetXMLNode((CPLXMLNode *)node, "SourceFilename");
    read_band_number(node, source);
    if (source->file == NULL || source->band < 1 ||
        !same_size(node, window, source))
        return false;
    source->open_options = rt_vrt_open_options(node);
    return true;
}

static bool same_options(CSLConstList a, CSLConstList b)
{
    const int n = CSLCount(a);

    if (n != CSLCount(b))
        return false;
    for (int i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

/* Takes the first band's source as the window's, and checks that the source of
 * every further band is the same window. */
static bool agree(struct rt_vrt_window *window, const struct source *source,
                  const char *folder)
{
    char *name = NULL;
    bool same;

    if (!rt_vrt_resolve(source->file, folder, &name))
        return false;
    if (window->name == NULL) {
        window->name = name;
        window->open_options = CSLDuplicate(source->open_options);
        window->x_px = source->x_px;
        window->y_px = source->y_px;
        return name[0] != '\0';
    }
    same = strcmp(name, window->name) == 0 && source->x_px == window->x_px &&
           source->y_px == window->y_px &&
           same_options(source->open_options, window->open_options);
    CPLFree(name);
    return same;
}

static bool add_band(struct rt_vrt_window *window, const CPLXMLNode *band,
                     const char *folder)
{
    struct source source = {0};
    bool ok = read_source(band, window, &source);

    ok = ok && !source.is_mask && agree(window, &source, folder);
    CSLDestroy(source.open_options);
    if (!ok)
        return false;
    window->plain &= source.plain && !rt_vrt_has_nbits(band);
    window->own_masks |= CPLGetXMLNode((CPLXMLNode *)band, "MaskBand") != NULL;
    window->bands = CPLRealloc(window->bands, ((size_t)window->n_bands + 1) *
                                                  sizeof(*window->bands));
    window->bands[window->n_bands++] = source.band;
    return true;
}

static void read_mask(struct rt_vrt_window *window, const CPLXMLNode *mask,
                      const char *folder)
{
    const CPLXMLNode *band = CPLGetXMLNode((CPLXMLNode *)mask, "VRTRasterBand");
    struct source source = {0};

    if (band != NULL && read_source(band, window, &source) && source.plain &&
        !rt_vrt_has_nbits(band) && agree(window, &source, folder))
        window->mask_band = source.is_mask ? source.band : -source.band;
    CSLDestroy(source.open_options);
}

static bool read_dataset(const CPLXMLNode *root, const char *folder,
                         struct rt_vrt_window *window)
{
    if (CPLGetXMLValue(root, "subClass", NULL) != NULL)
        return false;
    window->w_px = atoi(CPLGetXMLValue(root, "rasterXSize", "0"));
    window->h_px = atoi(CPLGetXMLValue(root, "rasterYSize", "0"));
    if (window->w_px <= 0 || window->h_px <= 0)
        return false;
    window->plain = true;
    for (const CPLXMLNode *node = root->psChild; node != NULL;
         node = node->psNext)
        if (rt_vrt_is_element(node, "VRTRasterBand") &&
            !add_band(window, node, folder))
            return false;
    for (const CPLXMLNode *node = root->psChild; node != NULL;
         node = node->psNext)
        if (rt_vrt_is_element(node, "MaskBand") && window->n_bands > 0) {
            window->own_masks = true;
            read_mask(window, node, folder);
        }
    return window->n_bands > 0;
}

bool rt_vrt_window_parse(const char *xml, const char *folder,
                         struct rt_vrt_window *window)
{
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    bool found;

    memset(window, 0, sizeof(*window));
    found = root != NULL && read_dataset(root, folder, window);
    CPLDestroyXMLNode(tree);
    if (!found)
        rt_vrt_window_free(window);
    return found;
}

void rt_vrt_window_free(struct rt_vrt_window *window)
{
    CPLFree(window->name);
    CSLDestroy(window->open_options);
    CPLFree(window->bands);
    memset(window, 0, sizeof(*window));
}

/* Whether all sources of a band are simple ones of the band of the same
 * number. */
static bool is_simple_band(const CPLXMLNode *band, int number)
{
    if (CPLGetXMLValue(band, "subClass", NULL) != NULL)
        return false;
    for (const CPLXMLNode *node = band->psChild; node != NULL;
         node = node->psNext) {
        struct source source = {0};

        if (!rt_vrt_is_source(node))
            continue;
        read_band_number(node, &source);
        if (!rt_vrt_is_element(node, "SimpleSource") || source.is_mask ||
            source.band != number)
            return false;
    }
    return true;
}

bool rt_vrt_reads_together(const char *xml)
{
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    bool together =
        root != NULL && CPLGetXMLValue(root, "subClass", NULL) == NULL;
    int number = 0;

    for (const CPLXMLNode *node = together ? root->psChild : NULL;
         together && node != NULL; node = node->psNext)
        if (rt_vrt_is_element(node, "VRTRasterBand"))
            together = is_simple_band(node, ++number);
    CPLDestroyXMLNode(tree);
    return together;
}
