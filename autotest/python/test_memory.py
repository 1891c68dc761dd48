"""Reading a raster of 256 MB takes the budget and little more.

Each read runs in a process of its own. Its peak is VmHWM, which starts again at
exec. ru_maxrss would include the size of the parent.
"""

import functools
import os
import re
import subprocess
import sys

import pytest
from osgeo import gdal

gdal.UseExceptions()

MB = 1 << 20
BUDGET = 32 * MB
ALLOWANCE = 16 * MB
SIDE = 16384
SWATH = 8 * MB

# Prints the peak of a command, started by a process smaller than the command.
MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""

READ = """
import random, re, sys
from osgeo import gdal
gdal.UseExceptions()
name, order = sys.argv[1:]
dataset = gdal.OpenEx(name, gdal.OF_RASTER)
side, block = dataset.RasterXSize, 512
if order == "none":
    gdal.Info(dataset)
elif order == "rows":
    for y in range(0, side, block):
        for x in range(0, side, block):
            dataset.ReadRaster(x, y, block, block)
elif order == "columns":
    for x in range(0, 2 * block, block):
        for y in range(0, side, block):
            dataset.ReadRaster(x, y, block, block)
elif order == "random":
    chance = random.Random(7)
    for _ in range(100):
        dataset.ReadRaster(chance.randrange(side - 700),
                           chance.randrange(side - 700), 700, 700)
elif order == "whole_lines":
    for y in range(0, side, 64):
        dataset.ReadRaster(0, y, side, 64)
elif order == "blocks":
    band = dataset.GetRasterBand(1)
    for y in range(0, side // block):
        for x in range(0, side // block):
            band.ReadBlock(x, y)
elif order == "decimated":
    dataset.ReadRaster(buf_xsize=512, buf_ysize=512)
statistics = dataset.GetMetadata("RETILE_STATS")
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1],
      statistics.get("BYTES_PEAK", 0), statistics.get("BYTES_RESIDENT", 0))
"""


@pytest.fixture(scope="module", params=["strips", "tall_strips", "tiles",
                                        "small_tiles", "vrt"])
def source(request, tmp_path_factory):
    """256 MB of pixels that take almost nothing on disk."""
    folder = tmp_path_factory.mktemp(request.param)
    name = str(folder / "large.tif")
    layout = {
        "strips": ["BLOCKYSIZE=8"],
        "tall_strips": ["BLOCKYSIZE=256"],
        "tiles": ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"],
        "small_tiles": ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"],
    }
    if request.param in layout:
        gdal.GetDriverByName("GTiff").Create(
            name, SIDE, SIDE, 1, gdal.GDT_Byte,
            layout[request.param] + ["SPARSE_OK=TRUE", "COMPRESS=DEFLATE"])
        return name
    small = gdal.GetDriverByName("GTiff").Create(
        name, 256, 256, 1, gdal.GDT_Byte)
    small.GetRasterBand(1).Fill(77)
    small = None
    name = str(folder / "large.vrt")
    gdal.Translate(name, str(folder / "large.tif"), format="VRT",
                   width=SIDE, height=SIDE)
    return name


def environment(**more):
    return dict(os.environ, RETILE_CACHEMAX="32MB", **more)


def peak_of_command(*command):
    output = subprocess.run(
        [sys.executable, "-c", MEASURE, *command], check=True,
        stdout=subprocess.PIPE, env=environment()).stdout
    return int(output)


@functools.lru_cache(maxsize=None)
def read(name, order):
    """Peak of the process, peak of the cache, bytes in the cache."""
    output = subprocess.run(
        [sys.executable, "-c", READ, name, order], check=True,
        stdout=subprocess.PIPE, env=environment()).stdout.decode()
    assert re.fullmatch(r"\d+ \d+ \d+\n", output)
    peak, cache_peak, resident = map(int, output.split())
    return peak * 1024, cache_peak, resident


def test_a_conversion_of_all_stays_within_the_budget(source, tmp_path):
    """gdal_translate reads everything, one swath at a time, with a small cache.
    """
    limit = peak_of_command("gdalinfo", source) + BUDGET + ALLOWANCE + SWATH
    assert peak_of_command(
        "gdal_translate", "-q", "--config", "GDAL_CACHEMAX", "1MB",
        "--config", "GDAL_SWATH_SIZE", str(SWATH), "-co", "SPARSE_OK=TRUE",
        "-co", "COMPRESS=DEFLATE", "RETILE:" + source,
        str(tmp_path / "out.tif")) < limit


@pytest.mark.alike
@pytest.mark.parametrize("order", ["rows", "columns", "random", "whole_lines",
                                   "blocks", "decimated"])
def test_reading_in_any_order_stays_within_the_budget(source, order):
    # The same interpreter does gdalinfo's work, so that its own memory is not
    # counted.
    base, _, _ = read(source, "none")
    extra = BUDGET + ALLOWANCE
    if order == "blocks":
        extra += 16 * MB  # GDAL itself keeps the blocks of ReadBlock
    peak, cache_peak, resident = read("RETILE:" + source, order)
    assert peak < base + extra
    assert cache_peak <= BUDGET
    assert resident <= cache_peak


def test_the_peak_of_the_cache_is_reported(source):
    _, cache_peak, resident = read("RETILE:" + source, "rows")
    assert 512 * 512 <= resident <= cache_peak <= BUDGET


@pytest.mark.alike("source")
def test_a_cache_larger_than_the_budget_would_be_noticed(source):
    """The measure works: a cache of 256 MB fills and shows in it."""
    output = subprocess.run(
        [sys.executable, "-c", READ, "RETILE:" + source, "whole_lines"],
        check=True, stdout=subprocess.PIPE,
        env=dict(os.environ, RETILE_CACHEMAX="256MB")).stdout.split()
    base, _, _ = read(source, "none")
    assert int(output[0]) * 1024 > base + BUDGET + ALLOWANCE
