"""Tests of programs that use the plugin: a command of its own installs them
(cmake/check_apps.sh). Whatever is missing is skipped."""

import os
import subprocess
import sys

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

HERE = os.path.dirname(os.path.abspath(__file__))
APPS = os.path.join(HERE, "..", "..", "driver", "apps")
sys.path[:0] = [APPS]


def pytest_sessionstart(session):
    if gdal.GetDriverByName("RETILE") is None:
        raise RuntimeError("no RETILE driver: set GDAL_DRIVER_PATH to the "
                           "folder with gdal_RETILE.so")


def run(program, *arguments, seconds=300, **environment):
    """Runs one of driver/apps; returns what subprocess.run does."""
    return subprocess.run(
        [sys.executable, os.path.join(APPS, program)] + list(arguments),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        timeout=seconds, env=dict(os.environ, **environment))


def pixels(size, bands=3):
    """A scene with edges and a little noise: (bands, height, width)."""
    rng = numpy.random.default_rng(16)
    y, x = numpy.mgrid[:size[1], :size[0]]
    ground = (80 + 60 * numpy.sin(x / 90) * numpy.cos(y / 70)).astype("int16")
    ground[(x // 100 + y // 130) % 5 == 0] += 60
    return numpy.stack([
        numpy.clip(ground + 15 * i + rng.integers(0, 6, ground.shape), 1, 255)
        for i in range(bands)]).astype("uint8")


def write(path, array, options=("COMPRESS=DEFLATE", "BLOCKYSIZE=64",
                                "INTERLEAVE=PIXEL"), nodata=None):
    """A GeoTIFF in UTM 33N with pixels of 10 m; returns its name."""
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), array.shape[2], array.shape[1], array.shape[0],
        gdal.GDT_Byte, list(options))
    dataset.SetProjection("EPSG:32633")
    dataset.SetGeoTransform([500000, 10, 0, 5200000, 0, -10])
    for i, band in enumerate(array):
        if nodata is not None:
            dataset.GetRasterBand(i + 1).SetNoDataValue(nodata)
        dataset.GetRasterBand(i + 1).WriteArray(band)
    return str(path)


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """A raster in strips, which is what views are for."""
    return write(tmp_path_factory.mktemp("scene") / "scene.tif",
                 pixels((1100, 1300)))


@pytest.fixture(scope="session")
def view(scene):
    return "RETILE:" + scene


@pytest.fixture(scope="session")
def descriptor(scene, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("descriptor") / "scene.retile")
    gdal.Translate(path, scene, format="RETILE")
    return path
