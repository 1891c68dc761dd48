"""A COG on a full or broken disk, a COG that is cancelled or killed, and a COG
of an unreadable source: there is all of it or nothing under its name, and
nothing next to it or in the folder of temporary files."""

import os
import random
import shutil
import subprocess
import time

import pytest
from osgeo import gdal

import copies

FAULTS = os.environ["RETILE_FAULTS"]
FULL = "No space left on device"
OPTIONS = ("LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=NONE")


class Bench:
    """One source, a folder for copies and one for temporary files."""

    def __init__(self, folder):
        self.target, self.spill = folder / "target", folder / "spill"
        self.target.mkdir()
        self.spill.mkdir()
        self.out = self.target / "out.tif"
        self.counts = folder / "counts"
        with_mask = {"mask": True, "options": ["BLOCKYSIZE=9"]}
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        self.source = copies.make(folder / "in.tif", 520, 410, **with_mask)
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
        self.older = None

    def variables(self, **more):
        return {"RETILE_SPILL_DIR": str(self.spill), **more}

    def fault(self, under, call, at, reason="ENOSPC"):
        return self.variables(
            LD_PRELOAD=FAULTS, RETILE_FAULT_UNDER=str(under),
            RETILE_FAULT_CALL=call, RETILE_FAULT_AT=str(at),
            RETILE_FAULT_LASTS="1", RETILE_FAULT_ERRNO=reason,
            RETILE_FAULT_COUNTS=str(self.counts))

    def run(self, *options, **variables):
        return copies.run(self.source, self.out, *OPTIONS, *options,
                          variables=variables or self.variables())

    def calls(self, under, call):
        """How many such calls a good copy makes. The copy stays as the older
        file."""
        status, complaints = self.run(**self.fault(under, call, 0))
        assert status == 0, complaints
        self.older = copies.contents(self.target)
        return int(dict(line.split() for line in
                        self.counts.read_text().splitlines())[call])

    def is_as_before(self, older):
        return copies.contents(self.spill) == {} and \
            copies.contents(self.target) == (self.older if older else {})

    def set(self, older):
        shutil.rmtree(self.target)
        self.target.mkdir()
        if older:
            self.out.write_bytes(self.older["out.tif"])


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def some(calls, most):
    return sorted({1, calls, *range(2, calls, max(1, calls // most))})


def fails(bench, older, fault):
    """Expects one error with the reason, and all files as before."""
    bench.set(older)
    status, complaints = bench.run(**fault)
    told = (fault, complaints)
    assert status == 1, told
    assert len(copies.errors(complaints)) == 1, told
    reason = fault["RETILE_FAULT_ERRNO"]
    assert (FULL if reason == "ENOSPC" else "Input/output") in complaints
    assert bench.is_as_before(older), told


@pytest.mark.parametrize("place, call, reason", [
    ("target", "write", "ENOSPC"), ("target", "write", "EIO"),
    ("target", "sync", "EIO"), ("target", "rename", "EIO"),
    ("spill", "write", "ENOSPC")])
def test_each_call_that_fails_leaves_all_as_it_was(bench, place, call,
                                                   reason):
    under = getattr(bench, place)
    bench.calls(under, "write")
    for older in (False, True):
        bench.set(older)
        calls = bench.calls(under, call)
        assert calls > (10 if call == "write" else 0)
        for at in some(calls, 5):
            fails(bench, older, bench.fault(under, call, at, reason))


@pytest.mark.parametrize("place, call", [
    ("target", "write"), ("target", "sync"), ("target", "rename"),
    ("spill", "write")])
def test_a_kill_before_each_call_leaves_all_old_or_all_new(bench, place,
                                                           call):
    under = getattr(bench, place)
    calls = bench.calls(under, call)
    whole = bench.older
    for at in some(calls, 5):
        older = at % 2 == 0 and call != "rename"
        bench.set(older)
        status, _ = bench.run(**bench.fault(under, call, at, "KILL"))
        assert status == -9, at
        assert copies.contents(bench.spill) == {}
        # A killed program leaves its folder.
        left = {name: data for name, data in
                copies.contents(bench.target).items()
                if not name.startswith(".out.tif.")}
        assert left in (whole if older else {}, whole), at


def test_a_kill_at_any_moment_leaves_all_or_nothing(bench):
    bench.calls(bench.target, "write")
    whole, moments = bench.older, random.Random(3)
    began = time.monotonic()
    assert bench.run()[0] == 0
    lasts_s = time.monotonic() - began
    for _ in range(12):
        bench.set(False)
        program = copies.start(bench.source, bench.out, *OPTIONS,
                               variables=bench.variables())
        time.sleep(moments.uniform(0, 1.1 * lasts_s))
        program.kill()
        program.communicate()
        assert copies.contents(bench.spill) == {}
        assert {name: data for name, data in
                copies.contents(bench.target).items()
                if not name.startswith(".out.tif.")} in ({}, whole)


@pytest.mark.parametrize("moment", [0, 0.3, 0.9, 0.99])
def test_a_cancel_leaves_nothing(bench, moment):
    seen = []

    def stop(done, *_):
        seen.append(done)
        return 0 if done >= moment else 1

    gdal.SetConfigOption("RETILE_SPILL_DIR", str(bench.spill))
    try:
        error = copies.copy(bench.source, bench.out, *OPTIONS, callback=stop)
    finally:
        gdal.SetConfigOption("RETILE_SPILL_DIR", None)
    assert error is not None and error[0] == gdal.CPLE_UserInterrupt
    assert seen == sorted(seen)
    assert bench.is_as_before(False)


def test_a_source_that_ends_early_is_reported(bench):
    """The source is cut off in the middle."""
    data = open(bench.source, "rb").read()
    with open(bench.source, "wb") as file:
        file.write(data[:len(data) // 2])
    status, complaints = bench.run()
    assert status == 1
    assert copies.errors(complaints) != []
    assert bench.is_as_before(False)


def test_a_spill_that_may_not_be_large_enough_is_named(bench):
    status, complaints = bench.run(
        **bench.variables(RETILE_SPILL_MAX="100KB"))
    assert status == 1
    found = copies.errors(complaints)
    assert len(found) == 1 and "RETILE_SPILL_MAX" in found[0], complaints
    assert bench.is_as_before(False)


def test_a_spill_folder_that_is_missing_is_named(bench):
    missing = str(bench.spill / "missing")
    status, complaints = bench.run(**bench.variables(RETILE_SPILL_DIR=missing))
    assert status == 1
    found = copies.errors(complaints)
    assert len(found) == 1 and missing in found[0], complaints
    assert bench.is_as_before(False)


@pytest.mark.parametrize("spill", ["NONE", "MEMORY", "AUTO", "DISK"])
def test_encoded_tiles_wait_on_disk_whatever_spill_says(bench, spill):
    """SPILL is about pixels; encoded tiles have no other place to wait."""
    status, complaints = bench.run("SPILL=NONE")
    assert status == 0, complaints
    expected = bench.out.read_bytes()
    assert bench.run("SPILL=" + spill)[0] == 0
    assert bench.out.read_bytes() == expected
    status, complaints = bench.run(
        "SPILL=" + spill, **bench.fault(bench.spill, "write", 1))
    assert status == 1 and FULL in complaints


def test_standard_output_and_memory_have_the_same_bytes(bench):
    assert bench.run()[0] == 0
    expected = bench.out.read_bytes()
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", "RETILE", *copies.creation(OPTIONS),
         bench.source, "/vsistdout/"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, check=False, timeout=600,
        env={**os.environ, **bench.variables()})
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected
    assert copies.copy(bench.source, "/vsimem/cog/out.tif", *OPTIONS) is None
    size = gdal.VSIStatL("/vsimem/cog/out.tif").size
    file = gdal.VSIFOpenL("/vsimem/cog/out.tif", "rb")
    assert gdal.VSIFReadL(1, size, file) == expected
    gdal.VSIFCloseL(file)
    assert gdal.ReadDir("/vsimem/cog") == ["out.tif"]
    gdal.Unlink("/vsimem/cog/out.tif")


def test_a_failed_copy_puts_nothing_on_standard_output(bench):
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", "RETILE", *copies.creation(OPTIONS),
         bench.source, "/vsistdout/"], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, check=False, timeout=600,
        env={**os.environ, **bench.fault(bench.spill, "write", 3)})
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.count(b"ERROR") == 1
    assert copies.contents(bench.spill) == {}
