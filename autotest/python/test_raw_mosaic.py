"""Tiles are copied raw out of mosaics whose tiles are the copy's, and out of
overviews, without a change to pixels or bytes."""

import os
import re

import numpy
import pytest
from osgeo import gdal

SIZE = 700, 1024  # the last column of tiles is cut by the edge
TILE = 256
OPTIONS = ["BLOCKXSIZE=%d" % TILE, "BLOCKYSIZE=%d" % TILE, "COMPRESS=DEFLATE"]


def pixels(bands=3, size=SIZE, dtype="uint8"):
    rng = numpy.random.default_rng(7)
    rows = numpy.add.outer(numpy.arange(size[1]), numpy.arange(size[0])) // 3
    return numpy.stack([(rows + 40 * i) % 200 + rng.integers(0, 4, rows.shape)
                        for i in range(bands)]).astype(dtype)


def write(path, array, options=(), nodata=None):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), array.shape[2], array.shape[1], array.shape[0],
        gdal.GDT_Byte, list(options))
    dataset.SetGeoTransform([1000, 2, 0, 5000, 0, -2])
    for i in range(array.shape[0]):
        if nodata is not None:
            dataset.GetRasterBand(i + 1).SetNoDataValue(nodata)
        dataset.GetRasterBand(i + 1).WriteArray(array[i])
    return str(path)


@pytest.fixture
def strips(tmp_path):
    return write(tmp_path / "strips.tif", pixels(),
                 ["COMPRESS=DEFLATE", "BLOCKYSIZE=64", "INTERLEAVE=PIXEL"])


def copy(source, target, options, window=None):
    """Copies, and returns what the driver says about it."""
    said = []
    gdal.PushErrorHandler(lambda level, number, text: said.append(text))
    gdal.SetConfigOption("CPL_DEBUG", "RETILE")
    try:
        gdal.Translate(str(target), source, format="RETILE",
                       creationOptions=options, srcWin=window)
    finally:
        gdal.SetConfigOption("CPL_DEBUG", None)
        gdal.PopErrorHandler()
    return "\n".join(said)


def cut(source, folder, heights, options=OPTIONS, widths=(SIZE[0],)):
    """Copies of the parts of source of these heights and widths."""
    names, y = [], 0
    for height in heights:
        x = 0
        for width in widths:
            names.append(str(folder / ("part_%d_%d.tif" % (y, x))))
            copy(source, names[-1], options, [x, y, width, height])
            x += width
        y += height
    return names


def mosaic(folder, names, **options):
    path = str(folder / "mosaic.vrt")
    gdal.BuildVRT(path, names, **options).FlushCache()
    return path


def contents(path):
    with open(path, "rb") as file:
        return file.read()


# GDAL 3.6 pads some JPEG tiles at the edge otherwise, depending on their place
# in the file, so JPEG has none there.
@pytest.mark.parametrize("compress, width", [
    ("NONE", 700), ("DEFLATE", 700), ("LZW", 700), ("ZSTD", 700),
    ("JPEG", 512)])
def test_a_mosaic_of_whole_tiles_is_copied_raw_with_the_same_bytes(
        strips, tmp_path, compress, width):
    options = OPTIONS[:2] + ["COMPRESS=" + compress, "INTERLEAVE=PIXEL"]
    names = cut(strips, tmp_path, [512, 256, 256], options, [width])
    copy(strips, tmp_path / "one.tif", options, [0, 0, width, SIZE[1]])

    said = copy(mosaic(tmp_path, names), tmp_path / "joined.tif",
                options + ["PASSTHROUGH=REQUIRED"])

    assert "and other files" in said
    assert contents(tmp_path / "one.tif") == contents(tmp_path / "joined.tif")


def test_parts_side_by_side_and_windows_on_them_are_copied_raw(
        strips, tmp_path):
    names = cut(strips, tmp_path, [512, 512], widths=(512, 188))
    whole = mosaic(tmp_path, names)
    part = str(tmp_path / "part.vrt")
    gdal.Translate(part, whole, srcWin=[256, 256, 444, 512]).FlushCache()

    said = copy(part, tmp_path / "joined.tif",
                OPTIONS + ["PASSTHROUGH=REQUIRED"])

    assert re.search(r"4 tiles .* copied raw", said)
    assert numpy.array_equal(
        gdal.Open(str(tmp_path / "joined.tif")).ReadAsArray(),
        pixels()[:, 256:768, 256:700])


