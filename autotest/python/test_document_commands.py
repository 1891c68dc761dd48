"""Every command in the documents runs, on small rasters of the names that they use."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import documents
import numpy as np
import pytest
from osgeo import gdal, osr

WIDTH, HEIGHT = 700, 600
# A block with another program has to be marked as not run.
PROGRAMS = {"gdalinfo", "gdal_translate", "gdalwarp", "gdaladdo", "gdaldem",
            "gdalbuildvrt", "grep", "printf", "export", "ls", "rm"}
BEHIND = ("ERROR", "Warning", "Traceback")


def make_raster(path, bands, kind):
    steps = np.arange(WIDTH * HEIGHT, dtype=np.float64).reshape(HEIGHT, WIDTH)
    pixels = 100 + 90 * np.sin(steps / 977) * np.cos(steps / 31)
    raster = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, bands, kind, ["COMPRESS=DEFLATE", "BLOCKYSIZE=64"])
    system = osr.SpatialReference()
    system.ImportFromEPSG(32632)
    raster.SetProjection(system.ExportToWkt())
    raster.SetGeoTransform((600000, 10, 0, 5300000, 0, -10))
    for band in range(bands):
        raster.GetRasterBand(band + 1).WriteArray(pixels + 10 * band)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """A folder with the rasters that the documents speak of."""
    folder = tmp_path_factory.mktemp("samples")
    scene = str(folder / "scene.tif")
    make_raster(scene, 3, gdal.GDT_Byte)
    make_raster(str(folder / "dem.tif"), 1, gdal.GDT_Float32)
    gdal.Translate(str(folder / "scene.png"), scene, format="PNG")
    gdal.Translate(str(folder / "scene.jp2"), scene, format="JP2OpenJPEG",
                   creationOptions=["BLOCKXSIZE=%d" % WIDTH,
                                    "BLOCKYSIZE=%d" % HEIGHT])
    return folder


def run(command, folder):
    """Fails if the command does, or if it warns."""
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert not any(word in done.stderr for word in BEHIND), done.stderr


def run_sh(text, folder):
    unknown = set(documents.programs(text)) - PROGRAMS
    assert not unknown, "mark this block as not run: it calls %s" % unknown
    run(["sh", "-eu", "-c", text], folder)


def open_json(text, folder):
    json.loads(text)
    path = os.path.join(folder, "of_page.retile")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    assert gdal.Open(path).GetRasterBand(1).Checksum() >= 0


WAYS = {"sh": run_sh, "json": open_json,
        "python": lambda text, folder: run([sys.executable, "-c", text], folder)}


def is_there(block):
    return block.mark != "needs" or all(
        importlib.util.find_spec(name) for name in block.what.split(", "))


@pytest.mark.parametrize("page", documents.pages())
def test_commands_run(page, samples, tmp_path):
    folder = str(tmp_path / "here")
    shutil.copytree(samples, folder)
    for block in documents.blocks(page):
        if block.mark != "not run" and block.language and is_there(block):
            try:
                WAYS[block.language](block.text, folder)
            except AssertionError as error:
                pytest.fail("%s:%d: %s" % (page, block.line, error))


def test_commands_are_found_behind_variables_pipes_and_quotes():
    text = ("A=1 gdalinfo -oo \"B=x; rm y\" z | grep Block= # rm\n"
            "export C=2\ngdal_translate \\\n    a b && gdalwarp c d\n")
    assert list(documents.programs(text)) == [
        "gdalinfo", "grep", "export", "gdal_translate", "gdalwarp"]
