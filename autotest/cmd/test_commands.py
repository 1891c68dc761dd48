"""GDAL's commands give the same results through RETILE as without it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from osgeo import gdal, osr

gdal.UseExceptions()

WIDTH, HEIGHT = 700, 530


def run(*command, cwd, status=0):
    """Runs a command. Returns (standard output, standard error)."""
    done = subprocess.run([str(word) for word in command], cwd=str(cwd),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          universal_newlines=True, check=False)
    if status is not None:
        assert done.returncode == status, done.stdout + done.stderr
    return done.stdout, done.stderr


def errors(text):
    return [line for line in text.splitlines() if line.startswith("ERROR")]


def make(name, kind):
    """Three bands in UTM with nodata, or one float band with a mask."""
    bands, band_type = (3, gdal.GDT_Byte) if kind == "rgb" else \
        (1, gdal.GDT_Float32)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(name), WIDTH, HEIGHT, bands, band_type,
        ["COMPRESS=DEFLATE", "BLOCKYSIZE=16"])
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(32632)
    dataset.SetSpatialRef(srs)
    dataset.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    for number in range(1, bands + 1):
        band = dataset.GetRasterBand(number)
        lines = bytearray()
        for y in range(HEIGHT):
            lines += bytes((x * number + y * 3 + x * y // 90) % 256
                           for x in range(WIDTH))
        band.WriteRaster(0, 0, WIDTH, HEIGHT, bytes(lines),
                         buf_type=gdal.GDT_Byte)
        band.SetDescription("band %d" % number)
        if kind == "rgb":
            band.SetNoDataValue(0)
    dataset.SetMetadataItem("TITLE", "made")
    if kind == "mask":
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteRaster(
            0, 0, WIDTH, HEIGHT,
            bytes(255 if x % 100 > 9 else 0
                  for _ in range(HEIGHT) for x in range(WIDTH)))
    dataset = None
    return name


@pytest.fixture(scope="module", params=["rgb", "mask"])
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return make(folder / "scene.tif", request.param)


@pytest.fixture
def source(made, tmp_path):
    """A copy for each test, alone in a folder."""
    folder = tmp_path / "source"
    shutil.copytree(made.parent, folder)
    return folder / made.name


@pytest.fixture
def elsewhere(tmp_path):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def comparable(text):
    """gdalinfo's output without the parts in which a view may differ."""
    lines = text.splitlines()
    start = next(index for index, line in enumerate(lines)
                 if line.startswith("Size is"))
    text = "\n".join(line for line in lines[start:]
                     if not line.startswith("  COMPRESSION="))
    return re.sub(r"Block=\d+x\d+", "Block", text)


def is_float(source):
    return gdal.Info(str(source), format="json")["bands"][0]["type"] == \
        "Float32"