def test_bands_of_a_mosaic_are_chosen(strips, tmp_path):
    apart = OPTIONS + ["INTERLEAVE=BAND"]
    whole = mosaic(tmp_path, cut(strips, tmp_path, [512, 512], apart))
    swapped = str(tmp_path / "swapped.vrt")
    gdal.Translate(swapped, whole, bandList=[3, 1]).FlushCache()

    copy(swapped, tmp_path / "joined.tif", apart + ["PASSTHROUGH=REQUIRED"])

    assert numpy.array_equal(
        gdal.Open(str(tmp_path / "joined.tif")).ReadAsArray(),
        pixels()[[2, 0]])


@pytest.mark.parametrize("heights, why", [
    ([500, 524], "inside a tile of the copy"),
    ([512, 256], "no file has the tile in column 0, row 3")])
def test_other_mosaics_are_decoded(strips, tmp_path, heights, why):
    names = cut(strips, tmp_path, heights)
    whole = mosaic(tmp_path, names, outputBounds=[
        1000, 5000 - 2 * SIZE[1], 1000 + 2 * SIZE[0], 5000])

    said = copy(whole, tmp_path / "joined.tif", OPTIONS)

    assert why in said
    expected = gdal.Open(whole).ReadAsArray()
    assert numpy.array_equal(
        gdal.Open(str(tmp_path / "joined.tif")).ReadAsArray(), expected)
    with pytest.raises(RuntimeError, match="PASSTHROUGH=REQUIRED: .*" + why):
        copy(whole, tmp_path / "required.tif",
             OPTIONS + ["PASSTHROUGH=REQUIRED"])
    assert not os.path.exists(tmp_path / "required.tif")


def test_a_part_that_lies_on_another_one_is_decoded(strips, tmp_path):
    names = cut(strips, tmp_path, [512, 512])
    black = write(tmp_path / "black.tif",
                  numpy.zeros((3, 256, 256), "uint8"),
                  ["TILED=YES", "INTERLEAVE=PIXEL"] + OPTIONS)
    whole = mosaic(tmp_path, names + [black])

    said = copy(whole, tmp_path / "joined.tif", OPTIONS)

    assert "black.tif' lies on '" in said
    assert not gdal.Open(str(tmp_path / "joined.tif")).ReadAsArray(
        0, 0, 256, 256).any()


def test_nodata_of_the_parts_matters_only_if_something_shows_through(tmp_path):
    array = pixels(1)
    array[0, 300:400, 100:300] = 0
    source = write(tmp_path / "source.tif", array, nodata=0)
    names = cut(source, tmp_path, [512, 512])

    same = copy(mosaic(tmp_path, names), tmp_path / "same.tif", OPTIONS)
    other = copy(mosaic(tmp_path, names, VRTNodata=255),
                 tmp_path / "other.tif", OPTIONS)

    assert "copied raw" in same
    assert "are taken for nodata" in other
    assert gdal.Open(str(tmp_path / "same.tif")).ReadAsArray()[350, 200] == 0
    assert gdal.Open(str(tmp_path / "other.tif")).ReadAsArray()[350, 200] == 255


