"""Statistics and histograms of a view: approximate ones are those of the plain
raster, exact ones are computed from each block once, and none of them is
written beside the source."""

import os
import subprocess
import threading

import numpy
import pytest
from osgeo import gdal

from reading import make, statistics

gdal.UseExceptions()

# Blocks of each kind: rows, tiles, one line, one block, levels of the format.
KINDS = {
    "strips": {},
    "tiles": {},
    "png": {},
    "png_alpha": {},
    "jpeg": {},
    "jp2_tiles": {},
    "with_levels": {"layout": "strips", "overviews": (2, 4)},
    "with_mask": {"layout": "tiles", "mask": True},
}
WIDTH, HEIGHT = 1500, 1100


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Paths by kind, each in a folder of its own."""
    paths = {}
    for kind, recipe in KINDS.items():
        recipe = dict(recipe)
        folder = tmp_path_factory.mktemp(kind)
        paths[kind] = make(folder, recipe.pop("layout", kind), WIDTH, HEIGHT,
                           **recipe)
    folder = tmp_path_factory.mktemp("others")
    paths["float"] = str(folder / "float.tif")
    gdal.Translate(paths["float"], paths["png"],
                   outputType=gdal.GDT_Float32,
                   scaleParams=[[0, 255, 0, 1]], noData=0.5)
    paths["jpeg_in_tiff"] = str(folder / "jpeg.tif")
    gdal.Translate(paths["jpeg_in_tiff"], paths["png"], creationOptions=[
        "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "TILED=YES"])
    return paths


def fresh(path):
    """A view whose cache holds nothing yet."""
    return gdal.OpenEx("RETILE:" + path, open_options=[
        "CACHE=PRIVATE", "CACHE_MAX=32MB"])


def items_of(band):
    return {key: value for key, value in band.GetMetadata().items()
            if key.startswith("STATISTICS_")}


def approximate(band):
    """What GDAL computes from some of the pixels, before and after it keeps
    statistics."""
    return [band.GetHistogram(-0.5, 255.5, 256, True, True),
            band.ComputeRasterMinMax(True), band.ComputeStatistics(True),
            items_of(band), band.GetStatistics(True, False),
            band.ComputeRasterMinMax(True)]


@pytest.fixture(autouse=True)
def nothing_is_stored():
    """Plain datasets store statistics, and would use them the next time."""
    gdal.SetConfigOption("GDAL_PAM_ENABLED", "NO")
    yield
    gdal.SetConfigOption("GDAL_PAM_ENABLED", None)


@pytest.mark.alike
@pytest.mark.parametrize("shape", [(512, 512), (64, 300), (4096, 16)])
@pytest.mark.parametrize("kind", sorted(KINDS) + ["float", "jpeg_in_tiff"])
def test_approximate_ones_are_those_of_the_plain_raster(sources, kind, shape):
    options = ["BLOCKXSIZE=%d" % shape[0], "BLOCKYSIZE=%d" % shape[1]]
    bands = gdal.Open(sources[kind]).RasterCount
    # GDAL 3.6 reads reduced JPEG 2000 without spaces between the pixels.
    levels = 2 if kind == "with_levels" else 0
    for number in range(1, bands + 1):
        for level in range(-1, levels):
            # GDAL leaves statistics in the level that it has taken.
            plain = gdal.Open(sources[kind])
            view = gdal.OpenEx("RETILE:" + sources[kind], open_options=options)
            of_plain, of_view = (dataset.GetRasterBand(number)
                                 for dataset in (plain, view))
            if level >= 0:
                of_plain = of_plain.GetOverview(level)
                of_view = of_view.GetOverview(level)
            assert approximate(of_view) == approximate(of_plain)


def test_approximate_ones_of_few_large_blocks_are_exact(sources):
    """All pixels are read: by the view's blocks, once each."""
    path = sources["jpeg_in_tiff"].replace("jpeg.tif", "one_block.tif")
    gdal.Translate(path, sources["png"], creationOptions=[
        "TILED=YES", "BLOCKXSIZE=1504", "BLOCKYSIZE=1104", "COMPRESS=LZW"])
    plain, view = gdal.Open(path), fresh(path)
    assert approximate(view.GetRasterBand(1)) == \
        approximate(plain.GetRasterBand(1))
    assert "STATISTICS_APPROXIMATE" not in items_of(view.GetRasterBand(1))
    assert statistics(view)["DECODE_AMPLIFICATION"] == 1


def test_approximate_ones_decode_less_than_all(sources):
    view = fresh(sources["tiles"])
    view.GetRasterBand(1).ComputeStatistics(True)
    assert 0 < statistics(view)["SOURCE_PIXELS_DECODED"] < WIDTH * HEIGHT * 0.7


