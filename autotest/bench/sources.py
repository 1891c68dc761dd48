#!/usr/bin/python3
"""Make the rasters that the bench of copies reads.

    sources.py DIR SIZE NAME...

Each has SIZE x SIZE pixels of make_scene.py's hill country, RGB bytes unless
the list says otherwise. A file that exists is kept. The names:

    raw             tiles of 512 x 512, not compressed
    rows_1, rows_16, rows_64, rows_2000
                    DEFLATE in strips of that many rows
    lzw_1, lzw_16, lzw_64
                    LZW in strips of that many rows
    bands_1, bands_16, bands_64
                    DEFLATE in strips of that many rows, each of one band
    one_strip, one_strip_lzw
                    DEFLATE or LZW, all in one strip
    tiles           DEFLATE in tiles of 496 x 304
    cog             a COG: DEFLATE in tiles of 512 x 512, with overviews
    png, jpeg
    jp2_tiles       JPEG 2000 in tiles of 1024 x 1024
    jp2_one         JPEG 2000 in one tile
    nitf_blocks, nitf_jpeg, nitf_jp2
                    NITF in blocks of 496 x 304, not compressed; in JPEG; in
                    JPEG 2000
    netcdf          netCDF, each band in DEFLATE and the chunks that its
                    library chooses
    grib            a band of GRIB, simply packed
    raw_of_jpeg, raw_of_jp2_tiles, raw_of_jp2_one
                    the pixels of these, which are not quite the scene's, as raw
    raw_uint16, uint16
                    nearly twice as wide as SIZE and three quarters as high
                    (16000 x 6000 of 8192), three bands of 12 bits in 16; as
                    raw, and DEFLATE in strips of 64 rows
    raw_odd, odd    7000 x 6001 of 8192: sides that do not halve; as raw, and
                    DEFLATE in strips of 64 rows
    raw_float, float_deflate, float_zstd
                    heights, one band of 32 bits; as raw, and in strips of
                    64 rows
"""

import os
import shutil
import sys
import tempfile

from osgeo import gdal
import numpy as np

import make_scene

SLAB_ROWS = 512
WIDE_PX, HIGH_PX, OF_PX = 16000, 6000, 8192
ODD_PX = (7000, 6001)
HEIGHT_M = 2500
THREADS = "NUM_THREADS=ALL_CPUS"
RAW = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "BIGTIFF=IF_SAFER"]
DEFLATE = ["COMPRESS=DEFLATE", "PREDICTOR=2", THREADS]
LZW = ["COMPRESS=LZW", "PREDICTOR=2"]
BANDS = DEFLATE + ["INTERLEAVE=BAND"]


def strips(rows, *options):
    return [*options, "BLOCKYSIZE=%d" % rows, THREADS]


def create(path, width, height, bands, kind):
    options = RAW + (["PHOTOMETRIC=RGB"] if bands == 3 else [])
    made = gdal.GetDriverByName("GTiff").Create(
        path, width, height, bands, kind, options)
    srs = make_scene.osr.SpatialReference()
    srs.ImportFromEPSG(32632)
    made.SetProjection(srs.ExportToWkt())
    left, top = make_scene.TOP_LEFT_M
    made.SetGeoTransform((left, make_scene.PIXEL_M, 0,
                          top, 0, -make_scene.PIXEL_M))
    return made


def slabs(size):
    for first in range(0, size, SLAB_ROWS):
        yield first, min(SLAB_ROWS, size - first)


def write_raw(path, size):
    made = create(path, size, size, 3, gdal.GDT_Byte)
    terrain = make_scene.Terrain(size)
    for first, count in slabs(size):
        made.WriteArray(terrain.rgb(first, count), 0, first)


