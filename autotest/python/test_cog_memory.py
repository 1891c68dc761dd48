"""A COG stays within MEMORY_MAX, is the same file for any budget and any number
of threads, and its source is decoded once."""

import re

import pytest
from osgeo import gdal

import cogs
import copying
import test_copy_memory as peaks

gdal.UseExceptions()

MB = 1 << 20
OPTIONS = ["LAYOUT=COG", "COMPRESS=DEFLATE", "LEVEL=1", "BLOCKSIZE=256"]
# By name: size, bands, type, validity, and the layout of the source.
SOURCES = {
    "rows": ((3001, 2003), 1, "Float32", "nodata", ["BLOCKYSIZE=1"]),
    "strips": ((2501, 1403), 3, "Byte", "none", ["BLOCKYSIZE=64"]),
    "mask": ((1503, 1001), 2, "UInt16", "mask", ["BLOCKYSIZE=33"]),
    "tiles": ((1901, 1401), 3, "Byte", "alpha", [
        "TILED=YES", "BLOCKXSIZE=496", "BLOCKYSIZE=304", "COMPRESS=DEFLATE"]),
    "png": ((1501, 1203), 3, "Byte", "none", []),
}
METHODS = {"rows": "CUBIC", "strips": "AVERAGE", "mask": "LANCZOS",
           "tiles": "BILINEAR", "png": "MODE"}


@pytest.fixture(scope="module", params=SOURCES)
def made(request, tmp_path_factory):
    """(source, options)"""
    size, bands, kind, valid, options = SOURCES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    scene = cogs.scene(*size, bands, kind, valid)
    name = cogs.tiff(folder / "in.tif", scene, *options)
    if request.param == "png":
        name = copying.write(folder / "in.png", "PNG", scene)
    return name, [*OPTIONS, "RESAMPLING=" + METHODS[request.param]]


def file_of(folder, source, options):
    """The bytes of the copy, and its DECODE_AMPLIFICATION."""
    name = folder / "c.tif"
    told = copying.amplification(
        lambda: copying.copy(name, source, *options))
    return name.read_bytes(), told


def test_is_the_same_whatever_the_threads_and_the_memory(tmp_path, made):
    source, options = made
    expected = None
    for threads in (1, 2, 8):
        least = copying.least_memory(source, *options,
                                     "NUM_THREADS=%d" % threads)
        assert least < 32
        for memory_mb in (least, 32, 256):
            with copying.collected() as messages:
                found = copying.copy(
                    tmp_path / "c.tif", source, *options,
                    "NUM_THREADS=%d" % threads,
                    "MEMORY_MAX=%dMB" % memory_mb) is not None
            assert found, (threads, memory_mb, messages)
            data = (tmp_path / "c.tif").read_bytes()
            expected = expected or data
            assert data == expected, (threads, memory_mb)


def test_decodes_each_block_once(tmp_path, made):
    """Also with the least memory."""
    source, options = made
    least = copying.least_memory(source, *options)
    for memory in ("%dMB" % least, "256MB"):
        _, amplification = file_of(tmp_path, source,
                                   [*options, "MEMORY_MAX=" + memory])
        assert amplification == 1.0, memory


def test_the_least_memory_is_named_and_enough(tmp_path, made):
    source, options = made
    least = copying.least_memory(source, *options)
    if least > 1:
        with copying.collected() as messages:
            assert copying.copy(tmp_path / "c.tif", source, *options,
                                "MEMORY_MAX=%dMB" % (least - 1)) is None
        assert "MEMORY_MAX=%dMB" % least in messages[0][1]
        assert list(tmp_path.iterdir()) == []
    assert copying.copy(tmp_path / "c.tif", source, *options,
                        "MEMORY_MAX=%dMB" % least) is not None


def words(*options):
    return [word for option in options for word in ("-co", option)]


@pytest.fixture(scope="module", params=["strips", "floats", "wide"])
def large(request, tmp_path_factory):
    """The name of a source of 35 to 110 MB."""
    name = str(tmp_path_factory.mktemp(request.param) / "in.tif")
    size, bands, kind, rows = {
        "strips": ((4608, 4096), 3, gdal.GDT_Byte, 64),
        "floats": ((5120, 3584), 1, gdal.GDT_UInt16, 1),
        "wide": ((24000, 1500), 3, gdal.GDT_Byte, 16)}[request.param]
    peaks.write(name, *size, bands, [*peaks.ZSTD, "BLOCKYSIZE=%d" % rows],
                kind)
    return name


@pytest.mark.alike
@pytest.mark.parametrize("method", ["AVERAGE", "CUBIC"])
@pytest.mark.parametrize("memory_mb", [24, 96])
def test_takes_what_it_may_and_little_else(tmp_path, large, memory_mb,
                                           method):
    command = ["gdal_translate", "-q", "-of", "RETILE", large,
               str(tmp_path / "c.tif"), *words(
                   "LAYOUT=COG", "COMPRESS=ZSTD", "LEVEL=1", "NUM_THREADS=2",
                   "RESAMPLING=" + method)]
    done, peak, said = peaks.measured(
        *command, *words("MEMORY_MAX=%dMB" % memory_mb))
    if not done:
        least = peaks.least_mb(said)
        assert least > memory_mb
        memory_mb = least
        done, peak, said = peaks.measured(
            *command, *words("MEMORY_MAX=%dMB" % memory_mb))
    assert done, said
    _, base, _ = peaks.measured("gdalinfo", large)
    may = peaks.SHARE * memory_mb * MB + peaks.ALLOWANCE
    print("%d MB: took %.1f of %.1f MB" % (memory_mb, (peak - base) / MB,
                                           may / MB))
    assert peak - base <= may


def test_each_tile_is_encoded_once_and_each_pixel_decoded_once(tmp_path):
    """The copy is one pass, as its debug message says."""
    source = cogs.tiff(tmp_path / "in.tif", cogs.scene(1100, 700),
                       "BLOCKYSIZE=7")
    with copying.configured(CPL_DEBUG="RETILE"), \
            copying.collected() as messages:
        assert copying.copy(tmp_path / "c.tif", source, *OPTIONS) is not None
    told = [text for _, text in messages if "DECODE_AMPLIFICATION" in text]
    assert len(told) == 1
    assert re.search(r"level 0 of '.*', and 3 computed from it: "
                     r"DECODE_AMPLIFICATION=1\.00", told[0]), told
