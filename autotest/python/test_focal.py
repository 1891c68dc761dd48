"""FOCAL: the pixels of such a view are bit-identical to what gdaldem writes."""

import json
import os
import random
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal

from copying import GDAL

gdal.UseExceptions()

WIDTH, HEIGHT = 211, 173
BLOCKS = [(1, 1), (7, 5), (64, 64), (512, 512), (WIDTH, 1)]
PRIVATE = ["CACHE=PRIVATE", "CACHE_MAX=64MB"]
COLOURS = "colours.txt"  # in the words below; each raster has its own file

DEMS = {
    "int16": (gdal.GDT_Int16, -32768),
    "float32": (gdal.GDT_Float32, -9999),
    "uint8": (gdal.GDT_Byte, 0),
    "float64": (gdal.GDT_Float64, float("nan")),
    "uint16_full": (gdal.GDT_UInt16, None),
    "int32_full": (gdal.GDT_Int32, None),
}
NEIGHBOURS = [
    "slope", "slope -p", "slope -s 2.5", "slope -alg ZevenbergenThorne",
    "aspect", "aspect -trigonometric", "aspect -zero_for_flat",
    "aspect -alg ZevenbergenThorne",
    "hillshade", "hillshade -z 3 -s 2 -az 100 -alt 30", "hillshade -combined",
    "hillshade -multidirectional", "hillshade -igor",
    "hillshade -alg ZevenbergenThorne",
    "hillshade -alg ZevenbergenThorne -combined",
    "TRI", "TRI -alg Wilson", "TRI -alg Riley", "TPI", "roughness",
]
RELIEFS = ["color-relief " + COLOURS + more for more in (
    "", " -alpha", " -exact_color_entry", " -nearest_color_entry",
    " -alpha -nearest_color_entry")]
ALL = NEIGHBOURS + [w + " -compute_edges" for w in NEIGHBOURS] + RELIEFS


def heights(kind):
    """Hills, flat land, and holes across the borders of blocks."""
    data_type, nodata = DEMS[kind]
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    z = 90 + 60 * np.sin(x / 9) * np.cos(y / 13) + x / 7
    z += np.random.default_rng(7).integers(0, 9, z.shape)
    z[20:30, 40:60] = 77
    if data_type in (gdal.GDT_Float32, gdal.GDT_Float64):
        z /= 3
    if nodata is not None:
        for row, column in ((63, 63), (64, 130), (127, 20), (0, 80),
                            (HEIGHT - 1, 100), (90, 0), (91, WIDTH - 1)):
            z[row:row + 3, column:column + 5] = nodata
        z[10, 10] = nodata
    return z


def write_dem(folder, kind, options=()):
    data_type, nodata = DEMS[kind]
    path = str(folder / (kind + ".tif"))
    made = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, 1, data_type, list(options))
    made.SetGeoTransform((500000, 30, 0, 4600000, 0, -30))
    made.SetProjection("EPSG:32633")
    if nodata is not None:
        made.GetRasterBand(1).SetNoDataValue(nodata)
    made.GetRasterBand(1).WriteArray(heights(kind))
    (folder / COLOURS).write_text(
        "# heights of %s\n0%% 10 20 200\n17.3%%,0:200\t10 120\n"
        "50 255 255 0\n77 1 2 3\n66%% orange 200\n100%% white\n%s" % (
            kind, "" if nodata is None else "nv 9 8 7 0\n"))
    return path


