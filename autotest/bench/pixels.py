#!/usr/bin/python3
"""The content of a raster, and the time to decode it.

    pixels.py digest FILE    a checksum of all pixels of each band
    pixels.py levels FILE    the same of each overview, and of the masks
    pixels.py decode FILE    the seconds of CPU time to read all of it
    pixels.py difference FILE OTHER
                             "same", or what differs, levels and masks included

The first three read whole rows of source blocks, all bands together, so that each
block is decoded once. "decode" does that on one thread, and does not count the
time to start Python and GDAL and to open the file.
"""

import sys
import time
import zlib

import numpy as np
from osgeo import gdal, gdal_array

LEAST_ROWS = 64


def rows_at_once(dataset):
    _, block_rows = dataset.GetRasterBand(1).GetBlockSize()
    wanted = -(-LEAST_ROWS // block_rows) * block_rows
    return min(wanted, dataset.RasterYSize)


def pieces(dataset):
    """All rows, from the top; each part is valid until the next one."""
    rows = rows_at_once(dataset)
    kind = gdal_array.flip_code(dataset.GetRasterBand(1).DataType)
    pixels = np.zeros((dataset.RasterCount, rows, dataset.RasterXSize), kind)
    for first in range(0, dataset.RasterYSize, rows):
        count = min(rows, dataset.RasterYSize - first)
        part = pixels if count == rows else pixels[:, :count].copy()
        dataset.ReadAsArray(0, first, dataset.RasterXSize, count, buf_obj=part)
        yield part


def digest(dataset):
    sums = [0] * dataset.RasterCount
    for part in pieces(dataset):
        for band, plane in enumerate(part):
            sums[band] = zlib.crc32(np.ascontiguousarray(plane), sums[band])
    return "%dx%d %s" % (dataset.RasterXSize, dataset.RasterYSize,
                         " ".join("%08x" % band_sum for band_sum in sums))


def level_digest(dataset):
    masks = dataset.GetRasterBand(1).GetMaskBand()
    return "%s/%08x" % (digest(dataset), zlib.crc32(masks.ReadRaster()))


def levels(dataset):
    count = dataset.GetRasterBand(1).GetOverviewCount()
    name = dataset.GetDescription()
    return "; ".join(
        level_digest(gdal.OpenEx(name, open_options=[
            "OVERVIEW_LEVEL=%d" % level])) for level in range(count))


def decode(dataset):
    start = time.process_time()
    for _ in pieces(dataset):
        pass
    return "%.6f" % (time.process_time() - start)


def planes(dataset):
    """By name: the bands of all levels, and their masks."""
    count = dataset.GetRasterBand(1).GetOverviewCount()
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        for level in range(-1, count):
            shown = band if level < 0 else band.GetOverview(level)
            yield "band %d, level %d" % (number, level + 1), shown
            yield "mask %d, level %d" % (number, level + 1), \
                shown.GetMaskBand()


def difference(dataset, name):
    other = gdal.Open(name)
    mine, theirs = dict(planes(dataset)), dict(planes(other))
    if mine.keys() != theirs.keys():
        return "%d and %d planes" % (len(mine), len(theirs))
    for plane, band in mine.items():
        pixels, wanted = band.ReadAsArray(), theirs[plane].ReadAsArray()
        if pixels.shape != wanted.shape or pixels.dtype != wanted.dtype:
            return "%s: %s %s and %s %s" % (plane, pixels.shape, pixels.dtype,
                                            wanted.shape, wanted.dtype)
        apart = np.abs(pixels.astype(np.float64) - wanted)
        if apart.max() > 0:
            return "%s: %d pixels, by up to %g" % (
                plane, np.count_nonzero(apart), apart.max())
    return "same"


ANSWERS = {"digest": digest, "levels": levels, "decode": decode}


def main(argv):
    gdal.UseExceptions()
    if len(argv) == 4 and argv[1] == "difference":
        print(difference(gdal.Open(argv[2]), argv[3]))
        return
    if len(argv) != 3 or argv[1] not in ANSWERS:
        sys.exit(__doc__.strip())
    if argv[1] == "decode":
        gdal.SetConfigOption("GDAL_NUM_THREADS", "1")
    print(ANSWERS[argv[1]](gdal.Open(argv[2])))


if __name__ == "__main__":
    main(sys.argv)
