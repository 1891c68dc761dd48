"""Copies of mosaics: the pixels that GTiff writes, each file's block decoded
once, and a bounded number of open files."""

import os
import random
import re
import subprocess
import sys

import numpy as np
import pytest
from osgeo import gdal

from copying import least_memory
from mosaics import grid_of_files, place, random_mosaic, write

gdal.UseExceptions()

@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def creation(*options):
    return [word for option in options for word in ("-co", option)]


def differences(a, b):
    a, b = gdal.Open(a), gdal.Open(b)
    assert a.RasterCount == b.RasterCount
    found = []
    for number in range(1, a.RasterCount + 1):
        mine, theirs = a.GetRasterBand(number), b.GetRasterBand(number)
        assert mine.DataType == theirs.DataType
        if not np.array_equal(mine.ReadAsArray(), theirs.ReadAsArray(),
                              equal_nan=mine.DataType >= gdal.GDT_Float32):
            found.append("band %d" % number)
        if not np.array_equal(mine.GetMaskBand().ReadAsArray(),
                              theirs.GetMaskBand().ReadAsArray()):
            found.append("mask %d" % number)
    return found


def compare(source, *options, words=()):
    """Copies with RETILE and with GTiff; returns RETILE's debug lines."""
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", "RETILE", *words, "-co",
         "BLOCKXSIZE=64", "-co", "BLOCKYSIZE=64",
         *creation(*options), source, "mine.tif"],
        env=dict(os.environ, CPL_DEBUG="RETILE"), stderr=subprocess.PIPE,
        text=True)
    assert done.returncode == 0, done.stderr
    subprocess.run(["gdal_translate", "-q", "-of", "GTiff", *words, source,
                    "theirs.tif"], check=True)
    assert differences("mine.tif", "theirs.tif") == []
    return done.stderr


def amplification(debug):
    return float(re.search(
        r"what lies under it: DECODE_AMPLIFICATION=([0-9.]+)", debug).group(1))


@pytest.mark.parametrize("seed", range(25))
def test_random_mosaics_are_those_of_gtiff(seed):
    mosaic, _ = random_mosaic(seed)
    if mosaic is None:
        pytest.skip("GDAL makes no mosaic of these files")
    width, height = mosaic.RasterXSize, mosaic.RasterYSize
    del mosaic
    compare("mosaic.vrt", "MEMORY_MAX=32MB", "COMPRESS=DEFLATE")
    choose = random.Random(seed)
    x, y = choose.randrange(width), choose.randrange(height)
    compare("mosaic.vrt", words=[
        "-srcwin", str(x), str(y), str(choose.randint(1, width - x)),
        str(choose.randint(1, height - y))])


