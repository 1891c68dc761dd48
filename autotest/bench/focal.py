#!/usr/bin/python3
"""The bench of operators on neighbourhoods: FOCAL in a copy, against others.

    focal.py [--runs N] [--size PX] [--cases NAME,...] [--cache MB]
             [--to-disk] [--json FILE] [--dir DIR] [--plugin DIR]

A raster of heights, PX x PX of 32 bits in DEFLATE strips of 64 rows
(float_deflate of sources.py, made once and kept in DIR), becomes a tiled
GeoTIFF, DEFLATE in tiles of 512 x 512. Cases; the default is all of them:

    slope        gdal_translate -of RETILE -oo FOCAL=slope, against gdaldem
    hillshade    the same with hillshade
    percent      FOCAL="slope -p", against gdaldem and the Orfeo ToolBox

RETILE has MB as its MEMORY_MAX (64 by default). Others:

    gdaldem      with -co NUM_THREADS=ALL_CPUS and GDAL's default cache; its
                 pixels must be the same.
    BandMathX    of the Orfeo ToolBox (Debian's otb-bin), which has no slope of
                 its own, nor an arc tangent of a number. It interprets
                 gdaldem's formula of the slope in percent for each pixel. All
                 pixels but the outermost line are the same. It takes about
                 10 us a pixel, so it is left out if PX is over 4096.
    Smoothing    of the same: the mean of 3 x 3, compiled. It is another
                 operator, the most similar one, with less work for each pixel.
                 Both stream with MB as -ram, on all cores, and are left out if
                 they are not installed.

Each measurement runs in a process of its own. The contenders take turns, N
times (5 by default), and the one that goes first changes. Columns:

    RETILE s, other s    median wall time in seconds. RETILE syncs its file
                         before it renames it; the others sync with --to-disk
                         only.
    time, CPU, memory    medians of the pairs' ratios, RETILE divided by the
                         other: below 1 is better. CPU time is that of all
                         threads; memory is the peak of resident memory.
    MB, other MB         that peak, start-up included
"""

import argparse
import os
import shutil
import sys

import apart
import contenders
import record

PROJECT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
OPTIONS = ["COMPRESS=DEFLATE", "ZLEVEL=6"]
# By case: the arguments of gdaldem.
CASES = {"slope": ["slope"], "hillshade": ["hillshade"],
         "percent": ["slope", "-p"]}
SOURCE = "float_deflate"
LINE = "%-10s %-10s %8s %8s %6s %6s %7s %6s %8s"

MATH_MAX_PX = 4096

# Horn's sums, over 8 pixels of 10 m: the slope in percent.
KERNELS = """#M across { -1, 0, 1; -2, 0, 2; -1, 0, 1 }
#M down { -1, -2, -1; 0, 0, 0; 1, 2, 1 }
"""
ACROSS, DOWN = "dotpr(across,im1b1N3x3)", "dotpr(down,im1b1N3x3)"
PERCENT = "sqrt(%s*%s+%s*%s)/0.8" % (ACROSS, ACROSS, DOWN, DOWN)


def retile(words, cache_mb):
    options = [*OPTIONS, contenders.threads_of(None),
               "MEMORY_MAX=%dMB" % cache_mb]

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "RETILE",
                "-oo", "FOCAL=" + " ".join(words),
                *contenders.creation(*options),
                "RETILE:" + source, target]

    return contenders.Contender("RETILE", command, {}, False)


def gdaldem(words):
    options = ["TILED=YES", *contenders.tiles(), *OPTIONS,
               contenders.threads_of(None)]

    def command(source, target):
        return ["gdaldem", words[0], "-q", source, target, *words[1:],
                *contenders.creation(*options)]

    return contenders.Contender("gdaldem", command, {}, False)


def orfeo(application, words, cache_mb):
    """Options of the file come after its name."""
    options = "&gdal:co:".join(
        ["?", "TILED=YES", *contenders.tiles(), *OPTIONS,
         contenders.threads_of(None)])

    def command(source, target):
        return ["otbcli_" + application, *words(source), "-out",
                target + options, "float", "-ram", str(cache_mb)]

    return contenders.Contender(application, command, {}, False)


def band_math(folder, cache_mb):
    kernels = os.path.join(folder, "kernels.txt")
    with open(kernels, "w", encoding="ascii") as file:
        file.write(KERNELS)
    return orfeo("BandMathX",
                 lambda source: ["-il", source, "-incontext", kernels,
                                 "-exp", PERCENT], cache_mb)


def smoothing(cache_mb):
    return orfeo("Smoothing",
                 lambda source: ["-in", source, "-type", "mean",
                                 "-type.mean.radius", "1"], cache_mb)


def has_orfeo():
    return shutil.which("otbcli_BandMathX") is not None


def everyone(case, given):
    them = [retile(CASES[case], given.cache), gdaldem(CASES[case])]
    if case == "percent" and has_orfeo():
        them.append(smoothing(given.cache))
        if given.size <= MATH_MAX_PX:
            them.append(band_math(given.dir, given.cache))
    return them


def header(given):
    print("\n%d x %d, medians of %d runs, %d MB\n" % (
        given.size, given.size, given.runs, given.cache))
    print(LINE % ("", "", "RETILE", "other", "time", "CPU", "memory", "",
                  "other"))
    print(LINE % ("operator", "against", "s", "s", "ratio", "ratio", "ratio",
                  "MB", "MB"), flush=True)


def line(given, case, label, mine, other):
    error = mine.error or other.error
    if error is None and label == "gdaldem" and mine.digest != other.digest:
        error = "no figures: the pixels differ"
    if error is not None:
        print("%-10s %-10s %s" % (case, label, error), flush=True)
        return
    print(LINE % (
        case, label,
        *mine.figures(other),
        "%.0f" % other.median("peak_mb"),
    ), flush=True)
    record.add(given, case=case, against=label, cache_mb=given.cache,
               **record.of_pair(mine, other))


def run(case, source, given):
    results = contenders.take_turns(everyone(case, given), source, given)
    for label, other in results.items():
        if label != "RETILE":
            line(given, case, label, results["RETILE"], other)


def command_line():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--runs", metavar="N", type=int, default=5)
    words.add_argument("--size", metavar="PX", type=int, default=16384)
    words.add_argument("--cases", metavar="NAME,...", type=contenders.some_of(CASES),
                       default=list(CASES))
    words.add_argument("--cache", metavar="MB", type=int, default=64)
    words.add_argument("--to-disk", action="store_true",
                       help="the others bring their files to disk as well")
    words.add_argument("--dir",
                       default=os.path.join(PROJECT, "build", "bench"))
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    record.add_option(words)
    given = words.parse_args()
    if given.runs < 1 or given.size < 64 or given.cache < 1:
        words.error("--runs and --cache must be 1 or more, --size 64 or more")
    if not os.path.exists(os.path.join(given.plugin, "gdal_RETILE.so")):
        words.error("there is no gdal_RETILE.so in %s: build it, or say "
                    "where it is with --plugin" % given.plugin)
    return given


def main():
    given = command_line()
    os.makedirs(given.dir, exist_ok=True)
    source = apart.answer("sources.py", given.dir, str(given.size), SOURCE,
                          env=apart.environment(given.plugin))
    header(given)
    for case in given.cases:
        run(case, source, given)
    if not has_orfeo():
        print("\nthe Orfeo ToolBox was not there: it is in Debian's otb-bin")


if __name__ == "__main__":
    main()
