#!/usr/bin/python3
"""The bench: RETILE against plain GDAL on sources that are hard to window.

    run.py [--runs N] [--size PX] [--dir DIR] [--plugin DIR] [--cache MB]

Two cases, on a single-tile JPEG 2000, a PNG and deflate strips:

    pan    30 random windows of 512 x 512, and the same windows again
    scan   every block of 512 x 512, row by row, and once more

Each measurement runs in a process of its own. Plain GDAL and RETILE take turns,
N times (3 by default). A ratio is the median over the pairs, RETILE divided by
GDAL: below 1 is better. Times are medians, in seconds. "again" is RETILE's
second look divided by its first. The only check is that both read the same
pixels.
"""

import os
import statistics
import subprocess
import sys

import pan
import record

SOURCES = ("scene.jp2", "scene.png", "scene_strips.tif")
COLUMNS = "%-5s %-17s %8s %8s %7s %7s %7s %11s %9s %8s"


def median_of(pairs, value):
    return statistics.median(value(plain, retiled) for plain, retiled in pairs)


def line(case, source, pairs):
    stats = pairs[-1][1]["stats"]
    return COLUMNS % (
        case,
        source,
        "%.3f" % median_of(pairs, lambda a, b: a["first_s"]),
        "%.3f" % median_of(pairs, lambda a, b: b["first_s"]),
        "%.2f" % median_of(pairs, lambda a, b: b["first_s"] / a["first_s"]),
        "%.2f" % median_of(pairs, lambda a, b: b["peak_mb"] / a["peak_mb"]),
        "1/%.0f" % median_of(pairs, lambda a, b: b["first_s"] / b["second_s"]),
        pan.millions(stats, "SOURCE_PIXELS_DECODED"),
        stats.get("DECODE_AMPLIFICATION", "-"),
        "%.0f" % median_of(pairs, lambda a, b: b["peak_mb"]),
    )


def compare(case, path, given):
    pairs = []
    for _ in range(given.runs):
        pair = tuple(
            pan.measure_apart(case, name, given.plugin, given.cache)
            for name in (path, "RETILE:" + path)
        )
        pan.same_pixels(pair[0], pair[1], case, path)
        pairs.append(pair)
    return pairs


def main():
    words = pan.command_line(__doc__)
    words.add_argument("--runs", metavar="N", type=int, default=3)
    words.add_argument("--size", metavar="PX", type=int, default=4096)
    words.add_argument(
        "--dir", default=os.path.join(pan.PROJECT, "build", "bench"),
        help="where the scenes are made and kept")
    record.add_option(words)
    given = words.parse_args()
    if given.runs < 1:
        words.error("--runs must be 1 or more")
    pan.require_plugin(words, given.plugin)

    here = os.path.dirname(os.path.abspath(__file__))
    scene = os.path.join(here, "make_scene.py")
    subprocess.run([sys.executable, scene, given.dir, str(given.size)],
                   check=True)
    print("\n%d x %d pixels, 3 bands; %d MB of block cache on both sides; "
          "medians of %d runs\n"
          % (given.size, given.size, given.cache, given.runs))
    print(COLUMNS % ("", "", "GDAL", "RETILE", "time", "memory", "again",
                     "decoded px", "amplifi-", "memory"))
    print(COLUMNS % ("case", "source", "s", "s", "ratio", "ratio", "",
                     "millions", "cation", "MB"))
    for case in ("pan", "scan"):
        for source in SOURCES:
            pairs = compare(case, os.path.join(given.dir, source), given)
            print(line(case, source, pairs), flush=True)
            record.add(
                given, case=case, source=source, against="GDAL",
                cache_mb=given.cache,
                mine_s=median_of(pairs, lambda a, b: b["first_s"]),
                other_s=median_of(pairs, lambda a, b: a["first_s"]),
                time=median_of(pairs, lambda a, b: b["first_s"] / a["first_s"]),
                again=median_of(pairs, lambda a, b: b["second_s"] / a["second_s"]))


if __name__ == "__main__":
    main()
