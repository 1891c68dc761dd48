/* write_output.cpp - one copy as the driver makes them, in a process of its
 * own, so that faults can be injected:
 *
 *   write_output TEMPLATE TARGET TILES TILE_BYTES [STALE...]
 *   write_output FILE
 *
 * The second form only writes some bytes to a file, by GDAL.
 *
 * TEMPLATE is a sparse TIFF, which is copied first. Then the tiles are written,
 * and a file beside it, TARGET.msk. Exits with 0 when everything is in place,
 * otherwise with 1 and the message.
 */
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/output/files.h"
#include "io/tiff/tiles.h"

static rt_status WriteFile(const std::string &osPath,
                           const std::vector<char> &achBytes, rt_error *err)
{
    VSILFILE *fp = VSIFOpenL(osPath.c_str(), "wb");

    if (fp == nullptr)
        return rt_error_set(err, RT_ERR_IO, "cannot open");
    const bool bDone =
        VSIFWriteL(achBytes.data(), 1, achBytes.size(), fp) == achBytes.size();
    if (VSIFCloseL(fp) != 0 || !bDone)
        return rt_error_set(err, RT_ERR_IO, "cannot write: %s",
                            strerror(errno));
    return RT_OK;
}

static rt_status CopyTemplate(const char *pszFrom, const char *pszTo,
                              rt_error *err)
{
    GByte *pabyBytes = nullptr;
    vsi_l_offset nBytes = 0;

    if (!VSIIngestFile(nullptr, pszFrom, &pabyBytes, &nBytes, -1))
        return rt_error_set(err, RT_ERR_IO, "cannot read");
    const std::vector<char> achBytes(pabyBytes, pabyBytes + nBytes);
    VSIFree(pabyBytes);
    return WriteFile(pszTo, achBytes, err);
}

static rt_status WriteTiles(const char *pszPath, int nTiles, size_t nBytes,
                            rt_error *err)
{
    rt_tiff_tiles *tiles = nullptr;
    rt_status eStatus = rt_tiff_tiles_open(pszPath, 0, &tiles, err);

    if (eStatus != RT_OK)
        return eStatus;
    for (int i = 0; eStatus == RT_OK && i < nTiles; i++) {
        const std::vector<char> achTile(nBytes, static_cast<char>('a' + i));

        eStatus = rt_tiff_tiles_write(tiles, static_cast<uint32_t>(i),
                                      achTile.data(), nBytes, err);
    }
    if (eStatus == RT_OK)
        return rt_tiff_tiles_close(tiles, err);
    rt_tiff_tiles_abandon(tiles);
    return eStatus;
}

int main(int argc, char **argv)
{
    rt_output *output = nullptr;
    rt_error err;

    if (argc == 2)
        return WriteFile(argv[1], {'n', 'e', 'w'}, &err) == RT_OK ? 0 : 1;
    if (argc < 5)
        return 2;
    CPLStringList aosStale;
    for (int i = 5; i < argc; i++)
        aosStale.AddString(argv[i]);
    rt_status eStatus = rt_output_create(argv[2], &output, &err);
    const std::string osPath = eStatus == RT_OK ? rt_output_path(output) : "";
    if (eStatus == RT_OK)
        eStatus = CopyTemplate(argv[1], osPath.c_str(), &err);
    if (eStatus == RT_OK)
        eStatus = WriteTiles(osPath.c_str(), atoi(argv[3]),
                             static_cast<size_t>(atoll(argv[4])), &err);
    if (eStatus == RT_OK)
        eStatus = WriteFile(osPath + ".msk", {'n', 'e', 'w'}, &err);
    if (eStatus == RT_OK)
        eStatus = rt_output_commit(output, aosStale.List(), nullptr, &err);
    rt_output_discard(output);
    if (eStatus == RT_OK)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return 1;
}