@pytest.fixture(scope="module", params=[*DEMS, "given"])
def dem(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    if request.param != "given":
        return write_dem(folder, request.param,
                         ["BLOCKYSIZE=16", "COMPRESS=DEFLATE"])
    if "RETILE_TEST_DATA" not in os.environ:
        pytest.skip("RETILE_TEST_DATA is not set")
    given = Path(os.environ["RETILE_TEST_DATA"]) / "dem" / "dem.tif"
    (folder / COLOURS).write_text("0% blue\n150 0 255 0\n80% red\nnv 9 8 7 0\n")
    path = folder / "dem.tif"
    path.write_bytes(given.read_bytes())
    return str(path)


@pytest.fixture
def tiled(tmp_path):
    return write_dem(tmp_path, "float32", ["TILED=YES", "COMPRESS=DEFLATE",
                                           "BLOCKXSIZE=64", "BLOCKYSIZE=64"])


def absolute(path, words):
    return words.replace(COLOURS, str(Path(path).parent / COLOURS))


def by_gdaldem(path, words):
    """The opened result of gdaldem; no file stays next to the source."""
    mode, *rest = absolute(path, words).split()
    more = {}
    if mode == "color-relief":
        more["colorFilename"] = rest.pop(0)
    if "-b" in rest:  # the Python binding would add another -b
        more["band"] = int(rest[rest.index("-b") + 1])
        rest = []
    result = "/vsimem/by_gdaldem.tif"
    gdal.DEMProcessing(result, path, mode, options=rest, **more)
    Path(path + ".aux.xml").unlink(missing_ok=True)
    return gdal.Open(result)


def view_of(path, words, *options):
    return gdal.OpenEx("RETILE:" + path, gdal.OF_RASTER, open_options=[
        "FOCAL=" + absolute(path, words), *options])


def same(a, b):
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def about(dataset):
    """Everything that a program sees except pixels and their encoding."""
    structure = dataset.GetMetadata("IMAGE_STRUCTURE")
    structure.pop("COMPRESSION", None)
    structure.pop("LAYOUT", None)  # GDAL 3.12 calls other tiled files COG too
    return (dataset.RasterXSize, dataset.RasterYSize,
            dataset.GetGeoTransform(), dataset.GetProjection(),
            dataset.GetMetadata(), structure,
            [(band.DataType, band.GetColorInterpretation(),
              band.GetNoDataValue(), band.GetMaskFlags(), band.GetMetadata(),
              band.GetMinimum(), band.GetOverviewCount(),
              band.GetColorTable(), band.GetScale(), band.GetUnitType())
             for band in map(dataset.GetRasterBand,
                             range(1, dataset.RasterCount + 1))])


def windows_of(dataset, count, seed=11):
    chance = random.Random(seed)
    w = [chance.randint(1, dataset.RasterXSize) for _ in range(count)]
    h = [chance.randint(1, dataset.RasterYSize) for _ in range(count)]
    return [(chance.randint(0, dataset.RasterXSize - a),
             chance.randint(0, dataset.RasterYSize - b), a, b)
            for a, b in zip(w, h)]


@pytest.mark.parametrize("words", ALL)
def test_a_view_is_what_gdaldem_writes(dem, words):
    expected = by_gdaldem(dem, words)
    pixels = expected.ReadAsArray()
    # With exact entries, gdaldem 3.6 colours only the lowest one.
    assert len(np.unique(pixels)) > 1 or "exact" in words
    for width, height in BLOCKS:
        view = view_of(dem, words, *PRIVATE, "BLOCKXSIZE=%d" % width,
                       "BLOCKYSIZE=%d" % height)
        assert same(view.ReadAsArray(), pixels), (width, height)
        assert about(view) == about(expected)
        assert view.GetMetadata("RETILE_STATS")["DECODE_AMPLIFICATION"] == \
            "1.00"


@pytest.mark.parametrize("words", ["slope -compute_edges", "hillshade",
                                   "roughness", RELIEFS[1]])
def test_windows_in_any_order_are_cut_out_of_the_whole(dem, words):
    expected = by_gdaldem(dem, words)
    for width, height in BLOCKS:
        view = view_of(dem, words, *PRIVATE, "BLOCKXSIZE=%d" % width,
                       "BLOCKYSIZE=%d" % height)
        for window in windows_of(view, 20):
            assert same(view.ReadAsArray(*window),
                        expected.ReadAsArray(*window)), window


@pytest.mark.parametrize("words", ["TPI -compute_edges", RELIEFS[1]])
def test_eight_threads_read_one_handle(dem, words):
    expected = by_gdaldem(dem, words)
    pixels = expected.ReadAsArray()
    view = view_of(dem, words, *PRIVATE, "BLOCKXSIZE=32", "BLOCKYSIZE=16")
    windows = windows_of(view, 160)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda w: view.ReadAsArray(*w), windows))
    for (x, y, w, h), array in zip(windows, read):
        assert array.tobytes() == pixels[..., y:y + h, x:x + w].tobytes()
    stats = view.GetMetadata("RETILE_STATS")
    assert stats["DECODE_AMPLIFICATION"] == "1.00"


