#!/usr/bin/python3
"""Reads a raster in this process and measures the time.

    read_trace.py windows|viewer|walk|http|overviews NAME COUNT SEED
    read_trace.py wrap FILE VRT

The first form reads the windows of the seed twice and prints as JSON: seconds
of both looks, opening included in the first; peak memory; a checksum of all
pixels; and RETILE_STATS after the first look. "overviews" looks once: the first
seconds are those of opening and of the whole scene, the second ones the mean of
the requests that follow. "wrap" makes a VRT with blocks of 512 x 512 over a
file.
"""

import json
import math
import random
import sys
import time
import zlib

import numpy as np
from osgeo import gdal

import pan

SIDE_PX = 512
WEB_SIDE_PX = 256
VIEWER_ZOOMS = 6  # each shows twice as much ground
VIEW_PX = 900
SCREEN_PX = (1280, 800)


def random_windows(side_px):
    def windows(width, height, count, chance):
        w, h = min(side_px, width), min(side_px, height)
        for _ in range(count):
            yield (chance.randrange(width - w + 1),
                   chance.randrange(height - h + 1), w, h, w, h)
    return windows


def viewer(width, height, count, chance):
    """The requests of a user that looks at the whole scene, zooms in, follows
    something, zooms out a little and looks elsewhere: (window, pixels wanted
    of it)."""
    most = min(VIEWER_ZOOMS, max(0, (min(width, height) // SIDE_PX)
                                 .bit_length() - 1))
    zoom, x, y = most, width / 2, height / 2
    for _ in range(count):
        side = SIDE_PX << zoom
        w, h = min(side, width), min(side, height)
        left = int(min(max(x - w / 2, 0), width - w))
        top = int(min(max(y - h / 2, 0), height - h))
        yield left, top, w, h, max(1, w >> zoom), max(1, h >> zoom)
        step = chance.random()
        if step < 0.70:  # pans by a part of what the viewer shows
            x += chance.uniform(-0.5, 0.5) * side
            y += chance.uniform(-0.5, 0.5) * side
        elif step < 0.84:
            zoom = max(0, zoom - 1)
        elif step < 0.95:
            zoom = min(most, zoom + 1)
        else:
            zoom = most
            x, y = chance.uniform(0, width), chance.uniform(0, height)
        x, y = min(max(x, 0), width), min(max(y, 0), height)


def walk(width, height, count, chance):
    """Screens of a user that follows something at full resolution: each begins
    a third to a half of a screen from the last, mostly in the same direction;
    at an edge of the scene the way turns back."""
    w, h = min(SCREEN_PX[0], width), min(SCREEN_PX[1], height)
    x, y, angle = 0.0, 0.0, math.pi / 5
    for _ in range(count):
        yield int(x), int(y), w, h, w, h
        angle += chance.uniform(-0.5, 0.5)
        step = chance.uniform(1 / 3, 1 / 2)
        x += w * step * math.cos(angle)
        y += h * step * math.sin(angle)
        if not 0 <= x <= width - w:
            angle = math.pi - angle
        if not 0 <= y <= height - h:
            angle = -angle
        x, y = min(max(x, 0), width - w), min(max(y, 0), height - h)


def fit_zoom_pan(width, height, count, chance):
    """The whole scene, then zooms by steps of two, with pans at each step, in
    a viewer of VIEW_PX."""
    zoom, x, y = 0, width / 2, height / 2
    for i in range(count):
        w, h = max(1, width >> zoom), max(1, height >> zoom)
        left = int(min(max(x - w / 2, 0), width - w))
        top = int(min(max(y - h / 2, 0), height - h))
        yield left, top, w, h, min(w, VIEW_PX), min(h, VIEW_PX)
        if i % 4 == 0:
            zoom = zoom + 1 if width >> zoom > VIEW_PX else 1
        x = min(max(x + chance.uniform(-0.5, 0.5) * w, 0), width)
        y = min(max(y + chance.uniform(-0.5, 0.5) * h, 0), height)


TRACES = {"windows": random_windows(SIDE_PX), "viewer": viewer, "walk": walk,
          "http": random_windows(WEB_SIDE_PX), "overviews": fit_zoom_pan}


def look(dataset, requests):
    """Seconds, and a checksum, whose time is not counted."""
    seconds, checksum = 0.0, 0
    for x, y, w, h, wide, high in requests:
        pixels = np.empty((dataset.RasterCount, high, wide), np.uint8)
        start = time.perf_counter()
        dataset.ReadAsArray(x, y, w, h, buf_obj=pixels)
        seconds += time.perf_counter() - start
        checksum = zlib.crc32(pixels, checksum)
    return seconds, checksum


def measure_overviews(dataset, requests, open_s):
    """The sides read different pixels: virtual levels are averages."""
    first_s, _ = look(dataset, requests[:1])
    stats = dataset.GetMetadata("RETILE_STATS") or {}
    later_s, _ = look(dataset, requests[1:])
    return {"first_s": open_s + first_s,
            "again_s": later_s / max(1, len(requests) - 1),
            "peak_mb": pan.peak_mb(), "digest": "", "stats": stats}


def measure(case, name, count, seed):
    start = time.perf_counter()
    dataset = gdal.Open(name)
    open_s = time.perf_counter() - start
    requests = list(TRACES[case](dataset.RasterXSize, dataset.RasterYSize,
                                 count, random.Random(seed)))
    if case == "overviews":
        return measure_overviews(dataset, requests, open_s)
    first_s, checksum = look(dataset, requests)
    stats = dataset.GetMetadata("RETILE_STATS") or {}
    again_s, again = look(dataset, requests)
    if again != checksum:
        raise RuntimeError(name + ": the second look saw other pixels")
    return {"first_s": open_s + first_s, "again_s": again_s,
            "peak_mb": pan.peak_mb(), "digest": checksum, "stats": stats}


def wrap(path, vrt):
    gdal.Translate(vrt, path, format="VRT")
    with open(vrt, encoding="utf-8") as stream:
        text = stream.read()
    with open(vrt, "w", encoding="utf-8") as stream:
        stream.write(text.replace(
            "<VRTRasterBand ", '<VRTRasterBand blockXSize="%d" '
            'blockYSize="%d" ' % (SIDE_PX, SIDE_PX)))


def main(argv):
    gdal.UseExceptions()
    if len(argv) == 4 and argv[1] == "wrap":
        wrap(argv[2], argv[3])
    elif len(argv) == 5 and argv[1] in TRACES:
        json.dump(measure(argv[1], argv[2], int(argv[3]), int(argv[4])),
                  sys.stdout)
    else:
        sys.exit(__doc__.strip())


if __name__ == "__main__":
    main(sys.argv)