def test_exact_ones_decode_each_block_once(sources):
    view = fresh(sources["strips"])
    pixels = gdal.Open(sources["strips"]).ReadAsArray()
    for number in (1, 2, 3):
        found = view.GetRasterBand(number).ComputeStatistics(False)
        values = pixels[number - 1]
        assert found == pytest.approx(
            [values.min(), values.max(), values.mean(), values.std()], 1e-12)
    assert statistics(view)["DECODE_AMPLIFICATION"] == 1
    assert statistics(view)["SOURCE_PIXELS_DECODED"] == WIDTH * HEIGHT


def test_what_shows_other_pixels_than_the_source_samples_its_own(sources):
    for option in ("PAD_EDGES=YES", "OVERLAP=16", "FOCAL=slope -b 1"):
        view = gdal.OpenEx("RETILE:" + sources["strips"],
                           open_options=[option, "PAD_VALUE=7"]
                           if "FOCAL" not in option else [option])
        band = view.GetRasterBand(1)
        low, high = band.ComputeRasterMinMax(False)
        found = band.ComputeStatistics(True)
        assert low <= found[0] <= found[2] <= found[1] <= high


def test_a_nodata_value_of_the_view_is_left_out(sources):
    view = gdal.Open("RETILE:" + sources["tiles"])
    band = view.GetRasterBand(1)
    lowest = band.ComputeRasterMinMax(False)[0]
    band.SetNoDataValue(lowest)
    assert band.ComputeStatistics(True)[0] > lowest


def test_own_statistics_replace_those_of_the_source(tmp_path, sources):
    path = str(tmp_path / "scene.tif")
    gdal.Translate(path, sources["float"])
    gdal.SetConfigOption("GDAL_PAM_ENABLED", None)
    plain = gdal.Open(path)
    plain.GetRasterBand(1).ComputeStatistics(True)
    plain = None
    view = gdal.Open("RETILE:" + path)
    band = view.GetRasterBand(1)
    assert items_of(band)["STATISTICS_APPROXIMATE"] == "YES"
    exact = band.ComputeStatistics(False)
    assert "STATISTICS_APPROXIMATE" not in items_of(band)
    assert band.GetMetadataItem("STATISTICS_APPROXIMATE") is None
    assert band.GetStatistics(False, False) == pytest.approx(exact)


def listed(folder):
    return sorted(name for name in os.listdir(folder))


@pytest.mark.parametrize("option", ["-stats", "-approx_stats", "-hist"])
def test_gdalinfo_of_a_prefix_stores_nothing_and_says_so(sources, tmp_path,
                                                         option):
    path = str(tmp_path / "scene.tif")
    gdal.Translate(path, sources["tiles"])
    done = subprocess.run(
        ["gdalinfo", option, "--debug", "RETILE", "RETILE:" + path],
        check=True, timeout=120, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True,
        env={**os.environ, "GDAL_PAM_ENABLED": "YES"})
    assert listed(tmp_path) == ["scene.tif"]
    if option != "-hist":
        assert "STATISTICS_MAXIMUM" in done.stdout
        assert done.stderr.count("kept until it is closed") == 1


@pytest.mark.parametrize("option", ["-stats", "-approx_stats"])
def test_those_of_a_descriptor_are_stored_beside_it(sources, tmp_path, option):
    path = str(tmp_path / "scene.tif")
    view = str(tmp_path / "scene.retile")
    gdal.Translate(path, sources["tiles"])
    gdal.Translate(view, path, format="RETILE")
    done = subprocess.run(
        ["gdalinfo", option, "--debug", "RETILE", view],
        check=True, timeout=120, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True,
        env={**os.environ, "GDAL_PAM_ENABLED": "YES"})
    assert "kept until it is closed" not in done.stderr
    assert listed(tmp_path) == ["scene.retile", "scene.retile.aux.xml",
                                "scene.tif"]
    gdal.SetConfigOption("GDAL_PAM_ENABLED", None)
    again = gdal.Open(view)
    kept = items_of(again.GetRasterBand(1))
    assert ("STATISTICS_APPROXIMATE" in kept) == (option == "-approx_stats")
    assert kept["STATISTICS_MAXIMUM"] in done.stdout


def test_threads_compute_approximate_ones_at_the_same_time(sources):
    view = gdal.Open("RETILE:" + sources["strips"])
    plain = gdal.Open(sources["strips"])
    expected = plain.GetRasterBand(2).ComputeStatistics(True)
    found = []

    def compute():
        found.append(view.GetRasterBand(2).ComputeStatistics(True))

    threads = [threading.Thread(target=compute) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [expected] * 8


def test_a_cancel_ends_them():
    raw = gdal.GetDriverByName("MEM").Create("", 2000, 2000)
    raw.WriteArray(numpy.zeros((2000, 2000), "uint8"))
    gdal.GetDriverByName("GTiff").CreateCopy("/vsimem/cancel.tif", raw)
    view = gdal.Open("RETILE:/vsimem/cancel.tif")
    with pytest.raises(RuntimeError, match="(?i)terminated"):
        view.GetRasterBand(1).ComputeStatistics(True, lambda *_: 0)
    view = None
    gdal.Unlink("/vsimem/cancel.tif")
