"""Differences that do not count: plain GDAL 3.6 itself is wrong or undetermined
there, or RETILE may be better.

Each entry is a reason and the narrowest predicate that covers it. The predicate
gets the case, the fact that differs, and how it differs. Add an entry only
after you have looked at both sides, never to get rid of a failure.
"""


import re


def layers(case):
    return {layer["make"] for layer in case["source"]["layers"]}


def budget_is_too_small(case, fact, told):
    return fact == "failed" and told.startswith("True") and \
        "is too small for" in told and "at least MEMORY_MAX=" in told


def view_tells_of_progress(case, fact, told):
    return fact.endswith(("told", "stopped")) and told == "True, plain False"


def histogram_of_vrt(case, fact, told):
    return "histogram" in fact and bool(layers(case))


def computes(layer):
    words = layer.get("words", [])
    return layer["make"] in ("lut", "kernel", "function", "python") or any(
        word in words for word in ("-scale", "-unscale", "-r", "-exponent"))


def asks_of(case, fact):
    """The question that the fact answers, or {}."""
    found = re.match(r"(first|rest|forked) \d\[(\d+)\]", fact)
    if not found or case["command"]["kind"] != "view":
        return {}
    asks, at = case["command"]["asks"], int(found[2])
    return asks[at if found[1] == "first" else at + len(asks) // 2]


def leaves_out_nodata(case, layer):
    """Whether the layer's sources overlap, and hide their nodata."""
    return layer["make"] == "mosaic" and (
        "-srcnodata" in layer.get("words", []) or any(
            "-a_nodata" in other.get("words", [])
            for other in case["source"]["layers"]) or any(
            file["mask"] == "nodata" for file in case["source"]["files"]))


def other_type_of_computed_vrt(case, fact, told):
    other_type = "type" in asks_of(case, fact) or \
        case["command"]["kind"] in ("warp", "focal")
    return "values differ" in told and other_type and any(
        computes(layer) or leaves_out_nodata(case, layer)
        for layer in case["source"]["layers"])


def sums_of_finer_values(case, fact, told):
    """Checksum() asks for integers of 32 bits, or for floats."""
    return "sums[" in fact and any(
        computes(layer) for layer in case["source"]["layers"])


def extremes_of_vrt(case, fact, told):
    return "extremes" in fact and bool(layers(case))


def statistics_of_vrt(case, fact, told):
    asks = case["command"].get("asks", [])
    return " metadata" in fact and bool(layers(case)) and \
        "STATISTICS_MAXIMUM" in told.partition(", plain ")[2] and \
        "STATISTICS" not in told.partition(", plain ")[0] and \
        any(ask["ask"] == "sums" for ask in asks)


def wrong_extremes(case, fact, told):
    ours, _, plain = told.partition(", plain ")
    return "extremes" in fact and ours.endswith("'as read')") and \
        plain.endswith("'not as read')")


def clipped_bits(case, fact, told):
    return fact == "failed" and told.startswith("False, plain True") and \
        "One or more pixels clipped to fit" in told


def overviews_of_mask(case, fact, told):
    return fact.endswith("mask overviews") and told.endswith("plain 0") and \
        case["command"].get("layout") in ("COG", "LEVELS")


def one_pixel_wide_level(case, fact, told):
    return re.search(r"(overview \d+|^band \d+\[\d+\]) (pixels|mask)$",
                     fact) and re.search(
        r" of (1x\d+|\d+x1) values differ", told)


def uncompressed_cog_of_planes(case, fact, told):
    command = case["command"]
    return command.get("layout") == "COG" and \
        "COMPRESS=NONE" in command["creation"] and \
        fact.endswith("IMAGE_STRUCTURE") and \
        told.endswith("plain [('INTERLEAVE', 'BAND')]")


def filter_of_complex_numbers(case, fact, told):
    return fact == "failed" and case["command"]["kind"] == "levels" and \
        "is not for complex numbers" in told


def older_metadata(case, fact, told):
    command = case["command"]
    return command.get("older") is not None and (
        command["older"] == "MRF" or
        command.get("config", {}).get("GDAL_PAM_ENABLED") == "NO") and (
        fact.startswith("out metadata") or
        fact.endswith(".aux.xml") and told == "missing, plain there")


def descriptor_of_memory(case, fact, told):
    return case["command"]["kind"] == "descriptor" and fact == "failed" and \
        "is in the memory of this process" in told


def complex_under_a_mask(case, fact, told):
    files = case["source"]["files"]
    resamples = case["command"]["kind"] == "focal" or \
        "-r" in case["command"].get("words", []) or \
        "GDAL_RASTERIO_RESAMPLING" in case["command"].get("flip", {}) or \
        case["command"]["kind"] == "rasterio" and \
        case["command"]["method"] != "nearest" or \
        asks_of(case, fact).get("method", "nearest") != "nearest" or any(
            computes(layer) for layer in case["source"]["layers"])
    return "values differ" in told and resamples and any(
            file["mask"] != "none" and any(
                kind.startswith("C") for kind in file["types"])
            for file in files)


def target_of_warp(case):
    return any(option.split("=")[0] in ("TILING_SCHEME", "TARGET_SRS")
               for option in case["command"].get("creation", []))


def parts_of_warp(case, fact, told):
    """Values are less than a pixel apart, but for a few at the edges of what
    is valid; unless pixels become larger, for then the kernel depends on the
    part."""
    few = re.match(r"(\d+) of (\d+)x(\d+) values differ", told)
    options = case["command"].get("creation", [])
    more = few is not None and (
        "COMPRESS=WEBP" in options or "COMPRESS=JPEG" in options or
        any(option.startswith("TILING_SCHEME=") for option in options) and
        "ZOOM_LEVEL_STRATEGY=UPPER" not in options)
    return target_of_warp(case) and (
        "less than a pixel apart" in told or more or
        few is not None and int(few[1]) <= max(
            3, int(few[2]) * int(few[3]) // 500))


def alpha_of_gdalwarp(case, fact, told):
    """A raster that needs no reprojection goes through a VRT with an alpha
    band; any other gets none."""
    command = case["command"]
    return command["kind"] == "warp" and command.get("layout") == "COG" and \
        target_of_warp(case) and fact.startswith("out ") and \
        "ADD_ALPHA=NO" not in command["creation"]


def warp_to_two_systems(case, fact, told):
    command = case["command"]
    return command["kind"] == "warp" and command.get("layout") == "COG" and \
        "-t_srs" in command["words"] and any(
            option.startswith(("TILING_SCHEME", "TARGET_SRS"))
            for option in command["creation"])


def uncounted_levels_of_jpeg(case, fact, told):
    return asks_of(case, fact).get("ask") == "level" and \
        told.startswith("None, plain Pixels") and any(
            "COMPRESS=JPEG" in file["creation"]
            for file in case["source"]["files"])


def printed_by_hdf5(case, fact, told):
    return fact == "messages" and "Error detected in HDF5" in told


def compression_that_rasterio_lacks(case, fact, told):
    return case["command"]["kind"] == "rasterio" and fact == "failed" and \
        told.startswith("False, plain True") and \
        "is not a valid Compression" in told


def levels_of_computed_vrt(case, fact, told):
    """Of layers, or of the command's own words, of which gdal_translate makes
    such a VRT."""
    command = case["command"]
    return "values differ" in told and \
        re.search(r"overview \d+ pixels$", fact) and \
        command.get("layout") in ("COG", "LEVELS") and any(
            computes(layer) for layer in [
                *case["source"]["layers"],
                {"make": command["kind"],
                 "words": command.get("words", [])}])


def written_into_a_warp(case, fact, told):
    layers = case["source"]["layers"]
    return "values differ" in told and case["source"]["hold"] == "dirty" and \
        layers and layers[-1]["make"] == "warp"


def gdaldem_goes_on(case, fact, told):
    cmyk_bits = any({"PHOTOMETRIC=CMYK", "NBITS=1"} <= set(file["creation"])
                    for file in case["source"]["files"])
    nan_in_lerc = any(file.get("nan") and any(
        option.startswith("COMPRESS=LERC") for option in file["creation"])
        for file in case["source"]["files"])
    return case["command"]["kind"] == "focal" and \
        told == "read failed, plain read" and (
            bool(case["source"].get("damage")) or cmyk_bits or nan_in_lerc or
            "missing" in layers(case) or any(
                layer.get("function") in ("min", "max")  # from GDAL 3.8 on
                for layer in case["source"]["layers"]))


def kept_after_a_failure(case, fact, told):
    """All but what is read first. The histogram and the extremes are asked for
    after the statistics, for example."""
    return bool(case["source"].get("damage")) and \
        case["command"]["kind"] == "view" and fact != "first 0[0]" and (
            told == "read failed, plain read" or
            "histogram[" in fact and told.startswith("0, plain ") or
            re.search("extremes|sums", fact) and
            re.match(r"None, plain |\(?\(nan, nan\).*, plain |-1, plain ", told))


def restored_nodata(case, fact, told):
    """sources.py gives 64-bit bands the first nodata value; netCDF gives the
    second one to Int32. GDAL then counts the pixels as valid."""
    files = case["source"]["files"]
    wide, netcdf = 2 ** 62 + 1, -2 ** 31 + 1
    if case["command"]["kind"] == "levels" and fact.endswith(" mask"):
        return told.endswith(": 0, plain 255") and any(
            file["mask"] == "nodata" and file.get("extreme") for file in files)
    return "values differ, all alike" in told and (
        any(file["mask"] == "nodata" and file.get("extreme")
            for file in files) and
        told.endswith(": %d, plain %d" % (wide, float(wide))) or
        any(file["format"] == "netCDF" for file in files) and (
            told.endswith(": %d, plain %d" % (netcdf, netcdf - 1)) or
            re.search(r"overview \d+ mask$", fact) and
            told.endswith(": 0, plain 255")))


def nodata_of_64_bits(case, fact, told):
    """Of the second level and later ones."""
    return case["command"].get("layout") in ("COG", "LEVELS") and \
        re.search(r"overview [1-9]\d* (pixels|mask)$", fact) and any(
            file["mask"] == "nodata" and kind in ("Int64", "UInt64")
            for file in case["source"]["files"] for kind in file["types"])


def complex_of_a_function(case, fact, told):
    return told == "read, plain read failed" and \
        asks_of(case, fact).get("type", "").startswith("C") and any(
            layer["make"] == "function" for layer in case["source"]["layers"])


def mask_of_a_levels_level(case, fact, told):
    return re.search(r"overview \d+ mask$", fact) and \
        told.endswith(": 0, plain 255") and any(
            option.startswith("OVERVIEW_LEVEL=")
            for option in case["command"].get("generic", []))


def mask_levels_of_a_warp(case, fact, told):
    return fact.endswith("mask overviews") and told.startswith("0, plain ") and \
        "OVERVIEW_LEVEL=NONE" in case["command"].get("generic", []) and \
        "warp" in layers(case)


def flushed_lossy_source(case, fact, told):
    return case["source"]["hold"] == "dirty" and \
        "values differ" in told and any(
            "COMPRESS=JPEG" in file["creation"]
            for file in case["source"]["files"])


def nodata_beyond_the_bits(case, fact, told):
    return fact == "messages" and "One or more pixels clipped to fit" in told and \
        case["command"].get("layout") in ("COG", "LEVELS") and any(
            file["mask"] == "nodata" and any(
                option.startswith("NBITS=") for option in file["creation"])
            for file in case["source"]["files"])


def levels_of_palettes(case, fact, told):
    return fact == "failed" and told.startswith("False, plain True") and \
        "building overviews of multiple colormapped bands" in told


def colours_under_lerc(case, fact, told):
    """The command's reference is a COG without overviews: see perform.py."""
    command = case["command"]
    return command["kind"] == "warp" and command["layout"] == "GTIFF" and \
        re.search(r"^out band \d+ (pixels|mask)$", fact) and any(
            option.startswith("COMPRESS=LERC")
            for option in command["creation"]) and any(
            "alpha" in file["mask"] for file in case["source"]["files"])


def levels_of_jpeg_by_number(case, fact, told):
    return any(option.startswith("OVERVIEW_LEVEL=")
               for option in case["command"].get("generic", [])) and \
        (fact == "failed" and told.startswith("True, plain False; []") or
         fact == "messages" and told == "failed without an error") and any(
            "COMPRESS=JPEG" in file["creation"]
            for file in case["source"]["files"])


def spill_that_is_not_there(case, fact, told):
    return told == "read failed, plain read" and \
        case["command"]["kind"] == "focal" and any(
            "USE_SPILL=YES" in file["creation"]
            for file in case["source"]["files"])


def unnoticed_by_threads(case, fact, told):
    return fact == "failed" and told.startswith("True, plain False") and \
        "cannot encode a tile" in told and any(
            option.startswith(("NUM_THREADS=", "GDAL_NUM_THREADS"))
            for option in [*case["command"].get("creation", []),
                           *case["command"].get("config", {})])


def georeference_of_an_older_file(case, fact, told):
    command = case["command"]
    return fact.startswith("out reference") and command.get("older") and \
        command.get("config", {}).get("GDAL_PAM_ENABLED") == "NO"


def beyond_a_source(case, fact, told):
    """Along one edge."""
    few = re.match(r"(\d+) of (\d+)x(\d+) values differ", told)
    return few is not None and int(few[1]) <= max(
        int(few[2]), int(few[3])) and any(
        layer["make"] == "mosaic" and "average" in layer.get("words", [])
        for layer in case["source"]["layers"])


def codec_without_a_tile(case, fact, told):
    return case["command"]["kind"] == "rasterio" and fact == "out" and \
        told.startswith("None, plain {'size': (") and \
        "COMPRESS=JPEG" in case["command"]["creation"] and (
            told.startswith("None, plain {'size': (1, 1)") or
            "'band 1 type': 'Byte'" not in told)


def complex_in_lerc(case, fact, told):
    return fact == "failed" and told.startswith("True, plain False") and \
        "LERC cannot encode" in told and case["source"]["files"][0]["width"] == 1


def coefficients_in_a_cog(case, fact, told):
    return case["command"].get("layout") == "COG" and \
        "COMPRESS=JPEG" in case["command"]["creation"] and \
        case["source"]["files"][0]["format"] == "JPEG" and \
        ("JPEGTABLESMODE" in told or
         "values differ" in told and not any(
             option.startswith("QUALITY=")
             for option in case["command"]["creation"]))


def view_at_the_target(case, fact, told):
    command = case["command"]
    return command["kind"] == "warp" and command.get("older") == "retile" and \
        fact == "failed" and "cannot be opened in update mode" in told


def edges_of_lossy_strips(case, fact, told):
    command = case["command"]
    return command["kind"] == "rasterio" and "values differ" in told and \
        "COMPRESS=JPEG" in command["creation"] and \
        "TILED=YES" not in command["creation"]


def damage_behind_the_pixels(case, fact, told):
    if not case["source"].get("damage"):
        return False
    if case["command"]["kind"] != "view":
        return told == "read, plain read failed" or \
            fact == "failed" and told.startswith("False, plain True") and \
            "TIFFReadEncodedTile() failed" in told
    return (told == "read, plain read failed" or
            re.search("extremes|sums|histogram", fact) and
            re.search(r", plain (-1|None|0|\(?\(nan, nan\).*)$", told))


def end_of_a_damaged_strip(case, fact, told):
    return bool(case["source"].get("damage")) and \
        re.match(r"\d of ", told) and "COMPRESS=DEFLATE" in \
        case["source"]["files"][0]["creation"]


def quiet_about_a_level(case, fact, told):
    return fact == "messages" and told == "failed without an error" and \
        bool(case["source"].get("damage")) and any(
            option.startswith("OVERVIEW_LEVEL=")
            for option in case["command"].get("generic", []))


def nodata_kept_by_a_warp(case, fact, told):
    return case["command"].get("layout") == "COG" and any(
        option.split("=")[0] in ("TILING_SCHEME", "TARGET_SRS")
        for option in case["command"]["creation"]) and \
        fact.startswith("out band") and any(
            file["mask"] == "nodata" and kind in ("Int64", "UInt64")
            for file in case["source"]["files"] for kind in file["types"])


def bands_of_one_type(case, fact, told):
    """The levels of a GeoTIFF, which is what plain GDAL has levels of."""
    types = re.match(r"(\w+) of .*, plain (\w+) of ", told)
    return case["command"]["kind"] == "levels" and types and \
        types[1] != types[2] and any(
            len(set(layer.get("types", []))) > 1
            for layer in case["source"]["layers"])


def mask_of_complex_mosaic(case, fact, told):
    return "values differ" in told and fact.endswith("mask") and any(
        leaves_out_nodata(case, layer)
        for layer in case["source"]["layers"]) and any(
            kind.startswith("C") for file in case["source"]["files"]
            for kind in file["types"])


def warning_of_a_mask(case, fact, told):
    return fact == "messages" and told.startswith("stray: ") and \
        "NODATA_VALUES metadata item doesn't have the same number" in told and \
        case["command"]["kind"] == "view"


def warning_that_rasterio_keeps(case, fact, told):
    return fact == "messages" and case["command"]["kind"] == "rasterio" and \
        (told.startswith("stray: [\"'WRONG' is an unexpected value for ") or
         told.startswith("stray: ['driver RETILE does not support creation "
                         "option NONSENSE']") or
         re.match(r"stray: \['(\S+: (NBITS=16 is invalid for data type|"
                  r"NBITS is not supported for data type|"
                  r"PHOTOMETRIC=RGB value does not correspond)|"
                  r"WEBP_LEVEL is specified, but WEBP_LOSSLESS=YES|"
                  r"DISCARD_LSB ignored on non )", told))


def second_close_of_rasterio(case, fact, told):
    return fact == "messages" and case["command"]["kind"] == "rasterio" and \
        case["command"]["call"] == "object" and told.startswith("2 errors:") and \
        "is only supported with Float32 or Float64" in told


def complex_integers_by_rasterio(case, fact, told):
    return case["command"]["kind"] == "rasterio" and re.match(
        r"'?CFloat32\b.*, plain '?CInt16\b|'?CFloat\d+\b.*, plain '?CInt32\b",
        told)


def no_progress_of_a_failure(case, fact, told):
    return fact.endswith("told") and told == "False, plain True" and \
        asks_of(case, fact).get("ask") == "progress" and bool(
            case["source"].get("damage"))


def categories_of_pcidsk(case, fact, told):
    return fact.endswith("categories") and \
        told in ("[], plain None", "None, plain []") and any(
            file["format"] == "PCIDSK" for file in case["source"]["files"])


def cog_for_a_warp(case, fact, told):
    command = case["command"]
    return command["kind"] == "warp" and command["layout"] == "GTIFF" and (
        fact == "messages" and "COMPRESS=WRONG" in command["creation"] and
        "value not recognised, ignoring" in told or
        fact == "file out.tfw" and "TFW=YES" in command["creation"] or
        fact == "failed" and "in this byte order" in told and
        "ENDIANNESS=BIG" in command["creation"] or
        fact == "failed" and "cannot encode " in told and any(
            option.startswith("COMPRESS=LERC")
            for option in command["creation"]))


def no_overviews_by_number(case, fact, told):
    return fact == "failed" and told.startswith("False, plain True") and \
        "OVERVIEW_COUNT=0" in case["command"].get("creation", [])


def tiles_that_no_tiff_has(case, fact, told):
    return fact == "failed" and told.startswith("True, plain False") and \
        "the sides of a GeoTIFF's tiles are multiples of 16" in told


def nearest_of_complex(case, fact, told):
    """Of the second level and later ones, which are taken from the first one
    here and from the full resolution by GDAL."""
    return case["command"].get("layout") in ("COG", "LEVELS") and \
        re.search(r"overview [1-9]\d* pixels$", fact) and \
        "values differ" in told and any(
            "NEAREST" in option for option in case["command"]["creation"]) and \
        any(kind.startswith("C") for file in case["source"]["files"]
            for kind in file["types"])


def nan_in_lerc(case, fact, told):
    return fact == "failed" and told.startswith("True, plain False") and \
        "COMPRESS=LERC cannot hold NaN" in told


def big_endian_floats(case, fact, told):
    return "values differ" in told and {"ENDIANNESS=BIG", "PREDICTOR=3"} <= set(
        case["command"].get("creation", []))


def blocks_of_chips(case, fact, told):
    return fact.endswith("blocks") and any(
        option.startswith("OVERLAP=")
        for option in case["command"].get("through") or [])


KNOWN = [
    ("GDAL's COG driver leaves the bands apart where nothing is compressed and "
     "they are apart in the source; what it writes is not marked as a COG.",
     uncompressed_cog_of_planes),
    ("gdaladdo tells an error and goes on; a view is refused at once.",
     filter_of_complex_numbers),
    ("GDAL leaves the .aux.xml of an MRF that it replaces, or of any file while "
     "GDAL_PAM_ENABLED=NO, and shows its metadata for those of the new file.",
     older_metadata),
    ("A descriptor on disk of a file in memory would find nothing; it is "
     "refused.", descriptor_of_memory),
    ("GDAL shows what memory held before where it resamples complex numbers "
     "under a mask.", complex_under_a_mask),
    ("A copy of overlapping tiles has tiles of their size, unless told.",
     blocks_of_chips),
    ("Where a level is one pixel wide GDAL's result depends on how many rows "
     "it reduces at a time: see driver/gdal/overviews/README.md.", one_pixel_wide_level),
    ("Where overviews are copied from a source whose mask has none, "
     "GDAL's COG driver warns and leaves its mask without overviews; what "
     "the overviews' own masks say is the same.", overviews_of_mask),
    ("gdal_translate fails after this warning, unless another one came "
     "before it; the file is whole either way.", clipped_bits),
    ("A VRT band that computes skips the rounding to its own type where it "
     "is read as another type, as gdalwarp and gdaldem do for all bands, but "
     "not where it is read by blocks, as by copies and views.", other_type_of_computed_vrt),
    ("GDAL approximates a warp along the lines of what it warps at once, and "
     "cuts a raster that the source fills less than half of: pixels near edges "
     "depend on the parts. RETILE has one grid for all.", parts_of_warp),
    ("rasterio does not know all compressions that GDAL names; a view names "
     "none.", compression_that_rasterio_lacks),
    ("gdalwarp to a COG passes over -t_srs if the COG has a system of its own, "
     "and leaves out its alpha band; RETILE warps to both, as gdal_translate of "
     "the warped file would.", warp_to_two_systems),
    ("GTiff gives levels of JPEG tiles to who asks for them, and counts none.",
     uncounted_levels_of_jpeg),
    ("HDF5 prints errors of other threads than the first, although GDAL keeps "
     "it from doing so.", printed_by_hdf5),
    ("... and so GDAL's COG driver computes overviews of pixels that are not "
     "those of the image.", levels_of_computed_vrt),
    ("What is written into a warped VRT is in GDAL's cache alone, until it is "
     "evicted.", written_into_a_warp),
    ("gdaldem goes on where a block cannot be decoded; a view fails.",
     gdaldem_goes_on),
    ("GDAL keeps a block whose decoding failed, and answers later questions from "
     "it; a view fails each time.", kept_after_a_failure),
    ("GDAL computes levels in floats, in which a nodata value of more than 53 "
     "bits becomes another, valid value; RETILE makes it nodata again.",
     restored_nodata),
    ("GDAL averages memory behind a source's pixels for a part of a pixel at "
     "its edge (seen with valgrind).", beyond_a_source),
    ("... also of a JPEG with values that are no bytes, in a file object of "
     "rasterio, which does not say that the codec failed.", codec_without_a_tile),
    ("GDAL 3.6 loses 64-bit nodata after the first level.", nodata_of_64_bits),
    ("A pixel function of real numbers fails for a reader that asks for complex "
     "ones; a view converts its results.", complex_of_a_function),
    ("A VRT band that computes has finer values than its type for Checksum(); "
     "those of a view are of its type.", sums_of_finer_values),
    ("GDAL's mask of an overview of a dataset that is itself an overview is all "
     "valid, though the mask's overview is not.", mask_of_a_levels_level),
    ("A warped VRT's alpha band keeps its overviews under OVERVIEW_LEVEL=NONE "
     "where GDAL shows it as the mask; no other band has any then.",
     mask_levels_of_a_warp),
    ("What is changed in a JPEG is flushed, and so encoded, before it is copied; "
     "GDAL copies what is in its cache.", flushed_lossy_source),
    ("Pixels of levels that are all masked are nodata. If NBITS cannot hold it, "
     "RETILE warns that they are clipped; GDAL clips them without a word.",
     nodata_beyond_the_bits),
    ("GDAL's COG driver refuses overviews of several bands with colour tables.",
     levels_of_palettes),
    ("GTiff gives LERC an alpha band as its mask, and colours under it are lost; "
     "the COG driver of GDAL 3.6 does not.", colours_under_lerc),
    ("GTiff opens the levels that JPEG tiles have by themselves by their number, "
     "and counts none.", levels_of_jpeg_by_number),
    ("gdaldem goes on where the file that holds the pixels is missing; a view "
     "fails.", spill_that_is_not_there),
    ("With threads, GDAL does not notice that tiles cannot be encoded.",
     unnoticed_by_threads),
    ("GDAL leaves an older file's .aux.xml if GDAL_PAM_ENABLED=NO, and takes its "
     "georeferencing for that of the new file.", georeference_of_an_older_file),
    ("gdalwarp -of COG has an alpha band or none by other rules than "
     "gdal_translate -of COG, which RETILE follows.", alpha_of_gdalwarp),
    ("GDAL 3.6 loses 64-bit nodata when it reprojects into a COG.",
     nodata_kept_by_a_warp),
    ("GTiff writes no tile if all its pixels are 0, so a codec that cannot hold "
     "the type does not matter to it then.", complex_in_lerc),
    ("GDAL's COG driver copies the coefficients of a JPEG file, which is no valid "
     "COG then: tiles have no leaders. RETILE encodes it again, as its README "
     "says.", coefficients_in_a_cog),
    ("gdalwarp updates an existing raster, and a view cannot be updated; GTiff "
     "alone sees no raster in a descriptor.", view_at_the_target),
    ("Lossy tiles are padded at the raster's edges, strips are not.",
     edges_of_lossy_strips),
    ("A view decodes only the lines of a tile that lie in the raster.",
     damage_behind_the_pixels),
    ("The end of a damaged strip that GDAL takes for whole is what was in its "
     "memory before.",
     end_of_a_damaged_strip),
    ("GDAL says nothing of a level that is not there if it is not to say why "
     "opening fails.", quiet_about_a_level),
    ("All bands of a GeoTIFF have one type, those of a view need not.",
     bands_of_one_type),
    ("Where sources with nodata overlap, a VRT of complex numbers has other "
     "pixels when real ones are asked for, as GDAL's mask of it does.",
     mask_of_complex_mosaic),
    ("A view asks for the mask when it is opened; GDAL warns when it is asked "
     "for it.", warning_of_a_mask),
    ("rasterio takes GDAL's messages while it lets GTiff create a file. To "
     "other drivers it copies a file when it is closed, and takes none.",
     warning_that_rasterio_keeps),
    ("... and closes a file object twice, and so copies twice, if the first "
     "copy fails.", second_close_of_rasterio),
    ("... and fills the copied one with complex floats, never with complex "
     "integers.", complex_integers_by_rasterio),
    ("A view that cannot decode a block tells of no progress; GDAL reads on.",
     no_progress_of_a_failure),
    ("A band of a PCIDSK file without categories says that it has none when it "
     "is first asked, and from then on that its list is empty.",
     categories_of_pcidsk),
    ("A warp is compared with GDAL's COG driver, which is not told of the "
     "options.", cog_for_a_warp),
    ("GDAL's COG driver fails where no overviews are asked for by their "
     "number.", no_overviews_by_number),
    ("NEAREST takes further levels of complex numbers from the full resolution, "
     "those of other types from the level below.", nearest_of_complex),
    ("GTiff writes NaN in LERC with interleaved bands, and cannot read it; "
     "RETILE refuses.", nan_in_lerc),
    ("With PREDICTOR=3 and ENDIANNESS=BIG GTiff's own file has other values than "
     "its source: each has its bytes in reverse.", big_endian_floats),
    ("A copy of overlapping tiles that no TIFF can have is refused, with sizes "
     "that would do.", tiles_that_no_tiff_has),
    ("A VRT band asks the band below it for minimum and maximum, whatever "
     "is computed between.", extremes_of_vrt),
    ("... and keeps them as statistics of its own.", statistics_of_vrt),
    ("GDAL 3.6 passes over pixels at the end of blocks of 16 bits.",
     wrong_extremes),
    ("A budget may be refused, with the least that would do.",
     budget_is_too_small),
    ("Plain GDAL reads some rasters without a word of progress; a view may "
     "tell.", view_tells_of_progress),
    ("A VRT band asks the band below it for its histogram, and so counts the "
     "pixels of another size.", histogram_of_vrt),
]


def is_known(case, fact, told):
    return any(predicate(case, fact, told) for _, predicate in KNOWN)
