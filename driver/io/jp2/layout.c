/* layout.c - how GDAL's driver shows a JPEG 2000 file, and whether OpenJPEG
 * decodes the same pixels.
 *
 * GDAL decodes whole tiles, or 1024x1024 pixels of a one-tile image. With the
 * irreversible wavelet (9/7) a window's edge can change the last bit of samples
 * next to it: in each subband OpenJPEG decodes code-blocks up to three samples
 * beyond the window, but the wavelet needs four. If the window's edges are
 * multiples of four in every subband, and the code-blocks' are too, the fourth
 * sample lies in the same block as the third, and nothing is missing.
 */
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/remote.h"
#include "io/jp2/samples.h"
#include "io/jp2/source_internal.h"

#define MARGIN_PX 4
/* GDAL decodes images up to this size as a whole. */
#define GDAL_WHOLE_PX 1024
/* One decoder may take this fraction (1/2) of the usable RAM. */
#define RAM_SHARE 2

static enum rt_status refuse(struct rt_error *err, const char *reason)
{
    return rt_error_set(err, RT_ERR_SOURCE, "%s", reason);
}

/* The first option that may change pixels, or NULL. */
static const char *unknown_option(CSLConstList options)
{
    static const char *const known[] = {
        "NUM_THREADS",          "GEOREF_SOURCES",    "OPEN_REMOTE_GML",
        "1BIT_ALPHA_PROMOTION", "USE_TILE_AS_BLOCK", NULL};

    for (int i = 0; options != NULL && options[i] != NULL; i++) {
        char *key = NULL;
        const bool is_known = CPLParseNameValue(options[i], &key) != NULL &&
                              rt_gdal_in_list(key, known);

        CPLFree(key);
        if (!is_known)
            return options[i];
    }
    return NULL;
}

static enum rt_status check_dataset(GDALDatasetH dataset, const char *name,
                                    CSLConstList options, struct rt_error *err)
{
    static const char *const drivers[] = {"JP2OpenJPEG", NULL};

    if (!rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers))
        return refuse(err, "it is not a file of GDAL's JP2OpenJPEG driver");
    if (unknown_option(options) != NULL)
        return rt_error_set(err, RT_ERR_SOURCE, "it is opened with %s",
                            unknown_option(options));
    if (!rt_file_is_random(name))
        return refuse(err, "its name is not that of a file");
    return RT_OK;
}

static GDALDataType type_of(const struct rt_jp2_component *component)
{
    if (component->bits > 16)
        return component->is_signed ? GDT_Int32 : GDT_UInt32;
    if (component->bits > 8)
        return component->is_signed ? GDT_Int16 : GDT_UInt16;
    return GDT_Byte;
}

/* Whether components 1 and 2 have half the width and height, as in YCbCr of
 * bytes. */
static bool has_halves(const struct rt_jp2_index *index)
{
    const struct rt_jp2_component *c = index->components;

    return index->n_components == 3 && type_of(&c[0]) == GDT_Byte &&
           c[0].dx == 1 && c[0].dy == 1 && c[1].dx == 2 && c[1].dy == 2 &&
           c[2].dx == 2 && c[2].dy == 2;
}

static bool has_equal_sides(const struct rt_jp2_index *index)
{
    for (int32_t i = 0; i < index->n_components; i++)
        if (index->components[i].dx != 1 || index->components[i].dy != 1)
            return false;
    return true;
}

/* The factor for a band's samples. GDAL says of a 1-bit alpha that it has eight
 * bits. */
static int32_t factor_of(GDALRasterBandH band,
                         const struct rt_jp2_component *component)
{
    return component->bits == 1 &&
                   GDALGetMetadataItem(band, "NBITS", "IMAGE_STRUCTURE") == NULL
               ? 255
               : 1;
}

static enum rt_status set_bands(struct rt_jp2_layout *layout,
                                GDALDatasetH dataset, struct rt_error *err)
{
    const struct rt_jp2_index *index = layout->index;

    layout->n_bands = GDALGetRasterCount(dataset);
    layout->type = type_of(&index->components[0]);
    layout->is_ycc = has_halves(index);
    if (layout->n_bands != index->n_components ||
        GDALGetRasterXSize(dataset) != (int)(index->x1_px - index->x0_px) ||
        GDALGetRasterYSize(dataset) != (int)(index->y1_px - index->y0_px))
        return refuse(err, "GDAL shows another image than the codestream has");
    if (!layout->is_ycc && !has_equal_sides(index))
        return refuse(err, "its components differ in size");
    layout->factors =
        malloc((size_t)layout->n_bands * sizeof(*layout->factors));
    if (layout->factors == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < layout->n_bands; i++) {
        GDALRasterBandH band = GDALGetRasterBand(dataset, i + 1);

        layout->factors[i] = factor_of(band, &index->components[i]);
        if (GDALGetRasterDataType(band) != layout->type ||
            index->components[i].bits > 31 ||
            (layout->is_ycc && layout->factors[i] != 1))
            return refuse(err, "GDAL shows other samples than it has");
    }
    return RT_OK;
}

