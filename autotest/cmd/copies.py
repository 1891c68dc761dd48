"""What the tests of -of RETILE out.tif share: sources, copies, and folders
compared with what a copy should have left in them."""

import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from osgeo import gdal

gdal.UseExceptions()

WORKERS = 2  # programs at a time


def make(name, width, height, bands=1, mask=False, options=(), seed=1):
    """Noise, which no codec makes much smaller, never 0."""
    noise = random.Random(seed)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(name), width, height, bands, gdal.GDT_Byte, list(options))
    dataset.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    for number in range(1, bands + 1):
        dataset.GetRasterBand(number).WriteRaster(
            0, 0, width, height,
            noise.randbytes(width * height).replace(b"\0", b"\1"))
    if mask:
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteRaster(
            0, 0, width, height, bytes([255, 0] * (width * height // 2)))
    dataset = None
    return str(name)


def contents(folder):
    """All files and folders in it, hidden ones as well."""
    return {str(path.relative_to(folder)):
            path.read_bytes() if path.is_file() else None
            for path in Path(folder).rglob("*")}


def creation(options):
    return [word for option in options for word in ("-co", option)]


def start(source, target, *options, variables=None):
    return subprocess.Popen(
        ["gdal_translate", "-q", "-of", "RETILE", *creation(options),
         str(source), str(target)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env={**os.environ, **(variables or {})})


def run(source, target, *options, variables=None):
    """(exit status, what it complained of)."""
    program = start(source, target, *options, variables=variables)
    _, complaints = program.communicate(timeout=600)
    return program.returncode, complaints


def copy(source, target, *options, callback=None):
    """In this process: GDAL's (error number, message), or None."""
    gdal.ErrorReset()
    try:
        made = gdal.Translate(str(target), source, format="RETILE",
                              creationOptions=list(options),
                              callback=callback)
    except RuntimeError as error:
        return gdal.GetLastErrorNo(), str(error)
    assert made is not None
    return None


def side_by_side(work, items):
    """work(item) of each, some at a time; fails with the first failure."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))


def errors(complaints):
    return [line for line in complaints.splitlines()
            if line.startswith("ERROR")]
