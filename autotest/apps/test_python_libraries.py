"""rasterio, rioxarray and Dask read a view as the plain raster."""

import numpy
import pytest

from osgeo import gdal


@pytest.fixture
def expected(scene):
    return gdal.Open(scene).ReadAsArray()


@pytest.fixture(params=["prefix", "descriptor"])
def shown(request, view, descriptor):
    return view if request.param == "prefix" else descriptor


def test_rasterio_windows(shown, expected):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(shown) as source:
        assert source.driver == "RETILE"
        assert source.block_shapes == [(512, 512)] * 3
        for _, window in source.block_windows(1):
            part = source.read(window=window)
            assert numpy.array_equal(part, expected[
                (slice(None),) + window.toslices()])


@pytest.mark.parametrize("resampling", ["nearest", "bilinear", "average"])
def test_rasterio_warped(scene, shown, resampling):
    rasterio = pytest.importorskip("rasterio")
    from rasterio.enums import Resampling
    from rasterio.vrt import WarpedVRT

    def warped(name):
        with rasterio.open(name) as source, WarpedVRT(
                source, crs="EPSG:3857",
                resampling=Resampling[resampling]) as vrt:
            return vrt.read()
    found = warped(shown)
    assert found.any() and numpy.array_equal(found, warped(scene))


def test_rasterio_copies(scene, tmp_path):
    rasterio = pytest.importorskip("rasterio")
    import rasterio.shutil
    rasterio.shutil.copy(scene, str(tmp_path / "out.tif"), driver="RETILE",
                         compress="deflate")
    with rasterio.open(tmp_path / "out.tif") as made, \
            rasterio.open(scene) as source:
        assert made.is_tiled and numpy.array_equal(made.read(), source.read())


def test_rioxarray_chunks_on_blocks(shown, expected):
    rioxarray = pytest.importorskip("rioxarray")
    pytest.importorskip("dask")
    array = rioxarray.open_rasterio(shown, chunks={"x": 512, "y": 512},
                                    lock=False)
    assert array.chunks[1] == (512, 512, 276)
    assert array.chunks[2] == (512, 512, 76)
    assert numpy.array_equal(array.compute(scheduler="threads").values,
                             expected)


def test_each_block_is_decoded_once_for_all_threads_of_dask(shown, expected):
    dask = pytest.importorskip("dask")
    import dask.array
    dataset = gdal.Open(shown)
    before = int(dataset.GetMetadataItem("SOURCE_PIXELS_DECODED",
                                         "RETILE_STATS"))

    def read(block_info=None):
        (_, _), (y, below), (x, right) = block_info[None]["array-location"]
        return dataset.ReadAsArray(x, y, right - x, below - y)
    lazy = dask.array.map_blocks(
        read, dtype="uint8",
        chunks=((3,), (512, 512, 276), (512, 512, 76)))
    assert numpy.array_equal(
        lazy.compute(scheduler="threads", num_workers=4), expected)
    decoded = int(dataset.GetMetadataItem("SOURCE_PIXELS_DECODED",
                                          "RETILE_STATS")) - before
    assert decoded <= expected.shape[1] * expected.shape[2]


def test_distributed(shown, expected):
    distributed = pytest.importorskip("distributed")
    rioxarray = pytest.importorskip("rioxarray")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1,
                                  dashboard_address=":0") as cluster, \
            distributed.Client(cluster):
        array = rioxarray.open_rasterio(shown, chunks={"x": 512, "y": 512},
                                        lock=False)
        found = array.mean(dim=("x", "y")).compute().values
    assert numpy.allclose(found, expected.mean(axis=(1, 2)))
