"""GDAL's configuration options change what a driver decodes. Two views of one
file, opened under different options, have different pixels, like two plain
handles."""

import os
import threading

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

# A VRT shows other pixels if its sources are opened under this option: JPEG's
# driver then gives YCbCr instead of RGB.
OPTION = "GDAL_JPEG_TO_RGB"


def make_jpeg(folder, width=256, height=200):
    rows, columns = numpy.mgrid[0:height, 0:width]
    bands = numpy.stack([rows % 256, columns % 256, (rows + columns) % 256])
    memory = gdal.GetDriverByName("MEM").Create("", width, height, 3)
    memory.WriteArray(bands.astype(numpy.uint8))
    path = str(folder / "scene.jpg")
    gdal.GetDriverByName("JPEG").CreateCopy(path, memory)
    return path


def make_netcdf(folder):
    path = str(folder / "rows.nc")
    memory = gdal.GetDriverByName("MEM").Create("", 60, 50, 1)
    memory.WriteArray(numpy.arange(3000, dtype=numpy.uint8).reshape(50, 60))
    if gdal.GetDriverByName("netCDF").CreateCopy(path, memory) is None:
        pytest.skip("no netCDF driver")
    return path


def make_vrt(folder):
    """A VRT opens its source when it is first read."""
    path = str(folder / "over.vrt")
    # It is written as text, because SourceProperties keep GDAL from opening the
    # source.
    jpeg = make_jpeg(folder)
    bands = "".join(
        f"<VRTRasterBand dataType='Byte' band='{band}'><SimpleSource>"
        f"<SourceFilename shared='0'>{jpeg}</SourceFilename>"
        f"<SourceBand>{band}</SourceBand><SourceProperties RasterXSize='256' "
        f"RasterYSize='200' DataType='Byte' BlockXSize='256' BlockYSize='1'/>"
        f"</SimpleSource></VRTRasterBand>" for band in (1, 2, 3))
    with open(path, "w") as file:
        file.write(f"<VRTDataset rasterXSize='256' rasterYSize='200'>{bands}"
                   "</VRTDataset>")
    return path


CASES = [(make_jpeg, OPTION, ["YES", "NO"]),
         (make_vrt, OPTION, ["YES", "NO"]),
         (make_netcdf, "GDAL_NETCDF_BOTTOMUP", ["YES", "NO"])]


def in_process(name, value):
    gdal.SetConfigOption(name, value)


def in_thread(name, value):
    gdal.SetThreadLocalConfigOption(name, value)


def in_environment(name, value):
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def of(name, **options):
    dataset = gdal.OpenEx(name, gdal.OF_RASTER, **options)
    return dataset.ReadAsArray()


@pytest.mark.parametrize("place", [in_process, in_thread, in_environment])
@pytest.mark.parametrize("make, option, values", CASES)
def test_views_under_different_options_share_no_pixels(tmp_path, make, option,
                                                       values, place):
    path = make(tmp_path)
    seen = {}
    for value in [None, *values, None, *reversed(values)]:
        place(option, value)
        try:
            expected = of(path)
            got = of(f"RETILE:{path}")
        finally:
            place(option, None)
        assert numpy.array_equal(got, expected), value
        seen[value] = expected
    assert not numpy.array_equal(seen[values[0]], seen[values[1]]), \
        "the option changes nothing"


def read_by_threads(dataset, n):
    """n threads read at once, so that further handles are opened."""
    results = [None] * n
    ready = threading.Barrier(n)

    def read(i):
        ready.wait()
        results[i] = dataset.ReadAsArray()

    threads = [threading.Thread(target=read, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("make, option, values", CASES)
@pytest.mark.parametrize("then", ["other", "unset", "another"])
def test_a_view_keeps_the_options_it_was_opened_under(tmp_path, make, option,
                                                      values, then):
    """If the options change later, further handles, for threads or in a child
    of fork, are opened under the first options, or not at all."""
    path = make(tmp_path)
    before, after = values if then != "another" else (None, values[1])
    in_process(option, before)
    try:
        expected = of(path)
        view = gdal.OpenEx(f"RETILE:{path}", gdal.OF_RASTER,
                           open_options=["CACHE=NONE", "NUM_THREADS=4"])
        in_process(option, None if then == "unset" else after)
        for got in read_by_threads(view, 4):
            assert numpy.array_equal(got, expected)
    finally:
        in_process(option, None)


def test_a_child_of_fork_says_which_option_is_in_its_way(tmp_path):
    path = make_jpeg(tmp_path)
    view = gdal.OpenEx(f"RETILE:{path}", gdal.OF_RASTER,
                       open_options=["CACHE=NONE"])
    expected = view.ReadAsArray()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        in_process(OPTION, "NO")
        try:
            answer = repr(numpy.array_equal(view.ReadAsArray(), expected))
        except RuntimeError as error:
            answer = str(error)
        in_process(OPTION, None)
        answer += "\n" + repr(numpy.array_equal(view.ReadAsArray(), expected))
        os.write(writes, answer.encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as pipe:
        answer = pipe.read().splitlines()
    os.waitpid(child, 0)
    assert f"configuration option {OPTION} was not set" in answer[0]
    assert answer[1] == "True"


@pytest.mark.parametrize("name, value", [
    ("CPL_DEBUG", "OFF"), ("GDAL_CACHEMAX", "64"), ("GDAL_NUM_THREADS", "2"),
    ("RETILE_NUM_THREADS", "2"), ("AWS_SESSION_TOKEN", "x"),
    ("VSI_CACHE", "NO"), ("CPL_TMPDIR", "/tmp")])
def test_options_that_change_no_pixels_leave_views_together(tmp_path, name,
                                                            value):
    path = make_jpeg(tmp_path)
    first = gdal.Open(f"RETILE:{path}")
    first.ReadAsArray()
    before = gdal.GetConfigOption(name)
    in_process(name, value)
    try:
        second = gdal.Open(f"RETILE:{path}")
        second.ReadAsArray()
    finally:
        in_process(name, before)
    counts = second.GetMetadata("RETILE_STATS")
    assert int(counts["SOURCE_PIXELS_DECODED"]) == 0
    assert int(counts["CACHE_HITS"]) > 0
