"""The types and masks of bands that a copy accepts. A file has one type and one
mask: everything else is refused before anything is written."""

import itertools

import numpy as np
import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()


def mixed(folder, *kinds):
    """A VRT with a band of each type; all bands have the same pixels."""
    bands = []
    pixels = copying.pixels(200, 150, 1, "Byte")
    for number, kind in enumerate(kinds, 1):
        dataset = copying.memory(200, 150, 1, kind)
        dataset.GetRasterBand(1).WriteArray(pixels)
        copying.write(folder / f"{number}.tif", "GTiff", dataset)
        bands.append(
            f'<VRTRasterBand dataType="{kind}" band="{number}"><SimpleSource>'
            f'<SourceFilename relativeToVRT="1">{number}.tif</SourceFilename>'
            "</SimpleSource></VRTRasterBand>")
    name = folder / "mixed.vrt"
    name.write_text('<VRTDataset rasterXSize="200" rasterYSize="150">'
                    + "".join(bands) + "</VRTDataset>")
    return str(name), pixels


@pytest.mark.parametrize("kinds", [("Byte", "UInt16"), ("UInt16", "Byte"),
                                   ("Byte", "Byte", "Float64")])
@pytest.mark.parametrize("options", [("LAYOUT=COG", "BLOCKSIZE=128"),
                                     ("OVERVIEWS=AUTO", "BLOCKXSIZE=128",
                                      "BLOCKYSIZE=128")])
def test_overviews_of_mixed_types_are_refused(tmp_path, kinds, options):
    source, _ = mixed(tmp_path, *kinds)
    text = copying.refusal(tmp_path / "c.tif", source, *options)
    assert "different types" in text and kinds[-1] in text


@pytest.mark.parametrize("kinds", [("Byte", "UInt16"), ("UInt16", "Byte"),
                                   ("Float32", "Byte")])
def test_mixed_types_without_overviews_become_the_first(tmp_path, kinds):
    source, pixels = mixed(tmp_path, *kinds)
    with copying.collected():
        gdal.Translate(str(tmp_path / "g.tif"), source, format="COG")
        gdal.Translate(str(tmp_path / "c.tif"), source, format="RETILE",
                       creationOptions=["LAYOUT=COG", "STATISTICS=YES"])
    found = gdal.Open(str(tmp_path / "c.tif"))
    expected = gdal.Open(str(tmp_path / "g.tif"))
    for number in (1, 2):
        band = found.GetRasterBand(number)
        assert band.DataType == expected.GetRasterBand(number).DataType
        assert (band.ReadAsArray() == pixels).all()
        assert float(band.GetMetadataItem("STATISTICS_MAXIMUM")) \
            == pixels.max()


def test_strict_copies_of_mixed_types_fail_as_gtiff_does(tmp_path):
    source, _ = mixed(tmp_path, "Byte", "UInt16")
    for options in ([], ["OVERVIEWS=AUTO"]):
        with copying.collected() as messages:
            made = gdal.GetDriverByName("RETILE").CreateCopy(
                str(tmp_path / "c.tif"), gdal.Open(source), True, options)
        assert made is None
        (text,) = copying.failures(messages)
        assert "different datatypes" in text


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("block", ["TILED=YES", "BLOCKYSIZE=7"])
@pytest.mark.parametrize("n_bands", [1, 2])
def test_bands_may_come_in_any_order_and_twice(tmp_path, n_bands, block,
                                               interleave):
    dataset = copying.memory(70, 50, n_bands, "UInt16")
    for number in range(1, n_bands + 1):
        dataset.GetRasterBand(number).WriteArray(
            copying.pixels(70, 50, number, "UInt16"))
    source = tmp_path / "s.tif"
    copying.write(source, "GTiff", dataset, "COMPRESS=DEFLATE", block,
                  f"INTERLEAVE={interleave}")
    for bands in itertools.product(range(1, n_bands + 1), repeat=3):
        for options in (["INTERLEAVE=PIXEL"], ["INTERLEAVE=BAND"],
                        ["LAYOUT=COG"], ["BLOCKXSIZE=256", "BLOCKYSIZE=256",
                                         "COMPRESS=DEFLATE"]):
            made = gdal.Translate(str(tmp_path / "c.tif"), str(source),
                                  format="RETILE", bandList=list(bands),
                                  creationOptions=options)
            for number, band in enumerate(bands, 1):
                assert (made.GetRasterBand(number).ReadAsArray()
                        == dataset.GetRasterBand(band).ReadAsArray()).all()


