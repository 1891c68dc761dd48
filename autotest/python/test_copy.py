"""-of RETILE out.tif writes what -of GTiff -co TILED=YES writes, except for the
layout."""

from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

import rasters
import tiff_tags
from copying import (TYPES, assert_same_copies, collected, configured, copy,
                     memory, pixels, write)

gdal.UseExceptions()

SMALL_TILES = ("BLOCKXSIZE=64", "BLOCKYSIZE=48")
WIDTH, HEIGHT = 150, 130
BROKEN = "source_missing.vrt"  # it opens, but every call fails


def sources():
    """(folder/file, name with {} for the path) of all rasters that open."""
    found = []
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    for path in rasters.files():
        dataset, _ = rasters.try_open(path)
        if dataset is None or path.name == BROKEN:
            continue
        key = "%s/%s" % (path.parent.name, path.name)
        if dataset.RasterCount:
            found.append((key, "{}"))
        found += [(key, name.replace(str(path), "{}"))
                  for name, _ in dataset.GetSubDatasets()]
    gdal.PopErrorHandler()
    return found


def label(entry):
    key, form = entry
    return key + form.replace("{}", "").replace('"', "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("rasters")
    rasters.copy_folders(target)
    return target


@pytest.mark.parametrize("through", ["", "RETILE:"])
@pytest.mark.parametrize("entry", sources(), ids=label)
def test_a_copy_is_what_gtiff_writes(entry, through, folder, tmp_path):
    key, form = entry
    name = form.replace("{}", str(folder / key))
    reliable = Path(key).name not in rasters.UNRELIABLE
    small = gdal.Open(name).RasterXSize < 400
    options = SMALL_TILES if through or small else ()
    assert_same_copies(tmp_path, through + name, *options, reliable=reliable)


# How the source marks invalid pixels, and GDAL_TIFF_INTERNAL_MASK.
MASKS = [("none", "YES"), ("nodata", "YES"), ("alpha", "YES"),
         ("inside", "YES"), ("inside", "NO"), ("beside", "YES"),
         ("beside", "NO")]


def make(folder, kind, mask, bands):
    """A GeoTIFF of this type with some invalid pixels, marked in this way."""
    dataset = memory(WIDTH, HEIGHT, bands, kind)
    invalid = pixels(WIDTH, HEIGHT, 1, "Byte") % 5 == 0
    for number in range(1, bands + 1):
        if mask == "nodata":
            band = dataset.GetRasterBand(number)
            values = band.ReadAsArray()
            values[invalid] = 77
            band.WriteArray(values)
            band.SetNoDataValue(77)
    options = ["ALPHA=YES"] if mask == "alpha" else []
    name = write(folder / "source.tif", "GTiff", dataset, *options)
    if mask in ("inside", "beside"):
        with configured(GDAL_TIFF_INTERNAL_MASK=(
                "YES" if mask == "inside" else "NO")):
            dataset = gdal.Open(name, gdal.GA_Update)
            dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
            dataset.GetRasterBand(1).GetMaskBand().WriteArray(
                np.where(invalid, 0, 255))
            dataset = None
    return name


CODECS = [("COMPRESS=DEFLATE", "PREDICTOR=2"), (), ("COMPRESS=LZW",),
          ("COMPRESS=ZSTD", "ZSTD_LEVEL=1"), ("COMPRESS=PACKBITS",)]


@pytest.mark.parametrize("mask, mask_inside", MASKS)
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
@pytest.mark.parametrize("kind", TYPES)
def test_types_interleaves_and_masks_are_what_gtiff_writes(
        kind, interleave, mask, mask_inside, tmp_path):
    turn = TYPES.index(kind) + MASKS.index((mask, mask_inside))
    codec = CODECS[turn % len(CODECS)]
    if "PREDICTOR=2" in codec and kind.startswith("C"):
        codec = ("COMPRESS=DEFLATE",)
    source = make(tmp_path, kind, mask, 2)
    with configured(GDAL_TIFF_INTERNAL_MASK=mask_inside):
        copied = assert_same_copies(tmp_path, source, *SMALL_TILES, *codec,
                                    "INTERLEAVE=" + interleave)
    assert copied.with_name("c.tif.msk").exists() == (mask_inside == "NO")


ENCODINGS = [
    ("Byte", "COMPRESS=DEFLATE", "ZLEVEL=9"),
    ("UInt16", "COMPRESS=LZW", "PREDICTOR=2"),
    ("Int32", "COMPRESS=ZSTD", "PREDICTOR=2", "ZSTD_LEVEL=3"),
    ("Float32", "COMPRESS=DEFLATE", "PREDICTOR=3"),
    ("Float64", "COMPRESS=ZSTD", "PREDICTOR=3"),
    ("Float32", "COMPRESS=LZW", "PREDICTOR=3", "NBITS=16"),
    ("Float32", "COMPRESS=DEFLATE", "DISCARD_LSB=8"),
    ("Byte", "DISCARD_LSB=3"),
    ("Byte", "COMPRESS=LZMA", "LZMA_PRESET=1"),
    ("Float32", "COMPRESS=LERC"),
    ("Float32", "COMPRESS=LERC", "MAX_Z_ERROR=0.5"),
    ("UInt16", "COMPRESS=LERC_DEFLATE", "ZLEVEL=2"),
    ("Float64", "COMPRESS=LERC_ZSTD", "MAX_Z_ERROR=0.01"),
    ("Byte", "COMPRESS=JPEG", "JPEG_QUALITY=60"),
    ("Byte", "COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"),
    ("Byte", "COMPRESS=JPEG", "INTERLEAVE=BAND"),
    ("UInt16", "COMPRESS=JPEG", "NBITS=12"),
    ("Byte", "COMPRESS=WEBP", "WEBP_LEVEL=50"),
    ("Byte", "COMPRESS=WEBP", "WEBP_LOSSLESS=YES"),
    ("Byte", "NBITS=1"),
    ("Byte", "NBITS=2", "COMPRESS=DEFLATE"),
    ("Byte", "NBITS=5", "INTERLEAVE=BAND"),
    ("UInt16", "NBITS=11", "COMPRESS=LZW"),
    ("UInt32", "NBITS=19"),
    ("Byte", "COMPRESS=CCITTRLE", "NBITS=1"),
    ("Byte", "COMPRESS=CCITTFAX3", "NBITS=1"),
    ("Byte", "COMPRESS=CCITTFAX4", "NBITS=1"),
    ("Byte", "PHOTOMETRIC=MINISWHITE"),
    ("Byte", "PHOTOMETRIC=CIELAB"),
    ("Byte", "PHOTOMETRIC=RGB", "ALPHA=NO"),
    ("Byte", "ALPHA=PREMULTIPLIED"),
    ("UInt16", "ENDIANNESS=BIG"),
    ("Float32", "ENDIANNESS=BIG", "COMPRESS=DEFLATE", "PREDICTOR=2"),
    ("Int16", "ENDIANNESS=BIG", "COMPRESS=LZW", "PREDICTOR=2"),
    ("Byte", "BIGTIFF=YES"),
    ("Byte", "BIGTIFF=YES", "ENDIANNESS=BIG", "COMPRESS=DEFLATE"),
    ("Byte", "PROFILE=BASELINE"),
    ("Byte", "PROFILE=GeoTIFF"),
    ("Byte", "GEOTIFF_KEYS_FLAVOR=ESRI_PE"),
    ("Byte", "GEOTIFF_VERSION=1.1"),
    ("Byte", "TFW=YES"),
    ("Byte", "PIXELTYPE=SIGNEDBYTE"),
    ("UInt16", "SPARSE_OK=TRUE", "COMPRESS=DEFLATE"),
]


@pytest.mark.parametrize("bands", [1, 3, 4])
@pytest.mark.parametrize("encoding", ENCODINGS, ids=" ".join)
def test_encodings_are_what_gtiff_writes_or_refuses(encoding, bands, tmp_path):
    kind, *options = encoding
    source = memory(WIDTH, HEIGHT, bands, kind)
    source.SetGeoTransform((400000, 10, 0, 5000000, 0, -10))
    assert_same_copies(tmp_path, source, *SMALL_TILES, *options)


def test_values_beyond_half_floats_become_infinite_with_gtiffs_warning(tmp_path):
    source = memory(WIDTH, HEIGHT, 2, "Float32")
    source.GetRasterBand(2).Fill(1e6)
    with collected() as messages:
        copied = copy(tmp_path / "out.tif", source, "NBITS=16", *SMALL_TILES)
    if gdal.VersionInfo() >= "3110000":  # GTiff does not warn
        assert messages == []
    else:
        assert [severity for severity, _ in messages] == [gdal.CE_Warning]
        assert str(tmp_path / "out.tif") in messages[0][1]
        assert "float16" in messages[0][1]
    assert np.isinf(copied.GetRasterBand(2).ReadAsArray()).all()
    assert (copied.GetRasterBand(1).ReadAsArray() ==
            pixels(WIDTH, HEIGHT, 1, "Float32")).all()


@pytest.mark.parametrize("nodata", [None, 0, 9])
@pytest.mark.parametrize("interleave", ["PIXEL", "BAND"])
def test_tiles_left_out_of_sparse_files_are_gtiffs(nodata, interleave,
                                                   tmp_path):
    """Both leave out the same tiles: those of nodata, or of 0 if there is no
    nodata value."""
    source = memory(WIDTH, HEIGHT, 2, "Byte")
    for number in (1, 2):
        band = source.GetRasterBand(number)
        values = np.zeros((HEIGHT, WIDTH), "uint8")
        values[:, :70] = nodata or 0
        values[100:, 100:] = 9 if number == 1 else 8
        band.WriteArray(values)
        if nodata is not None:
            band.SetNoDataValue(nodata)
    name = assert_same_copies(tmp_path, source, *SMALL_TILES,
                              "SPARSE_OK=TRUE", "INTERLEAVE=" + interleave)

    def left_out(path):
        tiff = tiff_tags.Tiff(path)
        return [length == 0
                for _, length in tiff.tiles(tiff.directories()[0])]

    assert left_out(name) == left_out(tmp_path / "gtiff" / "c.tif")
    assert True in left_out(name)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """RGB in UTM with nodata and statistics: strips, so that tiles differ."""
    dataset = memory(WIDTH, HEIGHT, 3, "Byte")
    dataset.SetProjection("EPSG:32632")
    dataset.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    dataset.SetMetadata({"TITLE": "made", "TIFFTAG_SOFTWARE": "none"})
    for number in (1, 2, 3):
        dataset.GetRasterBand(number).SetDescription("band %d" % number)
    return write(tmp_path_factory.mktemp("scene") / "scene.tif", "GTiff",
                 dataset, "BLOCKYSIZE=7", "PHOTOMETRIC=RGB")


WORDS = [
    "-srcwin 11 7 101 90", "-srcwin -20 -10 100 80",
    "-srcwin 10.5 7.25 80 70 -r bilinear", "-projwin 400100 4999900 401200 4999000",
    "-b 2", "-b 3 -b 1", "-b 1 -b 1 -b 2 -b 3", "-b 1 -mask 2",
    "-b 1 -b 2 -mask 3", "-mask none", "-ot UInt16", "-ot Float32",
    "-ot CFloat64", "-ot Byte -scale 0 250 10 200", "-ot Float64 -scale 0 1",
    "-scale_2 0 100 255 0", "-exponent 0.5 -scale 0 255 0 255 -ot UInt16",
    "-unscale -ot Float32", "-outsize 50% 50% -r average",
    "-outsize 301 257 -r cubic", "-outsize 75 0", "-tr 25 25 -r nearest",
    "-a_srs EPSG:4326", "-a_srs EPSG:9000 -a_coord_epoch 2021.3",
    "-a_ullr 10 50 11 49", "-a_nodata 3", "-a_nodata none", "-a_scale 2",
    "-a_offset 7", "-colorinterp red,blue,green", "-colorinterp_1 undefined",
    "-mo KEY=VALUE -mo A=B", "-nogcp",
    "-gcp 0 0 10 50 -gcp 150 0 11 50 -gcp 150 130 11 49 -a_srs EPSG:4326",
    "-stats", "-noxmp", "-norat", "-a_srs EPSG:32632 -strict",
    "-b 1 -ot Byte -co NBITS=3", "-b 1 -b 2 -b 3 -b mask",
    "-oo NUM_THREADS=2", "-epo -srcwin 0 0 10 10",
]


@pytest.mark.parametrize("words", WORDS)
def test_words_of_gdal_translate_do_what_they_do_with_gtiff(
        words, scene, tmp_path):
    assert_same_copies(tmp_path, scene, *SMALL_TILES, options=words.split())


@pytest.mark.parametrize("words", ["", "-expand rgb", "-expand rgba",
                                   "-expand gray", "-ot Int16",
                                   "-a_nodata 4", "-outsize 200% 200%"])
def test_palettes_are_kept_or_expanded_as_with_gtiff(words, tmp_path):
    dataset = memory(WIDTH, HEIGHT, 1, "Byte")
    table = gdal.ColorTable()
    for index in range(256):
        grey = "gray" in words
        table.SetColorEntry(index, (index, index if grey else 255 - index,
                                    index if grey else index // 2, 255))
    dataset.GetRasterBand(1).SetColorTable(table)
    name = write(tmp_path / "palette.tif", "GTiff", dataset)
    assert assert_same_copies(tmp_path, name, *SMALL_TILES, options=words.split())


@pytest.mark.parametrize("name", ["descriptive.tif", "control_points.tif",
                                  "histogram.vrt", "attributes.img"])
@pytest.mark.parametrize("profile", ["GDALGeoTIFF", "GeoTIFF", "BASELINE"])
def test_each_profile_puts_the_same_into_the_tags_and_beside(
        name, profile, folder, tmp_path):
    assert_same_copies(tmp_path, str(folder / "data" / name),
                       "PROFILE=" + profile)
