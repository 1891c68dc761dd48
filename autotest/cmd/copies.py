"""Shared by the tests of -of RETILE out.tif: sources, copies, and the contents
of folders after a copy."""

import os
import random
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from osgeo import gdal

gdal.UseExceptions()

WORKERS = 2  # programs at a time


def make(name, width, height, bands=1, mask=False, options=(), seed=1):
    """Noise that is never 0, which no codec makes much smaller."""
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
    """All files and folders in it, including hidden ones."""
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
    """Returns (exit status, standard error)."""
    program = start(source, target, *options, variables=variables)
    _, complaints = program.communicate(timeout=600)
    return program.returncode, complaints


def copy(source, target, *options, callback=None):
    """Copies in this process. Returns GDAL's (error number, message), or None
    on success."""
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
    """Calls work(item) for each item, some at a time; fails with the first
    failure."""
    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, items))


def errors(complaints):
    return [line for line in complaints.splitlines()
            if line.startswith("ERROR")]
