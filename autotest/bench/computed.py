#!/usr/bin/python3
"""The bench of computed sources: what is resampled, warped, masked or put
together from several files on its way into a copy.

    computed.py [--runs N] [--size PX] [--cases NAME,...] [--memory MB]
                [--dir DIR] [--plugin DIR] [--tools]

The scene is 7000 x 6001 x 3 bytes if PX is 8192, the default. The output is
DEFLATE (level 6, predictor 2) in tiles of 512 x 512. Each command runs with
-of RETILE and MEMORY_MAX=MB (256 by default), and with GTiff (COG where the
name says so) with NUM_THREADS=ALL_CPUS and GDAL's own cache. gdalwarp has
-multi -wo NUM_THREADS=ALL_CPUS -wm 200. The two take turns, N times (3 by
default). Columns:

    RETILE s, GDAL s   median wall time in seconds
    time, CPU, memory  medians of the pairs' ratios, RETILE divided by GDAL:
                       below 1 is better
    MB                 peak of resident memory of RETILE
    decoded            pixels that RETILE decoded of the files, divided by
                       pixels that it needed of them (its own count)
    pixels             "same", or how many differ and by how much at most

--cases: some of the names that --list prints.
"""

import argparse
import os
import re
import subprocess
import sys

import apart
import contenders
import record

PROJECT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
COLUMNS = "%-26s %8s %8s %6s %6s %7s %6s %8s  %s"
GRID = 3
MANY = 60
WARP = ["-multi", "-wo", "NUM_THREADS=ALL_CPUS", "-wm", "200"]
HALF = ["-outsize", "50%", "50%"]
ENCODING = contenders.encoding("deflate")
AMPLIFICATION = re.compile(r"DECODE_AMPLIFICATION=([0-9.]+)")
UTM = (600000.0, 5300000.0, 10.0)


def translate(*words):
    return ["gdal_translate", *words]


def warp(*words):
    return ["gdalwarp", "-overwrite", *WARP, *words]


MERCATOR = warp("-t_srs", "EPSG:3857", "-r", "bilinear")

# By name: the source, the command, and whether the copy is a COG.
CASES = {
    "average_png": ("png", translate(*HALF, "-r", "average"), False),
    "average_jp2": ("jp2", translate(*HALF, "-r", "average"), False),
    "average_strips": ("strips", translate(*HALF, "-r", "average"), False),
    "cubic_png": ("png", translate(*HALF, "-r", "cubic"), False),
    "cubic_jp2": ("jp2", translate(*HALF, "-r", "cubic"), False),
    "mask_jp2": ("jp2", translate("-mask", "1", "-b", "1", "-b", "2"), False),
    "warp_png": ("png", MERCATOR, False),
    "warp_jp2": ("jp2", MERCATOR, False),
    "warp_strips": ("strips", MERCATOR, False),
    "uint16_jp2": ("jp2", translate("-ot", "UInt16"), False),
    "mosaic_jp2": ("mosaic_jp2", translate(), False),
    "mosaic_jp2_cog": ("mosaic_jp2", translate(), True),
    "mosaic_strips": ("mosaic_strips", translate(), False),
    "mosaic_many": ("mosaic_many", translate(), False),
    "mosaic_many_cog": ("mosaic_many", translate(), True),
    "window_png": ("png", translate("-srcwin", "900", "700", "50%", "50%"),
                   False),
    "window_jp2": ("jp2", translate("-srcwin", "900", "700", "50%", "50%"),
                   False),
    "scale_png": ("png", translate("-scale", "0", "255", "0", "128"), False),
    "scale_jp2": ("jp2", translate("-scale", "0", "255", "0", "128"), False),
    "georef_png": ("png", translate("-a_ullr", "0", "10", "10", "0"), False),
    "colorinterp_png": ("png", translate("-colorinterp", "red,green,blue"),
                        False),
    "expand": ("palette", translate("-expand", "rgb"), False),
    "warp_alpha_strips": ("strips", warp("-t_srs", "EPSG:3857", "-dstalpha"),
                          False),
    "warp_cutline_strips": ("strips", warp("-t_srs", "EPSG:3857", "-cutline",
                                           "CUTLINE"), False),
    "warp_tr_png": ("png", warp("-tr", "17", "17", "-r", "bilinear"), False),
    "warp_cubic_strips": ("strips", warp("-t_srs", "EPSG:3857", "-r",
                                         "cubic"), False),
    "warp_lanczos_strips": ("strips", warp("-t_srs", "EPSG:3857", "-r",
                                           "lanczos"), False),
    "warp_mosaic_strips": ("mosaic_strips", MERCATOR, False),
    "pansharpen": ("pansharpen", translate(), False),
}


