#!/usr/bin/python3
"""Copies rasters in pairs, by RETILE and by GDAL's own driver, and compares.

    pairs.py --plugin build/dev                  all pairs of all rasters
    pairs.py --plugin build/dev --only JPEG      those whose name contains it

The rasters are the samples of autotest/data and, if they are there, larger real
ones (see rasters.py). LAYOUT=GTIFF is compared with GTiff, LAYOUT=COG with COG,
by the GDAL that runs: pixels, masks, overviews, metadata and messages. Prints
each pair that differs. Exits with 1 if there is one that EXPLAINED lacks.
"""

import argparse
import multiprocessing
import os
import re
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "fuzz")]

CODECS = {
    "defaults": [],
    "DEFLATE": ["COMPRESS=DEFLATE", "PREDICTOR=2"],
    "JPEG": ["COMPRESS=JPEG"],
    "WEBP": ["COMPRESS=WEBP"],
    "LERC": ["COMPRESS=LERC"],
    "ZSTD": ["COMPRESS=ZSTD"],
}
COGS = {
    "QUALITY": ["COMPRESS=JPEG", "QUALITY=60", "OVERVIEW_QUALITY=40"],
    "lossless WEBP": ["COMPRESS=WEBP", "QUALITY=100"],
    "MAX_Z_ERROR": ["COMPRESS=LERC", "MAX_Z_ERROR=0.5"],
    "STATISTICS": ["STATISTICS=YES"],
    "TILING_SCHEME": ["TILING_SCHEME=GoogleMapsCompatible"],
    "OVERVIEWS=NONE": ["OVERVIEWS=NONE"],
    "OVERVIEWS=IGNORE_EXISTING": ["OVERVIEWS=IGNORE_EXISTING",
                                  "BLOCKSIZE=128"],
    "AVERAGE": ["RESAMPLING=AVERAGE", "BLOCKSIZE=128"],
}
TILES = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]



def of_a_warp(pair, fact, told):
    """gdalwarp's own VRTs and files differ in single pixels, and a file that is
    warped in between loses metadata."""
    found = re.match(r"(\d+) of (\d+)x(\d+) values differ", told)
    few = found and int(found[1]) < 0.25 * int(found[2]) * int(found[3])
    return "TILING_SCHEME" in pair and (
        few and fact.endswith(("pixels", "mask")) or fact == "metadata ")


def mask_of_one_band(pair, fact, told):
    """The COG driver drops it; RETILE keeps it."""
    return pair.startswith("COG") and "mask_of_vrt" in pair and \
        ("mask" in fact or "STATISTICS" in told)


def statistics(pair, fact, told):
    """The COG driver counts pixels that a mask or 64-bit nodata excludes, and
    drops the overviews of small rasters."""
    counted = "STATISTICS_" in told and not told.startswith("not there")
    return pair.startswith("COG") and counted or \
        pair.startswith("COG STATISTICS") and "overview" in fact


def one_pixel_wide_level(pair, fact, told):
    """GDAL computes such levels differently by the block."""
    return re.search(r"overview \d+ (pixels|mask)$", fact) and re.search(
        r" of (1x\d+|\d+x1) values differ", told)


def coefficients_of_jpeg(pair, fact, told):
    """GTiff copies a JPEG's coefficients into a COG of one tile."""
    return pair == "COG JPEG, rgb.jpg" and (
        "JPEGTABLESMODE" in told or fact.endswith("pixels"))


def nodata_of_64_bits(pair, fact, told):
    """Warped VRTs do not know such nodata; files do from GDAL 3.7 on."""
    return "COG TILING_SCHEME, nodata_int64.tif" == pair


# Only what was looked at on both sides. driver/doc/gdal_versions.md has more.
EXPLAINED = [of_a_warp, mask_of_one_band, statistics, one_pixel_wide_level,
             coefficients_of_jpeg, nodata_of_64_bits]


def cases():
    """(layout, name, creation options)"""
    return [(layout, name, options) for layout in ("GTIFF", "COG")
            for name, options in CODECS.items()] + \
        [("COG", name, options) for name, options in COGS.items()]


