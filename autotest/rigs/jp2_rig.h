/* jp2_rig.h - codestreams of every kind, and the markers in them. */
#ifndef RETILE_AUTOTEST_JP2_RIG_H
#define RETILE_AUTOTEST_JP2_RIG_H

#include <openjpeg.h>

#include "helper.h"

/* What to create. */
struct Codestream {
    int nWidth = 600, nHeight = 530; /* a little more than a block */
    int nComponents = 1;
    int nBits = 8;
    bool bSigned = false;
    bool bHalves = false; /* components 1 and 2 have half the sides */
    bool bIrreversible = false;
    int nX0 = 0, nY0 = 0, nTilesX0 = 0, nTilesY0 = 0;
    int nTileWidth = 0, nTileHeight = 0; /* 0: one tile */
    int nResolutions = 6;
    int nCodeBlock = 64;
    int nPrecinct = 0; /* 0: none */
    OPJ_PROG_ORDER eOrder = OPJ_LRCP;
    int nLayers = 1;
    char chTileParts = 0; /* R, L or C */
    bool bTlm = false;
    int nMode = 0;      /* of code-blocks */
    int nMarkers = 0;   /* 2: SOP, 4: EPH */
    bool bBoxes = true; /* a JP2 file, not only a codestream */
};

/* Writes it to osPath; false if OpenJPEG cannot. */
bool WriteCodestream(const std::string &osPath, const Codestream &oMake);

/* Reads and writes a file as bytes. */
std::vector<GByte> ReadFile(const std::string &osPath);
void WriteFile(const std::string &osPath, const std::vector<GByte> &abyFile);

/* The offsets of the SOT markers (0xFF90) of tile-parts. The same bytes may
 * occur by chance; SOT is recognised by the length after it. */
std::vector<size_t> FindTileParts(const std::vector<GByte> &abyFile);

/* Expects that all levels and bands of a view are as with GDAL's driver: as a
 * whole, and in windows in random order. */
void ExpectSameLevels(const std::string &osPath, const char *pszDecoder);

#endif
