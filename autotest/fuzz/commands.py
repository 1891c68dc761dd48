"""A random command on a random source, as plain data; perform.py runs it.

    translate, create_copy, warp   a copy, against GTiff's or COG's
    view                           reads, against the source's own
    descriptor                     a .retile file, against the source itself
    levels                         virtual overviews, against gdaladdo's
    focal                          FOCAL, against gdaldem
    rasterio                       reads and files through rasterio
"""

import recipes
from recipes import METHODS, TYPES, often, side, window

KINDS = ["translate"] * 9 + ["create_copy"] * 3 + ["warp"] * 3 + [
    "view"] * 8 + ["rasterio"] * 3 + ["levels", "focal", "descriptor"]
OLDER = ["tiff", "tiff_sidecars", "vrt", "vrt_of_other", "retile", "text",
         "ENVI", "MRF", "HFA", "PNG", "EHdr", "netCDF", "sidecar_only"]
# Options about pixels, about files next to a raster, and about tuning.
CONFIG = [{"GDAL_TIFF_INTERNAL_MASK": "YES"},
          {"GDAL_TIFF_OVR_BLOCKSIZE": "64"},
          {"GDAL_TIFF_OVR_BLOCKSIZE": "256"},
          {"GDAL_PAM_ENABLED": "NO"}, {"GDAL_DISABLE_READDIR_ON_OPEN": "YES"},
          {"VRT_SHARED_SOURCE": "0"}, {"GDAL_CACHEMAX": "1"},
          {"GTIFF_POINT_GEO_IGNORE": "YES"}, {"GDAL_NUM_THREADS": "3"},
          {"USE_RRD": "YES"}, {"GTIFF_WRITE_ANGULAR_PARAMS_IN_DEGREE": "NO"}]
FLIPS = {"netCDF": [{"GDAL_NETCDF_BOTTOMUP": "NO"},
                    {"GDAL_NETCDF_IGNORE_XY_AXIS_NAME_CHECKS": "YES"}],
         "JPEG": [{"GDAL_JPEG_TO_RGB": "NO"}],
         "JP2OpenJPEG": [{"USE_TILE_AS_BLOCK": "YES"},
                         {"OPJ_NUM_THREADS": "1"}],
         "GTiff": [{"CONVERT_YCBCR_TO_RGB": "NO"},
                   {"GTIFF_POINT_GEO_IGNORE": "YES"},
                   {"GDAL_GEOREF_SOURCES": "NONE"},
                   {"GDAL_TIFF_INTERNAL_MASK_TO_8BIT": "NO"},
                   {"GTIFF_LINEAR_UNITS": "BROKEN"}],
         "PNG": [{"GDAL_PAM_ENABLED": "NO"}],
         "HFA": [{"HFA_USE_RRD": "YES"}, {"GDAL_PAM_ENABLED": "NO"}]}
ROTATED = [{"VRT_SHARED_SOURCE": "0"}, {"GDAL_RASTERIO_RESAMPLING": "CUBIC"},
           {"GDAL_PAM_ENABLED": "NO"}, {"GDAL_NUM_THREADS": "2"}]


LOSSY = ("COMPRESS=JPEG", "COMPRESS=WEBP", "NBITS", "DISCARD", "MAX_Z",
         "PHOTOMETRIC", "ALPHA", "PIXELTYPE", "PROFILE", "JPEG", "WEBP",
         "PREDICTOR")


def file_of(source):
    return source["files"][-1]


def gtiff_creation(rng, file):
    kind, bands = file["types"][0], len(file["types"])
    options = [o for o in recipes.tiff_layout(rng, kind, bands)
               if not o.startswith(("TILED", "BLOCK"))]
    if often(rng, 0.7):
        options += ["%s=%d" % (name, rng.choice([16, 32, 64, 128, 256, 512]))
                    for name in ("BLOCKXSIZE", "BLOCKYSIZE")]
    extra = ["PROFILE=GeoTIFF", "PROFILE=BASELINE", "TFW=YES",
             "ALPHA=YES", "PHOTOMETRIC=MINISWHITE", "DISCARD_LSB=2",
             "NUM_THREADS=2", "TILED=YES", "GEOTIFF_VERSION=1.1",
             "PIXELTYPE=SIGNEDBYTE", "NBITS=16",
             "MAX_Z_ERROR=0.5", "JPEG_QUALITY=60", "ZLEVEL=1", "NONSENSE=1",
             "COMPRESS=WRONG", "RPB=YES", "PHOTOMETRIC=RGB"]
    while often(rng, 0.25):
        more = rng.choice(extra)
        name = more.split("=")[0]
        if not any(o.startswith(name + "=") for o in options):
            options.append(more)
    return options


