"""Many threads read one dataset object: each thread gets plain GDAL's bytes,
and nothing is decoded twice."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import rasterio
from osgeo import gdal
from rasterio.windows import Window

import reading

gdal.UseExceptions()

WIDTH, HEIGHT = 1500, 1100
THREADS = 8
SOURCES = {
    "strips": {"mask": True, "overviews": (2, 4)},
    "tiles": {"overviews": (2, 4)},
    "png": {"overviews": (2,)},
    "png_alpha": {},
    "jpeg": {},
    "jp2_one": {},
    "jp2_tiles": {},
}
# A cache of the test's own, so that blocks of other tests are not found in it.
PRIVATE = ["CACHE=PRIVATE", "CACHE_MAX=64MB"]


@pytest.fixture(scope="module", params=sorted(SOURCES))
def source(request, tmp_path_factory):
    return reading.make(tmp_path_factory.mktemp(request.param), request.param,
                        WIDTH, HEIGHT, **SOURCES[request.param])


@pytest.fixture(scope="module")
def png(tmp_path_factory):
    return reading.make(tmp_path_factory.mktemp("one"), "png", WIDTH, HEIGHT)


def view_of(path, *options):
    return gdal.OpenEx("RETILE:" + path, gdal.OF_RASTER,
                       open_options=[*PRIVATE, *options])


def in_threads(work, items, threads=THREADS):
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def read_dataset(dataset, window):
    return dataset.ReadRaster(*window)


def read_reduced(dataset, window):
    return dataset.ReadRaster(*window, buf_xsize=-(-window[2] // 3),
                              buf_ysize=-(-window[3] // 3))


def read_band(dataset, window):
    number = 1 + window[0] % dataset.RasterCount
    return dataset.GetRasterBand(number).ReadRaster(*window)


def read_mask(dataset, window):
    number = 1 + window[1] % dataset.RasterCount
    return dataset.GetRasterBand(number).GetMaskBand().ReadRaster(*window)


def read_overview(dataset, window):
    band = dataset.GetRasterBand(1 + window[0] % dataset.RasterCount)
    if band.GetOverviewCount() == 0:
        return b""
    level = band.GetOverview(window[1] % band.GetOverviewCount())
    x, y = window[0] % level.XSize, window[1] % level.YSize
    return level.ReadRaster(x, y, min(window[2], level.XSize - x),
                            min(window[3], level.YSize - y))


READS = [read_dataset, read_band, read_mask, read_overview, read_reduced]


def jobs():
    """Reads of windows, with the kinds of reads in turn."""
    windows = reading.random_windows(WIDTH, HEIGHT, 120, 400)
    return [(READS[number % len(READS)], window)
            for number, window in enumerate(windows)]


def test_all_kinds_of_reads_at_once_give_the_sources_bytes(source):
    plain, view = gdal.Open(source), view_of(source)
    expected = [read(plain, window) for read, window in jobs()]
    found = in_threads(lambda job: job[0](view, job[1]), jobs())
    assert found == expected


def test_all_kinds_of_reads_at_once_without_room_give_the_sources_bytes(
        source):
    view = gdal.OpenEx("RETILE:" + source, gdal.OF_RASTER, open_options=[
        "CACHE=PRIVATE", "CACHE_MAX=2MB", "BLOCKXSIZE=200", "BLOCKYSIZE=100"])
    plain = gdal.Open(source)
    expected = [read(plain, window) for read, window in jobs()[:20]]
    found = in_threads(lambda job: job[0](view, job[1]), jobs()[:20])
    assert found == expected


def test_blocks_read_at_once_are_the_sources_bytes(source):
    view, pixels = view_of(source), gdal.Open(source).ReadAsArray()
    width, height = view.GetRasterBand(1).GetBlockSize()
    blocks = [(band, x, y) for band in range(len(pixels))
              for y in range(-(-HEIGHT // height))
              for x in range(-(-WIDTH // width))]

    def read_block(block):
        return view.GetRasterBand(block[0] + 1).ReadBlock(*block[1:])

    for (band, x, y), found in zip(blocks, in_threads(read_block, blocks)):
        expected = pixels[band, y * height:(y + 1) * height,
                          x * width:(x + 1) * width]
        block = np.frombuffer(found, np.uint8).reshape(height, width)
        assert np.array_equal(
            block[:expected.shape[0], :expected.shape[1]], expected)


def test_rasterio_reads_one_dataset_in_threads(source):
    windows = [Window(*window) for window in
               reading.random_windows(WIDTH, HEIGHT, 60, 400)]

    def read_all(dataset, window):
        shape = (dataset.count, 50, 60)
        return [dataset.read(window=window),
                dataset.read(1, window=window),
                dataset.read_masks(window=window),
                dataset.dataset_mask(window=window),
                dataset.read(window=window, out_shape=shape)]

    with rasterio.open(source) as plain, \
            rasterio.open("RETILE:" + source, CACHE="PRIVATE",
                          CACHE_MAX="64MB") as view:
        expected = [read_all(plain, window) for window in windows]
        found = in_threads(lambda window: read_all(view, window), windows)
    for each, plainly in zip(found, expected):
        assert all(map(np.array_equal, each, plainly))


def test_whatever_many_threads_read_is_decoded_once(source):
    """Reads the whole raster, each part by several threads and in any order."""
    view = view_of(source, "BLOCKXSIZE=128", "BLOCKYSIZE=128")
    windows = reading.random_windows(WIDTH, HEIGHT, 200, 300) + [
        (x, y, min(300, WIDTH - x), min(300, HEIGHT - y))
        for x in range(0, WIDTH, 300) for y in range(0, HEIGHT, 300)]
    in_threads(lambda window: view.ReadRaster(*window), windows)
    stats = view.GetMetadata("RETILE_STATS")
    assert stats["DECODE_AMPLIFICATION"] == "1.00"
    assert int(stats["SOURCE_PIXELS_DECODED"]) == WIDTH * HEIGHT


def test_64_threads_that_want_one_cold_block_wait_for_one_decode(source):
    alone, view = view_of(source), view_of(source)
    expected = alone.ReadRaster(0, 0, 64, 64)
    ready = threading.Barrier(64)

    def read(_):
        ready.wait()
        return view.ReadRaster(0, 0, 64, 64)

    assert in_threads(read, range(64), threads=64) == [expected] * 64
    stats, once = reading.statistics(view), reading.statistics(alone)
    assert stats["SOURCE_PIXELS_DECODED"] == once["SOURCE_PIXELS_DECODED"]
    assert stats["SOURCE_READS"] == once["SOURCE_READS"]
    assert stats["DECODE_AMPLIFICATION"] == 1
    assert stats["IN_FLIGHT_WAITS"] + stats["CACHE_HITS"] >= 63


def test_handles_on_one_file_share_what_they_decode(tmp_path):
    path = reading.make(tmp_path, "png", WIDTH, HEIGHT)
    views = [gdal.OpenEx("RETILE:" + path, gdal.OF_RASTER) for _ in range(4)]
    in_threads(lambda number: views[number % 4].ReadRaster(), range(8))
    decoded = [reading.statistics(view)["SOURCE_PIXELS_DECODED"]
               for view in views]
    assert sum(decoded) == WIDTH * HEIGHT


@pytest.mark.parametrize("threads", ["1", "2", "8", "ALL_CPUS"])
def test_the_bytes_do_not_depend_on_the_threads(png, threads):
    view = view_of(png, "NUM_THREADS=" + threads)
    assert view.ReadRaster() == gdal.Open(png).ReadRaster()
    assert view.GetMetadataItem("DECODE_AMPLIFICATION", "RETILE_STATS") == \
        "1.00"


# Eight threads read a nested view; prints the digest of each thread.
NESTED = """
import hashlib, json, sys
from concurrent.futures import ThreadPoolExecutor
from osgeo import gdal
gdal.UseExceptions()
name, windows = sys.argv[1], json.loads(sys.argv[2])
view = gdal.OpenEx(name, gdal.OF_RASTER, open_options=["NUM_THREADS=8"])
def read(start):
    turned = windows[start:] + windows[:start]
    pieces = [(window, view.ReadRaster(*window)) for window in turned]
    return hashlib.sha256(b"".join(
        piece for _, piece in sorted(pieces))).hexdigest()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps(list(pool.map(read, range(0, 40, 5)))))
