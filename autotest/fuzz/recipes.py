"""A random source, as plain data: sources.py makes it.

A recipe is a dictionary of numbers, words and lists. It can be printed, read
again and made simpler one part at a time (shrink.py). All random numbers come
from the generator that is passed in, so that a seed always means one case.

    files   the rasters on disk; the last one is used unless there are layers
    layers  VRT constructs, each over the one before
    reach   how the source is named: plain, /vsimem/, /vsizip/, ...
    hold    how the source is passed: by name, as a handle, open for update
            with changes not yet written, in memory
    damage  bytes that are overwritten at the end: [position, value] pairs
"""

INTEGERS = ["Byte", "UInt16", "Int16", "UInt32", "Int32", "Int64", "UInt64"]
FLOATS = ["Float32", "Float64"]
COMPLEX = ["CInt16", "CInt32", "CFloat32", "CFloat64"]
TYPES = INTEGERS + FLOATS + COMPLEX
METHODS = ["nearest", "average", "rms", "bilinear", "cubic", "cubicspline",
           "lanczos", "mode"]
EXTENSIONS = {"GTiff": "tif", "PNG": "png", "JPEG": "jpg",
              "JP2OpenJPEG": "jp2", "ENVI": "img", "HFA": "img",
              "netCDF": "nc", "GIF": "gif", "BMP": "bmp", "PCIDSK": "pix",
              "EHdr": "bil", "RRASTER": "grd", "MRF": "mrf", "NITF": "ntf",
              "WEBP": "webp", "COG": "tif", "AAIGrid": "asc", "RST": "rst",
              "ERS": "ers", "SGI": "sgi"}
# The types and the numbers of bands that a format can hold.
HOLDS = {"PNG": (["Byte", "UInt16"], [1, 2, 3, 4]), "JPEG": (["Byte"], [1, 3]),
         "JP2OpenJPEG": (["Byte", "UInt16", "Int16"], [1, 2, 3, 4]),
         "ENVI": (["Byte", "UInt16", "Int16", "Int32", "Float32", "Float64"],
                  [1, 2, 3, 5]),
         "HFA": (["Byte", "UInt16", "Int16", "Float32", "Float64"],
                 [1, 2, 3]),
         # More bands than one would be subdatasets.
         "netCDF": (["Byte", "Int16", "Int32", "Float32", "Float64"],
                    [1]), "GIF": (["Byte"], [1]), "BMP": (["Byte"], [1, 3]),
         "PCIDSK": (["Byte", "UInt16", "Int16", "Float32"], [1, 2, 3]),
         "EHdr": (["Byte", "UInt16", "Int16", "Float32"], [1]),
         "RRASTER": (["Byte", "UInt16", "Int16", "Int32", "Float32"], [1, 2]),
         "MRF": (["Byte", "UInt16", "Int16", "Float32"], [1, 3]),
         "NITF": (["Byte", "UInt16", "Int16", "Float32"], [1, 3]),
         "WEBP": (["Byte"], [3, 4]), "AAIGrid": (["Int32", "Float32"], [1]),
         "RST": (["Byte", "Int16", "Float32"], [1]),
         "ERS": (["Byte", "UInt16", "Int16", "Float32"], [1, 2]),
         "SGI": (["Byte"], [1, 3])}
CODECS = [None, None, "LZW", "DEFLATE", "ZSTD", "PACKBITS", "JPEG", "LERC",
          "LZMA", "WEBP", "LERC_ZSTD"]


def often(rng, share):
    return rng.random() < share


def side(rng):
    """A number of pixels: often small, sometimes around a tile's edge."""
    kind = rng.randrange(8)
    if kind == 0:
        return rng.choice([1, 2, 3, 5])
    if kind == 1:
        return rng.choice([15, 16, 17, 127, 128, 129, 255, 256, 257])
    if kind == 2:
        return rng.choice([511, 512, 513, 600, 700])
    if kind < 6:
        return rng.randrange(4, 100)
    return rng.randrange(100, 520)


