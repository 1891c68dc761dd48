"""Copies to names that look like another format: the file is a TIFF all the
same, and a warning says so."""

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()


def copy(path, options=()):
    """The driver that the result opens with, and the warnings."""
    raw = gdal.GetDriverByName("MEM").Create("", 70, 60)
    raw.WriteArray(numpy.full((60, 70), 7, "uint8"))
    said = []
    gdal.PushErrorHandler(lambda level, _, text: said.append((level, text)))
    try:
        made = gdal.GetDriverByName("RETILE").CreateCopy(path, raw, 0,
                                                         list(options))
        made = None
    finally:
        gdal.PopErrorHandler()
    assert made is None
    return gdal.Open(path).GetDriver().ShortName, said


@pytest.mark.parametrize("name, owner", [
    ("out.jp2", "JP2"), ("out.png", "PNG"), ("out.JPG", "JPEG"),
    ("out.img", "HFA"), ("out.vrt", "VRT")])
def test_a_name_of_another_format_gives_one_warning(tmp_path, name, owner):
    driver, said = copy(str(tmp_path / name))
    assert driver == "GTiff"
    (level, text), = said
    assert level == gdal.CE_Warning
    assert name in text and owner in text and "becomes a GeoTIFF" in text


@pytest.mark.parametrize("name", [
    "out.tif", "out.TIFF", "out.tiff", "out", "out.gtiff", "out.unknown",
    "out.", ".hidden", "v1.2/out"])
def test_other_names_give_none(tmp_path, name):
    (tmp_path / "v1.2").mkdir()
    assert copy(str(tmp_path / name)) == ("GTiff", [])


def test_a_temporary_name_in_memory_gives_none():
    assert copy("/vsimem/5f1b9e") == ("GTiff", [])
    gdal.Unlink("/vsimem/5f1b9e")


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_a_layout_says_that_the_name_is_meant(tmp_path, layout):
    assert copy(str(tmp_path / "out.png"), ["LAYOUT=" + layout]) == \
        ("GTiff", [])