def cog_creation(rng, file):
    kind = file["types"][0]
    options = []
    if often(rng, 0.6):
        codec = rng.choice(["NONE", "LZW", "DEFLATE", "ZSTD", "LZMA",
                            "LERC", "LERC_DEFLATE"] +
                           (["JPEG", "WEBP", "JPEG"] if kind == "Byte"
                            else []))
        options.append("COMPRESS=" + codec)
        if codec in ("LZW", "DEFLATE", "ZSTD") and often(rng, 0.4):
            options.append("PREDICTOR=YES")
    if often(rng, 0.8):
        options.append("BLOCKSIZE=%d" % rng.choice([128, 128, 256, 512]))
    if often(rng, 0.6):
        options.append("OVERVIEW_RESAMPLING=" + rng.choice(
            [m.upper() for m in METHODS] + ["NONE", "GAUSS"]))
    if often(rng, 0.4):
        options.append("OVERVIEWS=" + rng.choice(
            ["AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"]))
    extra = ["OVERVIEW_COUNT=2", "OVERVIEW_COUNT=0", "BIGTIFF=YES",
             "SPARSE_OK=YES", "ADD_ALPHA=NO", "GEOTIFF_VERSION=1.1",
             "OVERVIEW_COMPRESS=DEFLATE", "NUM_THREADS=2", "QUALITY=60",
             "LEVEL=1", "RESAMPLING=BILINEAR", "NONSENSE=1",
             "TILING_SCHEME=GoogleMapsCompatible", "TARGET_SRS=EPSG:4326",
             "ALIGNED_LEVELS=2", "MAX_Z_ERROR=0.5"]
    while often(rng, 0.2):
        more = rng.choice(extra)
        if not any(o.split("=")[0] == more.split("=")[0] for o in options):
            options.append(more)
    return options


def own_creation(rng):
    """Options that only RETILE has; none of them may change the result."""
    options = []
    if often(rng, 0.35):
        options.append("MEMORY_MAX=%dMB" % rng.choice([24, 48, 100, 400]))
    if often(rng, 0.2):
        options.append("SPILL=" + rng.choice(["NONE", "DISK", "MEMORY"]))
    if often(rng, 0.15):
        options.append("PASSTHROUGH=NO")
    if often(rng, 0.3):
        options.append("NUM_THREADS=%d" % rng.choice([1, 2, 5]))
    return options


def own_open(rng):
    """Open options of a view that leave the raster as it is."""
    options = []
    if often(rng, 0.6):
        options += ["BLOCKXSIZE=%d" % rng.choice([1, 7, 16, 64, 100, 1024]),
                    "BLOCKYSIZE=%d" % rng.choice([7, 16, 33, 64, 100, 1024])]
    if often(rng, 0.3):
        options.append("CACHE=" + rng.choice(["PRIVATE", "NONE"]))
    if often(rng, 0.3):
        options.append("NUM_THREADS=%d" % rng.choice([1, 2, 4]))
    if often(rng, 0.15):
        options.append("SPILL=" + rng.choice(["NONE", "MEMORY", "DISK"]))
    return options


def changed_view(rng):
    """Open options that change the raster: both sides read through RETILE."""
    return rng.choice([
        ["PAD_EDGES=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"],
        ["PAD_EDGES=YES", "PAD_VALUE=77", "BLOCKXSIZE=100", "BLOCKYSIZE=96"],
        ["OVERLAP=16", "BLOCKXSIZE=96", "BLOCKYSIZE=96"],
        ["OVERLAP=4", "OVERLAP_MODE=PAD", "BLOCKXSIZE=40", "BLOCKYSIZE=24"],
        ["OVERLAP=3", "OVERLAP_MODE=REPLICATE", "BLOCKXSIZE=50",
         "BLOCKYSIZE=50"], ["BLOCKXSIZE=64", "BLOCKYSIZE=48"]])


