"""rasterio reads the same through RETILE as from the source."""

import json

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

BLOCK_WIDTH, BLOCK_HEIGHT = 96, 80
WIDTH, HEIGHT = 331, 257


def make(path, mask):
    """RGB with overviews; nodata or a mask marks invalid pixels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    pixels = np.stack([(x * 3 + y * band + x * y // 50) % 250 + 1
                       for band in (1, 2, 3)]).astype("uint8")
    invalid = (x - 100) ** 2 + (y - 90) ** 2 < 2500
    if mask == "nodata":
        pixels[:, invalid] = 0
    with rasterio.open(
            path, "w", driver="GTiff", width=WIDTH, height=HEIGHT, count=3,
            dtype="uint8", crs="EPSG:32632", blockysize=16,
            nodata=0 if mask == "nodata" else None,
            transform=rasterio.transform.from_origin(4e5, 5e6, 10, 10)) as out:
        out.write(pixels)
        out.update_tags(TITLE="made")
        if mask == "mask":
            out.write_mask(~invalid)
        out.build_overviews([2, 4], Resampling.average)
    return str(path)


@pytest.fixture(scope="module", params=["nodata", "mask"])
def source(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return make(folder / "scene.tif", request.param)


def options():
    return {"BLOCKXSIZE": BLOCK_WIDTH, "BLOCKYSIZE": BLOCK_HEIGHT}


def descriptor(source):
    return json.dumps({"type": "RETILE", "version": 1, "source": source,
                       "options": options()})


@pytest.fixture(params=["prefix", "file", "text"])
def pair(request, source, tmp_path):
    """The source, and its view, named in each of the three forms."""
    if request.param == "prefix":
        view = rasterio.open("RETILE:" + source, **options())
    elif request.param == "file":
        (tmp_path / "scene.retile").write_text(descriptor(source))
        view = rasterio.open(tmp_path / "scene.retile")
    else:
        view = rasterio.open(descriptor(source))
    with rasterio.open(source) as plain, view:
        yield plain, view


def same(found, expected):
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected)


def test_open_takes_each_form_of_name(pair):
    _, view = pair
    assert view.driver == "RETILE"
    assert view.block_shapes == [(BLOCK_HEIGHT, BLOCK_WIDTH)] * 3


def test_the_profile_differs_in_driver_and_blocks_only(pair):
    plain, view = pair
    changed = ("driver", "blockxsize", "blockysize", "tiled")
    assert {key: value for key, value in view.profile.items()
            if key not in changed} == \
        {key: value for key, value in plain.profile.items()
         if key not in changed}
    assert view.tags() == plain.tags()
    assert view.overviews(1) == plain.overviews(1)
    assert view.mask_flag_enums == plain.mask_flag_enums
    assert view.colorinterp == plain.colorinterp


def test_block_windows_tile_the_raster_once(pair):
    _, view = pair
    seen = np.zeros(view.shape, dtype=int)
    for (row, column), window in view.block_windows(1):
        assert (window.row_off, window.col_off) == \
            (row * BLOCK_HEIGHT, column * BLOCK_WIDTH)
        seen[window.toslices()] += 1
    assert (seen == 1).all()


def test_reads_of_block_windows_are_the_sources(pair):
    plain, view = pair
    for _, window in view.block_windows(1):
        same(view.read(window=window), plain.read(window=window))


def test_windowed_reads_are_the_sources(pair):
    plain, view = pair
    for window in (Window(0, 0, WIDTH, HEIGHT), Window(90, 70, 20, 30),
                   Window(330, 256, 1, 1), Window(10.4, 20.6, 50.3, 40.9)):
        same(view.read(window=window), plain.read(window=window))
        same(view.read([3, 1], window=window), plain.read([3, 1], window=window))


def test_masked_reads_are_the_sources(pair):
    plain, view = pair
    found, expected = view.read(masked=True), plain.read(masked=True)
    same(found.data, expected.data)
    same(found.mask, expected.mask)
    assert expected.mask.any() and not expected.mask.all()


def test_boundless_reads_are_the_sources(pair):
    plain, view = pair
    for window in (Window(-20, -30, 100, 90), Window(300, 230, 64, 64),
                   Window(500, 500, 10, 10)):
        for arguments in ({}, {"fill_value": 7}, {"masked": True}):
            found = view.read(window=window, boundless=True, **arguments)
            expected = plain.read(window=window, boundless=True, **arguments)
            same(np.ma.getdata(found), np.ma.getdata(expected))
            same(np.ma.getmaskarray(found), np.ma.getmaskarray(expected))


@pytest.mark.parametrize("resampling", [
    Resampling.nearest, Resampling.bilinear, Resampling.cubic,
    Resampling.average, Resampling.mode])
def test_decimated_reads_are_the_sources(pair, resampling):
    plain, view = pair
    for shape in ((3, 64, 83), (3, 100, 50), (3, 300, 400)):
        for window in (None, Window(31, 17, 200, 150)):
            arguments = {"out_shape": shape, "resampling": resampling,
                         "window": window}
            same(view.read(**arguments), plain.read(**arguments))
            same(view.read_masks(**arguments), plain.read_masks(**arguments))


def test_dataset_masks_are_the_sources(pair):
    plain, view = pair
    same(view.dataset_mask(), plain.dataset_mask())
    same(view.dataset_mask(out_shape=(64, 83)),
         plain.dataset_mask(out_shape=(64, 83)))
    same(view.read_masks(), plain.read_masks())


def test_samples_are_the_sources(pair):
    plain, view = pair
    points = [plain.xy(row, column) for row, column in
              ((0, 0), (90, 100), (200, 300))]
    same(np.array(list(view.sample(points))), np.array(list(plain.sample(points))))


@pytest.mark.parametrize("resampling", [Resampling.nearest, Resampling.cubic])
def test_a_warped_vrt_of_the_view_is_that_of_the_source(pair, resampling):
    arguments = {"crs": "EPSG:4326", "resampling": resampling}
    with WarpedVRT(pair[0], **arguments) as plain, \
            WarpedVRT(pair[1], **arguments) as view:
        assert view.profile == plain.profile
        same(view.read(), plain.read())
        same(view.read(window=Window(50, 60, 70, 80)),
             plain.read(window=Window(50, 60, 70, 80)))
        same(view.dataset_mask(), plain.dataset_mask())


def test_a_copy_to_a_descriptor_reads_as_its_source(source, tmp_path):
    name = tmp_path / "copy.retile"
    rasterio.shutil.copy(source, str(name), driver="RETILE", **options())
    assert json.loads(name.read_text())["source"] == source
    with rasterio.open(source) as plain, rasterio.open(name) as view:
        assert view.driver == "RETILE"
        assert view.block_shapes == [(BLOCK_HEIGHT, BLOCK_WIDTH)] * 3
        same(view.read(), plain.read())
        same(view.dataset_mask(), plain.dataset_mask())


def test_a_copy_from_an_open_view_reads_as_its_source(source, tmp_path):
    name = tmp_path / "copy.retile"
    with rasterio.open("RETILE:" + source, **options()) as view:
        rasterio.shutil.copy(view, str(name), driver="RETILE")
    with rasterio.open(source) as plain, rasterio.open(name) as view:
        assert view.block_shapes == [(BLOCK_HEIGHT, BLOCK_WIDTH)] * 3
        same(view.read(), plain.read())


def test_a_copy_of_the_view_to_geotiff_is_that_of_the_source(source, tmp_path):
    for prefix, name in (("", "plain.tif"), ("RETILE:", "view.tif")):
        rasterio.shutil.copy(prefix + source, str(tmp_path / name),
                             driver="GTiff", tiled=True)
    assert (tmp_path / "view.tif").read_bytes() == \
        (tmp_path / "plain.tif").read_bytes()


def test_a_missing_source_is_an_error_that_names_it(tmp_path):
    with pytest.raises(rasterio.errors.RasterioIOError, match="gone.tif"):
        rasterio.open("RETILE:%s" % (tmp_path / "gone.tif"))


def test_thread_safe_may_be_asked_of_any_rasterio(source):
    """rasterio 1.5 asks GDAL, earlier ones pass an open option."""
    with rasterio.open("RETILE:" + source, thread_safe=True) as view, \
            rasterio.open(source) as plain:
        assert np.array_equal(view.read(), plain.read())
