"""JPEG 2000 files of many kinds, decoded without GDAL, have the same pixels.

RETILE_TEST_DATA names the folder whose jp2/ has the files: those of the
conformance suite and some others.
"""

import os
import random
import re
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from copying import collected, configured, copy, failures, least_memory

FOLDER = Path(os.environ.get("RETILE_TEST_DATA", "/nowhere")) / "jp2"
FILES = sorted(path.name for path in FOLDER.glob("*.j*"))
WINDOWS = 8


@pytest.fixture(autouse=True)
def silent():
    """Some files make OpenJPEG warn at each packet."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    yield
    gdal.PopErrorHandler()


def level(dataset, number, i):
    band = dataset.GetRasterBand(i)
    return band if number == 0 else band.GetOverview(number - 1)


def whole_levels(name):
    """All bands of each level as GDAL reads them; None if it fails."""
    dataset = gdal.Open(name)
    found = []
    for number in range(1 + dataset.GetRasterBand(1).GetOverviewCount()):
        try:
            found.append([level(dataset, number, i).ReadAsArray()
                          for i in range(1, 1 + dataset.RasterCount)])
        except RuntimeError:
            found.append(None)
    return found


def random_windows(width, height, seed):
    rng = random.Random(seed)
    for _ in range(WINDOWS):
        x, y = rng.randrange(width), rng.randrange(height)
        yield x, y, rng.randint(1, width - x), rng.randint(1, height - y)


@pytest.mark.skipif(not FILES, reason="RETILE_TEST_DATA has no jp2/")
@pytest.mark.parametrize("name", FILES)
def test_every_level_and_window_is_gdals(name):
    path = str(FOLDER / name)
    try:
        gdal.Open(path)
    except RuntimeError:
        pytest.skip("GDAL does not open it")
    view = gdal.OpenEx("RETILE:" + path,
                       open_options=["CACHE=PRIVATE", "CACHE_MAX=4MB"])
    if view.GetMetadataItem("SOURCE_DECODER", "RETILE") != "NATIVE":
        pytest.skip("GDAL decodes it")
    for number, bands in enumerate(whole_levels(path)):
        assert bands is not None
        for i, expected in enumerate(bands, 1):
            band = level(view, number, i)
            assert (band.YSize, band.XSize) == expected.shape
            for x, y, w, h in random_windows(band.XSize, band.YSize, i):
                assert np.array_equal(band.ReadAsArray(x, y, w, h),
                                      expected[y:y + h, x:x + w])
            assert np.array_equal(band.ReadAsArray(), expected)


@pytest.mark.skipif(not FILES, reason="RETILE_TEST_DATA has no jp2/")
def test_most_files_are_decoded_natively():
    decoders = []
    for name in FILES:
        try:
            view = gdal.Open("RETILE:" + str(FOLDER / name))
        except RuntimeError:
            continue
        decoders.append(view.GetMetadataItem("SOURCE_DECODER", "RETILE"))
    assert decoders.count("NATIVE") >= len(decoders) - 5


W, H = 3300, 700


@pytest.fixture(scope="module", params=["YES", "NO"], ids=["5/3", "9/7"])
def one_tile(request, tmp_path_factory):
    """A file of one tile, wide enough for three columns."""
    path = str(tmp_path_factory.mktemp("jp2") / "one.jp2")
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:H, 0:W]
    pixels = np.stack([100 + 60 * np.sin(x / (40 + i)) * np.cos(y / 57)
                       + rng.integers(0, 9, x.shape) for i in range(3)])
    memory = gdal.GetDriverByName("MEM").Create("", W, H, 3)
    memory.WriteArray(pixels.astype(np.uint8))
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
        path, memory, options=["BLOCKXSIZE=%d" % W, "BLOCKYSIZE=%d" % H,
                               "REVERSIBLE=" + request.param, "QUALITY=50"])
    return path, gdal.Open(path).ReadAsArray()


def copied(source, target, *options):
    """The bytes of the file, and the width of a run."""
    with configured(CPL_DEBUG="RETILE"), collected() as messages:
        assert gdal.GetDriverByName("RETILE").CreateCopy(
            str(target), source, options=list(options)) is not None
    told = "\n".join(text for _, text in messages)
    assert "decoded by OpenJPEG, one tile" in told
    assert "decoded 1.00 times" in told
    return target.read_bytes(), int(re.search(r"runs of (\d+) x", told)[1])


def test_a_copy_has_the_pixels_whatever_the_memory(one_tile, tmp_path):
    name, plain = one_tile
    target = tmp_path / "copy.tif"
    for place in ((0, 0, W, H), (1131, 77, 2001, 599)):
        x, y, w, h = place
        source = gdal.Translate("", name, format="VRT", srcWin=place)
        expected, _ = copied(source, target, "NUM_THREADS=1")
        assert np.array_equal(gdal.Open(str(target)).ReadAsArray(),
                              plain[:, y:y + h, x:x + w])
        for budget in ("30MB", "64MB", "256MB"):
            assert copied(source, target, "MEMORY_MAX=" + budget)[0] == expected


def test_a_copy_decodes_columns_if_memory_allows(one_tile, tmp_path):
    source = gdal.Open(one_tile[0])
    target = tmp_path / "copy.tif"
    expected, width = copied(source, target, "NUM_THREADS=1")
    assert width == W
    for threads, column in ((2, 2048), (3, 1536), (8, 1536)):
        given = "NUM_THREADS=%d" % threads
        assert copied(source, target, given, "MEMORY_MAX=256MB") == \
            (expected, column)
        assert copied(source, target, given, "MEMORY_MAX=48MB") == \
            (expected, W)


def test_large_windows_of_a_view_are_the_files(one_tile):
    """Large windows are decoded by columns, small ones are not."""
    name, plain = one_tile
    view = gdal.OpenEx("RETILE:" + name, open_options=["CACHE=PRIVATE",
                                                       "NUM_THREADS=3"])
    for x, y, w, h in ((1500, 40, 90, 70), (0, 0, W, 512), (300, 100, W - 300,
                                                            H - 100),
                       (1400, 600, 300, 100), (0, 0, W, H)):
        assert np.array_equal(view.ReadAsArray(x, y, w, h),
                              plain[:, y:y + h, x:x + w])
    stats = view.GetMetadata("RETILE_STATS")
    assert stats["SOURCE_PIXELS_DECODED"] == str(W * H)


def test_resampled_reads_are_gdals_and_cached(one_tile):
    name, _ = one_tile
    plain, view = gdal.Open(name), gdal.OpenEx(
        "RETILE:" + name, open_options=["CACHE=PRIVATE"])
    for method in (gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Bilinear,
                   gdal.GRIORA_Average):
        for x, y, w, h, to_w, to_h in ((0, 0, W, H, 300, 70),
                                       (211, 37, 1501, 603, 700, 300),
                                       (5, 9, 1200, 400, 1100, 390)):
            expected, found = (raster.ReadAsArray(
                x, y, w, h, buf_xsize=to_w, buf_ysize=to_h,
                resample_alg=method) for raster in (plain, view))
            assert np.array_equal(found, expected)
    decoded = view.GetMetadataItem("SOURCE_PIXELS_DECODED", "RETILE_STATS")
    assert int(decoded) > 0
    view.ReadAsArray(0, 0, W, H, buf_xsize=300, buf_ysize=70)
    assert view.GetMetadataItem("SOURCE_PIXELS_DECODED",
                                "RETILE_STATS") == decoded


def test_what_a_cog_needs_at_least_is_for_all_its_images(one_tile, tmp_path):
    """Also for the overviews that the file itself has."""
    source = gdal.Open(one_tile[0])
    target = str(tmp_path / "copy.tif")
    least = least_memory(source, "LAYOUT=COG")
    assert copy(target, source, "LAYOUT=COG",
                "MEMORY_MAX=%dMB" % least) is not None
    with collected() as messages:
        assert copy(target, source, "LAYOUT=COG",
                    "MEMORY_MAX=%dMB" % (least - 1)) is None
    message, = failures(messages)
    assert "at least MEMORY_MAX=%dMB is needed" % least in message
