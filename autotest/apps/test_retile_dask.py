"""retile_dask.py: the pixels of one process, and its bytes; what is left when
a worker, the client or a shard fails. What shards make of other sources is in
test_shards.py."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import numpy
import pytest
from osgeo import gdal

from conftest import APPS, pixels, run, write

pytest.importorskip("distributed")


def one_process(source, target, options):
    gdal.Translate(str(target), source, format="RETILE",
                   creationOptions=options)


def sharded(source, target, options, *more):
    return run("retile_dask.py", source, str(target),
               *[word for item in options for word in ("-co", item)], *more)


def all_pixels(path):
    """Bands, masks, and those of all levels."""
    dataset = gdal.Open(str(path))
    found = []
    for i in range(dataset.RasterCount):
        band = dataset.GetRasterBand(i + 1)
        for level in [band] + [band.GetOverview(n)
                               for n in range(band.GetOverviewCount())]:
            found += [level.ReadAsArray(), level.GetMaskBand().ReadAsArray()]
    return found


def same_pixels(one, other):
    first, second = all_pixels(one), all_pixels(other)
    return len(first) == len(second) and all(
        numpy.array_equal(a, b) for a, b in zip(first, second))


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def left_beside(target):
    """All names in the target's folder that begin as the target does."""
    folder, name = os.path.split(str(target))
    return sorted(found for found in os.listdir(folder)
                  if found.lstrip(".").startswith(name))


AVERAGE = ["LAYOUT=COG", "OVERVIEW_RESAMPLING=AVERAGE", "BLOCKSIZE=128"]


@pytest.mark.parametrize("size, options, said", [
    ((700, 1024), ["COMPRESS=ZSTD"], ""),
    ((700, 1000), ["COMPRESS=DEFLATE", "PREDICTOR=2", "BLOCKXSIZE=128",
                   "BLOCKYSIZE=128"], ""),
    ((700, 1024), AVERAGE + ["COMPRESS=ZSTD"], "2 of 3 levels"),
])
def test_the_file_of_one_process(tmp_path, size, options, said):
    source = write(tmp_path / "source.tif", pixels(size))
    one_process(source, tmp_path / "one.tif", options)

    done = sharded(source, tmp_path / "many.tif", options, "--workers", "2")

    assert done.returncode == 0, done.stderr
    assert said in done.stderr
    assert same_pixels(tmp_path / "one.tif", tmp_path / "many.tif")
    assert contents(tmp_path / "one.tif") == contents(tmp_path / "many.tif")
    assert left_beside(tmp_path / "many.tif") == ["many.tif"]


def test_four_workers(tmp_path):
    source = write(tmp_path / "source.tif", pixels((900, 4096)))
    options = ["COMPRESS=DEFLATE", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]
    one_process(source, tmp_path / "one.tif", options)

    done = sharded(source, tmp_path / "many.tif", options, "--workers", "4")

    assert "16 shards of up to 256 rows" in done.stderr
    assert contents(tmp_path / "one.tif") == contents(tmp_path / "many.tif")


