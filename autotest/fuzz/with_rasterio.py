"""Calls of rasterio, with RETILE and with plain GDAL: see perform.py."""

import numpy as np
import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from observe import Pixels

NAMES = {np.dtype(code).name: name for name, code in (
    ("Byte", "u1"), ("UInt16", "u2"), ("Int16", "i2"), ("UInt32", "u4"),
    ("Int32", "i4"), ("UInt64", "u8"), ("Int64", "i8"), ("Float32", "f4"),
    ("Float64", "f8"), ("CFloat32", "c8"), ("CFloat64", "c16"))}


def facts_of(array):
    facts = {"shape": array.shape}
    if np.ma.isMaskedArray(array):
        facts["mask"] = np.ma.getmaskarray(array).tobytes()
        array = array.filled(0)
    if array.dtype.name in NAMES:
        facts["pixels"] = Pixels(NAMES[array.dtype.name], array.size, 1,
                                 array.tobytes())
    else:
        facts["bytes"] = array.tobytes()
    return facts


def options(side):
    return dict(option.split("=", 1) for option in side.creation())


def read(side, dataset):
    command = side.command
    call, method = command["call"], Resampling[command["method"]]
    window = Window(*command["window"])
    shape = (dataset.count, *command["size"])
    if call == "masked":
        return facts_of(dataset.read(masked=True, window=window))
    if call == "boundless":
        return facts_of(dataset.read(
            boundless=True, window=Window(-5, -3, dataset.width + 9, 20),
            fill_value=3))
    if call == "warped":
        with WarpedVRT(dataset, crs="EPSG:3857", resampling=method) as warped:
            return facts_of(warped.read())
    if call == "sample":
        x, y = dataset.xy(dataset.height // 2, dataset.width // 2)
        return {"sample": [value.tolist() for value in
                           dataset.sample([(x, y)])]}
    facts = facts_of(dataset.read(window=window, out_shape=shape,
                                  resampling=method))
    facts.update(spread=dataset.dataset_mask().tobytes(),
                 profile={key: str(value) for key, value in
                          dataset.profile.items() if key in (
                              "dtype", "nodata", "width", "height", "count",
                              "crs", "transform")})
    return facts


def write(side, dataset):
    """Writes into a file, into memory, or by rasterio's copy."""
    command = side.command
    profile = dict(driver=side.driver(), width=dataset.width,
                   height=dataset.height, count=dataset.count,
                   dtype=dataset.dtypes[0], crs=dataset.crs,
                   transform=dataset.transform, **options(side))
    call = command["call"]
    if call == "copy":
        rasterio.shutil.copy(dataset, "out.tif", driver=side.driver(),
                             **options(side))
        name = "out.tif"
    elif call == "write":
        with rasterio.open("out.tif", "w", **profile) as made:
            made.write(dataset.read())
        name = "out.tif"
    elif call == "object":
        with open("out.tif", "w+b") as out:
            with rasterio.open(out, "w", **profile) as made:
                made.write(dataset.read())
        name = "out.tif"
    else:
        with MemoryFile() as memory:
            with memory.open(**profile) as made:
                made.write(dataset.read())
            content = memory.read()
        with MemoryFile(content) as memory, memory.open() as made:
            return facts_of(made.read())
    with rasterio.open(name) as made:
        return facts_of(made.read())


def run(side):
    prefix = "RETILE:" if side.ours else ""
    writes = side.command["call"] in ("copy", "write", "memory", "object")
    try:
        with rasterio.open(side.name if writes else prefix +
                           side.name) as dataset:
            facts = (write if writes else read)(side, dataset)
    except Exception as error:  # rasterio's errors have many classes
        side.messages.append((3, str(error)))
        return {"failed": True}
    facts["failed"] = False
    return facts
