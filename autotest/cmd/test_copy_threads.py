"""Copies that are cancelled, that run at the same time, or that run in a child
process."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from osgeo import gdal

import copies

TILES = ("COMPRESS=DEFLATE", "BLOCKXSIZE=64", "BLOCKYSIZE=64")
SLOW = ("COMPRESS=LZMA", "LZMA_PRESET=6", "BLOCKXSIZE=256", "BLOCKYSIZE=256")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scenes")


@pytest.fixture(scope="module")
def scene(folder):
    return copies.make(folder / "scene.tif", 500, 400, bands=2,
                       options=["BLOCKYSIZE=7"])


@pytest.fixture(scope="module")
def masked(folder):
    return copies.make(folder / "masked.tif", 300, 200, mask=True, seed=2)


@pytest.fixture(scope="module")
def large(folder):
    return copies.make(folder / "large.tif", 3000, 1500,
                       options=["BLOCKYSIZE=16"])


@pytest.fixture
def target(tmp_path):
    (tmp_path / "target").mkdir()
    return tmp_path / "target" / "out.tif"


def good_copy(source, tmp_path, *options):
    """The files that a copy leaves, in a new folder."""
    folder = tmp_path / ("good_" + Path(source).name)
    folder.mkdir()
    assert copies.copy(source, folder / "out.tif", *options) is None
    return copies.contents(folder)


class Canceller:
    """Cancels when this fraction is done."""

    def __init__(self, fraction):
        self.fraction = fraction
        self.said_no = None

    def __call__(self, done, *_):
        if done < self.fraction:
            return 1
        if self.said_no is None:
            self.said_no = time.process_time()
        return 0


@pytest.mark.parametrize("older", [False, True])
def test_a_cancel_at_any_moment_is_heeded_soon_and_leaves_no_file(
        large, target, older):
    if older:
        copies.make(target, 50, 40, seed=5)
    before = copies.contents(target.parent)
    took_s = []  # CPU time: waiting for a processor is not counted
    for moment in range(10):
        cancel = Canceller(moment / 15)
        failure = copies.copy(large, target, *SLOW, callback=cancel)
        assert failure is not None, moment
        took_s.append(time.process_time() - cancel.said_no)
        assert failure[0] == gdal.CPLE_UserInterrupt, failure
        assert copies.contents(target.parent) == before
    print("computed for %.2f s after the cancel at worst" % max(took_s))
    assert max(took_s) < 5


@pytest.mark.parametrize("call", range(1, 4))
def test_a_cancel_of_a_copy_that_gtiff_makes_leaves_no_file(
        folder, target, call):
    source = str(folder / "scene.jpg")
    if not os.path.exists(source):
        gdal.Translate(source, copies.make(folder / "jpeg.tif", 900, 700),
                       format="JPEG")
    calls = []

    def cancel(*_):
        calls.append(1)
        return 0 if len(calls) >= call else 1

    failure = copies.copy(source, target, "COMPRESS=JPEG", callback=cancel)
    assert failure is not None and failure[0] == gdal.CPLE_UserInterrupt
    assert copies.contents(target.parent) == {}


@pytest.mark.parametrize("how", ["threads", "processes"])
def test_copies_onto_one_name_at_once_leave_one_of_them_whole(
        scene, masked, target, tmp_path, how, monkeypatch):
    # From GDAL 3.9 on masks are in the TIFF unless it is told otherwise.
    monkeypatch.setenv("GDAL_TIFF_INTERNAL_MASK", "NO")
    whole = [good_copy(source, tmp_path, *TILES)
             for source in (scene, masked)]
    work = {"threads": lambda source: copies.copy(source, target, *TILES),
            "processes": lambda source: copies.run(source, target, *TILES)}
    assert len(whole[0]) == 1 and len(whole[1]) == 2  # out.tif.msk
    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(work[how], [scene, masked] * 2))
        assert set(results) <= {None, (0, "")}, results
        assert copies.contents(target.parent) in whole


def test_copies_onto_one_name_in_memory_leave_one_of_them_whole(
        scene, masked, tmp_path):
    folder = "/vsimem/one_name"
    whole = [good_copy(source, tmp_path, *TILES)
             for source in (scene, masked)]

    def in_memory():
        return {name: bytes(read_memory(folder + "/" + name))
                for name in gdal.ReadDirRecursive(folder) or []}

    for _ in range(10):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(lambda source: copies.copy(
                source, folder + "/out.tif", *TILES), [scene, masked] * 2))
        assert set(results) == {None}
        found = in_memory()
        assert found in whole
    for name in found:
        gdal.Unlink(folder + "/" + name)


def read_memory(name):
    file = gdal.VSIFOpenL(name, "rb")
    size = gdal.VSIStatL(name).size
    data = gdal.VSIFReadL(1, size, file)
    gdal.VSIFCloseL(file)
    return data


def sources_of_all_kinds(scene, folder):
    """Names that have the pixels of the scene."""
    view = "RETILE:" + scene
    over = str(folder / "over.vrt")
    gdal.BuildVRT(over, [view])
    descriptor = str(folder / "scene.retile")
    gdal.Translate(descriptor, scene, format="RETILE")
    return [scene, view, over, "RETILE:" + over, descriptor]


def test_many_copies_at_once_in_one_process_are_all_good(
        scene, tmp_path):
    expected = gdal.Open(scene).ReadRaster()
    names = sources_of_all_kinds(scene, tmp_path)
    jobs = [(names[i % len(names)], str(tmp_path / ("out%d.tif" % i)))
            for i in range(32)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(
            lambda job: copies.copy(*job, *TILES, "NUM_THREADS=2"), jobs))
    assert results == [None] * len(jobs)
    for _, made in jobs:
        dataset = gdal.Open(made)
        assert dataset.GetDriver().ShortName == "GTiff"
        assert dataset.ReadRaster() == expected
    assert not [name for name in copies.contents(tmp_path)
                if name.startswith(".")]


def test_a_failing_copy_does_not_spoil_others_at_the_same_time(
        scene, large, tmp_path):
    bad = str(tmp_path / "bad.tif")
    copies.make(bad, 300, 300, options=["BLOCKYSIZE=1"])
    os.truncate(bad, 60000)
    good = good_copy(scene, tmp_path, *TILES)["out.tif"]

    def work(i):
        target = tmp_path / ("out%d.tif" % i)
        if i % 3 == 0:
            return copies.copy(bad, target, *TILES)
        if i % 3 == 1:
            return copies.copy(large, target, *SLOW, callback=Canceller(0.1))
        return copies.copy(scene, target, *TILES)

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(work, range(24)))
    for i, result in enumerate(results):
        target = tmp_path / ("out%d.tif" % i)
        assert (result is None) == target.exists() == (i % 3 == 2), result
        assert not target.exists() or target.read_bytes() == good
    assert {result[0] for result in results[1::3]} == \
        {gdal.CPLE_UserInterrupt}


def in_a_child(work, timeout_s=300):
    """The exit status of a forked child: 0 if work() is true."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else status
        time.sleep(0.02)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return "hangs"


