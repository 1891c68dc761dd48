"""How a copy is cut into shards, and what each of them makes.

A shard is a number of whole rows of tiles, as wide as the raster. It is cut
where a row of source blocks ends too, if that leaves a shard for each worker, so
that no block is decoded twice.

If the copy has overviews, a shard makes the levels whose pixels come from its
own rows only: as long as each level has exactly half the rows of the one below,
and the method looks at no other pixels than those under its own. Further levels
are computed from the last of these when the shards are joined. If the encoding
loses something, a shard is made without loss first, for that level's sake. If a
shard can make no level at all, shards are lossless, and whoever joins them
encodes.
"""

import math

from osgeo import gdal

from retile_apps import Stop

SHARDS_A_WORKER = 4  # so that nobody waits long for the last one
LOCAL_METHODS = ("NEAREST", "AVERAGE", "MODE", "RMS")
LOSSLESS = ("", "NONE", "LZW", "DEFLATE", "ZSTD", "LZMA", "PACKBITS", "LERC",
            "LERC_DEFLATE", "LERC_ZSTD")
# What a shard must not be told: it is decided here, or is of the whole file.
OF_THE_JOIN = ("OVERVIEWS", "OVERVIEW_COUNT", "PASSTHROUGH", "STATISTICS")
PER_DATASET = 2  # GDAL's flag of masks that all bands share
ALL_VALID = 1


def is_lossless(options):
    return (options.get("COMPRESS", "").upper() in LOSSLESS and
            float(options.get("MAX_Z_ERROR", "0")) == 0 and
            not {"NBITS", "DISCARD_LSB"} & set(options))


def method_of(dataset, options):
    """The resampling of overviews; GDAL's default for COGs is CUBIC."""
    palette = dataset.GetRasterBand(1).GetColorTable() is not None
    return options.get("OVERVIEW_RESAMPLING", options.get(
        "RESAMPLING", "NEAREST" if palette else "CUBIC")).upper()


def has_mask(dataset):
    """Whether there is one mask for all bands. Stops if bands have their own."""
    flags = [dataset.GetRasterBand(i + 1).GetMaskFlags()
             for i in range(dataset.RasterCount)]
    if any(not flag & ~PER_DATASET for flag in flags if flag != PER_DATASET):
        raise Stop("bands with masks of their own are not copied in shards: "
                   "use gdal_translate -of RETILE")
    return flags[0] == PER_DATASET


def check_possible(dataset, planned, options):
    """Stops for copies that are no windows of the source."""
    told = planned["passes"][0]
    if "size" not in told:
        raise Stop("this copy is %s: use gdal_translate -of RETILE" %
                   told["how"])
    if "STATISTICS" in options:
        raise Stop("statistics are computed by one process: leave -co STATISTICS "
                   "away, or use gdal_translate -of RETILE")
    if told["size"] != [dataset.RasterXSize, dataset.RasterYSize]:
        raise Stop("this copy is reprojected (TILING_SCHEME), which is not done "
                   "in shards: use gdalwarp first")
    if any(one["level"] > 0 for one in planned["passes"]):
        raise Stop("the source has overviews, and shards cannot take them over: "
                   "add -co OVERVIEWS=IGNORE_EXISTING or -co OVERVIEWS=NONE")
    if dataset.GetDriver().ShortName == "JPEG" and \
            options.get("COMPRESS", "").upper() == "JPEG":
        raise Stop("the coefficients of a JPEG are copied without decoding, "
                   "which is not done in shards: use gdal_translate -of RETILE")


def local_levels(height, n_levels, dataset, options):
    """How many levels a shard can make by itself."""
    n = 0
    if method_of(dataset, options) in LOCAL_METHODS:
        while n < n_levels and height % 2 ** (n + 1) == 0:
            n += 1
    return n


def whole_levels(told, local, options):
    """Up to which level shards may make final tiles; -1: not even of the full
    resolution. GDAL 3.6 pads JPEG tiles at the edges of the raster depending on
    their place in the file, so there must be none."""
    if options.get("COMPRESS", "").upper() != "JPEG" or \
            int(gdal.VersionInfo()) >= 3070000:
        return local
    (width, height), (tile_w, tile_h) = told["size"], told["tile"]
    level = -1
    while level < local and (width >> level + 1) % tile_w == 0 and \
            (height >> level + 1) % tile_h == 0:
        level += 1
    return level


