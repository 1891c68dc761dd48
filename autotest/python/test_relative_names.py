"""Names of views that a VRT or a program makes relative or absolute."""

import os
import re
import shutil
import subprocess

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

RELATIVE = int(gdal.VersionInfo("VERSION_NUM")) >= 3080000


def make(path):
    raw = gdal.GetDriverByName("MEM").Create("", 300, 200)
    raw.SetGeoTransform([500000, 10, 0, 5000000, 0, -10])
    raw.SetProjection("EPSG:32633")
    raw.WriteArray((numpy.arange(60000).reshape(200, 300) % 251)
                   .astype("uint8"))
    gdal.GetDriverByName("GTiff").CreateCopy(str(path), raw)


def pixels(name):
    return gdal.Open(str(name)).ReadAsArray()


def names_in(vrt):
    return set(re.findall(r"<SourceFilename relativeToVRT=.(\d).[^>]*>([^<]+)",
                          vrt.read_text()))


@pytest.fixture(name="folder")
def folder_with_scene(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    make(folder / "scene.tif")
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.skipif(not RELATIVE, reason="GDAL has no way to say so before 3.8")
@pytest.mark.parametrize("source", ["RETILE:scene.tif",
                                    "RETILE:RETILE:scene.tif"])
def test_a_vrt_over_a_prefix_moves_with_its_source(folder, tmp_path,
                                                   monkeypatch, source):
    expected = pixels("scene.tif")
    subprocess.run(["gdalbuildvrt", "-q", "mosaic.vrt", source], check=True,
                   timeout=60)
    assert names_in(folder / "mosaic.vrt") == {("1", source)}
    moved = tmp_path / "there"
    shutil.move(folder, moved)
    monkeypatch.chdir(tmp_path)
    assert (pixels(moved / "mosaic.vrt") == expected).all()
    assert (pixels("there/mosaic.vrt") == expected).all()


def test_a_vrt_over_a_descriptor_moves_with_its_source(folder, tmp_path,
                                                       monkeypatch):
    expected = pixels("scene.tif")
    gdal.Translate("scene.retile", "scene.tif", format="RETILE")
    subprocess.run(["gdalbuildvrt", "-q", "mosaic.vrt", "scene.retile"],
                   check=True, timeout=60)
    assert names_in(folder / "mosaic.vrt") == {("1", "scene.retile")}
    moved = tmp_path / "there"
    shutil.move(folder, moved)
    monkeypatch.chdir(tmp_path)
    assert (pixels(moved / "mosaic.vrt") == expected).all()


@pytest.mark.parametrize("name", ["TILE", "E", "scene.tif"])
def test_a_vrt_over_any_name_opens_where_it_was_made(folder, name):
    if name != "scene.tif":
        os.rename("scene.tif", name)
    expected = pixels(name)
    subprocess.run(["gdalbuildvrt", "-q", "mosaic.vrt", "RETILE:" + name],
                   check=True, timeout=60)
    assert (pixels(folder / "mosaic.vrt") == expected).all()


def test_gdal2tiles_takes_a_descriptor(folder):
    program = shutil.which("gdal2tiles.py") or shutil.which("gdal2tiles")
    if program is None:
        pytest.skip("there is no gdal2tiles")
    gdal.Translate("scene.retile", "scene.tif", format="RETILE")
    made = []
    for source in ("scene.tif", "scene.retile"):
        target = folder / source.replace(".", "_")
        subprocess.run([program, "-q", "-z", "10-12", "-w", "none", source,
                        str(target)], check=True, timeout=200)
        made.append({str(path.relative_to(target)): path.read_bytes()
                     for path in target.rglob("*.png")})
    assert made[0] and made[0] == made[1]
