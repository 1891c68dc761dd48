#!/usr/bin/python3
"""Make the sample scene that the demo and the bench read.

    make_scene.py OUTDIR [SIZE]

One picture of SIZE x SIZE pixels (4096 by default), RGB bytes, 10 m a pixel in
UTM zone 32 north, that looks like a satellite image of hill country. It is made
of noise from a fixed seed, so that every machine makes the same picture. It is
written three times, each time in a form that is awkward to read in windows:

    scene_strips.tif  DEFLATE, strips of 64 rows
    scene.png         can only be read from the top
    scene.jp2         JPEG 2000, the whole scene in one tile

A file that exists, whole and of that size, is kept.
"""

import os
import shutil
import struct
import sys
import tempfile
import time

import numpy as np
from osgeo import gdal, osr

SEED = 20240229
PIXEL_M = 10.0
TOP_LEFT_M = (600000.0, 5300000.0)
STRIP_ROWS = 64

# Colours by height, which runs from about 0 (lake) to 1 (summit).
HEIGHT_STOPS = (0.00, 0.24, 0.27, 0.40, 0.55, 0.68, 0.80, 1.00)
HEIGHT_COLOURS = (
    (18, 44, 70),
    (42, 84, 104),
    (148, 150, 104),
    (88, 118, 58),
    (58, 88, 44),
    (112, 102, 76),
    (142, 134, 124),
    (238, 240, 244),
)


class Noise:
    """Smooth noise of several octaves, evaluated for a run of rows."""

    def __init__(self, rng, size, coarsest, finest, roughness):
        self.layers = []
        cell, weight = coarsest, 1.0
        while cell >= finest:
            # Two more than the cells that the scene needs: one for the far
            # side of the last cell, one for the row and column of the halo.
            nodes = size // cell + 3
            grid = rng.random((nodes, nodes), dtype=np.float32) - 0.5
            self.layers.append((cell, weight, grid))
            cell //= 2
            weight *= roughness
        scale = sum(weight for _, weight, _ in self.layers)
        self.layers = [(c, np.float32(w / scale), g) for c, w, g in self.layers]

    def rows(self, first, count, width):
        """Rows first .. first + count - 1, about -0.5 to 0.5, float32."""
        total = np.zeros((count, width), np.float32)
        for cell, weight, grid in self.layers:
            node_y, share_y = self._nodes(first, count, cell)
            node_x, share_x = self._nodes(0, width, cell)
            # Lerp down first: that touches only the nodes, not the pixels.
            upper, lower = grid[node_y], grid[node_y + 1]
            lines = upper + (lower - upper) * share_y[:, None]
            step = lines[:, 1:] - lines[:, :-1]
            part = np.take(step, node_x, axis=1)
            part *= share_x
            part += np.take(lines, node_x, axis=1)
            part *= weight
            total += part
        return total

    @staticmethod
    def _nodes(first, count, cell):
        position = np.arange(first, first + count)
        share = (position % cell).astype(np.float32) / np.float32(cell)
        # An S-curve instead of a straight line hides the nodes' grid.
        return position // cell, share * share * (3 - 2 * share)


