"""A cache much smaller than the raster: evicted blocks come back from where
they were spilled, and blocks that are expensive to decode are decoded once."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from osgeo import gdal

import reading

gdal.UseExceptions()

MB = 1 << 20
SIDE = 2560  # 19 MB of pixels
LIMIT = 6 * MB
WORKERS = 2  # programs at a time
SEQUENTIAL_OR_DEAR = ("png", "jpeg", "jp2_one")
SHARED = {"RETILE_CACHEMAX": "6MB"}

# A small raster whose blocks of 64 x 64 do not fit in the least cache at all.
SMALL_WIDTH, SMALL_HEIGHT = 800, 600
SMALL_OPTIONS = ["CACHE=PRIVATE", "CACHE_MAX=1MB", "BLOCKXSIZE=64",
                 "BLOCKYSIZE=64"]
FAULTY_WRITES = 24


def windows():
    return reading.random_windows(SIDE, SIDE, 100, 320)


def windows_for(mode):
    """Only a few windows if each may cost a decode of everything above it."""
    return windows() if mode in ("AUTO", "DISK") else windows()[:8]


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Returns, by layout, the path and the expected digests by mode."""
    made = {}

    def make_once(layout):
        if layout not in made:
            path = reading.make(tmp_path_factory.mktemp(layout), layout,
                                SIDE, SIDE)
            many, few = reading.digests_of(path, windows(), windows_for("NONE"))
            made[layout] = path, {"AUTO": many, "DISK": many, "MEMORY": few,
                                  "NONE": few}
        return made[layout]
    return make_once


@pytest.fixture(scope="module",
                params=["strips", "png", "jpeg", "jp2_one", "tiles"])
def source(request, make):
    """(layout, path, digests by mode)."""
    return (request.param, *make(request.param))


@pytest.fixture(scope="module")
def png(make):
    return make("png")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """(path, windows, digest)."""
    path = reading.make(tmp_path_factory.mktemp("small"), "png",
                        SMALL_WIDTH, SMALL_HEIGHT)
    small_windows = reading.random_windows(SMALL_WIDTH, SMALL_HEIGHT, 30, 300)
    return path, small_windows, reading.digest_of(path, small_windows)


@pytest.fixture
def folder(tmp_path):
    """A new folder for spill files."""
    made = tmp_path / "spill"
    made.mkdir()
    return made


def look(path, mode, folder, *options, **variables):
    """Two looks at the windows, with 6 MB."""
    return reading.look_apart(
        "RETILE:" + path, ["SPILL=" + mode, *options], windows_for(mode),
        looks=2, **{**SHARED, "RETILE_SPILL_DIR": str(folder), **variables})


def warnings(answer):
    return [line for line in answer["complaints"]
            if line.startswith("Warning")]


def check_budget(stats):
    assert stats["BYTES_RESIDENT"] <= stats["BYTES_PEAK"]
    assert stats["BYTES_PEAK"] <= LIMIT or stats["OVERSIZE"] > 0


def check_counts(stats, mode):
    """Checks what each mode may spill, and what it must spill."""
    writes, reads = stats["SPILL_WRITES"], stats["SPILL_READS"]
    if mode == "NONE":
        assert (writes, reads, stats["SPILL_BYTES"]) == (0, 0, 0)
    elif mode == "MEMORY":
        assert stats["SPILL_BYTES"] <= LIMIT
    elif mode == "DISK":
        assert writes > 0 and reads > 0
        # Everything that does not fit into the cache, and each block only once.
        assert SIDE * SIDE * 3 / 2 - LIMIT <= stats["SPILL_BYTES"]
        assert stats["SPILL_BYTES"] <= SIDE * SIDE * 3 * 1.25


@pytest.mark.alike
@pytest.mark.parametrize("cache", ["SHARED", "PRIVATE"])
@pytest.mark.parametrize("mode", ["AUTO", "DISK", "MEMORY", "NONE"])
def test_windows_are_right_and_within_the_budget(source, mode, cache, folder):
    layout, path, expected = source
    if cache == "PRIVATE":
        answer = look(path, mode, folder, "CACHE=PRIVATE", "CACHE_MAX=6MB",
                      RETILE_CACHEMAX="1GB")
    else:
        answer = look(path, mode, folder)
    assert answer["digests"] == [expected[mode]] * 2
    assert answer["complaints"] == []
    assert answer["named"] == []
    for stats in answer["stats"]:
        check_budget(stats)
    check_counts(answer["stats"][-1], mode)
    if mode in ("NONE", "MEMORY"):
        assert answer["spilled"] == []
    if mode == "DISK" or (mode == "AUTO" and layout in SEQUENTIAL_OR_DEAR):
        assert answer["stats"][-1]["DECODE_AMPLIFICATION"] == 1
        assert answer["stats"][-1]["SOURCE_PIXELS_DECODED"] == \
            answer["stats"][0]["SOURCE_PIXELS_DECODED"]


def test_the_budget_of_these_tests_is_too_small_without_spill(png, folder):
    """Otherwise these tests would prove nothing."""
    answer = look(png[0], "NONE", folder)
    assert answer["stats"][-1]["DECODE_AMPLIFICATION"] > 1
    assert answer["stats"][-1]["EVICTIONS"] > 0


def test_spill_is_auto_by_default(png, folder):
    answer = reading.look_apart(
        "RETILE:" + png[0], [], windows(), RETILE_SPILL_DIR=str(folder),
        **SHARED)
    stats = answer["stats"][-1]
    assert stats["DECODE_AMPLIFICATION"] == 1
    assert stats["SPILL_READS"] > 0


