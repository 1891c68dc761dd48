/* tiles.c - see tiles.h.
 *
 * TIFFForceStrileArrayWriting writes the two arrays in their old place, because
 * their types and lengths are unchanged. If that fails, TIFFFlush and TIFFClose
 * would write a second directory at the end of the file. Here they have nothing
 * left to write, or the file accepts no more writes.
 */
#include "io/tiff/tiles.h"

#include <stdbool.h>
#include <stdlib.h>

#include "io/tiff/file.h"

struct rt_tiff_tiles {
    /* Fixed after open. */
    struct rt_tiff_file *file;
    TIFF *tiff; /* of file */
    uint32_t n_tiles;
    /* Used by the caller's thread. */
    bool wrote;
};

/* RT_ERR_INTERNAL if the directory has strips; otherwise libtiff's error. */
static enum rt_status select_directory(struct rt_tiff_tiles *tiles,
                                       int directory, struct rt_error *err)
{
    if (!TIFFSetDirectory(tiles->tiff, (tdir_t)directory))
        return rt_tiff_file_error(tiles->file, "reading the directory of", err);
    if (!TIFFIsTiled(tiles->tiff))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "directory %d of '%s' has strips", directory,
                            TIFFFileName(tiles->tiff));
    tiles->n_tiles = TIFFNumberOfTiles(tiles->tiff);
    return RT_OK;
}

enum rt_status rt_tiff_tiles_open(const char *path, int directory,
                                  struct rt_tiff_tiles **tiles,
                                  struct rt_error *err)
{
    struct rt_tiff_tiles *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_tiff_file_open(path, &made->file, err);
    if (status == RT_OK) {
        made->tiff = rt_tiff_file_handle(made->file);
        status = select_directory(made, directory, err);
    }
    if (status != RT_OK) {
        rt_tiff_tiles_abandon(made);
        return status;
    }
    *tiles = made;
    return RT_OK;
}

enum rt_status rt_tiff_tiles_write(struct rt_tiff_tiles *tiles, uint32_t tile,
                                   const void *bytes, uint64_t n_bytes,
                                   struct rt_error *err)
{
    if (tile >= tiles->n_tiles || n_bytes == 0 || n_bytes > INT64_MAX)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "%llu bytes for tile %u of %u of '%s'",
                            (unsigned long long)n_bytes, tile, tiles->n_tiles,
                            TIFFFileName(tiles->tiff));
    /* libtiff would append the bytes to those of the tile written last. */
    if (TIFFGetStrileOffset(tiles->tiff, tile) != 0)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "tile %u of '%s' is written twice", tile,
                            TIFFFileName(tiles->tiff));
    tiles->wrote = true;
    /* libtiff's parameter lacks a const; it does not change the bytes. */
    if (TIFFWriteRawTile(tiles->tiff, tile, (void *)bytes, (tmsize_t)n_bytes) !=
        (tmsize_t)n_bytes)
        return rt_tiff_file_error(tiles->file, "writing a tile to", err);
    return RT_OK;
}

enum rt_status rt_tiff_tiles_close(struct rt_tiff_tiles *tiles,
                                   struct rt_error *err)
{
    enum rt_status status = RT_OK;

    if (tiles->wrote && !TIFFForceStrileArrayWriting(tiles->tiff))
        status = rt_tiff_file_error(tiles->file, "writing the offsets of", err);
    if (status != RT_OK) {
        rt_tiff_tiles_abandon(tiles);
        return status;
    }
    status = rt_tiff_file_close(tiles->file, err);
    free(tiles);
    return status;
}

void rt_tiff_tiles_abandon(struct rt_tiff_tiles *tiles)
{
    if (tiles == NULL)
        return;
    rt_tiff_file_abandon(tiles->file);
    free(tiles);
}