def test_more_files_than_may_be_open_at_once(tmp_path):
    array = pixels(1, (1024, 1280))
    source = write(tmp_path / "source.tif", array, ["COMPRESS=DEFLATE"])
    options = ["BLOCKXSIZE=64", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"]
    names = cut(source, tmp_path, [64] * 20, options, widths=(256,) * 4)
    copy(source, tmp_path / "one.tif", options)

    copy(mosaic(tmp_path, names), tmp_path / "joined.tif",
         options + ["PASSTHROUGH=REQUIRED"])

    assert contents(tmp_path / "one.tif") == contents(tmp_path / "joined.tif")


def test_a_part_that_is_cut_off_leaves_no_file(strips, tmp_path):
    names = cut(strips, tmp_path, [512, 512])
    whole = mosaic(tmp_path, names)
    os.truncate(names[1], os.path.getsize(names[1]) - 1000)

    with pytest.raises(RuntimeError, match="is cut off"):
        copy(whole, tmp_path / "joined.tif", OPTIONS)

    assert not os.path.exists(tmp_path / "joined.tif")


@pytest.fixture
def cog(strips, tmp_path):
    path = str(tmp_path / "cog.tif")
    copy(strips, path, ["LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=DEFLATE"])
    return path


@pytest.mark.parametrize("masked", [False, True])
def test_a_cog_of_all_levels_is_copied_raw(strips, tmp_path, masked):
    source = strips
    options = ["LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=DEFLATE"]
    if masked:
        source = str(tmp_path / "masked.vrt")
        gdal.Translate(source, strips, maskBand=1).FlushCache()
    copy(source, tmp_path / "first.tif", options)

    said = copy(str(tmp_path / "first.tif"), tmp_path / "again.tif",
                options + ["PASSTHROUGH=REQUIRED"])

    assert said.count("copied raw") == 4 * (2 if masked else 1)
    assert contents(tmp_path / "first.tif") == contents(tmp_path / "again.tif")


def test_levels_come_raw_from_the_files_that_a_vrt_names(cog, tmp_path):
    options = ["LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=DEFLATE"]
    level = str(tmp_path / "level.vrt")
    dataset = gdal.OpenEx(cog, open_options=["OVERVIEW_LEVEL=0only"])
    gdal.GetDriverByName("VRT").CreateCopy(level, dataset).FlushCache()
    text = open(level, encoding="utf-8").read()
    if "<OpenOptions>" not in text:
        text = text.replace(
            "<SourceBand>", '<OpenOptions><OOI key="OVERVIEW_LEVEL">0only'
            "</OOI></OpenOptions><SourceBand>")
    with open(level, "w", encoding="utf-8") as file:
        file.write(text)
    whole = str(tmp_path / "whole.vrt")
    gdal.Translate(whole, cog).FlushCache()
    text = re.sub(r'(<VRTRasterBand [^>]*band="(\d+)"[^>]*>)',
                  r"\1<Overview><SourceFilename>%s</SourceFilename>"
                  r"<SourceBand>\2</SourceBand></Overview>" % level,
                  open(whole, encoding="utf-8").read())
    with open(whole, "w", encoding="utf-8") as file:
        file.write(text)

    said = copy(whole, tmp_path / "again.tif",
                options + ["PASSTHROUGH=REQUIRED"])

    assert said.count("copied raw") == 2
    for read in (lambda band: band.ReadAsArray(),
                 lambda band: band.GetOverview(0).ReadAsArray()):
        assert numpy.array_equal(
            read(gdal.Open(cog).GetRasterBand(2)),
            read(gdal.Open(str(tmp_path / "again.tif")).GetRasterBand(2)))


def test_levels_that_are_computed_are_not_raw(strips, tmp_path):
    with pytest.raises(RuntimeError,
                       match="overviews that the source does not have"):
        copy(strips, tmp_path / "cog.tif",
             ["LAYOUT=COG", "PASSTHROUGH=REQUIRED", "BLOCKSIZE=128"])
    assert not os.path.exists(tmp_path / "cog.tif")


def test_an_overview_opened_by_its_number_is_copied_raw(cog, tmp_path):
    dataset = gdal.OpenEx(cog, open_options=["OVERVIEW_LEVEL=0"])
    gdal.GetDriverByName("RETILE").CreateCopy(
        str(tmp_path / "level.tif"), dataset, options=[
            "BLOCKXSIZE=128", "BLOCKYSIZE=128", "COMPRESS=DEFLATE",
            "PASSTHROUGH=REQUIRED"])
    assert numpy.array_equal(
        gdal.Open(str(tmp_path / "level.tif")).ReadAsArray(),
        dataset.ReadAsArray())


def test_overviews_of_a_file_are_decoded_by_all_threads(cog, tmp_path):
    said = copy(cog, tmp_path / "again.tif", ["LAYOUT=COG", "COMPRESS=LZW"])
    assert re.search("overview 0: .*each thread", said)
