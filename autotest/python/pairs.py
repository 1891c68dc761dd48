#!/usr/bin/python3
"""Copies rasters in pairs, by RETILE and by GDAL's own driver, and compares.

    pairs.py --plugin build/dev                  all pairs of all rasters
    pairs.py --plugin build/dev --only JPEG      those whose name contains it
    pairs.py --plugin build/dev --every          also what is explained

The rasters are the samples of autotest/data, samples of Float16 and, if they are
there, larger real ones (see rasters.py). LAYOUT=GTIFF is compared with GTiff, LAYOUT=COG with COG,
by the GDAL that runs: pixels, masks, overviews, metadata and messages. Prints
each pair that differs. Exits with 1 if there is one that EXPLAINED lacks.
"""

import argparse
import collections
import multiprocessing
import os
import re
import shutil
import sys
import tempfile

import numpy as np

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


def are_pixels(*sides):
    """False if a side does not have these pixels, or cannot read them."""
    return all(isinstance(side, observe.Pixels) and side.data is not None
               for side in sides)


def few_and_small(ours, plain, most_differ, most_far, far, but=None):
    """Whether at most a share most_differ of the values differ, and at most a
    share most_far by more than far times the range of the values. but: a mask
    of values that do not count."""
    if not are_pixels(ours, plain):
        return False
    a, b = (np.nan_to_num(compare.values_of(side).astype("c16"))
            for side in (ours, plain))
    if a.shape != b.shape:
        return False
    apart = np.abs(a - b)
    if but is not None:
        apart[but] = 0
    return (apart > 0).mean() <= most_differ and \
        (apart > far * np.ptp(np.abs(b))).mean() <= most_far


def less_than_a_pixel_apart(ours, plain):
    if not are_pixels(ours, plain):
        return False
    a, b = compare.values_of(ours), compare.values_of(plain)
    return a.size == b.size == plain.width * plain.height and \
        compare.is_less_than_a_pixel_apart(
            a.reshape(plain.height, -1), b.reshape(plain.height, -1))


def of_a_warp(pair, fact, ours, plain):
    """GDAL approximates the transformation along the lines of the part that it
    warps at once, and the kernel depends on the part's ratio
    (gdal/cog/README.md). A file that is warped in between loses metadata."""
    if "TILING_SCHEME" not in pair or fact.startswith("statistics"):
        return False
    if fact == "metadata ":
        return set(plain) < set(ours)
    return fact.endswith(("pixels", "mask")) and (
        few_and_small(ours, plain, 0.25, 0.01, 0.02) or
        less_than_a_pixel_apart(ours, plain))


def of_rpcs(pair, fact, ours, plain):
    """A VRT that warps a raster by its RPCs shows other pixels than GDAL's own
    warp does, 19 % of this one with 3.6 and 3.10. RETILE's are the VRT's."""
    return pair == "COG TILING_SCHEME, RGB.byte.rpc.vrt" and \
        fact.endswith("pixels") and few_and_small(ours, plain, 0.25, 0.1, 0.02)


def nodata_of_64_bits(pair, fact, ours, plain):
    """GDAL 3.6 loses such nodata when it reprojects, and the pixels around are
    0; RETILE keeps it."""
    if pair != "COG TILING_SCHEME, nodata_int64.tif" or \
            cogs.copying.GDAL > (3, 6) or fact.startswith("statistics"):
        return False
    if fact.endswith("mask") and "overview" not in fact:
        return are_pixels(plain) and not (
            compare.values_of(plain) != 255).any()
    if not fact.endswith("pixels") or not are_pixels(ours, plain):
        return (ours, plain) in ((str(-2**53), "None"), (8, 1))
    a, b = compare.values_of(ours), compare.values_of(plain)
    return a.shape == b.shape and few_and_small(
        ours, plain, 0.25, 0.01, 0.02, (a == -2**53) & (b == 0))


def mask_of_one_band(pair, fact, ours, plain):
    """The COG driver drops the mask of a single band whose flags are not
    GMF_PER_DATASET; RETILE keeps it."""
    if not pair.startswith("COG ") or "mask_of_vrt" not in pair:
        return False
    if fact.endswith("mask flags"):
        return (ours, plain) == (2, 1)
    if fact.endswith("mask overviews"):
        return plain == 0
    return fact.endswith("mask") and are_pixels(plain) and not (
        compare.values_of(plain) != 255).any()


def own_statistics(pair, fact, ours, plain):
    """Ours are those of the valid pixels. The COG driver of GDAL 3.6 and 3.7
    writes none; later ones count pixels that a mask or 64-bit nodata excludes,
    or add up in another order, or other pixels (of_a_warp)."""
    return pair.startswith("COG ") and fact in (
        "statistics of " + of for of in (
            "a COG without", "excluded pixels", "its own pixels"))


def overviews_with_statistics(pair, fact, ours, plain):
    """With STATISTICS=YES the COG driver drops the source's overviews and makes
    its own, none below the size of a tile."""
    if not pair.startswith("COG STATISTICS"):
        return False
    if fact.endswith(" overviews") and isinstance(plain, list):
        return set(plain) < set(ours)
    return plain in (0, None) and "overview" in fact


