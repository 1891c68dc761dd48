"""Copies of the result of an operator: its input is decoded once."""

import re
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from copying import amplification, collected, configured

COLOURS = "0 0 0 0\n300 10 200 30\n700 255 255 10\n900 255 255 255\nnv 0 0 0\n"


def make_dem(path, width, height, options=()):
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    heights = (500 + 300 * np.sin(x / 97) * np.cos(y / 61) +
               np.random.default_rng(1).random((height, width)) * 5)
    heights[height // 3:height // 2, width // 4:width // 3] = -9999
    dem = gdal.GetDriverByName("GTiff").Create(
        path, width, height, 1, gdal.GDT_Float32, list(options))
    dem.SetGeoTransform((0, 30, 0, 0, 0, -30))
    dem.GetRasterBand(1).SetNoDataValue(-9999)
    dem.GetRasterBand(1).WriteArray(heights.astype(np.float32))


def told_copy(words, source, path, *options):
    """The messages of the copy under CPL_DEBUG."""
    view = gdal.OpenEx("RETILE:" + source, open_options=["FOCAL=" + words])
    with configured(CPL_DEBUG="RETILE"), collected() as messages:
        assert gdal.GetDriverByName("RETILE").CreateCopy(
            path, view, options=list(options)) is not None, messages
    told = "\n".join(text for _, text in messages)
    assert "the operator's input: " in told, told
    return told


def copy(words, source, path, *options):
    """(DECODE_AMPLIFICATION, MB held) of each image of the copy."""
    told = told_copy(words, source, path, *options)
    found = re.findall(
        r"DECODE_AMPLIFICATION=([0-9.]+), held at most ([0-9.]+) MB", told)
    assert found, told
    return [(float(times), float(held)) for times, held in found]


def expect_the_result(words, source, path, colours=None, band=1):
    mode, *rest = words.split()
    result = gdal.DEMProcessing(
        "", source, mode, format="MEM", colorFilename=colours, band=band,
        options=[word for word in rest if word != colours])
    copied = gdal.Open(path)
    assert copied.RasterCount == result.RasterCount
    assert copied.ReadAsArray().tobytes() == result.ReadAsArray().tobytes()


@pytest.mark.parametrize("size", [(2048, 8192), (8192, 2048), (1024, 8192)])
def test_the_published_case(tmp_path, size):
    """A writer that reads whole neighbouring blocks needs 12 to 15 MiB with
    this budget and reads each pixel 5.5 to 9.7 times."""
    dem, copied = str(tmp_path / "dem.tif"), str(tmp_path / "slope.tif")
    make_dem(dem, *size, ("TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"))
    (times, held), = copy("slope", dem, copied, "MEMORY_MAX=8MB",
                          "NUM_THREADS=2", "BLOCKXSIZE=256", "BLOCKYSIZE=256")
    assert times == 1
    assert held <= 8
    expect_the_result("slope", dem, copied)


@pytest.mark.parametrize("words", [
    "slope -p", "aspect -compute_edges", "hillshade -multidirectional", "TPI",
    "roughness"])
@pytest.mark.parametrize("source", [
    (), ("COMPRESS=DEFLATE", "BLOCKYSIZE=1"),
    ("TILED=YES", "BLOCKXSIZE=112", "BLOCKYSIZE=48")])
def test_each_block_is_decoded_once(tmp_path, words, source):
    dem, copied = str(tmp_path / "dem.tif"), str(tmp_path / "copy.tif")
    make_dem(dem, 701, 503, source)
    assert copy(words, dem, copied, "MEMORY_MAX=4MB", "BLOCKXSIZE=128",
                "BLOCKYSIZE=64")[0][0] == 1
    expect_the_result(words, dem, copied)


def test_a_source_that_is_decoded_from_the_top(tmp_path):
    dem, png = str(tmp_path / "dem.tif"), str(tmp_path / "dem.png")
    make_dem(dem, 701, 503)
    gdal.Translate(png, dem, outputType=gdal.GDT_UInt16, noData="none",
                   scaleParams=[[0, 900, 0, 60000]], format="PNG")
    copied = str(tmp_path / "copy.tif")
    assert copy("slope", png, copied)[0][0] == 1
    expect_the_result("slope", png, copied)


@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("words", ["color-relief {}", "color-relief {} -alpha"])
def test_planes_come_of_one_band(tmp_path, words, interleave):
    dem, colours = str(tmp_path / "dem.tif"), str(tmp_path / "colours.txt")
    make_dem(dem, 701, 503)
    (tmp_path / "colours.txt").write_text(COLOURS)
    words = words.format(colours)
    copied = str(tmp_path / "copy.tif")
    assert copy(words, dem, copied, "INTERLEAVE=" + interleave)[0][0] == 1
    expect_the_result(words, dem, copied, colours)


def test_one_band_of_several(tmp_path):
    dem, three = str(tmp_path / "dem.tif"), str(tmp_path / "three.tif")
    make_dem(dem, 701, 503)
    gdal.Translate(three, dem, bandList=[1, 1, 1],
                   creationOptions=["INTERLEAVE=PIXEL"])
    changed = gdal.Open(three, gdal.GA_Update)
    band = changed.GetRasterBand(2)
    band.WriteArray(band.ReadAsArray()[::-1])
    del band, changed
    copied = str(tmp_path / "copy.tif")
    assert copy("slope -b 2", three, copied)[0][0] == 1
    expect_the_result("slope", three, copied, band=2)


def test_without_room_for_half_built_tiles_the_result_is_the_same(tmp_path):
    dem, copied = str(tmp_path / "dem.tif"), str(tmp_path / "copy.tif")
    make_dem(dem, 4096, 700, ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"))
    (times, held), = copy("slope", dem, copied, "MEMORY_MAX=3MB", "SPILL=NONE",
                          "BLOCKXSIZE=128", "BLOCKYSIZE=128")
    assert times > 1
    assert held <= 3
    expect_the_result("slope", dem, copied)


# Strips of one line are lower than the operator's neighbourhood.
@pytest.mark.parametrize("source", [
    ("COMPRESS=DEFLATE", "BLOCKYSIZE=1"), ("COMPRESS=DEFLATE", "BLOCKYSIZE=3"),
    ("TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256")])
def test_the_plan_says_what_is_decoded_again(tmp_path, source):
    dem, copied = str(tmp_path / "dem.tif"), str(tmp_path / "copy.tif")
    make_dem(dem, 4096, 700, source)
    tiles = ("MEMORY_MAX=3MB", "BLOCKXSIZE=128", "BLOCKYSIZE=128")
    for spill, again in (("SPILL=NONE", True), ("SPILL=DISK", False)):
        told = told_copy("slope", dem, copied, spill, *tiles)
        planned, = re.findall(r"each pixel decoded ([0-9.]+) times", told)
        done, = re.findall(r"': DECODE_AMPLIFICATION=([0-9.]+)", told)
        assert planned == done
        assert (float(planned) > 1) == again
        assert ("once for each row and segment of tiles" in told) == again
        expect_the_result("slope", dem, copied)


FILTER = """<VRTDataset rasterXSize="701" rasterYSize="503">
  <VRTRasterBand dataType="Float32" band="1">
    <KernelFilteredSource>
      <SourceFilename>%s</SourceFilename>%s
      <SourceBand>1</SourceBand>
      <SrcRect xOff="0" yOff="0" xSize="701" ySize="503"/>
      <DstRect xOff="0" yOff="0" xSize="701" ySize="503"/>
      <Kernel><Size>3</Size><Coefs>1 2 1 2 4 2 1 2 1</Coefs></Kernel>
    </KernelFilteredSource>
  </VRTRasterBand>
</VRTDataset>"""
FOCAL = '<OpenOptions><OOI key="FOCAL">slope</OOI></OpenOptions>'


@pytest.mark.parametrize("source", [
    ("COMPRESS=DEFLATE", "BLOCKYSIZE=1"),
    ("TILED=YES", "BLOCKXSIZE=112", "BLOCKYSIZE=48")])
def test_an_operator_under_a_filter(tmp_path, source):
    """Both look at neighbours, and the cache of the process is too small."""
    dem, slope = str(tmp_path / "dem.tif"), str(tmp_path / "slope.tif")
    ours, plain = str(tmp_path / "ours.vrt"), str(tmp_path / "plain.vrt")
    copied = str(tmp_path / "copy.tif")
    make_dem(dem, 701, 503, source)
    gdal.DEMProcessing(slope, dem, "slope")
    Path(ours).write_text(FILTER % ("RETILE:" + dem, FOCAL))
    Path(plain).write_text(FILTER % (slope, ""))
    with configured(RETILE_CACHEMAX="1MB"):
        assert amplification(lambda: gdal.GetDriverByName(
            "RETILE").CreateCopy(copied, gdal.Open(ours), options=[
                "MEMORY_MAX=24MB", "BLOCKXSIZE=128", "BLOCKYSIZE=64"])) == 1
    assert gdal.Open(copied).ReadAsArray().tobytes() == \
        gdal.Open(plain).ReadAsArray().tobytes()