@pytest.mark.parametrize("cache", ["CACHE=NONE", "CACHE=PRIVATE"])
def test_without_room_the_pixels_are_the_same(tmp_path, cache):
    path = write_dem(tmp_path, "int16", ["BLOCKYSIZE=16"])
    pixels = by_gdaldem(path, "slope").ReadAsArray()
    view = view_of(path, "slope", cache, "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                   *["CACHE_MAX=0"] * (cache == "CACHE=PRIVATE"))
    assert same(view.ReadAsArray(), pixels)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (2, 2), (3, 2),
                                  (2, 70), (70, 2), (65, 65)])
@pytest.mark.parametrize("words", ["slope", "slope -compute_edges",
                                   "hillshade -compute_edges"])
def test_thin_rasters(tmp_path, size, words):
    path = str(tmp_path / "thin.tif")
    made = gdal.GetDriverByName("GTiff").Create(path, *size, 1, gdal.GDT_Int16)
    made.WriteArray(np.random.default_rng(1).integers(
        0, 90, size[::-1]).astype(np.int16))
    made = None
    expected = by_gdaldem(path, words)
    view = view_of(path, words, *PRIVATE, "BLOCKXSIZE=64", "BLOCKYSIZE=64")
    assert same(view.ReadAsArray(), expected.ReadAsArray())
    assert about(view) == about(expected)


def test_a_band_is_chosen_by_its_number(tmp_path):
    path = str(tmp_path / "three.tif")
    made = gdal.GetDriverByName("GTiff").Create(path, 90, 80, 3,
                                                gdal.GDT_Int16)
    for i in range(3):
        made.GetRasterBand(i + 1).WriteArray(np.random.default_rng(i).integers(
            0, 90, (80, 90)).astype(np.int16))
    made = None
    expected = by_gdaldem(path, "TRI -b 2").ReadAsArray()
    assert not same(expected, by_gdaldem(path, "TRI -b 1").ReadAsArray())
    assert same(view_of(path, "TRI -b 2").ReadAsArray(), expected)
    assert same(view_of(path, "TRI -q -b 2").ReadAsArray(), expected)


@pytest.mark.parametrize("words", ["slope", "slope -compute_edges",
                                   RELIEFS[0], RELIEFS[1]])
