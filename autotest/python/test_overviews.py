"""Overviews that nobody built, as programs see them."""

import json
import os
import signal

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

WIDTH, HEIGHT = 1501, 1100
CHILD_SECONDS = 300


def make(path, driver, options):
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    noise = numpy.random.default_rng(3).integers(0, 9, (3, HEIGHT, WIDTH))
    bands = numpy.stack([rows + columns, rows * 2, columns * 3])
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(((bands + noise) % 256).astype(numpy.uint8))
    gdal.GetDriverByName(driver).CreateCopy(path, memory, options=options)
    return path


SOURCES = {
    "strips.tif": ("GTiff", ["COMPRESS=DEFLATE", "BLOCKYSIZE=16"]),
    "tiles.tif": ("GTiff", ["COMPRESS=DEFLATE", "TILED=YES"]),
    "scene.png": ("PNG", []),
    "scene.jpg": ("JPEG", ["QUALITY=95"]),
    "scene.jp2": ("JP2OpenJPEG", ["REVERSIBLE=YES", "QUALITY=100",
                                  "BLOCKXSIZE=256", "BLOCKYSIZE=256"]),
}


@pytest.fixture(scope="module", params=sorted(SOURCES))
def source(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("overviews") / request.param
    return make(str(path), *SOURCES[request.param])


def opened(source, *options):
    return gdal.OpenEx("RETILE:" + source, gdal.OF_RASTER, open_options=[
        "BLOCKXSIZE=128", "BLOCKYSIZE=128", *options])


def levels(dataset):
    band = dataset.GetRasterBand(1)
    return [(band.GetOverview(i).XSize, band.GetOverview(i).YSize)
            for i in range(band.GetOverviewCount())]


def built(source, method):
    """A copy of the source with the levels that gdaladdo makes."""
    copy = gdal.GetDriverByName("GTiff").CreateCopy(
        "/vsimem/built.tif", gdal.Open(source),
        options=["TILED=YES", "INTERLEAVE=PIXEL"])
    copy.BuildOverviews(method, [2, 4, 8])
    return copy


def level(dataset, number):
    return numpy.stack([
        dataset.GetRasterBand(i + 1).GetOverview(number).ReadAsArray()
        for i in range(3)])


@pytest.mark.parametrize("method", ["AVERAGE", "CUBIC"])
def test_levels_are_those_of_gdaladdo(source, method):
    view = opened(source, "OVERVIEWS=VIRTUAL", "OVERVIEW_RESAMPLING=" + method)
    want = built(source, method)
    assert levels(view) == [(751, 550), (376, 275), (188, 138)]
    for number in (2, 0, 1):
        assert (level(view, number) == level(want, number)).all()
    gdal.Unlink("/vsimem/built.tif")


def test_a_zoomed_out_scene_is_decoded_once(source):
    view = opened(source, "OVERVIEWS=VIRTUAL", "CACHE=PRIVATE",
                  "CACHE_MAX=32MB")
    first = view.ReadAsArray(buf_xsize=180, buf_ysize=130)
    stats = view.GetMetadata("RETILE_STATS")
    assert stats["DECODE_AMPLIFICATION"] == "1.00"
    assert int(stats["SOURCE_PIXELS_DECODED"]) == WIDTH * HEIGHT
    assert (view.ReadAsArray(buf_xsize=180, buf_ysize=130) == first).all()
    view.ReadAsArray(100, 100, 1000, 900, buf_xsize=400, buf_ysize=360)
    assert (view.GetMetadata("RETILE_STATS")["SOURCE_PIXELS_DECODED"] ==
            stats["SOURCE_PIXELS_DECODED"])


def test_auto_takes_what_a_decoder_has(source):
    view = opened(source, "OVERVIEWS=AUTO")
    plain = gdal.Open(source)
    own = plain.GetRasterBand(1).GetOverviewCount()
    name = view.GetMetadataItem("OVERVIEWS", "RETILE")
    assert name == ("SOURCE" if own else "VIRTUAL")
    assert len(levels(view)) == (own or 3)


def test_gdalinfo_lists_them(source):
    told = gdal.Info(opened(source, "OVERVIEWS=VIRTUAL"), format="json")
    sizes = [item["size"] for item in told["bands"][0]["overviews"]]
    assert sizes == [[751, 550], [376, 275], [188, 138]]


def test_a_descriptor_asks_for_them(source, tmp_path):
    descriptor = tmp_path / "view.retile"
    descriptor.write_text(json.dumps({
        "type": "RETILE", "version": 1, "source": source,
        "options": {"OVERVIEWS": "VIRTUAL", "OVERVIEW_RESAMPLING": "MODE"}}))
    view = gdal.Open(str(descriptor))
    assert view.GetRasterBand(1).GetOverviewCount() == 3
    assert view.GetMetadataItem("OVERVIEW_RESAMPLING", "RETILE") == "MODE"


def test_a_child_of_fork_computes_them(source):
    view = opened(source, "OVERVIEWS=VIRTUAL")
    want = level(opened(source, "OVERVIEWS=VIRTUAL", "CACHE=PRIVATE",
                        "CACHE_MAX=64MB"), 1)
    view.ReadAsArray(0, 0, 300, 300)
    pid = os.fork()
    if pid == 0:
        status = 2
        try:
            signal.alarm(CHILD_SECONDS)
            status = 0 if (level(view, 1) == want).all() else 1
        finally:
            os._exit(status)
    assert (level(view, 1) == want).all()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_damaged_source_fails_the_read(tmp_path):
    path = make(str(tmp_path / "damaged.tif"), *SOURCES["tiles.tif"])
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2)
    view = opened(path, "OVERVIEWS=VIRTUAL")
    with pytest.raises(RuntimeError, match="damaged.tif"):
        level(view, 2)
