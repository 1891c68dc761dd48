"""Shards make the file of one process, whatever the source is: all of
retile_dask.py except Dask, in this process."""

import argparse
import os

import pytest
from osgeo import gdal

import retile_dask
import shard_plan
from conftest import pixels, write
from retile_apps import Stop, as_list

COG = ["LAYOUT=COG", "OVERVIEW_RESAMPLING=AVERAGE", "BLOCKSIZE=128",
       "COMPRESS=DEFLATE"]
TILES = ["COMPRESS=DEFLATE", "BLOCKXSIZE=256", "BLOCKYSIZE=256"]


def sharded(source, target, options, n_workers=2):
    """Makes the target; returns the job."""
    asked = argparse.Namespace(source=source, target=str(target), co=options,
                               scheduler=None, resume=False)
    checked = retile_dask.check(asked)
    shards, job = retile_dask.prepare(asked, checked, n_workers)
    last = as_list(shard_plan.shard_options(job, checked, job["tile"]))
    first = as_list(shard_plan.lossless_options(job, checked, job["tile"]))
    y = 0
    for number, height in enumerate(job["heights"]):
        copies = [(shards.path(number), last)]
        if job["lossless_first"]:
            copies.insert(0, (shards.lossless_path(number), first))
        retile_dask.copy_shard(source, [0, y, job["width"], height], copies, 1)
        y += height
    retile_dask.join(shards, job, source, str(target), checked)
    shards.remove()
    return job


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def is_that_of_one_process(tmp_path, source, options):
    job = sharded(source, tmp_path / "many.tif", options)
    gdal.Translate(str(tmp_path / "one.tif"), source, format="RETILE",
                   creationOptions=options)
    assert contents(tmp_path / "one.tif") == contents(tmp_path / "many.tif")
    assert not os.path.exists(tmp_path / "many.tif.shards")
    return job


def prepared(tmp_path, kind):
    array = pixels((600, 1024), 4 if kind == "alpha" else 3)
    array[:, 300:500, 100:300] = 0
    source = write(tmp_path / "source.tif", array,
                   nodata=0 if kind == "nodata" else None)
    made = str(tmp_path / ("made." + kind))
    if kind in ("alpha", "words"):
        dataset = gdal.Open(source, gdal.GA_Update)
        if kind == "alpha":
            dataset.GetRasterBand(4).SetColorInterpretation(gdal.GCI_AlphaBand)
        else:
            dataset.SetMetadata({"A": "b & <c>", "AREA_OR_POINT": "Point"})
            dataset.GetRasterBand(2).SetDescription("green <&>")
            dataset.GetRasterBand(1).SetScale(2)
        dataset = None
    elif kind == "view":
        return "RETILE:" + source
    elif kind == "mask":
        gdal.Translate(made, source, format="VRT", maskBand=1).FlushCache()
        return made
    elif kind == "png":
        gdal.Translate(made, source, format="PNG")
        return made
    elif kind == "apart":
        gdal.Translate(made, source, format="GTiff",
                       creationOptions=["INTERLEAVE=BAND"])
        return made
    elif kind == "bits":
        gdal.Translate(made, source, format="GTiff",
                       creationOptions=["NBITS=7"])
        return made
    return source


@pytest.mark.parametrize("options", [COG, TILES], ids=["cog", "tiles"])
@pytest.mark.parametrize("kind", ["plain", "nodata", "alpha", "words", "view",
                                  "mask", "png", "apart", "bits"])
def test_sources(tmp_path, kind, options):
    is_that_of_one_process(tmp_path, prepared(tmp_path, kind), options)


@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE"])
def test_a_palette_decides_how_levels_are_computed(tmp_path, method):
    source = write(tmp_path / "source.tif", pixels((600, 1024), 1))
    dataset = gdal.Open(source, gdal.GA_Update)
    table = gdal.ColorTable()
    for i in range(256):
        table.SetColorEntry(i, (i, 255 - i, i, 255))
    dataset.GetRasterBand(1).SetColorTable(table)
    dataset = None
    job = is_that_of_one_process(tmp_path, source, [
        "LAYOUT=COG", "BLOCKSIZE=128", "OVERVIEW_RESAMPLING=" + method])
    assert job["raw"] and 0 < job["shard_levels"] < job["levels"]


@pytest.mark.parametrize("gdal_type, nodata", [
    (gdal.GDT_Int64, 0), (gdal.GDT_Float32, float("nan")),
    (gdal.GDT_UInt16, 65535)])
def test_types(tmp_path, gdal_type, nodata):
    source = str(tmp_path / "source.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(source, 600, 1024, 1,
                                                   gdal_type)
    dataset.GetRasterBand(1).SetNoDataValue(nodata)
    dataset.GetRasterBand(1).WriteArray(
        pixels((600, 1024), 1)[0].astype("float64"))
    dataset = None
    is_that_of_one_process(tmp_path, source, COG)


@pytest.mark.parametrize("quality", ["60", "90"])
def test_a_loss_does_not_reach_the_levels(tmp_path, quality):
    source = write(tmp_path / "source.tif", pixels((512, 2048)))
    job = is_that_of_one_process(tmp_path, source, COG[:3] + [
        "COMPRESS=JPEG", "QUALITY=" + quality])
    assert job["lossless_first"] and job["shard_levels"] == 2


@pytest.mark.parametrize("height, levels", [(1024, 2), (1090, 1), (1001, 0)])
def test_levels_that_are_exact_halves_are_the_shards(tmp_path, height, levels):
    source = write(tmp_path / "source.tif", pixels((700, height)))
    job = is_that_of_one_process(tmp_path, source, COG)
    assert job["shard_levels"] == levels


def test_strips_that_do_not_suit_the_tiles_are_cut(tmp_path):
    source = write(tmp_path / "source.tif", pixels((600, 1024)),
                   ["BLOCKYSIZE=5", "COMPRESS=DEFLATE"])
    job = is_that_of_one_process(tmp_path, source, COG)
    assert job["twice"] and job["shard_levels"] == 2


def test_a_kernel_is_computed_when_shards_are_joined(tmp_path):
    source = write(tmp_path / "source.tif", pixels((600, 1024)))
    job = is_that_of_one_process(tmp_path, source, [
        "LAYOUT=COG", "BLOCKSIZE=128", "COMPRESS=LZW"])
    assert not job["raw"]


def test_overviews_of_the_source_are_refused(tmp_path):
    source = write(tmp_path / "source.tif", pixels((600, 1024)))
    gdal.Open(source, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4])
    with pytest.raises(Stop, match="OVERVIEWS=IGNORE_EXISTING"):
        sharded(source, tmp_path / "many.tif", COG)
    is_that_of_one_process(tmp_path, source, COG + [
        "OVERVIEWS=IGNORE_EXISTING"])