def copied(driver, source, target, options):
    """Makes a copy. Returns its facts, or None, and the messages."""
    from osgeo import gdal
    import observe
    messages = []

    def keep(severity, number, text):
        messages.append((severity, text))

    gdal.PushErrorHandler(keep)
    try:
        opened = gdal.Open(source)
        del messages[:]
        made = opened is not None and gdal.GetDriverByName(
            driver).CreateCopy(target, opened, 0, options) is not None
    finally:
        gdal.PopErrorHandler()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    facts = observe.file_facts(target) if made else None
    gdal.PopErrorHandler()
    return facts, messages


def interleaved():
    """GDAL 3.11 and later keep bands apart that are so in the source."""
    from osgeo import gdal
    known = gdal.GetDriverByName("COG").GetMetadataItem(
        "DMD_CREATIONOPTIONLIST")
    return ["INTERLEAVE=PIXEL"] if "'INTERLEAVE'" in known else []


def compare_pair(source, layout, options, folder):
    """A list of (fact, how it differs), or None if plain GDAL cannot do it."""
    import compare
    plain = folder + "/plain.tif"
    ours = folder + "/ours.tif"
    if layout == "COG":
        theirs, their_messages = copied("COG", source, plain,
                                        interleaved() + options)
    else:
        theirs, their_messages = copied("GTiff", source, plain,
                                        TILES + options)
    found, messages = copied(
        "RETILE", source, ours, ["LAYOUT=" + layout] + options)
    refused = theirs is None or any(severity > 2 for severity, _ in
                                    their_messages)
    if refused and found is None:
        return None
    if theirs is None or found is None:
        return [("failed", "%s, plain %s" % (
            messages or "copied", their_messages or "copied"))]
    return compare.differences(found, theirs) + \
        compare.message_differences(messages, their_messages, False, False)


def work(task):
    source, layout, name, options = task
    folder = tempfile.mkdtemp(dir=os.environ["RETILE_PAIRS"])
    try:
        found = compare_pair(source, layout, options, folder)
    finally:
        shutil.rmtree(folder)
    return "%s %s, %s" % (layout, name, os.path.basename(source)), found


def rasters(folders):
    """The rasters of these folders that GDAL opens and reads."""
    from osgeo import gdal
    names = []
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            opened = None if name.endswith((".aux.xml", ".msk", ".ovr")) or \
                os.path.isdir(path) else gdal.Open(path)
            if opened and opened.RasterCount and opened.RasterXSize * \
                    opened.RasterYSize * opened.RasterCount < 2e7 and \
                    opened.GetRasterBand(1).Checksum() >= 0 and \
                    not gdal.GetLastErrorMsg():
                names.append(path)
            gdal.ErrorReset()
    gdal.PopErrorHandler()
    return names


def explained(pair, fact, told):
    return any(reason(pair, fact, told) for reason in EXPLAINED)


def run(sources, only="", tell=None):
    """(pairs made, {pair: what differs without explanation})"""
    tasks = [(source, *case) for source in sources for case in cases()
             if only in "%s %s, %s" % (case[0], case[1], source)]
    differ, made = {}, 0
    fork = multiprocessing.get_context("fork")  # GDAL is loaded only once
    with fork.Pool(2, maxtasksperchild=40) as pool:
        for pair, found in pool.imap(work, tasks):
            made += found is not None
            found = [one for one in found or ()
                     if not explained(pair, *one)]
            if found:
                differ[pair] = found
            if found and tell:
                tell(report({pair: found}))
    return made, differ


def report(differ):
    lines = []
    for pair, found in differ.items():
        lines.append(pair)
        lines += ["    %s: %s" % one for one in found[:4]]
        if len(found) > 4:
            lines.append("    ... %d more" % (len(found) - 4))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plugin", help="folder with gdal_RETILE.so")
    parser.add_argument("--only", default="")
    parser.add_argument("folders", nargs="*")
    options = parser.parse_args()
    if options.plugin:
        os.environ["GDAL_DRIVER_PATH"] = os.path.abspath(options.plugin)
    from osgeo import gdal
    import observe  # noqa: F401
    import compare  # noqa: F401
    import rasters as places
    gdal.DontUseExceptions()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["RETILE_PAIRS"] = scratch
        copies = []
        for folder in options.folders or sorted(
                {str(path.parent) for path in places.files()}):
            copies.append(os.path.join(scratch, "in%d" % len(copies)))
            shutil.copytree(folder, copies[-1])
        made, differ = run(rasters(copies), options.only,
                           lambda text: print(text, flush=True))
    print("GDAL %s: %d pairs, %d differ" % (
        gdal.VersionInfo("RELEASE_NAME"), made, len(differ)))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
