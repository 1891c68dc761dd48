"""The network statistics of a view, if GDAL counts them."""

import functools
import http.server
import json
import threading

import pytest
from osgeo import gdal

gdal.UseExceptions()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def address(tmp_path):
    """The address of a folder on this machine."""
    handler = functools.partial(Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "/vsicurl/http://127.0.0.1:%d/" % server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def remote(tmp_path, address):
    gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "s.tif"), 300, 200, options=["BLOCKYSIZE=8"])
    yield address + "s.tif"
    gdal.VSICurlClearCache()


def network(dataset):
    found = dataset.GetMetadata("RETILE_STATS")
    return [found.get("NETWORK_" + name) for name in ("REQUESTS", "BYTES")]


@pytest.fixture
def counting():
    """GDAL counts from here on: it reads the option at a reset."""
    gdal.SetConfigOption("CPL_VSIL_NETWORK_STATS_ENABLED", "YES")
    gdal.NetworkStatsReset()
    yield
    gdal.SetConfigOption("CPL_VSIL_NETWORK_STATS_ENABLED", None)
    gdal.NetworkStatsReset()


def test_requests_and_bytes_are_gdals(remote, counting):
    dataset = gdal.Open("RETILE:" + remote)
    dataset.ReadAsArray()
    methods = json.loads(
        gdal.NetworkStatsGetAsSerializedJSON())["methods"].values()
    requests = sum(method.get("count", 0) for method in methods)
    received = sum(method.get("downloaded_bytes", 0) for method in methods)
    assert requests > 0 and received > 60000
    assert network(dataset) == [str(requests), str(received)]


def test_requests_are_not_reported_if_gdal_does_not_count_them(remote):
    assert network(gdal.Open("RETILE:" + remote)) == [None, None]
