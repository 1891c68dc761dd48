"""A COG over the network: opening and reading it takes no more requests than
with a file of GDAL's COG driver, and fetches no more bytes."""

import pytest
from osgeo import gdal

import cogs
import reading
from test_http import Web, bytes_of

gdal.UseExceptions()

SIDE = 2048
KINDS = {
    "bytes": (3, "Byte", "none", ["COMPRESS=DEFLATE"]),
    "mask": (1, "UInt16", "mask", ["COMPRESS=LZW", "BLOCKSIZE=256"]),
    "jpeg": (3, "Byte", "none", ["COMPRESS=JPEG"]),
}
# Windows in one tile (with its mask), and in many.
WINDOWS = {"one tile": [(520, 1030, 200, 200)],
           "many tiles": reading.random_windows(SIDE, SIDE, 20, 400)}


@pytest.fixture(scope="module", params=KINDS)
def folder(request, tmp_path_factory):
    """ours.tif and gdals.tif, on a server."""
    made = tmp_path_factory.mktemp("cogs")
    bands, kind, valid, options = KINDS[request.param]
    source = cogs.scene(SIDE, SIDE, bands, kind, valid)
    cogs.ours(made / "ours.tif", source, *options)
    cogs.theirs(made / "gdals.tif", source, *options)
    server = Web(made)
    yield made, server
    server.close()


def look(folder, name, windows):
    """The digests and the requests of a program that opens and reads a COG."""
    made, server = folder
    server.requests()
    answer = reading.look_apart(server.name(made / name), [], windows,
                                GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR")
    return answer["digests"], server.requests()


@pytest.mark.parametrize("windows", sorted(WINDOWS))
def test_takes_no_more_requests_than_gdals_own(folder, windows):
    digests, asked = look(folder, "ours.tif", WINDOWS[windows])
    expected, asked_of_gdals = look(folder, "gdals.tif", WINDOWS[windows])
    assert digests == expected
    assert 0 < len(asked) <= len(asked_of_gdals), (asked, asked_of_gdals)
    assert bytes_of(asked) <= bytes_of(asked_of_gdals)


def test_a_tile_beside_what_opening_fetched_takes_one_request(folder):
    """The first bytes of the file describe all of it."""
    _, opening = look(folder, "ours.tif", [])
    _, one_tile = look(folder, "ours.tif", WINDOWS["one tile"])
    assert len(opening) <= 2
    assert len(one_tile) <= len(opening) + 1