def one_pixel_wide_level(pair, fact, ours, plain):
    """GDAL computes such levels differently by the block."""
    return re.search(r"overview \d+ (pixels|mask)$", fact) and \
        are_pixels(ours, plain) and min(ours.width, ours.height) == 1


def nearest_of_complex(pair, fact, ours, plain):
    """With NEAREST, GDAL takes further levels of complex numbers from the full
    resolution, and of other types from the level below, as RETILE does."""
    return pair.startswith("COG ") and re.search(
        r"overview [1-9] pixels$", fact) and are_pixels(ours, plain) and \
        ours.type.startswith("C") and \
        cogs.copying.GDAL >= (3, 11)  # where NEAREST is the default


OF_ANOTHER_TYPE = "all the overviews bands must have the same data type"


def of_half_floats(pair, fact, ours, plain):
    """GDAL's COG driver computes further levels of Float16 from Float32, RETILE
    from the level in the file; of several bands, or warped, GDAL has none."""
    if not pair.startswith("COG ") or ", half_" not in pair:
        return False
    return fact == "refused" and OF_ANOTHER_TYPE in plain or re.search(
        r"overview [1-9] pixels$", fact) and few_and_small(
            ours, plain, 1, 0, 0.005)


def signed_with_nbits(pair, fact, ours, plain):
    """The COG driver computes the overviews of signed integers with NBITS (a
    JPEG 2000 file of 12 bits, for instance) in another type, and then refuses
    them. RETILE's are those of the same pixels without NBITS."""
    return pair.startswith("COG ") and fact == "refused" and \
        OF_ANOTHER_TYPE in plain and any(
            "NBITS is not supported" in text for _, text in ours)


def coefficients_of_jpeg(pair, fact, ours, plain):
    """GTiff copies a JPEG file's coefficients into a COG; RETILE encodes again."""
    return pair.startswith("COG JPEG, ") and pair.endswith(".jpg") and (
        fact == "metadata IMAGE_STRUCTURE" or fact.endswith("pixels")
        and few_and_small(ours, plain, 1, 0.01, 0.1))


# Only what was looked at on both sides. driver/doc/gdal_versions.md has more.
EXPLAINED = [of_a_warp, of_rpcs, nodata_of_64_bits, mask_of_one_band,
             own_statistics, overviews_with_statistics, one_pixel_wide_level,
             nearest_of_complex, of_half_floats, signed_with_nbits,
             coefficients_of_jpeg]


def cases():
    """(layout, name, creation options)"""
    return [(layout, name, options) for layout in ("GTIFF", "COG")
            for name, options in CODECS.items()] + \
        [("COG", name, options) for name, options in COGS.items()]


def copied(driver, source, target, options):
    """Makes a copy. Returns its facts, or None, and the messages."""
    from osgeo import gdal
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


def declares(option):
    """Whether the COG driver has this creation option."""
    from osgeo import gdal
    return "'%s'" % option in gdal.GetDriverByName("COG").GetMetadataItem(
        "DMD_CREATIONOPTIONLIST")


def flat(facts):
    """The facts, with one for each domain of metadata, and the statistics of a
    band apart from its other items."""
    told = {}
    for key, value in facts.items():
        if not key.endswith("metadata"):
            told[key] = value
            continue
        for domain, items in value.items():
            kept = [one for one in items
                    if not str(one[0]).startswith("STATISTICS_")]
            if kept:
                told["%s %s" % (key, domain)] = kept
            if len(kept) < len(items):
                told[key.replace("metadata", "statistics")] = [
                    one for one in items if one not in kept]
    return told


def valid_pixels(source, facts, band):
    """The mask of the source's band, or of the file's if that was warped."""
    from osgeo import gdal
    opened = gdal.Open(source)
    number = int(band.split()[1])
    if number <= opened.RasterCount and facts["size"] == (
            opened.RasterXSize, opened.RasterYSize):
        return opened.GetRasterBand(number).GetMaskBand().ReadAsArray().ravel()
    return compare.values_of(facts[band + " mask"])