def test_padding_is_masked_out(tmp_path, words):
    path = write_dem(tmp_path, "int16")
    expected = by_gdaldem(path, words)
    view = view_of(path, words, *PRIVATE, "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                   "PAD_EDGES=YES", "PAD_VALUE=3")
    assert (view.RasterXSize, view.RasterYSize) == (256, 192)
    assert same(view.ReadAsArray(0, 0, WIDTH, HEIGHT), expected.ReadAsArray())
    mask = np.zeros((192, 256), np.uint8)
    band = view.GetRasterBand(1)
    mask[:HEIGHT, :WIDTH] = \
        expected.GetRasterBand(1).GetMaskBand().ReadAsArray()
    assert (mask[:HEIGHT, :WIDTH] == 255).all() == (words == RELIEFS[0])
    assert same(band.GetMaskBand().ReadAsArray(), mask)
    assert (band.ReadAsArray(WIDTH, 0, 40, 192) == 3).all()


def test_reduced_reads_and_statistics_are_those_of_the_result(tmp_path):
    path = write_dem(tmp_path, "float32")
    expected = by_gdaldem(path, "slope")
    view = view_of(path, "slope")
    for method in (gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Average):
        assert same(view.ReadAsArray(buf_xsize=50, buf_ysize=41,
                                     resample_alg=method),
                    expected.ReadAsArray(buf_xsize=50, buf_ysize=41,
                                         resample_alg=method))
    assert view.GetRasterBand(1).ComputeStatistics(False) == \
        expected.GetRasterBand(1).ComputeStatistics(False)
    assert same(view.GetRasterBand(1).GetMaskBand().ReadAsArray(),
                expected.GetRasterBand(1).GetMaskBand().ReadAsArray())


def test_views_with_other_words_or_colours_share_nothing_but_the_source(
        tmp_path):
    path = write_dem(tmp_path, "int16", ["BLOCKYSIZE=16"])
    plain = gdal.Open("RETILE:" + path)
    plain.ReadAsArray()
    for words in ("slope", "slope -p", "TPI", RELIEFS[0], RELIEFS[3]):
        expected = by_gdaldem(path, words).ReadAsArray()
        view = view_of(path, words)
        assert same(view.ReadAsArray(), expected), words
        assert view.GetMetadata("RETILE_STATS")["SOURCE_PIXELS_DECODED"] == \
            "0"
    before = view.ReadAsArray()
    (tmp_path / COLOURS).write_text("0 1 1 1\n300 200 200 200\n")
    after = view_of(path, RELIEFS[3])
    assert same(view.ReadAsArray(), before)
    assert same(after.ReadAsArray(), by_gdaldem(path, RELIEFS[3])
                .ReadAsArray())
    assert not same(after.ReadAsArray(), before)


def test_percentages_are_as_exact_as_gdaldems(tmp_path):
    path = str(tmp_path / "tenths.tif")
    made = gdal.GetDriverByName("GTiff").Create(path, 70, 70, 1,
                                                gdal.GDT_Float32)
    made.WriteArray(np.linspace(0.1, 0.3, 4900).reshape(70, 70))
    made = None
    seen = []
    # Only the first percentage is not rounded, which decides whether the lowest
    # height is found.
    for lines in ("0% 1 2 3\n100% 4 5 6\n", "100% 4 5 6\n0% 1 2 3\n"):
        (tmp_path / COLOURS).write_text(lines)
        expected = by_gdaldem(path, RELIEFS[2]).ReadAsArray()
        assert same(view_of(path, RELIEFS[2]).ReadAsArray(), expected)
        seen.append(expected[0, 0, 0])
    assert seen == [1, 0]


def test_a_descriptor_has_focal_too(tmp_path):
    path = write_dem(tmp_path, "int16")
    words = 'hillshade  -z "2" -az \'100\' -alt 3\\0'
    text = json.dumps({"type": "RETILE", "version": 1, "source": path,
                       "options": {"FOCAL": words, "BLOCKXSIZE": 64}})
    expected = by_gdaldem(path, "hillshade -z 2 -az 100 -alt 30").ReadAsArray()
    view = gdal.Open(text)
    assert same(view.ReadAsArray(), expected)
    assert view.GetMetadataItem("FOCAL", "RETILE") == words
    described = str(tmp_path / "shade.retile")
    gdal.GetDriverByName("RETILE").CreateCopy(described, view)
    assert same(gdal.Open(described).ReadAsArray(), expected)
    other = gdal.OpenEx(described, open_options=["FOCAL=TPI"])
    assert same(other.ReadAsArray(), by_gdaldem(path, "TPI").ReadAsArray())


@pytest.mark.parametrize("driver, options", [
    ("GTiff", []),
    ("RETILE", []),
    # This is the encoding of the source: there must be no raw tile copy.
    ("RETILE", ["COMPRESS=DEFLATE", "BLOCKXSIZE=64", "BLOCKYSIZE=64"]),
])
@pytest.mark.parametrize("words", ["TPI", "hillshade -compute_edges",
                                   RELIEFS[1]])
def test_a_copy_has_the_result(tiled, tmp_path, driver, options, words):
    expected = by_gdaldem(tiled, words)
    copied = str(tmp_path / "copied.tif")
    made = gdal.GetDriverByName(driver).CreateCopy(
        copied, view_of(tiled, words, "BLOCKXSIZE=64", "BLOCKYSIZE=64"),
        options=options)
    made = None
    copied = gdal.Open(copied)
    assert same(copied.ReadAsArray(), expected.ReadAsArray())
    assert about(copied) == about(expected)


def test_a_copy_of_a_window_in_a_vrt_has_the_result(tiled, tmp_path):
    pixels = by_gdaldem(tiled, "TPI").ReadAsArray(70, 60, 100, 90)
    vrt = str(tmp_path / "window.vrt")
    gdal.Translate(vrt, view_of(tiled, "TPI"), srcWin=[70, 60, 100, 90])
    copied = str(tmp_path / "copied.tif")
    gdal.GetDriverByName("RETILE").CreateCopy(copied, gdal.Open(vrt))
    assert same(gdal.Open(copied).ReadAsArray(), pixels)


def test_a_warp_of_a_view_is_a_warp_of_the_result(tiled):
    def warp(source):
        return gdal.Warp("", source, format="MEM", dstSRS="EPSG:4326",
                         resampleAlg="bilinear").ReadAsArray()

    assert same(warp(view_of(tiled, "slope")),
                warp(by_gdaldem(tiled, "slope")))


def test_a_child_of_fork_computes(tiled):
    expected = by_gdaldem(tiled, RELIEFS[1]).ReadAsArray()
    view = view_of(tiled, RELIEFS[1], *PRIVATE, "BLOCKXSIZE=64",
                   "BLOCKYSIZE=64")
    view.ReadAsArray(0, 0, 70, 70)
    child = os.fork()
    if child == 0:
        os._exit(0 if same(view.ReadAsArray(), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert same(view.ReadAsArray(), expected)


def errors_of(work):
    """Expects work() to return None. Returns everything that GDAL reports."""
    seen = []
    gdal.DontUseExceptions()
    gdal.PushErrorHandler(lambda kind, _, text: seen.append((kind, text)))
    try:
        assert work() is None
    finally:
        gdal.PopErrorHandler()
        gdal.UseExceptions()
    return seen


@pytest.mark.parametrize("words, said", [
    ("", "FOCAL is empty"),
    (" ", "FOCAL is empty"),
    ("slopes", "Invalid processing"),
    ("slope other.tif", "Too many command options 'other.tif'" if
     GDAL < (3, 10) else "positional arguments expected"),
    ("slope -combined", "-combined can only be used with hillshade" if
     GDAL < (3, 10) else "Unknown argument: -combined"),
    ("slope -of GTiff", "-of is an option of the command"),
    ("slope -co TILED=YES", "-co is an option of the command"),
    ("slope -b 2", "no band 2"),
    ("slope -b first", "the number of a band"),
    ("slope -b", "the number of a band"),
    ("slope 'open", "a quote is not closed"),
    ("color-relief", "needs the name of a text file"),
])
def test_bad_words_are_one_error(tiled, words, said):
    seen = errors_of(lambda: view_of(tiled, words))
    assert len(seen) == 1
    assert seen[0][0] == gdal.CE_Failure
    assert seen[0][1].startswith("RETILE: ")
    assert said in seen[0][1]


# The colour file is a folder, a file without a line, or missing.
@pytest.mark.parametrize("words", [
    "slope -foo", "slope -s", "hillshade -z", "hillshade -az",
    "TRI -alg", "TRI -alg Horn", "slope -s x",
    "color-relief .", "color-relief empty.txt", "color-relief missing.txt"])
def test_what_gdaldem_refuses_has_its_message(tiled, tmp_path, monkeypatch,
                                              words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").write_text("")
    mode, *rest = words.split()
    colours = [rest.pop(0)] if mode == "color-relief" else []
    done = subprocess.run(["gdaldem", mode, tiled, *colours, "out.tif", *rest],
                          check=False, stderr=subprocess.PIPE, text=True)
    own = re.findall(r"^ERROR \d+: (.*)$", done.stderr, re.MULTILINE)
    seen = errors_of(lambda: view_of(tiled, words))

    assert own
    assert seen == [(gdal.CE_Failure,
                     "RETILE: FOCAL=%s: %s" % (words, own[-1]))]


def test_several_bands_without_b_are_one_error(tmp_path):
    path = str(tmp_path / "two.tif")
    gdal.GetDriverByName("GTiff").Create(path, 9, 9, 2)
    seen = errors_of(lambda: view_of(path, "slope"))
    assert len(seen) == 1
    assert "has 2 bands" in seen[0][1] and "-b" in seen[0][1]


@pytest.mark.parametrize("colours, said", [
    ("0 1 2 3\n120% 1 2 3\n", "Wrong value for a percentage"),
    ("0 mauve\n", "Unknown color : mauve"),
    ("# nothing\n", "No color association found"),
])
def test_bad_colours_are_one_error(tiled, tmp_path, colours, said):
    (tmp_path / COLOURS).write_text(colours)
    seen = errors_of(lambda: view_of(tiled, RELIEFS[0]))
    assert len(seen) == 1
    assert said in seen[0][1]


def test_a_source_that_fails_fails_the_read_with_its_message(tmp_path):
    path = write_dem(tmp_path, "float32", ["TILED=YES", "COMPRESS=DEFLATE",
                                           "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    with open(path, "r+b") as file:
        file.truncate(Path(path).stat().st_size * 3 // 4)
    view = view_of(path, "slope", *PRIVATE)
    seen = errors_of(view.ReadAsArray)
    assert len(seen) == 1
    assert path in seen[0][1]