def units(told, n_workers):
    """The rows after which a copy may be cut, and whether source blocks across a
    cut are then decoded twice: first where blocks end too (cut_rows in
    driver/gdal/copy/plan_report.h), then where only tiles end, if blocks are
    small enough for that."""
    height, tile = told["size"][1], told["tile"][1]
    if "cut_rows" not in told:
        return [(tile, False)]
    found = [(told["cut_rows"], False)]
    if told["access"] != "SEQUENTIAL" and told["cut_rows"] != tile and \
            2 * told["source_block"][1] * n_workers <= height:
        found.append((tile, True))
    return found


def levels_within(local, unit, told, n_workers):
    """How many of local levels leave a shard for each worker; -1 if even none
    does."""
    while local >= 0 and unit_of_levels(unit, told["tile"][1], local) * \
            n_workers > told["size"][1]:
        local -= 1
    return local


def cut(height, unit, n_workers):
    """Heights of shards, each a multiple of unit but for the last one."""
    wanted = height / (n_workers * SHARDS_A_WORKER)
    rows = min(unit * max(1, math.ceil(wanted / unit)), height)
    return [min(rows, height - y) for y in range(0, height, rows)]


def make(dataset, planned, options, n_workers):
    """The job as a dictionary: heights of shards, levels (all, and those of the
    shards), whether tiles are joined raw, whether some blocks are decoded twice,
    and whether shards are made without loss first."""
    check_possible(dataset, planned, options)
    told = planned["passes"][0]
    height = told["size"][1]
    n_levels = max(one.get("levels_computed", 0) for one in planned["passes"])
    wanted = local_levels(height, n_levels, dataset, options)
    for unit, twice in units(told, n_workers):
        local = levels_within(wanted, unit, told, n_workers)
        if local >= min(1, wanted):
            break
    local = max(0, local)
    whole = whole_levels(told, local, options)
    local = max(0, min(local, whole))
    raw = whole >= 0 and not has_mask(dataset) and (n_levels == 0 or local > 0)
    if not raw:
        local = 0
    heights = cut(height, unit_of_levels(unit, told["tile"][1], local),
                  n_workers)
    return {"heights": heights, "levels": n_levels, "shard_levels": local,
            "method": method_of(dataset, options),
            "raw": raw, "twice": twice and len(heights) > 1,
            "lossless_first": raw and 0 < local < n_levels and
            not is_lossless(options)}


def unit_of_levels(unit, tile, n_levels):
    """unit, made a multiple of the rows that a tile of the last level shows."""
    return math.lcm(unit, tile * 2 ** n_levels)


def lossless_options(job, options, tile):
    """Creation options of a shard that keeps all pixels. tile: (width, height)
    of the copy."""
    made = {"LAYOUT": "GTIFF", "BLOCKXSIZE": str(tile[0]),
            "BLOCKYSIZE": str(tile[1]), "COMPRESS": "DEFLATE", "ZLEVEL": "1",
            **{name: options[name] for name in ("MEMORY_MAX", "SPILL",
                                                "NUM_THREADS")
               if name in options}}
    if job["shard_levels"] > 0:
        made["OVERVIEWS"] = "IGNORE_EXISTING"
        made["OVERVIEW_COUNT"] = str(job["shard_levels"])
        made["OVERVIEW_RESAMPLING"] = job["method"]
    return made


def shard_options(job, options, tile):
    """Creation options of a shard. tile: (width, height) of the copy."""
    if not job["raw"]:
        return lossless_options(job, options, tile)
    made = {name: value for name, value in options.items()
            if name not in OF_THE_JOIN}
    if job["lossless_first"]:
        made["OVERVIEWS"] = "AUTO"
    elif job["shard_levels"] > 0:
        made["OVERVIEWS"] = "IGNORE_EXISTING"
        made["OVERVIEW_COUNT"] = str(job["shard_levels"])
    elif job["levels"] > 0 or options.get("LAYOUT", "").upper() == "COG":
        made["OVERVIEWS"] = "NONE"
    return made
