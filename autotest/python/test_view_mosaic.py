"""Views of mosaics: GDAL's pixels, read from the files by all threads, each block
of a file decoded once, and a bounded number of open files."""

import json
import os
import random
import subprocess
import sys
import threading

import numpy as np
import pytest
from osgeo import gdal

from mosaics import grid_of_files, place, random_mosaic, write

gdal.UseExceptions()


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def view_of(name, *options):
    return gdal.OpenEx("RETILE:" + name, open_options=list(options))


def windows(width, height, seed, count):
    choose = random.Random(seed)
    for _ in range(count):
        x, y = choose.randrange(width), choose.randrange(height)
        yield (x, y, choose.randint(1, width - x), choose.randint(1, height - y))


def same(a, b):
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def assert_same_windows(view, plain, seed=0, count=20):
    for window in windows(plain.RasterXSize, plain.RasterYSize, seed, count):
        assert same(view.ReadAsArray(*window), plain.ReadAsArray(*window))
        for number in range(1, plain.RasterCount + 1):
            mine = view.GetRasterBand(number).GetMaskBand()
            theirs = plain.GetRasterBand(number).GetMaskBand()
            assert same(mine.ReadAsArray(*window), theirs.ReadAsArray(*window))


def statistics(view):
    return view.GetMetadata("RETILE_STATS")


@pytest.mark.parametrize("seed", range(100, 125))
def test_random_mosaics_are_those_of_gdal(seed):
    plain, _ = random_mosaic(seed)
    if plain is None:
        pytest.skip("GDAL makes no mosaic of these files")
    del plain
    plain = gdal.Open("mosaic.vrt")
    options = random.Random(seed).choice((
        [], ["BLOCKXSIZE=64", "BLOCKYSIZE=100"], ["CACHE=PRIVATE",
                                                  "CACHE_MAX=1MB"],
        ["CACHE=NONE"], ["PAD_EDGES=YES"], ["SOURCE_DECODER=GDAL"],
        ["NUM_THREADS=1"], ["SPILL=DISK", "CACHE=PRIVATE", "CACHE_MAX=1MB"]))
    assert_same_windows(view_of("mosaic.vrt", *options), plain, seed)


def scan(view, side=128):
    for y in range(0, view.RasterYSize, side):
        for x in range(0, view.RasterXSize, side):
            view.ReadRaster(x, y, min(side, view.RasterXSize - x),
                            min(side, view.RasterYSize - y))


