"""The pixels of computed overviews: nodata values that floats cannot hold,
levels that stay empty, and sources with other positions and other blocks."""

import numpy as np
import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()
FILTERS = ("NEAREST", "AVERAGE", "RMS", "MODE", "GAUSS", "BILINEAR", "CUBIC")
WIDE = [("Int64", -2**63), ("Int64", -2**63 + 1), ("Int64", 2**53 + 1),
        ("Int64", 2**63 - 1), ("UInt64", 2**64 - 1), ("UInt64", 2**53 + 1),
        ("Int32", -2147483647), ("Int32", 16777217), ("UInt32", 2**32 - 2),
        ("Float64", -1.7976931348623157e308), ("Float64", 1e-300),
        ("Float64", -9999.1)]


def with_holes(name, kind, nodata):
    dataset = copying.memory(400, 300, 1, kind)
    band = dataset.GetRasterBand(1)
    pixels = copying.pixels(400, 300, 1, "Byte").astype(
        band.ReadAsArray().dtype) + 1
    holes = np.random.RandomState(3).rand(300, 400) < 0.3
    holes[100:200, 100:250] = True
    pixels[holes] = np.array(nodata, pixels.dtype)
    band.WriteArray(pixels)
    band.SetNoDataValue(nodata)
    copying.write(name, "GTiff", dataset)


@pytest.mark.parametrize("kind, nodata", WIDE)
def test_nodata_stays_nodata_on_all_levels(tmp_path, kind, nodata):
    """The pixels are 1 to 256, so valid results are near them."""
    source = tmp_path / "s.tif"
    with_holes(source, kind, nodata)
    for method in FILTERS:
        copy = gdal.Translate(
            str(tmp_path / "c.tif"), str(source), format="RETILE",
            creationOptions=["LAYOUT=COG", "BLOCKSIZE=128",
                             f"OVERVIEW_RESAMPLING={method}"])
        view = gdal.OpenEx(f"RETILE:{source}", open_options=[
            "OVERVIEWS=VIRTUAL", f"OVERVIEW_RESAMPLING={method}"])
        for dataset, n_levels in ((copy, 2), (view, 1)):
            band = dataset.GetRasterBand(1)
            assert band.GetOverviewCount() == n_levels
            for i in range(n_levels):
                level = band.GetOverview(i)
                pixels = level.ReadAsArray()
                valid = pixels != np.array(nodata, pixels.dtype)
                assert (~valid).sum() > 1000 / 4**i
                near = np.abs(pixels[valid].astype("f8")) < 500
                assert near.all(), (method, i)


@pytest.mark.parametrize("kind, valid", [
    ("Byte", "none"), ("Byte", "nodata"), ("Byte", "mask"),
    ("Byte", "alpha"), ("Int64", "nodata"), ("CFloat32", "none")])
def test_levels_of_no_resampling_are_empty_as_gdals(tmp_path, valid, kind):
    source = cogs.scene(700, 600, 1, kind, valid)
    found, expected = map(gdal.Open, map(str, cogs.both(
        tmp_path, source, "OVERVIEW_RESAMPLING=NONE", "BLOCKSIZE=256")))
    for band in range(1, source.RasterCount + 1):
        ours, theirs = (d.GetRasterBand(band) for d in (found, expected))
        assert (ours.ReadAsArray() == theirs.ReadAsArray()).all()
        assert ours.GetOverviewCount() == theirs.GetOverviewCount() == 2
        for i in range(2):
            for pair in ((ours.GetOverview(i), theirs.GetOverview(i)),
                         (ours.GetOverview(i).GetMaskBand(),
                          theirs.GetOverview(i).GetMaskBand())):
                assert (pair[0].ReadAsArray() == pair[1].ReadAsArray()).all()


@pytest.mark.parametrize("options", [("LAYOUT=COG", "BLOCKSIZE=256"),
                                     ("OVERVIEWS=AUTO", "BLOCKXSIZE=256",
                                      "BLOCKYSIZE=256")])
def test_bands_that_lie_apart_are_interleaved_without_compression(tmp_path,
                                                                  options):
    source = tmp_path / "s.tif"
    copying.write(source, "GTiff", cogs.scene(700, 600, 3),
                  "INTERLEAVE=BAND")
    made = gdal.Translate(str(tmp_path / "c.tif"), str(source),
                          format="RETILE",
                          creationOptions=["COMPRESS=NONE", *options])
    assert made.GetMetadataItem("INTERLEAVE", "IMAGE_STRUCTURE") == "PIXEL"
    assert (made.ReadAsArray() == gdal.Open(str(source)).ReadAsArray()).all()
    expected = cogs.theirs(tmp_path / "g.tif", str(source), "COMPRESS=NONE",
                           "BLOCKSIZE=256", "OVERVIEW_RESAMPLING=CUBIC")
    for band in (1, 2, 3):
        for i in range(2):
            ours, theirs = (d.GetRasterBand(band).GetOverview(i).ReadAsArray()
                            for d in (made, expected))
            assert (ours == theirs).all()


