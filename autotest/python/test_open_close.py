"""Opening and closing leaves nothing behind, even if memory runs out."""

import json
import os
import subprocess
import sys

import pytest

import reading
from short import SHORT

WIDTH, HEIGHT = 300, 200
MB = 1 << 20

# The beginning of both programs below.
COMMON = """
import ctypes, json, os, random, re, sys, time
from osgeo import gdal
gdal.UseExceptions()
names = json.loads(sys.argv[1])

def descriptors():
    found = {}
    for link in os.listdir("/proc/self/fd"):
        try:
            found[link] = os.readlink("/proc/self/fd/" + link)
        except OSError:
            pass  # that of the listing
    # PROJ opens its own when it is first asked, and again in each child.
    return {link: name for link, name in found.items()
            if not name.endswith("/proj.db")}

def threads(at_most=0):
    # Threads that nobody waits for may take a moment to end.
    for _ in range(1000):
        if len(os.listdir("/proc/self/task")) <= at_most:
            break
        time.sleep(0.01)
    return len(os.listdir("/proc/self/task"))

def resident():
    text = open("/proc/self/status").read()
    return int(re.search(r"VmRSS:\\s+(\\d+)", text)[1]) * 1024
"""

# Opens and closes. Reads every 20th dataset, through caches of both kinds.
OPEN_AND_CLOSE = COMMON + """
def open_and_close(times, prefix):
    for number in range(times):
        options = ["CACHE=PRIVATE"] if prefix and number % 40 == 0 else []
        dataset = gdal.OpenEx(prefix + names[number % len(names)],
                              gdal.OF_RASTER, open_options=options)
        if number % 20 == 0:
            dataset.ReadRaster()
            dataset.GetRasterBand(1).GetMaskBand().ReadRaster(0, 0, 50, 50)
        dataset = None

open_and_close(100, "")
before = len(descriptors()), threads(1)
open_and_close(1000, "RETILE:")
warm = resident()
open_and_close(int(sys.argv[2]), "RETILE:")
after = len(descriptors()), threads(before[1])
print(json.dumps([before, after, warm, resident()]))
"""

# Starts a child for each n. In it, the plugin's n-th allocation fails while it
# opens, reads and closes. The child ends with one of the states below.
MEMORY = COMMON + """
WHOLE, FAILED, WRONG, LEAK, AFTER, SILENT = range(6)
name, lasts = names[0], int(sys.argv[2])
shim = ctypes.CDLL(None)
gdal.GetDriverByName("RETILE")
gdal.PushErrorHandler("CPLQuietErrorHandler")
options = ["CACHE=PRIVATE", "CACHE_MAX=1MB", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]

def look(prefix, options):
    dataset = gdal.OpenEx(prefix + name, gdal.OF_RASTER, open_options=options)
    band = dataset.GetRasterBand(1)
    seen = [dataset.ReadRaster(), dataset.ReadRaster(10, 20, 100, 90),
            band.GetMaskBand().ReadRaster(5, 6, 70, 80),
            dataset.ReadRaster(0, 0, 300, 200, 60, 50)]
    if band.GetOverviewCount() > 0:
        seen.append(band.GetOverview(0).ReadRaster())
    return seen

expected = look("", [])

def attempt(number):
    before = descriptors()
    shim.retile_fault_memory(number, lasts)
    try:
        state = WHOLE if look("RETILE:", options) == expected else WRONG
    except RuntimeError as error:
        state = FAILED if str(error) else SILENT
    happened = shim.retile_fault_memory_calls() >= number
    shim.retile_fault_memory(0, 0)
    if state in (WHOLE, FAILED):
        if look("RETILE:", options) != expected:
            state = AFTER
        elif descriptors() != before:
            state = LEAK
    return state, happened

def in_child(number):
    child = os.fork()
    if child == 0:
        code = 99
        try:
            state, happened = attempt(number)
            code = state + (10 if happened else 0)
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

# Until one has fewer allocations than that; whatever else its state is.
codes = []
while not codes or not 0 <= codes[-1] < 10:
    codes.append(in_child(len(codes) + 1))
print(json.dumps(codes))
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    return [reading.make(folder, "strips", WIDTH, HEIGHT, (2,), mask=True),
            reading.make(folder, "tiles", WIDTH, HEIGHT),
            reading.make(folder, "png", WIDTH, HEIGHT),
            reading.make(folder, "jpeg", WIDTH, HEIGHT),
            reading.make(folder, "jp2_tiles", WIDTH, HEIGHT)]


def run(program, *words, timeout, **variables):
    done = subprocess.run(
        [sys.executable, "-c", program, *words], check=False, timeout=timeout,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        universal_newlines=True, env={**os.environ, **variables})
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_thousands_of_opens_and_closes_leave_nothing(sources):
    before, after, warm, resident = run(
        OPEN_AND_CLOSE, json.dumps(sources), "2000" if SHORT else "9000",
        timeout=1000, RETILE_CACHEMAX="4MB")
    assert after == before  # descriptors, threads
    assert resident <= warm + 4 * MB


@pytest.mark.alike
@pytest.mark.parametrize("lasts", [0, 1], ids=["one", "all from there on"])
@pytest.mark.parametrize("which", [0, 2], ids=["strips", "png"])
def test_memory_that_runs_out_is_an_error_and_nothing_else(
        sources, which, lasts):
    """Each allocation fails in turn, until a run makes fewer allocations."""
    codes = run(MEMORY, json.dumps([sources[which]]), str(lasts), timeout=1000,
                LD_PRELOAD=reading.faults())
    # 10: the failed allocation was not needed. 11: it was, and the error was
    # reported. Below 0: a signal. Others: see the program.
    wrong = [(number + 1, code) for number, code in enumerate(codes[:-1])
             if code not in (10, 11)]
    assert wrong == []
    assert codes[-1] == 0
    assert codes.count(11) > 40
