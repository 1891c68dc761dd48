"""A child of fork reads on through what its parent opened."""

import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

WIDTH, HEIGHT = 700, 500
FORKS = 100
CHILD_SECONDS = 300
MAKE = {
    "strips.tif": ("GTiff", ["COMPRESS=DEFLATE", "BLOCKYSIZE=16"]),
    "scene.png": ("PNG", []),
    "scene.jp2": ("JP2OpenJPEG", ["REVERSIBLE=YES", "QUALITY=100",
                                  "BLOCKXSIZE=128", "BLOCKYSIZE=128"]),
}


@pytest.fixture(scope="module")
def pixels():
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    noise = numpy.random.default_rng(1).integers(0, 9, (3, HEIGHT, WIDTH))
    bands = numpy.stack([rows + columns, rows * 2, columns * 3])
    return ((bands + noise) % 256).astype(numpy.uint8)


@pytest.fixture(params=sorted(MAKE))
def source(request, tmp_path, pixels):
    driver, options = MAKE[request.param]
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(pixels)
    path = str(tmp_path / request.param)
    gdal.GetDriverByName(driver).CreateCopy(path, memory, options=options)
    return path


def windows(seed, count):
    chance = random.Random(seed)
    for _ in range(count):
        width, height = chance.randint(1, 200), chance.randint(1, 120)
        yield (chance.randint(0, WIDTH - width),
               chance.randint(0, HEIGHT - height), width, height)


def all_right(dataset, pixels, seed, count=3):
    return all(
        (dataset.ReadAsArray(x, y, w, h) ==
         pixels[:, y:y + h, x:x + w]).all()
        for x, y, w, h in windows(seed, count))


def child(work):
    """Runs work in a child of fork, which a hang ends; returns its pid."""
    pid = os.fork()
    if pid:
        return pid
    status = 2
    try:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(CHILD_SECONDS)
        status = 0 if work() else 1
    finally:
        os._exit(status)


def ends_well(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def opened(source, *options):
    return gdal.OpenEx("RETILE:" + source, gdal.OF_RASTER, open_options=[
        "BLOCKXSIZE=64", "BLOCKYSIZE=64", *options])


def plain_reads(source):
    dataset = gdal.Open(source)
    return dataset.ReadAsArray()


@pytest.mark.parametrize("cache", ["SHARED", "NONE"])
def test_children_read_after_use(source, pixels, cache):
    assert (plain_reads(source) == pixels).all()
    dataset = opened(source, "CACHE=" + cache)
    assert all_right(dataset, pixels, 0)
    for seed in range(FORKS):
        assert ends_well(child(lambda: all_right(dataset, pixels, seed)))
    assert all_right(dataset, pixels, FORKS)


def test_children_and_parent_read_at_the_same_time(source, pixels):
    dataset = opened(source, "CACHE=NONE")
    assert all_right(dataset, pixels, 0)
    for seed in range(0, FORKS, 4):
        pids = [child(lambda: all_right(dataset, pixels, seed + i))
                for i in range(3)]
        assert all_right(dataset, pixels, seed + 3)
        assert [ends_well(pid) for pid in pids] == [True] * 3


def test_children_read_after_eight_threads_have(source, pixels):
    dataset = opened(source, "CACHE=PRIVATE", "CACHE_MAX=1MB")
    with ThreadPoolExecutor(8) as pool:
        for seed in range(FORKS):
            done = pool.map(lambda i: all_right(dataset, pixels, i, 2),
                            range(8 * seed, 8 * seed + 8))
            assert all(done)
            assert ends_well(child(lambda: all_right(dataset, pixels, seed)))


def test_a_child_keeps_what_it_was_told_before(source, pixels):
    dataset = opened(source)
    items = dataset.GetMetadata("RETILE")
    bands = [dataset.GetRasterBand(i) for i in (1, 2, 3)]

    def work():
        return (dataset.GetMetadata("RETILE") == items and
                [band.DataType for band in bands] == [gdal.GDT_Byte] * 3 and
                all_right(dataset, pixels, 1) and
                dataset.GetRasterBand(1).GetMaskFlags() ==
                bands[0].GetMaskFlags())

    assert ends_well(child(work))


def test_a_child_that_cannot_open_the_source_says_so(source, pixels):
    dataset = opened(source, "CACHE=NONE")
    assert all_right(dataset, pixels, 0)
    os.rename(source, source + ".away")

    def work():
        try:
            dataset.ReadAsArray(0, 0, 9, 9)
        except RuntimeError as error:
            return source in str(error)
        return False

    assert ends_well(child(work))
    assert all_right(dataset, pixels, 1)


def test_a_child_reads_a_raster_in_memory(pixels):
    array = numpy.ascontiguousarray(pixels[0])
    memory = gdal.Open("MEM:::DATAPOINTER=%d,PIXELS=%d,LINES=%d" % (
        array.ctypes.data, WIDTH, HEIGHT))
    dataset = opened(memory.GetDescription())
    assert (dataset.ReadAsArray(0, 0, 9, 9) == array[:9, :9]).all()
    assert ends_well(child(
        lambda: (dataset.ReadAsArray(300, 300, 90, 90) ==
                 array[300:390, 300:390]).all()))
