"""OVERVIEW_LEVEL of a view, and -ovr of the utilities, work as in GDAL."""

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

WIDTH, HEIGHT = 300, 240


def make_tiff(folder, name="levels.tif", external=False):
    """A TIFF with 10 in full resolution, and 99 and 98 in its overviews."""
    path = str(folder / name)
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, 2, options=["TILED=YES"])
    dataset.SetGeoTransform([100, 2, 0, 500, 0, -2])
    for i in (1, 2):
        dataset.GetRasterBand(i).Fill(10)
    dataset = None
    dataset = gdal.OpenEx(path, gdal.OF_RASTER
                          | (0 if external else gdal.OF_UPDATE))
    dataset.BuildOverviews("NEAREST", [2, 4])
    dataset = None
    opened = path + ".ovr" if external else path
    dataset = gdal.OpenEx(opened, gdal.OF_RASTER | gdal.OF_UPDATE)
    for i in (1, 2):
        band = dataset.GetRasterBand(i)
        levels = [band.GetOverview(n) for n in range(band.GetOverviewCount())]
        if external:
            levels.insert(0, band)
        for value, level in zip((99, 98), levels):
            level.Fill(value)
    dataset = None
    return path


def make_vrt(folder):
    path = str(folder / "levels.vrt")
    gdal.Translate(path, make_tiff(folder))
    return path


MAKERS = {"inside": make_tiff,
          "beside": lambda folder: make_tiff(folder, external=True),
          "vrt": make_vrt}
LEVELS = [None, "NONE", "0", "0only", "0 only", "1", "1only"]
REDUCED = [(WIDTH, HEIGHT), (150, 120), (75, 60), (60, 50), (40, 30), (10, 8)]


def try_open(name, options):
    try:
        return gdal.OpenEx(name, gdal.OF_RASTER, open_options=options)
    except RuntimeError:
        return None


def reads(dataset):
    """Reduced reads of every kind."""
    results = []
    for width, height in REDUCED:
        if width > dataset.RasterXSize:
            continue
        for alg in (gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Average):
            results.append(dataset.ReadAsArray(
                buf_xsize=width, buf_ysize=height, resample_alg=alg))
            results.append(dataset.GetRasterBand(2).ReadAsArray(
                buf_xsize=width, buf_ysize=height, resample_alg=alg))
            results.append(
                dataset.GetRasterBand(1).GetMaskBand().ReadAsArray(
                    buf_xsize=width, buf_ysize=height, resample_alg=alg))
    return results


def shape(dataset):
    band = dataset.GetRasterBand(1)
    return (dataset.RasterXSize, dataset.RasterYSize,
            dataset.GetGeoTransform(can_return_null=True),
            band.GetOverviewCount(),
            [(band.GetOverview(i).XSize, band.GetOverview(i).YSize)
             for i in range(band.GetOverviewCount())])


@pytest.mark.parametrize("cache", ["SHARED", "NONE"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_as_plain_gdal(tmp_path, maker, level, cache):
    path = MAKERS[maker](tmp_path)
    options = [] if level is None else [f"OVERVIEW_LEVEL={level}"]
    plain = try_open(path, options)
    view = try_open(f"RETILE:{path}", options + [f"CACHE={cache}"])
    assert (view is None) == (plain is None)
    if plain is None:
        return
    assert shape(view) == shape(plain)
    for got, expected in zip(reads(view), reads(plain)):
        assert numpy.array_equal(got, expected)


@pytest.mark.parametrize("strategy", ["AUTO", "LOWER", "UPPER"])
def test_none_wins_over_a_strategy(tmp_path, strategy):
    path = make_tiff(tmp_path)
    view = gdal.OpenEx(f"RETILE:{path}", gdal.OF_RASTER, open_options=[
        "OVERVIEW_LEVEL=NONE", f"ZOOM_LEVEL_STRATEGY={strategy}"])
    assert view.ReadAsArray(buf_xsize=75, buf_ysize=60).max() == 10


@pytest.mark.parametrize("overviews", ["SOURCE", "VIRTUAL", "NONE"])
def test_none_with_overviews_of_any_kind(tmp_path, overviews):
    path = make_tiff(tmp_path)
    view = gdal.OpenEx(f"RETILE:{path}", gdal.OF_RASTER, open_options=[
        "OVERVIEW_LEVEL=NONE", f"OVERVIEWS={overviews}"])
    assert view.GetRasterBand(1).GetOverviewCount() == 0
    assert view.ReadAsArray(buf_xsize=75, buf_ysize=60).max() == 10


@pytest.mark.parametrize("level", ["NONE", "0", "1", "AUTO", "AUTO-1"])
def test_utilities(tmp_path, level):
    path = make_tiff(tmp_path)
    for call in (lambda source: gdal.Translate(
            "", source, format="MEM", width=70, height=56,
            overviewLevel=level),
            lambda source: gdal.Warp(
                "", source, format="MEM", width=70, height=56,
                overviewLevel=level)):
        got, expected = call(f"RETILE:{path}"), call(path)
        assert numpy.array_equal(got.ReadAsArray(), expected.ReadAsArray())


def make_masked(path, kind, overviews):
    """A TIFF whose overviews, if any, are all valid and say 9."""
    picture = numpy.random.RandomState(1).randint(0, 2, (HEIGHT, WIDTH)) * 255
    gdal.SetThreadLocalConfigOption(
        "GDAL_TIFF_INTERNAL_MASK", "NO" if kind == "msk" else "YES")
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, 2, options=["ALPHA=YES"] * (kind == "alpha"))
    dataset.SetGeoTransform([100, 2, 0, 500, 0, -2])
    for i in (1, 2):
        dataset.GetRasterBand(i).WriteArray(picture)
        if kind == "nodata":
            dataset.GetRasterBand(i).SetNoDataValue(0)
    if kind in ("msk", "inside"):
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(picture)
    if overviews:
        dataset.BuildOverviews("NEAREST", [2, 4])
        for level in (0, 1):
            band = dataset.GetRasterBand(1).GetOverview(level)
            band.Fill(9)
            dataset.GetRasterBand(2).GetOverview(level).Fill(9)
            if kind == "inside":
                dataset.GetRasterBand(1).GetMaskBand().GetOverview(level).Fill(
                    255)
    dataset = None
    gdal.SetThreadLocalConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    return path


@pytest.mark.parametrize("kind", ["inside", "msk", "alpha", "nodata"])
def test_none_holds_for_masks_as_well(tmp_path, kind):
    """What is read is that of a file without overviews."""
    without = make_masked(str(tmp_path / "without.tif"), kind, False)
    path = make_masked(str(tmp_path / "levels.tif"), kind, True)
    for width, height in REDUCED:
        found = [gdal.Translate("", source, format="MEM", width=width,
                                height=height, overviewLevel="NONE")
                 for source in (f"RETILE:{path}", without)]
        for i in (1, 2):
            got, expected = [dataset.GetRasterBand(i) for dataset in found]
            assert numpy.array_equal(got.ReadAsArray(), expected.ReadAsArray())
            assert numpy.array_equal(got.GetMaskBand().ReadAsArray(),
                                     expected.GetMaskBand().ReadAsArray())


def test_a_view_says_how_to_come_by_overviews(tmp_path):
    path = make_tiff(tmp_path)
    view = gdal.Open(f"RETILE:{path}")
    for build in (lambda: view.BuildOverviews("AVERAGE", [2]),
                  lambda: view.BuildOverviews("NONE", [])):
        with pytest.raises(RuntimeError, match="OVERVIEWS=VIRTUAL"):
            build()
