"""How often a copy searches for a plan, and with how many threads it works."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from osgeo import gdal

from reading import faults

SEARCH = "RETILE: searching for a plan"
PLAN = "RETILE: plan:"


def make(path, bands=3, options=(), width=700, height=611):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), width, height, bands, options=list(options))
    dataset.SetGeoTransform((1000, 2, 0, 5000, 0, -2))
    dataset.WriteArray(np.random.RandomState(1).randint(
        0, 255, (bands, height, width)))
    return dataset


def told_by(folder, source, *arguments):
    done = subprocess.run(
        ["gdal_translate", "-q", "--debug", "RETILE", "-of", "RETILE",
         *arguments, str(folder / source), str(folder / "out.tif")],
        capture_output=True, text=True)
    return done.returncode, done.stderr


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    make(folder / "rows.tif", options=["BLOCKYSIZE=1",
                                       "INTERLEAVE=PIXEL"]).FlushCache()
    masked = make(folder / "masked.tif", options=["TILED=YES"])
    masked.CreateMaskBand(gdal.GMF_PER_DATASET)
    masked.GetRasterBand(1).GetMaskBand().Fill(255)
    masked = None
    gdal.Translate(str(folder / "s.png"), str(folder / "rows.tif"),
                   format="PNG").FlushCache()
    gdal.BuildVRT(str(folder / "m.vrt"),
                  [str(folder / "rows.tif")]).FlushCache()
    if gdal.GetDriverByName("JP2OpenJPEG") is not None:
        gdal.Translate(str(folder / "s.jp2"), str(folder / "rows.tif"),
                       format="JP2OpenJPEG").FlushCache()
    return folder


OPTIONS = [[], ["-co", "INTERLEAVE=BAND"], ["-co", "OVERVIEWS=AUTO"],
           ["-co", "LAYOUT=COG"], ["-co", "MEMORY_MAX=48MB"],
           ["-srcwin", "3", "5", "400", "300"], ["-outsize", "50%", "50%"]]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o[1:]))
@pytest.mark.parametrize("source", ["rows.tif", "s.png", "m.vrt"])
def test_a_copy_of_one_image_is_planned_once(sources, source, options):
    code, told = told_by(sources, source, *options)
    assert code == 0, told
    assert (told.count(SEARCH), told.count(PLAN)) == (1, 1), told


@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: "-".join(o[1:]))
@pytest.mark.parametrize("source", ["masked.tif", "s.jp2"])
def test_each_image_of_a_copy_is_planned_once(sources, source, options):
    """Masks, and levels that the source has, are images of their own."""
    if not (sources / source).exists():
        pytest.skip("GDAL has no driver for " + source)
    code, told = told_by(sources, source, *options)
    assert code == 0, told
    assert told.count(SEARCH) == told.count(PLAN) >= 1, told


def test_what_does_not_fit_is_planned_once(sources):
    code, told = told_by(sources, "s.png", "-co", "MEMORY_MAX=1MB")
    assert code != 0
    assert (told.count(SEARCH), told.count(PLAN)) == (1, 0), told


CANCEL = """
import sys
from osgeo import gdal
gdal.UseExceptions()
asked = 0
def progress(done, message, data):
    global asked
    asked += 1
    return int(asked != int(sys.argv[3]))
try:
    gdal.Translate(sys.argv[2], sys.argv[1], format="RETILE",
                   callback=progress, creationOptions=sys.argv[4:])
except RuntimeError as error:
    print(error)
"""


@pytest.mark.parametrize("layout", ["LAYOUT=GTIFF", "LAYOUT=COG"])
@pytest.mark.parametrize("source", ["rows.tif", "masked.tif", "m.vrt"])
def test_a_cancel_reaches_the_search(sources, tmp_path, source, layout):
    """On a machine so slow that the search asks whether to go on each time that
    it looks at the clock. The program says only once that it wants to stop."""
    searched = False
    for asked in (2, 3, 4, 6, 9, 13, 19):
        done = subprocess.run(
            [sys.executable, "-c", CANCEL, str(sources / source),
             str(tmp_path / "out.tif"), str(asked), "MEMORY_MAX=4MB", layout],
            check=True, capture_output=True, text=True,
            env={**os.environ, "CPL_DEBUG": "RETILE", "LD_PRELOAD": faults(),
                 "RETILE_FAULT_TICK_MS": "200"})
        assert "cancelled" in done.stdout, (done.stdout, done.stderr)
        assert os.listdir(tmp_path) == []
        searched = searched or SEARCH in done.stderr
        if PLAN in done.stderr:
            break
    assert searched


LIMIT = 256
THREADS = [("1", 1), ("16", 16), ("17", 17), ("65", 65), ("255", 255),
           ("256", LIMIT), ("257", LIMIT), ("100000", LIMIT)]

READ = """
import os, sys
from osgeo import gdal
before = len(os.listdir("/proc/self/task"))
view = gdal.OpenEx("RETILE:" + sys.argv[1], open_options=[
    "NUM_THREADS=" + sys.argv[2], "BLOCKXSIZE=16", "BLOCKYSIZE=16"])
pixels = view.ReadRaster()
assert pixels == gdal.Open(sys.argv[1]).ReadRaster()
print(view.GetMetadataItem("NUM_THREADS", "RETILE"),
      len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.parametrize("asked, given", THREADS)
def test_one_limit_for_copies_and_views(tmp_path, asked, given):
    make(tmp_path / "s.tif", 1, ["TILED=YES", "BLOCKXSIZE=16",
                                 "BLOCKYSIZE=16"]).FlushCache()
    code, told = told_by(tmp_path, "s.tif", "-co", "NUM_THREADS=" + asked,
                         "-co", "BLOCKXSIZE=16", "-co", "BLOCKYSIZE=16",
                         "-co", "COMPRESS=DEFLATE")
    assert code == 0, told
    assert re.findall(r"(\d+) workers?", told) == [str(given)], told
    assert (gdal.Open(str(tmp_path / "out.tif")).ReadRaster() ==
            gdal.Open(str(tmp_path / "s.tif")).ReadRaster())
    told = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path / "s.tif"), asked],
        check=True, capture_output=True, text=True).stdout.split()
    assert told[0] == str(given)
    if os.path.isdir("/proc/self/task"):
        assert int(told[1]) == (given if given > 1 else 0)
