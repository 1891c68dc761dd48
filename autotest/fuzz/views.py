"""Reads of a view, and the same reads of its source: see perform.py."""

import os
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from osgeo import gdal

import observe

METHODS = {"nearest": gdal.GRIORA_NearestNeighbour,
           "average": gdal.GRIORA_Average, "rms": gdal.GRIORA_RMS,
           "bilinear": gdal.GRIORA_Bilinear, "cubic": gdal.GRIORA_Cubic,
           "cubicspline": gdal.GRIORA_CubicSpline,
           "lanczos": gdal.GRIORA_Lanczos, "mode": gdal.GRIORA_Mode}


def opened(source):
    """GTiff has more metadata after it was asked for its files."""
    if isinstance(source, str):
        source = gdal.Open(source)
    if source is not None:
        source.GetFileList()
    return source


def answer(dataset, name, ask):
    what = ask["ask"]
    if what == "describe":
        return observe.dataset_facts(dataset, view=True)
    if what == "foreign":
        # A refused open must not be remembered.
        refused = name.replace("RETILE:", "")
        opened_by = gdal.OpenEx(refused, gdal.OF_RASTER,
                                allowed_drivers=["RETILE"])
        known = gdal.IdentifyDriver(refused)
        return {"opened": opened_by is not None,
                "driver": known and known.ShortName}
    if what == "progress":
        calls = []
        dataset.ReadAsArray(callback=lambda *a: calls.append(a[0]) or 1)
        stopped = dataset.ReadAsArray(callback=lambda *a: 0)
        return {"told": bool(calls), "stopped": stopped is None}
    if what == "sums":
        band = dataset.GetRasterBand(1)
        return {"sums": [dataset.GetRasterBand(n + 1).Checksum()
                         for n in range(dataset.RasterCount)],
                "extremes": extremes(band),
                "histogram": band.GetHistogram(0, 256, 16, True, False)}
    return window_of(dataset, ask)


def extremes(band):
    """What the band says, and whether these are extremes of its pixels, or of
    its valid ones."""
    said = band.ComputeRasterMinMax(False)
    pixels, mask = band.ReadAsArray(), band.GetMaskBand().ReadAsArray()
    if pixels is None or mask is None or pixels.dtype.kind == "c":
        return said
    read = [(some.min(), some.max()) for some in (
        pixels[pixels == pixels], pixels[(mask != 0) & (pixels == pixels)])
            if some.size > 0]
    return said, "as read" if said in read else "not as read"


def window_of(dataset, ask):
    what, method = ask["ask"], METHODS[ask.get("method", "nearest")]
    given = (ask["window"], ask.get("size"), ask.get("type"), method)
    x, y, width, height = ask["window"]
    if x + width > dataset.RasterXSize or y + height > dataset.RasterYSize:
        given = ([0, 0, dataset.RasterXSize, dataset.RasterYSize], *given[1:])
    if ask["band"] == 0 and what == "window":
        return observe.all_bands(dataset, *given)
    band = dataset.GetRasterBand(min(max(1, ask["band"]),
                                     dataset.RasterCount))
    if what == "mask":
        band = band.GetMaskBand()
    if what == "level":
        level = band.GetOverview(ask["level"])
        if level is None:
            return None
        return observe.pixels_of(level, None, *given[1:])
    return observe.pixels_of(band, *given)


def answers(dataset, name, asks, threads):
    if threads == 1:
        return [answer(dataset, name, ask) for ask in asks]
    ids = set()
    with ThreadPoolExecutor(threads, initializer=lambda: ids.add(
            threading.get_native_id())) as pool:
        found = list(pool.map(lambda ask: answer(dataset, name, ask), asks))
    # What GDAL keeps for a thread is freed after Python has joined the thread.
    # A fork during that leaves the child with a lock of SQLite that nobody
    # holds, of which the driver cannot know.
    while any(os.path.exists("/proc/self/task/%d" % one) for one in ids):
        time.sleep(0.001)
    return found


