"""Files below a dataset that GDAL does not list: sources of mosaics of mosaics,
of views, of connections to VRTs."""

import os

import pytest
from osgeo import gdal

gdal.UseExceptions()


def make(name, value, x=0):
    made = gdal.GetDriverByName("GTiff").Create(str(name), 100, 90)
    made.SetGeoTransform((x, 1, 0, 100, 0, -1))
    made.GetRasterBand(1).Fill(value)


def named_in_a_vrt(folder, name, vrt):
    """By GDAL's own words: gdalbuildvrt would open some of these names."""
    (folder / vrt).write_text(
        '<VRTDataset rasterXSize="100" rasterYSize="90"><VRTRasterBand '
        'dataType="Byte" band="1"><SimpleSource><SourceFilename>%s'
        '</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>' % name)
    return vrt


def mosaic(folder, of, vrt):
    gdal.BuildVRT(vrt, of).FlushCache()
    return vrt


def depth(n):
    def made(folder):
        names = ["a.tif", "b.tif"]
        for i in range(n):
            names = [mosaic(folder, names, "m%d.vrt" % i)]
        return names[0]
    return made


def descriptor(folder, name):
    gdal.GetDriverByName("RETILE").CreateCopy("v.retile", gdal.Open(name))
    return "v.retile"


BELOW = {
    "mosaic": depth(1), "of a mosaic": depth(2), "of mosaics": depth(4),
    "over a view": lambda folder: named_in_a_vrt(folder, "RETILE:a.tif",
                                                 "v.vrt"),
    "over a view of mosaics": lambda folder: named_in_a_vrt(
        folder, "RETILE:" + depth(2)(folder), "v.vrt"),
    "over a descriptor": lambda folder: named_in_a_vrt(
        folder, descriptor(folder, "a.tif"), "v.vrt"),
    "descriptor of mosaics": lambda folder: descriptor(folder,
                                                       depth(2)(folder)),
    "over a connection": lambda folder: named_in_a_vrt(
        folder, "vrt://a.tif?bands=1", "v.vrt"),
    "connection": lambda folder: "vrt://" + depth(2)(folder),
    "over a part of a file": lambda folder: named_in_a_vrt(
        folder, "GTIFF_DIR:1:a.tif", "v.vrt"),
    "text": lambda folder: (folder / named_in_a_vrt(
        folder, depth(2)(folder), "v.vrt")).read_text(),
}


@pytest.fixture(params=BELOW)
def below(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make("a.tif", 7)
    make("b.tif", 8, 100)
    return BELOW[request.param](tmp_path)


def first(name):
    return gdal.Open(name).ReadAsArray()[0, 0]


def test_a_new_view_shows_files_that_have_changed(request, below):
    view = "RETILE:" + below
    kept = gdal.Open(view)
    assert kept.ReadAsArray()[0, 0] == 7
    make("a.tif", 9)
    assert first(view) == first(below)
    # GDAL opens a connection in a VRT once a thread.
    assert first(below) == 9 or "over a connection" in request.node.name


@pytest.mark.parametrize("prefix", ["", "RETILE:"])
@pytest.mark.parametrize("layout", ["GTIFF", "COG", "DESCRIPTOR"])
def test_no_source_is_the_target(below, layout, prefix):
    before = {name: open(name, "rb").read() for name in os.listdir(".")}
    with pytest.raises(RuntimeError, match="cannot be the target"):
        gdal.GetDriverByName("RETILE").CreateCopy(
            "a.tif", gdal.Open(prefix + below), options=["LAYOUT=" + layout])
    assert {name: open(name, "rb").read()
            for name in os.listdir(".")} == before


def test_other_targets_are_written(below):
    gdal.GetDriverByName("RETILE").CreateCopy("o.tif", gdal.Open(below))
    assert first("o.tif") == 7
