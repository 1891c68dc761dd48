"""If the source of a copy fails in the middle, the copy says why, once, and
leaves no file."""

import os
import shutil
from pathlib import Path

import pytest
from osgeo import gdal

import copies

DATA = Path(__file__).parent.parent / "data"


def spoil(name, junk):
    """Overwrites a part of the file, two thirds into it, with junk."""
    data = bytearray(name.read_bytes())
    at = len(data) * 2 // 3
    data[at:at + len(junk)] = junk
    name.write_bytes(data)
    return name


def png_with_bad_rows(folder):
    source = copies.make(folder / "scene.tif", 300, 200)
    name = folder / "bad_rows.png"
    gdal.Translate(str(name), source, format="PNG")
    (folder / "bad_rows.png.aux.xml").unlink()
    return spoil(name, bytes(200))


def jpeg_of_nothing(folder):
    """The scan has a marker in the middle that no decoder accepts."""
    source = copies.make(folder / "scene.tif", 300, 200)
    name = folder / "bad_scan.tif"
    gdal.Translate(str(name), source, creationOptions=[
        "COMPRESS=JPEG", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    return spoil(name, b"\xff\xc5\x00\x01" * 750)


def truncated_strips(folder):
    return shutil.copy(DATA / "truncated_strips.tif", folder)


def deflate_with_a_bad_tile(folder):
    name = folder / "bad_tile.tif"
    copies.make(name, 300, 200, options=[
        "COMPRESS=DEFLATE", "TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    return spoil(name, bytes(4000))


def vrt_without_its_source(folder):
    source = copies.make(folder / "scene.tif", 300, 200)
    name = folder / "scene.vrt"
    gdal.Translate(str(name), source, format="VRT")
    Path(source).unlink()
    return name


def mosaic_without_a_part(folder):
    parts = [copies.make(folder / ("part%d.tif" % i), 100, 100, seed=i)
             for i in range(2)]
    part = gdal.Open(parts[1], gdal.GA_Update)
    part.SetGeoTransform((4e5 + 1000, 10, 0, 5e6, 0, -10))
    part = None
    name = folder / "mosaic.vrt"
    gdal.BuildVRT(str(name), parts)
    Path(parts[1]).unlink()
    return name


SOURCES = {source.__name__: source for source in (
    png_with_bad_rows, jpeg_of_nothing, truncated_strips,
    deflate_with_a_bad_tile, vrt_without_its_source, mosaic_without_a_part)}


@pytest.fixture(params=sorted(SOURCES))
def bad(request, tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    return SOURCES[request.param](folder)


@pytest.fixture
def target(tmp_path):
    (tmp_path / "target").mkdir()
    return tmp_path / "target" / "out.tif"


def own_message(name):
    """GDAL's own message when all is read. From 3.10 on Python adds those
    before it, in further lines."""
    try:
        gdal.Open(str(name)).ReadRaster()
    except RuntimeError as error:
        return str(error).split("\n", maxsplit=1)[0]
    raise AssertionError("the source is good")


def bad_vrt(name):
    return str(name).endswith(".vrt")


@pytest.mark.parametrize("threads", [1, 2])
def test_the_command_fails_with_one_message_and_no_file(bad, target, threads):
    status, complaints = copies.run(
        bad, target, "BLOCKXSIZE=32", "BLOCKYSIZE=32",
        "NUM_THREADS=%d" % threads)
    assert status == 1
    # GDALTranslate itself looks for the sources of a VRT before it copies.
    ours = [line for line in copies.errors(complaints)
            if "RETILE: " in line or not bad_vrt(bad)]
    assert len(ours) == 1, complaints
    assert copies.contents(target.parent) == {}
    # Copies of TIFFs may leave out GDAL's text around a decoder's message.
    own = own_message(bad).split(":")[-1].split(",")[-1].strip()
    if own.startswith("TIFFReadEncoded"):
        own = "IReadBlock failed at X offset"
    assert own in complaints, (own, complaints)


def test_a_copy_in_memory_of_a_failing_source_is_not_there(bad):
    name = "/vsimem/failing/out.tif"
    number, message = copies.copy(str(bad), name)
    assert number != 0 and message
    assert not gdal.ReadDirRecursive("/vsimem/failing")


def test_the_older_file_of_that_name_stays(bad, target):
    copies.make(target, 50, 40, seed=5)
    before = copies.contents(target.parent)
    assert copies.run(bad, target)[0] == 1
    assert copies.contents(target.parent) == before


@pytest.mark.parametrize("through", ["", "RETILE:"])
def test_a_source_that_changes_under_the_copy_fails_it(tmp_path, target,
                                                       through):
    source = copies.make(tmp_path / "scene.tif", 2000, 2000,
                         options=["BLOCKYSIZE=1"])
    changed = []

    # With little memory, the source is not read far ahead of writing.
    def change(done, *_):
        if 0 < done < 0.5 and not changed:
            changed.append(done)
            os.truncate(source, 1000)
        return 1

    failure = copies.copy(through + source, target, "COMPRESS=LZMA",
                          "LZMA_PRESET=6", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                          "NUM_THREADS=1", "MEMORY_MAX=25MB",
                          callback=change)
    assert changed
    assert failure is not None and "scene.tif" in failure[1]
    assert copies.contents(target.parent) == {}
