"""A copy shows what its caller has open, whatever a second open by the name
would show: it equals what GTiff and COG make of the same dataset."""

import contextlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from osgeo import gdal

import reading

# For the thread. The one in GDAL's Python bindings came after 3.6.
@contextlib.contextmanager
def config_option(name, value):
    gdal.SetThreadLocalConfigOption(name, value)
    try:
        yield
    finally:
        gdal.SetThreadLocalConfigOption(name, None)


TILES = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"]


def make(path, bands=3, width=700, height=611, dtype=gdal.GDT_Byte, options=(),
         seed=1):
    pixels = np.random.RandomState(seed).randint(0, 25, (bands, height, width))
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), width, height, bands, dtype, list(options))
    dataset.WriteArray(pixels * 10)
    return dataset


def image(path):
    return gdal.Open(str(path)).ReadAsArray()


def differences(path, other):
    """Lists where pixels, masks or overviews of two COGs differ."""
    one, two = gdal.Open(str(path)), gdal.Open(str(other))
    found = []
    for i in range(1, one.RasterCount + 1):
        a, b = one.GetRasterBand(i), two.GetRasterBand(i)
        levels = [(a, b)]
        if a.GetOverviewCount() != b.GetOverviewCount():
            found.append(f"{a.GetOverviewCount()} overviews for "
                         f"{b.GetOverviewCount()}")
            break
        levels += [(a.GetOverview(n), b.GetOverview(n))
                   for n in range(a.GetOverviewCount())]
        for n, (p, q) in enumerate(levels):
            if not np.array_equal(p.ReadAsArray(), q.ReadAsArray()):
                found.append(f"band {i} level {n}")
            if not np.array_equal(p.GetMaskBand().ReadAsArray(),
                                  q.GetMaskBand().ReadAsArray()):
                found.append(f"mask {i} level {n}")
    return found


@pytest.mark.parametrize("method", ["nearest", "average", "mode", "lanczos"])
@pytest.mark.parametrize("size", [(500, 503), (901, 800)])
def test_resampled_copies_equal_gtiffs(tmp_path, method, size):
    make(tmp_path / "in.tif", options=["INTERLEAVE=PIXEL"]).FlushCache()
    arguments = {"width": size[0], "height": size[1], "resampleAlg": method}
    gdal.Translate(str(tmp_path / "v.vrt"), str(tmp_path / "in.tif"),
                   format="VRT", **arguments).FlushCache()
    for source, more in (("in.tif", arguments), ("v.vrt", {})):
        for options in (["INTERLEAVE=PIXEL"],
                        ["INTERLEAVE=BAND", "COMPRESS=DEFLATE"]):
            gdal.Translate(str(tmp_path / "g.tif"), str(tmp_path / source),
                           format="GTiff", creationOptions=options + TILES,
                           **more)
            for budget in ("MEMORY_MAX=16MB", "MEMORY_MAX=256MB"):
                gdal.Translate(str(tmp_path / "r.tif"), str(tmp_path / source),
                               format="RETILE",
                               creationOptions=options + [budget], **more)
                assert np.array_equal(image(tmp_path / "r.tif"),
                                      image(tmp_path / "g.tif")), (
                    source, options, budget)


@pytest.mark.alike
@pytest.mark.parametrize("kind", ["cog", "mask", "memory"])
@pytest.mark.parametrize("arguments", [
    {"noData": 7}, {"srcWin": [101, 53, 501, 503]}, {"bandList": [3, 1]},
    {"outputType": gdal.GDT_UInt16}, {"metadataOptions": ["A=B"]},
    {"width": 555, "height": 444, "resampleAlg": "average"}],
    ids=lambda a: next(iter(a)))
def test_overviews_of_changed_sources_equal_the_cog_drivers(tmp_path, kind,
                                                            arguments):
    source = make(tmp_path / "in.tif")
    if kind == "memory":
        source = gdal.Translate("", source, format="MEM")
        source.BuildOverviews("AVERAGE", [2])
    else:
        source = gdal.Translate(
            str(tmp_path / "s.tif"), source, format="COG",
            maskBand="1" if kind == "mask" else None,
            creationOptions=["BLOCKSIZE=256"])
    gdal.Translate(str(tmp_path / "g.tif"), source, format="COG",
                   creationOptions=["COMPRESS=LZW"], **arguments)
    gdal.Translate(str(tmp_path / "r.tif"), source, format="RETILE",
                   creationOptions=["LAYOUT=COG", "COMPRESS=LZW"], **arguments)
    assert differences(tmp_path / "r.tif", tmp_path / "g.tif") == []