def tiff_layout(rng, kind, bands):
    options = []
    layout = rng.choice(["strips", "tiles", "one", "default"])
    if layout == "tiles":
        options += ["TILED=YES"] + [
            "%s=%d" % (name, rng.choice([16, 32, 48, 64, 128, 256, 512]))
            for name in ("BLOCKXSIZE", "BLOCKYSIZE")]
    elif layout != "default":
        options.append("BLOCKYSIZE=%d" % (
            rng.choice([1, 2, 7, 16, 64]) if layout == "strips" else 1000))
    if bands > 1 or often(rng, 0.3):
        options.append("INTERLEAVE=" + rng.choice(["PIXEL", "BAND"]))
    codec = rng.choice(CODECS)
    if codec in ("JPEG", "WEBP") and (kind != "Byte" or bands not in (1, 3)
                                      or codec == "WEBP" and bands == 1):
        codec = "DEFLATE"
    if codec and codec.startswith("LERC") and kind in (
            "Int64", "UInt64", *COMPLEX):
        codec = "LZW"
    if codec:
        options.append("COMPRESS=" + codec)
    if codec in ("LZW", "DEFLATE", "ZSTD") and often(rng, 0.4):
        predictor = 3 if kind in FLOATS else 2
        if kind not in COMPLEX:
            options.append("PREDICTOR=%d" % predictor)
    if codec == "JPEG" and bands == 3 and often(rng, 0.5):
        options.append("PHOTOMETRIC=YCBCR")
        options[:] = [o for o in options if o != "INTERLEAVE=BAND"]
    if codec == "WEBP":
        options[:] = [o for o in options if not o.startswith("INTERLEAVE")]
        options += ["INTERLEAVE=PIXEL", "WEBP_LOSSLESS=YES"]
    if not codec and kind == "Byte" and bands == 4 and often(rng, 0.4):
        options.append("PHOTOMETRIC=CMYK")
    if kind in ("Byte", "UInt16", "UInt32") and codec in (
            None, "LZW", "DEFLATE") and often(rng, 0.1) and not any(
                "PREDICTOR" in o for o in options):
        options.append("NBITS=%d" % {
            "Byte": rng.choice([1, 2, 4, 7]), "UInt16": rng.choice([9, 12]),
            "UInt32": rng.choice([17, 24])}[kind])
    if often(rng, 0.08):
        options.append("ENDIANNESS=BIG")
    if often(rng, 0.08):
        options.append("SPARSE_OK=YES")
    if often(rng, 0.05):
        options.append("BIGTIFF=YES")
    return options


