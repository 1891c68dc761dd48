"""COMPRESS=LERC: tiles that libtiff cannot decode are refused."""

import numpy as np
import pytest
from osgeo import gdal

import copying

gdal.UseExceptions()
CODECS = ("LERC", "LERC_DEFLATE", "LERC_ZSTD")


def scene(n_bands, kind, not_a_number):
    dataset = copying.memory(300, 280, n_bands, kind)
    for number in range(1, n_bands + 1):
        pixels = copying.pixels(300, 280, number, "Byte") + 0.25
        if not_a_number:
            pixels[200:, 100:110] = np.nan
        dataset.GetRasterBand(number).WriteArray(pixels)
    return dataset


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("kind", ["Float32", "Float64"])
@pytest.mark.parametrize("options", [("INTERLEAVE=PIXEL",), ("LAYOUT=COG",),
                                     ("OVERVIEWS=AUTO", "BLOCKXSIZE=128",
                                      "BLOCKYSIZE=128")])
def test_nan_in_several_bands_is_refused(tmp_path, options, kind, codec):
    source = scene(2, kind, True)
    text = copying.refusal(tmp_path / "c.tif", source, f"COMPRESS={codec}",
                           *options)
    assert "COMPRESS=LERC" in text and "NaN" in text


def test_nan_of_overviews_alone_is_refused(tmp_path):
    source = scene(2, "Float32", False)
    for number in (1, 2):
        band = source.GetRasterBand(number)
        pixels = band.ReadAsArray()
        pixels[:, ::2] = np.inf
        pixels[:, 1::2] = -np.inf
        band.WriteArray(pixels)
    text = copying.refusal(tmp_path / "c.tif", source, "COMPRESS=LERC",
                           "LAYOUT=COG", "BLOCKSIZE=128",
                           "OVERVIEW_RESAMPLING=AVERAGE")
    assert "NaN" in text


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("n_bands, options", [
    (1, ("INTERLEAVE=PIXEL",)), (1, ("LAYOUT=COG",)),
    (2, ("INTERLEAVE=BAND",))])
def test_nan_of_tiles_of_one_band_comes_back(tmp_path, n_bands, options,
                                             codec):
    source = scene(n_bands, "Float32", True)
    made = gdal.Translate(str(tmp_path / "c.tif"), source, format="RETILE",
                          creationOptions=[f"COMPRESS={codec}", *options])
    assert np.array_equal(made.ReadAsArray(), source.ReadAsArray(),
                          equal_nan=True)


def test_bytes_in_the_other_order_that_look_like_nan_are_refused(tmp_path):
    source = copying.memory(64, 64, 1, "Float32")
    pixels = np.full((64, 64), 1.5, ">f4")
    pixels.view("u1").reshape(64, 64, 4)[3, 4] = (1, 2, 0xC1, 0x7F)
    source.WriteArray(pixels.astype("<f4"))
    text = copying.refusal(tmp_path / "c.tif", source, "COMPRESS=LERC",
                           "ENDIANNESS=BIG")
    assert "ENDIANNESS" in text