def test_each_block_of_each_file_is_decoded_once():
    """A file's strips lie under several blocks of the view."""
    grid_of_files(4, 300, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    view = view_of("grid.vrt", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                   "CACHE=PRIVATE", "CACHE_MAX=64MB")
    scan(view)
    counts = statistics(view)
    assert counts["DECODE_AMPLIFICATION"] == "1.00"
    assert int(counts["SOURCE_PIXELS_DECODED"]) == (4 * 300) ** 2


def test_what_is_counted_is_what_the_files_decode():
    """One pixel: a strip of one file."""
    grid_of_files(2, 300, options=["BLOCKYSIZE=300", "COMPRESS=DEFLATE"])
    view = view_of("grid.vrt", "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                   "CACHE=PRIVATE", "CACHE_MAX=64MB")
    view.ReadRaster(10, 10, 1, 1)
    assert statistics(view)["SOURCE_PIXELS_DECODED"] == "90000"


@pytest.mark.parametrize("driver, ending", (
    ("PNG", ".png"), ("JP2OpenJPEG", ".jp2"), ("JPEG", ".jpg")))
def test_files_that_are_decoded_as_a_whole(driver, ending):
    options = {".jp2": ["REVERSIBLE=YES", "QUALITY=100"]}.get(ending, [])
    for col in range(3):
        name = write("tile_%d%s" % (col, ending), 300, 200, 3, seed=col,
                     driver=driver, options=options)
        place(name, col * 300, 0)
    gdal.BuildVRT("grid.vrt", ["tile_%d%s" % (i, ending) for i in range(3)])
    view = view_of("grid.vrt", "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                   "CACHE=PRIVATE", "CACHE_MAX=64MB")
    assert_same_windows(view, gdal.Open("grid.vrt"))
    assert statistics(view)["DECODE_AMPLIFICATION"] == "1.00"


def test_threads_read_a_mosaic_at_once():
    grid_of_files(3, 200, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    expected = gdal.Open("grid.vrt").ReadAsArray()
    view = view_of("grid.vrt", "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                   "CACHE=PRIVATE", "CACHE_MAX=1MB", "NUM_THREADS=4")
    wrong = []

    def read(seed):
        mine = gdal.Open("RETILE:grid.vrt") if seed % 2 else view
        lock = threading.Lock()
        for x, y, w, h in windows(600, 600, seed, 20):
            with lock:
                pixels = mine.ReadAsArray(x, y, w, h)
            if not same(pixels, expected[y:y + h, x:x + w]):
                wrong.append((seed, x, y, w, h))

    threads = [threading.Thread(target=read, args=(seed,))
               for seed in (0, 1, 3, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


FORKS = """
import os, sys, threading
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
expected = gdal.Open("grid.vrt").ReadAsArray()
view = gdal.OpenEx("RETILE:grid.vrt", open_options=["CACHE=PRIVATE",
                   "CACHE_MAX=1MB", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
view.ReadAsArray(0, 0, 100, 100)
stop = threading.Event()
def read():
    other = gdal.Open("RETILE:grid.vrt")
    while not stop.is_set():
        other.ReadAsArray()
thread = threading.Thread(target=read)
thread.start()
for _ in range(20):
    child = os.fork()
    if child == 0:
        good = np.array_equal(view.ReadAsArray(), expected)
        os._exit(0 if good else 1)
    if os.waitpid(child, 0)[1] != 0:
        print("a child read other pixels")
stop.set()
thread.join()
print("done", np.array_equal(view.ReadAsArray(), expected))
"""


def test_children_of_fork_read_a_mosaic():
    grid_of_files(3, 200, options=["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    done = subprocess.run([sys.executable, "-c", FORKS], text=True, timeout=120,
                          stdout=subprocess.PIPE, check=True)
    assert done.stdout == "done True\n"


OPENS = """
import resource
from osgeo import gdal
gdal.UseExceptions()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
view = gdal.Open("RETILE:grid.vrt")
print(view.GetRasterBand(1).Checksum())
"""


def test_open_files_stay_bounded():
    """With 64 descriptors, a mosaic of 400 files can be read."""
    grid_of_files(20, 16)
    done = subprocess.run([sys.executable, "-c", OPENS], text=True,
                          stdout=subprocess.PIPE, check=True)
    plain = gdal.Open("grid.vrt")
    assert int(done.stdout) == plain.GetRasterBand(1).Checksum()


def test_a_missing_file_is_named():
    grid_of_files(2, 100)
    view = view_of("grid.vrt", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    os.remove("tile_001_001.tif")
    assert same(view.ReadAsArray(0, 0, 100, 100),
                gdal.Open("tile_000_000.tif").ReadAsArray())
    with pytest.raises(RuntimeError, match="tile_001_001.tif"):
        view.ReadAsArray(100, 100, 100, 100)


def test_a_file_that_is_smaller_leaves_a_hole_as_with_gdal():
    grid_of_files(2, 100)
    place(write("tile_001_001.tif", 60, 40, seed=77), 100, 100)
    assert_same_windows(view_of("grid.vrt"), gdal.Open("grid.vrt"))


def test_a_file_that_changes_is_an_error_or_is_read_anew():
    grid_of_files(2, 600, options=["BLOCKYSIZE=16"])
    view = view_of("grid.vrt", "CACHE=PRIVATE", "CACHE_MAX=1MB",
                   "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    before = view.ReadAsArray(0, 0, 60, 60)
    place(write("tile_000_000.tif", 600, 600, seed=99), 0, 0)
    anew = view_of("grid.vrt")
    assert same(anew.ReadAsArray(), gdal.Open("grid.vrt").ReadAsArray())
    assert same(view.ReadAsArray(0, 0, 60, 60), before)
    with pytest.raises(RuntimeError, match="changed"):
        view.ReadAsArray(500, 500, 20, 20)


def test_a_mosaic_of_views_and_of_mosaics():
    names = grid_of_files(2, 100)
    gdal.BuildVRT("views.vrt", ["RETILE:" + name for name in names])
    gdal.BuildVRT("outer.vrt", ["views.vrt"])
    plain = gdal.Open("grid.vrt")
    for name in ("views.vrt", "outer.vrt"):
        assert_same_windows(view_of(name, "BLOCKXSIZE=64"), plain)


def test_a_mosaic_that_contains_a_view_of_itself_ends():
    grid_of_files(1, 100)
    with open("grid.vrt", encoding="utf-8") as file:
        text = file.read()
    with open("grid.vrt", "w", encoding="utf-8") as file:
        file.write(text.replace("tile_000_000.tif", "RETILE:grid.vrt").replace(
            'relativeToVRT="1"', 'relativeToVRT="0"'))
    with pytest.raises(RuntimeError):
        view_of("grid.vrt").ReadAsArray()


@pytest.mark.parametrize("options", (
    ["OVERVIEWS=VIRTUAL"], ["OVERLAP=8", "BLOCKXSIZE=48", "BLOCKYSIZE=48"],
    ["FOCAL=slope"]))
def test_other_views_of_a_mosaic(options):
    """As the same views of one file with the same pixels."""
    grid_of_files(3, 300)
    gdal.Translate("one.tif", "grid.vrt")
    mine, theirs = view_of("grid.vrt", *options), view_of("one.tif", *options)
    assert mine.RasterXSize == theirs.RasterXSize
    assert same(mine.ReadAsArray(), theirs.ReadAsArray())
    band, other = mine.GetRasterBand(1), theirs.GetRasterBand(1)
    assert band.GetOverviewCount() == other.GetOverviewCount()
    for number in range(band.GetOverviewCount()):
        assert same(band.GetOverview(number).ReadAsArray(),
                    other.GetOverview(number).ReadAsArray())


def test_memory_stays_within_the_cache():
    """Many JPEG 2000 files, whose decoders keep memory between reads."""
    for col in range(6):
        place(write("tile_%d.jp2" % col, 700, 700, 3, seed=col,
                    driver="JP2OpenJPEG"), col * 700, 0)
    gdal.BuildVRT("grid.vrt", ["tile_%d.jp2" % col for col in range(6)])
    view = view_of("grid.vrt", "CACHE=PRIVATE", "CACHE_MAX=16MB")
    scan(view, 256)
    counts = statistics(view)
    assert int(counts["BYTES_PEAK"]) <= 1.5 * (16 << 20), json.dumps(counts)
