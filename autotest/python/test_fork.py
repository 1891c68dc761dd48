"""A child of fork continues to read the datasets that its parent opened."""

import os
import random
import signal
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
from osgeo import gdal

import copying
import reading
import short

gdal.UseExceptions()

WIDTH, HEIGHT = 700, 500
FORKS = 100 if reading.LARGE else 12 if short.SHORT else 24
CHILD_SECONDS = 100
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
    """Runs work in a child of fork, which an alarm ends if it hangs. Returns
    its pid."""
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


@pytest.mark.alike
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


def test_a_child_shows_the_same_metadata_as_its_parent(source, pixels):
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
    """From GDAL 3.10 on, such names are open only to those who ask for them."""
    array = numpy.ascontiguousarray(pixels[0])
    with copying.configured(GDAL_MEM_ENABLE_OPEN="YES"):
        memory = gdal.Open("MEM:::DATAPOINTER=%d,PIXELS=%d,LINES=%d" % (
            array.ctypes.data, WIDTH, HEIGHT))
        dataset = opened(memory.GetDescription())
        assert (dataset.ReadAsArray(0, 0, 9, 9) == array[:9, :9]).all()
        assert ends_well(child(
            lambda: (dataset.ReadAsArray(300, 300, 90, 90) ==
                     array[300:390, 300:390]).all()))


def subfile(folder, plain):
    """Puts the bytes of plain inside another file."""
    path = str(folder / "several.bin")
    with open(plain, "rb") as source, open(path, "wb") as target:
        content = source.read()
        target.write(b"x" * 1000 + content)
    return "/vsisubfile/1000_%d,%s" % (len(content), path)


def in_zip(folder, plain, method):
    path = str(folder / "several.zip")
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.write(plain, "plain.tif")
    return "/vsizip/%s/plain.tif" % path


NAMES = {
    "subfile": subfile,
    "stored": lambda folder, plain: in_zip(folder, plain, zipfile.ZIP_STORED),
    "deflated": lambda folder, plain: in_zip(folder, plain,
                                             zipfile.ZIP_DEFLATED),
    "plain": lambda folder, plain: plain,
}


def wrong_windows(dataset, pixels, seed, count):
    """How many windows are wrong, or cannot be read."""
    wrong = 0
    for x, y, w, h in windows(seed, count):
        try:
            read = dataset.ReadAsArray(x, y, w, h)
            wrong += not (read == pixels[:, y:y + h, x:x + w]).all()
        except RuntimeError:
            wrong += 1
    return wrong


@pytest.mark.alike
@pytest.mark.parametrize("compress", ["NONE", "DEFLATE"])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_parent_and_child_do_not_share_a_place_in_the_file(
        tmp_path, pixels, name, compress):
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(pixels)
    plain = str(tmp_path / "plain.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(
        plain, memory, options=["COMPRESS=" + compress])
    dataset = opened(NAMES[name](tmp_path, plain), "CACHE=NONE")
    assert all_right(dataset, pixels, 0)
    pid = child(lambda: wrong_windows(dataset, pixels, 1, 60) == 0)
    assert wrong_windows(dataset, pixels, 2, 60) == 0
    assert ends_well(pid)