def are_of_valid_pixels(source, facts, band):
    """Whether the statistics of a band are those of its valid pixels. If there
    are a nodata value and a mask, the value counts alone, as in GDAL."""
    pixels = compare.values_of(facts[band + " pixels"])
    valid = valid_pixels(source, facts, band) != 0
    # Real parts.
    pixels = pixels[::pixels.size // valid.size].real.astype("f8")
    if facts[band + " mask flags"] == 2 and facts[band + " nodata"] != "None":
        valid = pixels != float(facts[band + " nodata"])
    of = pixels[valid & ~np.isnan(pixels)]
    right = {"MINIMUM": of.min(), "MAXIMUM": of.max(), "MEAN": of.mean(),
             "STDDEV": of.std()}
    for name, value in facts[band + " statistics"]:
        name = name[len("STATISTICS_"):]
        if name in right and not np.isclose(float(value), right[name],
                                            1e-9, 1e-9):
            return False
        if name == "VALID_PERCENT" and abs(
                float(value) - 100 * of.size / valid.size) > 0.01:
            return False
    return True


def statistics_fact(source, fact, ours, theirs):
    """What own_statistics explains, or the fact itself."""
    band = fact[:-len(" statistics")]
    if fact not in ours or not are_of_valid_pixels(source, ours,
                                                        band):
        return fact
    if fact not in theirs:
        return fact if declares("STATISTICS") else \
            "statistics of a COG without"
    return "statistics of its own pixels" if are_of_valid_pixels(
        source, theirs, band) else "statistics of excluded pixels"


def compare_facts(pair, source, ours, theirs):
    """A list of (fact, how it differs, the name of the reason or None)."""
    ours, theirs = flat(ours), flat(theirs)
    found = []
    for fact in sorted(set(ours) | set(theirs)):
        values = ours.get(fact), theirs.get(fact)
        told = compare.differences(*values)
        if told and fact.endswith(" statistics"):
            fact = statistics_fact(source, fact, ours, theirs)
        found += [("%s %s" % (fact, where), how, explanation(
            pair, fact, *values)) for where, how in told]
    return found


def compare_pair(pair, source, layout, options, folder):
    """A list of (fact, how it differs, the name of the reason or None), or None
    if plain GDAL cannot do it."""
    plain = folder + "/plain.tif"
    ours = folder + "/ours.tif"
    if layout == "COG":
        theirs, their_messages = copied(
            "COG", source, plain, cogs.interleaved(options) + options)
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
        told = "%s, plain %s" % (messages or "copied",
                                 their_messages or "copied")
        return [("failed", told, found is not None and explanation(
            pair, "refused", messages, told) or None)]
    return compare_facts(pair, source, found, theirs) + [
        (*one, None) for one in compare.message_differences(
            messages, their_messages, False, False)]


def work(task):
    source, layout, name, options = task
    folder = tempfile.mkdtemp(dir=os.environ["RETILE_PAIRS"])
    pair = "%s %s, %s" % (layout, name, os.path.basename(source))
    try:
        return pair, compare_pair(pair, source, layout, options, folder)
    finally:
        shutil.rmtree(folder)


def make_half_floats(folder):
    """Samples of Float16, if GDAL has that type (3.11 and later)."""
    from osgeo import gdal
    if not hasattr(gdal, "GDT_Float16"):
        return
    for kind, bands, valid in (("Float16", 1, "nodata"), ("Float16", 3, "mask"),
                               ("CFloat16", 1, "none")):
        cogs.tiff("%s/half_%s_%d.tif" % (folder, kind, bands),
                  cogs.scene(300, 200, bands, kind, valid))


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


def explanation(pair, fact, ours, plain):
    """The name of the reason, or None."""
    for reason in EXPLAINED:
        if reason(pair, fact, ours, plain):
            return reason.__name__
    return None


def run(sources, only="", tell=None, every=False):
    """(pairs made, how many differ without explanation, {reason: pairs}).
    every: tell also what is explained."""
    tasks = [(source, *case) for source in sources for case in cases()
             if only in "%s %s, %s" % (case[0], case[1], source)]
    made, differ, explained = 0, 0, collections.Counter()
    fork = multiprocessing.get_context("fork")  # GDAL is loaded only once
    with fork.Pool(2, maxtasksperchild=40) as pool:
        for pair, found in pool.imap(work, tasks):
            made += found is not None
            reasons = {reason for _, _, reason in found or ()}
            differ += None in reasons
            explained.update(reasons - {None})
            shown = [one for one in found or () if every or one[2] is None]
            if shown:
                tell(report(pair, shown, 1000 if every else 4))
    return made, differ, explained


def report(pair, found, most):
    lines = ["    %s: %s%s" % (fact, told, " [%s]" % reason if reason else "")
             for fact, told, reason in found[:most]]
    if len(found) > most:
        lines.append("    ... %d more" % (len(found) - most))
    return "\n".join([pair] + lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plugin", help="folder with gdal_RETILE.so")
    parser.add_argument("--only", default="")
    parser.add_argument("--every", action="store_true",
                        help="also what is explained, with the reason")
    parser.add_argument("folders", nargs="*")
    options = parser.parse_args()
    if options.plugin:
        os.environ["GDAL_DRIVER_PATH"] = os.path.abspath(options.plugin)
    global cogs, compare, observe
    from osgeo import gdal
    import cogs
    import observe
    import compare
    import rasters as places
    gdal.DontUseExceptions()
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["RETILE_PAIRS"] = scratch
        copies = []
        for folder in options.folders or sorted(
                {str(path.parent) for path in places.files()}):
            copies.append(os.path.join(scratch, "in%d" % len(copies)))
            shutil.copytree(folder, copies[-1])
        make_half_floats(copies[0])
        made, differ, explained = run(
            rasters(copies), options.only,
            lambda text: print(text, flush=True), options.every)
    print("GDAL %s: %d pairs, %d differ" % (
        gdal.VersionInfo("RELEASE_NAME"), made, differ))
    for reason, count in sorted(explained.items()):
        print("explained in %d pairs: %s" % (count, reason))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
