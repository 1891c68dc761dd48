"""A copy on a full or broken disk, or one that is killed, leaves all or nothing
under its name."""

import itertools
import os
import random
import shutil
import signal
import subprocess
import time

import pytest
from osgeo import gdal

import copies
import short

FAULTS = os.environ["RETILE_FAULTS"]  # the library of faults.c
SMALL_TILES = ("BLOCKXSIZE=16", "BLOCKYSIZE=16")
FULL, BROKEN = "No space left on device", "Input/output error"


class Bench:
    """Copies of one source into folders of their own, with faults."""

    def __init__(self, folder, source, options):
        self.folder, self.source, self.options = folder, source, options
        self.numbers = itertools.count()
        self.older = folder / "older"
        self.older.mkdir()
        older = copies.make(folder / "older.tif", 64, 64, seed=9)
        shutil.copy(older, self.older / "out.tif")
        gdal.Info(str(self.older / "out.tif"), stats=True)
        assert len(copies.contents(self.older)) == 2  # out.tif.aux.xml
        self.fresh = folder / "fresh"
        self.fresh.mkdir()
        target = self.target(older=False)
        self.counts = self.count(target)
        self.whole = copies.contents(target.parent)

    def target(self, older):
        """A name in a new folder, with an older image or without."""
        folder = self.folder / ("target%d" % next(self.numbers))
        shutil.copytree(self.older if older else self.fresh, folder)
        return folder / "out.tif"

    def count(self, target, **variables):
        """How often a good copy makes each of the calls."""
        counts = self.folder / ("counts%d" % next(self.numbers))
        status, complaints = copies.run(
            self.source, target, *self.options, variables={
                "LD_PRELOAD": FAULTS, "RETILE_FAULT_COUNTS": str(counts),
                "RETILE_FAULT_UNDER": str(target.parent), **variables})
        assert status == 0, complaints
        return {name: int(count) for name, count in
                (line.split() for line in counts.read_text().splitlines())}

    def run(self, target, call, at, reason, lasts=False, **variables):
        return copies.run(self.source, target, *self.options, variables={
            "LD_PRELOAD": FAULTS, "RETILE_FAULT_UNDER": str(target.parent),
            "RETILE_FAULT_CALL": call, "RETILE_FAULT_AT": str(at),
            "RETILE_FAULT_ERRNO": reason,
            "RETILE_FAULT_LASTS": "1" if lasts else "0", **variables})

    def fails(self, call, at, older, text, **fault):
        """Expects one error with the name of the file or of its folder, and
        the reason (GDAL gives none for .aux.xml files); all files as before."""
        target = self.target(older)
        before = copies.contents(target.parent)
        status, complaints = self.run(target, call, at, **fault)
        found = copies.errors(complaints)
        told = (call, at, older, complaints)
        assert status == 1, told
        assert copies.contents(target.parent) == before, told
        assert len(found) == 1, told
        # GTiff of later versions (seen with 3.10 and 3.13) has libtiff print the
        # reason, and may go on if a single write fails.
        assert text in found[0] or "auxiliary" in found[0] or \
            "failed: TIFFWriteDirectory" in found[0] and \
            gdal.VersionInfo() >= "3100000" and text in complaints, told
        assert "/out.tif" in found[0] or \
            "folder '%s'" % target.parent in found[0], told
        shutil.rmtree(target.parent)

    def fails_or_not(self, call, at, older, **fault):
        """Expects all old or all new files, as RETILE says."""
        target = self.target(older)
        before = copies.contents(target.parent)
        status, complaints = self.run(target, call, at, **fault)
        told = (call, at, older, complaints)
        failed = any("RETILE: " in line
                     for line in copies.errors(complaints))
        # GDAL reports an error if it cannot close the finished file, and later
        # versions' gdal_translate then fails (seen with 3.10 and 3.13).
        reported = bool(copies.errors(complaints)) and \
            gdal.VersionInfo() >= "3100000"
        assert bool(status) == (failed or reported), told
        assert copies.contents(target.parent) == \
            (before if failed else self.whole), told
        shutil.rmtree(target.parent)


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    """One file with many small tiles: each tile is a write."""
    folder = tmp_path_factory.mktemp("tiles")
    source = copies.make(folder / "scene.tif", 240, 225,
                         options=["BLOCKYSIZE=15"])
    return Bench(folder, source, SMALL_TILES)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """An image with files next to it: a mask, and the rest of its metadata."""
    folder = tmp_path_factory.mktemp("files")
    source = copies.make(folder / "scene.tif", 60, 50, mask=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GDAL_TIFF_INTERNAL_MASK", "NO")  # as before GDAL 3.9
        bench = Bench(folder, source, (*SMALL_TILES, "PROFILE=BASELINE"))
        assert sorted(bench.whole) == ["out.tif", "out.tif.aux.xml",
                                       "out.tif.msk"]
        yield bench


@pytest.fixture(params=["tiles", "files"])
def bench(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("older", [False, True])
def test_a_full_disk_at_each_write_leaves_all_as_it_was(bench, older):
    writes = min(200, bench.counts["write"])
    copies.side_by_side(
        lambda at: bench.fails("write", at, older, FULL, reason="ENOSPC",
                               lasts=True),
        short.some(range(1, writes + 1, 3 if older else 1), 16))


def test_a_write_that_fails_once_leaves_all_as_it_was(bench):
    writes = bench.counts["write"]
    copies.side_by_side(
        lambda at: bench.fails("write", at, True, BROKEN, reason="EIO"),
        short.some(sorted({*range(1, min(writes, 20)),
                           *range(1, writes + 1, 7)}), 16))


def test_the_last_writes_count_as_the_first(bench):
    writes = bench.counts["write"]
    copies.side_by_side(
        lambda at: bench.fails("write", at, False, FULL, reason="ENOSPC"),
        range(max(1, writes - 12), writes + 1))


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("call", ["sync", "rename"])
def test_each_sync_and_rename_that_fails_leaves_all_as_it_was(
        bench, call, older):
    calls = bench.count(bench.target(older))[call]
    assert calls > 0
    copies.side_by_side(
        lambda at: bench.fails(call, at, older, BROKEN, reason="EIO"),
        range(1, calls + 1))


@pytest.mark.parametrize("older", [False, True])
def test_each_close_that_fails_leaves_all_old_or_all_new(bench, older):
    calls = bench.count(bench.target(older))["close"]
    copies.side_by_side(
        lambda at: bench.fails_or_not("close", at, older, reason="EIO"),
        range(1, calls + 1))


@pytest.fixture(scope="module")
def spilling(tmp_path_factory):
    """A row of tiles is larger than the memory budget."""
    folder = tmp_path_factory.mktemp("spilling")
    source = copies.make(folder / "scene.tif", 24000, 300,
                         options=["BLOCKYSIZE=1"])
    return Bench(folder, source, ("BLOCKXSIZE=256", "BLOCKYSIZE=256",
                                  "MEMORY_MAX=5MB", "NUM_THREADS=2"))


def test_each_write_of_the_temporary_file_that_fails_fails_the_copy(
        spilling, tmp_path):
    variables = {"RETILE_SPILL_DIR": str(tmp_path),
                 "RETILE_FAULT_UNDER": str(tmp_path)}
    writes = spilling.count(spilling.target(False), **variables)["write"]
    assert writes > 50
    moments = sorted({*range(1, 11), *range(11, writes, writes // 20)})

    def fail(at):
        target = spilling.target(older=at % 2 == 0)
        before = copies.contents(target.parent)
        status, complaints = spilling.run(target, "write", at, "ENOSPC",
                                          lasts=True, **variables)
        assert status == 1, (at, complaints)
        assert copies.contents(target.parent) == before
        found = copies.errors(complaints)
        assert len(found) == 1 and FULL in found[0], complaints
        assert "temporary file" in found[0]
        shutil.rmtree(target.parent)

    copies.side_by_side(fail, moments)
    assert copies.contents(tmp_path) == {}


@pytest.mark.parametrize("size_kb", [8, 40, 56])
def test_a_small_disk_that_is_full_leaves_all_as_it_was(
        tiles, tmp_path, size_kb):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=%dk" % size_kb, "none",
         str(disk)], stderr=subprocess.DEVNULL, check=False)
    if mounted.returncode != 0:
        pytest.skip("may not mount")
    try:
        status, complaints = copies.run(tiles.source, disk / "out.tif",
                                        *tiles.options)
        assert status == 1
        assert len(copies.errors(complaints)) == 1, complaints
        assert "out.tif" in complaints and FULL in complaints
        assert copies.contents(disk) == {}
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def check_after_kill(bench, target, before):
    """The image is the older or the new one, and the files next to it belong
    to it. The next copy to that name, even if it fails, repairs what was left
    half done, and removes the folder of the killed copy."""
    left = {name: data for name, data in
            copies.contents(target.parent).items()
            if not name.startswith(".out.tif.")}
    for whole in (before, bench.whole):
        if left.get("out.tif") == whole.get("out.tif"):
            assert left.items() <= whole.items() or "out.tif" not in left
            break
    else:
        assert False, sorted(left)
    assert copies.run(bench.source, target, "PHOTOMETRIC=YCBCR")[0] == 1
    assert copies.contents(target.parent) in (before, bench.whole)
    assert copies.run(bench.source, target, *bench.options)[0] == 0
    assert copies.contents(target.parent) == bench.whole


@pytest.mark.parametrize("older", [False, True])
def test_a_kill_at_any_moment_leaves_all_old_or_all_new(tiles, older):
    began = time.monotonic()
    tiles.count(tiles.target(older))
    lasts_s = time.monotonic() - began
    moments = random.Random(older)

    def kill(_):
        target = tiles.target(older)
        before = copies.contents(target.parent)
        program = copies.start(tiles.source, target, *tiles.options)
        time.sleep(moments.uniform(0, 1.1 * lasts_s))
        program.kill()
        program.communicate()
        assert program.returncode in (0, -9)
        check_after_kill(tiles, target, before)
        shutil.rmtree(target.parent)

    copies.side_by_side(kill, range(8 if short.SHORT else 25))


@pytest.mark.alike
@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("call", ["write", "sync", "close", "rename"])
def test_a_kill_before_each_call_leaves_all_old_or_all_new(
        bench, call, older):
    calls = bench.count(bench.target(older))[call]

    def kill(at):
        target = bench.target(older)
        before = copies.contents(target.parent)
        status, _ = bench.run(target, call, at, "KILL")
        assert status == -9
        check_after_kill(bench, target, before)
        shutil.rmtree(target.parent)

    copies.side_by_side(kill, short.some(
        range(1, calls + 1, max(1, calls // 12)), 5))


def test_what_others_left_or_have_there_stays(tiles):
    """These folders do not belong to a killed copy to the same name."""
    target = tiles.target(older=False)
    there = {".out.tif.retile-1/kept": b"1", ".out.tif.retile-3": b"2",
             ".out.tif.retile-4/files/out.tif": b"4",
             ".other.tif.retile-1/lock": b"5", "elsewhere/kept": b"6"}
    for name, data in there.items():
        path = target.parent / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)
    (target.parent / ".out.tif.retile-2").symlink_to("elsewhere")
    before = copies.contents(target.parent)
    assert copies.run(tiles.source, target, *tiles.options)[0] == 0
    assert copies.contents(target.parent) == {**before, **tiles.whole}


def test_a_copy_that_lives_is_left_alone(tiles):
    """A copy that is stopped in the middle ends after another copy to the
    same name."""
    target = tiles.target(older=False)
    one = copies.start(tiles.source, target, *tiles.options, variables={
        "LD_PRELOAD": FAULTS, "RETILE_FAULT_UNDER": str(target.parent),
        "RETILE_FAULT_AT": str(tiles.counts["write"] // 2),
        "RETILE_FAULT_ERRNO": "STOP"})
    state = os.waitid(os.P_PID, one.pid,
                      os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    assert state.si_code == os.CLD_STOPPED
    assert copies.run(tiles.source, target, *tiles.options)[0] == 0
    assert len(list(target.parent.glob(".out.tif.*"))) == 1
    one.send_signal(signal.SIGCONT)
    assert one.communicate(timeout=600)[1] == "" and one.returncode == 0
    assert copies.contents(target.parent) == tiles.whole


@pytest.mark.alike
@pytest.mark.parametrize("call", ["write", "sync", "close", "rename"])
@pytest.mark.parametrize("older", [False, True])
def test_a_descriptor_that_cannot_be_written_leaves_all_as_it_was(
        call, older, tmp_path):
    """Each call fails once by a fault and once by a kill."""
    source = copies.make(tmp_path / "scene.tif", 60, 50)
    folder = tmp_path / "to"
    target = folder / "view.retile"
    failed = 0
    for at in range(1, 5):
        for reason in ("EIO", "KILL"):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            if older:
                target.write_text("{older}")
            before = copies.contents(folder)
            status, complaints = copies.run(source, target, variables={
                "LD_PRELOAD": FAULTS, "RETILE_FAULT_UNDER": str(folder),
                "RETILE_FAULT_CALL": call, "RETILE_FAULT_AT": str(at),
                "RETILE_FAULT_ERRNO": reason})
            if status == 1:
                failed += 1
                assert "view.retile" in complaints or str(folder) in complaints
                assert copies.contents(folder) == before
            else:
                assert copies.run(source, target)[0] == 0
                assert list(folder.iterdir()) == [target]
    # Closing a file that was only read may fail.
    assert failed > 0 or call == "close"
    assert gdal.Open(str(target)).GetDriver().ShortName == "RETILE"
