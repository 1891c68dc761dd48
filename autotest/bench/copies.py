#!/usr/bin/python3
"""The bench of copies: -of RETILE against other writers of tiled GeoTIFF.

    copies.py [--runs N] [--size PX] [--cases NAME,...] [--cache MB|default]
              [--to-disk] [--json FILE] [--dir DIR] [--plugin DIR]

Cases; the default is all of them (sources.py makes the sources once and keeps
them in DIR):

    strips     DEFLATE strips of 1, 64 and 2000 rows, and all in one strip
    tiles      tiles of 496 x 304, which never line up with 512 x 512
    forward    PNG and JPEG, which can only be read from the top
    jp2        JPEG 2000 in tiles of 1024 x 1024, and in one tile
    float      32-bit heights in strips of 64 rows, DEFLATE and ZSTD
    uint16     a wide raster in 64-row strips, with little memory too
    itself     a copy of a file that is already well tiled, against cp
    warp       gdalwarp to EPSG:3857, bilinear; "RETILE" is -of RETILE there
    threads    RETILE on one thread against GDAL on one, and on all
    cog        LAYOUT=COG, its overviews by AVERAGE and by CUBIC, against
               GDAL's COG driver with the same options, and vips with
               --pyramid: strips of a raster whose sides do not halve, PNG,
               JPEG, tiled JPEG 2000, 32-bit heights; 16-bit strips with
               little memory; and in the tiling scheme GoogleMapsCompatible
    memory     a COG of the 16-bit strips, with much memory and with little,
               against GDAL's COG driver and vips with --pyramid
    growth     1, 4 and 16 times the pixels, up to PX x PX

The encodings are DEFLATE at level 6 and ZSTD at level 9, with a predictor, in
tiles of 512 x 512. Each measurement runs in a process of its own. The
contenders take turns, N times (5 by default), and the one that goes first
changes. If the pixels of the two files differ, there is no figure. The case
"cog" compares all levels. Against vips, whose overviews differ, it compares
full resolution only. In a tiling scheme it compares nothing, because GDAL's
pixels may differ (driver/gdal/cog/README.md). Columns:

    source, as   what is copied, and how it is encoded
    cache        MB that RETILE has as MEMORY_MAX and GDAL as GDAL_CACHEMAX;
                 "-": the default of each. vips and cp have no such limit.
    against      GDAL: the GTiff driver with NUM_THREADS=ALL_CPUS; COG: that
                 driver; vips: vips tiffsave; cp: with sync; "1 thread":
                 RETILE on one, and "GDAL, 1" against that
    RETILE s     median wall time in seconds. RETILE syncs its file before it
                 renames it; the others sync with --to-disk only.
    other s      the same for the other
    time, CPU, memory
                 medians of the pairs' ratios, RETILE divided by the other:
                 below 1 is better. CPU time is that of all threads; memory
                 is the peak of resident memory.
    MB           that peak of RETILE, start-up included
    size         size of RETILE's file divided by that of the other; "!" if
                 they differ by more than 1 %
    limit        RETILE's time divided by the least time that decoding and
                 encoding alone take on all cores (limit.py); 1.00 cannot be
                 beaten. It assumes all cores, so it needs a quiet machine.
"""

import argparse
import os
import sys

import apart
import contenders
import limit
import record

PROJECT = os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
)
ENCODINGS = ("deflate", "zstd")
SIZE_TOLERANCE = 0.01
LITTLE_MB = 64
LEAST_MB = (32, 16)
MEMORY_MB = (256, 128, 64, 32, 16)
COLUMNS = "%-14s %-8s %6s %-8s %8s %8s %6s %6s %7s %6s %7s %6s"
GROWTH = "%7s %7s %-8s %9s %9s %9s %9s"

# By case: the sources, and for each of them the file with the same pixels that
# takes almost no time to decode.
SOURCES = {
    "strips": (("rows_1", "raw"), ("rows_64", "raw"), ("rows_2000", "raw"),
               ("one_strip", "raw")),
    "tiles": (("tiles", "raw"),),
    "forward": (("png", "raw"), ("jpeg", "raw_of_jpeg")),
    "jp2": (("jp2_tiles", "raw_of_jp2_tiles"), ("jp2_one", "raw_of_jp2_one")),
    "float": (("float_deflate", "raw_float"), ("float_zstd", "raw_float")),
    "uint16": (("uint16", "raw_uint16"),),
}
COGS = ("odd", "png", "jpeg", "jp2_tiles", "float_deflate")
SCHEME = "GoogleMapsCompatible"


def header(title):
    print("\n%s\n" % title)
    print(COLUMNS % ("", "", "cache", "", "RETILE", "other", "time", "CPU",
                     "memory", "", "size", ""))
    print(COLUMNS % ("source", "as", "MB", "against", "s", "s", "ratio",
                     "ratio", "ratio", "MB", "ratio", "limit"), flush=True)


def text_of(ratio):
    return "%.2f" % ratio


def size_text(ratio):
    far = abs(ratio - 1) > SIZE_TOLERANCE
    return "%.3f%s" % (ratio, "!" if far else "")