@pytest.mark.parametrize("prefix", ["", "RETILE:"])
def test_a_child_of_a_process_that_has_copied_copies_as_well(
        scene, tmp_path, prefix):
    good = good_copy(scene, tmp_path, *TILES)["out.tif"]
    target = tmp_path / "child.tif"

    def work():
        return copies.copy(prefix + scene, target, *TILES,
                           "NUM_THREADS=2") is None

    assert copies.copy(prefix + scene, tmp_path / "parent.tif", *TILES) is None
    for _ in range(3):
        assert in_a_child(work) == 0
        assert target.read_bytes() == good
        target.unlink()
    assert in_a_child(lambda: in_a_child(work) == 0) == 0
    assert work()
    assert target.read_bytes() == good


def test_a_child_forked_from_a_callback_of_a_copy_copies_as_well(
        scene, large, tmp_path):
    good = good_copy(scene, tmp_path, *TILES)["out.tif"]
    target = tmp_path / "child.tif"
    statuses = []

    def fork(done, *_):
        if done > 0 and not statuses:
            statuses.append(in_a_child(
                lambda: copies.copy(scene, target, *TILES) is None))
        return 1

    assert copies.copy(large, tmp_path / "parent.tif", *SLOW,
                       callback=fork) is None
    assert statuses == [0]
    assert target.read_bytes() == good


def test_copies_leave_no_threads(scene, tmp_path):
    for i in range(3):
        assert copies.copy(scene, tmp_path / ("out%d.tif" % i), *TILES,
                           "NUM_THREADS=4") is None
    assert len(os.listdir("/proc/self/task")) == threading.active_count()
