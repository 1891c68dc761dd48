"""Runs a command (commands.py) on one side: RETILE's, or plain GDAL's.

The working directory is the side's own folder. Both sides find the same files
under the same names there. The functions return facts (observe.py); the fact
"failed" says that a copy was refused.
"""

import os
import shutil
import subprocess

from osgeo import gdal

import sources
import views

VSIMEM = "/vsimem/d/"
# Options of a COG that mean the same with LAYOUT=GTIFF.
OF_BOTH_LAYOUTS = ("BLOCKSIZE", "OVERVIEW_RESAMPLING", "OVERVIEWS",
                   "NUM_THREADS", "COMPRESS=LZW", "COMPRESS=DEFLATE",
                   "COMPRESS=ZSTD", "COMPRESS=LZMA", "COMPRESS=NONE")


class Side:
    """messages: (class, text) of all messages."""

    def __init__(self, case, name, ours):
        self.case, self.name, self.ours = case, name, ours
        self.command = case["command"]
        self.messages = []

    def hear(self, severity, _, text):
        self.messages.append((severity, text))

    def target(self):
        return self.command.get("target", "")

    def driver(self):
        if self.ours:
            return "RETILE"
        return "GTiff" if self.command["layout"] == "GTIFF" and \
            self.command["kind"] != "warp" else "COG"

    def creation(self):
        options = list(self.command["creation"])
        if self.command["layout"] == "LEVELS":
            options = [o for o in options if o.startswith(OF_BOTH_LAYOUTS)
                       and o != "OVERVIEWS=NONE"]
        if self.ours:
            more = self.command.get("own", [])
            names = {o.split("=")[0] for o in more}
            options = [o for o in options if o.split("=")[0] not in names]
            layout = {"COG": ["LAYOUT=COG"], "LEVELS": levels_layout(options),
                      "GTIFF": ["LAYOUT=GTIFF"]}[self.command["layout"]]
            if self.command["layout"] == "LEVELS":
                options = [o for o in options if not o.startswith(
                    ("BLOCKSIZE", "OVERVIEWS"))]
            return layout + options + more
        if self.driver() == "COG" and self.command["layout"] == "GTIFF":
            # gdalwarp gives a warped VRT to both; all of this is lossless.
            # Of an option that neither knows, both warn.
            return ["OVERVIEWS=NONE"] + [o for o in options
                                         if o.startswith("NONSENSE")]
        if self.command["layout"] == "GTIFF":
            for size in ("BLOCKXSIZE", "BLOCKYSIZE"):
                if not any(o.startswith(size) for o in options):
                    options.append(size + "=512")
            if "TILED=YES" not in options:
                options.append("TILED=YES")
        return options


def levels_layout(options):
    """LAYOUT=GTIFF with overviews, with the tiles of the COG it is compared
    with."""
    size = [o.split("=")[1] for o in options if o.startswith("BLOCKSIZE")]
    size = size[0] if size else "512"
    given = [o for o in options if o.startswith("OVERVIEWS=")]
    return ["LAYOUT=GTIFF", "BLOCKXSIZE=" + size, "BLOCKYSIZE=" + size] + (
        given or ["OVERVIEWS=AUTO"])


def change(dataset, seed):
    """Makes a change that is not written yet when the copy begins."""
    band = dataset.GetRasterBand(1)
    # What does not fit into the bits of a sample stays in GDAL's cache alone.
    few_bits = band.GetMetadataItem("NBITS", "IMAGE_STRUCTURE") is not None
    value = 1 if few_bits else 7
    what = seed % 5
    if what in (0, 1):
        band.WriteRaster(0, 0, min(5, band.XSize), min(4, band.YSize),
                         bytes([value]), 1, 1, gdal.GDT_Byte)
    if what == 1 and band.GetOverviewCount():
        band.GetOverview(0).Fill(value)
    elif what == 2:
        band.SetScale(7)
        band.SetDescription("changed")
    elif what == 3:
        dataset.SetMetadataItem("CHANGED", "yes")
        band.SetNoDataValue(7)
    elif what == 4:
        dataset.BuildOverviews("NEAREST", [2])


def held(side):
    """The source as the command gets it: a name or a dataset."""
    recipe = side.case["source"]
    name, hold = side.name, recipe["hold"]
    if side.command.get("through") is not None:
        return gdal.OpenEx("RETILE:" + name, gdal.OF_RASTER,
                           open_options=side.command["through"])
    if hold == "name":
        return name
    if name.startswith(("/vsisubfile", "/vsizip", "/vsigzip")) and \
            hold in ("update", "dirty"):
        hold = "handle"  # nothing can be written there
    flags = gdal.OF_RASTER | (gdal.OF_UPDATE if hold in ("update", "dirty")
                              else 0)
    dataset = gdal.OpenEx(name, flags) or gdal.OpenEx(name, gdal.OF_RASTER)
    if hold == "memory" and dataset is not None:
        in_memory = gdal.GetDriverByName("MEM").CreateCopy("", dataset)
        if in_memory is None:
            side.messages.clear()  # this attempt is not part of the case
        return in_memory
    if hold == "dirty" and dataset is not None:
        change(dataset, recipe["files"][-1]["seed"])
        side.messages.clear()  # the change is not part of the case
    return dataset


