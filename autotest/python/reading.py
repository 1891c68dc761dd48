"""Shared by the tests of reads: sources that are hard to window, and programs
that read them in a process of their own.

As a script it is such a program:

    reading.py NAME OPTIONS WINDOWS LOOKS

OPTIONS are open options. WINDOWS is a list of x, y, width, height, and
optionally the number of an overview, from 1. Both are JSON. It reads all
windows of all bands LOOKS times and prints as JSON: one digest for each look;
RETILE_STATS after each look; spilled, the files without a name that it had open
in RETILE_SPILL_DIR, as mode and bytes; named, the files with a name there.
"""

import hashlib
import json
import os
import random
import stat
import subprocess
import sys
from pathlib import Path

from osgeo import gdal

# Larger rasters and budgets, and more repetitions.
LARGE = os.environ.get("RETILE_TEST_LARGE", "NO") not in ("", "0", "NO")

gdal.UseExceptions()

STRIPS = ["COMPRESS=DEFLATE", "PREDICTOR=2", "BLOCKYSIZE=64"]
TILES = ["COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES", "BLOCKXSIZE=496",
         "BLOCKYSIZE=304"]  # as near to 500 x 300 as TIFF allows

# By name: the extension, the driver, bands, and options for a raster of w x h.
LAYOUTS = {
    "strips": ("tif", "GTiff", 3, lambda w, h: STRIPS),
    "tiles": ("tif", "GTiff", 3, lambda w, h: TILES),
    "png": ("png", "PNG", 3, lambda w, h: ["ZLEVEL=1"]),
    "png_alpha": ("png", "PNG", 4, lambda w, h: ["ZLEVEL=1"]),
    "jpeg": ("jpg", "JPEG", 3, lambda w, h: ["QUALITY=90"]),
    "jp2_one": ("jp2", "JP2OpenJPEG", 3, lambda w, h: [
        "BLOCKXSIZE=%d" % w, "BLOCKYSIZE=%d" % h, "REVERSIBLE=NO",
        "QUALITY=20"]),
    "jp2_tiles": ("jp2", "JP2OpenJPEG", 3, lambda w, h: [
        "BLOCKXSIZE=256", "BLOCKYSIZE=256", "REVERSIBLE=NO", "QUALITY=20"]),
}


def rows_of_pixels(first, count, width, bands):
    """Hills with some noise, so that no two windows are the same."""
    import numpy as np

    y, x = np.mgrid[first:first + count, 0:width].astype(np.float32)
    hills = 90 * np.sin(x / 97) * np.cos(y / 71) + 110
    grain = np.random.default_rng((5, first)).integers(
        0, 24, (bands, count, width), np.uint8)
    rows = grain + np.stack([hills * (1 - band / 9) for band in range(bands)])
    if bands == 4:
        rows[3] = np.where((x - width / 3) ** 2 + y ** 2 < 90000, 0, 255)
    return rows.astype(np.uint8)


def make(folder, layout, width, height, overviews=(), mask=False):
    """Returns the path. In a TIFF the mask is inside; other formats have their
    overviews in a file next to them."""
    ending, driver, bands, options = LAYOUTS[layout]
    raw = gdal.GetDriverByName("MEM").Create("", width, height, bands)
    for first in range(0, height, 256):
        count = min(256, height - first)
        raw.WriteArray(rows_of_pixels(first, count, width, bands), 0, first)
    path = str(Path(folder) / ("%s.%s" % (layout, ending)))
    gdal.GetDriverByName(driver).CreateCopy(
        path, raw, 0, options(width, height))
    if mask:
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        made = gdal.Open(path, gdal.GA_Update)
        made.CreateMaskBand(gdal.GMF_PER_DATASET)
        made.GetRasterBand(1).GetMaskBand().WriteRaster(
            0, 0, width, height, bytes([255, 255, 0]) * (width * height // 3) +
            bytes(width * height % 3))
        made = None
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    if overviews:
        made = gdal.Open(path)
        made.BuildOverviews("AVERAGE", list(overviews))
        made = None
    return path


def random_windows(width, height, count, largest, seed=3):
    chance = random.Random(seed)
    windows = []
    for _ in range(count):
        w = chance.randint(1, min(largest, width))
        h = chance.randint(1, min(largest, height))
        windows.append((chance.randint(0, width - w),
                        chance.randint(0, height - h), w, h))
    return windows


def digest(pieces):
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def digests_of(path, *looks):
    """The expected digest of each look, from one read of all by plain GDAL."""
    pixels = gdal.Open(path).ReadAsArray()
    return [digest(pixels[:, y:y + h, x:x + w].tobytes()
                   for x, y, w, h in windows) for windows in looks]


def digest_of(path, windows):
    return digests_of(path, windows)[0]


def statistics(dataset):
    """RETILE_STATS as numbers."""
    return {key: float(value) for key, value in
            dataset.GetMetadata("RETILE_STATS").items()}


def spilled(folder):
    """(mode, bytes on disk) of its files that are open and have no name."""
    found = {}
    for link in Path("/proc/self/fd").iterdir():
        try:
            name, about = os.readlink(link), os.stat(link)
        except OSError:
            continue
        if name.startswith(folder + "/") and about.st_nlink == 0:
            found[about.st_ino] = (stat.S_IMODE(about.st_mode),
                                   about.st_blocks * 512)
    return list(found.values())


def read(dataset, x, y, w, h, level=0):
    if level == 0:
        return dataset.ReadRaster(x, y, w, h)
    bands = (dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount))
    return b"".join(band.GetOverview(level - 1).ReadRaster(x, y, w, h)
                    for band in bands)


def look(name, options, windows, looks):
    dataset = gdal.OpenEx(name, gdal.OF_RASTER, open_options=options)
    answer = {"digests": [], "stats": []}
    for _ in range(looks):
        answer["digests"].append(digest(
            read(dataset, *window) for window in windows))
        answer["stats"].append(dataset.GetMetadata("RETILE_STATS"))
    folder = os.environ.get("RETILE_SPILL_DIR")
    if folder and os.path.isdir(folder):
        answer["spilled"] = spilled(folder)
        answer["named"] = os.listdir(folder)
    return answer


def look_apart(name, options, windows, looks=1, **variables):
    """look() in a process of its own. Its warnings and errors are the lines of
    "complaints"."""
    done = subprocess.run(
        [sys.executable, __file__, name, json.dumps(options),
         json.dumps(windows), str(looks)],
        env={**os.environ, **variables}, check=False, timeout=1000,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    answer["complaints"] = done.stderr.splitlines()
    answer["stats"] = [{key: float(value) for key, value in stats.items()}
                       for stats in answer["stats"] if stats]
    return answer


def faults():
    """The library of autotest/cmd/faults.c."""
    return os.environ.get("RETILE_FAULTS") or str(
        Path(os.environ["GDAL_DRIVER_PATH"]) / "autotest" / "faults.so")


if __name__ == "__main__":
    json.dump(look(sys.argv[1], json.loads(sys.argv[2]),
                   json.loads(sys.argv[3]), int(sys.argv[4])), sys.stdout)
