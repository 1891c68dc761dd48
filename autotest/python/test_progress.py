"""Reads report their progress, and stop when they are cancelled."""

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

SIDE = 600


def make_tiff(folder, tiled=True, mask=False, nodata=None, overviews=False):
    path = str(folder / "scene.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, SIDE, SIDE, 3, options=[f"TILED={'YES' if tiled else 'NO'}",
                                      "COMPRESS=DEFLATE"])
    rows, columns = numpy.mgrid[0:SIDE, 0:SIDE]
    values = ((rows * 7 + columns * 3) % 251).astype(numpy.uint8)
    dataset.WriteArray(numpy.stack([values, values // 2, 255 - values]))
    if nodata is not None:
        for i in (1, 2, 3):
            dataset.GetRasterBand(i).SetNoDataValue(nodata)
    if mask:
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(values)
    if overviews:
        dataset.BuildOverviews("NEAREST", [2, 4])
    dataset = None
    return path


SOURCES = {
    "tiles": {},
    "strips": {"tiled": False},
    "mask": {"mask": True},
    "nodata": {"nodata": 7},
    "overviews": {"overviews": True, "mask": True},
}
VIEWS = {
    "plain": [],
    "uncached": ["CACHE=NONE"],
    "padded": ["PAD_EDGES=YES"],
    "chips": ["OVERLAP=8"],
    "virtual": ["OVERVIEWS=VIRTUAL"],
    "chosen": ["ZOOM_LEVEL_STRATEGY=AUTO"],
}


def whole(dataset, **arguments):
    return dataset.ReadAsArray(**arguments)


def for_band(arguments):
    return {{"xsize": "win_xsize", "ysize": "win_ysize"}.get(name, name): value
            for name, value in arguments.items()}


def one_band(dataset, **arguments):
    arguments = for_band(arguments)
    return dataset.GetRasterBand(dataset.RasterCount).ReadAsArray(**arguments)


def its_mask(dataset, **arguments):
    return dataset.GetRasterBand(1).GetMaskBand().ReadAsArray(
        **for_band(arguments))


def an_overview(dataset, **arguments):
    band = dataset.GetRasterBand(1)
    if band.GetOverviewCount() == 0:
        pytest.skip("no overviews")
    return band.GetOverview(0).ReadAsArray(**arguments)


SIZES = {"same": {}, "half": {"buf_xsize": 300, "buf_ysize": 300},
         "fraction": {"buf_xsize": 201, "buf_ysize": 133,
                      "resample_alg": gdal.GRIORA_Bilinear},
         "window": {"xoff": 100, "yoff": 77, "xsize": 400, "ysize": 411}}


class Watch:
    """Counts calls, and cancels from call number `stop` on."""

    def __init__(self, stop=None):
        self.seen, self.stop = [], stop

    def __call__(self, share, _message, _data):
        self.seen.append(share)
        return 0 if self.stop is not None and len(self.seen) >= self.stop \
            else 1


def cancelled(read, dataset, arguments, watch):
    """Whether the read failed."""
    try:
        return read(dataset, callback=watch, **arguments) is None
    except RuntimeError:
        return True


@pytest.fixture(scope="module", params=sorted(SOURCES))
def source(request, tmp_path_factory):
    return make_tiff(tmp_path_factory.mktemp(request.param),
                     **SOURCES[request.param])


@pytest.mark.parametrize("read", [whole, one_band, its_mask, an_overview])
@pytest.mark.parametrize("options", sorted(VIEWS))
def test_reads_report_and_stop(source, options, read):
    view = gdal.OpenEx(f"RETILE:{source}", gdal.OF_RASTER,
                       open_options=VIEWS[options])
    for size, arguments in SIZES.items():
        if read is an_overview and size != "same":
            arguments = {"buf_xsize": 200, "buf_ysize": 150}
        report_and_stop(source, view, read, arguments)


def report_and_stop(path, view, read, arguments):
    watch = Watch()
    expected = read(view, **arguments)
    got = read(view, callback=watch, **arguments)
    assert numpy.array_equal(got, expected)
    plain = Watch()
    dataset = gdal.Open(path)
    if read is not an_overview or \
            dataset.GetRasterBand(1).GetOverviewCount() > 0:
        read(dataset, callback=plain, **arguments)
    if not plain.seen:  # if GDAL reports nothing, a view need not either
        return
    assert watch.seen, "never asked"
    assert watch.seen == sorted(watch.seen)
    assert abs(watch.seen[-1] - 1) < 1e-9

    stop = Watch(stop=1)
    assert cancelled(read, view, arguments, stop)
    assert len(stop.seen) == 1, "went on after it was told to stop"
    assert numpy.array_equal(read(view, **arguments), expected)


def test_many_blocks_are_not_read_after_a_cancel(tmp_path):
    path = make_tiff(tmp_path)
    view = gdal.OpenEx(f"RETILE:{path}", gdal.OF_RASTER, open_options=[
        "CACHE=PRIVATE", "CACHE_MAX=64MB", "BLOCKXSIZE=256", "BLOCKYSIZE=256",
        "NUM_THREADS=1"])
    assert cancelled(whole, view, {}, Watch(stop=1))
    decoded = int(view.GetMetadataItem("SOURCE_PIXELS_DECODED", "RETILE_STATS"))
    assert 0 < decoded <= SIDE * 256
    view.ReadAsArray()
    assert int(view.GetMetadataItem("SOURCE_PIXELS_DECODED",
                                    "RETILE_STATS")) == SIDE * SIDE


def test_a_cancel_is_no_error_of_the_source(tmp_path):
    """There is no message, as with GDAL's own reads."""
    path = make_tiff(tmp_path)
    gdal.DontUseExceptions()
    try:
        for name, options in [(path, []), (f"RETILE:{path}", []),
                              (f"RETILE:{path}", ["CACHE=NONE"])]:
            dataset = gdal.OpenEx(name, gdal.OF_RASTER, open_options=options)
            for arguments in SIZES.values():
                gdal.ErrorReset()
                assert dataset.ReadAsArray(callback=Watch(stop=1),
                                           **arguments) is None
                assert gdal.GetLastErrorMsg() == "", (options, arguments)
    finally:
        gdal.UseExceptions()