def why_refused(mine, other):
    for who, result in (("RETILE", mine), ("the other", other)):
        if result.error is not None:
            return "%s failed: %s" % (who, result.error)
    if mine.digest != other.digest or mine.levels != other.levels:
        return "no figures: the pixels differ"
    return None


def line(given, names, mine, other, limit_s=None):
    """names: source, encoding, cache, other. Prints one line of the table."""
    refused = why_refused(mine, other)
    if refused is not None:
        print("%-14s %-8s %6s %-8s %s" % (*names, refused), flush=True)
        return
    wall_s = mine.median("wall_s")
    print(COLUMNS % (
        *names,
        "%.3f" % wall_s,
        "%.3f" % other.median("wall_s"),
        text_of(mine.ratio(other, "wall_s")),
        text_of(mine.ratio(other, "cpu_s")),
        text_of(mine.ratio(other, "peak_mb")),
        "%.0f" % mine.median("peak_mb"),
        size_text(mine.size_bytes / other.size_bytes),
        text_of(wall_s / limit_s) if limit_s else "-",
    ), flush=True)
    source, encoding, cache_mb, against = names
    record.add(given, case=source, encoding=encoding, cache_mb=cache_mb,
               against=against, limit=wall_s / limit_s if limit_s else None,
               **record.of_pair(mine, other))


def cache_text(cache_mb):
    return "-" if cache_mb is None else str(cache_mb)