@pytest.mark.parametrize("levels", ["built", "rewritten"])
def test_overviews_that_are_not_on_disk_yet_are_copied(tmp_path, levels):
    make(tmp_path / "in.tif").FlushCache()
    source = gdal.Open(str(tmp_path / "in.tif"), gdal.GA_Update)
    source.BuildOverviews("AVERAGE", [2])
    if levels == "rewritten":
        source.FlushCache()
        for i in range(1, source.RasterCount + 1):
            source.GetRasterBand(i).GetOverview(0).Fill(77)
    expected = source.GetRasterBand(1).GetOverview(0).ReadAsArray()
    gdal.GetDriverByName("RETILE").CreateCopy(
        str(tmp_path / "r.tif"), source, options=["LAYOUT=COG"])
    copied = gdal.Open(str(tmp_path / "r.tif"))
    overview = copied.GetRasterBand(1).GetOverview(0)
    assert np.array_equal(overview.ReadAsArray(), expected)


def test_a_raw_reading_of_a_file_is_copied_as_it_is(tmp_path):
    dataset = make(tmp_path / "c.tif", bands=4,
                   options=["PHOTOMETRIC=CMYK", "INTERLEAVE=PIXEL"])
    dataset = None
    source = gdal.Open(f"GTIFF_RAW:{tmp_path / 'c.tif'}")
    expected = source.ReadAsArray()
    assert not np.array_equal(expected, image(tmp_path / "c.tif"))
    driver = gdal.GetDriverByName("RETILE")
    for options in ([], ["LAYOUT=COG"]):
        copied = driver.CreateCopy(str(tmp_path / "r.tif"), source,
                                   options=options + ["PHOTOMETRIC=MINISBLACK"]
                                   if not options else options)
        copied = None
        assert np.array_equal(image(tmp_path / "r.tif"), expected)


def test_descriptors_name_no_memory_file(tmp_path):
    make("/vsimem/same_dataset.tif").FlushCache()
    source = gdal.Open("/vsimem/same_dataset.tif")
    driver = gdal.GetDriverByName("RETILE")
    with pytest.raises(RuntimeError, match="memory of this process"):
        driver.CreateCopy(str(tmp_path / "x.retile"), source)
    assert os.listdir(tmp_path) == []
    driver.CreateCopy("/vsimem/same_dataset.retile", source)
    gdal.Unlink("/vsimem/same_dataset.retile")
    source = None
    gdal.Unlink("/vsimem/same_dataset.tif")


def test_a_target_that_holds_the_sources_overviews_is_refused(tmp_path):
    make(tmp_path / "foo.tif").FlushCache()
    older = tmp_path / "foo.tif.ovr"
    make(older, width=350, height=306, seed=2).FlushCache()
    before = older.read_bytes()
    with pytest.raises(RuntimeError, match="overviews or masks of the source"):
        gdal.Translate(str(older), str(tmp_path / "foo.tif"), format="RETILE",
                       width=350, height=306, resampleAlg="average")
    assert older.read_bytes() == before


FUNCTION = """<VRTDataset rasterXSize="400" rasterYSize="300">
<VRTRasterBand dataType="Float32" band="1" subClass="VRTDerivedRasterBand">
<PixelFunctionType>f</PixelFunctionType>
<PixelFunctionLanguage>Python</PixelFunctionLanguage>
<PixelFunctionCode><![CDATA[
def f(src, out, *args, **kw):
    import threading
    out[:] = threading.get_native_id()
]]></PixelFunctionCode>
<SimpleSource><SourceFilename relativeToVRT="1">s.tif</SourceFilename>
</SimpleSource></VRTRasterBand></VRTDataset>"""


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_foreign_pixel_functions_are_called_by_the_callers_thread(tmp_path,
                                                                  layout):
    make(tmp_path / "s.tif", 1, 400, 300).FlushCache()
    (tmp_path / "f.vrt").write_text(FUNCTION)
    (tmp_path / "over.vrt").write_text(
        FUNCTION[:FUNCTION.index("<VRTRasterBand")] +
        '<VRTRasterBand dataType="Float32" band="1"><SimpleSource>'
        '<SourceFilename relativeToVRT="1">f.vrt</SourceFilename>'
        "</SimpleSource></VRTRasterBand></VRTDataset>")
    with config_option("GDAL_VRT_ENABLE_PYTHON", "YES"):
        for name in ("f.vrt", "over.vrt"):
            gdal.GetDriverByName("RETILE").CreateCopy(
                str(tmp_path / "r.tif"), gdal.Open(str(tmp_path / name)),
                options=[f"LAYOUT={layout}", "NUM_THREADS=4"])
            assert (image(tmp_path / "r.tif") ==
                    np.float32(threading.get_native_id())).all()


