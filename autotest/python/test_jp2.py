"""JPEG 2000 files of many makes, decoded without GDAL: the same pixels.

RETILE_TEST_DATA names the folder whose jp2/ has the files: the conformance
suite's and some from elsewhere.
"""

import os
import random
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

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
    """All bands of each level as GDAL has them; None where it fails."""
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


def test_a_copy_has_the_pixels_whatever_the_memory(tmp_path):
    source = str(tmp_path / "one.jp2")
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:1500, 0:1400]
    pixels = np.stack([100 + 60 * np.sin(x / (40 + i)) * np.cos(y / 57)
                       + rng.integers(0, 9, x.shape) for i in range(3)])
    memory = gdal.GetDriverByName("MEM").Create("", 1400, 1500, 3)
    memory.WriteArray(pixels.astype(np.uint8))
    gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
        source, memory, options=["BLOCKXSIZE=1400", "BLOCKYSIZE=1500"])
    plain = gdal.Open(source).ReadAsArray()
    window = gdal.Translate("", source, format="VRT",
                            srcWin=[131, 77, 1001, 999])
    for name, dataset, expected in (
            ("all", gdal.Open(source), plain),
            ("window", window, plain[:, 77:77 + 999, 131:131 + 1001])):
        for budget in ("30MB", "64MB", "256MB"):
            target = str(tmp_path / ("%s_%s.tif" % (name, budget)))
            gdal.GetDriverByName("RETILE").CreateCopy(
                target, dataset, options=["MEMORY_MAX=" + budget])
            assert np.array_equal(gdal.Open(target).ReadAsArray(), expected)