def write_raw_odd(path, size):
    """The scene's top left."""
    width, height = (max(1, size * px // OF_PX) for px in ODD_PX)
    made = create(path, width, height, 3, gdal.GDT_Byte)
    terrain = make_scene.Terrain(size)
    for first, count in slabs(height):
        made.WriteArray(terrain.rgb(first, count)[:, :, :width], 0, first)


def write_raw_float(path, size):
    made = create(path, size, size, 1, gdal.GDT_Float32)
    heights = make_scene.Terrain(size).height
    for first, count in slabs(size):
        rows = (heights.rows(first, count, size) + 0.5) * HEIGHT_M
        made.WriteArray(rows, 0, first)


def write_raw_uint16(path, size):
    """The scene and its mirror image side by side, with a sensor's noise."""
    width, height = (max(1, size * px // OF_PX) for px in (WIDE_PX, HIGH_PX))
    made = create(path, width, height, 3, gdal.GDT_UInt16)
    terrain = make_scene.Terrain(size)
    for first, count in slabs(height):
        scene = terrain.rgb(first, count).astype(np.uint16) * 16
        rows = np.concatenate((scene, scene[:, :, ::-1]), axis=2)[:, :, :width]
        noise = np.random.default_rng((make_scene.SEED, first)).integers(
            0, 24, rows.shape, np.uint16)
        made.WriteArray(rows + noise, 0, first)


# By name: the extension, the raster it is copied from, the driver, its options.
COPIES = {
    "rows_1": ("tif", "raw", "GTiff", lambda px: strips(1, *DEFLATE)),
    "rows_16": ("tif", "raw", "GTiff", lambda px: strips(16, *DEFLATE)),
    "rows_64": ("tif", "raw", "GTiff", lambda px: strips(64, *DEFLATE)),
    "lzw_1": ("tif", "raw", "GTiff", lambda px: strips(1, *LZW)),
    "lzw_16": ("tif", "raw", "GTiff", lambda px: strips(16, *LZW)),
    "lzw_64": ("tif", "raw", "GTiff", lambda px: strips(64, *LZW)),
    "bands_1": ("tif", "raw", "GTiff", lambda px: strips(1, *BANDS)),
    "bands_16": ("tif", "raw", "GTiff", lambda px: strips(16, *BANDS)),
    "bands_64": ("tif", "raw", "GTiff", lambda px: strips(64, *BANDS)),
    "rows_2000": ("tif", "raw", "GTiff", lambda px: strips(2000, *DEFLATE)),
    "one_strip": ("tif", "raw", "GTiff", lambda px: strips(px, *DEFLATE)),
    "one_strip_lzw": ("tif", "raw", "GTiff", lambda px: strips(px, *LZW)),
    "tiles": ("tif", "raw", "GTiff",
              lambda px: DEFLATE + ["TILED=YES", "BLOCKXSIZE=496",
                                    "BLOCKYSIZE=304"]),
    "cog": ("tif", "raw", "COG",
            lambda px: ["COMPRESS=DEFLATE", "PREDICTOR=YES", THREADS]),
    "png": ("png", "raw", "PNG", lambda px: ["ZLEVEL=3"]),
    "jpeg": ("jpg", "raw", "JPEG", lambda px: ["QUALITY=90"]),
    "jp2_tiles": ("jp2", "raw", "JP2OpenJPEG",
                  lambda px: ["BLOCKXSIZE=1024", "BLOCKYSIZE=1024",
                              "REVERSIBLE=NO", "QUALITY=25"]),
    "jp2_one": ("jp2", "raw", "JP2OpenJPEG",
                lambda px: ["BLOCKXSIZE=%d" % px, "BLOCKYSIZE=%d" % px,
                            "REVERSIBLE=NO", "QUALITY=25"]),
    "nitf_blocks": ("ntf", "raw", "NITF",
                    lambda px: ["BLOCKXSIZE=496", "BLOCKYSIZE=304"]),
    "nitf_jpeg": ("ntf", "raw", "NITF",
                  lambda px: ["IC=C3", "QUALITY=90", "BLOCKXSIZE=496",
                              "BLOCKYSIZE=304"]),
    "nitf_jp2": ("ntf", "raw", "NITF",
                 lambda px: ["IC=C8", "BLOCKXSIZE=1024", "BLOCKYSIZE=1024"]),
    "netcdf": ("nc", "raw", "netCDF",
               lambda px: ["FORMAT=NC4", "COMPRESS=DEFLATE", "ZLEVEL=4"]),
    "grib": ("grb", "raw_float", "GRIB",
             lambda px: ["DATA_ENCODING=SIMPLE_PACKING", "NBITS=12"]),
    "raw_of_jpeg": ("tif", "jpeg", "GTiff", lambda px: RAW),
    "raw_of_jp2_tiles": ("tif", "jp2_tiles", "GTiff", lambda px: RAW),
    "raw_of_jp2_one": ("tif", "jp2_one", "GTiff", lambda px: RAW),
    "uint16": ("tif", "raw_uint16", "GTiff", lambda px: strips(64, *DEFLATE)),
    "odd": ("tif", "raw_odd", "GTiff", lambda px: strips(64, *DEFLATE)),
    "float_deflate": ("tif", "raw_float", "GTiff",
                      lambda px: strips(64, "COMPRESS=DEFLATE",
                                        "PREDICTOR=3")),
    "float_zstd": ("tif", "raw_float", "GTiff",
                   lambda px: strips(64, "COMPRESS=ZSTD", "PREDICTOR=3")),
}
WRITTEN = {
    "raw": write_raw,
    "raw_odd": write_raw_odd,
    "raw_uint16": write_raw_uint16,
    "raw_float": write_raw_float,
}


def path_of(folder, name, size):
    ending = COPIES[name][0] if name in COPIES else "tif"
    return os.path.join(folder, "%s_%d.%s" % (name, size, ending))


def write(name, path, folder, size):
    if name in WRITTEN:
        WRITTEN[name](path, size)
        return
    _, origin, driver, options = COPIES[name]
    make_scene.write_copy(path, driver, make(folder, origin, size),
                          options(size))


def make(folder, name, size):
    """Files get their name when they are whole, side files first."""
    target = path_of(folder, name, size)
    if os.path.exists(target):
        return target
    part = tempfile.mkdtemp(prefix=".part-", dir=folder)
    try:
        own_name = os.path.basename(target)
        write(name, os.path.join(part, own_name), folder, size)
        for made in sorted(os.listdir(part), key=lambda made: made == own_name):
            os.replace(os.path.join(part, made), os.path.join(folder, made))
    finally:
        shutil.rmtree(part)
    return target


def main(argv):
    names = argv[3:]
    if not names or not set(names) <= set(COPIES) | set(WRITTEN):
        sys.exit(__doc__.strip())
    gdal.UseExceptions()
    gdal.SetConfigOption("GDAL_CACHEMAX", "256")
    folder, size = argv[1], int(argv[2])
    os.makedirs(folder, exist_ok=True)
    for name in names:
        print(make(folder, name, size))


if __name__ == "__main__":
    main(sys.argv)