def contents(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@pytest.mark.alike
@pytest.mark.parametrize("option", ["-checksum", "-stats", "-hist", "-mm"])
def test_gdalinfo_prints_the_same(source, elsewhere, option):
    if option == "-hist" and is_float(source):
        pytest.skip("GDAL samples blocks here: other blocks, other samples")
    view, complaints = run("gdalinfo", option, "RETILE:%s" % source,
                           cwd=elsewhere)
    plain, _ = run("gdalinfo", option, source, cwd=elsewhere)
    assert not complaints
    if option == "-stats" and "Float32" in plain:  # last digits follow blocks
        view, plain = (re.sub(r"(STATISTICS_\w+=\d+\.\d{9})\d*", r"\1", text)
                       for text in (view, plain))
    assert comparable(view) == comparable(plain)


@pytest.mark.alike
@pytest.mark.parametrize("option", ["-stats", "-hist", "-checksum"])
def test_gdalinfo_leaves_no_file_beside_the_source(source, elsewhere, option):
    before = contents(source.parent)
    run("gdalinfo", option, "RETILE:%s" % source, cwd=elsewhere)
    assert contents(source.parent) == before
    assert contents(elsewhere) == {}


def test_statistics_of_a_descriptor_file_stay_with_the_descriptor(
        source, elsewhere):
    before = contents(source.parent)
    run("gdal_translate", "-q", "-of", "RETILE", source, "x.retile",
        cwd=elsewhere)
    run("gdalinfo", "-stats", "x.retile", cwd=elsewhere)
    assert contents(source.parent) == before
    assert set(contents(elsewhere)) <= {"x.retile", "x.retile.aux.xml"}


@pytest.mark.alike
@pytest.mark.parametrize("arguments", [
    [], ["-srcwin", "100", "90", "333", "222"], ["-outsize", "50%", "30%"],
    ["-outsize", "150%", "0", "-r", "cubic"], ["-ot", "UInt16", "-scale"],
    ["-co", "COMPRESS=LZW"]])
def test_gdal_translate_writes_the_same_file(source, elsewhere, arguments):
    for prefix, name in (("", "plain.tif"), ("RETILE:", "view.tif")):
        run("gdal_translate", "-of", "GTiff", "-co", "TILED=YES", *arguments,
            "%s%s" % (prefix, source), name, cwd=elsewhere)
    run("gdalcompare.py", "plain.tif", "view.tif", cwd=elsewhere)
    files = contents(elsewhere)
    assert files["view.tif"] == files["plain.tif"]


@pytest.mark.alike
@pytest.mark.parametrize("method", ["near", "cubic", "average"])
def test_gdalwarp_writes_the_same_file(source, elsewhere, method):
    for prefix, name in (("", "plain.tif"), ("RETILE:", "view.tif")):
        run("gdalwarp", "-q", "-t_srs", "EPSG:4326", "-r", method,
            "%s%s" % (prefix, source), name, cwd=elsewhere)
    run("gdalcompare.py", "plain.tif", "view.tif", cwd=elsewhere)


def test_gdaladdo_on_the_result_makes_the_same_overviews(source, elsewhere):
    for prefix, name in (("", "plain.tif"), ("RETILE:", "view.tif")):
        run("gdal_translate", "-q", "-co", "TILED=YES",
            "%s%s" % (prefix, source), name, cwd=elsewhere)
        run("gdaladdo", "-q", "-r", "average", name, "2", "4", cwd=elsewhere)
    plain, _ = run("gdalinfo", "-checksum", "plain.tif", cwd=elsewhere)
    view, _ = run("gdalinfo", "-checksum", "view.tif", cwd=elsewhere)
    assert "Overviews checksum" in plain
    assert comparable(view) == comparable(plain)
    run("gdalcompare.py", "plain.tif", "view.tif", cwd=elsewhere)


def test_gdalcompare_finds_no_difference_but_the_binary_one(
        source, elsewhere):
    run("gdal_translate", "-q", "-of", "RETILE", source, "x.retile",
        cwd=elsewhere)
    found, _ = run("gdalcompare.py", source, "x.retile", cwd=elsewhere,
                   status=None)
    differences = [line for line in found.splitlines()
                   if " differ" in line and "binary" not in line]
    assert differences == []


def test_a_descriptor_opens_from_another_working_directory(source, elsewhere):
    run("gdal_translate", "-q", "-of", "RETILE", source.name, "x.retile",
        cwd=source.parent)
    found, _ = run("gdalinfo", "-checksum", source.parent / "x.retile",
                   cwd=elsewhere)
    expected, _ = run("gdalinfo", "-checksum", source, cwd=elsewhere)
    assert comparable(found) == comparable(expected)
    assert found.startswith("Driver: RETILE/")


def test_a_moved_folder_keeps_its_descriptor_with_a_relative_source(
        source, elsewhere):
    (source.parent / "x.retile").write_text(
        '{"type": "RETILE", "version": 1, "source": "scene.tif"}')
    moved = source.parent.rename(source.parent.parent / "moved")
    run("gdalinfo", moved / "x.retile", cwd=elsewhere)


def test_open_options_set_the_grid(source, elsewhere):
    found, _ = run("gdalinfo", "-oo", "BLOCKXSIZE=100", "-oo", "BLOCKYSIZE=70",
                   "-mdd", "RETILE", "RETILE:%s" % source, cwd=elsewhere)
    assert "Block=100x70" in found
    assert "BLOCKS_X=7" in found and "BLOCKS_Y=8" in found


def test_creation_options_are_kept_in_the_descriptor(source, elsewhere):
    run("gdal_translate", "-q", "-of", "RETILE", "-co", "BLOCKXSIZE=96",
        source, "x.retile", cwd=elsewhere)
    found, _ = run("gdalinfo", "x.retile", cwd=elsewhere)
    assert "Block=96x512" in found
    found, _ = run("gdalinfo", "-oo", "BLOCKXSIZE=48", "x.retile",
                   cwd=elsewhere)
    assert "Block=48x512" in found


def test_a_padded_view_is_whole_blocks(source, elsewhere):
    found, _ = run("gdalinfo", "-oo", "PAD_EDGES=YES", "RETILE:%s" % source,
                   cwd=elsewhere)
    assert "Size is 1024, 1024" in found


def test_gdalinfo_shows_the_drivers_options(elsewhere):
    found, _ = run("gdalinfo", "--format", "RETILE", cwd=elsewhere)
    assert "Retiled and cached view of any raster" in found
    assert "Connection prefix: RETILE:" in found
    assert "Extension: retile" in found
    for option in ("BLOCKXSIZE", "BLOCKYSIZE", "PAD_EDGES", "PAD_VALUE",
                   "CACHE", "CACHE_MAX", "LAYOUT", "MEMORY_MAX", "SPILL",
                   "NUM_THREADS", "PASSTHROUGH", "COMPRESS", "PREDICTOR"):
        assert '<Option name="%s"' % option in found


@pytest.mark.alike
@pytest.mark.parametrize("codec", ["NONE", "DEFLATE"])
@pytest.mark.parametrize("prefix", ["", "RETILE:"])
def test_a_copy_is_what_gtiff_writes_but_for_the_bytes(
        source, elsewhere, codec, prefix):
    run("gdal_translate", "-q", "-of", "RETILE", "-co", "COMPRESS=" + codec,
        prefix + str(source), "x.tif", cwd=elsewhere)
    plain = elsewhere / "plain"
    plain.mkdir()
    run("gdal_translate", "-q", "-co", "TILED=YES", "-co", "BLOCKXSIZE=512",
        "-co", "BLOCKYSIZE=512", "-co", "COMPRESS=" + codec, source, "x.tif",
        cwd=plain)
    found, _ = run("gdalcompare.py", plain / "x.tif", "x.tif", cwd=elsewhere,
                   status=None)
    assert [line for line in found.splitlines()
            if " differ" in line and "binary" not in line] == []
    found, complaints = run("gdalinfo", "-checksum", "x.tif", cwd=elsewhere)
    expected, _ = run("gdalinfo", "-checksum", "x.tif", cwd=plain)
    assert found == expected and not complaints


def test_a_copy_of_many_threads_has_the_same_bytes(source, elsewhere):
    for threads in ("1", "5"):
        run("gdal_translate", "-q", "-of", "RETILE", "-co", "BLOCKXSIZE=64",
            "-co", "BLOCKYSIZE=64", "-co", "NUM_THREADS=" + threads, source,
            threads + ".tif", cwd=elsewhere)
    found = contents(elsewhere)
    assert found["1.tif"] == found["5.tif"]


BAD_OPENINGS = {
    "missing_source": (["RETILE:gone.tif"], "gone.tif"),
    "empty_name": (["RETILE:"], ""),
    "not_a_raster": (["RETILE:letter.txt"], "letter.txt"),
    "unknown_option": (["-oo", "BLOCKSIZE=5", "RETILE:scene.tif"],
                       "BLOCKSIZE"),
    "zero_block": (["-oo", "BLOCKXSIZE=0", "RETILE:scene.tif"], "BLOCKXSIZE"),
    "negative_block": (["-oo", "BLOCKYSIZE=-8", "RETILE:scene.tif"],
                       "BLOCKYSIZE"),
    "block_of_letters": (["-oo", "BLOCKXSIZE=12px", "RETILE:scene.tif"],
                         "BLOCKXSIZE"),
    "huge_block": (["-oo", "BLOCKXSIZE=2147483647", "-oo",
                    "BLOCKYSIZE=2147483647", "RETILE:scene.tif"],
                   "BLOCKXSIZE"),
    "overflowing_block": (["-oo", "BLOCKXSIZE=99999999999999999999",
                           "RETILE:scene.tif"], "BLOCKXSIZE"),
    "unknown_cache": (["-oo", "CACHE=MAYBE", "RETILE:scene.tif"], "CACHE"),
    "small_cache": (["-oo", "CACHE=PRIVATE", "-oo", "CACHE_MAX=512",
                     "RETILE:scene.tif"], "512MB"),
    "bad_configuration": (["--config", "RETILE_CACHEMAX", "plenty",
                           "RETILE:scene.tif"], "RETILE_CACHEMAX"),
    "descriptor_not_json": (["broken.retile"], "broken.retile"),
    "descriptor_unknown_key": (["key.retile"], "colour"),
    "descriptor_cycle": (["cycle.retile"], "cycle.retile"),
    "descriptor_text_unknown_key": (
        ['{"type": "RETILE", "version": 1, "source": "scene.tif", "size": 1}'],
        "size"),
}


@pytest.mark.alike
@pytest.mark.parametrize("fault", sorted(BAD_OPENINGS))
def test_a_bad_opening_fails_with_one_error_and_leaves_no_file(source, fault):
    arguments, expected = BAD_OPENINGS[fault]
    folder = source.parent
    (folder / "letter.txt").write_text("Dear reader,\n")
    (folder / "broken.retile").write_text('{"type": "RETILE", ')
    (folder / "key.retile").write_text(
        '{"type": "RETILE", "version": 1, "source": "scene.tif", "colour": 1}')
    (folder / "cycle.retile").write_text(
        '{"type": "RETILE", "version": 1, "source": "cycle.retile"}')
    before = contents(folder)
    _, complaints = run("gdalinfo", *arguments, cwd=folder, status=1)
    found = errors(complaints)
    assert len(found) == 1, complaints
    assert expected in found[0] and "RETILE" in found[0]
    assert contents(folder) == before


BAD_COPIES = {
    "no_such_folder": (["scene.tif", "gone/x.retile"], "gone/x.retile"),
    "zero_block": (["-co", "BLOCKXSIZE=0", "scene.tif", "x.retile"],
                   "BLOCKXSIZE"),
    "unknown_layout": (["-co", "LAYOUT=PILE", "scene.tif", "x.retile"],
                       "LAYOUT"),
    "unnamed_source": (["-srcwin", "0", "0", "9", "9", "scene.tif",
                        "x.retile"], "source"),
    "no_such_folder_for_tiles": (["scene.tif", "gone/x.tif"], "gone/x.tif"),
    "tiles_not_of_16": (["-co", "BLOCKXSIZE=100", "scene.tif", "x.tif"],
                        "multiple of 16"),
    "little_memory": (["-co", "MEMORY_MAX=1MB", "scene.tif", "x.tif"],
                      "at least MEMORY_MAX="),
    "bare_memory": (["-co", "MEMORY_MAX=64", "scene.tif", "x.tif"], "64MB"),
    "predictor": (["-co", "COMPRESS=LZW", "-co", "PREDICTOR=9", "scene.tif",
                   "x.tif"], "PREDICTOR"),
    "onto_its_source": (["RETILE:scene.tif", "scene.tif"], "source"),
}


@pytest.mark.alike
@pytest.mark.parametrize("fault", sorted(BAD_COPIES))
def test_a_bad_copy_fails_with_one_error_and_leaves_no_file(source, fault):
    arguments, expected = BAD_COPIES[fault]
    before = contents(source.parent)
    _, complaints = run("gdal_translate", "-q", "-of", "RETILE", *arguments,
                        cwd=source.parent, status=1)
    found = errors(complaints)
    assert len(found) == 1, complaints
    assert expected in found[0]
    assert contents(source.parent) == before


def test_an_unknown_creation_option_is_a_warning_as_for_any_driver(source):
    _, complaints = run("gdal_translate", "-q", "-of", "RETILE", "-co",
                        "BLOCKSIZE=5", "scene.tif", "x.retile",
                        cwd=source.parent, status=0)
    assert not errors(complaints)
    assert "BLOCKSIZE" in complaints
    (source.parent / "x.retile").unlink()


def test_a_failed_copy_leaves_the_older_descriptor_as_it_was(source):
    run("gdal_translate", "-q", "-of", "RETILE", source.name, "x.retile",
        cwd=source.parent)
    before = contents(source.parent)
    run("gdal_translate", "-q", "-of", "RETILE", "-co", "BLOCKXSIZE=0",
        source.name, "x.retile", cwd=source.parent, status=1)
    assert contents(source.parent) == before


def test_a_view_is_not_opened_for_update(source):
    before = contents(source.parent)
    _, complaints = run("gdal_edit.py", "-mo", "A=B", "RETILE:scene.tif",
                        cwd=source.parent, status=None)
    assert "update" in complaints
    assert contents(source.parent) == before


def test_gdalmanage_deletes_the_descriptor_and_keeps_the_source(source):
    before = contents(source.parent)
    run("gdal_translate", "-q", "-of", "RETILE", source.name, "x.retile",
        cwd=source.parent)
    run("gdalinfo", "-stats", "x.retile", cwd=source.parent)
    run("gdalmanage", "delete", "x.retile", cwd=source.parent)
    assert contents(source.parent) == before


def test_gdalmanage_does_not_delete_through_the_prefix(source):
    before = contents(source.parent)
    run("gdalmanage", "delete", "RETILE:scene.tif", cwd=source.parent,
        status=None)
    assert contents(source.parent) == before


def test_gdalmanage_copies_and_renames_the_descriptor_alone(source, elsewhere):
    run("gdal_translate", "-q", "-of", "RETILE", source, "x.retile",
        cwd=elsewhere)
    before = contents(source.parent)
    run("gdalmanage", "copy", "x.retile", "y.retile", cwd=elsewhere)
    run("gdalmanage", "rename", "y.retile", "z.retile", cwd=elsewhere)
    assert set(contents(elsewhere)) == {"x.retile", "z.retile"}
    assert contents(source.parent) == before
    run("gdalinfo", "z.retile", cwd=elsewhere)


def test_the_plugin_exports_its_registration_alone():
    plugin = Path(os.environ["GDAL_DRIVER_PATH"]) / "gdal_RETILE.so"
    found, _ = run("nm", "-D", "--defined-only", plugin, cwd="/")
    assert [line.split()[-1].split("@")[0] for line in found.splitlines()
            if " A " not in line] == ["GDALRegister_RETILE"]
