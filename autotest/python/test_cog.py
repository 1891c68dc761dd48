"""-of RETILE -co LAYOUT=COG writes, byte for byte, the file of GDAL's COG
driver: types, validity, codecs, sizes and sources, in turn."""

import itertools

import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()

VALID = ["none", "nodata", "mask", "alpha"]
SIZES = [(1, 1), (511, 511), (512, 512), (513, 513), (1301, 777), (1301, 1),
         (1, 1301)]
CODECS = {
    "NONE": ["COMPRESS=NONE"],
    "LZW": ["COMPRESS=LZW", "PREDICTOR=NO"],
    "DEFLATE": ["COMPRESS=DEFLATE", "PREDICTOR=YES"],
    "ZSTD": ["COMPRESS=ZSTD", "LEVEL=9"],
    "LERC": ["COMPRESS=LERC", "MAX_Z_ERROR=2"],
    "LZMA": ["COMPRESS=LZMA"],
}
# Codecs whose bytes differ from GDAL's: only the decoded pixels are compared.
OWN_BYTES = {"ZSTD", "LERC", "LZMA"}
METHODS = ["NEAREST", "AVERAGE", "BILINEAR", "CUBIC", "CUBICSPLINE",
           "LANCZOS", "MODE", "RMS", "GAUSS"]


def assert_same_pixels(source, found, expected):
    """GDAL computes the overviews of a raster one pixel wide from the full
    resolution. Ours come from the level below, like those of other rasters."""
    if source.RasterXSize > 1:
        cogs.assert_same_pixels(found, expected)
        return
    found, expected = cogs.levels(found), cogs.levels(expected)
    assert [level.RasterYSize for level in found] == \
        [level.RasterYSize for level in expected]
    for ours, theirs in list(zip(found, expected))[:2]:
        assert ours.ReadRaster() == theirs.ReadRaster()


def assert_same(folder, source, *options):
    codec = next((option.split("=")[1] for option in options
                  if option.startswith("COMPRESS=")), "LZW")
    if codec not in OWN_BYTES and source.RasterXSize > 1:
        return cogs.assert_same(folder, source, *options)
    found, expected = cogs.both(folder, source, *options)
    assert_same_pixels(source, found, expected)
    cogs.assert_valid(found)
    assert copying.description(found) == copying.description(expected)
    return found


@pytest.mark.alike
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "%dx%d" % size)
@pytest.mark.parametrize("valid", VALID)
def test_of_every_size_and_validity(tmp_path, size, valid):
    """Each case uses two of the types, and each type some of the codecs."""
    at = SIZES.index(size) + 3 * VALID.index(valid)
    kinds = itertools.islice(itertools.cycle(["Byte", "UInt16", "Float32",
                                              "Int16", "Float64"]), at, None)
    codecs = itertools.islice(itertools.cycle(CODECS), at, None)
    for bands, kind, codec in zip((1, 3), kinds, codecs):
        source = cogs.scene(*size, bands, kind, valid)
        assert_same(tmp_path, source, *CODECS[codec])


@pytest.mark.parametrize("kind", copying.TYPES)
def test_of_every_type(tmp_path, kind):
    """Both compute averages of 64-bit integers as doubles."""
    source = cogs.scene(700, 600, 2, kind)
    for method in ("AVERAGE", "NEAREST"):
        cogs.assert_same(tmp_path, source, "COMPRESS=NONE", "BLOCKSIZE=256",
                         "RESAMPLING=" + method)


@pytest.mark.alike
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("valid", VALID)
def test_of_every_codec(tmp_path, codec, valid):
    kind = "Float32" if VALID.index(valid) % 2 else "Byte"
    source = cogs.scene(501, 355, 3, kind, valid)
    assert_same(tmp_path, source, *CODECS[codec], "BLOCKSIZE=128")


@pytest.mark.parametrize("codec", ["JPEG", "WEBP"])
@pytest.mark.parametrize("valid", VALID)
def test_of_lossy_codecs(tmp_path, codec, valid):
    """Four bands become three bands and a mask in JPEG."""
    for quality in ([], ["QUALITY=90"], ["QUALITY=100"],
                    ["QUALITY=80", "OVERVIEW_QUALITY=40"]):
        source = cogs.scene(400, 355, 3, "Byte", valid)
        cogs.assert_same(tmp_path, source, "COMPRESS=" + codec, *quality,
                         "BLOCKSIZE=128")


