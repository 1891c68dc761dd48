#!/usr/bin/python3
"""Reads windows of a raster in this process and measures the CPU time.

    read_cpu.py windows|scan NAME

Reads twice and prints as JSON: CPU seconds of all threads and wall seconds of
the first look, opening included; seconds of the second look; peak memory; a
checksum of the pixels; and RETILE_STATS after the first look. If PERF_FIFOS
names a folder, the script tells perf through it to count the first look only,
and there is no checksum.
"""

import json
import os
import random
import sys
import time
import zlib

import numpy as np
from osgeo import gdal, gdal_array

import pan

SIDE_PX = 512
WINDOWS = 100
SEED = 11
PERF = os.environ.get("PERF_FIFOS")


def windows(width, height):
    places = random.Random(SEED)
    for _ in range(WINDOWS):
        yield (places.randrange(width - SIDE_PX + 1),
               places.randrange(height - SIDE_PX + 1), SIDE_PX, SIDE_PX)


CASES = {"windows": windows, "scan": pan.scan_windows}


def tell_perf(word):
    if PERF is None:
        return
    with open(os.path.join(PERF, "control"), "w", encoding="ascii") as to:
        to.write(word + "\n")
    with open(os.path.join(PERF, "answer"), encoding="ascii") as answer:
        answer.read(1)


def look(dataset, requests, pixels):
    """Seconds, CPU seconds, and a checksum, whose time is not counted."""
    wall_s = cpu_s = 0.0
    checksum = 0
    for x, y, w, h in requests:
        target = pixels[:, :h, :w]
        wall, cpu = time.perf_counter(), time.process_time()
        dataset.ReadAsArray(x, y, w, h, buf_obj=target)
        wall_s += time.perf_counter() - wall
        cpu_s += time.process_time() - cpu
        if PERF is None:
            checksum = zlib.crc32(target.tobytes(), checksum)
    return wall_s, cpu_s, checksum


def measure(case, name):
    gdal.AllRegister()
    wall, cpu = time.perf_counter(), time.process_time()
    dataset = gdal.Open(name)
    open_wall, open_cpu = time.perf_counter() - wall, time.process_time() - cpu
    kind = gdal_array.flip_code(dataset.GetRasterBand(1).DataType)
    pixels = np.zeros((dataset.RasterCount, SIDE_PX, SIDE_PX), kind)
    requests = list(CASES[case](dataset.RasterXSize, dataset.RasterYSize))
    tell_perf("enable")
    wall_s, cpu_s, checksum = look(dataset, requests, pixels)
    tell_perf("disable")
    stats = dataset.GetMetadata("RETILE_STATS") or {}
    again_s, _, again = look(dataset, requests, pixels)
    if again != checksum:
        raise RuntimeError(name + ": the second look saw other pixels")
    return {"wall_s": open_wall + wall_s, "cpu_s": open_cpu + cpu_s,
            "again_s": again_s, "peak_mb": pan.peak_mb(), "digest": checksum,
            "stats": stats}


def main(argv):
    if len(argv) != 3 or argv[1] not in CASES:
        sys.exit(__doc__.strip())
    gdal.UseExceptions()
    json.dump(measure(argv[1], argv[2]), sys.stdout)


if __name__ == "__main__":
    main(sys.argv)
