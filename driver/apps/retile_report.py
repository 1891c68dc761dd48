#!/usr/bin/env python3
"""Tells in words how a raster is laid out, and what a copy of it will cost.

    retile_report.py SOURCE [-co NAME=VALUE]... [--cache MB]
                     [--picture FILE.svg|FILE.png] [--html FILE] [--json]

-co: creation options of RETILE, for the copy that is planned. --cache: GDAL's
block cache for the comparison with gdal_translate; the default is GDAL's own.
--picture: source blocks under the tiles of the copy (PNG needs matplotlib).
--html: words and picture in one page, to send to a colleague. --json: the plan
as the driver tells it, instead of words.

The plan is the driver's own (metadata domain RETILE_PLAN of a view, see
driver/doc/report.md). Nothing of the raster is decoded. What gdal_translate
would decode is counted by simulating GDAL's block cache: see gdal_cache.py.
"""

import argparse
import html
import json
import os
import tempfile

from osgeo import gdal

import block_picture
import gdal_cache
from retile_apps import (Stop, as_list, creation_options, megabytes,
                         open_raster, plan, run, view_of)

SAMPLE = 512  # side of the window that a map viewer reads, in pixels


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="retile_report.py",
        description="How a raster is laid out, and what a copy of it costs.")
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("-co", action="append", default=[],
                        metavar="NAME=VALUE", help="creation option of RETILE")
    parser.add_argument("--cache", type=float, metavar="MB",
                        help="GDAL's block cache; default: GDAL's own")
    parser.add_argument("--picture", metavar="FILE",
                        help="blocks over tiles, .svg or .png")
    parser.add_argument("--html", metavar="FILE", help="all in one page")
    parser.add_argument("--json", action="store_true",
                        help="the driver's plan as JSON")
    return parser.parse_args(arguments)


def pair(numbers):
    return "%d x %d" % tuple(numbers)


