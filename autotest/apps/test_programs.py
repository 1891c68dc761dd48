"""MapServer and GDAL's own programs give the same through a view."""

import os
import re
import shutil
import subprocess

import numpy
import pytest
from osgeo import gdal

MAP = """MAP
  NAME "test"
  SIZE 300 280
  EXTENT %s
  PROJECTION "init=epsg:%d" END
  IMAGETYPE png24
  CONFIG "GDAL_DRIVER_PATH" "%s"
  LAYER
    NAME "scene"
    TYPE RASTER
    STATUS DEFAULT
    DATA '%s'
    PROJECTION "init=epsg:32633" END
    %s
  END
END
"""
UTM = "501000 5189000 508000 5198000"


def call(*arguments):
    done = subprocess.run([str(word) for word in arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def need(program):
    if shutil.which(program) is None:
        pytest.skip("%s is not installed" % program)


def draw(tmp_path, data, extent, epsg, processing):
    need("map2img")
    text = MAP % (extent, epsg, os.environ["GDAL_DRIVER_PATH"], data,
                  processing)
    (tmp_path / "test.map").write_text(text)
    out = tmp_path / "out.png"
    call("map2img", "-m", tmp_path / "test.map", "-o", out)
    return gdal.Open(str(out)).ReadAsArray()


@pytest.mark.parametrize("form", ["prefix", "descriptor"])
@pytest.mark.parametrize("extent, epsg, processing", [
    (UTM, 32633, ""),
    ("503000 5193000 503300 5193300", 32633, ""),
    (UTM, 32633, 'PROCESSING "BANDS=3,2,1"'),
    (UTM, 32633, 'PROCESSING "RESAMPLE=AVERAGE"'),
    (UTM, 32633, 'PROCESSING "BANDS=1" PROCESSING "SCALE=10,200"'),
    ("1670000 5920000 1684000 5934000", 3857, "")])
def test_mapserver(tmp_path, scene, view, descriptor, form, extent, epsg,
                   processing):
    plain = draw(tmp_path, scene, extent, epsg, processing)
    shown = draw(tmp_path, view if form == "prefix" else descriptor, extent,
                 epsg, processing)
    assert len(numpy.unique(plain)) > 3
    assert numpy.array_equal(shown, plain)


def files_of(folder):
    """Path -> contents of all files below folder, without those that say when
    they were made."""
    found = {}
    for path, _folders, names in os.walk(folder):
        for name in names:
            if not name.endswith((".html", ".xml", ".mapml")):
                full = os.path.join(path, name)
                with open(full, "rb") as file:
                    found[os.path.relpath(full, folder)] = file.read()
    return found


def test_gdal2tiles(tmp_path, scene, descriptor):
    need("gdal2tiles.py")
    for name, source in (("plain", scene), ("view", descriptor)):
        call("gdal2tiles.py", "-q", "-z", "9-11", "-w", "none", source,
             tmp_path / name)
    plain = files_of(tmp_path / "plain")
    assert len(plain) > 3 and plain == files_of(tmp_path / "view")


@pytest.mark.parametrize("form", ["prefix", "descriptor"])
def test_gdalbuildvrt(tmp_path, scene, view, descriptor, form):
    path = tmp_path / "m.vrt"
    call("gdalbuildvrt", "-q", path, view if form == "prefix" else descriptor)
    assert numpy.array_equal(gdal.Open(str(path)).ReadAsArray(),
                             gdal.Open(scene).ReadAsArray())


@pytest.mark.parametrize("form", ["prefix", "descriptor"])
def test_gdal_calc(tmp_path, scene, view, descriptor, form):
    need("gdal_calc.py")
    for name, source in (("plain", scene),
                         ("view", view if form == "prefix" else descriptor)):
        call("gdal_calc.py", "--quiet", "-A", source, "--A_band=1", "-B",
             source, "--B_band=2", "--calc=A//2+B//3", "--outfile",
             tmp_path / (name + ".tif"))
    plain, shown = (gdal.Open(str(tmp_path / (name + ".tif"))).ReadAsArray()
                    for name in ("plain", "view"))
    assert plain.any() and numpy.array_equal(plain, shown)


@pytest.mark.parametrize("form", ["prefix", "descriptor"])
def test_gdal_retile(tmp_path, scene, view, descriptor, form):
    need("gdal_retile.py")
    made = {}
    for name, source in (("plain", scene),
                         ("view", view if form == "prefix" else descriptor)):
        (tmp_path / name).mkdir()
        call("gdal_retile.py", "-q", "-ps", "400", "400", "-levels", "1",
             "-targetDir", tmp_path / name, source)
        made[name] = {
            re.sub(r"^.*?(_\d+_\d+\.tif)$", r"\1", path):
            gdal.Open(str(tmp_path / name / path)).ReadAsArray()
            for path, _ in files_of(tmp_path / name).items()}
    assert len(made["plain"]) >= 12
    assert made["plain"].keys() == made["view"].keys()
    for path, array in made["plain"].items():
        assert numpy.array_equal(array, made["view"][path])


def test_gdalinfo_shows_the_plan(view):
    assert '"layout":"GTIFF"' in call("gdalinfo", "-mdd", "RETILE_PLAN", view)