"""


def wrap_in_vrt(name, path):
    """A VRT over a view that also decodes on eight threads."""
    gdal.Translate(str(path), name, format="VRT")
    text = path.read_text()
    start = text.index("<SourceFilename")
    assert "RETILE:" in text[start:]
    path.write_text(text.replace(
        "</SourceFilename>", "</SourceFilename>"
        '<OpenOptions><OOI key="NUM_THREADS">8</OOI></OpenOptions>'))
    return str(path)


def nested(kind, path, folder):
    if kind == "view of view":
        return "RETILE:RETILE:" + path
    middle = wrap_in_vrt("RETILE:" + path, folder / "middle.vrt")
    if kind == "view of VRT of view":
        return "RETILE:" + middle
    return "RETILE:" + wrap_in_vrt("RETILE:" + middle, folder / "outer.vrt")


@pytest.mark.alike
@pytest.mark.parametrize("budget", ["64MB", "1MB"])
@pytest.mark.parametrize("kind", ["view of view", "view of VRT of view",
                                  "view of VRT of view of VRT of view"])
@pytest.mark.parametrize("layout", ["png", "tiles"])
def test_nested_views_read_in_threads_do_not_deadlock(
        layout, kind, budget, tmp_path):
    path = reading.make(tmp_path, layout, 700, 500)
    windows = sorted(reading.random_windows(700, 500, 40, 300))
    done = subprocess.run(
        [sys.executable, "-c", NESTED, nested(kind, path, tmp_path),
         json.dumps(windows)],
        env={**os.environ, "RETILE_CACHEMAX": budget}, timeout=600, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [reading.digest_of(path, windows)] * 8
