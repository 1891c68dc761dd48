#!/usr/bin/python3
"""Time windowed reads of rasters, plainly and through RETILE.

    pan.py [--plugin DIR] [--cache MB] FILE...

Prints a table. Windows of each file, at random places that are always the same,
are read twice by plain GDAL and twice through RETILE, with the same block cache
(64 MB by default). Each line comes from a process of its own, which is this
script again:

    pan.py --measure pan|scan NAME

It prints its results as JSON. "pan" reads the random windows, "scan" every
512 x 512 block, row by row.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import time

SIDE_PX = 512
PAN_WINDOWS = 30
PAN_SEED = 7
DEFAULT_CACHE_MB = 64
PROJECT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
DEFAULT_PLUGIN = os.path.join(PROJECT, "build", "release")


def pan_windows(width, height):
    places = random.Random(PAN_SEED)
    side_x, side_y = min(SIDE_PX, width), min(SIDE_PX, height)
    for _ in range(PAN_WINDOWS):
        x = places.randrange(width - side_x + 1)
        y = places.randrange(height - side_y + 1)
        yield x, y, side_x, side_y


def scan_windows(width, height):
    for y in range(0, height, SIDE_PX):
        for x in range(0, width, SIDE_PX):
            yield x, y, min(SIDE_PX, width - x), min(SIDE_PX, height - y)


CASES = {"pan": pan_windows, "scan": scan_windows}


def peak_mb():
    """The most memory that this process had.

    This is not ru_maxrss, which starts from the peak of the parent process.
    """
    with open("/proc/self/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status has no VmHWM line")


def look(dataset, windows, pixels):
    """Read all windows once; return the seconds and a checksum."""
    import zlib

    seconds, checksum = 0.0, 0
    for x, y, w, h in windows:
        target = pixels[:, :h, :w]
        start = time.perf_counter()
        dataset.ReadAsArray(x, y, w, h, buf_obj=target)
        seconds += time.perf_counter() - start
        checksum = zlib.crc32(target.tobytes(), checksum)
    return seconds, checksum


def measure(case, name):
    """Measure in this process."""
    import numpy as np
    from osgeo import gdal, gdal_array

    gdal.UseExceptions()
    start = time.perf_counter()
    dataset = gdal.Open(name)
    open_s = time.perf_counter() - start
    kind = gdal_array.flip_code(dataset.GetRasterBand(1).DataType)
    pixels = np.zeros((dataset.RasterCount, SIDE_PX, SIDE_PX), kind)
    windows = list(CASES[case](dataset.RasterXSize, dataset.RasterYSize))
    first_s, checksum = look(dataset, windows, pixels)
    # Pixels decoded for the first look; the second should add none.
    stats = dataset.GetMetadata("RETILE_STATS") or {}
    second_s, again = look(dataset, windows, pixels)
    if again != checksum:
        raise RuntimeError(name + ": the second look saw other pixels")
    return {
        "first_s": open_s + first_s,
        "second_s": second_s,
        "peak_mb": peak_mb(),
        "checksum": checksum,
        "stats": stats,
    }


def measure_apart(case, name, plugin, cache_mb):
    """Measure in a new process.

    Both caches have the budget; a read through RETILE should use its own only.
    """
    env = dict(
        os.environ,
        GDAL_DRIVER_PATH=plugin,
        GDAL_CACHEMAX=str(cache_mb),
        RETILE_CACHEMAX="%dMB" % cache_mb,
    )
    command = [sys.executable, os.path.abspath(__file__), "--measure", case, name]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit("%s of %s failed" % (case, name))
    return json.loads(done.stdout)


def same_pixels(plain, retiled, case, name):
    if plain["checksum"] != retiled["checksum"]:
        sys.exit("%s of %s: RETILE read other pixels" % (case, name))


def millions(stats, key):
    """A pixel count in millions, or a dash for a driver that has none."""
    return "%.1f" % (int(stats[key]) / 1e6) if key in stats else "-"


TABLE = "%-18s %-7s %11s %12s %11s %9s %10s"


def table(files, plugin, cache_mb):
    print(TABLE % ("", "", "first look", "second look", "decoded px",
                   "amplifi-", "peak"))
    print(TABLE % ("source", "with", "s", "s", "millions", "cation",
                   "memory MB"))
    seen = {"GDAL": [], "RETILE": []}
    for path in files:
        for label, name in (("GDAL", path), ("RETILE", "RETILE:" + path)):
            result = measure_apart("pan", name, plugin, cache_mb)
            seen[label].append(result)
            stats = result["stats"]
            print(TABLE % (
                os.path.basename(path),
                label,
                "%.3f" % result["first_s"],
                "%.4f" % result["second_s"],
                millions(stats, "SOURCE_PIXELS_DECODED"),
                stats.get("DECODE_AMPLIFICATION", "-"),
                "%.0f" % result["peak_mb"],
            ), flush=True)
        same_pixels(seen["GDAL"][-1], seen["RETILE"][-1], "pan", path)
    for label, results in seen.items():
        first_s = sum(result["first_s"] for result in results)
        second_s = sum(result["second_s"] for result in results)
        print(TABLE % ("total", label, "%.3f" % first_s, "%.4f" % second_s,
                       "", "", ""))


def command_line(text):
    """The options that all scripts of the bench have."""
    words = argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawTextHelpFormatter
    )
    words.add_argument("--plugin", metavar="DIR", default=DEFAULT_PLUGIN)
    words.add_argument(
        "--cache", metavar="MB", type=int, default=DEFAULT_CACHE_MB
    )
    return words


def require_plugin(words, folder):
    if not os.path.exists(os.path.join(folder, "gdal_RETILE.so")):
        words.error("there is no gdal_RETILE.so in %s: build it, or say "
                    "where it is with --plugin" % folder)


def main():
    words = command_line(__doc__)
    words.add_argument("--measure", choices=sorted(CASES))
    words.add_argument("names", metavar="FILE", nargs="+")
    given = words.parse_args()
    if given.measure:
        if len(given.names) != 1:
            words.error("--measure takes one name")
        json.dump(measure(given.measure, given.names[0]), sys.stdout)
    else:
        require_plugin(words, given.plugin)
        table(given.names, given.plugin, given.cache)


if __name__ == "__main__":
    main()
