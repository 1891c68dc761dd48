"""JPEG 2000 over the network: the encoded bytes of a tile are fetched once,
however often and at whatever level its pixels are read, as long as they fit
into the cache."""

import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from osgeo import gdal

import reading
from test_http import Web, bytes_fetched_twice, bytes_of

gdal.UseExceptions()

SIDE = 1200
TILES = {"tiles": 256, "one": SIDE}
# The pixels of the full resolution take more than this, and a file a fifth.
CACHE = "4MB"
# Nothing stays in GDAL's caches.
BARE = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "VSI_CACHE": "NO",
        "CPL_VSIL_CURL_CACHE_SIZE": "16384"}
PAN = reading.random_windows(SIDE, SIDE, 25, 400)
OTHER_PAN = reading.random_windows(SIDE, SIDE, 25, 400, seed=4)


def tile(col, row, inset=8):
    return col * 256 + inset, row * 256 + inset, 240, 240


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("web")
    raw = gdal.GetDriverByName("MEM").Create("", SIDE, SIDE, 3)
    raw.WriteArray(reading.rows_of_pixels(0, SIDE, SIDE, 3))
    for name, side in TILES.items():
        gdal.GetDriverByName("JP2OpenJPEG").CreateCopy(
            str(made / (name + ".jp2")), raw, options=[
                "BLOCKXSIZE=%d" % side, "BLOCKYSIZE=%d" % side,
                "REVERSIBLE=NO", "QUALITY=18", "TLM=YES"])
        with zipfile.ZipFile(made / (name + ".zip"), "w",
                             zipfile.ZIP_DEFLATED) as archive:
            archive.write(made / (name + ".jp2"), "s.jp2")
    return made


@pytest.fixture(scope="module")
def web(folder):
    server = Web(folder, delay_ms=2)
    yield server
    server.close()


def whole_levels(path):
    """Windows of all overviews."""
    dataset = gdal.Open(str(path))
    band = dataset.GetRasterBand(1)
    levels = (band.GetOverview(i) for i in range(band.GetOverviewCount()))
    return [(0, 0, level.XSize, level.YSize, i)
            for i, level in enumerate(levels, 1)]


def digest_of(path, windows):
    dataset = gdal.Open(str(path))
    return reading.digest(reading.read(dataset, *window) for window in windows)


def look(web, path, options, windows, **variables):
    """The answer of a program, and its requests to the server for its windows,
    without the requests to open the file."""
    asked = []
    for wanted in ([], windows):
        web.requests()
        answer = reading.look_apart("RETILE:" + web.name(path), options,
                                    wanted, **BARE, **variables)
        asked.append(web.requests())
    opened, all_of_it = asked
    assert all_of_it[:len(opened)] == opened
    return answer, all_of_it[len(opened):]


@pytest.mark.alike
@pytest.mark.parametrize("threads", ["1", "4"])
@pytest.mark.parametrize("layout", TILES)
def test_two_pans_and_the_overviews_fetch_no_byte_twice(
        web, folder, layout, threads):
    path = folder / (layout + ".jp2")
    windows = PAN + OTHER_PAN + whole_levels(path)
    view, asked = look(web, path, ["SPILL=NONE"], windows,
                       RETILE_CACHEMAX=CACHE, RETILE_NUM_THREADS=threads)
    assert view["digests"] == [digest_of(path, windows)]
    stats = view["stats"][0]
    assert stats["EVICTIONS"] > 0 and stats["DECODE_AMPLIFICATION"] > 1
    assert stats["BYTES_PEAK"] <= 4 << 20
    assert bytes_fetched_twice(asked) == 0
    assert 0 < bytes_of(asked) <= path.stat().st_size


@pytest.mark.parametrize("layout", TILES)
def test_all_tiles_of_an_overview_come_in_one_request(web, folder, layout):
    path = folder / (layout + ".jp2")
    windows = whole_levels(path)
    view, asked = look(web, path, [], windows, RETILE_CACHEMAX="64MB")
    assert view["digests"] == [digest_of(path, windows)]
    assert len([request for request in asked if request[3] > 0]) == 1


@pytest.mark.parametrize("layout", TILES)
def test_what_is_refused_at_first_is_kept_once_it_came(folder, layout):
    """Each tile is read in whole chunks. Other tiles share the first and the
    last of them."""
    path = folder / (layout + ".jp2")
    windows = PAN + OTHER_PAN + whole_levels(path)
    server = Web(folder, delay_ms=2, chunk=16384)
    try:
        view, asked = look(server, path, ["SPILL=NONE"], windows,
                           RETILE_CACHEMAX=CACHE)
    finally:
        server.close()
    n_tiles = 25 if layout == "tiles" else 1
    assert view["digests"] == [digest_of(path, windows)]
    assert bytes_of(asked) <= path.stat().st_size + n_tiles * 2 * 16384


@pytest.mark.parametrize("layout", TILES)
def test_without_a_cache_nothing_is_kept(web, folder, layout):
    path = folder / (layout + ".jp2")
    windows = [tile(1, 1), tile(3, 3), (0, 0, 600, 600, 1)]
    view, asked = look(web, path, ["CACHE=NONE"], windows)
    assert view["digests"] == [digest_of(path, windows)]
    assert bytes_fetched_twice(asked) > 0


