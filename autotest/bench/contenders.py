"""The contenders of the bench of copies: their commands and their results."""

import argparse
import os
import shutil
import statistics
from collections import namedtuple

import apart

SIDE_PX = 512

# A contender. command(source, target) returns the words to run; env has
# variables; to_disk: the file is synced within the measured time, which RETILE
# does by itself.
Contender = namedtuple("Contender", "label command env to_disk")

# The options of GDAL and of vips for one encoding.
Encoding = namedtuple("Encoding", "name gdal vips cog")


def encoding(name, floating=False):
    predictor = "3" if floating else "2"
    vips_predictor = "float" if floating else "horizontal"
    if name == "deflate":
        return Encoding(
            name,
            ["COMPRESS=DEFLATE", "PREDICTOR=" + predictor, "ZLEVEL=6"],
            ["--compression", "deflate", "--level", "6",
             "--predictor", vips_predictor],
            ["COMPRESS=DEFLATE", "PREDICTOR=YES", "LEVEL=6"])
    return Encoding(
        name,
        ["COMPRESS=ZSTD", "PREDICTOR=" + predictor, "ZSTD_LEVEL=9"],
        ["--compression", "zstd", "--level", "9",
         "--predictor", vips_predictor],
        ["COMPRESS=ZSTD", "PREDICTOR=YES", "LEVEL=9"])


def creation(*options):
    return [word for option in options for word in ("-co", option)]


def tiles():
    return ["BLOCKXSIZE=%d" % SIDE_PX, "BLOCKYSIZE=%d" % SIDE_PX]


def threads_of(count):
    return "NUM_THREADS=" + ("ALL_CPUS" if count is None else str(count))


def retile(how, cache_mb=None, threads=None, label="RETILE"):
    """-of RETILE. cache_mb: None for its default; threads: None for all."""
    options = how.gdal + [threads_of(threads)]
    if cache_mb is not None:
        options.append("MEMORY_MAX=%dMB" % cache_mb)

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "RETILE", *creation(*options),
                source, target]

    return Contender(label, command, {}, False)


def cache_variables(cache_mb):
    return {} if cache_mb is None else {"GDAL_CACHEMAX": str(cache_mb)}


def gtiff(how, cache_mb=None, threads=None, label="GDAL"):
    options = ["TILED=YES", *tiles(), *how.gdal, threads_of(threads)]

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "GTiff", *creation(*options),
                source, target]

    return Contender(label, command, cache_variables(cache_mb), False)


def cog(how, cache_mb=None):
    options = ["BLOCKSIZE=%d" % SIDE_PX, "OVERVIEWS=NONE", *how.cog,
               threads_of(None)]

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "COG", *creation(*options),
                source, target]

    return Contender("COG", command, cache_variables(cache_mb), False)


def with_overviews(how, method, scheme):
    """method: None for the COG driver's own choice; scheme: None for none;
    with a scheme, the blocks are those of the scheme."""
    options = list(how.cog) + [threads_of(None)]
    if method is not None:
        options.append("OVERVIEW_RESAMPLING=" + method)
    options.append("BLOCKSIZE=%d" % SIDE_PX if scheme is None
                   else "TILING_SCHEME=" + scheme)
    return options


def retile_cog(how, cache_mb=None, method=None, scheme=None):
    """-of RETILE -co LAYOUT=COG."""
    options = ["LAYOUT=COG", *with_overviews(how, method, scheme)]
    if cache_mb is not None:
        options.append("MEMORY_MAX=%dMB" % cache_mb)

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "RETILE", *creation(*options),
                source, target]

    return Contender("RETILE", command, {}, False)


def whole_cog(how, cache_mb=None, method=None, scheme=None):
    """GDAL's COG driver, with all overviews."""
    options = with_overviews(how, method, scheme)

    def command(source, target):
        return ["gdal_translate", "-q", "-of", "COG", *creation(*options),
                source, target]

    return Contender("COG", command, cache_variables(cache_mb), False)


