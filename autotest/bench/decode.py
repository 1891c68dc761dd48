#!/usr/bin/python3
"""The bench of whole decodes: JPEG 2000 through RETILE, against others.

    decode.py [--runs N] [--size PX] [--sources NAME,...] [--rows N]
              [--dir DIR] [--plugin DIR]

Reads all pixels of PX x PX x 3 bytes in one tile and in tiles of 1024 x 1024
(jp2_one and jp2_tiles of sources.py, made once and kept in DIR), from the top,
in windows as wide as the image and 512 rows high by default; with the default
caches and all CPUs. Others:

    GDAL             its JP2OpenJPEG driver, the same windows
    opj_decompress   with -threads, into a PPM file (Debian's libopenjp2-tools)
    grk_decompress   with -H, the same (Debian's grokj2k-tools)

The last two are left out if they are not installed. Their file goes to memory
(/dev/shm), if the system has that. Each measurement runs in a process of its
own. All take turns, N times (5 by default). Columns are those of copies.py:
RETILE divided by the other, medians of the turns; below 1 is better. RETILE and
GDAL must have read the same pixels.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import zlib

import apart
import record

PROJECT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
SOURCES = ("jp2_one", "jp2_tiles")
LINE = "%-10s %-15s %8s %8s %6s %6s %7s %6s %8s"


def scan(name, rows):
    """Runs in a process of its own; prints a checksum if asked for one."""
    from osgeo import gdal
    gdal.UseExceptions()
    dataset = gdal.Open(name)
    width, height = dataset.RasterXSize, dataset.RasterYSize
    checksum = 0
    for y in range(0, height, rows):
        pixels = dataset.ReadRaster(0, y, width, min(rows, height - y))
        if "CHECKSUM" in os.environ:
            checksum = zlib.crc32(pixels, checksum)
    print(checksum)


def contenders(path, target, given):
    mine = [sys.executable, os.path.abspath(__file__), "--scan"]
    cpus = str(os.cpu_count())
    known = {
        "RETILE": mine + ["RETILE:" + path, str(given.rows)],
        "GDAL": mine + [path, str(given.rows)],
        "opj_decompress": ["opj_decompress", "-quiet", "-threads", cpus,
                           "-i", path, "-o", target],
        "grk_decompress": ["grk_decompress", "-H", cpus,
                           "-i", path, "-o", target]}
    return {label: command for label, command in known.items()
            if shutil.which(command[0]) is not None}


def same_pixels(path, given):
    sums = [apart.answer("decode.py", "--scan", name, str(given.rows),
                         env=apart.environment(given.plugin,
                                               {"CHECKSUM": "YES"}))
            for name in (path, "RETILE:" + path)]
    return sums[0] == sums[1]


def median(runs, key):
    return statistics.median(getattr(run, key) for run in runs)


def ratio(mine, others, key):
    return statistics.median(getattr(a, key) / getattr(b, key)
                             for a, b in zip(mine, others))


def compare(source, given):
    path = apart.answer("sources.py", given.dir, str(given.size), source,
                        env=apart.environment(given.plugin))
    apart.into_page_cache(path)
    if not same_pixels(path, given):
        print("%-10s no figures: the pixels differ" % source)
        return
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        target = os.path.join(folder, "decoded.ppm")
        commands = contenders(path, target, given)
        runs = {label: [] for label in commands}
        for _ in range(given.runs):
            for label, command in commands.items():
                run = apart.run(command, apart.environment(given.plugin))
                if run.error is not None:
                    sys.exit("%s failed: %s" % (label, run.error))
                runs[label].append(run)
    mine = runs.pop("RETILE")
    for label, others in runs.items():
        print(LINE % (source, label, "%.3f" % median(mine, "wall_s"),
                      "%.3f" % median(others, "wall_s"),
                      *("%.2f" % ratio(mine, others, key)
                        for key in ("wall_s", "cpu_s", "peak_mb")),
                      "%.0f" % median(mine, "peak_mb"),
                      "%.0f" % median(others, "peak_mb")), flush=True)
        record.add(given, case=source, against=label,
                   mine_s=median(mine, "wall_s"),
                   other_s=median(others, "wall_s"),
                   mine_mb=median(mine, "peak_mb"),
                   other_mb=median(others, "peak_mb"),
                   time=ratio(mine, others, "wall_s"),
                   cpu=ratio(mine, others, "cpu_s"),
                   memory=ratio(mine, others, "peak_mb"))


def main():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--runs", type=int, default=5)
    words.add_argument("--size", type=int, default=8192)
    words.add_argument("--rows", type=int, default=512)
    words.add_argument("--sources", default=",".join(SOURCES))
    words.add_argument("--dir", default=os.path.join(PROJECT, "build", "bench"))
    words.add_argument("--plugin",
                       default=os.path.join(PROJECT, "build", "release"))
    record.add_option(words)
    given = words.parse_args()
    unknown = set(given.sources.split(",")) - set(SOURCES)
    if unknown:
        sys.exit("no source is called " + ", ".join(sorted(unknown)))
    os.makedirs(given.dir, exist_ok=True)
    print(LINE % ("", "", "RETILE", "other", "time", "CPU", "memory", "",
                  "other"))
    print(LINE % ("source", "against", "s", "s", "ratio", "ratio", "ratio",
                  "MB", "MB"), flush=True)
    for source in given.sources.split(","):
        compare(source, given)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--scan"]:
        scan(sys.argv[2], int(sys.argv[3]))
    else:
        main()
