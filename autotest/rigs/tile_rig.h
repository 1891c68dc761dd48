/* tile_rig.h - writes a raster with the GTiff driver, and again tile by tile
 * with an encoder, for tests that compare the two. */
#ifndef RETILE_AUTOTEST_TILE_RIG_H
#define RETILE_AUTOTEST_TILE_RIG_H

#include <memory>
#include <string>
#include <vector>

#include "helper.h"
#include "io/tile/encoder.h"

struct FormatClose {
    void operator()(rt_tile_format *format) const
    {
        rt_tile_format_close(format);
    }
};
struct EncoderDestroy {
    void operator()(rt_tile_encoder *encoder) const
    {
        rt_tile_encoder_destroy(encoder);
    }
};
using Format = std::unique_ptr<rt_tile_format, FormatClose>;
using Encoder = std::unique_ptr<rt_tile_encoder, EncoderDestroy>;
using Bytes = std::vector<GByte>;

/* What to write. */
struct TileCase {
    Options aosOptions = {};
    GDALDataType eType = GDT_Byte;
    int nBands = 1;
    bool bSmooth = true;
    bool bSameBytes = true; /* like GTiff's tiles, not only the same pixels */
    Options aosTheirs = {}; /* if GTiff needs other options */
    std::string osNoData = "";
    /* The value of the left 64 columns, and of all lines below the first two
     * rows of tiles. */
    std::string osFlat = "";
    double dfMost = 255;     /* the greatest value, if smooth */
    bool bAlphaMask = false; /* the last band is 0 and 255 only */
    int nWidth = 97, nHeight = 161;
    int nTileWidth = 32, nTileHeight = 48;
};

/* A raster of the case in memory. */
GDALDatasetUniquePtr MakePixels(const TileCase &oCase);
/* A file written by GTiff without tiles. */
void MakeTemplate(const TileCase &oCase, const std::string &osPath);

Format OpenFormat(const TileCase &oCase, const std::string &osPath,
                  int nDirectory = 0);
Encoder NewEncoder(const Format &poFormat);

/* The pixels of a tile, with garbage beyond the raster. nTile counts as in
 * TIFF. */
Bytes TilePixels(GDALDataset *poSource, const rt_tile_format *format, int nTile,
                 int &nValidW, int &nValidH);
int TileCount(const rt_tile_format *format);
/* Empty for a hole. */
Bytes EncodeTile(GDALDataset *poSource, const Format &poFormat,
                 const Encoder &poEncoder, int nTile);

void WriteRawTiles(const std::string &osPath, int nDirectory,
                   const std::vector<Bytes> &aabyTiles);
std::vector<Bytes> ReadRawTiles(const std::string &osPath, int nDirectory = 0);

/* Encodes every tile with two encoders, in opposite order. Compares the two
 * with each other, and with GTiff's: what GDAL reads, and with bSameBytes the
 * tiles. */
void ExpectAsGTiff(const TileCase &oCase);

#endif