static int32_t halved(int32_t size_px, int reductions)
{
    return (int32_t)(((int64_t)size_px + (INT64_C(1) << reductions) - 1) >>
                     reductions);
}

/* Whether an overview is a resolution of the file. It may also come from an
 * overview file that GDAL has found next to it. */
static bool is_resolution(GDALDatasetH dataset, int level)
{
    GDALRasterBandH band = rt_gdal_level_band(dataset, level, 0);
    GDALDatasetH owner = band != NULL ? GDALGetBandDataset(band) : NULL;
    const char *driver = owner != NULL ? rt_gdal_driver_name(owner) : NULL;

    return owner != NULL && (driver == NULL || EQUAL(driver, "JP2OpenJPEG")) &&
           GDALGetRasterBandXSize(band) ==
               halved(GDALGetRasterXSize(dataset), level) &&
           GDALGetRasterBandYSize(band) ==
               halved(GDALGetRasterYSize(dataset), level);
}

static int set_levels(struct rt_jp2_layout *layout, GDALDatasetH dataset)
{
    int level = 0;

    layout->levels = 1;
    while (level < layout->index->n_reductions && level < 31 &&
           is_resolution(dataset, level + 1))
        layout->levels |= 1u << ++level;
    return level;
}

/* Whether the image's origin and all tile edges are multiples of unit_px. */
static bool is_aligned(const struct rt_jp2_index *index, bool one_tile,
                       uint32_t unit_px)
{
    return index->x0_px % unit_px == 0 && index->y0_px % unit_px == 0 &&
           (one_tile || (index->tile_w_px % unit_px == 0 &&
                         index->tile_h_px % unit_px == 0));
}

static bool can_be_parted(const struct rt_jp2_index *index)
{
    const int reductions = index->most_reductions;

    if (index->own_header)
        return false;
    return index->reversible ||
           (reductions < 28 && index->least_code_block_px >= MARGIN_PX &&
            RT_JP2_BLOCK_PX % (MARGIN_PX << reductions) == 0 &&
            is_aligned(index, true, (uint32_t)MARGIN_PX << reductions));
}

static enum rt_status set_tiles(struct rt_jp2_layout *layout,
                                GDALDatasetH dataset, struct rt_error *err)
{
    const struct rt_jp2_index *index = layout->index;
    const int n_reductions = set_levels(layout, dataset);
    const int halvings = n_reductions + (layout->is_ycc ? 1 : 0);
    const bool is_small = GDALGetRasterXSize(dataset) <= GDAL_WHOLE_PX &&
                          GDALGetRasterYSize(dataset) <= GDAL_WHOLE_PX;

    layout->one_tile = index->cols * index->rows == 1;
    layout->in_parts = layout->one_tile && can_be_parted(index);
    layout->unit_px = 2;
    if (layout->in_parts && !index->reversible)
        layout->unit_px = MARGIN_PX << index->most_reductions;
    if (!layout->one_tile && (index->x0_px != index->tiles_x0_px ||
                              index->y0_px != index->tiles_y0_px))
        return refuse(err, "its image and its tiles begin at different pixels");
    if (halvings > 30 ||
        !is_aligned(index, layout->one_tile, UINT32_C(1) << halvings))
        return refuse(err, "its image or tiles begin between the pixels of a "
                           "lower resolution");
    if (layout->one_tile && !layout->in_parts && !is_small)
        return refuse(err, "what GDAL decodes depends on the window");
    if (rt_jp2_layout_least_bytes(layout) >
        (uint64_t)CPLGetUsablePhysicalRAM() / RAM_SHARE)
        return refuse(err, "its tiles are too large for the memory here");
    return RT_OK;
}

enum rt_status rt_jp2_layout_find(GDALDatasetH dataset, const char *name,
                                  CSLConstList options,
                                  struct rt_jp2_layout *layout,
                                  struct rt_error *err)
{
    enum rt_status status = check_dataset(dataset, name, options, err);

    memset(layout, 0, sizeof(*layout));
    if (status == RT_OK)
        status =
            rt_jp2_index_open(name, rt_is_remote(name), &layout->index, err);
    if (status == RT_OK)
        status = set_bands(layout, dataset, err);
    if (status == RT_OK)
        status = set_tiles(layout, dataset, err);
    return status;
}

void rt_jp2_layout_free(struct rt_jp2_layout *layout)
{
    rt_jp2_index_close(layout->index);
    free(layout->factors);
    memset(layout, 0, sizeof(*layout));
}
