"""The bytes of a copy depend on neither threads nor memory, and each pixel of
the source is decoded once."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from copying import amplification, configured, copy, least_memory, write

gdal.UseExceptions()

WIDTH, HEIGHT, BANDS = 700, 2100, 3
OPTIONS = ("COMPRESS=DEFLATE", "ZLEVEL=1", "BLOCKXSIZE=256", "BLOCKYSIZE=240")
JP2 = ("REVERSIBLE=YES", "QUALITY=100")


def scene(width=WIDTH, height=HEIGHT, bands=BANDS):
    """Pixels that differ by place and compress well."""
    dataset = gdal.GetDriverByName("MEM").Create("", width, height, bands)
    y, x = np.mgrid[0:height, 0:width]
    for number in range(1, bands + 1):
        dataset.GetRasterBand(number).WriteArray(
            ((x // 16) * number + (y // 8) * 7).astype("uint8"))
    return dataset


def mosaic(folder):
    """Files of odd sizes side by side, as gdalbuildvrt joins them."""
    whole = scene()
    whole.SetGeoTransform((0, 1, 0, HEIGHT, 0, -1))
    names = []
    for row, (y, h) in enumerate(((0, 777), (777, 1323))):
        for column, (x, w) in enumerate(((0, 333), (333, 367))):
            name = str(folder / ("%d_%d.tif" % (row, column)))
            gdal.Translate(name, whole, srcWin=[x, y, w, h])
            names.append(name)
    return gdal.BuildVRT(str(folder / "source.vrt"), names)


SOURCES = {
    "strips_of_1": ("GTiff", "BLOCKYSIZE=1", "COMPRESS=DEFLATE"),
    "strips_of_64": ("GTiff", "BLOCKYSIZE=64", "COMPRESS=DEFLATE"),
    "strips_of_2000": ("GTiff", "BLOCKYSIZE=2000", "COMPRESS=DEFLATE"),
    "one_strip": ("GTiff", "BLOCKYSIZE=2100", "COMPRESS=DEFLATE"),
    "tiles": ("GTiff", "TILED=YES", "BLOCKXSIZE=496", "BLOCKYSIZE=304"),
    "bands_apart": ("GTiff", "BLOCKYSIZE=64", "INTERLEAVE=BAND"),
    "tiles_of_bands": ("GTiff", "TILED=YES", "INTERLEAVE=BAND"),
    "odd_tiles": ("HFA", "COMPRESSED=YES", "BLOCKSIZE=62"),
    "png": ("PNG", "ZLEVEL=1"),
    "jpeg": ("JPEG",),
    "jp2_tiles": ("JP2OpenJPEG", "BLOCKXSIZE=400", "BLOCKYSIZE=300") + JP2,
    "jp2_one_tile": ("JP2OpenJPEG", "BLOCKXSIZE=700", "BLOCKYSIZE=2100")
    + JP2,
    "mosaic": (),
}


@pytest.fixture(scope="module", params=sorted(SOURCES))
def source(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "mosaic":
        mosaic(folder).FlushCache()
        return str(folder / "source.vrt")
    driver, *options = SOURCES[request.param]
    return write(folder / "source", driver, scene(), *options)


def bytes_of(name, source, *options):
    copy(name, source, *OPTIONS, *options).FlushCache()
    return Path(name).read_bytes()


@pytest.mark.alike
@pytest.mark.parametrize("spill", ["AUTO", "NONE"])
def test_bytes_depend_on_neither_threads_nor_memory(source, spill, tmp_path):
    name = str(tmp_path / "out.tif")
    expected = bytes_of(name, source, "MEMORY_MAX=1GB", "NUM_THREADS=1")
    for threads in (1, 2, 8):
        more = ("SPILL=" + spill, "NUM_THREADS=%d" % threads)
        least = least_memory(source, *OPTIONS, *more)
        for memory in (least, 2 * least):
            found = bytes_of(name, source, "MEMORY_MAX=%dMB" % memory, *more)
            assert found == expected, (threads, memory)


@pytest.mark.alike
@pytest.mark.parametrize("how", ["MEMORY", "DISK"])
def test_bytes_do_not_depend_on_where_pixels_wait(source, how, tmp_path):
    name = str(tmp_path / "out.tif")
    expected = bytes_of(name, source, "MEMORY_MAX=1GB")
    least = least_memory(source, *OPTIONS, "SPILL=" + how)
    assert bytes_of(name, source, "MEMORY_MAX=%dMB" % least,
                    "SPILL=" + how) == expected


def test_the_pixels_are_the_sources_at_the_least_memory(source, tmp_path):
    least = least_memory(source, *OPTIONS)
    copied = copy(tmp_path / "out.tif", source, "MEMORY_MAX=%dMB" % least,
                  *OPTIONS)
    assert (copied.ReadAsArray() == gdal.Open(source).ReadAsArray()).all()


def test_less_than_the_least_is_refused(source, tmp_path):
    least = least_memory(source, *OPTIONS)
    if least == 1:
        return  # less than 1 MB is not a valid MEMORY_MAX
    with pytest.raises(RuntimeError, match="MEMORY_MAX=%dMB is" % least):
        copy(tmp_path / "out.tif", source, "MEMORY_MAX=%dMB" % (least - 1),
             *OPTIONS)
    assert list(tmp_path.iterdir()) == []


def test_each_pixel_is_decoded_once_at_the_least_memory(source, tmp_path):
    """The files under a mosaic too, if the caches have room for a row."""
    least = least_memory(source, *OPTIONS)
    if str(source).endswith(".vrt"):
        least += 48
    assert amplification(lambda: copy(
        tmp_path / "out.tif", source, "MEMORY_MAX=%dMB" % least,
        *OPTIONS)) == 1


def test_without_spilling_too_little_memory_shows_as_more_decodes(tmp_path):
    """The measure works: if the plan must decode again, it says so."""
    source = write(tmp_path / "wide.tif", "GTiff", scene(9000, 600),
                   "BLOCKYSIZE=100")
    least = least_memory(source, *OPTIONS, "SPILL=NONE")
    assert amplification(lambda: copy(
        tmp_path / "out.tif", source, "MEMORY_MAX=%dMB" % least, "SPILL=NONE",
        *OPTIONS)) > 1


LARGE = {
    "strips": ("BLOCKYSIZE=1",),
    "tall_strips": ("BLOCKYSIZE=100",),
    "bands_apart": ("BLOCKYSIZE=16", "INTERLEAVE=BAND"),
    "tiles": ("TILED=YES", "BLOCKXSIZE=496", "BLOCKYSIZE=304"),
    "one_strip": ("BLOCKYSIZE=8000",),
}


@pytest.mark.parametrize("layout", sorted(LARGE))
def test_each_pixel_of_more_than_fits_is_decoded_once(layout, tmp_path):
    """144 MB of pixels in 32 MB."""
    name = str(tmp_path / "large.tif")
    large = gdal.GetDriverByName("GTiff").Create(
        name, 6000, 8000, 3, gdal.GDT_Byte,
        ["COMPRESS=ZSTD", "ZSTD_LEVEL=1", *LARGE[layout]])
    large.GetRasterBand(2).Fill(9)
    large.GetRasterBand(3).WriteRaster(2900, 3900, 2, 1, b"ab")
    large = None
    made = []
    assert amplification(lambda: made.append(copy(
        tmp_path / "out.tif", name, "MEMORY_MAX=32MB", "COMPRESS=ZSTD",
        "ZSTD_LEVEL=1")) or made[0]) == 1
    expected = gdal.Open(name).ReadAsArray(2500, 3500, 900, 900)
    assert (made[0].ReadAsArray(2500, 3500, 900, 900) == expected).all()
    assert expected.any(axis=(1, 2)).tolist() == [False, True, True]


def test_what_the_source_is_named_does_not_change_the_bytes(tmp_path):
    """A view, and a VRT that shows the same, give the same bytes."""
    name = write(tmp_path / "source.tif", "GTiff", scene(300, 400))
    vrt = str(tmp_path / "source.vrt")
    gdal.Translate(vrt, name, format="VRT").FlushCache()
    moved = str(tmp_path / "moved.tif")
    shutil.copy(name, moved)
    out = str(tmp_path / "out.tif")
    expected = bytes_of(out, name)
    for other in (moved, vrt, "RETILE:" + name):
        assert bytes_of(out, other) == expected


@pytest.mark.parametrize("option", ["RETILE_NUM_THREADS", "GDAL_NUM_THREADS"])
def test_configured_threads_do_not_change_the_bytes(option, tmp_path):
    name = write(tmp_path / "source.tif", "GTiff", scene(600, 500))
    out = str(tmp_path / "out.tif")
    expected = bytes_of(out, name)
    with configured(**{option: "3"}):
        assert bytes_of(out, name) == expected
