"""Datasets that their description does not open: components of a file and other
readings of it. Whatever is made of one equals what GDAL makes of the same
dataset, never what the description opens."""

import os

import numpy as np
import pytest
from osgeo import gdal

import components
import reading
from components import HEIGHT, WIDTH

KINDS = ["dimap", "dimap-overviews", "thermal-raw", "thermal-counts",
         "thermal-png", "raw-CMYK", "raw-CIELAB"]
DRIVERS = {"dimap": "DIMAP", "thermal": "JPEG", "raw": "GTiff"}


def sample(folder, kind):
    """Makes the files of a kind; returns the name of the dataset."""
    family, _, detail = kind.partition("-")
    if gdal.GetDriverByName(DRIVERS[family]) is None:
        pytest.skip(f"GDAL has no {DRIVERS[family]} driver")
    if family == "dimap":
        return components.dimap_volume(folder, detail == "overviews")
    if family == "thermal":
        return components.thermal_jpeg(folder / "s.jpg", detail)
    return components.raw_tiff(folder / "s.tif", detail)


def names_itself(kind):
    """Whether the dataset's name opens it: of thermal pictures since GDAL 3.11
    or later (seen with 3.13, not with 3.10)."""
    return kind.startswith("thermal") and gdal.VersionInfo() >= "3110000"


def everything(path):
    """Pixels and masks of all levels of all bands."""
    dataset = gdal.Open(str(path))
    found = []
    for i in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(i)
        levels = [band] + [band.GetOverview(n)
                           for n in range(band.GetOverviewCount())]
        for level in levels:
            found += [level.ReadAsArray(), level.GetMaskBand().ReadAsArray()]
    return found


def expect_equal(path, other):
    ours, theirs = everything(path), everything(other)
    assert len(ours) == len(theirs)
    assert [i for i, (a, b) in enumerate(zip(ours, theirs))
            if not np.array_equal(a, b)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_samples_are_not_what_their_description_opens(tmp_path, kind):
    dataset = gdal.Open(sample(tmp_path, kind))
    try:
        other = gdal.Open(dataset.GetDescription()).ReadAsArray()
    except RuntimeError:
        return
    assert (np.array_equal(dataset.ReadAsArray(), other)
            == (kind == "thermal-png" or names_itself(kind)))


LAYOUTS = {"GTIFF": ("GTiff", []), "COG": ("COG", ["COMPRESS=LZW"])}
CHANGES = {
    "none": None, "band": {"bandList": [1]},
    "window": {"srcWin": [37, 11, 250, 201]},
    "type": {"outputType": gdal.GDT_Int32},
    "smaller": {"width": 123, "height": 101, "resampleAlg": "average"}}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", KINDS)
def test_copies_show_what_the_caller_has_open(tmp_path, kind, change, layout):
    source = gdal.Open(sample(tmp_path, kind))
    driver, options = LAYOUTS[layout]
    arguments = CHANGES[change]
    ours, theirs = str(tmp_path / "ours.tif"), str(tmp_path / "theirs.tif")
    own = options + [f"LAYOUT={layout}", "NUM_THREADS=4"]
    if arguments is None:
        gdal.GetDriverByName("RETILE").CreateCopy(ours, source, options=own)
        gdal.GetDriverByName(driver).CreateCopy(theirs, source,
                                                options=options)
    else:
        gdal.Translate(ours, source, format="RETILE", creationOptions=own,
                       **arguments)
        gdal.Translate(theirs, source, format=driver, creationOptions=options,
                       **arguments)
    expect_equal(ours, theirs)


@pytest.mark.parametrize("kind", [k for k in KINDS if "thermal" not in k])
def test_warps_show_what_the_caller_has_open(tmp_path, kind):
    source = gdal.Open(sample(tmp_path, kind))
    warped = gdal.Warp("", source, format="VRT", xRes=3, yRes=3,
                       srcSRS="EPSG:32631", dstSRS="EPSG:32631")
    expected = warped.ReadAsArray()
    gdal.GetDriverByName("RETILE").CreateCopy(
        str(tmp_path / "copy.tif"), warped, options=["NUM_THREADS=4"])
    gdal.Warp(str(tmp_path / "warp.tif"), source, format="RETILE", xRes=3,
              yRes=3, srcSRS="EPSG:32631", dstSRS="EPSG:32631")
    for name in ("copy.tif", "warp.tif"):
        assert np.array_equal(gdal.Open(str(tmp_path / name)).ReadAsArray(),
                              expected)


@pytest.mark.parametrize("kind", KINDS)
def test_views_by_the_name_show_the_component(tmp_path, kind):
    name = sample(tmp_path, kind)
    plain, view = gdal.Open(name), gdal.Open("RETILE:" + name)
    whole = gdal.Open("RETILE:" + plain.GetDescription()) if (
        kind.startswith(("dimap", "raw"))) else None
    for window in reading.random_windows(WIDTH, HEIGHT, 20, 90):
        if whole is not None:
            whole.ReadAsArray(*window)
        assert np.array_equal(view.ReadAsArray(*window),
                              plain.ReadAsArray(*window))
    small = {"buf_xsize": 71, "buf_ysize": 53}
    assert np.array_equal(view.ReadAsArray(**small),
                          plain.ReadAsArray(**small))
    gdal.GetDriverByName("RETILE").CreateCopy(str(tmp_path / "v.retile"), view)
    described = gdal.Open(str(tmp_path / "v.retile"))
    assert np.array_equal(described.ReadAsArray(), plain.ReadAsArray())


@pytest.mark.parametrize("kind", ["dimap", "raw-CIELAB"])
def test_two_readings_of_a_file_are_copied_apart(tmp_path, kind):
    name = sample(tmp_path, kind)
    one = gdal.Open(name)
    two = gdal.Open(one.GetDescription())
    assert two.GetDescription() == one.GetDescription()
    for times in range(2):
        for i, dataset in enumerate((one, two)):
            target = str(tmp_path / f"{times}{i}.tif")
            gdal.Translate(target, dataset, format="RETILE",
                           srcWin=[3, 5, 200, 100])
            assert np.array_equal(gdal.Open(target).ReadAsArray(),
                                  dataset.ReadAsArray(3, 5, 200, 100))


@pytest.mark.parametrize("kind", KINDS)
def test_descriptors_of_components_are_refused(tmp_path, kind):
    source = gdal.Open(sample(tmp_path, kind))
    if names_itself(kind):
        target = str(tmp_path / "d.retile")
        gdal.GetDriverByName("RETILE").CreateCopy(target, source)
        assert np.array_equal(gdal.Open(target).ReadAsArray(),
                              source.ReadAsArray())
        return
    before = sorted(os.listdir(tmp_path))
    for arguments in (None, {"srcWin": [3, 5, 200, 100]}):
        with pytest.raises(RuntimeError, match="write it to a file first"):
            if arguments is None:
                gdal.GetDriverByName("RETILE").CreateCopy(
                    str(tmp_path / "d.retile"), source)
            else:
                gdal.Translate(str(tmp_path / "d.retile"), source,
                               format="RETILE", **arguments)
        assert sorted(os.listdir(tmp_path)) == before