def program(side, words):
    environment = dict(os.environ)
    if not side.ours:
        environment["GDAL_DRIVER_PATH"] = "disable"
    for key, value in side.command["config"].items():
        words = words + ["--config", key, value]
    ran = subprocess.run(words, env=environment, capture_output=True,
                         universal_newlines=True, errors="replace",
                         timeout=100)
    for line in ran.stderr.splitlines():
        severity = 3 if line.startswith("ERROR") else 2
        if line.strip():
            side.messages.append((severity, line.split(": ", 1)[-1]))
    if ran.returncode < 0:
        raise RuntimeError("killed by signal %d" % -ran.returncode)
    return ran.returncode == 0


def creation_words(options):
    return [word for option in options for word in ("-co", option)]


def copied(side, done):
    facts = {"failed": not done}
    # Plain drivers report failed writes only when they close the file.
    if not side.ours and any(severity >= 3 for severity, _ in side.messages):
        facts["failed late"] = True
    return facts


def run_copy(side):
    command, source = side.command, side.case["source"]
    target, kind = side.target(), command["kind"]
    words = ["-q"] if command["program"] else []
    words += ["-of", side.driver()] + creation_words(side.creation()) + \
        command["words"]
    if command["program"] and source["hold"] == "name" and \
            command["through"] is None and \
            not side.name.startswith("/vsimem") and \
            not target.startswith("/vsimem"):
        tool = "gdalwarp" if kind == "warp" else "gdal_translate"
        return copied(side, program(side, [tool] + words +
                                    [side.name, target]))
    given = held(side)
    if not side.ours and given is not None:
        given = views.opened(given)
    if given is None or kind == "create_copy" and isinstance(given, str):
        given = gdal.Open(given or side.name)
    if given is None or isinstance(given, str) and not gdal.Open(given):
        return {"failed": True}
    if kind == "create_copy":
        made = given and gdal.GetDriverByName(side.driver()).CreateCopy(
            target, given, False, options=side.creation())
    elif kind == "warp":
        made = gdal.Warp(target, [given], options=words)
    else:
        made = gdal.Translate(target, given, options=words)
    done = bool(made)
    made = None
    return copied(side, done)


def after_copy(side, facts):
    """Facts for programs that open the files later, with or without RETILE."""
    if not facts["failed"]:
        again = gdal.Open(side.target())
        facts["opens again"] = again is not None
    if not side.name.startswith(("/vsimem", "GTIFF")):
        driver = gdal.IdentifyDriver(side.name)
        facts["source's driver"] = driver and driver.ShortName
    return facts


def export(side):
    """Copies what was written to /vsimem/ into files."""
    for name in sorted(gdal.ReadDir("/vsimem/") or []):
        if name.startswith("out") or "." in name and not name.startswith("d"):
            path = "/vsimem/" + name
            size = gdal.VSIStatL(path).size
            handle = gdal.VSIFOpenL(path, "rb")
            content = gdal.VSIFReadL(1, size, handle) if size else b""
            gdal.VSIFCloseL(handle)
            with open(name, "wb") as out:
                out.write(content or b"")


def load(folder):
    """Copies the files into /vsimem/."""
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as content:
            gdal.FileFromMemBuffer(VSIMEM + name, content.read())


def run(side):
    """Returns the facts of the command; its output is in the folder."""
    for key, value in side.command["config"].items():
        gdal.SetConfigOption(key, value)
    recipe = side.case["source"]
    if recipe["reach"] == "vsimem":
        load(".")
        side.name = VSIMEM + side.name
    gdal.PushErrorHandler(side.hear)
    kind = side.command["kind"]
    if kind in ("translate", "create_copy", "warp"):
        facts = after_copy(side, run_copy(side))
    elif kind == "rasterio":
        import with_rasterio
        facts = with_rasterio.run(side)
    else:
        facts = views.RUN[kind](side)
    gdal.PopErrorHandler()
    if side.target().startswith("/vsimem/"):
        export(side)
    return facts


def make_older(case):
    """Makes an older file at the target's name, with all that belongs to it."""
    command = case["command"]
    kind, target = command.get("older"), command.get("target")
    if not kind or target.startswith("/vsimem") or "/" in target:
        return
    small = {"name": "old_a.tif", "format": "GTiff", "width": 20,
             "height": 10, "types": ["Byte"], "seed": 5, "content": "noise",
             "creation": [], "mask": "none", "place": "north", "tables": []}
    sources.make_file(small)
    shutil.copyfile("old_a.tif", "old_b.tif")
    if kind.startswith("tiff"):
        shutil.copyfile("old_a.tif", target)
        if kind == "tiff_sidecars":
            dataset = gdal.Open(target)
            dataset.BuildOverviews("NEAREST", [2])
            dataset.GetRasterBand(1).ComputeStatistics(False)
    elif kind == "vrt":
        gdal.BuildVRT(target, ["old_a.tif", "old_b.tif"])
    elif kind == "vrt_of_other":
        gdal.Translate(target, "old_a.tif", format="VRT")
    elif kind == "retile":
        with open(target, "w") as out:
            out.write('{"type": "RETILE", "version": 1, '
                      '"source": "old_a.tif"}')
    elif kind == "text":
        with open(target, "w") as out:
            out.write("not a raster\n")
    elif kind == "sidecar_only":
        with open(target + ".aux.xml", "w") as out:
            out.write("<PAMDataset><Metadata><MDI key=\"OLD\">1</MDI>"
                      "</Metadata></PAMDataset>")
    else:
        dataset = gdal.Open("old_a.tif")
        gdal.GetDriverByName(kind).CreateCopy(target, dataset)
