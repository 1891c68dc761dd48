#!/usr/bin/python3
"""Show where a bad layout hurts, and what RETILE makes of it.

    demo.py [--size PX] [--dir DIR] [--plugin DIR]

Three comparisons with plain GDAL, in seconds and peak memory, with a bar of text
for each. If the pixels differ, it says so and fails. The rasters are made once
and kept in DIR (build/demo). They are small, so that it takes a minute; the
caches of both sides are small in proportion. --size: of the scene, to try the
script with less than 4096.
"""

import argparse
import json
import os
import subprocess
import sys

import apart
import contenders

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
SCENE_PX = 4096
CUT_PX = 512
WIDE_TIMES, WIDE_ROWS = 6, 768
COPY_MB = 64
PAN_MB = 16
SCREENS = 50
SEED = 7
BAR = 44
LINE = "  %-7s %-*s %7.2f s %6.0f MB"


def make_wide(folder, scene):
    """The top of the scene, six times side by side, as 16 bits with noise."""
    import numpy as np
    from osgeo import gdal

    gdal.UseExceptions()
    path = os.path.join(folder, "wide.tif")
    source = gdal.Open(scene)
    width = WIDE_TIMES * source.RasterXSize
    made = gdal.GetDriverByName("GTiff").Create(
        path + ".part", width, WIDE_ROWS, 3, gdal.GDT_UInt16,
        ["COMPRESS=DEFLATE", "PREDICTOR=2", "INTERLEAVE=PIXEL", "BLOCKYSIZE=64",
         "NUM_THREADS=ALL_CPUS"])
    made.SetProjection(source.GetProjection())
    made.SetGeoTransform(source.GetGeoTransform())
    chance = np.random.default_rng(SEED)
    for y in range(0, WIDE_ROWS, 64):
        part = source.ReadAsArray(0, y, source.RasterXSize, 64).astype(np.uint16)
        rows = np.concatenate((part, part[:, :, ::-1]) * (WIDE_TIMES // 2), axis=2)
        rows = rows * 16 + chance.integers(0, 24, rows.shape, np.uint16)
        made.WriteArray(rows.astype(np.uint16), 0, y)
    del made
    os.rename(path + ".part", path)


class Demo:
    def __init__(self, given):
        self.given = given

    def path(self, name):
        return os.path.join(self.given.dir, name)

    def make(self):
        """Children make the rasters, so that this process stays small."""
        env = apart.environment(self.given.plugin)
        subprocess.run([sys.executable, os.path.join(HERE, "make_scene.py"),
                        self.given.dir, str(self.given.size)], env=env, check=True)
        if not os.path.exists(self.path("wide.tif")):
            subprocess.run([sys.executable, os.path.abspath(__file__), "--wide",
                            self.given.dir, self.path("scene_strips.tif")],
                           env=env, check=True)
        if not os.path.exists(self.path("tiled.tif")):
            self.command(["gdal_translate", "-q", "-co", "TILED=YES",
                          *contenders.creation("COMPRESS=DEFLATE", "PREDICTOR=2",
                                               *contenders.tiles()),
                          self.path("scene_strips.tif"), self.path("part.tif")])
            os.rename(self.path("part.tif"), self.path("tiled.tif"))

    def command(self, words, more=None):
        done = apart.run(words, apart.environment(self.given.plugin, more))
        if done.error is not None:
            sys.exit("failed: %s: %s" % (" ".join(words), done.error))
        return done.wall_s, done.peak_mb

    def show(self, title, what, plain, mine):
        """plain, mine: seconds and MB."""
        print("\n%s\n%s" % (title, what))
        most = max(plain[0], mine[0])
        for label, (seconds, peak_mb) in (("GDAL", plain), ("RETILE", mine)):
            bar = "#" * max(1, round(BAR * seconds / most))
            print(LINE % (label, BAR, bar, seconds, peak_mb))
        print("  the same pixels, %.1f times as fast" % (plain[0] / mine[0]),
              flush=True)

    def check(self, mine, plain):
        told = apart.answer("pixels.py", "difference", mine, plain,
                            env=apart.environment(self.given.plugin))
        if told != "same":
            sys.exit("failed: %s and %s differ: %s" % (mine, plain, told))
        for path in (mine, plain):
            contenders.remove(path)

    def copies(self, title, source, plain, mine, shared, more=None):
        """plain, mine: words of gdal_translate for each side; shared: for both."""
        seen = []
        for words, name in ((plain, "plain.tif"), (mine, "retiled.tif")):
            contenders.remove(self.path(name))
            seen.append(self.command(["gdal_translate", "-q", *words, *shared,
                                      self.path(source), self.path(name)], more))
        self.check(self.path("retiled.tif"), self.path("plain.tif"))
        self.show(title, "  $ gdal_translate %s ... %s out.tif" % (
            " ".join(mine), source), *seen)

    def cog(self):
        shared = contenders.creation("COMPRESS=DEFLATE", "PREDICTOR=YES",
                                     "OVERVIEW_RESAMPLING=AVERAGE",
                                     "NUM_THREADS=ALL_CPUS")
        self.copies(
            "1. Strips of a wide raster into a COG, with %d MB" % COPY_MB,
            "wide.tif", ["-of", "COG"],
            ["-of", "RETILE", *contenders.creation(
                "LAYOUT=COG", "MEMORY_MAX=%dMB" % COPY_MB)],
            shared, {"GDAL_CACHEMAX": str(COPY_MB)})

    def pan(self, name, what):
        seen, digests = [], set()
        for prefix in ("", "RETILE:"):
            told = json.loads(apart.answer(
                "read_trace.py", "walk", prefix + self.path(name), str(SCREENS),
                str(SEED), env=apart.environment(self.given.plugin, {
                    "GDAL_CACHEMAX": str(PAN_MB),
                    "RETILE_CACHEMAX": "%dMB" % PAN_MB})))
            seen.append((told["first_s"] + told["again_s"], told["peak_mb"]))
            digests.add(told["digest"])
        if len(digests) != 1:
            sys.exit("failed: RETILE read other pixels of %s" % name)
        self.show("2. A pan over %s, and the same way again" % what,
                  "  %d screens at full resolution; the scene has %.0f MB, the "
                  "cache %d MB" % (SCREENS, self.given.size ** 2 * 3 / apart.MB, PAN_MB),
                  *seen)

    def raw(self):
        side = str(self.given.size - 2 * CUT_PX)
        cut = ["-srcwin", str(CUT_PX), str(CUT_PX), side, side]
        shared = contenders.creation("COMPRESS=DEFLATE", "PREDICTOR=2",
                                     "NUM_THREADS=ALL_CPUS")
        self.copies(
            "3. A part of a file that is well tiled: its tiles are copied raw",
            "tiled.tif",
            ["-of", "GTiff", *cut, *contenders.creation(
                "TILED=YES", *contenders.tiles())],
            ["-of", "RETILE", *cut], shared)


def main():
    if sys.argv[1:2] == ["--wide"]:
        make_wide(*sys.argv[2:])
        return
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--size", metavar="PX", type=int, default=SCENE_PX)
    words.add_argument("--dir", default=os.path.join(PROJECT, "build", "demo"))
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    given = words.parse_args()
    os.makedirs(given.dir, exist_ok=True)
    demo = Demo(given)
    demo.make()
    demo.cog()
    demo.pan("scene.png", "a PNG")
    demo.pan("scene.jp2", "a JPEG 2000 of one tile")
    demo.raw()


if __name__ == "__main__":
    main()
