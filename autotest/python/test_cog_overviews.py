"""The overviews of a copy, those of the source or new ones, with LAYOUT=COG and
with LAYOUT=GTIFF."""

import numpy as np
import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()

WHICH = ["AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"]
SMALL = ["COMPRESS=DEFLATE", "BLOCKSIZE=128"]


def with_overviews(name, valid, factors, *options, beside=False):
    """The overviews are other noise, so that new ones differ from them."""
    cogs.tiff(name, cogs.scene(900, 700, 1, "Byte", valid), *options)
    opened = gdal.Open(str(name), gdal.GA_ReadOnly if beside
                       else gdal.GA_Update)
    opened.BuildOverviews("NEAREST", factors)
    opened = None
    opened = gdal.Open(str(name), gdal.GA_Update)
    noise = np.random.default_rng(5)
    for level in range(len(factors)):
        band = opened.GetRasterBand(1).GetOverview(level)
        band.WriteArray(noise.integers(0, 9, (band.YSize, band.XSize)))
    opened = None
    return str(name)


@pytest.mark.parametrize("which", WHICH)
@pytest.mark.parametrize("valid", ["none", "nodata", "mask"])
def test_a_sources_overviews_are_taken_or_not(tmp_path, valid, which):
    for n, factors in enumerate(([2, 4], [3], [2, 4, 8, 16])):
        source = with_overviews(tmp_path / ("in%d.tif" % n), valid, factors)
        cogs.assert_same(tmp_path, source, "OVERVIEWS=" + which, *SMALL)


@pytest.mark.parametrize("count", ["1", "2", "9"])
@pytest.mark.parametrize("which", WHICH)
def test_no_more_than_asked_for(tmp_path, which, count):
    source = with_overviews(tmp_path / "in.tif", "none", [2, 4, 8])
    plain = cogs.tiff(tmp_path / "plain.tif", cogs.scene(900, 700))
    for name in (source, plain):
        cogs.assert_same(tmp_path, name, "OVERVIEWS=" + which,
                         "OVERVIEW_COUNT=" + count, *SMALL)


def test_there_are_no_overviews_if_none_are_requested(tmp_path):
    """GDAL's driver fails in this case."""
    source = cogs.scene(900, 700)
    cogs.ours(tmp_path / "c.tif", source, "OVERVIEW_COUNT=0", *SMALL)
    assert len(cogs.levels(tmp_path / "c.tif")) == 1