def with_python(tmp_path):
    """Makes f.vrt, and the environment in which GDAL computes it."""
    make(tmp_path / "s.tif", 1, 400, 300).FlushCache()
    (tmp_path / "f.vrt").write_text(FUNCTION)
    environment = dict(os.environ, GDAL_VRT_ENABLE_PYTHON="YES")
    plain = subprocess.run(["gdal_translate", "-q", "f.vrt", "plain.tif"],
                           cwd=tmp_path, env=environment, check=False,
                           timeout=300, stderr=subprocess.PIPE, text=True)
    if "Cannot find python" in plain.stderr:
        pytest.skip("no library of Python that GDAL finds")
    return environment


def test_programs_end_after_a_pixel_function_in_python(tmp_path):
    environment = with_python(tmp_path)
    subprocess.run(["gdal_translate", "-q", "-of", "RETILE", "f.vrt", "r.tif"],
                   cwd=tmp_path, env=environment, check=True, timeout=300)


@pytest.mark.skipif(gdal.GetDriverByName("netCDF") is None,
                    reason="GDAL has no netCDF driver")
def test_options_of_the_callers_thread_hold_for_those_that_read(tmp_path):
    name = str(tmp_path / "s.nc")
    gdal.Translate(name, make(tmp_path / "s.tif", 1), format="netCDF")
    with config_option("GDAL_NETCDF_BOTTOMUP", "NO"):
        source = gdal.Open(name)
        expected = source.ReadAsArray()
        copied = gdal.GetDriverByName("RETILE").CreateCopy(
            str(tmp_path / "r.tif"), source, options=["NUM_THREADS=2"])
        copied = source = None
    assert not np.array_equal(expected, image(name))
    assert np.array_equal(image(tmp_path / "r.tif"), expected)


@pytest.mark.parametrize("method", ["nearest", "average", "cubic"])
def test_views_of_what_resamples_read_as_it_does(tmp_path, method):
    make(tmp_path / "in.tif", 2, dtype=gdal.GDT_Float32,
         options=["INTERLEAVE=BAND"]).FlushCache()
    gdal.Translate(str(tmp_path / "v.vrt"), str(tmp_path / "in.tif"),
                   format="VRT", width=1300, height=903,
                   resampleAlg=method).FlushCache()
    plain = gdal.Open(str(tmp_path / "v.vrt"))
    view = gdal.Open(f"RETILE:{tmp_path / 'v.vrt'}")
    for window in ((0, 0, 1300, 903), (101, 57, 640, 333), (1290, 890, 10, 13)):
        assert np.array_equal(view.ReadAsArray(*window),
                              plain.ReadAsArray(*window))
        assert np.array_equal(view.GetRasterBand(2).ReadAsArray(*window),
                              plain.GetRasterBand(2).ReadAsArray(*window))


def reduced(dataset, window):
    return dataset.ReadAsArray(*window, buf_xsize=97, buf_ysize=91)


@pytest.mark.parametrize("times", [(2, 2), (3, 1), (1, 7), (16, 5)])
@pytest.mark.parametrize("element", ["SimpleSource", "ComplexSource"])
def test_views_of_pixels_that_are_repeated_keep_their_blocks(tmp_path, times,
                                                             element):
    """Nearest neighbour with a whole factor gives the same pixels in any
    window."""
    make(tmp_path / "in.tif", 1, 131, 97).FlushCache()
    width, height = 100 * times[0], 80 * times[1]
    (tmp_path / "v.vrt").write_text(f"""
        <VRTDataset rasterXSize="{width + 9}" rasterYSize="{height + 5}">
        <VRTRasterBand dataType="Byte" band="1"><{element}>
        <SourceFilename relativeToVRT="1">in.tif</SourceFilename>
        <SrcRect xOff="11" yOff="7" xSize="100" ySize="80"/>
        <DstRect xOff="4" yOff="2" xSize="{width}" ySize="{height}"/>
        </{element}></VRTRasterBand></VRTDataset>""")
    plain = gdal.Open(str(tmp_path / "v.vrt"))
    view = gdal.OpenEx(f"RETILE:{tmp_path / 'v.vrt'}", gdal.OF_RASTER,
                       open_options=["BLOCKXSIZE=64", "BLOCKYSIZE=48"])
    for window in reading.random_windows(width + 9, height + 5, 40, 60):
        assert np.array_equal(view.ReadAsArray(*window),
                              plain.ReadAsArray(*window))
    for window in reading.random_windows(width + 9, height + 5, 10, 200):
        assert np.array_equal(reduced(view, window), reduced(plain, window))
    assert float(view.GetMetadataItem("CACHE_HITS", "RETILE_STATS")) > 0
    gdal.Translate(str(tmp_path / "copy.tif"), plain, format="RETILE")
    assert np.array_equal(image(tmp_path / "copy.tif"), plain.ReadAsArray())