def test_spill_files_have_no_name_and_are_the_users_alone(png, folder):
    answer = look(png[0], "DISK", folder)
    assert answer["named"] == []
    assert answer["spilled"] != []
    assert all(mode == 0o600 for mode, _ in answer["spilled"])
    held = sum(size for _, size in answer["spilled"])
    assert held >= answer["stats"][-1]["SPILL_BYTES"]
    assert os.listdir(folder) == []


@pytest.mark.parametrize("most", ["0", "3MB", "9MB"])
def test_no_more_is_spilled_than_retile_spill_max(png, folder, most):
    path, _ = png
    few = windows()[:12]
    answer = reading.look_apart(
        "RETILE:" + path, ["SPILL=DISK"], few, looks=2,
        RETILE_SPILL_DIR=str(folder), RETILE_SPILL_MAX=most, **SHARED)
    limit = {"0": 0, "3MB": 3 * MB, "9MB": 9 * MB}[most]
    assert answer["digests"] == [reading.digest_of(path, few)] * 2
    # With nothing on disk, blocks are spilled to memory, within the budget.
    on_disk = sum(size for _, size in answer["spilled"])
    assert on_disk <= limit
    assert answer["stats"][-1]["SPILL_BYTES"] <= limit + LIMIT
    check_budget(answer["stats"][-1])
    if most == "9MB":
        assert on_disk > 0


def test_caches_of_one_process_share_retile_spill_max(png, folder):
    """Two views with private caches, read in turn."""
    path, _ = png
    held = [0]

    def read_all(view):
        for window in windows()[:12]:
            view.ReadRaster(*window)
            held.append(sum(size for _, size in reading.spilled(str(folder))))

    before = {name: gdal.GetConfigOption(name)
              for name in ("RETILE_SPILL_DIR", "RETILE_SPILL_MAX")}
    gdal.SetConfigOption("RETILE_SPILL_DIR", str(folder))
    gdal.SetConfigOption("RETILE_SPILL_MAX", "8MB")
    try:
        views = [gdal.OpenEx("RETILE:" + path, gdal.OF_RASTER, open_options=[
            "CACHE=PRIVATE", "CACHE_MAX=6MB", "SPILL=DISK"])
            for _ in range(2)]
        for view in views:
            read_all(view)
        stats = [reading.statistics(view) for view in views]
    finally:
        for name, value in before.items():
            gdal.SetConfigOption(name, value)
    assert 0 < max(held) <= 8 * MB
    assert sum(each["SPILL_BYTES"] for each in stats) <= 8 * MB + 2 * LIMIT
    views = view = None
    assert reading.spilled(str(folder)) == []


@pytest.mark.parametrize("mode", ["AUTO", "DISK"])
@pytest.mark.parametrize("folder_is", ["missing", "a file"])
def test_a_folder_that_cannot_be_used_is_one_warning(
        small, mode, folder_is, tmp_path):
    path, small_windows, expected = small
    name = tmp_path / "nowhere"
    if folder_is == "a file":
        name.write_text("not a folder")
    answer = reading.look_apart(
        "RETILE:" + path, ["SPILL=" + mode, *SMALL_OPTIONS], small_windows,
        looks=2, RETILE_SPILL_DIR=str(name))
    assert answer["digests"] == [expected] * 2
    assert len(warnings(answer)) == 1, answer["complaints"]
    assert len(answer["complaints"]) == 1
    assert str(name) in warnings(answer)[0]


def look_with_fault(small, folder, **fault):
    path, small_windows, expected = small
    answer = reading.look_apart(
        "RETILE:" + path, ["SPILL=DISK", *SMALL_OPTIONS], small_windows, looks=2,
        LD_PRELOAD=reading.faults(), RETILE_SPILL_DIR=str(folder),
        RETILE_FAULT_UNDER=str(folder), **fault)
    assert answer["digests"] == [expected] * 2, fault
    assert answer["named"] == [], fault
    return answer


def test_reads_without_a_fault_spill_often_enough(small, folder, tmp_path):
    """This makes sure that each of the faults below happens."""
    counts = tmp_path / "counts"
    answer = look_with_fault(small, folder, RETILE_FAULT_COUNTS=str(counts))
    found = dict(line.split() for line in counts.read_text().splitlines())
    assert int(found["write"]) >= FAULTY_WRITES
    assert answer["complaints"] == []


@pytest.mark.parametrize("reason, told, lasts", [
    ("ENOSPC", "No space left on device", "0"),
    ("ENOSPC", "No space left on device", "1"),
    ("EIO", "Input/output error", "1")])
def test_a_spill_write_that_fails_is_one_warning_and_reads_go_on(
        small, folder, reason, told, lasts):
    def fail(number):
        return look_with_fault(
            small, folder, RETILE_FAULT_AT=str(number),
            RETILE_FAULT_ERRNO=reason, RETILE_FAULT_LASTS=lasts)

    # Single writes fail one after the other; for a full disk a few places are
    # enough.
    numbers = list(range(1, FAULTY_WRITES + 1)) if lasts == "0" else \
        [1, 2, 3, 10, FAULTY_WRITES]
    with ThreadPoolExecutor(WORKERS) as pool:
        answers = list(pool.map(fail, numbers))
    for number, answer in zip(numbers, answers):
        assert len(answer["complaints"]) == 1, (number, answer["complaints"])
        assert told in warnings(answer)[0], number
