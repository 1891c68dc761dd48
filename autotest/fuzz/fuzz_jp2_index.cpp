/* fuzz_jp2_index.cpp - the header of a JPEG 2000 file, the places of its
 * tile-parts, and the memory that decoding would take. */
#include "fuzz.h"
#include "io/jp2/index.h"
#include "io/jp2/source_internal.h"

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    FuzzStart();
    return 0;
}

/* Every part is inside the file, belongs to its tile, and comes after the part
 * before it. */
static void CheckParts(const rt_jp2_index &oIndex, size_t nSize)
{
    const uint32_t nTiles = oIndex.cols * oIndex.rows;

    FuzzExpect(nTiles > 0 && nTiles <= 65535, "a number of tiles");
    FuzzExpect(oIndex.first_part[nTiles] == oIndex.n_parts, "all have tiles");
    for (uint32_t iTile = 0; iTile < nTiles; iTile++) {
        uint64_t nBefore = 0;

        for (uint32_t i = oIndex.first_part[iTile];
             i < oIndex.first_part[iTile + 1]; i++) {
            const rt_jp2_part &oPart = oIndex.parts[i];

            FuzzExpect(oPart.tile == iTile, "parts are sorted");
            FuzzExpect(oPart.at_bytes >= nBefore, "parts in order");
            FuzzExpect(oPart.n_bytes >= 14 && oPart.at_bytes < nSize &&
                           oPart.n_bytes <= nSize - oPart.at_bytes,
                       "a part lies in the file");
            nBefore = oPart.at_bytes + oPart.n_bytes;
        }
    }
}

/* Tiles cover the image, each pixel once. */
static void CheckTiles(const rt_jp2_index &oIndex)
{
    const uint64_t nW = oIndex.x1_px - oIndex.x0_px;
    const uint64_t nH = oIndex.y1_px - oIndex.y0_px;
    uint64_t nArea = 0;

    for (uint32_t i = 0; i < oIndex.cols * oIndex.rows; i++) {
        const rt_window oTile = rt_jp2_index_tile(&oIndex, i);

        FuzzExpect(oTile.x_px >= 0 && oTile.y_px >= 0 && oTile.w_px >= 0 &&
                       oTile.h_px >= 0,
                   "a tile has a place");
        nArea += rt_window_area(&oTile);
    }
    FuzzExpect(nArea == nW * nH, "tiles cover the image");
}

static void CheckMemory(rt_jp2_index *poIndex)
{
    rt_jp2_layout oLayout{};
    rt_jp2_cut oCut{};

    oLayout.index = poIndex;
    oLayout.n_bands = poIndex->n_components;
    oLayout.one_tile = poIndex->cols * poIndex->rows == 1;
    oLayout.in_parts = oLayout.one_tile && !poIndex->own_header;
    oLayout.unit_px = 2;
    FuzzExpect(rt_jp2_layout_least_bytes(&oLayout) >=
                   rt_jp2_layout_held_bytes(&oLayout),
               "a decode takes more than what is kept of it");
    for (int iStep = 0; rt_jp2_layout_cut(&oLayout, 4, iStep, &oCut); iStep++)
        FuzzExpect(oCut.w_px > 0 && oCut.h_px > 0 && oCut.n_decoders > 0,
                   "a copy's blocks have a size");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize)
{
    const FuzzFile oFile("/vsimem/fuzz.jp2", pabyData, nSize);

    for (const bool bRemote : {false, true}) {
        rt_jp2_index *poIndex = nullptr;
        rt_error oError{};
        const rt_status eStatus =
            rt_jp2_index_open(oFile.Path(), bRemote, &poIndex, &oError);

        FuzzStatus(eStatus, oError);
        if (eStatus == RT_OK) {
            CheckParts(*poIndex, nSize);
            CheckTiles(*poIndex);
            CheckMemory(poIndex);
        }
        rt_jp2_index_close(poIndex);
    }
    return 0;
}