@pytest.fixture
def scheduler():
    """A scheduler of its own process, and a function that starts workers."""
    started, where = [], {}

    def start(module, *arguments):
        started.append(subprocess.Popen(
            [sys.executable, "-m", module] + list(arguments),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        return started[-1]

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where["port"] = free.getsockname()[1]
    start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port",
          str(where["port"]), "--no-dashboard")
    address = "tcp://127.0.0.1:%d" % where["port"]
    yield address, lambda: start("distributed.cli.dask_worker", address,
                                 "--nthreads", "1", "--no-dashboard",
                                 "--no-nanny")
    for process in started:
        process.kill()
        process.wait()


def large(tmp_path):
    """A copy of some seconds."""
    return write(tmp_path / "source.tif", pixels((1200, 4096))), [
        "COMPRESS=LZMA", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]


def begin(source, target, options, *more):
    return subprocess.Popen(
        [sys.executable, os.path.join(APPS, "retile_dask.py"), source,
         str(target)] + [word for item in options for word in ("-co", item)] +
        list(more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def finished(target):
    folder = str(target) + ".shards"
    return [name for name in (os.listdir(folder) if os.path.isdir(folder)
                              else []) if name.startswith("shard_")]


def test_a_killed_worker_costs_its_shard(tmp_path, scheduler):
    source, options = large(tmp_path)
    address, start_worker = scheduler
    victim, _other = start_worker(), start_worker()
    target = tmp_path / "many.tif"
    client = begin(source, target, options, "--scheduler", address)
    until(lambda: finished(target))

    victim.kill()
    _, said = client.communicate(timeout=300)

    assert client.returncode == 0, said
    one_process(source, tmp_path / "one.tif", options)
    assert contents(tmp_path / "one.tif") == contents(target)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM,
                                 signal.SIGINT])
def test_a_killed_client_leaves_no_file_and_is_resumed(tmp_path, how):
    source, options = large(tmp_path)
    target = tmp_path / "many.tif"
    client = begin(source, target, options, "--workers", "2")
    until(lambda: finished(target))

    client.send_signal(how)
    client.communicate(timeout=120)
    assert client.returncode != 0
    assert not target.exists()
    done = sharded(source, target, options, "--workers", "2", "--resume")

    assert done.returncode == 0, done.stderr
    assert "finished shards are taken over" in done.stderr
    one_process(source, tmp_path / "one.tif", options)
    assert contents(tmp_path / "one.tif") == contents(target)
    until(lambda: left_beside(target) == ["many.tif"])


def test_only_the_same_copy_is_resumed(tmp_path):
    source = write(tmp_path / "source.tif", pixels((300, 600)))
    folder = tmp_path / "many.tif.shards"
    folder.mkdir()
    (folder / "job.json").write_text(json.dumps({"key": {}}))

    done = sharded(source, tmp_path / "many.tif", [], "--resume")

    assert done.returncode == 1 and "is of another copy" in done.stderr
    assert not (tmp_path / "many.tif").exists()


def test_somebody_elses_folder_is_left_alone(tmp_path):
    source = write(tmp_path / "source.tif", pixels((300, 600)))
    folder = tmp_path / "many.tif.shards"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")

    done = sharded(source, tmp_path / "many.tif", [])

    assert done.returncode == 1 and "is in the way" in done.stderr
    assert (folder / "letter.txt").read_text() == "mine"


def test_a_shard_that_fails_for_good(tmp_path):
    """The last strips are not there: reading them fails on every worker."""
    source = write(tmp_path / "source.tif", pixels((600, 1024)),
                   ["BLOCKYSIZE=64", "INTERLEAVE=PIXEL"])
    os.truncate(source, os.path.getsize(source) - 300000)
    target = tmp_path / "many.tif"
    target.write_bytes(b"an older file")

    done = sharded(source, target, ["BLOCKXSIZE=256", "BLOCKYSIZE=256"],
                   "--workers", "2")

    assert done.returncode == 1
    assert "failed 4 times" in done.stderr
    assert "Traceback" not in done.stderr
    assert target.read_bytes() == b"an older file"


@pytest.mark.parametrize("change, why", [
    (lambda a: a.update(source="/nowhere/x.tif"), "cannot open"),
    (lambda a: a.update(options=["COMPRES=ZSTD"]), "no such creation option"),
    (lambda a: a.update(options=["COMPRESS=FOLD"]), "write one of"),
    (lambda a: a.update(options=["MEMORY_MAX=1"]), "MEMORY_MAX"),
    (lambda a: a.update(target="/nowhere/x.tif"), "no folder"),
    (lambda a: a.update(target="x.retile"), "descriptor"),
    (lambda a: a.update(more=["--workers", "0"]), "--workers 0"),
    (lambda a: a.update(options=["LAYOUT=COG", "TILING_SCHEME="
                                 "GoogleMapsCompatible"]), "reprojected"),
    (lambda a: a.update(more=["--scheduler", "tcp://127.0.0.1:1"]),
     "no scheduler"),
])
def test_bad_input(tmp_path, scene, change, why):
    asked = {"source": scene, "target": "out.tif", "options": [], "more": []}
    change(asked)
    target = os.path.join(str(tmp_path), asked["target"])

    done = sharded(asked["source"], target, asked["options"], *asked["more"])

    assert done.returncode == 1
    assert why in done.stderr and "Traceback" not in done.stderr
    assert os.listdir(tmp_path) == []