def jp2_layout(rng):
    options = ["REVERSIBLE=YES", "QUALITY=100"]
    if often(rng, 0.6):
        options += ["BLOCKXSIZE=%d" % rng.choice([32, 64, 100, 256]),
                    "BLOCKYSIZE=%d" % rng.choice([32, 64, 100, 256])]
    if often(rng, 0.4):
        options.append("RESOLUTIONS=%d" % rng.choice([1, 2, 4]))
    if often(rng, 0.4):
        options.append("PROGRESSION=" + rng.choice(
            ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"]))
    if often(rng, 0.2):
        options.append("TILEPARTS=" + rng.choice(["RESOLUTIONS", "LAYERS"]))
    if often(rng, 0.2):
        options.append("PLT=YES")
    return options


def layout_of(rng, form, kind, bands):
    if form == "GTiff":
        return tiff_layout(rng, kind, bands)
    if form == "JP2OpenJPEG":
        return jp2_layout(rng)
    if form == "ENVI":
        return ["INTERLEAVE=" + rng.choice(["BSQ", "BIL", "BIP"])]
    if form == "HFA":
        return rng.choice([[], ["COMPRESSED=YES"], ["USE_SPILL=YES"]])
    if form == "JPEG":
        return rng.choice([[], ["PROGRESSIVE=ON"], ["INTERNAL_MASK=NO"]])
    if form == "COG":
        return rng.choice([[], ["BLOCKSIZE=128"], ["COMPRESS=DEFLATE"]])
    if form == "WEBP":
        return ["LOSSLESS=YES"]
    if form == "netCDF":
        return rng.choice([[], ["FORMAT=NC4"], ["COMPRESS=DEFLATE",
                                                "FORMAT=NC4"]])
    return []


def overviews(rng, shares):
    if not often(rng, shares):
        return None
    return {"levels": rng.choice([[2], [2, 4], [4], [3], [2, 4, 8]]),
            "resampling": rng.choice(["NEAREST", "AVERAGE", "CUBIC",
                                      "MODE"]),
            "outside": often(rng, 0.3),
            # If levels hold other pixels than the image, it shows whether a
            # read uses them.
            "stale": often(rng, 0.5)}


def bounded(rng, width, height, bands):
    """A size that mostly takes little time."""
    most_px = 400000 if often(rng, 0.1) else 60000
    while width * height * bands > most_px:
        if width > height:
            width = width * 2 // 3
        else:
            height = height * 2 // 3
    return width, height


def one_file(rng, name):
    """A raster on disk."""
    form = "GTiff" if often(rng, 0.62) else rng.choice(sorted(EXTENSIONS))
    kind = "Byte" if often(rng, 0.4) else rng.choice(TYPES)
    bands = rng.choice([1, 1, 1, 2, 3, 3, 4])
    if form in HOLDS:
        types, counts = HOLDS[form]
        kind, bands = rng.choice(types), rng.choice(counts)
    width, height = bounded(rng, side(rng), side(rng), bands)
    mask = rng.choice(["none", "none", "nodata", "alpha", "mask"])
    if mask == "alpha" and bands not in (2, 4):
        mask = "nodata" if form in ("GTiff", "ENVI", "COG") else "none"
    if kind in COMPLEX and mask == "nodata":
        mask = "none"
    creation = layout_of(rng, form, kind, bands)
    if width * height > 20000:  # these are slow to encode
        creation = [o.replace("LZMA", "DEFLATE") for o in creation
                    if "WEBP" not in o]
    made = {"name": "%s.%s" % (name, EXTENSIONS[form]), "format": form,
            "width": width, "height": height, "types": [kind] * bands,
            "seed": rng.randrange(1000),
            "content": rng.choice(["slope", "noise", "steps", "flat",
                                   "holes"]),
            "creation": creation, "mask": mask,
            "extreme": often(rng, 0.25),
            "place": rng.choice(["none", "north", "north", "turned", "gcps",
                                 "degrees"]),
            "tables": sorted(set(rng.choice(
                ["colours", "names", "attributes", "scale", "unit",
                 "description", "items", "domain", "statistics", "rpc"])
                for _ in range(rng.choice([0, 0, 1, 3])))),
            "overviews": overviews(rng, 0.35) if form in (
                "GTiff", "HFA", "PNG", "JPEG", "ENVI", "JP2OpenJPEG",
                "BMP") else None}
    if kind in FLOATS and often(rng, 0.3):
        made["nan"] = True
    if form == "GTiff" and mask == "mask":
        made["mask_inside"] = often(rng, 0.6)
    return made


def window(rng, width, height):
    x, y = rng.randrange(width), rng.randrange(height)
    return [x, y, rng.randrange(1, width - x + 1),
            rng.randrange(1, height - y + 1)]


def translate_words(rng, width, height, bands, most=2):
    """Options of gdal_translate that change what the copy shows."""
    words = []
    for _ in range(rng.randrange(0, most + 1)):
        what = rng.choice(["srcwin", "outsize", "outsize", "b", "ot", "scale",
                           "nodata", "mask", "unscale", "mo", "colorinterp",
                           "percent", "outside", "nogcp", "srs"])
        if what == "srcwin" and "-srcwin" not in words:
            words += ["-srcwin"] + [str(n) for n in window(rng, width, height)]
        elif what == "outside" and "-srcwin" not in words:
            words += ["-srcwin", str(-rng.randrange(1, 9)),
                      str(-rng.randrange(0, 9)), str(width), str(height)]
        elif what in ("outsize", "percent") and "-outsize" not in words:
            across = side(rng)
            size = ([str(across), rng.choice([
                str(side(rng)), "0" if across * across * height < 200000 *
                width else "60"])] if what == "outsize" else
                    ["%d%%" % rng.choice([10, 25, 50, 50, 130])] * 2)
            words += ["-outsize"] + size
            if often(rng, 0.75):
                words += ["-r", rng.choice(METHODS)]
            if often(rng, 0.2):
                words += ["-ovr", rng.choice(["NONE", "AUTO", "0", "AUTO-1"])]
        elif what == "b" and "-b" not in words:
            for _ in range(rng.choice([1, 1, 2, 3, 3])):
                words += ["-b", str(rng.randrange(1, bands + 1))]
        elif what == "ot" and "-ot" not in words:
            words += ["-ot", rng.choice(TYPES)]
        elif what == "scale" and "-scale" not in words:
            words += rng.choice([["-scale"], ["-scale", "0", "200", "10",
                                              "90"],
                                 ["-scale", "0", "200", "0", "255",
                                  "-exponent", "0.5"]])
        elif what == "nodata" and "-a_nodata" not in words:
            words += ["-a_nodata", rng.choice(["0", "77", "none", "-9999",
                                               "nan", "255"])]
        elif what == "mask" and "-mask" not in words:
            words += ["-mask", rng.choice(["none", "auto", "1"])]
        elif what == "unscale" and "-unscale" not in words:
            words += ["-unscale"]
        elif what == "mo":
            words += ["-mo", "KEY=value %d" % rng.randrange(9)]
        elif what == "colorinterp" and "-colorinterp" not in " ".join(words):
            words += ["-colorinterp_1", rng.choice(["gray", "red", "alpha"])]
        elif what == "nogcp" and "-nogcp" not in words:
            words += ["-nogcp"]
        elif what == "srs" and "-a_srs" not in words:
            words += ["-a_srs", rng.choice(["EPSG:32631", "EPSG:4326"]),
                      "-a_ullr", "2", "50", "3", "49"]
    return words


def warp_words(rng):
    words = []
    if often(rng, 0.6):
        words += ["-t_srs", rng.choice(["EPSG:3857", "EPSG:4326",
                                        "EPSG:32632"])]
    if often(rng, 0.7):
        words += ["-r", rng.choice(["near", "bilinear", "cubic", "lanczos",
                                    "average", "mode"])]
    if often(rng, 0.4):
        words += ["-ts", str(side(rng)), str(side(rng))]
    if often(rng, 0.2):
        words += ["-dstalpha"]
    if often(rng, 0.2):
        words += ["-dstnodata", rng.choice(["0", "77", "255"])]
    if often(rng, 0.1):
        words += ["-ovr", rng.choice(["NONE", "AUTO", "0"])]
    if often(rng, 0.1):
        words += ["-srcnodata", "0"]
    if often(rng, 0.1):
        words += ["-ot", rng.choice(["Byte", "Float32", "UInt16"])]
    return words


def layers(rng, file):
    made = []
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        what = rng.choice(["translate", "translate", "mosaic", "mosaic",
                           "separate", "separate", "warp", "function",
                           "kernel", "lut", "prefix", "missing", "python"])
        layer = {"make": what}
        if what == "translate":
            layer["words"] = translate_words(
                rng, file["width"], file["height"], len(file["types"]))
        elif what == "warp":
            layer["words"] = warp_words(rng)
        elif what in ("mosaic", "missing"):
            layer["shift"] = [rng.randrange(-9, file["width"] + 1),
                              rng.randrange(-9, file["height"] + 1)]
            layer["words"] = rng.choice([
                [], [], ["-addalpha"], ["-srcnodata", "0"],
                ["-vrtnodata", "7"], ["-r", "average", "-tr", "23", "23"],
                ["-r", "cubic", "-tr", "7", "7"], ["-hidenodata"]])
        elif what == "function":
            layer["function"] = rng.choice(["sum", "diff", "mul", "real",
                                            "sqrt", "min", "max"])
        elif what == "separate":
            layer["types"] = [rng.choice(TYPES[:9]) for _ in
                              range(rng.choice([2, 2, 3]))]
        elif what == "prefix":
            layer["bands"] = [rng.randrange(1, len(file["types"]) + 1)
                              for _ in range(rng.choice([1, 2, 3]))]
        made.append(layer)
    return made


def damage(rng):
    return [[rng.random(), rng.randrange(256)]
            for _ in range(rng.choice([1, 1, 2, 8]))]


def source(rng):
    file = one_file(rng, "a")
    made = {"files": [file], "layers": layers(rng, file),
            "reach": rng.choice(["plain"] * 6 + [
                "vsimem", "vsizip", "vsizip_stored", "vsigzip",
                "vsisubfile", "absolute"]),
            "hold": rng.choice(["name"] * 4 + ["handle", "update", "dirty",
                                               "memory"])}
    if made["layers"]:
        made["reach"] = "plain"
    if file["format"] == "GTiff" and not made["layers"] and often(rng, 0.06):
        made["reach"] = rng.choice(["GTIFF_RAW", "GTIFF_DIR"])
    if often(rng, 0.3 if file["format"] == "JP2OpenJPEG" else 0.04):
        made["damage"] = damage(rng)
    return made