class Terrain:
    def __init__(self, size):
        rng = np.random.default_rng(SEED)
        coarsest = 1024
        self.size = size
        self.height = Noise(rng, size, coarsest, 2, 0.52)
        self.ridges = Noise(rng, size, coarsest // 2, 8, 0.55)
        self.plants = Noise(rng, size, coarsest // 4, 2, 0.72)

    def rgb(self, first, count):
        """Rows of the scene as bytes, shape (3, count, size)."""
        # One more row and column than wanted: slopes look one pixel ahead.
        height = self.height.rows(first, count + 1, self.size + 1)
        ridge = self.ridges.rows(first, count + 1, self.size + 1)
        height *= 1.9
        height += 0.57
        height -= np.abs(ridge) * 1.1
        np.clip(height, 0, 1, out=height)

        water = height[:-1, :-1] < HEIGHT_STOPS[1]
        down = height[1:, :-1] - height[:-1, :-1]
        right = height[:-1, 1:] - height[:-1, :-1]
        light = 1 + 28 * (right + down)
        np.clip(light, 0.35, 1.5, out=light)
        light[water] = 1

        plants = self.plants.rows(first, count, self.size)
        grain = np.random.default_rng((SEED, first)).random(
            (count, self.size), dtype=np.float32
        )
        tone = height[:-1, :-1] + np.where(water, 0.04, 0.22) * plants
        light *= 1 + np.where(water, 0.1, 0.5) * plants
        light *= 0.96 + 0.08 * grain

        out = np.empty((3, count, self.size), np.uint8)
        for band in range(3):
            colours = [colour[band] for colour in HEIGHT_COLOURS]
            shade = np.interp(tone, HEIGHT_STOPS, colours).astype(np.float32)
            shade *= light
            np.clip(shade, 0, 255, out=shade)
            out[band] = shade
        return out


def write_strips(path, size):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32632)
    scene = gdal.GetDriverByName("GTiff").Create(
        path, size, size, 3, gdal.GDT_Byte,
        ["COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=PIXEL",
         "PHOTOMETRIC=RGB", "BLOCKYSIZE=%d" % STRIP_ROWS, "NUM_THREADS=2"],
    )
    scene.SetProjection(srs.ExportToWkt())
    scene.SetGeoTransform(
        (TOP_LEFT_M[0], PIXEL_M, 0, TOP_LEFT_M[1], 0, -PIXEL_M)
    )
    terrain = Terrain(size)
    for first in range(0, size, STRIP_ROWS):
        count = min(STRIP_ROWS, size - first)
        rows = terrain.rgb(first, count)
        scene.WriteRaster(0, first, size, count, rows.tobytes())


def write_copy(path, driver, source, options):
    gdal.GetDriverByName(driver).CreateCopy(
        path, gdal.Open(source), 0, options)


def tiles_of_jp2(path):
    """The number of tiles that the codestream declares in its SIZ marker."""
    with open(path, "rb") as stream:
        head = stream.read(65536)
    # Start of codestream, then SIZ with its length and capabilities.
    at = head.find(b"\xff\x4f\xff\x51")
    if at < 0:
        raise ValueError(path + ": no codestream found")
    right, bottom, left, top, tile_w, tile_h, tile_left, tile_top = (
        struct.unpack(">8I", head[at + 8:at + 40])
    )
    del left, top
    across = -(-(right - tile_left) // tile_w)
    return across * -(-(bottom - tile_top) // tile_h)


def is_whole(path, size):
    """Files get their name only when they are whole; the size may differ."""
    if not os.path.exists(path):
        return False
    scene = gdal.Open(path)
    return (scene.RasterXSize, scene.RasterYSize) == (size, size)


def make(outdir, name, size, write):
    target = os.path.join(outdir, name)
    if is_whole(target, size):
        print("%-17s is there" % name)
        return
    start = time.monotonic()
    part = tempfile.mkdtemp(prefix=".part-", dir=outdir)
    try:
        write(os.path.join(part, name))
        # Side files first: when the scene's own name exists, all files do.
        for made in sorted(os.listdir(part), key=lambda made: made == name):
            os.replace(os.path.join(part, made), os.path.join(outdir, made))
    finally:
        shutil.rmtree(part)
    print("%-17s %6.1f MB, made in %.1f s" % (
        name, os.path.getsize(target) / 1e6, time.monotonic() - start))


def main(argv):
    if len(argv) not in (2, 3) or argv[1].startswith("-"):
        sys.exit(__doc__.strip())
    outdir = argv[1]
    size = int(argv[2]) if len(argv) == 3 else 4096
    if size < 64:
        sys.exit("make_scene.py: SIZE must be 64 or more")

    gdal.UseExceptions()
    os.makedirs(outdir, exist_ok=True)
    strips = os.path.join(outdir, "scene_strips.tif")
    make(outdir, "scene_strips.tif", size, lambda path: write_strips(path, size))
    # The PNG has its georeferencing in the .aux.xml next to it.
    make(outdir, "scene.png", size,
         lambda path: write_copy(path, "PNG", strips, ["ZLEVEL=3"]))
    one_tile = ["BLOCKXSIZE=%d" % size, "BLOCKYSIZE=%d" % size,
                "REVERSIBLE=NO", "QUALITY=25"]
    make(outdir, "scene.jp2", size,
         lambda path: write_copy(path, "JP2OpenJPEG", strips, one_tile))
    tiles = tiles_of_jp2(os.path.join(outdir, "scene.jp2"))
    if tiles != 1:
        sys.exit("make_scene.py: scene.jp2 has %d tiles, not one" % tiles)


if __name__ == "__main__":
    main(sys.argv)
