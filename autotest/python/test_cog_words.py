"""Creation options that COGs, GeoTIFFs and descriptors share."""

import json
import subprocess

import pytest
from osgeo import gdal

gdal.UseExceptions()


@pytest.fixture
def source(tmp_path):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "s.tif"), 700, 600, 1
    )
    dataset.GetRasterBand(1).Fill(7)
    return str(tmp_path / "s.tif")


def translate(source, target, *options):
    command = ["gdal_translate", "-q", "-of", "RETILE"]
    for option in options:
        command += ["-co", option]
    return subprocess.run(
        command + [source, str(target)], capture_output=True, text=True
    )


def test_a_descriptor_has_all_options_of_its_view(tmp_path, source):
    options = {
        "OVERVIEWS": "VIRTUAL",
        "OVERVIEW_RESAMPLING": "CUBIC",
        "ZOOM_LEVEL_STRATEGY": "LOWER",
        "SOURCE_DECODER": "GDAL",
    }
    target = tmp_path / "v.retile"
    done = translate(
        source, target, *["%s=%s" % item for item in options.items()]
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    written = json.loads(target.read_text())["options"]
    assert written == options
    assert gdal.Open(str(target)).GetRasterBand(1).GetOverviewCount() == 2


@pytest.mark.parametrize(
    "options", (("LAYOUT=COG",), ("OVERVIEWS=AUTO", "BLOCKXSIZE=256"))
)
def test_a_cog_refuses_passthrough_required(
    tmp_path, source, options
):
    target = tmp_path / "t.tif"
    done = translate(source, target, "PASSTHROUGH=REQUIRED", *options)
    assert done.returncode != 0
    assert done.stderr.count("ERROR") == 1
    assert "PASSTHROUGH=REQUIRED" in done.stderr
    assert not target.exists()


def test_an_option_without_effect_is_warned_of_once(tmp_path, source):
    done = translate(
        source, tmp_path / "t.tif", "LAYOUT=COG", "PAD_EDGES=YES"
    )
    assert done.returncode == 0
    assert done.stderr.count("PAD_EDGES has no effect") == 1