def test_the_standard_input_is_its_openers_alone(tmp_path, pixels):
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(pixels)
    path = str(tmp_path / "scene.png")
    gdal.GetDriverByName("PNG").CreateCopy(path, memory)
    script = """
import os
from osgeo import gdal
gdal.UseExceptions()
dataset = gdal.OpenEx("RETILE:/vsistdin/", open_options=["CACHE=NONE"])
pid = os.fork()
if pid == 0:
    try:
        dataset.ReadAsArray(0, 0, 9, 9)
    except RuntimeError as error:
        os._exit(3 if "only by the process that opened it" in str(error) else 4)
    os._exit(5)
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(code, dataset.ReadAsArray(0, 0, 9, 9).sum())
"""
    with open(path, "rb") as source:
        done = subprocess.run([sys.executable, "-c", script], stdin=source,
                              capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", str(pixels[:, :9, :9].sum())]


@pytest.mark.alike
@pytest.mark.parametrize("what", ["pixels", "metadata"])
def test_children_end_whatever_threads_do(source, pixels, what):
    """GDAL and this driver have locks that other threads hold at a fork."""
    dataset = opened(source, "CACHE=NONE")
    band = dataset.GetRasterBand(1)
    stop = threading.Event()

    def work():
        while not stop.is_set():
            if what == "pixels":
                assert all_right(dataset, pixels, 1, 1)
            else:
                band.GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE")
                dataset.GetMetadata("RETILE")

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work) for _ in range(4)]
        try:
            for seed in range(15):
                assert ends_well(child(lambda: (
                    all_right(dataset, pixels, seed, 1) and
                    len(dataset.GetMetadata("RETILE")) > 0)))
        finally:
            stop.set()
        for one in working:
            one.result()


@pytest.mark.parametrize("over", ["file", "vrt"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_child_does_not_wait_for_threads_of_gdal(tmp_path, pixels, over,
                                                   when):
    """GDAL decodes TIFFs by threads of a pool that a fork does not copy."""
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(pixels)
    path = str(tmp_path / "strips.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(
        path, memory, options=["COMPRESS=DEFLATE", "BLOCKYSIZE=16"])
    if over == "vrt":
        gdal.Translate(str(tmp_path / "scaled.vrt"), path, options=[
            "-of", "VRT", "-scale", "0", "255", "0", "200", "-r", "bilinear"])
    name = path if over == "file" else str(tmp_path / "scaled.vrt")
    expected = gdal.Open(name).ReadAsArray(
        buf_xsize=90, buf_ysize=70, resample_alg=gdal.GRIORA_Bilinear)
    view = gdal.Open("RETILE:" + name) if when == "before" else None

    def work():
        dataset = view or gdal.Open("RETILE:" + name)
        whole = dataset.ReadAsArray()
        small = dataset.ReadAsArray(buf_xsize=90, buf_ysize=70,
                                    resample_alg=gdal.GRIORA_Bilinear)
        return (small == expected).all() and whole.shape == pixels.shape

    gdal.SetConfigOption("GDAL_NUM_THREADS", "2")
    try:
        gdal.Open(path).ReadAsArray()  # starts GDAL's threads
        gdal.Open("RETILE:" + path).ReadAsArray(0, 0, 10, 10)
        assert ends_well(child(work))
    finally:
        gdal.SetConfigOption("GDAL_NUM_THREADS", None)


FOCAL_METADATA = """
import os, sys, threading
from osgeo import gdal
gdal.UseExceptions()
view = gdal.OpenEx("RETILE:" + sys.argv[1], open_options=["FOCAL=slope"])
other = gdal.Open("RETILE:" + sys.argv[2])
ended = threading.Event()

def ask():
    while not ended.is_set():
        view.GetMetadata()
        view.GetRasterBand(1).GetDescription()
        view.GetMetadataItem("AREA_OR_POINT")

def read():
    while not ended.is_set():
        other.FlushCache()
        other.ReadAsArray()

threads = [threading.Thread(target=work) for work in (ask, ask, read)]
for thread in threads:
    thread.start()
for _ in range(int(sys.argv[3])):
    pid = os.fork()
    if pid == 0:
        view.GetMetadata()
        os._exit(0)
    os.waitpid(pid, 0)
ended.set()
for thread in threads:
    thread.join()
"""


def test_a_fork_during_metadata_calls_of_an_operator_ends(tmp_path, pixels):
    """Its sample's lock is taken inside the gate that a fork waits at."""
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 1)
    memory.WriteArray(pixels[0])
    path = str(tmp_path / "heights.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(path, memory)
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(pixels)
    other = str(tmp_path / "scene.png")
    gdal.GetDriverByName("PNG").CreateCopy(other, memory)
    subprocess.run(
        [sys.executable, "-c", FOCAL_METADATA, path, other,
         str(5 * FORKS)], check=True, timeout=CHILD_SECONDS)
