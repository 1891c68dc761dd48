"""COGs by RETILE and by GDAL's COG driver, and checks that they are equal."""

import numpy as np
from osgeo import gdal, osr
from osgeo_utils import gdalcompare
from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator

import copying

gdal.UseExceptions()

OURS = ("MEMORY_MAX", "NUM_THREADS", "SPILL")
PLACE = (4e5, 10, 0, 5e6, 0, -10)


def place(dataset, transform=PLACE, code=32633):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    dataset.SetProjection(srs.ExportToWkt())
    dataset.SetGeoTransform(transform)
    return dataset


def scene(width, height, bands=1, kind="Byte", valid="none"):
    """A slope with noise and a hole of zeros, in memory. valid: how the data
    are marked: not at all, by nodata, by a mask, or by one more band."""
    n_bands = bands + (valid == "alpha")
    made = place(copying.memory(width, height, n_bands, kind))
    y, x = np.mgrid[0:height, 0:width]
    hole = (x - width / 3) ** 2 + (y - height / 2) ** 2 < (height / 4) ** 2
    for number in range(1, bands + 1):
        band = made.GetRasterBand(number)
        pixels = copying.pixels(width, height, number, kind) + 1
        band.WriteArray(np.where(hole, 0, pixels))
        if valid == "nodata":
            band.SetNoDataValue(0)
    if bands == 3:
        for number, meant in enumerate((gdal.GCI_RedBand, gdal.GCI_GreenBand,
                                        gdal.GCI_BlueBand), 1):
            made.GetRasterBand(number).SetColorInterpretation(meant)
    validity = np.where(hole, 0, 255).astype(np.uint8)
    if valid == "alpha":
        made.GetRasterBand(n_bands).WriteArray(validity)
        made.GetRasterBand(n_bands).SetColorInterpretation(gdal.GCI_AlphaBand)
    if valid == "mask":
        made.CreateMaskBand(gdal.GMF_PER_DATASET)
        made.GetRasterBand(1).GetMaskBand().WriteArray(validity)
    return made


def tiff(name, dataset, *options):
    """Writes a GeoTIFF with its mask inside."""
    with copying.configured(GDAL_TIFF_INTERNAL_MASK="YES"):
        return copying.write(name, "GTiff", dataset, *options)


def ours(name, source, *options, **more):
    return gdal.Translate(str(name), source, format="RETILE",
                          creationOptions=["LAYOUT=COG", *options], **more)


def interleaved(options):
    """From GDAL 3.11 on the COG driver keeps bands apart that are so in the
    source; RETILE interleaves them unless it is told otherwise."""
    known = gdal.GetDriverByName("COG").GetMetadataItem(
        "DMD_CREATIONOPTIONLIST")
    if "'INTERLEAVE'" not in known or any(
            option.startswith("INTERLEAVE=") for option in options):
        return []
    return ["INTERLEAVE=PIXEL"]


def theirs(name, source, *options, **more):
    options = [option for option in options if not option.startswith(OURS)]
    options += interleaved(options)
    return gdal.Translate(str(name), source, format="COG",
                          creationOptions=options, **more)


def both(folder, source, *options, **more):
    """Makes both copies. Returns the names of ours and theirs."""
    found, expected = folder / "ours" / "c.tif", folder / "theirs" / "c.tif"
    for name in (found, expected):
        name.parent.mkdir(exist_ok=True)
    assert theirs(expected, source, *options, **more) is not None
    assert ours(found, source, *options, **more) is not None
    return found, expected


def levels(name):
    """The raster itself and its overviews, one dataset for each."""
    opened = gdal.Open(str(name))
    count = opened.GetRasterBand(1).GetOverviewCount()
    return [opened] + [
        gdal.OpenEx(str(name), open_options=["OVERVIEW_LEVEL=%d" % level])
        for level in range(count)]


def pixels_of(name):
    """For each level: its size, its bytes, and the bytes of its masks."""
    return [(level.RasterXSize, level.RasterYSize, level.ReadRaster(),
             [level.GetRasterBand(number).GetMaskBand().ReadRaster()
              for number in range(1, level.RasterCount + 1)])
            for level in levels(name)]


def assert_valid(name):
    """Checks with GDAL's validator. It warns of missing overviews, which is
    allowed."""
    warnings, errors, _ = validator.validate(str(name), full_check=True)
    assert errors == []
    assert [text for text in warnings if "overviews" not in text] == []


def assert_same_pixels(found, expected):
    assert pixels_of(found) == pixels_of(expected)


def assert_same(folder, source, *options, **more):
    """Checks that both copies are the same byte for byte, and valid."""
    found, expected = both(folder, source, *options, **more)
    if found.read_bytes() != expected.read_bytes():
        assert_same_pixels(found, expected)
        copying.assert_same_datasets(found, expected)
        raise AssertionError("the files differ, pixels and metadata do not")
    assert_valid(found)
    assert gdalcompare.find_diff(str(expected), str(found)) == 0
    return found
