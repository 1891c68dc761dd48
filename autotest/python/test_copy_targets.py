"""Where -of RETILE out.tif can write, and what happens to older files there."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from osgeo import gdal

from copying import collected, configured, copy, failures, memory, write

gdal.UseExceptions()

OPTIONS = ("COMPRESS=DEFLATE", "BLOCKXSIZE=64", "BLOCKYSIZE=64")


def contents(folder):
    return {str(path.relative_to(folder)): path.is_file() and path.read_bytes()
            for path in folder.rglob("*")}


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "from"
    folder.mkdir()
    return write(folder / "scene.tif", "GTiff", memory(150, 90, 2, "Byte"),
                 "BLOCKYSIZE=7")


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "to"
    made.mkdir()
    return made


@pytest.fixture
def expected(source, tmp_path):
    name = tmp_path / "expected.tif"
    copy(name, source, *OPTIONS).FlushCache()
    return name.read_bytes()


def run(*command, cwd, status=0):
    done = subprocess.run([str(word) for word in command], cwd=str(cwd),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    assert done.returncode == status, done.stderr
    return done.stdout, done.stderr.decode()


def translate(source, name, cwd, *words, status=0):
    options = [word for option in OPTIONS for word in ("-co", option)]
    return run("gdal_translate", "-q", "-of", "RETILE", *options, *words,
               source, name, cwd=cwd, status=status)


@pytest.mark.parametrize("name", [
    "out.tif", "with spaces.tif", "höhen-高さ.tif", "no_extension", "out.tiff",
    ".hidden.tif", "-dash.tif", "quote'\".tif", "50%.tif", "a" * 240 + ".tif"])
def test_any_name_of_a_file_is_a_target(name, source, folder, expected):
    copy(folder / name, source, *OPTIONS).FlushCache()
    assert contents(folder) == {name: expected}


def test_a_relative_name_is_of_the_working_directory(
        source, folder, expected):
    (folder / "deep").mkdir()
    for name in ("out.tif", "./dot.tif", "deep/out.tif", "deep/../up.tif"):
        translate(source, name, folder)
    found = contents(folder)
    assert [found.pop(name) for name in (
        "out.tif", "dot.tif", "deep/out.tif", "up.tif")] == [expected] * 4
    assert found == {"deep": False}


def test_a_relative_source_is_of_the_working_directory(source, folder,
                                                       expected):
    shutil.copy(source, folder / "in.tif")
    translate("in.tif", "out.tif", folder)
    translate("RETILE:in.tif", "view.tif", folder)
    found = contents(folder)
    assert found["out.tif"] == found["view.tif"] == expected


def test_memory_files_have_the_same_bytes(source, expected):
    copy("/vsimem/folder/out.tif", source, *OPTIONS).FlushCache()
    try:
        file = gdal.VSIFOpenL("/vsimem/folder/out.tif", "rb")
        size = gdal.VSIStatL("/vsimem/folder/out.tif").size
        assert gdal.VSIFReadL(1, size, file) == expected
        gdal.VSIFCloseL(file)
        assert gdal.ReadDir("/vsimem/folder") == ["out.tif"]
    finally:
        gdal.Unlink("/vsimem/folder/out.tif")


def test_a_failed_copy_leaves_no_memory_file(source):
    with collected() as messages:
        assert copy("/vsimem/failed/out.tif", source, "COMPRESS=CCITTFAX4",
                    "NBITS=8") is None
    assert len(failures(messages)) == 1
    assert not gdal.ReadDir("/vsimem/failed")


@pytest.mark.parametrize("mask", [False, True])
def test_standard_output_has_the_same_bytes(mask, source, folder, expected):
    """A stream has no place for a mask in a second file."""
    words = ["-mask", "2"] if mask else []
    if mask:
        words += ["-b", "1", "--config", "GDAL_TIFF_INTERNAL_MASK", "YES"]
        translate(source, "out.tif", folder, *words)
        expected = (folder / "out.tif").read_bytes()
        (folder / "out.tif").unlink()
    output, _ = translate(source, "/vsistdout/", folder, *words)
    assert output == expected
    assert contents(folder) == {}


def test_a_failed_copy_puts_nothing_on_standard_output(source, folder):
    output, complaints = translate(source, "/vsistdout/", folder, "-co",
                                   "PREDICTOR=9", status=1)
    assert output == b""
    assert complaints.count("ERROR") == 1


@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_stays_and_its_file_is_written(
        there, source, folder, expected):
    (folder / "deep").mkdir()
    if there:
        write(folder / "deep" / "real.tif", "GTiff", memory(9, 9, 1, "Byte"))
    os.symlink("deep/real.tif", folder / "link.tif")
    copy(folder / "link.tif", source, *OPTIONS).FlushCache()
    assert os.readlink(folder / "link.tif") == "deep/real.tif"
    assert (folder / "deep" / "real.tif").read_bytes() == expected
    assert os.listdir(folder / "deep") == ["real.tif"]


def test_other_names_of_an_older_file_keep_the_older_one(
        source, folder, expected):
    write(folder / "out.tif", "GTiff", memory(9, 9, 1, "Byte"))
    before = (folder / "out.tif").read_bytes()
    os.link(folder / "out.tif", folder / "other.tif")
    copy(folder / "out.tif", source, *OPTIONS).FlushCache()
    assert contents(folder) == {"out.tif": expected, "other.tif": before}


def test_permissions_are_those_of_new_files_or_of_the_older_one(
        source, folder):
    copy(folder / "new.tif", source).FlushCache()
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(os.stat(folder / "new.tif").st_mode) == 0o666 & ~mask
    os.chmod(folder / "new.tif", 0o640)
    copy(folder / "new.tif", source).FlushCache()
    assert stat.S_IMODE(os.stat(folder / "new.tif").st_mode) == 0o640


def make_older(folder):
    """A raster with all files that may belong to it, and a file that does not.
    """
    name = write(folder / "out.tif", "GTiff", memory(300, 280, 1, "Byte"))
    dataset = gdal.Open(name)
    dataset.GetRasterBand(1).ComputeStatistics(False)
    dataset.BuildOverviews("NEAREST", [2])
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    dataset = None
    (folder / "out.txt").write_text("mine")
    before = contents(folder)
    assert set(before) == {"out.tif", "out.tif.aux.xml", "out.tif.ovr",
                           "out.tif.msk", "out.txt"}
    return before


@pytest.mark.parametrize("how", ["python", "program"])
def test_files_beside_an_older_raster_go_with_it(how, source, folder, expected):
    before = make_older(folder)
    if how == "python":
        copy(folder / "out.tif", source, *OPTIONS).FlushCache()
    else:
        translate(source, "out.tif", folder)
    assert contents(folder) == {"out.tif": expected, "out.txt": before["out.txt"]}


@pytest.mark.parametrize("words", [["-co", "PREDICTOR=9"],
                                   ["-co", "NUM_THREADS=none"],
                                   ["-co", "LAYOUT=PILE"]], ids=" ".join)
def test_a_failure_leaves_an_older_raster_and_its_files(words, source, folder):
    before = make_older(folder)
    _, complaints = translate(source, "out.tif", folder, *words, status=1)
    assert complaints.count("ERROR") == 1
    assert contents(folder) == before


def test_a_source_that_fails_leaves_an_older_raster_and_its_files(
        source, folder):
    before = make_older(folder)
    with open(source, "r+b") as file:
        file.truncate(os.path.getsize(source) - 3000)
    translate(source, "out.tif", folder, status=1)
    assert contents(folder) == before


def test_new_files_replace_those_beside_an_older_raster(tmp_path, folder):
    make_older(folder)
    source = memory(50, 40, 1, "Byte")
    source.GetRasterBand(1).SetMetadata({"KEY": "VALUE"}, "OWN")
    source.GetRasterBand(1).SetStatistics(1, 2, 1.5, 0.25)
    source.CreateMaskBand(gdal.GMF_PER_DATASET)
    source.GetRasterBand(1).GetMaskBand().Fill(0)
    with configured(GDAL_TIFF_INTERNAL_MASK="NO"):
        copy(folder / "out.tif", source, "PROFILE=BASELINE").FlushCache()
    assert set(contents(folder)) == {"out.tif", "out.tif.aux.xml",
                                     "out.tif.msk", "out.txt"}
    dataset = gdal.Open(str(folder / "out.tif"))
    found = dataset.GetRasterBand(1)
    assert (found.XSize, found.GetOverviewCount()) == (50, 0)
    assert found.GetMinimum() == 1
    assert not any(found.GetMaskBand().ReadRaster())


def test_a_target_may_be_a_file_that_is_no_raster(source, folder, expected):
    (folder / "out.tif").write_text("Dear reader")
    copy(folder / "out.tif", source, *OPTIONS).FlushCache()
    assert contents(folder) == {"out.tif": expected}


def test_files_that_the_source_shares_with_an_older_raster_stay(tmp_path):
    """in.vrt shows in.tif, and so does the older out.vrt."""
    shown = write(tmp_path / "in.tif", "GTiff", memory(60, 50, 1, "Byte"))
    gdal.Translate(str(tmp_path / "in.vrt"), shown, format="VRT").FlushCache()
    gdal.Translate(str(tmp_path / "out.vrt"), shown, format="VRT").FlushCache()
    before = contents(tmp_path)
    copied = copy(tmp_path / "out.vrt", str(tmp_path / "in.vrt"))
    assert copied.GetDriver().ShortName == "GTiff"
    assert copied.ReadRaster() == gdal.Open(shown).ReadRaster()
    found = contents(tmp_path)
    assert found["in.tif"] == before["in.tif"]
    assert found["in.vrt"] == before["in.vrt"]


def test_a_descriptor_replaces_a_raster_and_the_other_way_round(
        source, folder, expected):
    name = folder / "out.retile"
    copy(name, source, *OPTIONS, "LAYOUT=GTIFF").FlushCache()
    assert name.read_bytes() == expected
    copy(name, source)
    assert gdal.Open(str(name)).GetDriver().ShortName == "RETILE"
    copy(name, source, *OPTIONS, "LAYOUT=GTIFF").FlushCache()
    assert contents(folder) == {"out.retile": expected}


AS_ANYONE = """
import os, sys
os.setgid(65534)
os.setuid(65534)
os.execvp(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be someone else")
def test_a_folder_that_cannot_be_written_is_named(source):
    """Runs as nobody, because root may write everywhere. Only root can read
    pytest's folders, and maybe the plugin's."""
    plugin = Path(os.environ["GDAL_DRIVER_PATH"]) / "gdal_RETILE.so"
    with tempfile.TemporaryDirectory() as name:
        closed = Path(name)
        shutil.copy(source, closed / "scene.tif")
        shutil.copy(plugin, closed)
        write(closed / "older.tif", "GTiff", memory(9, 9, 1, "Byte"))
        os.chmod(closed, 0o555)
        before = contents(closed)
        for target in ("out.tif", "older.tif"):
            _, complaints = run(
                sys.executable, "-c", AS_ANYONE, "env",
                f"GDAL_DRIVER_PATH={closed}", "gdal_translate", "-q", "-of",
                "RETILE", closed / "scene.tif", closed / target, cwd="/",
                status=1)
            assert complaints.count("ERROR") == 1, complaints
            assert str(closed) in complaints
        assert contents(closed) == before


FILES_OF_AT_MOST = """
import os, resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execvp(sys.argv[2], sys.argv[2:])
"""


@pytest.mark.parametrize("limit", [1000, 20000])
def test_a_disk_that_is_full_leaves_the_older_file(limit, source, folder):
    """A limit on the size of files stands for the full disk: from there on,
    writing fails."""
    before = make_older(folder)
    _, complaints = run(
        sys.executable, "-c", FILES_OF_AT_MOST, str(limit), "gdal_translate",
        "-q", "-of", "RETILE", source, "out.tif", cwd=folder, status=1)
    assert complaints.count("ERROR") == 1, complaints
    assert "out.tif" in complaints and "/.out" not in complaints
    assert contents(folder) == before


def test_gdalmanage_deletes_a_copy_as_any_geotiff(source, folder):
    make_older(folder)
    translate(source, "out.tif", folder)
    run("gdalmanage", "delete", "out.tif", cwd=folder)
    assert set(contents(folder)) == {"out.txt"}


@pytest.mark.parametrize("driver", ["GTiff", "COG", "VRT", "PNG", "JPEG", "HFA",
                                    "JP2OpenJPEG", "netCDF", "RETILE"])
def test_a_raster_of_any_driver_may_be_named_like_a_descriptor(
        tmp_path, monkeypatch, driver):
    monkeypatch.chdir(tmp_path)
    source = write("in.tif", "GTiff", memory(64, 48, 1, "Byte"))
    if gdal.GetDriverByName(driver) is None:
        pytest.skip("GDAL has no " + driver)
    assert gdal.GetDriverByName(driver).CreateCopy(
        "r.part", gdal.Open(source), options=(
            ["LAYOUT=DESCRIPTOR"] if driver == "RETILE" else [])) is not None
    os.rename("r.part", "r.retile")
    expected = "GTiff" if driver == "COG" else driver
    assert gdal.IdentifyDriver("r.retile").ShortName == expected
    assert gdal.Open("r.retile").GetDriver().ShortName == expected


@pytest.mark.parametrize("content", ["", "no JSON", "[1]", "{}", "{\"a\": 1}"])
def test_what_no_driver_knows_is_a_descriptor_that_is_wrong(tmp_path, content):
    name = str(tmp_path / "r.retile")
    with open(name, "w", encoding="utf-8") as file:
        file.write(content)
    assert gdal.IdentifyDriver(name).ShortName == "RETILE"
    with pytest.raises(RuntimeError, match="descriptor"):
        gdal.Open(name)
