"""Overlapped tiles by numpy: what a view with OVERLAP must equal."""

import numpy as np
from osgeo import gdal

gdal.UseExceptions()

MODES = ["REFLECT", "REPLICATE", "PAD"]
NUMPY_MODES = {"REFLECT": "reflect", "REPLICATE": "edge", "PAD": "constant"}


def mirrored(size, before, after):
    """numpy.pad's "reflect" as indices. (numpy before 2.0 itself is wrong if it
    goes back and forth by different widths on two sides.)"""
    turn = max(1, 2 * (size - 1))
    at = np.arange(-before, size + after) % turn
    return np.where(at < size, at, turn - at)


def padded(pixels, before, below, right, mode, value=0):
    if mode == "REFLECT":
        rows = mirrored(pixels.shape[1], before, below)
        columns = mirrored(pixels.shape[2], before, right)
        return pixels[:, rows][:, :, columns]
    more = {"constant_values": value} if mode == "PAD" else {}
    return np.pad(pixels, ((0, 0), (before, below), (before, right)),
                  mode=NUMPY_MODES[mode], **more)


def chips_of(pixels, block, overlap, mode, value=0):
    """{(col, row): tile} of pixels[band, y, x] in blocks of (w, h)."""
    (w, h), n = block, overlap
    cols, rows = -(-pixels.shape[2] // w), -(-pixels.shape[1] // h)
    whole = padded(pixels, n, rows * h - pixels.shape[1] + n,
                   cols * w - pixels.shape[2] + n, mode, value)
    return {(i, j): whole[:, j * h:j * h + h + 2 * n, i * w:i * w + w + 2 * n]
            for j in range(rows) for i in range(cols)}


def raster_of(chips):
    """The overlapped tiles side by side."""
    cols, rows = (1 + last for last in max(chips))
    return np.concatenate([np.concatenate([chips[i, j] for i in range(cols)],
                                          axis=2) for j in range(rows)],
                          axis=1)


def expected(pixels, block, overlap, mode, value=0):
    return raster_of(chips_of(pixels, block, overlap, mode, value))


def options(block, overlap, mode="REFLECT", *more):
    return ["BLOCKXSIZE=%d" % block[0], "BLOCKYSIZE=%d" % block[1],
            "OVERLAP=%d" % overlap, "OVERLAP_MODE=" + mode] + list(more)


def view_of(name, block, overlap, mode="REFLECT", *more):
    return gdal.OpenEx("RETILE:%s" % name, gdal.OF_RASTER,
                       open_options=options(block, overlap, mode, *more))


def pixels_of(dataset):
    """The whole dataset as [band, y, x]."""
    return dataset.ReadAsArray().reshape(
        dataset.RasterCount, dataset.RasterYSize, dataset.RasterXSize)


def noise(width, height, bands, kind="Byte"):
    dtype = {"Byte": np.uint8, "UInt16": np.uint16, "Int16": np.int16,
             "Int32": np.int32, "Int64": np.int64, "Float32": np.float32,
             "Float64": np.float64, "CInt16": np.complex64,
             "CFloat64": np.complex128}[kind]
    values = np.random.default_rng(width * height + bands).integers(
        0, 250, (bands, height, width))
    return (values + 1j * values[:, ::-1]).astype(dtype) \
        if kind.startswith("C") else values.astype(dtype)


def write(name, pixels, kind="Byte", *creation, transform=None):
    bands, height, width = pixels.shape
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(name), width, height, bands, gdal.GetDataTypeByName(kind),
        list(creation))
    if transform:
        dataset.SetGeoTransform(transform)
    dataset.WriteArray(pixels)
    return str(name)
