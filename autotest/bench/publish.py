#!/usr/bin/python3
"""Run all comparisons and write driver/doc/benchmarks.md with its charts.

    publish.py [--quick] [--parts NAME,...] [--again] [--out DIR] [--dir DIR]
               [--plugin DIR]

Runs the other benches, one after another, with --json, and keeps what they
measured and printed in DIR (build/bench). Then it writes the page and the charts
to --out (driver/doc). With --quick the rasters are small and each measurement
is made once: to try the script, not to publish. --again runs only the parts (all
by default) whose figures DIR does not have; figures of other parts are kept.
Other programs (libvips, Grok, OpenJPEG, the Orfeo ToolBox) take part if they are
installed, charts if matplotlib is.
"""

import argparse
import os
import subprocess
import sys
import time
from collections import namedtuple

import apart
import record
import report

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))

# A run of a bench: its words, and those that it has with --quick.
Part = namedtuple("Part", "name script full quick")


def words(text):
    return text.split()


PARTS = (
    Part("memory", "copies.py",
         words("--cases memory --size 8192 --runs 3"),
         words("--cases memory --size 1024 --runs 1")),
    Part("copies", "copies.py",
         words("--cases strips,tiles,forward,jp2,float,itself --cache default "
               "--size 4096 --runs 5"),
         words("--cases forward,itself --cache default --size 1024 --runs 1")),
    Part("cog", "copies.py",
         words("--cases cog --cache default --size 8192 --runs 3"),
         words("--cases cog --cache default --size 1024 --runs 1")),
    Part("reads", "reads.py",
         words("--cases windows,viewer,overviews --size 6144 --repeat 3"),
         words("--cases windows,viewer,overviews --sources png,jp2_one,rows_64 "
               "--size 1024 --repeat 1 --cache 1 --windows 20 --requests 20")),
    Part("network", "reads.py",
         words("--cases http --size 4096 --repeat 3"),
         words("--cases http --size 1024 --repeat 1")),
    Part("focal", "focal.py",
         words("--size 8192 --runs 5"), words("--size 1024 --runs 1")),
    Part("decode", "decode.py",
         words("--size 8192 --runs 5"), words("--size 1024 --runs 1")),
    Part("computed", "computed.py",
         words("--cases average_png,cubic_jp2,warp_png,warp_strips,mosaic_strips,"
               "mosaic_jp2_cog,scale_png,window_jp2 --size 8192 --runs 3"),
         words("--cases average_png,mosaic_strips --size 1024 --runs 1")),
)


def command(part, given):
    return [part.script, *(part.quick if given.quick else part.full)]


def path_of(part, given, ending):
    kind = "trial" if given.quick else "published"
    return os.path.join(given.dir, "%s_%s.%s" % (kind, part.name, ending))


def run(part, given):
    """Runs a bench. What it measured appears under its name when it is whole."""
    figures = path_of(part, given, "json")
    for old in (figures, figures + ".part"):
        if os.path.exists(old):
            os.remove(old)
    script, *options = command(part, given)
    start = time.monotonic()
    with open(path_of(part, given, "txt"), "w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, script), *options, "--json",
             figures + ".part", "--dir", given.dir, "--plugin", given.plugin],
            stdout=log, env=apart.environment(given.plugin), check=False)
    if done.returncode != 0 or not os.path.exists(figures + ".part"):
        sys.exit("publish.py: %s failed, see %s" % (
            " ".join(command(part, given)), path_of(part, given, "txt")))
    os.rename(figures + ".part", figures)
    print("%-9s %5.0f s" % (part.name, time.monotonic() - start), flush=True)


def command_line():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = [part.name for part in PARTS]
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--parts", type=lambda text: text.split(","),
                        default=names)
    parser.add_argument("--out", default=os.path.join(PROJECT, "driver", "doc"))
    parser.add_argument("--dir", default=os.path.join(PROJECT, "build", "bench"))
    parser.add_argument("--plugin", metavar="DIR",
                        default=os.path.join(PROJECT, "build", "release"))
    given = parser.parse_args()
    given.plugin = os.path.abspath(given.plugin)
    if not set(given.parts) <= set(names):
        parser.error("there are " + ", ".join(names))
    if not os.path.exists(os.path.join(given.plugin, "gdal_RETILE.so")):
        parser.error("there is no gdal_RETILE.so in %s: build it, or say where it "
                     "is with --plugin" % given.plugin)
    return given


def main():
    given = command_line()
    os.makedirs(given.dir, exist_ok=True)
    load = os.getloadavg()[0]
    for part in PARTS:
        if part.name in given.parts and not (
                given.again and os.path.exists(path_of(part, given, "json"))):
            run(part, given)
    rows = {part.name: record.read(path_of(part, given, "json"))
            for part in PARTS if os.path.exists(path_of(part, given, "json"))}
    commands = {part.name: " ".join(command(part, given)) for part in PARTS}
    report.write(given.out, rows, commands, given.quick, load)


if __name__ == "__main__":
    main()
