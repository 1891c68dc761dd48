"""What the driver says of itself is what the GDAL that runs says of its own, and
nothing warns."""

import xml.etree.ElementTree as ElementTree

import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()


def options_of(driver):
    """{name: (attributes, values)} of the creation options."""
    text = gdal.GetDriverByName(driver).GetMetadataItem(
        "DMD_CREATIONOPTIONLIST")
    return {option.get("name"): (
        {key: option.get(key) for key in ("default", "min", "max")},
        [value.text for value in option.findall("Value")])
        for option in ElementTree.fromstring(text)}


# Options that take more values here, or other defaults.
OWN = {"BLOCKXSIZE", "BLOCKYSIZE", "NUM_THREADS", "OVERVIEWS", "PREDICTOR",
       "TILED"}
# Here they are as GTiff has them, for both layouts, with the COG driver's values.
SHARED = set(options_of("GTiff"))


@pytest.mark.parametrize("driver", ["GTiff", "COG"])
def test_options_are_those_of_the_drivers(driver):
    ours, theirs = options_of("RETILE"), options_of(driver)
    for name in set(theirs) & set(ours) - OWN:
        (attributes, values), (given, chosen) = ours[name], theirs[name]
        if driver == "GTiff" or name not in SHARED:
            assert attributes == given, name
            assert values[:len(chosen)] == chosen, name
        assert set(chosen) <= set(values), name
    if driver == "COG":
        assert set(theirs) <= set(ours)


def test_types_are_those_of_gtiff():
    ours, gtiff = (gdal.GetDriverByName(name).GetMetadataItem(
        "DMD_CREATIONDATATYPES") for name in ("RETILE", "GTiff"))
    assert ours == gtiff


def test_it_says_what_gdal_expects_of_a_driver():
    ours = gdal.GetDriverByName("RETILE").GetMetadata()
    assert ours["DMD_HELPTOPIC"].endswith("/README.md")
    assert ours["DMD_EXTENSION"] == "retile"
    # GDAL 3.11 and later.
    if gdal.GetDriverByName("GTiff").GetMetadataItem("DCAP_COORDINATE_EPOCH"):
        assert ours["DCAP_COORDINATE_EPOCH"] == "YES"


def use(name):
    """Does what programs do with a dataset."""
    opened = gdal.Open(name)
    band = opened.GetRasterBand(1)
    gdal.Info(opened, computeMinMax=True, computeChecksum=True, stats=True,
              reportHistograms=True)
    band.GetMetadata("IMAGE_STRUCTURE")
    band.GetMaskBand().GetMetadata("IMAGE_STRUCTURE")
    gdal.Translate("/vsimem/used.vrt", opened, format="VRT", width=10)
    gdal.Warp("/vsimem/used.tif", opened, width=10, height=10)
    for name in ("/vsimem/used.vrt", "/vsimem/used.tif"):
        gdal.Unlink(name)


@pytest.mark.parametrize("options", [
    [], ["OVERVIEWS=VIRTUAL"], ["PAD_EDGES=YES"], ["OVERLAP=4"],
    ["FOCAL=roughness"]])
def test_views_do_not_warn(tmp_path, options):
    source = copying.write(tmp_path / "in.tif", "GTiff",
                           cogs.scene(600, 500, 1))
    names = ["RETILE:%s" % source, '{"type": "RETILE", "version": 1, '
             '"source": "%s", "options": {%s}}' % (source, ", ".join(
                 '"%s": "%s"' % tuple(one.split("=")) for one in options))]
    with copying.collected() as messages:
        for name in names:
            use(name)
    # gdalwarp refuses overlapped tiles, which have no place.
    assert [text for severity, text in messages if severity < 3] == []


def test_values_of_the_cog_driver_do_not_warn(tmp_path):
    """INTERLEAVE=TILE, for instance, which GTiff does not have."""
    source = cogs.scene(600, 500, 3)
    for value in options_of("COG").get("INTERLEAVE", ({}, []))[1]:
        with copying.collected() as messages:
            assert cogs.ours(tmp_path / "c.tif", source,
                             "INTERLEAVE=" + value) is not None
        assert messages == []


@pytest.mark.parametrize("layout", ["GTIFF", "COG", "DESCRIPTOR"])
def test_copies_do_not_warn(tmp_path, layout):
    source = copying.write(tmp_path / "in.tif", "GTiff",
                           cogs.scene(600, 500, 3))
    with copying.collected() as messages:
        for name in (str(source), "RETILE:%s" % source):
            assert gdal.GetDriverByName("RETILE").CreateCopy(
                str(tmp_path / "out"), gdal.Open(name), 0,
                ["LAYOUT=" + layout]) is not None
    assert messages == []