def in_a_fork(work):
    """work() in a child process; None if the process fails."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(writer, "wb") as out:
                pickle.dump(work(), out)
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as came:
        data = came.read()
    status = os.waitpid(child, 0)[1]
    return pickle.loads(data) if data else "ended with %d" % status


def run_view(side):
    command = side.command
    name = ("RETILE:" * command["nested"] if side.ours else "") + side.name
    options = (command["open"] if side.ours else []) + command["generic"]
    facts = {"failed": False}
    kept = []
    for turn, flip in enumerate([{}, command["flip"]]):
        if turn and not flip:
            break
        for key, value in flip.items():
            gdal.SetConfigOption(key, value)
        dataset = gdal.OpenEx(name, gdal.OF_RASTER, open_options=options)
        if dataset is None:
            facts["failed"] = True
            break
        if side.ours:
            kept.append(dataset)
        asks, threads = command["asks"], command["threads"]
        half = len(asks) // 2 if command["fork"] else len(asks)
        threads = threads if side.ours else 1
        facts["first %d" % turn] = answers(dataset, name, asks[:half],
                                           threads)
        if not command["fork"]:
            continue
        if side.ours:
            facts["forked %d" % turn] = in_a_fork(
                lambda: answers(dataset, name, asks[half:], threads))
        facts["rest %d" % turn] = answers(dataset, name, asks[half:], threads)
        facts.setdefault("forked %d" % turn, facts["rest %d" % turn])
    return facts


def run_levels(side):
    if side.ours:
        dataset = gdal.OpenEx("RETILE:" + side.name, open_options=side.command[
            "open"] + ["OVERVIEWS=VIRTUAL", "OVERVIEW_RESAMPLING=" +
                       side.command["method"].upper()])
        if dataset is None:
            return {"failed": True}
    else:
        # A level is computed from the one below and its mask, as gdaladdo does
        # it within a file. Beside one, GDAL computes all levels of NEAREST from
        # the whole raster, and those above the first without the mask. So it
        # does in a file with bands apart.
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        made = gdal.Translate("/vsimem/levels.tif", opened(side.name),
                              creationOptions=["TILED=YES",
                                               "INTERLEAVE=PIXEL"])
        size = max(made.RasterXSize, made.RasterYSize)
        made = None
        factors = []
        while size > 256 * 2 ** len(factors):
            factors.append(2 ** (len(factors) + 1))
        made = gdal.Open("/vsimem/levels.tif", gdal.GA_Update)
        if factors:
            made.BuildOverviews(side.command["method"].upper(), factors)
        made = None
        dataset = gdal.Open("/vsimem/levels.tif")
    facts = {"failed": False}
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        facts["band %d" % number] = [
            {"pixels": observe.pixels_of(band.GetOverview(i)),
             "mask": observe.pixels_of(band.GetOverview(i).GetMaskBand())
             if side.command["method"] != "nearest" else None}
            for i in range(band.GetOverviewCount())]
    return facts


def run_focal(side):
    words = side.command["focal"].split() + ["-b", "1"]
    if side.ours:
        dataset = gdal.OpenEx("RETILE:" + side.name, open_options=side.command[
            "open"] + ["FOCAL=" + " ".join(words)])
    else:
        dataset = gdal.DEMProcessing("/vsimem/focal.tif", opened(side.name),
                                     words[0], options=words[1:])
    if dataset is None:
        return {"failed": True}
    facts = observe.dataset_facts(dataset, view=True, described=False)
    facts.update(system=observe.reference(dataset)["system"],
                 geotransform=dataset.GetGeoTransform(), failed=False)
    facts = {key: value for key, value in facts.items()
             if "overview" not in key}
    return facts


def run_descriptor(side):
    dataset = gdal.OpenEx(side.name, gdal.OF_RASTER)
    if side.ours and dataset is not None:
        made = gdal.GetDriverByName("RETILE").CreateCopy(
            side.target(), dataset, options=[
                "LAYOUT=DESCRIPTOR"] + side.command["creation"])
        if made is None:
            return {"failed": True}
        made = None
        dataset = gdal.Open(side.target())
    if dataset is None:
        return {"failed": True}
    facts = observe.dataset_facts(dataset, view=True)
    facts["failed"] = False
    return facts


RUN = {"view": run_view, "levels": run_levels, "focal": run_focal,
       "descriptor": run_descriptor}