def test_each_block_of_each_file_is_decoded_once():
    grid_of_files(4, 150, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    debug = compare("grid.vrt", "MEMORY_MAX=16MB", "NUM_THREADS=4")
    assert "a mosaic, read from its files" in debug
    assert amplification(debug) == 1.0


def test_jpeg2000_files_of_one_tile_are_decoded_once():
    for col in range(3):
        name = write("tile_%d.jp2" % col, 300, 200, 3, seed=col,
                     driver="JP2OpenJPEG", options=["REVERSIBLE=YES",
                                                    "QUALITY=100"])
        place(name, col * 300, 0)
    gdal.BuildVRT("grid.vrt", ["tile_%d.jp2" % col for col in range(3)])
    debug = compare("grid.vrt", "MEMORY_MAX=64MB")
    assert amplification(debug) == 1.0


@pytest.mark.parametrize("kind", ("UInt16", "Float32", "Float64"))
def test_pixels_of_a_longer_type_come_from_the_files(kind):
    grid_of_files(3, 150, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    debug = compare("grid.vrt", "MEMORY_MAX=32MB", words=["-ot", kind])
    assert amplification(debug) == 1.0


def test_open_files_stay_bounded():
    """With 64 descriptors, a mosaic of 400 files can be copied."""
    grid_of_files(20, 16)
    done = subprocess.run(
        "ulimit -n 64; gdal_translate -q -of RETILE grid.vrt mine.tif",
        shell=True, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stderr
    subprocess.run(["gdal_translate", "-q", "grid.vrt", "theirs.tif"],
                   check=True)
    assert differences("mine.tif", "theirs.tif") == []


CHANGES = """
import os, resource, sys
from osgeo import gdal
gdal.UseExceptions()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
def change(done, *_):
    if done > 0.45 and os.path.exists("other.tif"):
        os.replace("other.tif", "tile_12.tif")
    return 1
try:
    gdal.Translate("mine.tif", "grid.vrt", format="RETILE",
                   creationOptions=["NUM_THREADS=1", "COMPRESS=LZMA"],
                   callback=change)
except RuntimeError as error:
    print(error)
"""


def test_a_file_that_changes_while_it_is_closed_is_an_error():
    """Each file is read for three rows of tiles, and closed in between, for
    there are too few descriptors. LZMA takes time, so that progress is told."""
    for col in range(100):
        place(write("tile_%02d.tif" % col, 32, 1300, seed=col), 32 * col, 0)
    write("other.tif", 32, 1300, seed=99)
    gdal.BuildVRT("grid.vrt", ["tile_%02d.tif" % col for col in range(100)])
    done = subprocess.run([sys.executable, "-c", CHANGES], text=True,
                          stdout=subprocess.PIPE, check=True)
    assert not os.path.exists("other.tif")
    assert "'tile_12.tif' has changed since it was opened" in done.stdout
    assert not os.path.exists("mine.tif")


def test_a_missing_file_is_named_and_leaves_nothing():
    names = grid_of_files(3, 60)
    os.remove(names[4])
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", "RETILE", "grid.vrt", "mine.tif"],
        stderr=subprocess.PIPE, text=True)
    assert done.returncode != 0
    assert names[4] in done.stderr
    assert not os.path.exists("mine.tif")


def test_a_file_that_became_smaller_is_an_error():
    names = grid_of_files(3, 60)
    write(names[4], 30, 30)
    mine = subprocess.run(
        ["gdal_translate", "-q", "-of", "RETILE", "grid.vrt", "mine.tif"],
        stderr=subprocess.PIPE, text=True)
    theirs = subprocess.run(["gdal_translate", "-q", "grid.vrt", "theirs.tif"],
                            stderr=subprocess.PIPE, text=True)
    assert (mine.returncode != 0) == (theirs.returncode != 0)
    if mine.returncode != 0:
        assert names[4] in mine.stderr
        assert not os.path.exists("mine.tif")


def test_a_file_of_another_type_is_converted_as_gdal_does():
    names = grid_of_files(2, 60)
    write(names[1], 60, 60, kind=gdal.GDT_Int16, seed=9)
    place(names[1], 60, 0)
    compare("grid.vrt")


@pytest.mark.parametrize("words", [
    ("-b", "2", "-b", "1"), ("-b", "1", "-b", "1", "-b", "1"),
    ("-srcwin", "30", "20", "111", "97"), ("-srcwin", "30", "20", "111", "73"),
    ("-srcwin", "0", "9", "208", "91", "-b", "3", "-b", "1"),
    ("-a_nodata", "3"),
    ("-ot", "UInt16"), ("-scale", "0", "200", "0", "100"),
    ("-outsize", "50%", "50%", "-r", "average"), ("-mask", "1"),
], ids="_".join)
def test_mosaics_through_gdal_translate(words):
    for col in range(3):
        write("tile_%d.tif" % col, 70, 90, 3, seed=col)
        place("tile_%d.tif" % col, col * 70 - col, col * 5)
    gdal.BuildVRT("grid.vrt", ["tile_%d.tif" % col for col in range(3)])
    compare("grid.vrt", words=words)


@pytest.mark.parametrize("layout", [(), ("LAYOUT=COG", "OVERVIEWS=NONE")])
def test_mosaics_of_mosaics(layout):
    grid_of_files(3, 50)
    os.rename("grid.vrt", "inner.vrt")
    write("over.tif", 40, 40, seed=77)
    place("over.tif", 55, 60)
    gdal.BuildVRT("outer.vrt", ["inner.vrt", "over.tif"])
    compare("outer.vrt", *layout)


def test_overlapping_files_keep_their_order():
    for number in range(6):
        write("layer_%d.tif" % number, 80, 80, seed=number, nodata=5,
              hole=(10, 10, 30, 30))
        place("layer_%d.tif" % number, 9 * number, 4 * number)
    names = ["layer_%d.tif" % number for number in (3, 0, 5, 1, 4, 2)]
    gdal.BuildVRT("overlap.vrt", names)
    compare("overlap.vrt")


def test_a_mosaic_with_a_mask_of_its_own():
    for col in range(2):
        name = write("tile_%d.tif" % col, 60, 60, seed=col)
        place(name, col * 60, 0)
        raster = gdal.Open(name, gdal.GA_Update)
        raster.CreateMaskBand(gdal.GMF_PER_DATASET)
        mask = np.random.default_rng(col).integers(0, 2, (60, 60)) * 255
        raster.GetRasterBand(1).GetMaskBand().WriteArray(
            mask.astype(np.uint8))
        del raster
    gdal.BuildVRT("masked.vrt", ["tile_0.tif", "tile_1.tif"])
    compare("masked.vrt")


def test_a_mosaic_in_memory_is_read_as_it_is():
    """A VRT that was never written, over a file and over a dataset without a
    name."""
    write("a.tif", 60, 60, seed=1)
    place("a.tif", 0, 0)
    nameless = gdal.GetDriverByName("MEM").CreateCopy("", gdal.Open("a.tif"))
    nameless.SetGeoTransform((60, 1, 0, 0, 0, -1))
    nameless.GetRasterBand(1).Fill(99)
    mosaic = gdal.BuildVRT("", [gdal.Open("a.tif"), nameless])
    gdal.GetDriverByName("RETILE").CreateCopy("mine.tif", mosaic)
    gdal.GetDriverByName("GTiff").CreateCopy("theirs.tif", mosaic)
    assert differences("mine.tif", "theirs.tif") == []


@pytest.mark.parametrize("size_px", [60, 700])
def test_the_least_memory_is_told_and_is_enough(size_px):
    """Blocks become narrower, then the cache smaller."""
    grid_of_files(3, size_px, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    least = least_memory("grid.vrt", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    compare("grid.vrt", "MEMORY_MAX=%dMB" % least)