class Bench:
    def __init__(self, given):
        self.given = given
        self.limits = limit.Limits(given)

    def make(self, *names, size=None):
        """Paths of sources, which are made if they do not exist."""
        return apart.answer(
            "sources.py", self.given.dir, str(size or self.given.size), *names,
            env=apart.environment(self.given.plugin)).splitlines()

    def caches(self, *usual):
        return self.given.caches or usual

    def compare(self, source, raw, how, cache_mb, others):
        """Compares RETILE with each of others, all in the same turns."""
        path, raw_path = self.make(source, raw)
        everyone = [contenders.retile(how, cache_mb), *others]
        results = contenders.take_turns(everyone, path, self.given)
        limit_s = self.limits.seconds(path, raw_path, how)
        for other in others:
            line(self.given, (source, how.name, cache_text(cache_mb), other.label),
                 results["RETILE"], results[other.label], limit_s)

    def plain(self, case):
        for source, raw in SOURCES[case]:
            for name in ENCODINGS:
                how = contenders.encoding(name, case == "float")
                for cache_mb in self.caches(None, LITTLE_MB):
                    others = [contenders.gtiff(how, cache_mb)]
                    if cache_mb is None and contenders.has_vips():
                        others.append(contenders.vips(how))
                    self.compare(source, raw, how, cache_mb, others)

    def uint16(self, case):
        (source, raw), = SOURCES[case]
        for name in ENCODINGS:
            how = contenders.encoding(name)
            for cache_mb in self.caches(None, LITTLE_MB, *LEAST_MB):
                self.compare(source, raw, how, cache_mb,
                             [contenders.gtiff(how, cache_mb),
                              contenders.cog(how, cache_mb)])

    def cogs(self, source, name, cache_mb, method, scheme=None):
        path, = self.make(source)
        how = contenders.encoding("deflate", source.startswith("float"))
        given = (how, cache_mb, method, scheme)
        others = [contenders.whole_cog(*given)]
        if cache_mb is None and scheme is None and method == "AVERAGE" and \
                contenders.has_vips():
            others.append(contenders.vips(how, "--pyramid"))
        results = contenders.take_turns(
            [contenders.retile_cog(*given), *others], path, self.given,
            levels=True)
        mine = results["RETILE"]
        for other in others:
            theirs = results[other.label]
            if other.label == "vips":
                theirs.levels = mine.levels
            if scheme is not None:
                theirs.digest, theirs.levels = mine.digest, mine.levels
            line(self.given, (source, name, cache_text(cache_mb), other.label),
                 mine, theirs)

    def cog(self, _):
        for source in COGS:
            for cache_mb in self.caches(None, LITTLE_MB):
                self.cogs(source, "average", cache_mb, "AVERAGE")
                self.cogs(source, "cubic", cache_mb, None)
        for cache_mb in self.caches(None, *LEAST_MB):
            self.cogs("uint16", "average", cache_mb, "AVERAGE")
            self.cogs("uint16", "cubic", cache_mb, None)
        for cache_mb in self.caches(None, LITTLE_MB):
            self.cogs("odd", "scheme", cache_mb, "AVERAGE", SCHEME)
            self.cogs("odd", "s. cubic", cache_mb, None, SCHEME)

    def memory(self, _):
        for cache_mb in self.caches(None, *MEMORY_MB):
            self.cogs("uint16", "average", cache_mb, "AVERAGE")

    def itself(self, _):
        path, = self.make("rows_64")
        for name in ENCODINGS:
            how = contenders.encoding(name)
            done = os.path.join(self.given.dir, "itself.tif")
            made = contenders.run_once(contenders.retile(how), path, done,
                                       self.given.plugin, False)
            if made.error is not None:
                sys.exit("copies.py: %s" % made.error)
            others = [contenders.cp(), contenders.gtiff(how)]
            results = contenders.take_turns(
                [contenders.retile(how), *others], done, self.given)
            contenders.remove(done)
            for other in others:
                line(self.given, ("itself", name, "-", other.label),
                     results["RETILE"], results[other.label])

    def warp(self, _):
        """GDAL warps a VRT in other pieces than a file and rounds differently.
        RETILE's pixels have to be those of the VRT."""
        path, = self.make("rows_64")
        env = apart.environment(self.given.plugin)
        vrt = os.path.join(self.given.dir, "warped.vrt")
        apart.run(contenders.warped_vrt(path, vrt), env)
        digest = apart.answer("pixels.py", "digest", vrt, env=env)
        contenders.remove(vrt)
        for name in ENCODINGS:
            how = contenders.encoding(name)
            results = contenders.take_turns(
                [contenders.warp(how, "RETILE"), contenders.warp(how, "GTiff")],
                path, self.given)
            results["GDAL"].digest = digest
            line(self.given, ("warp", name, "-", "GDAL"), results["RETILE"],
                 results["GDAL"])

    def threads(self, _):
        """The line "1 thread" compares RETILE on all cores with one thread."""
        for source in ("rows_64", "png"):
            path, = self.make(source)
            for name in ENCODINGS:
                how = contenders.encoding(name)
                results = contenders.take_turns(
                    [contenders.retile(how),
                     contenders.retile(how, threads=1, label="1 thread"),
                     contenders.gtiff(how, threads=1)], path, self.given)
                line(self.given, (source, name, "-", "1 thread"),
                     results["RETILE"], results["1 thread"])
                line(self.given, (source + ", 1", name, "-", "GDAL, 1"),
                     results["1 thread"], results["GDAL"])

    def growth(self, case):
        print("\n%s: what a copy takes as the raster grows (64-row strips, "
              "deflate)\n" % case)
        print(GROWTH % ("side px", "pixels", "with", "ns/px", "ns/px",
                        "peak MB", "peak MB"))
        print(GROWTH % ("", "x", "", "", "growth", "", "growth"))
        how = contenders.encoding("deflate")
        smallest = {}
        for times, part in ((1, 4), (4, 2), (16, 1)):
            size = self.given.size // part
            path, = self.make("rows_64", size=size)
            results = contenders.take_turns(
                [contenders.retile(how), contenders.gtiff(how)], path,
                self.given)
            refused = why_refused(results["RETILE"], results["GDAL"])
            if refused is not None:
                print("%7d %7d %s" % (size, times, refused))
                continue
            for label, result in results.items():
                self.growth_line(size, times, label, result, smallest)

    @staticmethod
    def growth_line(size, times, label, result, smallest):
        each_ns = result.median("wall_s") * 1e9 / (size * size)
        peak_mb = result.median("peak_mb")
        first_ns, first_mb = smallest.setdefault(label, (each_ns, peak_mb))
        print(GROWTH % (size, times, label, "%.1f" % each_ns,
                        text_of(each_ns / first_ns), "%.0f" % peak_mb,
                        text_of(peak_mb / first_mb)), flush=True)

    def run(self, case):
        special = {"uint16": self.uint16, "itself": self.itself,
                   "cog": self.cog, "warp": self.warp, "threads": self.threads,
                   "memory": self.memory, "growth": self.growth}
        if case != "growth":
            header("%s: %d x %d, medians of %d runs, %d cores" % (
                case, self.given.size, self.given.size, self.given.runs,
                limit.cores()))
        special.get(case, self.plain)(case)


CASES = (*SOURCES, "itself", "cog", "warp", "threads", "memory", "growth")


def only_cache(text):
    return (None if text == "default" else int(text),)


def command_line():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--runs", metavar="N", type=int, default=5)
    words.add_argument("--size", metavar="PX", type=int, default=8192)
    words.add_argument("--cases", metavar="NAME,...", type=contenders.some_of(CASES),
                       default=list(CASES))
    words.add_argument("--cache", metavar="MB", type=only_cache, dest="caches",
                       help="this one only, or 'default'")
    words.add_argument("--to-disk", action="store_true",
                       help="the others bring their files to disk as well")
    words.add_argument("--dir",
                       default=os.path.join(PROJECT, "build", "bench"))
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    record.add_option(words)
    given = words.parse_args()
    if given.runs < 1 or given.size < 64:
        words.error("--runs must be 1 or more, --size 64 or more")
    if not os.path.exists(os.path.join(given.plugin, "gdal_RETILE.so")):
        words.error("there is no gdal_RETILE.so in %s: build it, or say "
                    "where it is with --plugin" % given.plugin)
    return given


def main():
    given = command_line()
    os.makedirs(given.dir, exist_ok=True)
    bench = Bench(given)
    for case in given.cases:
        bench.run(case)
    if not contenders.has_vips():
        print("\nvips was not there: it is in Debian's libvips-tools")


if __name__ == "__main__":
    main()
