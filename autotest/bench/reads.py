#!/usr/bin/python3
"""The bench of reads: RETILE against plain GDAL, and against a VRT.

    reads.py [--cases NAME,...] [--size PX] [--repeat N] [--windows N]
             [--cache MB] [--sources NAME,...] [--dir DIR] [--plugin DIR]

The sources are those of sources.py: JPEG 2000 in one tile and in tiles, PNG,
JPEG, deflate strips of 64 rows, deflate tiles of 496 x 304. The cases:

    windows  random windows of 512 x 512, all bands ("cold"), and the same
             again ("again")
    viewer   300 requests of a map viewer that pans and zooms, up to 512 x 512
             pixels at any zoom; then the same again
    warp     gdalwarp -t_srs EPSG:3857 -r bilinear -wm 64 into uncompressed
             tiles; plain GDAL once more with a cache of 2 GB
    overviews  a viewer of 900 x 900 on strips without overviews: "cold" is the
             whole scene, "again" the mean of 40 requests that zoom in and pan;
             RETILE has OVERVIEWS=VIRTUAL
    http     windows again, 100 of 256 x 256, from a COG and from strips, on a
             server that answers after 50 ms; with the number of requests

"vrt" is GDAL through a VRT with blocks of 512 x 512. All sides have the same
block cache (64 MB by default), unless the line says 2 GB. Each measurement runs
in a process of its own, and the sides take turns, N times. Times are medians in
seconds. A ratio is the median of the other side's time divided by RETILE's in
the same turn: above 1 is better. Memory is the peak of the process, "spill" the
bytes that RETILE held on disk. The only check is that all sides read the same
pixels (warps: wrote them).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

import apart
import record

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
SOURCES = ("jp2_one", "jp2_tiles", "png", "jpeg", "rows_64", "tiles")
WARPED = ("png", "jpeg", "jp2_one", "rows_64")
CASES = ("windows", "viewer", "warp", "overviews", "http")
LATER_REQUESTS = 40
LARGE_MB = 2048
DELAY_MS = 50
WEB_WINDOWS = 100
COLUMNS = "%-8s %-10s %-9s %8s %8s %8s %8s %7s %8s %8s %8s"


class Side:
    """One way to read a source: its name, and a cache."""

    def __init__(self, label, prefix="", vrt=False, cache_mb=None, more=None):
        self.label, self.prefix, self.vrt = label, prefix, vrt
        self.cache_mb, self.more = cache_mb, more or {}

    def name(self, path):
        return self.prefix + (path + ".blocks.vrt" if self.vrt else path)

    def environment(self, given, more=None):
        return apart.environment(given.plugin, {
            "GDAL_CACHEMAX": str(self.cache_mb or given.cache),
            "RETILE_CACHEMAX": "%dMB" % given.cache, **self.more, **(more or {})})


RETILE = Side("RETILE", "RETILE:")
GDAL = Side("GDAL")
LEVELS = Side("RETILE", "RETILE:", more={"RETILE_OVERVIEWS": "VIRTUAL"})
VRT = Side("vrt", vrt=True)
GDAL_LARGE = Side("GDAL 2GB", cache_mb=LARGE_MB)
SIDES = {"windows": (RETILE, GDAL, VRT), "viewer": (RETILE, GDAL, VRT),
         "warp": (RETILE, GDAL, VRT, GDAL_LARGE), "http": (RETILE, GDAL),
         "overviews": (LEVELS, GDAL)}


class Web:
    """The server of the tests, for one folder."""

    def __init__(self, folder):
        script = os.path.join(PROJECT, "autotest", "python", "range_server.py")
        self.process = subprocess.Popen(
            [sys.executable, script, folder, str(DELAY_MS)],
            stdout=subprocess.PIPE, text=True)
        self.url = "http://127.0.0.1:%d/" % int(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def requests(self):
        from urllib.request import urlopen
        with urlopen(self.url + "-/log") as answer:
            return len(json.load(answer))


def measure_reads(case, path, side, given, more=None):
    """Reads in a process of its own: the results of read_trace.py."""
    count = {"windows": given.windows, "viewer": given.requests,
             "overviews": LATER_REQUESTS + 1}.get(case, WEB_WINDOWS)
    return json.loads(apart.answer(
        "read_trace.py", case, side.name(path), str(count), str(given.seed),
        env=side.environment(given, more)))


def measure_warp(_, path, side, given):
    """The time of gdalwarp, and a digest of what it wrote."""
    target = os.path.join(given.dir, "warped.tif")
    done = apart.run(
        ["gdalwarp", "-q", "-overwrite", "-t_srs", "EPSG:3857", "-r",
         "bilinear", "-wm", "64", "-co", "TILED=YES", side.name(path), target],
        side.environment(given))
    if done.error is not None:
        sys.exit("gdalwarp of %s failed: %s" % (side.name(path), done.error))
    digest = apart.answer("pixels.py", "digest", target,
                          env=apart.environment(given.plugin))
    os.remove(target)
    return {"first_s": done.wall_s, "peak_mb": done.peak_mb, "digest": digest,
            "stats": {}}


def measure_web(web, given):
    def measure(case, path, side, _):
        web.requests()
        result = measure_reads(
            case, "/vsicurl/" + web.url + os.path.basename(path), side, given,
            {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"})  # as users set it
        result["requests"] = web.requests()
        return result
    return measure


def median(results, key):
    values = [result[key] for result in results if key in result]
    return statistics.median(values) if values else None


def ratio(others, mine, key):
    pairs = [(other[key], own[key]) for other, own in zip(others, mine)
             if key in other and key in own]
    return statistics.median(a / b for a, b in pairs) if pairs else None


def text(value, form):
    return "-" if value is None else form % value


def print_side(case, source, side, results, mine, given):
    stats = results[-1]["stats"]
    own = results is mine
    print(COLUMNS % (
        case, source, side.label,
        text(median(results, "first_s"), "%.3f"),
        "" if own else text(ratio(results, mine, "first_s"), "%.2f"),
        text(median(results, "again_s"), "%.4f"),
        "" if own else text(ratio(results, mine, "again_s"), "%.1f"),
        text(median(results, "peak_mb"), "%.0f"),
        stats.get("DECODE_AMPLIFICATION", "-"),
        text(int(stats["SPILL_BYTES"]) / apart.MB
             if "SPILL_BYTES" in stats else None, "%.0f"),
        text(median(results, "requests"), "%.0f")), flush=True)
    if not own:
        record_side(case, source, side, results, mine, given)


def record_side(case, source, side, results, mine, given):
    again = ratio(mine, results, "again_s")
    record.add(given, case=case, source=source, against=side.label,
               cache_mb=side.cache_mb or given.cache,
               mine_s=median(mine, "first_s"), other_s=median(results, "first_s"),
               time=ratio(mine, results, "first_s"), again=again,
               mine_mb=median(mine, "peak_mb"), other_mb=median(results, "peak_mb"),
               mine_requests=median(mine, "requests"),
               other_requests=median(results, "requests"))


def compare(case, source, path, measure, given):
    sides = SIDES[case]
    results = {side: [] for side in sides}
    for _ in range(given.repeat):
        for side in sides:
            results[side].append(measure(case, path, side, given))
        if len({results[side][-1]["digest"] for side in sides}) != 1:
            sys.exit("%s of %s: the sides gave other pixels" % (case, source))
    for side in sides:
        print_side(case, source, side, results[side], results[sides[0]], given)


def print_header(given):
    print("%d x %d pixels, 3 bands; %d MB of block cache on all sides; medians "
          "of %d\n" % (given.size, given.size, given.cache, given.repeat))
    print(COLUMNS % ("", "", "", "cold", "RETILE", "again", "RETILE", "memory",
                     "amplifi-", "spill", ""))
    print(COLUMNS % ("case", "source", "with", "s", "times", "s", "times",
                     "MB", "cation", "MB", "requests"), flush=True)


def make(given, *names):
    return apart.answer("sources.py", given.dir, str(given.size), *names,
                        env=apart.environment(given.plugin)).splitlines()


def run_case(case, given):
    only = {"warp": WARPED, "overviews": ("rows_64",)}.get(case, SOURCES)
    wanted = [name for name in given.sources if name in only]
    measure = measure_warp if case == "warp" else measure_reads
    if case == "http":
        with Web(given.dir) as web:
            for source in ("cog", "rows_64"):
                path = make(given, source)[0]
                compare(case, source, path, measure_web(web, given), given)
        return
    for source in wanted:
        path = make(given, source)[0]
        apart.answer("read_trace.py", "wrap", path, VRT.name(path),
                     env=apart.environment(given.plugin))
        apart.into_page_cache(path)
        compare(case, source, path, measure, given)


def names_of(known):
    def parse(words):
        names = words.split(",")
        if not set(names) <= set(known):
            raise argparse.ArgumentTypeError("one of " + ", ".join(known))
        return names
    return parse


def main():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--cases", type=names_of(CASES), default=CASES)
    words.add_argument("--sources", type=names_of(SOURCES), default=SOURCES)
    words.add_argument("--size", metavar="PX", type=int, default=4096)
    words.add_argument("--repeat", metavar="N", type=int, default=1)
    words.add_argument("--windows", metavar="N", type=int, default=200)
    words.add_argument("--requests", metavar="N", type=int, default=300)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--cache", metavar="MB", type=int, default=64)
    words.add_argument("--dir", default=os.path.join(PROJECT, "build", "bench"),
                       help="where the sources are made and kept")
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    record.add_option(words)
    given = words.parse_args()
    if min(given.repeat, given.windows, given.requests, given.cache) < 1:
        words.error("numbers must be 1 or more")
    if not os.path.exists(os.path.join(given.plugin, "gdal_RETILE.so")):
        words.error("there is no gdal_RETILE.so in %s: build it, or say where "
                    "it is with --plugin" % given.plugin)
    print_header(given)
    for case in given.cases:
        run_case(case, given)


if __name__ == "__main__":
    main()
