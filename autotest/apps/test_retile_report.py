"""retile_report.py: what it says, its picture, and bad input."""

import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest
from osgeo import gdal

import gdal_cache
from conftest import pixels, run, write


def report(*arguments):
    return run("retile_report.py", *arguments)


def test_words_about_strips(scene):
    done = report(scene, "-co", "COMPRESS=ZSTD", "--cache", "1")
    assert done.returncode == 0, done.stderr
    for words in ("strips, each as wide as the raster and 64 rows high",
                  "no overviews", "into 3 x 3 tiles of 512 x 512",
                  "each pixel 1.00 times", "gdal_translate -of GTiff",
                  "not a valid Cloud Optimized GeoTIFF",
                  "gdal_translate -of RETILE -co COMPRESS=ZSTD"):
        assert words in done.stdout, words


def test_words_about_a_cog(scene, tmp_path):
    path = str(tmp_path / "cog.tif")
    gdal.Translate(path, scene, format="RETILE",
                   creationOptions=["LAYOUT=COG", "COMPRESS=DEFLATE"])
    said = report(path, "-co", "LAYOUT=COG").stdout
    assert "It is a valid Cloud Optimized GeoTIFF." in said
    assert "of level 1" in said
    raw = report(path, "-co", "COMPRESS=DEFLATE").stdout
    assert "nothing is decoded" in raw and "RETILE decodes nothing" in raw


def test_pictures_and_page(scene, tmp_path):
    pytest.importorskip("matplotlib")
    done = report(scene, "--picture", str(tmp_path / "blocks.png"),
                  "--html", str(tmp_path / "page.html"))
    assert done.returncode == 0, done.stderr
    assert gdal.Open(str(tmp_path / "blocks.png")).RasterXSize > 500
    assert "<svg" in (tmp_path / "page.html").read_text()
    report(scene, "--picture", str(tmp_path / "blocks.svg"))
    root = ElementTree.parse(tmp_path / "blocks.svg").getroot()
    assert len(root.findall("{http://www.w3.org/2000/svg}line")) > 10
    assert sorted(os.listdir(tmp_path)) == ["blocks.png", "blocks.svg",
                                            "page.html"]


def test_json_is_the_drivers_plan(scene):
    told = json.loads(report(scene, "--json", "-co", "LAYOUT=COG").stdout)
    assert told["layout"] == "COG" and told["passes"][0]["tile"] == [512, 512]


@pytest.mark.parametrize("arguments, why", [
    (["/nowhere/x.tif"], "cannot open '/nowhere/x.tif'"),
    (["SCENE", "-co", "COMPRES=ZSTD"], "no such creation option"),
    (["SCENE", "-co", "ZSTD"], "is not NAME=VALUE"),
    (["SCENE", "-co", "MEMORY_MAX=1"], "MEMORY_MAX"),
    (["SCENE", "--cache", "0"], "--cache"),
    (["SCENE", "--picture", "FOLDER/x.gif"], ".svg or .png"),
    (["SCENE", "--html", "/nowhere/x.html"], "cannot be written")])
def test_bad_input(scene, tmp_path, arguments, why):
    done = report(*[word.replace("SCENE", scene)
                    .replace("FOLDER", str(tmp_path)) for word in arguments])
    assert done.returncode == 1
    assert why in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == "" and os.listdir(tmp_path) == []


def test_without_the_driver(scene):
    done = run("retile_report.py", scene, GDAL_DRIVER_PATH="disable")
    assert done.returncode == 1 and "no driver RETILE" in done.stderr


@pytest.mark.parametrize("cache_mb, compressed", [(1, True), (2, True),
                                                  (64, True), (2, False)])
def test_gdals_windows_are_those_that_it_asks_for(tmp_path, cache_mb,
                                                  compressed):
    """GDAL's own debug message about the size of its windows."""
    source = write(tmp_path / "s.tif", pixels((3000, 1000)))
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", "GTiff", "-co", "TILED=YES", "-co",
         "BLOCKXSIZE=512", "-co", "BLOCKYSIZE=512", "-co",
         "COMPRESS=" + ("DEFLATE" if compressed else "NONE"),
         "--config", "CPL_DEBUG", "GDAL", "--config", "GDAL_CACHEMAX",
         str(cache_mb), source, str(tmp_path / "t.tif")],
        stderr=subprocess.PIPE, text=True)
    layout = gdal_cache.Layout((3000, 1000), (3000, 64), (512, 512), 3, 1,
                               compressed)
    window = gdal_cache.window_of(layout, cache_mb * 1048576)
    assert "%d*%d swaths" % window in done.stderr


def test_a_cache_that_is_too_small_decodes_again():
    layout = gdal_cache.Layout((3000, 1024), (3000, 64), (512, 512), 3, 1, True)
    decoded, different = gdal_cache.count_decodes(layout, 2 << 20)
    assert different == 16 and decoded == 6 * 16
    assert gdal_cache.count_decodes(layout, 64 << 20) == (16, 16)