@pytest.mark.parametrize("which", WHICH)
def test_masks_whose_overviews_are_not_there(tmp_path, which):
    """The overviews of the image exist, those of the mask do not."""
    source = str(tmp_path / "in.tif")
    cogs.tiff(source, cogs.scene(900, 700))
    gdal.Open(source, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    masked = gdal.Open(source)
    masked.CreateMaskBand(gdal.GMF_PER_DATASET)
    masked.GetRasterBand(1).GetMaskBand().WriteArray(
        np.tri(700, 900, dtype=np.uint8) * 255)
    masked = None
    masked = gdal.Open(source)
    assert masked.GetRasterBand(1).GetMaskFlags() == gdal.GMF_PER_DATASET
    masked = None
    cogs.assert_same(tmp_path, source, "OVERVIEWS=" + which, *SMALL)


def test_what_is_in_files_beside(tmp_path):
    source = with_overviews(tmp_path / "in.tif", "none", [2, 4], beside=True)
    assert (tmp_path / "in.tif.ovr").exists()
    found = cogs.assert_same(tmp_path, source, *SMALL)
    assert len(cogs.levels(found)) == 3


@pytest.mark.parametrize("options", [
    ["OVERVIEW_COMPRESS=LZW", "OVERVIEW_PREDICTOR=YES"],
    ["OVERVIEW_COMPRESS=JPEG", "OVERVIEW_QUALITY=50"],
    ["OVERVIEW_COMPRESS=WEBP", "OVERVIEW_QUALITY=50"],
    ["OVERVIEW_COMPRESS=NONE"],
    ["OVERVIEW_PREDICTOR=STANDARD"],
    ["COMPRESS=JPEG", "OVERVIEW_COMPRESS=DEFLATE"],
    ["COMPRESS=WEBP", "QUALITY=100", "OVERVIEW_COMPRESS=LZW"],
], ids=" ".join)
@pytest.mark.parametrize("valid", ["none", "mask"])
def test_overviews_encoded_otherwise(tmp_path, valid, options):
    source = cogs.scene(500, 400, 3, "Byte", valid)
    if "COMPRESS=JPEG" not in options:
        cogs.assert_same(tmp_path, source, "BLOCKSIZE=128", *options)
        return
    # GDAL still marks its overviews as YCbCr.
    found, expected = cogs.both(tmp_path, source, "BLOCKSIZE=128", *options)
    cogs.assert_same_pixels(found, expected)


GTIFF = [
    ["BLOCKXSIZE=64", "BLOCKYSIZE=64"],
    ["COMPRESS=DEFLATE", "PREDICTOR=2", "ZLEVEL=9"],
    ["COMPRESS=LZW", "BLOCKXSIZE=256", "BLOCKYSIZE=256"],
    ["BIGTIFF=YES", "SPARSE_OK=TRUE"],
    ["TILED=YES", "ENDIANNESS=LITTLE"],
    ["INTERLEAVE=PIXEL", "NBITS=8"],
]




@pytest.mark.parametrize("valid", ["none", "nodata", "mask"])
@pytest.mark.parametrize("options", GTIFF, ids=" ".join)
def test_a_plain_geotiff_has_the_pixels_of_a_cog(tmp_path, options, valid):
    """With lossless codecs the pixels are those of GDAL's COG driver, whatever
    the tiles."""
    source = cogs.scene(1100, 700, 3, "Byte", valid)
    made = copying.copy(tmp_path / "c.tif", source, "OVERVIEWS=AUTO",
                        "OVERVIEW_COUNT=3", "OVERVIEW_RESAMPLING=AVERAGE",
                        *options)
    assert made is not None
    made = None
    cogs.theirs(tmp_path / "cog.tif", source, "COMPRESS=NONE",
                "OVERVIEW_COUNT=3", "OVERVIEW_RESAMPLING=AVERAGE")
    cogs.assert_same_pixels(tmp_path / "c.tif", tmp_path / "cog.tif")
    opened = gdal.Open(str(tmp_path / "c.tif"))
    band = opened.GetRasterBand(1)
    asked = dict(option.split("=") for option in options)
    size = [int(asked.get(name, 512)) for name in ("BLOCKXSIZE",
                                                   "BLOCKYSIZE")]
    assert band.GetBlockSize() == size
    assert [band.GetOverview(level).GetBlockSize() for level in range(3)] == \
        [size] * 3


def test_a_jpeg_is_as_one_of_the_cog_driver(tmp_path):
    source = cogs.scene(1024, 700, 3, "Byte", "mask")
    copying.copy(tmp_path / "c.tif", source, "OVERVIEWS=AUTO",
                 "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=90",
                 "OVERVIEW_COMPRESS=JPEG", "OVERVIEW_QUALITY=60",
                 "BLOCKXSIZE=128", "BLOCKYSIZE=128").FlushCache()
    cogs.theirs(tmp_path / "cog.tif", source, "COMPRESS=JPEG", "QUALITY=90",
                "OVERVIEW_QUALITY=60", "BLOCKSIZE=128")
    cogs.assert_same_pixels(tmp_path / "c.tif", tmp_path / "cog.tif")


@pytest.mark.parametrize("options, told", [
    (["INTERLEAVE=BAND"], "INTERLEAVE=PIXEL"),
    (["ENDIANNESS=BIG"], "ENDIANNESS=LITTLE"),
    (["OVERVIEW_RESAMPLING=MEDIAN"], "CUBICSPLINE"),
    (["OVERVIEWS=ALL"], "IGNORE_EXISTING"),
], ids=str)
def test_values_that_a_geotiff_with_overviews_cannot_have_are_refused(
        tmp_path, tmp_path_factory, options, told):
    """The source's bands are interleaved: otherwise GDAL 3.11 and later ask for
    INTERLEAVE=BAND in its name, which does not count."""
    source = cogs.tiff(tmp_path_factory.mktemp("source") / "s.tif",
                       cogs.scene(1100, 700, 3), "INTERLEAVE=PIXEL")
    with copying.collected() as messages:
        made = copying.copy(tmp_path / "c.tif", source, *options,
                            "OVERVIEWS=AUTO")
    assert made is None
    errors = copying.failures(messages)
    assert len(errors) == 1 and told in errors[0], messages
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("size", ["384", "144"])
def test_tiles_that_overviews_cannot_have_are_the_images_alone(tmp_path, size):
    """GDAL's driver gives the overviews of such an image tiles of 128 x 128."""
    source = cogs.scene(1100, 700)
    for overviews in ("AUTO", "NONE"):
        found, expected = cogs.both(tmp_path, source, "BLOCKSIZE=" + size,
                                    "OVERVIEWS=" + overviews)
        assert found.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("which", WHICH)
def test_a_plain_geotiff_takes_a_sources_overviews(tmp_path, which):
    source = with_overviews(tmp_path / "in.tif", "nodata", [2, 4])
    copying.copy(tmp_path / "c.tif", source, "OVERVIEWS=" + which,
                 "OVERVIEW_RESAMPLING=NEAREST", "BLOCKXSIZE=128",
                 "BLOCKYSIZE=128").FlushCache()
    cogs.theirs(tmp_path / "cog.tif", source, "OVERVIEWS=" + which,
                "OVERVIEW_RESAMPLING=NEAREST", *SMALL)
    cogs.assert_same_pixels(tmp_path / "c.tif", tmp_path / "cog.tif")


def test_a_plain_geotiff_has_no_overviews_by_default(tmp_path):
    source = with_overviews(tmp_path / "in.tif", "none", [2, 4])
    copying.copy(tmp_path / "c.tif", source).FlushCache()
    assert len(cogs.levels(tmp_path / "c.tif")) == 1