def test_programs_end_after_a_view_of_a_function_in_python(tmp_path):
    environment = with_python(tmp_path)
    for source, target in (("RETILE:f.vrt", "GTiff"), ("RETILE:f.vrt", "RETILE")):
        subprocess.run(["gdal_translate", "-q", "-of", target, source, "r.tif"],
                       cwd=tmp_path, env=environment, check=True, timeout=300)


def test_the_files_around_a_gap_of_a_mosaic_are_read(tmp_path):
    for i, name in enumerate(("a.tif", "b.tif")):
        dataset = make(tmp_path / name, 1, 300, 200, seed=i)
        dataset.SetGeoTransform((i * 300, 1, 0, 200, 0, -1))
        dataset = None
    gdal.BuildVRT(str(tmp_path / "m.vrt"), [str(tmp_path / "a.tif"),
                                            str(tmp_path / "b.tif")]).FlushCache()
    os.remove(tmp_path / "b.tif")
    view = gdal.Open(f"RETILE:{tmp_path / 'm.vrt'}")
    assert np.array_equal(view.ReadAsArray(0, 0, 300, 200),
                          image(tmp_path / "a.tif"))
    with pytest.raises(RuntimeError, match="b.tif"):
        view.ReadAsArray(200, 0, 200, 200)


UPDATED = """
import os
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")

def check(driver, kind):
    raster = gdal.GetDriverByName("MEM").Create("", 64, 48, 1, kind)
    raster.SetGeoTransform((2, .1, 0, 49, 0, -.1))
    raster.SetProjection("EPSG:4326")
    raster.GetRasterBand(1).WriteArray(np.full((48, 64), 40))
    ending = (driver.GetMetadataItem("DMD_EXTENSION") or "x")
    name = "u_%s_%d.%s" % (driver.ShortName, kind, ending)
    driver.CreateCopy(name, raster).FlushCache()
    updated = gdal.OpenEx(name, gdal.OF_RASTER | gdal.OF_UPDATE)
    updated.GetRasterBand(1).WriteArray(np.full((48, 64), 7))
    os.write(1, b"%s updates\\n" % driver.ShortName.encode())
    for words in (["-a_ullr", "2", "50", "3", "49"], ["-srcwin", "5", "5", "9",
                  "9"], ["-ot", "Float64"], ["-b", "1", "-b", "1"]):
        ours, theirs = (gdal.Translate("/vsimem/" + of, updated, options=[
            "-of", of, *words]).ReadAsArray() for of in ("RETILE", "GTiff"))
        os.write(1, b"%s %s\\n" % (driver.ShortName.encode(), b"same" if
                                  np.array_equal(ours, theirs) else b"differs"))

for number in range(gdal.GetDriverCount()):
    driver = gdal.GetDriver(number)
    if not any(map(driver.GetMetadataItem, ("DCAP_CREATE", "DCAP_CREATECOPY"))):
        continue
    if driver.ShortName in ("VRT", "RETILE") or os.fork():
        continue
    for kind in (gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_Float32):
        try:
            check(driver, kind)
            break
        except (RuntimeError, ValueError, AttributeError):
            pass  # it does not write this, or cannot update it
    os._exit(0)
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
"""


def test_what_is_updated_is_copied_through_its_handle(tmp_path):
    """A VRT over a dataset whose pixels are not written yet, of every driver
    that can update."""
    done = subprocess.run([sys.executable, "-c", UPDATED], cwd=tmp_path,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    seen = set(done.stdout.splitlines())
    assert [line for line in seen if line.endswith("differs")] == []
    assert {"GTiff updates", "ENVI updates", "HFA updates"} <= seen
    # ERS does not write without GDAL's data files (seen with 3.13).
    for driver in ("GTiff", "ENVI", "HFA", "MRF", "RRASTER", "ERS", "MFF"):
        assert driver + " same" in seen or driver + " updates" not in seen
