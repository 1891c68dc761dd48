"""Over the network: no more requests than plain GDAL makes for the same
windows, no byte fetched twice, and no request for what is cached."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
from osgeo import gdal

import reading

gdal.UseExceptions()

SIDE = 2048
DELAY_MS = 50
LAYOUTS = {
    "cog": ["-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "BLOCKSIZE=256"],
    "tiles": ["-co", "TILED=YES", "-co", "COMPRESS=DEFLATE"],
    "strips": ["-co", "COMPRESS=DEFLATE", "-co", "BLOCKYSIZE=32"],
}
# The setting of most users, and the default.
ENVIRONMENTS = {
    "no listing": {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"},
    "plain": {},
}


class Web:
    """A server of a folder, and the requests that it got."""

    def __init__(self, folder, delay_ms=DELAY_MS, chunk=1):
        script = Path(__file__).with_name("range_server.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(folder), str(delay_ms),
             str(chunk)],
            stdout=subprocess.PIPE, universal_newlines=True)
        self.url = "http://127.0.0.1:%d/" % int(self.process.stdout.readline())

    def name(self, path):
        return "/vsicurl/" + self.url + Path(path).name

    def requests(self):
        """The requests since the last call."""
        with urlopen(self.url + "-/log") as answer:
            return json.load(answer)

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("web")
    origin = reading.make(made, "strips", SIDE, SIDE)
    origin = str(Path(origin).rename(made / "origin.tif"))
    for layout, options in LAYOUTS.items():
        gdal.Translate(str(made / (layout + ".tif")), origin, options=options)
    return made


@pytest.fixture(scope="module")
def web(folder):
    server = Web(folder)
    yield server
    server.close()


def windows():
    return reading.random_windows(SIDE, SIDE, 20, 400)


def bytes_of(requests):
    return sum(count for _, _, _, count in requests)


def bytes_fetched_twice(requests):
    """GDAL itself fetches some bytes twice. It fetches several blocks in one
    exact range, but a single block in whole chunks of 16 KB, with more chunks
    at every step."""
    ranges = sorted((path, first, first + count)
                    for method, path, first, count in requests
                    if method == "GET" and count > 0)
    n_bytes = 0
    for (path, _, end), (other, first, other_end) in zip(ranges, ranges[1:]):
        if path == other:
            n_bytes += max(0, min(end, other_end) - first)
    return n_bytes


def look(web, prefix, path, **variables):
    """The answer of a program, and its requests to the server."""
    web.requests()
    answer = reading.look_apart(prefix + web.name(path), [], windows(),
                                **variables)
    return answer, web.requests()


@pytest.mark.alike
@pytest.mark.parametrize("setting", sorted(ENVIRONMENTS))
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_windows_take_no_more_requests_than_plain_gdals(
        web, folder, layout, setting):
    path = folder / (layout + ".tif")
    variables = ENVIRONMENTS[setting]
    plain, asked_plainly = look(web, "", path, **variables)
    view, asked = look(web, "RETILE:", path, **variables)
    assert view["digests"] == plain["digests"] == \
        [reading.digest_of(str(path), windows())]
    if setting == "plain":  # a view also describes the overviews, the mask
        asked, asked_plainly = (
            [request for request in requests if request[1] == "/" + path.name]
            for requests in (asked, asked_plainly))
    assert len(asked) <= len(asked_plainly), (asked, asked_plainly)
    assert bytes_fetched_twice(asked) <= bytes_fetched_twice(asked_plainly)


@pytest.mark.alike
@pytest.mark.parametrize("threads", ["1", "8"])
@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_whatever_the_threads_no_byte_is_fetched_twice(
        web, folder, layout, threads):
    path = folder / (layout + ".tif")
    _, asked_plainly = look(web, "", path, **ENVIRONMENTS["no listing"])
    view, asked = look(web, "RETILE:", path, RETILE_NUM_THREADS=threads,
                       **ENVIRONMENTS["no listing"])
    assert view["digests"] == [reading.digest_of(str(path), windows())]
    assert bytes_fetched_twice(asked) <= bytes_fetched_twice(asked_plainly)


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_what_is_cached_is_not_asked_for_again(web, folder, layout):
    """Before the second look, GDAL's own cache of the network is emptied."""
    path = folder / (layout + ".tif")
    gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
    try:
        view = gdal.OpenEx("RETILE:" + web.name(path), gdal.OF_RASTER,
                           open_options=["CACHE=PRIVATE", "CACHE_MAX=64MB"])
    finally:
        gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", None)
    first = [view.ReadRaster(*window) for window in windows()]
    assert web.requests() != []
    gdal.VSICurlClearCache()
    assert [view.ReadRaster(*window) for window in windows()] == first
    assert web.requests() == []


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_a_second_handle_asks_for_no_pixels(web, folder, layout):
    """The handle may ask whether the file is still the same."""
    path = folder / (layout + ".tif")
    options = ENVIRONMENTS["no listing"]
    for name, value in options.items():
        gdal.SetConfigOption(name, value)
    try:
        first = gdal.OpenEx("RETILE:" + web.name(path), gdal.OF_RASTER)
        pixels = [first.ReadRaster(*window) for window in windows()]
        web.requests()
        second = gdal.OpenEx("RETILE:" + web.name(path), gdal.OF_RASTER)
        assert [second.ReadRaster(*window) for window in windows()] == pixels
    finally:
        for name in options:
            gdal.SetConfigOption(name, None)
    assert bytes_of(web.requests()) == 0
