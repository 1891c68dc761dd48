"""The sources of LAYOUT=COG: layouts, formats, views, mosaics; and copies with
a tiling scheme."""

import json

import numpy as np
import pytest
from osgeo import gdal

import cogs
import copying

gdal.UseExceptions()

OPTIONS = ["COMPRESS=DEFLATE", "BLOCKSIZE=128"]
LAYOUTS = {
    "rows": ["BLOCKYSIZE=1"],
    "strips": ["COMPRESS=DEFLATE", "BLOCKYSIZE=50"],
    "one strip": ["COMPRESS=LZW", "BLOCKYSIZE=700"],
    "tiles off the grid": ["TILED=YES", "BLOCKXSIZE=112", "BLOCKYSIZE=80",
                           "COMPRESS=DEFLATE"],
    "tiles on the grid": ["TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                          "COMPRESS=DEFLATE"],
    "bands apart": ["INTERLEAVE=BAND", "BLOCKYSIZE=30"],
}
FORMATS = {
    "png": ("PNG", []),
    "jpg": ("JPEG", ["QUALITY=90"]),
    "jp2": ("JP2OpenJPEG", ["BLOCKXSIZE=256", "BLOCKYSIZE=256"]),
    "vrt": ("VRT", []),
    "img": ("HFA", ["COMPRESSED=YES"]),
    "bil": ("EHdr", []),
}


@pytest.fixture(scope="module")
def strips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strips")
    return cogs.tiff(folder / "in.tif", cogs.scene(901, 700, 3),
                     *LAYOUTS["strips"])


@pytest.mark.parametrize("valid", ["none", "mask"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_of_every_layout(tmp_path, layout, valid):
    source = cogs.tiff(tmp_path / "in.tif",
                       cogs.scene(901, 700, 3, "Byte", valid),
                       *LAYOUTS[layout])
    cogs.assert_same(tmp_path, source, *OPTIONS)


@pytest.mark.parametrize("ending", FORMATS)
def test_of_other_formats(tmp_path, strips, ending):
    driver, options = FORMATS[ending]
    bands = 1 if ending == "bil" else 3
    source = gdal.Translate(
        str(tmp_path / ("in." + ending)), strips, format=driver,
        creationOptions=options, bandList=list(range(1, bands + 1)))
    source = None
    source = str(tmp_path / ("in." + ending))
    cogs.assert_same(tmp_path, source, *OPTIONS)


@pytest.mark.parametrize("bands", [[1], [3, 1], [1, 2, 3]])
def test_of_windows_and_bands(tmp_path, strips, bands):
    cogs.assert_same(tmp_path, strips, *OPTIONS, bandList=bands,
                     srcWin=[13, 7, 600, 555])


@pytest.mark.parametrize("how", [
    {"outputType": gdal.GDT_UInt16}, {"scaleParams": [[0, 255, 0, 100]]},
    {"width": 500, "height": 400, "resampleAlg": "bilinear"},
    {"noData": 7}, {"maskBand": 2},
], ids=str)
def test_of_what_gdal_translate_makes_of_it(tmp_path, strips, how):
    cogs.assert_same(tmp_path, strips, *OPTIONS, **how)


def test_of_a_dataset_in_memory(tmp_path):
    for valid in ("none", "nodata", "mask", "alpha"):
        cogs.assert_same(tmp_path, cogs.scene(701, 444, 2, "Int16", valid),
                         *OPTIONS)


def quarters(folder):
    """A raster in four files with different layouts, and their mosaic."""
    whole = cogs.scene(900, 700, 2, "UInt16", "nodata")
    names = []
    for n, (x, y) in enumerate(((0, 0), (430, 0), (0, 333), (430, 333))):
        name = str(folder / ("part%d.tif" % n))
        size = (430 if x == 0 else 470, 333 if y == 0 else 367)
        gdal.Translate(name, whole, srcWin=[x, y, *size],
                       creationOptions=["BLOCKYSIZE=%d" % (3 + 40 * n)])
        names.append(name)
    mosaic = str(folder / "mosaic.vrt")
    gdal.BuildVRT(mosaic, names).FlushCache()
    return mosaic


def test_of_a_mosaic(tmp_path):
    mosaic = quarters(tmp_path)
    cogs.assert_same(tmp_path, mosaic, *OPTIONS)
    cogs.assert_same(tmp_path, gdal.Open(mosaic), *OPTIONS, "OVERVIEW_COUNT=2")


def test_of_a_warp(tmp_path, strips):
    warped = str(tmp_path / "warped.vrt")
    gdal.Warp(warped, strips, format="VRT", dstSRS="EPSG:4326",
              dstAlpha=True).FlushCache()
    cogs.assert_same(tmp_path, warped, *OPTIONS)


VIEWS = {
    "plain": [],
    "other blocks": ["BLOCKXSIZE=100", "BLOCKYSIZE=77"],
    "padded": ["PAD_EDGES=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256"],
    "chips": ["OVERLAP=16", "BLOCKXSIZE=224", "BLOCKYSIZE=160"],
    "not cached": ["CACHE=NONE"],
}


@pytest.mark.parametrize("view", VIEWS)
def test_of_a_view(tmp_path, strips, view):
    opened = gdal.OpenEx("RETILE:" + strips, gdal.OF_RASTER,
                         open_options=VIEWS[view])
    cogs.assert_same(tmp_path, opened, *OPTIONS)


@pytest.mark.parametrize("operator", ["slope", "hillshade -alg Horn",
                                      "roughness"])
def test_of_an_operator(tmp_path, operator):
    source = cogs.tiff(tmp_path / "in.tif", cogs.scene(700, 500, 1, "Float32"))
    opened = gdal.OpenEx("RETILE:" + source, gdal.OF_RASTER,
                         open_options=["FOCAL=" + operator])
    cogs.assert_same(tmp_path, opened, *OPTIONS)


def test_of_chips_of_an_operator(tmp_path):
    """GDAL's driver complains of a mask together with a nodata value."""
    source = cogs.tiff(tmp_path / "in.tif", cogs.scene(700, 500, 1, "Float32"))
    opened = gdal.OpenEx(
        "RETILE:" + source, gdal.OF_RASTER, open_options=[
            "FOCAL=slope", "OVERLAP=8", "BLOCKXSIZE=112", "BLOCKYSIZE=112"])
    cogs.ours(tmp_path / "c.tif", opened, *OPTIONS)
    cogs.assert_valid(tmp_path / "c.tif")
    assert cogs.levels(tmp_path / "c.tif")[0].ReadRaster() == \
        opened.ReadRaster()


def test_of_a_descriptor(tmp_path, strips):
    name = tmp_path / "in.retile"
    name.write_text(json.dumps({"type": "RETILE", "version": 1,
                                "source": strips}))
    assert cogs.assert_same(tmp_path, str(name), *OPTIONS).read_bytes() == \
        cogs.assert_same(tmp_path, strips, *OPTIONS).read_bytes()


# If nothing is made smaller, the pixels are GDAL's too.
SCHEMES = [
    ["TILING_SCHEME=GoogleMapsCompatible"],
    ["TILING_SCHEME=GoogleMapsCompatible", "ZOOM_LEVEL_STRATEGY=LOWER"],
    ["TILING_SCHEME=GoogleMapsCompatible", "ZOOM_LEVEL_STRATEGY=UPPER"],
    ["TILING_SCHEME=GoogleMapsCompatible", "ALIGNED_LEVELS=3"],
    ["TILING_SCHEME=GoogleMapsCompatible", "ZOOM_LEVEL=12"],
    ["TILING_SCHEME=GoogleMapsCompatible", "ADD_ALPHA=NO"],
    ["TILING_SCHEME=GoogleMapsCompatible", "COMPRESS=JPEG"],
    ["TARGET_SRS=EPSG:3857"],
    ["TARGET_SRS=EPSG:4326", "EXTENT=13.7,44.9,13.9,45.1", "RES=0.0003"],
]
FINER = {"ZOOM_LEVEL_STRATEGY=UPPER", "TARGET_SRS=EPSG:3857"}



@pytest.mark.alike
@pytest.mark.parametrize("options", SCHEMES, ids=" ".join)
@pytest.mark.parametrize("valid", ["none", "nodata"])
def test_a_tiling_scheme_is_as_gdals(tmp_path, strips, options, valid):
    """Sizes, blocks, kinds of masks and metadata are GDAL's. If the bytes are
    not the same, the pixels nearly are (driver/gdal/cog/README.md explains
    why)."""
    source = cogs.scene(901, 700, 3, "Byte", valid)
    source = cogs.tiff(tmp_path / "in.tif", source)
    if not any(option.startswith("COMPRESS=") for option in options):
        options = ["COMPRESS=DEFLATE", *options]
    found, expected = cogs.both(tmp_path, source, *options,
                                "OVERVIEW_RESAMPLING=AVERAGE")
    cogs.assert_valid(found)
    ours, theirs = (json.loads(copying.description(name))
                    for name in (found, expected))
    assert ours == theirs
    assert gdal.Open(str(found)).GetMetadata("TILING_SCHEME") == \
        gdal.Open(str(expected)).GetMetadata("TILING_SCHEME")
    for our, their in zip(cogs.levels(found), cogs.levels(expected)):
        far = np.abs(our.ReadAsArray().astype(int) - their.ReadAsArray())
        assert (far > 60).mean() < 0.05
        if FINER & set(options) and copying.GDAL >= (3, 11):
            assert_rounded_alike(our, their)
    if FINER & set(options) and copying.GDAL < (3, 11):
        cogs.assert_same_pixels(found, expected)


def assert_rounded_alike(ours, theirs):
    """From GDAL 3.11 on CUBIC is computed in floats, from the corner of the part
    of the source that is warped at once: a few results are rounded the other
    way."""
    far = np.abs(ours.ReadAsArray().astype(int) - theirs.ReadAsArray())
    assert far.max() <= 1 and (far > 0).mean() < 0.0002


def warp(target, source, driver, words, *options):
    """Runs a warp like gdalwarp: with words, gdal.Warp ignores other arguments.
    """
    return gdal.Warp(str(target), source, options=words.split() + [
        "-of", driver, *(word for option in options
                         for word in ("-co", option))])


@pytest.mark.alike
@pytest.mark.parametrize("valid", ["none", "nodata"])
# From GDAL 3.8 on, -r goes before RESAMPLING, and gdalwarp refuses -t_srs with
# another SRS than the scheme's.
@pytest.mark.parametrize("words", ["", "-t_srs EPSG:3857",
                                   "-t_srs EPSG:3857 -r cubic",
                                   "-t_srs EPSG:3857 -r average"] + (
    ["-t_srs EPSG:4326 -r cubic"] if copying.GDAL < (3, 8) else []))
def test_gdalwarp_to_a_scheme_reprojects_the_source_once(tmp_path, words,
                                                         valid):
    """gdalwarp itself passes the scheme to the COG driver. RETILE gets a warped
    VRT and looks through it. Nothing is made smaller: see SCHEMES."""
    source = cogs.tiff(tmp_path / "in.tif",
                       cogs.scene(901, 700, 3, "Byte", valid))
    options = ["TILING_SCHEME=GoogleMapsCompatible", "ADD_ALPHA=NO",
               "ZOOM_LEVEL_STRATEGY=UPPER", "RESAMPLING=BILINEAR"]
    made = [warp(tmp_path / (driver + ".tif"), source, driver, words,
                 *options, *layout)
            for driver, layout in (("COG", []), ("RETILE", ["LAYOUT=COG"]))]
    assert [one.GetGeoTransform() for one in made] == [
        pytest.approx(made[0].GetGeoTransform(), rel=1e-12)] * 2
    assert_rounded_alike(*made)
    if "cubic" not in words or copying.GDAL < (3, 11):
        assert np.array_equal(made[0].ReadAsArray(), made[1].ReadAsArray())
    cogs.assert_valid(tmp_path / "RETILE.tif")


@pytest.mark.parametrize("words, once", [
    ("", True), ("-wm 20", True), ("-et 0", False), ("-srcnodata 7", False),
    ("-wo INIT_DEST=100", False), ("-ot UInt16", False),
    ("-dstalpha", False), ("-tr 50 50", False)])
def test_only_a_plain_warp_is_seen_through(tmp_path, words, once):
    """Anything else that gdalwarp is asked for is done first."""
    scene = cogs.scene(301, 200, 1, "Float32")
    scene.GetRasterBand(1).SetNoDataValue(-9)
    source = cogs.tiff(tmp_path / "in.tif", scene)
    with copying.configured(CPL_DEBUG="RETILE"), \
            copying.collected() as messages:
        warp(tmp_path / "c.tif", source, "RETILE",
             "-t_srs EPSG:4326 " + words, "LAYOUT=COG", "TARGET_SRS=EPSG:3857")
    told = [text for _, text in messages if "is reprojected once" in text]
    assert bool(told) == once


def test_a_warp_that_asks_for_more_is_made_first(tmp_path):
    source = cogs.tiff(tmp_path / "in.tif", cogs.scene(901, 700, 1))
    west, x, _, north, _, y = gdal.Open(source).GetGeoTransform()
    edges = west + 100 * x, north + 300 * y, west + 300 * x, north + 100 * y
    made = gdal.Warp(str(tmp_path / "c.tif"), source, format="RETILE",
                     outputBounds=edges, creationOptions=[
                         "LAYOUT=COG", "TARGET_SRS=EPSG:3857"])
    whole = gdal.Warp(str(tmp_path / "d.tif"), source, format="RETILE",
                      creationOptions=["LAYOUT=COG", "TARGET_SRS=EPSG:3857"])
    assert made.RasterXSize < whole.RasterXSize / 3


@pytest.mark.parametrize("scheme", [["TILING_SCHEME=GoogleMapsCompatible"],
                                    ["TARGET_SRS=EPSG:4326"]])
@pytest.mark.parametrize("method", ["NEAREST", "AVERAGE", "CUBIC"])
def test_levels_of_a_scheme_are_of_their_own_level_below(
        tmp_path, strips, scheme, method):
    """The levels are those that the COG driver makes of an existing file with
    these pixels."""
    found, again = tmp_path / "c.tif", tmp_path / "again.tif"
    cogs.ours(found, strips, "COMPRESS=NONE", "ADD_ALPHA=NO", *scheme,
              "OVERVIEW_RESAMPLING=" + method, "BLOCKSIZE=256")
    plain = gdal.OpenEx(str(found), open_options=["OVERVIEW_LEVEL=NONE"])
    cogs.theirs(again, plain, "COMPRESS=NONE", "OVERVIEWS=IGNORE_EXISTING",
                "OVERVIEW_RESAMPLING=" + method, "BLOCKSIZE=256")
    assert len(cogs.levels(found)) > 1
    cogs.assert_same_pixels(found, again)
