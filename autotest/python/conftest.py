"""These tests need the plugin: without it there is nothing to compare."""

from osgeo import gdal

from short import pytest_collection_modifyitems, pytest_configure  # noqa: F401

gdal.UseExceptions()


def pytest_sessionstart(session):
    if gdal.GetDriverByName("RETILE") is None:
        raise RuntimeError("no RETILE driver: set GDAL_DRIVER_PATH to the "
                           "folder with gdal_RETILE.so")
