/* jp2_rig.h - codestreams of every make, and the markers in them. */
#ifndef RETILE_AUTOTEST_JP2_RIG_H
#define RETILE_AUTOTEST_JP2_RIG_H

#include <openjpeg.h>

#include "helper.h"

/* What to make. */
struct Codestream {
    int nWidth = 600, nHeight = 530; /* a little more than our blocks */
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
    bool bBoxes = true; /* a JP2 file, not the codestream alone */
};

/* Makes it at osPath; false where OpenJPEG does not. */
bool WriteCodestream(const std::string &osPath, const Codestream &oMake);

/* A file as bytes, and back. */
std::vector<GByte> ReadFile(const std::string &osPath);
void WriteFile(const std::string &osPath, const std::vector<GByte> &abyFile);

/* Where the markers 0xFFnn of tile-parts (nMarker 0x90) and the like are. The
 * bytes may be there by chance too: those of SOT are told by what follows. */
std::vector<size_t> FindTileParts(const std::vector<GByte> &abyFile);

/* All levels and bands of a view are as GDAL's driver has them: as a whole,
 * and in windows that are asked for in no order. */
void ExpectSameLevels(const std::string &osPath, const char *pszDecoder);

#endif
