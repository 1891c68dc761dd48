/* format_fields.h - the fields of a tile format, for the functions that encode
 * with it. format.h has its interface for callers.
 */
#ifndef RETILE_IO_TILE_FORMAT_FIELDS_H
#define RETILE_IO_TILE_FORMAT_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"
#include "io/tile/discard_lsb.h"

/* How samples of the GDAL type become samples of the file. */
enum rt_packing {
    RT_PACK_NONE,  /* they are equal */
    RT_PACK_FLAGS, /* 0 and not 0 */
    RT_PACK_BITS,
    RT_PACK_HALVES
};

enum rt_tile_codec_kind {
    RT_CODEC_STORED,
    RT_CODEC_DEFLATE,
    RT_CODEC_ZSTD,
    RT_CODEC_LERC,
    RT_CODEC_LIBTIFF
};

/* Fixed after open. */
struct rt_tile_format {
    int32_t w_px, h_px, raster_w_px, raster_h_px;
    int32_t bands, samples, planes;
    GDALDataType type;
    uint32_t sample_bytes;
    uint64_t pixel_bytes;  /* of a tile as the caller has it */
    uint64_t row_bytes;    /* of a row in the file, before compression */
    uint64_t packed_bytes; /* of a tile in the file, before compression */

    /* Tags. */
    uint16_t bits, sample_format, compression, photometric, planar, predictor;
    uint16_t fill_order;
    uint16_t subsampling[2];
    bool lerc_alpha_band; /* LERC keeps an alpha band as it is */
    uint16_t n_extra_samples;
    uint16_t *extra_samples; /* owned */
    uint32_t fax_options;
    uint32_t lerc_parameters[2]; /* version, further compression */
    uint32_t n_jpeg_tables;      /* bytes; 0: the file has none */
    uint8_t *jpeg_tables;        /* owned */
    bool big_endian, swapped;    /* swapped: not the machine's order */

    /* Creation options, as GTiff interprets them; -1: not given. */
    int z_level, zstd_level, lzma_preset, jpeg_quality, jpeg_tables_mode;
    int webp_level;
    bool webp_lossless;
    double max_z_error;

    enum rt_packing packing;
    enum rt_tile_codec_kind codec;
    /* Samples are put in order and predicted here, not by libtiff. */
    bool prepared;
    uint32_t swap_bytes; /* word size in which a row without predictor is
                          * swapped */
    bool holes;          /* tiles of nodata are left out */
    bool has_nodata;     /* if not, zeros make a hole */
    double nodata;
    struct rt_discard_lsb *discard; /* owned; NULL: no bits are discarded */

    uint64_t state_bytes, bound_bytes;
};

#endif