@pytest.mark.alike
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("valid", VALID)
def test_of_every_method(tmp_path, method, valid):
    for bands, kind in ((3, "Byte"), (1, "Float32")):
        source = cogs.scene(603, 401, bands, kind, valid)
        cogs.assert_same(tmp_path, source, "COMPRESS=NONE", "BLOCKSIZE=128",
                         "RESAMPLING=" + method)


@pytest.mark.parametrize("options", [
    ["BLOCKSIZE=128"], ["BLOCKSIZE=256"], ["BLOCKSIZE=1024"],
    ["BIGTIFF=YES"], ["BIGTIFF=NO"], ["BIGTIFF=IF_SAFER"],
    ["SPARSE_OK=YES"], ["SPARSE_OK=YES", "COMPRESS=JPEG"],
    ["LEVEL=9", "COMPRESS=DEFLATE"], ["PREDICTOR=STANDARD"],
    ["OVERVIEW_COMPRESS=DEFLATE"], ["OVERVIEW_COMPRESS=JPEG"],
    ["COMPRESS=DEFLATE", "OVERVIEW_PREDICTOR=YES"],
    ["OVERVIEW_RESAMPLING=NEAREST", "RESAMPLING=CUBIC"],
    ["OVERVIEW_COUNT=1"], ["OVERVIEW_COUNT=20"], ["OVERVIEWS=NONE"],
    ["GEOTIFF_VERSION=1.1"], ["NUM_THREADS=1"], ["ADD_ALPHA=NO"],
], ids=" ".join)
def test_of_every_option(tmp_path, options):
    source = cogs.scene(800, 550, 3, "Byte", "mask")
    small = [] if "BLOCKSIZE" in options[0] else ["BLOCKSIZE=256"]
    cogs.assert_same(tmp_path, source, *options, *small)


@pytest.mark.parametrize("size", [(300, 200), (900, 700)])
def test_lerc_keeps_what_is_not_visible(tmp_path, size):
    """GTiff's own copies turn the alpha band into a mask and lose the colours
    of pixels that are not visible. Later versions of the COG driver do too."""
    source = cogs.scene(*size, 3, "Byte", "alpha")
    for number in (1, 2, 3):
        source.GetRasterBand(number).WriteArray(
            copying.pixels(*size, number, "Byte"))
    found = assert_same(tmp_path, source, "COMPRESS=LERC", "BLOCKSIZE=256")
    if copying.GDAL < (3, 7):
        assert cogs.levels(found)[0].ReadRaster() == source.ReadRaster()


def test_of_rows_of_zeros_that_are_holes(tmp_path):
    """Most tiles of all levels are holes, if the file is sparse."""
    source = cogs.place(copying.memory(40, 40, 1, "Byte"))
    wide = gdal.Translate("", source, format="MEM", width=2000, height=1500,
                          srcWin=[0, 0, 4000, 3000])
    found = cogs.assert_same(tmp_path, wide, "SPARSE_OK=YES", "BLOCKSIZE=128")
    assert found.stat().st_size < 20000


def test_of_a_palette(tmp_path):
    source = cogs.scene(700, 600)
    colors = gdal.ColorTable()
    for value in range(256):
        colors.SetColorEntry(value, (value, 255 - value, value // 2, 255))
    source.GetRasterBand(1).SetColorTable(colors)
    cogs.assert_same(tmp_path, source, "BLOCKSIZE=256")


def test_with_metadata_of_all_kinds(tmp_path):
    source = cogs.scene(600, 300, 2)
    source.SetMetadata({"AREA_OR_POINT": "Point", "WHO": "somebody"})
    source.SetMetadata(["<xml/>"], "xml:MINE")
    source.SetMetadata({"LINE_OFF": "1"}, "OTHER")
    band = source.GetRasterBand(2)
    band.SetDescription("second")
    band.SetScale(0.5)
    band.SetOffset(3)
    band.SetUnitType("m")
    band.SetMetadata({"STATISTICS_MEAN": "3"})
    cogs.assert_same(tmp_path, source, "COMPRESS=NONE")