def copy(rng, source, kind):
    file = file_of(source)
    made = {"kind": kind, "target": rng.choice(["out.tif"] * 12 + [
                "/vsimem/out.tif", "out.retile", "nofolder/out.tif",
                "b.tif.ovr"]),
            "config": {}, "older": None, "through": None, "words": [],
            "program": False}
    made["layout"] = rng.choice(["GTIFF", "COG"] if kind != "translate" else
                                ["GTIFF", "GTIFF", "COG", "COG", "LEVELS"])
    if made["layout"] == "GTIFF":
        made["creation"] = gtiff_creation(rng, file)
    else:
        made["creation"] = cog_creation(rng, file)
    made["own"] = own_creation(rng)
    if kind == "translate":
        if often(rng, 0.7):
            made["words"] = recipes.translate_words(
                rng, file["width"], file["height"], len(file["types"]), 3)
        if often(rng, 0.1):
            made["through"] = changed_view(rng)
    elif kind == "warp":
        made["words"] = recipes.warp_words(rng)
        made["creation"] = [o for o in made["creation"] if not o.startswith(
            LOSSY)] if made["layout"] == "GTIFF" else made["creation"]
    if often(rng, 0.2):
        made["older"] = rng.choice(OLDER)
    if often(rng, 0.2):
        made["config"] = dict(rng.choice(CONFIG))
    if kind != "create_copy" and often(rng, 0.12):
        made["program"] = True
    return made


def one_ask(rng, file):
    what = rng.choice(["window"] * 6 + ["describe", "sums", "foreign",
                                        "progress", "level", "mask"])
    made = {"ask": what}
    if what in ("window", "level", "mask"):
        made["band"] = rng.randrange(0, len(file["types"]) + 1)
        made["window"] = rng.choice([
            window(rng, file["width"], file["height"]),
            [0, 0, file["width"], file["height"]]])
        if often(rng, 0.5):
            made["size"] = [max(1, min(side(rng), 300)) for _ in range(2)]
            made["method"] = rng.choice(METHODS)
            if often(rng, 0.3):
                made["size"] = [max(1, made["window"][2] // 2),
                                max(1, made["window"][3] // 2)]
        if often(rng, 0.3):
            made["type"] = rng.choice(TYPES)
        made["level"] = rng.randrange(3)
    return made


def view(rng, source):
    file = file_of(source)
    made = {"kind": "view", "open": own_open(rng), "generic": [],
            "config": {}, "flip": {}, "fork": often(rng, 0.15),
            "threads": rng.choice([1, 1, 1, 3]),
            "nested": rng.choice([1] * 12 + [2, 3]),
            "asks": [{"ask": "describe"}] if often(rng, 0.5) else []}
    made["asks"] += [one_ask(rng, file) for _ in range(rng.choice(
        [1, 3, 6, 10]))]
    if often(rng, 0.25):
        made["generic"] = ["OVERVIEW_LEVEL=" + rng.choice(
            ["0", "1", "NONE", "0only", "5", "AUTO"])]
    if often(rng, 0.35):
        made["flip"] = dict(rng.choice(FLIPS.get(file["format"], []) +
                                       ROTATED))
    if often(rng, 0.15):
        made["config"] = {"RETILE_CACHEMAX": rng.choice(["0", "1MB", "3MB"])}
    if source["reach"] in ("vsisubfile", "vsizip_stored"):
        made["fork"] = often(rng, 0.6)
    return made


def rasterio_call(rng, source):
    file = file_of(source)
    made = {"kind": "rasterio", "call": rng.choice(
        ["read", "read", "masked", "boundless", "warped", "copy", "memory",
         "write", "sample", "object"]),
        "window": window(rng, file["width"], file["height"]),
        "size": [max(1, min(side(rng), 300)) for _ in range(2)],
        "method": rng.choice(["nearest", "average", "bilinear", "cubic",
                              "mode"]),
        "layout": rng.choice(["GTIFF", "COG"]), "config": {}}
    made["creation"] = ([] if often(rng, 0.4) else
                        gtiff_creation(rng, file)
                        if made["layout"] == "GTIFF" else
                        cog_creation(rng, file))
    return made


FOCAL = ["slope", "slope -compute_edges", "hillshade", "aspect", "TRI",
         "roughness -compute_edges", "TPI", "hillshade -multidirectional",
         "slope -alg ZevenbergenThorne", "aspect -zero_for_flat"]


def command(rng, source, only=None):
    kind = rng.choice(KINDS)
    if only:
        kind = only
    if kind in ("translate", "create_copy", "warp"):
        return copy(rng, source, kind)
    if kind == "view":
        return view(rng, source)
    if kind == "rasterio":
        return rasterio_call(rng, source)
    if kind == "levels":
        return {"kind": kind, "method": rng.choice(
            METHODS + ["gauss"]), "config": {},
            "open": [o for o in own_open(rng) if o != "CACHE=NONE"]}
    if kind == "focal":
        return {"kind": kind, "focal": rng.choice(FOCAL), "config": {},
                "open": own_open(rng)}
    return {"kind": "descriptor", "config": {},
            "creation": [o for o in own_open(rng)
                         if not o.startswith("SPILL=D")],
            "target": rng.choice(["out.retile", "out.retile", "out.tif",
                                  "/vsimem/out.retile"])}