VIEWS = [["OVERLAP=16", "BLOCKXSIZE=96", "BLOCKYSIZE=96"],
         ["OVERLAP=8", "BLOCKXSIZE=96", "BLOCKYSIZE=96", "OVERLAP_MODE=PAD",
          "PAD_VALUE=9"],
         ["PAD_EDGES=YES", "PAD_VALUE=77"]]


def padded(folder, n_bands, options, nodata=0):
    dataset = cogs.scene(300, 250, n_bands)
    for number in range(1, n_bands + 1):
        if nodata is not None:
            dataset.GetRasterBand(number).SetNoDataValue(nodata)
    copying.write(folder / "s.tif", "GTiff", dataset)
    return gdal.OpenEx(f"RETILE:{folder / 's.tif'}", open_options=options)


def masks(dataset):
    return [dataset.GetRasterBand(1).GetMaskBand().ReadAsArray() != 0] + [
        dataset.GetRasterBand(1).GetMaskBand().GetOverview(i).ReadAsArray()
        != 0 for i in range(dataset.GetRasterBand(1).GetOverviewCount())]


@pytest.mark.parametrize("layout", ["LAYOUT=COG", "OVERVIEWS=AUTO"])
@pytest.mark.parametrize("options", VIEWS)
def test_a_mask_of_one_band_is_kept_on_all_levels(tmp_path, options, layout):
    """The result is that of a mask of the dataset."""
    view = padded(tmp_path, 1, options)
    bare = copying.memory(view.RasterXSize, view.RasterYSize, 1, "Byte")
    bare.WriteArray(view.ReadAsArray())
    bare.CreateMaskBand(gdal.GMF_PER_DATASET)
    valid = masks(view)[0]
    bare.GetRasterBand(1).GetMaskBand().WriteArray(
        valid.astype(np.uint8) * 255)
    size = ["BLOCKSIZE=128"] if layout == "LAYOUT=COG" else \
        ["BLOCKXSIZE=128", "BLOCKYSIZE=128"]
    made = gdal.Translate(str(tmp_path / "c.tif"), view, format="RETILE",
                          creationOptions=[layout, *size,
                                           "OVERVIEW_RESAMPLING=AVERAGE"])
    expected = cogs.theirs(tmp_path / "g.tif", bare, "BLOCKSIZE=128",
                           "OVERVIEW_RESAMPLING=AVERAGE")
    assert made.GetRasterBand(1).GetOverviewCount() > 0
    assert (~valid).any()
    for found, wanted in zip(masks(made), masks(expected), strict=True):
        assert (found == wanted).all()
    for i in range(expected.GetRasterBand(1).GetOverviewCount()):
        found, wanted = (d.GetRasterBand(1).GetOverview(i).ReadAsArray()
                         for d in (made, expected))
        inside = masks(expected)[i + 1]
        assert (found[inside] == wanted[inside]).all()


@pytest.mark.parametrize("layout", ["LAYOUT=COG", "OVERVIEWS=AUTO"])
def test_masks_of_several_bands_are_not_left_out(tmp_path, layout):
    view = padded(tmp_path, 3, VIEWS[0])
    text = copying.refusal(tmp_path / "c.tif", view, layout)
    assert "mask of its own" in text
    view = padded(tmp_path, 3, VIEWS[0], None)
    made = gdal.Translate(str(tmp_path / "c.tif"), view, format="RETILE",
                          creationOptions=[layout])
    assert (masks(made)[0] == masks(view)[0]).all()


@pytest.mark.parametrize("method", ["AVERAGE", "CUBIC", "BILINEAR"])
@pytest.mark.parametrize("alpha", [[1], [1, 0], [0, 1], [0, 0, 1], [1, 0, 0]])
def test_alpha_is_a_mask_at_any_position(tmp_path, alpha, method):
    """Pixels whose alpha is 0 do not count."""
    dataset = copying.memory(215, 141, len(alpha), "Byte")
    for number, is_alpha in enumerate(alpha, 1):
        if is_alpha:
            band = dataset.GetRasterBand(number)
            band.SetColorInterpretation(gdal.GCI_AlphaBand)
            band.WriteArray(band.ReadAsArray() * (np.arange(215) % 5 > 1))
    cogs.assert_same(tmp_path, dataset, "BLOCKSIZE=128",
                     f"OVERVIEW_RESAMPLING={method}")
