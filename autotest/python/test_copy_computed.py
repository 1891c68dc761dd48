"""Copies of what is computed from other rasters, by nested VRTs and by warps:
the pixels that GDAL gives, and each block under it decoded once."""

import itertools
import re
import subprocess

import numpy as np
import pytest
from osgeo import gdal, osr

from copying import GDAL

gdal.UseExceptions()


@pytest.fixture(autouse=True)
def _in_folder(tmp_path, monkeypatch):
    """From GDAL 3.9 on a request larger than a block is warped at once, and masks
    go into the TIFF, unless it is told otherwise."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO")
    monkeypatch.setenv("GDAL_TIFF_INTERNAL_MASK", "NO")


WIDTH, HEIGHT = 60, 50
RECTANGLES = ('<SrcRect xOff="0" yOff="0" xSize="60" ySize="50"/>'
              '<DstRect xOff="0" yOff="0" xSize="60" ySize="50"/>')
KERNEL = ('<Kernel normalized="1"><Size>3</Size>'
          '<Coefs>1 2 1 2 4 2 1 2 1</Coefs></Kernel>')
SCALE = '<ScaleOffset>0.3</ScaleOffset><ScaleRatio>0.37</ScaleRatio>'


def source(kind, name, more=""):
    return ('<%s><SourceFilename relativeToVRT="0">%s</SourceFilename>'
            '<SourceBand>1</SourceBand>%s%s</%s>' % (
                kind, name, RECTANGLES, more, kind))


def function(name, of):
    return '<PixelFunctionType>%s</PixelFunctionType>%s' % (name, of)


# What a band computes from the dataset of a name.
LAYERS = {
    "simple": lambda name: source("SimpleSource", name),
    "kernel": lambda name: source("KernelFilteredSource", name, KERNEL),
    "scale": lambda name: source("ComplexSource", name, SCALE),
    "sqrt": lambda name: function("sqrt", source("SimpleSource", name)),
    "real": lambda name: function("real", source("SimpleSource", name)),
    "real in double": lambda name: function(
        "real", "<SourceTransferType>Float64</SourceTransferType>" +
        source("SimpleSource", name)),
}


def write_vrt(path, layer, kind, under):
    inner = LAYERS[layer](under)
    derived = ' subClass="VRTDerivedRasterBand"' if "PixelFunction" in inner \
        else ""
    with open(path, "w", encoding="utf-8") as file:
        file.write('<VRTDataset rasterXSize="60" rasterYSize="50">'
                   '<VRTRasterBand dataType="%s" band="1"%s>%s'
                   '</VRTRasterBand></VRTDataset>' % (kind, derived, inner))


@pytest.mark.parametrize("kind", ["Byte", "Float32"])
def test_a_vrt_over_a_computed_vrt_gets_the_same_values(kind):
    # A band of bytes may hand on 41.5 to a reader that asks for floats.
    pixels = np.random.default_rng(3).random((HEIGHT, WIDTH)) * 250
    raster = gdal.GetDriverByName("GTiff").Create(
        "file.tif", WIDTH, HEIGHT, 1, gdal.GetDataTypeByName(kind))
    raster.GetRasterBand(1).WriteArray(
        pixels.astype("uint8" if kind == "Byte" else "float32"))
    raster = None
    different = []
    for below, above in itertools.product(
            itertools.product(LAYERS, ("Byte", "Float32")), repeat=2):
        write_vrt("below.vrt", *below, "file.tif")
        write_vrt("above.vrt", *above, "below.vrt")
        copies = [gdal.GetDriverByName(driver).CreateCopy(
            path, gdal.Open("above.vrt"), options=options).ReadAsArray()
            for driver, path, options in (
                ("GTiff", "/vsimem/theirs.tif", ["TILED=YES"]),
                ("RETILE", "/vsimem/ours.tif", []))]
        if not np.array_equal(*copies, equal_nan=kind != "Byte"):
            different.append((below, above))
    assert different == []


# GDAL writes zeros into the gaps between the lines of a buffer that it computes
# a pixel function into. There other parts of an image may be, or padding.

def write_function(path, kinds, shrunk):
    """A pixel function for each type in kinds, over noise of 700 x 500."""
    noise = gdal.GetDriverByName("GTiff").Create("noise.tif", 700, 500, 2)
    for band in range(2):
        noise.GetRasterBand(band + 1).WriteArray(np.random.default_rng(
            band).integers(1, 255, (500, 700)).astype("uint8"))
    noise = None
    of = ('resampling="average"', '<DstRect xOff="0.5" yOff="0.5" '
          'xSize="590.5" ySize="440.25"/>') if shrunk else (
              "", '<DstRect xOff="0" yOff="0" xSize="700" ySize="500"/>')
    bands = "".join(
        '<VRTRasterBand dataType="%s" band="%d" '
        'subClass="VRTDerivedRasterBand"><PixelFunctionType>sqrt'
        '</PixelFunctionType><SimpleSource %s><SourceFilename>noise.tif'
        '</SourceFilename><SourceBand>%d</SourceBand><SrcRect xOff="0" '
        'yOff="0" xSize="700" ySize="500"/>%s</SimpleSource></VRTRasterBand>'
        % (kind, number, of[0], number, of[1])
        for number, kind in enumerate(kinds, 1))
    with open(path, "w", encoding="utf-8") as file:
        file.write('<VRTDataset rasterXSize="700" rasterYSize="500">%s'
                   "</VRTDataset>" % bands)


@pytest.mark.parametrize("shrunk", [False, True])
@pytest.mark.parametrize("kinds", [["Byte"], ["Float32", "Float32"]])
@pytest.mark.parametrize("size", [128, 256, 512])
@pytest.mark.parametrize("layout", ["COG", "GTIFF"])
def test_a_pixel_function_in_tiles_of_any_size(layout, size, kinds, shrunk):
    write_function("f.vrt", kinds, shrunk)
    sides = ["BLOCKSIZE=%d" % size] if layout == "COG" else [
        "BLOCKXSIZE=%d" % size, "BLOCKYSIZE=%d" % size]
    ours = gdal.GetDriverByName("RETILE").CreateCopy(
        "ours.tif", gdal.Open("f.vrt"), options=["LAYOUT=" + layout] + sides)
    theirs = gdal.GetDriverByName(
        "COG" if layout == "COG" else "GTiff").CreateCopy(
            "theirs.tif", gdal.Open("f.vrt"), options=sides + (
                [] if layout == "COG" else ["TILED=YES"]))
    assert np.array_equal(ours.ReadAsArray(), theirs.ReadAsArray())


@pytest.mark.parametrize("shrunk", [False, True])
@pytest.mark.parametrize("kinds", [["Byte"], ["Float32", "Float32"]])
def test_padding_around_a_pixel_function(kinds, shrunk):
    write_function("f.vrt", kinds, shrunk)
    view = gdal.OpenEx("RETILE:f.vrt", open_options=[
        "PAD_EDGES=YES", "PAD_VALUE=77", "BLOCKXSIZE=256"])
    for x, y, width, height in ((0, 0, 768, 512), (600, 400, 168, 112),
                                (699, 0, 9, 500), (650, 300, 100, 2)):
        inside = np.s_[..., :max(500 - y, 0), :max(700 - x, 0)]
        for reader in [view, *map(view.GetRasterBand,
                                  range(1, len(kinds) + 1))]:
            pixels = reader.ReadAsArray(x, y, width, height)
            assert not (pixels[inside] == 77).any()
            pixels[inside] = 77
            assert (pixels == 77).all()


def write_scene(path, options):
    """1400 x 1200 x 3 bytes in UTM, none of them like its neighbours."""
    raster = gdal.GetDriverByName("MEM").Create("", 1400, 1200, 3)
    raster.SetGeoTransform((600000, 10, 0, 5300000, 0, -10))
    raster.SetProjection(osr.GetUserInputAsWKT("EPSG:32632"))
    for band in range(3):
        raster.GetRasterBand(band + 1).WriteArray(np.random.default_rng(
            band).integers(1, 255, (1200, 1400)).astype("uint8"))
    gdal.GetDriverByName("GTiff" if path.endswith(".tif") else "PNG"
                         ).CreateCopy(path, raster, 0, options)


SOURCES = {"scene.png": ["ZLEVEL=1"],
           "strips.tif": ["COMPRESS=DEFLATE", "INTERLEAVE=PIXEL",
                          "BLOCKYSIZE=16"],
           "tiles.tif": ["COMPRESS=DEFLATE", "INTERLEAVE=PIXEL", "TILED=YES"]}
# Slightly turned, turned by a third, smaller, and the lower half only.
WARPS = {"mercator": ["-t_srs", "EPSG:3857"],
         "polar": ["-t_srs", "+proj=stere +lat_0=90 +lon_0=-45 +type=crs"],
         "smaller": ["-tr", "35", "35", "-r", "cubic"],
         "part": ["-te", "603000", "5288000", "611000", "5293000"]}


@pytest.mark.alike
@pytest.mark.parametrize("memory", ["16MB", "64MB"])
@pytest.mark.parametrize("path", SOURCES)
@pytest.mark.parametrize("warp", WARPS)
def test_a_warp_decodes_each_block_once(warp, path, memory):
    write_scene(path, SOURCES[path])
    words = ["gdalwarp", "-q", *WARPS[warp], path]
    if "-r" not in words:
        words += ["-r", "bilinear"]
    subprocess.run([*words, "-of", "COG", "-co", "OVERVIEWS=NONE", "c.tif"],
                   check=True)
    told = subprocess.run(
        [*words, "-of", "RETILE", "-co", "MEMORY_MAX=" + memory, "ours.tif",
         "--debug", "RETILE"], check=True, stderr=subprocess.PIPE,
        encoding="utf-8").stderr
    found = re.search(
        r"what lies under it: DECODE_AMPLIFICATION=([0-9.]+), (\d+) pixels",
        told)
    assert found and found.group(1) == "1.00", told
    # ... and of tiles only those that the part touches.
    if warp == "part" and path == "tiles.tif":
        assert int(found.group(2)) <= 5 * 256 * 3 * 256
    # Before GDAL 3.7 gdalwarp copies the VRT into a COG; 3.10 does not.
    subprocess.run([*words, "-of", "VRT", "v.vrt"], check=True)
    for name in ["v.vrt"] + (["c.tif"] if GDAL < (3, 7) else []):
        assert np.array_equal(gdal.Open("ours.tif").ReadAsArray(),
                              gdal.Open(name).ReadAsArray())


def values(path):
    raster = gdal.Open(path)
    return [raster.ReadAsArray().tobytes(), *(
        raster.GetRasterBand(number + 1).GetMaskBand().ReadAsArray().tobytes()
        for number in range(raster.RasterCount))]


def write_masked(path, options):
    write_scene("scene.tif", ["INTERLEAVE=PIXEL", "TILED=YES"])
    raster = gdal.Open("scene.tif", gdal.GA_Update)
    stripes = np.zeros((1200, 1400), np.uint8)
    stripes[::3, 100:] = 255
    raster.GetRasterBand(2).WriteArray(stripes)
    raster = None
    if path != "scene.tif":
        gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
            path, gdal.Open("scene.tif"), 0, options)


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@pytest.mark.parametrize("path, options", [
    ("scene.tif", []),
    ("tiles.jp2", ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=512",
                   "BLOCKYSIZE=512"]),
    ("one.jp2", ["REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=2048",
                 "BLOCKYSIZE=2048"])], ids=["tif", "tiles", "one tile"])
@pytest.mark.parametrize("bands", [[1, 3], [2], [3, 2, 2, 1]])
@pytest.mark.alike
def test_a_mask_that_is_a_band_comes_out_of_the_same_pass(
        bands, path, options, layout):
    write_masked(path, options)
    words = ["gdal_translate", "-q", "-mask", "2", "-srcwin", "13", "7",
             "1300", "1100", path]
    for band in bands:
        words += ["-b", str(band)]
    subprocess.run([*words, "-of", layout.replace("GTIFF", "GTiff"),
                    "theirs.tif"], check=True)
    masks = []
    for memory in ("25MB", "256MB"):
        told = subprocess.run(
            [*words, "-of", "RETILE", "-co", "LAYOUT=" + layout, "-co",
             "COMPRESS=DEFLATE", "-co", "MEMORY_MAX=" + memory,
             "ours.tif", "--debug", "RETILE"], check=True,
            stderr=subprocess.PIPE, encoding="utf-8").stderr
        assert values("ours.tif") == values("theirs.tif")
        if layout == "GTIFF":
            assert "bands and mask of 'ours.tif'" in told or memory == "25MB"
            with open("ours.tif.msk", "rb") as file:
                masks.append(file.read())
    assert masks[:-1] == masks[1:]