@pytest.mark.parametrize("valid", ["none", "mask", "alpha"])
@pytest.mark.parametrize("side", ["64", "512"])
def test_tiles_of_overviews_may_have_a_size_of_their_own(tmp_path, side,
                                                         valid):
    source = cogs.scene(700, 600, 1, "UInt16", valid)
    with copying.configured(GDAL_TIFF_OVR_BLOCKSIZE=side):
        found, expected = cogs.both(tmp_path, source, "COMPRESS=DEFLATE",
                                    "BLOCKSIZE=256")
    assert gdal.Open(str(found)).GetRasterBand(1).GetOverview(
        0).GetBlockSize() == [int(side), int(side)]
    assert found.read_bytes() == expected.read_bytes()


@pytest.mark.parametrize("blocks", [(512, 256), (48, 48)])
def test_blocks_that_overviews_cannot_have_are_written_too(tmp_path, blocks):
    source = cogs.scene(700, 600, 3)
    made = gdal.Translate(
        str(tmp_path / "c.tif"), source, format="RETILE",
        creationOptions=["OVERVIEWS=AUTO", "OVERVIEW_COUNT=2",
                         "BLOCKXSIZE=%d" % blocks[0],
                         "BLOCKYSIZE=%d" % blocks[1]])
    expected = cogs.theirs(tmp_path / "g.tif", source, "OVERVIEW_COUNT=2")
    for band in (1, 2, 3):
        ours, theirs = (d.GetRasterBand(band) for d in (made, expected))
        assert ours.GetBlockSize() == list(blocks)
        assert (ours.ReadAsArray() == theirs.ReadAsArray()).all()
        for i in range(2):
            assert (ours.GetOverview(i).ReadAsArray()
                    == theirs.GetOverview(i).ReadAsArray()).all()


@pytest.mark.parametrize("method", ["BILINEAR", "CUBIC", "LANCZOS", "MODE"])
def test_masks_inside_of_jpeg_files_are_reduced_as_by_gdal(tmp_path, method):
    """GDAL does not know that these are masks."""
    source = tmp_path / "s.jpg"
    gdal.GetDriverByName("JPEG").CreateCopy(
        str(source), cogs.scene(512, 500, 3, "Byte", "mask"),
        options=["INTERNAL_MASK=YES"])
    found, expected = map(gdal.Open, map(str, cogs.both(
        tmp_path, str(source), "BLOCKSIZE=128", "OVERVIEWS=IGNORE_EXISTING",
        f"OVERVIEW_RESAMPLING={method}")))
    for i in range(2):
        for band in (1, 2, 3):
            ours, theirs = (d.GetRasterBand(band).GetOverview(i)
                            for d in (found, expected))
            assert (ours.GetMaskBand().ReadAsArray()
                    == theirs.GetMaskBand().ReadAsArray()).all()
            assert (ours.ReadAsArray() == theirs.ReadAsArray()).all()


def levels_of(name):
    dataset = gdal.Open(str(name))
    band = dataset.GetRasterBand(1)
    return [band.GetOverview(i).ReadRaster()
            for i in range(band.GetOverviewCount())]


def half_floats(name, pixels):
    made = gdal.GetDriverByName("GTiff").Create(
        str(name), pixels.shape[1], pixels.shape[0], 1, gdal.GDT_Float32,
        ["NBITS=16", "TILED=YES"])
    made.WriteArray(pixels.astype(np.float32))


def levels_by_gdaladdo(folder, pixels, method, count):
    """Each level is the only overview of a file that holds the level below."""
    found = []
    for at in range(count):
        name = folder / ("level%d.tif" % at)
        half_floats(name, pixels)
        gdal.Open(str(name), gdal.GA_Update).BuildOverviews(method, [2])
        found += levels_of(name)
        pixels = gdal.OpenEx(
            str(name), open_options=["OVERVIEW_LEVEL=0"]).ReadAsArray()
    return found


@pytest.mark.parametrize("method", ["AVERAGE", "CUBIC", "BILINEAR", "RMS",
                                    "GAUSS", "LANCZOS", "NEAREST", "MODE"])
def test_levels_of_half_floats_are_computed_from_what_is_stored(tmp_path,
                                                                method):
    """Floats of 16 bits: a level is computed from rounded values. From GDAL
    3.11 on, where they are a type, its COG driver computes further levels from
    ones that are not rounded."""
    source = tmp_path / "half.tif"
    pixels = np.random.RandomState(2).normal(0, 40, (1200, 1304))
    half_floats(source, pixels)
    for way, options in (("COG", []), ("RETILE", ["LAYOUT=COG"])):
        gdal.GetDriverByName(way).CreateCopy(
            str(tmp_path / way), gdal.Open(str(source)),
            options=["BLOCKSIZE=256", "OVERVIEW_RESAMPLING=" + method, *options])
    found, plain = levels_of(tmp_path / "RETILE"), levels_of(tmp_path / "COG")
    assert found == levels_by_gdaladdo(tmp_path, pixels, method, 3)
    assert len(plain) == 3
    if copying.GDAL < (3, 11):
        assert found == plain
