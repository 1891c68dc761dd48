"""A view tells the plan of a copy without making it."""

import json
import os

import numpy
import pytest
from osgeo import gdal

KEYS_OF_DECODES = {"source", "source_block", "source_offset", "access", "run",
                   "runs", "cut_rows", "workers", "overlap", "segmented",
                   "pixels", "pixels_decoded", "amplification", "bytes_held",
                   "bytes_spilled", "text"}


def write(path, size, options, bands=1):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), size[0], size[1], bands, gdal.GDT_Byte, options)
    dataset.WriteRaster(0, 0, size[0], size[1],
                        numpy.arange(bands * size[0] * size[1]).astype("uint8")
                        .tobytes())
    return str(path)


def plan(source, *options):
    view = gdal.Open("RETILE:" + source)
    return json.loads(view.GetMetadataItem("\n".join(options), "RETILE_PLAN"))


@pytest.fixture
def strips(tmp_path):
    return write(tmp_path / "strips.tif", (1000, 1100),
                 ["BLOCKYSIZE=48", "COMPRESS=DEFLATE"])


def test_the_plan_says_what_is_decoded_and_held(strips):
    told = plan(strips, "MEMORY_MAX=32MB", "COMPRESS=ZSTD", "BLOCKYSIZE=256")
    assert told["layout"] == "GTIFF"
    only, = told["passes"]
    assert KEYS_OF_DECODES <= set(only)
    assert only["how"] == "decoded and encoded"
    assert only["source_block"] == [1000, 48]
    assert only["tiles"] == [2, 5]
    assert only["pixels_decoded"] == only["pixels"] == 1000 * 1100
    assert 0 < only["bytes_held"] <= only["bytes_max"] == 32 << 20


@pytest.mark.parametrize("block, tile, rows", [
    (48, 512, 1100), (48, 256, 768), (64, 512, 512), (1, 16, 16)])
def test_a_copy_can_be_cut_where_blocks_and_tiles_end(tmp_path, block, tile,
                                                      rows):
    source = write(tmp_path / "s.tif", (1000, 1100), ["BLOCKYSIZE=%d" % block])
    told = plan(source, "BLOCKYSIZE=%d" % tile)
    assert told["passes"][0]["cut_rows"] == rows


def test_what_is_decoded_from_the_top_cannot_be_cut(strips, tmp_path):
    gdal.Translate(str(tmp_path / "x.png"), strips, format="PNG")
    only, = plan(str(tmp_path / "x.png"))["passes"]
    assert only["access"] == "SEQUENTIAL" and only["cut_rows"] == 1100


def test_levels_and_raw_copies(strips, tmp_path):
    cog, = plan(strips, "LAYOUT=COG", "BLOCKSIZE=256")["passes"]
    assert cog["levels_computed"] == 3
    tiled = write(tmp_path / "tiled.tif", (600, 600),
                  ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"])
    raw, = plan(tiled)["passes"]
    assert raw["how"] == "tiles are copied raw" and raw["files"] == 1
    assert "run" not in raw


def test_overviews_that_exist_are_passes(strips, tmp_path):
    gdal.Open(strips, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    told = plan(strips, "LAYOUT=COG")
    assert [one["level"] for one in told["passes"]] == [0, 1, 2]


def test_bands_apart_are_the_cog_drivers(strips):
    only, = plan(strips, "LAYOUT=COG", "INTERLEAVE=BAND")["passes"]
    assert only.get("how")


@pytest.mark.parametrize("option, why", [
    ("MEMORY_MAX=1MB\nBLOCKXSIZE=2048\nBLOCKYSIZE=2048",
     "at least MEMORY_MAX="),
    ("MEMORY_MAX=many", "MEMORY_MAX"),
    ("BLOCKYSIZE=17", "BLOCKYSIZE"),
    ("LAYOUT=DESCRIPTOR", "a descriptor has no plan"),
    ("LAYOUT=ROUND", "LAYOUT=ROUND")])
def test_what_a_copy_refuses_the_plan_refuses(tmp_path, option, why):
    source = write(tmp_path / "wide.tif", (20000, 600), ["BLOCKYSIZE=600"])
    with pytest.raises(RuntimeError, match=why):
        plan(source, option)


def test_nothing_is_written_and_nothing_decoded(strips):
    before = sorted(os.listdir(os.path.dirname(strips)))
    in_memory = gdal.ReadDirRecursive("/vsimem/")
    view = gdal.Open("RETILE:" + strips)
    assert view.GetMetadata("RETILE_PLAN")["PLAN"]
    assert int(view.GetMetadata("RETILE_STATS")["SOURCE_READS"]) == 0
    assert sorted(os.listdir(os.path.dirname(strips))) == before
    assert gdal.ReadDirRecursive("/vsimem/") == in_memory
    assert "RETILE_PLAN" not in view.GetMetadataDomainList()


def test_the_plan_is_that_of_the_copy(strips, tmp_path):
    said = []
    told, = plan(strips, "COMPRESS=LZW", "MEMORY_MAX=8MB")["passes"]
    gdal.PushErrorHandler(lambda level, number, text: said.append(text))
    gdal.SetConfigOption("CPL_DEBUG", "RETILE")
    gdal.Translate(str(tmp_path / "out.tif"), strips, format="RETILE",
                   creationOptions=["COMPRESS=LZW", "MEMORY_MAX=8MB"])
    gdal.SetConfigOption("CPL_DEBUG", None)
    gdal.PopErrorHandler()
    assert any(told["text"] in text for text in said)