def test_a_tile_that_takes_more_than_a_quarter_of_the_cache_is_not_kept(
        web, folder):
    path = folder / "one.jp2"
    windows = [tile(1, 1), (0, 0, 600, 600, 1)]
    least = 4 * path.stat().st_size
    for budget, fits in ((least // 2, False), (least + 65536, True)):
        view, asked = look(web, path, ["SPILL=NONE"], windows,
                           RETILE_CACHEMAX=str(budget))
        assert view["digests"] == [digest_of(path, windows)]
        assert (bytes_fetched_twice(asked) == 0) == fits


@pytest.mark.parametrize("layout", TILES)
def test_spilled_bytes_are_not_fetched_again(web, folder, tmp_path, layout):
    """The pixels of one tile fill the cache, and everything else goes to disk.
    """
    path = folder / (layout + ".jp2")
    windows = PAN + [(0, 0, SIDE, SIDE)] + whole_levels(path) + OTHER_PAN
    view, asked = look(web, path, ["SPILL=DISK"], windows,
                       RETILE_CACHEMAX=CACHE, RETILE_SPILL_DIR=str(tmp_path))
    assert view["digests"] == [digest_of(path, windows)]
    assert view["stats"][0]["SPILL_WRITES"] > 0
    assert bytes_fetched_twice(asked) == 0


@pytest.fixture
def remote(web):
    """Opens views with GDAL's caches of the network empty."""
    def opened(name):
        gdal.VSICurlClearCache()
        return gdal.OpenEx("RETILE:" + name, open_options=[
            "CACHE=PRIVATE", "CACHE_MAX=" + CACHE, "SPILL=NONE"])

    gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR")
    yield opened
    gdal.SetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", None)
    gdal.VSICurlClearCache()


@pytest.mark.parametrize("layout", TILES)
def test_nor_does_any_number_of_readers_fetch_one_twice(
        web, folder, remote, layout):
    path = folder / (layout + ".jp2")
    view = remote(web.name(path))
    web.requests()
    asked, found = [], []
    for pan in (PAN, OTHER_PAN):
        gdal.VSICurlClearCache()
        with ThreadPoolExecutor(8) as readers:
            found += readers.map(lambda window: view.ReadRaster(*window), pan)
        asked += web.requests()
    assert reading.digest(found) == digest_of(path, PAN + OTHER_PAN)
    assert bytes_fetched_twice(asked) == 0


@pytest.mark.parametrize("layout", TILES)
def test_nor_does_a_view_with_other_blocks(web, folder, remote, layout):
    path = folder / (layout + ".jp2")
    gdal.SetConfigOption("RETILE_CACHEMAX", "64MB")
    try:
        views = [gdal.OpenEx("RETILE:" + web.name(path), open_options=[
            "BLOCKXSIZE=%d" % side, "BLOCKYSIZE=%d" % side])
            for side in (128, 512)]
        web.requests()
        found = [views[0].ReadRaster()]
        asked = web.requests()
        gdal.VSICurlClearCache()
        found.append(views[1].ReadRaster())
    finally:
        gdal.SetConfigOption("RETILE_CACHEMAX", None)
    assert found == 2 * [gdal.Open(str(path)).ReadRaster()]
    assert bytes_of(asked) > 0 and bytes_fetched_twice(asked) == 0
    assert bytes_of(web.requests()) == 0


@pytest.mark.parametrize("layout", TILES)
def test_files_in_archives_are_kept_as_well(web, folder, remote, layout):
    """A further decoder may read the archive's directory, at its end."""
    path = folder / (layout + ".jp2")
    name = "/vsizip/%s/s.jp2" % web.name(folder / (layout + ".zip"))
    view = remote(name)
    view.ReadRaster()
    gdal.VSICurlClearCache()
    web.requests()
    windows = OTHER_PAN + whole_levels(path)
    assert reading.digest(reading.read(view, *window) for window in windows) \
        == digest_of(path, windows)
    assert bytes_of(web.requests()) <= 6 * 16384 < path.stat().st_size / 4


def test_a_damaged_tile_is_not_kept_and_harms_no_other(web, folder, remote):
    path = folder / "damaged.jp2"
    good = (folder / "tiles.jp2").read_bytes()
    begins = [at for at in range(len(good) - 4)
              if good[at:at + 4] == b"\xff\x90\x00\x0a"]
    assert len(begins) == 25
    at = begins[6]  # the start of tile 1, 1
    path.write_bytes(good[:at] + bytes(12) + good[at + 12:])
    view = remote(web.name(path))
    with pytest.raises(RuntimeError, match="tile 6"):
        view.ReadRaster(*tile(1, 1))
    plain = gdal.Open(str(folder / "tiles.jp2"))
    assert view.ReadRaster(*tile(2, 1)) == plain.ReadRaster(*tile(2, 1))
    path.write_bytes(good)
    gdal.VSICurlClearCache()
    assert view.ReadRaster(*tile(1, 1)) == plain.ReadRaster(*tile(1, 1))