def ceiling(whole, part):
    return -(-whole // part)


def bytes_of_pixel(dataset):
    return sum(gdal.GetDataTypeSize(dataset.GetRasterBand(i + 1).DataType) // 8
               for i in range(dataset.RasterCount))


def times_decoded(size, block):
    """How many times its pixels a window in the middle of the raster decodes."""
    touched, wanted = 1, 1
    for i in (0, 1):
        side = min(SAMPLE, size[i])
        at = (size[i] - side) // 2
        first, last = at // block[i], (at + side - 1) // block[i]
        touched *= min((last + 1) * block[i], size[i]) - first * block[i]
        wanted *= side
    return touched / wanted


def kind_of_blocks(size, block):
    if block[0] >= size[0] and block[1] >= size[1]:
        return "one block for the whole raster"
    if block[0] >= size[0]:
        return "strips, each as wide as the raster and %d row%s high" % (
            block[1], "" if block[1] == 1 else "s")
    return "tiles of %s" % pair(block)


def layout_words(dataset, access):
    """The source as it is: size, blocks, encoding, overviews."""
    band = dataset.GetRasterBand(1)
    size = dataset.RasterXSize, dataset.RasterYSize
    block = tuple(band.GetBlockSize())
    n_blocks = ceiling(size[0], block[0]) * ceiling(size[1], block[1])
    raw = size[0] * size[1] * bytes_of_pixel(dataset)
    encoding = dataset.GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE")
    yield "%s: %s pixels, %d band%s of %s, %s decoded (driver %s%s)." % (
        dataset.GetDescription(), pair(size), dataset.RasterCount,
        "" if dataset.RasterCount == 1 else "s",
        gdal.GetDataTypeName(band.DataType), megabytes(raw),
        dataset.GetDriver().ShortName, ", %s" % encoding if encoding else "")
    yield "It is stored in %s: %d block%s." % (
        kind_of_blocks(size, block), n_blocks, "" if n_blocks == 1 else "s")
    if access == "SEQUENTIAL":
        yield ("It can only be decoded from the top: a reader that goes back "
               "starts over.")
    n = band.GetOverviewCount()
    yield ("It has %d overview%s." % (n, "" if n == 1 else "s") if n else
           "It has no overviews: to zoom out, everything is decoded.")
    times = times_decoded(size, block)
    yield "A window of %d x %d in the middle decodes %.1f times its pixels: %s." % (
        SAMPLE, SAMPLE, times,
        "that is well laid out" if times <= 4 and access != "SEQUENTIAL"
        else "badly laid out for windows")


def pass_words(told, number):
    """One pass of the plan."""
    if "size" not in told:
        yield "Pass %d: %s." % (number, told["how"])
        return
    yield "Pass %d: %s%s, %s pixels, into %s tiles of %s%s." % (
        number, told["image"],
        " of level %d" % told["level"] if told["level"] else "",
        pair(told["size"]), pair(told["tiles"]), pair(told["tile"]),
        ", with %d level%s computed on the way" %
        (told["levels_computed"], "" if told["levels_computed"] == 1 else "s")
        if told["levels_computed"] else "")
    if "run" not in told:
        yield ("  Its tiles are copied as they are, from %d file%s: nothing is "
               "decoded." % (told["files"], "" if told["files"] == 1 else "s"))
        return
    yield "  Reads: %s, in source blocks of %s (%s)." % (
        told["source"], pair(told["source_block"]), told["access"].lower())
    yield "  Decodes: %d call%s of up to %s pixels; each pixel %.2f times." % (
        told["runs"], "" if told["runs"] == 1 else "s", pair(told["run"]),
        told["amplification"])
    yield "  Works: %d thread%s, decoding and encoding %s." % (
        told["workers"], "" if told["workers"] == 1 else "s",
        "at the same time" if told["overlap"] else "in turns")
    yield "  Holds: %s for one thread, %s at most for all (MEMORY_MAX)." % (
        megabytes(told["bytes_held"]), megabytes(told["bytes_max"]))
    yield "  Spills: %s." % (
        "up to %s to disk" % megabytes(told["bytes_spilled"])
        if told["bytes_spilled"] else "nothing")


def passes_that_decode(planned):
    return [told for told in planned["passes"] if "run" in told]


def gdal_layout(dataset, told, options):
    """The copy that gdal_translate -of GTiff would make with the same tiles."""
    structure = dataset.GetMetadata("IMAGE_STRUCTURE")
    source = structure.get("INTERLEAVE", "BAND")
    together = dataset.RasterCount == 1 or (
        source == "PIXEL" and options.get("INTERLEAVE", "PIXEL") == "PIXEL")
    n = 1 if together else dataset.RasterCount
    return gdal_cache.Layout(
        (dataset.RasterXSize, dataset.RasterYSize),
        tuple(dataset.GetRasterBand(1).GetBlockSize()), tuple(told["tile"]),
        bytes_of_pixel(dataset) // n, n,
        options.get("COMPRESS", "NONE").upper() != "NONE")


def gdal_words(dataset, planned, options, cache_bytes):
    """What gdal_translate would decode, beside what the plan says."""
    told = planned["passes"][0]
    if "size" not in told:
        return
    layout = gdal_layout(dataset, told, options)
    decoded, different = gdal_cache.count_decodes(layout, cache_bytes)
    yield ("gdal_translate -of GTiff with the same tiles and a block cache of %s "
           "moves windows of %s and decodes %d blocks, of which %d are different: "
           "each %.2f times." % (
               megabytes(cache_bytes),
               pair(gdal_cache.window_of(layout, cache_bytes)), decoded,
               different, decoded / different))
    least = [passed["amplification"] for passed in passes_that_decode(planned)]
    if least:
        yield "RETILE decodes each pixel %.2f times." % max(least)
    else:
        yield "RETILE decodes nothing."
    yield ("(Counted by simulating GDAL's cache, least recently used first, over "
           "the windows in GDAL's order; gdal_cache.py.)")


def cog_words(dataset):
    """GDAL's own validator about the source."""
    from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator
    if dataset.GetDriver().ShortName != "GTiff":
        yield "It is no GeoTIFF, so it is no Cloud Optimized GeoTIFF."
        return
    try:
        warnings, errors, _ = validator.validate(dataset, full_check=False)
    except validator.ValidateCloudOptimizedGeoTIFFException as error:
        yield "GDAL's validator cannot tell whether it is a COG: %s" % error
        return
    yield ("It is a valid Cloud Optimized GeoTIFF." if not errors else
           "It is not a valid Cloud Optimized GeoTIFF. GDAL's validator says:")
    for message in errors:
        yield "  - " + " ".join(message.split())
    for message in warnings:
        yield "  - as a warning: " + " ".join(message.split())


def plan_words(planned):
    yield "A copy with LAYOUT=%s takes %d pass%s:" % (
        planned["layout"], len(planned["passes"]),
        "" if len(planned["passes"]) == 1 else "es")
    for number, told in enumerate(planned["passes"], 1):
        yield from pass_words(told, number)


def sections(name, options, planned, cache_bytes):
    """(heading, lines) of the report."""
    dataset = open_raster(name)
    access = view_of(name).GetMetadataItem("ACCESS", "RETILE")
    return [
        ("How it is laid out", list(layout_words(dataset, access))),
        ("What a copy does", list(plan_words(planned))),
        ("What gdal_translate does",
         list(gdal_words(dataset, planned, options, cache_bytes))),
        ("Is it a Cloud Optimized GeoTIFF?", list(cog_words(dataset))),
        ("The command", ["gdal_translate -of RETILE %s'%s' OUT.tif" % (
            "".join("-co %s " % item for item in as_list(options)), name)])]


def picture_of(name, planned):
    """Title, raster, source block and tile, as block_picture.svg takes them."""
    dataset = open_raster(name)
    told = planned["passes"][0]
    block = told.get("source_block",
                     dataset.GetRasterBand(1).GetBlockSize())
    return (os.path.basename(name), (dataset.RasterXSize, dataset.RasterYSize),
            tuple(block), tuple(told.get("tile", block)))


def umask():
    """The process's; it can only be read by setting it."""
    found = os.umask(0o77)
    os.umask(found)
    return found


def write_whole(path, write):
    """Calls write(PATH) for a file beside path, which then gets its name."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, made = tempfile.mkstemp(
            dir=folder, suffix=os.path.splitext(path)[1])
        os.close(handle)
    except OSError as error:
        raise Stop("'%s' cannot be written: %s" %
                   (path, error.strerror)) from None
    try:
        write(made)
        os.chmod(made, 0o666 & ~umask())
        os.replace(made, path)
    except OSError as error:
        raise Stop("'%s' cannot be written: %s" % (path, error)) from None
    finally:
        if os.path.exists(made):
            os.remove(made)


def write_text(path, text):
    def write(made):
        with open(made, "w", encoding="utf-8") as file:
            file.write(text)
    write_whole(path, write)


def write_picture(path, drawn):
    if path.lower().endswith(".png"):
        try:
            import png_picture
        except ImportError:
            raise Stop("a PNG needs matplotlib (python3-matplotlib): write a "
                       ".svg instead") from None
        write_whole(path, lambda made: png_picture.save(made, *drawn))
    elif path.lower().endswith(".svg"):
        write_text(path, block_picture.svg(*drawn))
    else:
        raise Stop("--picture '%s' must end in .svg or .png" % path)


def page(name, told, picture):
    """The report as one HTML page."""
    body = ["<h2>%s</h2><pre>%s</pre>" % (html.escape(heading),
                                          html.escape("\n".join(lines)))
            for heading, lines in told]
    title = html.escape("Report on " + os.path.basename(name))
    return ('<!DOCTYPE html><html lang="en"><meta charset="utf-8">'
            "<title>%s</title><style>body{font-family:sans-serif;max-width:60em;"
            "margin:2em auto}pre{white-space:pre-wrap}</style><h1>%s</h1>%s%s"
            "</html>\n" % (title, title, picture, "".join(body)))


def main(arguments):
    asked = parse(arguments)
    if asked.cache is not None and not asked.cache > 0:
        raise Stop("--cache must be above 0")
    open_raster(asked.source)
    options = creation_options(asked.co)
    planned = plan(asked.source, options)
    cache_bytes = (gdal.GetCacheMax() if asked.cache is None
                   else int(asked.cache * 1048576))
    told = sections(asked.source, options, planned, cache_bytes)
    drawn = picture_of(asked.source, planned)
    if asked.picture:
        write_picture(asked.picture, drawn)
    if asked.html:
        write_text(asked.html,
                   page(asked.source, told, block_picture.svg(*drawn)))
    if asked.json:
        print(json.dumps(planned, indent=1))
        return
    for heading, lines in told:
        print("%s\n%s\n%s\n" % (heading, "-" * len(heading), "\n".join(lines)))


if __name__ == "__main__":
    raise SystemExit(run(main))
