"""Mosaics of files that are made at random places, in the working folder."""

import os
import random

import numpy as np
from osgeo import gdal


def write(path, width, height, bands=1, kind=gdal.GDT_Byte, seed=1,
          driver="GTiff", options=(), nodata=None, hole=None):
    pixels = np.random.default_rng(seed).integers(
        0, 200, (bands, height, width)).astype(
            {gdal.GDT_Byte: np.uint8, gdal.GDT_UInt16: np.uint16,
             gdal.GDT_Int16: np.int16, gdal.GDT_Float32: np.float32}[kind])
    if hole is not None:
        x, y, w, h = hole
        pixels[:, y:y + h, x:x + w] = nodata
    raster = gdal.GetDriverByName("MEM").Create("", width, height, bands, kind)
    raster.WriteRaster(0, 0, width, height, pixels.tobytes())
    if nodata is not None:
        for number in range(bands):
            raster.GetRasterBand(number + 1).SetNoDataValue(nodata)
    gdal.GetDriverByName(driver).CreateCopy(path, raster, 0, list(options))
    return path


def place(path, x, y):
    """Gives a file the place x, y in a mosaic of pixels of 1 x 1."""
    if path.endswith((".png", ".jpg")):
        with open(path[:-4] + ".wld", "w", encoding="ascii") as world:
            world.write("1\n0\n0\n-1\n%g\n%g\n" % (x + 0.5, -y - 0.5))
        return
    raster = gdal.Open(path, gdal.GA_Update)
    raster.SetGeoTransform((x, 1, 0, -y, 0, -1))


def random_mosaic(seed):
    """Files of one size range at random places, with holes and overlaps."""
    choose = random.Random(seed)
    bands = choose.choice((1, 3))
    kind = choose.choice((gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Int16,
                          gdal.GDT_Float32))
    nodata = choose.choice((None, 7, 250))
    names = []
    for number in range(choose.randint(1, 12)):
        width, height = choose.randint(1, 150), choose.randint(1, 150)
        hole = None
        if nodata is not None and width > 4 and height > 4:
            hole = (1, 2, width // 2, height // 2)
        options = choose.choice((
            ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=48"],
            ["BLOCKYSIZE=7", "COMPRESS=DEFLATE"], ["INTERLEAVE=BAND"]))
        name = write("part_%d.tif" % number, width, height, bands, kind,
                     seed=seed * 100 + number, options=options, nodata=nodata,
                     hole=hole)
        place(name, choose.randint(0, 300), choose.randint(0, 200))
        names.append(name)
    choose.shuffle(names)
    options = choose.choice(([], ["-separate"], ["-vrtnodata", "9"],
                             ["-srcnodata", "11"], ["-hidenodata"]))
    return gdal.BuildVRT("mosaic.vrt", names, options=options), names


def grid_of_files(side, size_px, ending=".tif", driver="GTiff", options=()):
    for row in range(side):
        for col in range(side):
            name = "tile_%03d_%03d%s" % (row, col, ending)
            write(name, size_px, size_px, 1, seed=row * side + col,
                  driver=driver, options=options)
            place(name, col * size_px, row * size_px)
    names = sorted(name for name in os.listdir(".") if name.endswith(ending))
    gdal.BuildVRT("grid.vrt", names)
    return names
