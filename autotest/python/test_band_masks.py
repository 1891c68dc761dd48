"""Masks of single bands, whichever bands have one, are copied as GTiff copies
them."""

import itertools

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

WIDTH, HEIGHT = 301, 203
SUBSETS = [subset for n in (1, 2, 3)
           for subset in itertools.combinations((1, 2, 3), n)]
BAND = """<VRTRasterBand dataType="Byte" band="%d"><SimpleSource>
<SourceFilename relativeToVRT="1">%s</SourceFilename><SourceBand>%d</SourceBand>
</SimpleSource>%s</VRTRasterBand>"""
MASK = """<MaskBand><VRTRasterBand dataType="Byte"><SimpleSource>
<SourceFilename relativeToVRT="1">%s</SourceFilename><SourceBand>%d</SourceBand>
</SimpleSource></VRTRasterBand></MaskBand>"""
SOURCES = {
    "strips": ["INTERLEAVE=PIXEL"],
    "tiles": ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"],
    "bands": ["INTERLEAVE=BAND"],
}
OPTIONS = [[], ["INTERLEAVE=BAND"], ["COMPRESS=JPEG"], ["NUM_THREADS=1"],
           ["SPILL=NONE", "BLOCKXSIZE=128", "BLOCKYSIZE=128"]]


def make(folder, kind, masked):
    pixels = gdal.GetDriverByName("GTiff").Create(
        str(folder / "pixels.tif"), WIDTH, HEIGHT, 6, options=SOURCES[kind])
    pixels.WriteArray(numpy.random.RandomState(3).randint(
        0, 255, (6, HEIGHT, WIDTH)))
    for band in (4, 5, 6):
        pixels.GetRasterBand(band).WriteArray(numpy.where(
            numpy.add.outer(numpy.arange(HEIGHT) * band,
                            numpy.arange(WIDTH)) % 97 < 40, 0, 255))
    pixels = None
    name = folder / "masked.vrt"
    name.write_text(
        '<VRTDataset rasterXSize="%d" rasterYSize="%d">%s</VRTDataset>' % (
            WIDTH, HEIGHT, "".join(
                BAND % (band, "pixels.tif", band,
                        MASK % ("pixels.tif", band + 3)
                        if band in masked else "") for band in (1, 2, 3))))
    return str(name)


def masks_of(name):
    dataset = gdal.Open(name)
    bands = [dataset.GetRasterBand(i + 1) for i in range(dataset.RasterCount)]
    return [(band.GetMaskFlags(), band.GetMaskBand().ReadRaster())
            for band in bands]


@pytest.mark.alike
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o))
@pytest.mark.parametrize("through", ["", "RETILE:"])
@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("masked", SUBSETS, ids=str)
def test_copies_have_the_masks_that_gtiff_gives(tmp_path, masked, kind, through,
                                                options):
    name = through + make(tmp_path, kind, masked)
    plain, ours = str(tmp_path / "plain.tif"), str(tmp_path / "ours.tif")
    gdal.Translate(plain, name, format="GTiff")
    gdal.Translate(ours, name, format="RETILE", creationOptions=options)
    assert masks_of(ours) == masks_of(plain)
    assert [bool(flags & gdal.GMF_ALL_VALID) for flags, _ in masks_of(ours)] == [
        band not in masked for band in (1, 2, 3)]


@pytest.mark.parametrize("words", [["-outsize", "50%", "50%"],
                                   ["-srcwin", "5", "7", "200", "150"],
                                   ["-b", "3", "-b", "1"], ["-b", "2"]],
                         ids=lambda words: words[0])
@pytest.mark.parametrize("masked", SUBSETS, ids=str)
def test_parts_have_the_masks_that_gtiff_gives(tmp_path, masked, words):
    name = make(tmp_path, "strips", masked)
    plain, ours = str(tmp_path / "plain.tif"), str(tmp_path / "ours.tif")
    gdal.Translate(plain, name, options=["-of", "GTiff", *words])
    gdal.Translate(ours, name, options=["-of", "RETILE", *words])
    assert masks_of(ours) == masks_of(plain)