class Sources:
    """Makes the sources once and keeps them in a folder."""

    def __init__(self, given):
        self.given = given
        self.env = apart.environment(given.plugin, {"GDAL_NUM_THREADS": "2"})

    def path(self, name):
        return os.path.join(self.given.dir, "%s_%d" % (name, self.given.size))

    def run(self, *words):
        done = apart.run(list(words), self.env)
        if done.error is not None:
            sys.exit("computed.py: %s: %s" % (words[0], done.error))

    def size_of(self, path):
        from osgeo import gdal
        raster = gdal.Open(path)
        return raster.RasterXSize, raster.RasterYSize

    def strips(self):
        return apart.answer("sources.py", self.given.dir,
                            str(self.given.size), "odd", env=self.env)

    def copy(self, name, ending, *words):
        path = self.path(name) + ending
        if not os.path.exists(path):
            part = path + ".part" + ending
            self.run("gdal_translate", "-q", *words, self.strips(), part)
            for made in (part + ".aux.xml", part):
                if os.path.exists(made):
                    os.replace(made, made.replace(part, path))
        return path

    @staticmethod
    def one_tile(width, height):
        return ["-of", "JP2OpenJPEG", *contenders.creation(
            "BLOCKXSIZE=%d" % width, "BLOCKYSIZE=%d" % height,
            "REVERSIBLE=NO", "QUALITY=25")]

    def png(self):
        return self.copy("computed", ".png", "-of", "PNG", "-co", "ZLEVEL=3")

    def jp2(self):
        return self.copy("computed", ".jp2",
                         *self.one_tile(*self.size_of(self.strips())))

    def palette(self):
        path = self.path("palette") + ".tif"
        if not os.path.exists(path):
            self.run("rgb2pct.py", "-q", self.strips(), path + ".part.tif")
            os.replace(path + ".part.tif", path)
        return path

    def pansharpen(self):
        pan = self.copy("pan", ".tif", "-b", "1",
                        *contenders.creation(*ENCODING.gdal))
        coarse = self.copy("coarse", ".tif", *HALF, "-r", "average",
                           *contenders.creation(*ENCODING.gdal))
        path = self.path("pansharpen") + ".vrt"
        self.run("gdal_pansharpen.py", "-q", "-of", "VRT", pan, coarse, path)
        return path

    def mosaic(self, name, count, ending, options):
        """count x count files of the scene, and a VRT of them."""
        path = self.path(name) + ".vrt"
        if os.path.exists(path):
            return path
        folder = self.path(name)
        os.makedirs(folder, exist_ok=True)
        width, height = self.size_of(self.strips())
        self.run(sys.executable, os.path.abspath(__file__), "--pieces",
                 self.strips(), folder, str(count), ending,
                 *options(width // count, height // count))
        self.run("sh", "-c", "gdalbuildvrt -q '%s' '%s'/*%s" % (
            path, folder, ending))
        return path

    def mosaic_jp2(self):
        # Pieces of the last column and row are larger by a few pixels; a
        # block may not be larger than the image, so each asks for its own.
        return self.mosaic("mosaic_jp2", GRID, ".jp2", lambda *_: ["ONE"])

    def mosaic_strips(self):
        return self.mosaic("mosaic_strips", GRID, ".tif", lambda *_: [
            "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2",
            "-co", "BLOCKYSIZE=64"])

    def mosaic_many(self):
        return self.mosaic("mosaic_many", MANY, ".tif", lambda *_: [
            "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=2"])

    def cutline(self):
        """A triangle over the scene."""
        path = self.path("cutline") + ".csv"
        width, height = self.size_of(self.strips())
        left, top, px = UTM
        corners = [(left, top), (left + width * px, top - height * px / 3),
                   (left + width * px / 3, top - height * px), (left, top)]
        with open(path, "w") as stream:
            stream.write('id,WKT\n1,"POLYGON((%s))"\n' % ",".join(
                "%r %r" % corner for corner in corners))
        return path


def make_pieces(words):
    """--pieces SOURCE FOLDER COUNT ENDING OPTION...: cuts a raster up."""
    from osgeo import gdal
    gdal.UseExceptions()
    source, folder, count, ending, *options = words
    raster = gdal.GetDriverByName("MEM").CreateCopy("", gdal.Open(source))
    count = int(count)
    xs = [i * raster.RasterXSize // count for i in range(count + 1)]
    ys = [i * raster.RasterYSize // count for i in range(count + 1)]
    for row in range(count):
        for col in range(count):
            window = [xs[col], ys[row], xs[col + 1] - xs[col],
                      ys[row + 1] - ys[row]]
            wanted = Sources.one_tile(*window[2:]) if options == ["ONE"] \
                else list(options)
            gdal.Translate(
                os.path.join(folder, "%03d_%03d%s" % (row, col, ending)),
                raster, options=["-srcwin", *map(str, window), *wanted])


class Bench:
    def __init__(self, given):
        self.given = given
        self.sources = Sources(given)

    def command(self, name, driver, target):
        source, words, is_cog = CASES[name]
        words = [self.sources.cutline() if word == "CUTLINE" else word
                 for word in words]
        if driver == "RETILE":
            options = [*ENCODING.gdal, "MEMORY_MAX=%dMB" % self.given.memory]
            if is_cog:
                options = [*ENCODING.cog, "LAYOUT=COG",
                           "MEMORY_MAX=%dMB" % self.given.memory]
        elif is_cog:
            driver, options = "COG", [*ENCODING.cog, "BLOCKSIZE=512"]
        else:
            options = ["TILED=YES", *contenders.tiles(), *ENCODING.gdal]
        return [*words, "-q", "-of", driver,
                *contenders.creation(*options, "NUM_THREADS=ALL_CPUS"),
                getattr(self.sources, source)(), target]

    def target(self, driver):
        return os.path.join(self.given.dir, "computed_%s.tif" % driver)

    def once(self, name, driver):
        target = self.target(driver)
        contenders.remove(target)
        return apart.run(self.command(name, driver, target),
                         apart.environment(self.given.plugin))

    def difference(self):
        """Of full resolution and of all levels."""
        return apart.answer("pixels.py", "difference", self.target("RETILE"),
                            self.target("GTiff"),
                            env=apart.environment(self.given.plugin))

    def decoded(self, name):
        target = self.target("RETILE")
        contenders.remove(target)
        done = subprocess.run(
            self.command(name, "RETILE", target), text=True,
            env=apart.environment(self.given.plugin, {"CPL_DEBUG": "RETILE"}),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        told = AMPLIFICATION.findall(done.stderr)
        return "/".join(told) if told else "-"

    def run(self, name):
        mine, other = contenders.Results(), contenders.Results()
        pair = [("RETILE", mine), ("GTiff", other)]
        for number in range(self.given.runs):
            for driver, result in pair if number % 2 == 0 else pair[::-1]:
                run = self.once(name, driver)
                if run.error is not None:
                    print("%-26s %s failed: %s" % (name, driver, run.error),
                          flush=True)
                    return
                result.runs.append(run)
        pixels = self.difference()
        print(COLUMNS % (
            name,
            *mine.figures(other),
            self.decoded(name),
            pixels,
        ), flush=True)
        record.add(self.given, case=name, cache_mb=self.given.memory,
                   against="COG" if CASES[name][2] else "GTiff", pixels=pixels,
                   **record.of_pair(mine, other))
        for driver, _ in pair:
            contenders.remove(self.target(driver))


def command_line():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--runs", metavar="N", type=int, default=3)
    words.add_argument("--size", metavar="PX", type=int, default=8192)
    words.add_argument("--cases", metavar="NAME,...",
                       type=contenders.some_of(CASES), default=list(CASES))
    words.add_argument("--memory", metavar="MB", type=int, default=256)
    words.add_argument("--list", action="store_true")
    words.add_argument("--dir",
                       default=os.path.join(PROJECT, "build", "bench"))
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    record.add_option(words)
    return words.parse_args()


def main():
    if sys.argv[1:2] == ["--pieces"]:
        make_pieces(sys.argv[2:])
        return
    given = command_line()
    if given.list:
        print("\n".join(CASES))
        return
    os.makedirs(given.dir, exist_ok=True)
    bench = Bench(given)
    print(COLUMNS % ("", "RETILE", "GDAL", "time", "CPU", "memory", "", "", ""))
    print(COLUMNS % ("case", "s", "s", "ratio", "ratio", "ratio", "MB",
                     "decoded", "pixels"), flush=True)
    for name in given.cases:
        bench.run(name)


if __name__ == "__main__":
    main()