def vips(how, *more):
    def command(source, target):
        return ["vips", "tiffsave", source, target, "--tile",
                "--tile-width", str(SIDE_PX), "--tile-height", str(SIDE_PX),
                *how.vips, *more]

    return Contender("vips", command, {}, False)


def has_vips():
    return shutil.which("vips") is not None


def cp():
    return Contender("cp", lambda source, target: ["cp", source, target], {},
                     True)


def warp(how, driver):
    options = list(how.gdal) + [threads_of(None)]
    if driver == "GTiff":
        options += ["TILED=YES", *tiles()]

    def command(source, target):
        return ["gdalwarp", "-q", "-overwrite", "-of", driver, "-multi",
                "-wo", "NUM_THREADS=ALL_CPUS", "-t_srs", "EPSG:3857",
                "-r", "bilinear", *creation(*options),
                source, target]

    label = "GDAL" if driver == "GTiff" else driver
    return Contender(label, command, {}, False)


def warped_vrt(source, target):
    """What gdalwarp gives to a driver that only copies, such as RETILE."""
    return ["gdalwarp", "-q", "-overwrite", "-of", "VRT", "-t_srs",
            "EPSG:3857", "-r", "bilinear", source, target]


class Results:
    """The runs of one contender, and the file that the last one left."""

    def __init__(self):
        self.runs = []
        self.error = None
        self.digest = None
        self.levels = None
        self.size_bytes = 0

    def median(self, what):
        return statistics.median(getattr(run, what) for run in self.runs)

    def ratio(self, other, what):
        """The median over pairs of runs: this contender divided by other."""
        return statistics.median(
            getattr(mine, what) / getattr(theirs, what)
            for mine, theirs in zip(self.runs, other.runs))

    def figures(self, other):
        """As texts: seconds of both, ratios of time, CPU and memory, and this
        contender's MB."""
        return (
            "%.2f" % self.median("wall_s"),
            "%.2f" % other.median("wall_s"),
            "%.2f" % self.ratio(other, "wall_s"),
            "%.2f" % self.ratio(other, "cpu_s"),
            "%.2f" % self.ratio(other, "peak_mb"),
            "%.0f" % self.median("peak_mb"),
        )


def remove(path):
    for name in (path, path + ".aux.xml"):
        if os.path.exists(name):
            os.remove(name)


def run_once(contender, source, target, plugin, to_disk):
    remove(target)
    wanted = target if to_disk or contender.to_disk else None
    return apart.run(contender.command(source, target),
                     apart.environment(plugin, contender.env), wanted)


def take_turns(contenders, source, given, levels=False):
    """Results by label, with digests of overviews if they are asked for (those
    of vips differ). The contender that goes first changes from run to run."""
    results = {one.label: Results() for one in contenders}
    target = os.path.join(given.dir, "copy.tif")
    apart.into_page_cache(source)
    for number in range(given.runs):
        first = number % len(contenders)
        for one in contenders[first:] + contenders[:first]:
            result = results[one.label]
            if result.error is not None:
                continue
            run = run_once(one, source, target, given.plugin, given.to_disk)
            result.error = run.error
            result.runs.append(run)
            if run.error is None and result.digest is None:
                result.size_bytes = os.path.getsize(target)
                env = apart.environment(given.plugin)
                result.digest = apart.answer("pixels.py", "digest", target,
                                             env=env)
                if levels and one.label != "vips":
                    result.levels = apart.answer("pixels.py", "levels",
                                                 target, env=env)
    remove(target)
    return results


def some_of(known):
    """For argparse: known names, separated by commas."""

    def names_in(text):
        names = text.split(",")
        unknown = set(names) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(
                "%s: there are %s" % (", ".join(sorted(unknown)),
                                      ", ".join(known)))
        return names

    return names_in
