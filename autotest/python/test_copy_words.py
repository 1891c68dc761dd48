"""The messages of a copy: progress, warnings, and the names in them."""

import os
import subprocess

import pytest
from osgeo import gdal

from copying import collected, copy, failures, memory, write

gdal.UseExceptions()


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "in.tif", "GTiff", memory(1500, 1300, 3, "Byte"))


TARGETS = [("out.tif", "COG"), ("/vsigzip/out.tif.gz", "GTIFF"),
           ("/vsigzip/out.tif.gz", "COG")]


def target_in(folder, name):
    return name.replace("/vsigzip/", "/vsigzip/%s/" % folder) \
        if name.startswith("/vsi") else str(folder / name)


@pytest.mark.parametrize("name,layout", TARGETS)
def test_writing_what_is_encoded_is_progress(name, layout, source, tmp_path):
    told = []
    copy(target_in(tmp_path, name), source, f"LAYOUT={layout}",
         callback=lambda done, *_: told.append(done) or 1)
    assert told == sorted(told) and told[-1] == 1
    assert len({done for done in told if 0.9 < done < 1}) >= 3


@pytest.mark.parametrize("name,layout", TARGETS)
def test_writing_what_is_encoded_can_be_cancelled(name, layout, source,
                                                  tmp_path):
    (tmp_path / "to").mkdir()
    told = []

    def stop(done, *_):
        told.append(done)
        return 0 if done > 0.93 else 1

    with collected() as messages:
        assert copy(target_in(tmp_path / "to", name), source,
                    f"LAYOUT={layout}", callback=stop) is None
    assert failures(messages) == ["RETILE: cancelled"]
    assert told[-1] < 1 and sum(done > 0.93 for done in told) == 1
    assert os.listdir(tmp_path / "to") == []


@pytest.mark.parametrize("option,says", [
    ("CACHE=NONE", "CACHE has no effect"), ("FOO=BAR", "FOO")])
@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_the_last_message_is_the_warning(option, says, layout, source,
                                         tmp_path):
    with collected() as messages:
        gdal.ErrorReset()
        assert gdal.GetDriverByName("RETILE").CreateCopy(
            str(tmp_path / "out.tif"), gdal.Open(source),
            options=[option, f"LAYOUT={layout}"])
        assert says in gdal.GetLastErrorMsg()
        assert gdal.GetLastErrorType() == gdal.CE_Warning
    assert any(says in text for _, text in messages)


@pytest.mark.parametrize("options", [
    ["TILED=YES"], ["LAYOUT=COG", "TILED=YES"], ["OVERVIEWS=AUTO", "TILED=YES"],
    ["LAYOUT=COG"], ["LAYOUT=DESCRIPTOR", "TILED=YES"]])
@pytest.mark.parametrize("interleave", ["BAND", "PIXEL"])
def test_correct_options_give_no_message(options, interleave, tmp_path):
    source = write(tmp_path / "in.tif", "GTiff", memory(60, 50, 3, "Byte"),
                   "INTERLEAVE=" + interleave)
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, "COMPRESS=DEFLATE",
                    *options)
    assert messages == []


@pytest.mark.parametrize("options", [[], ["LAYOUT=COG"]])
def test_an_expanded_palette_is_copied_without_a_word(options, tmp_path):
    palette = memory(60, 50, 1, "Byte")
    colors = gdal.ColorTable()
    for value in range(256):
        colors.SetColorEntry(value, (value, 255 - value, 7, 255))
    palette.GetRasterBand(1).SetColorTable(colors)
    source = write(tmp_path / "in.tif", "GTiff", palette)
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, "COMPRESS=DEFLATE",
                    *options, rgbExpand="rgb")
    assert messages == []


@pytest.mark.parametrize("options", [
    ["LAYOUT=GTIFF"], ["LAYOUT=COG"], ["OVERVIEWS=AUTO"]])
@pytest.mark.parametrize("name", ["out.tif", "/vsimem/words/out.tif"])
def test_messages_have_the_users_name_of_the_file(options, name, tmp_path):
    """GTiff's warnings of what it cannot store have the name of the file."""
    source = memory(60, 50, 2, "Byte")
    source.GetRasterBand(1).SetNoDataValue(1)
    source.GetRasterBand(2).SetNoDataValue(2)
    source.SetGCPs([gdal.GCP(1, 2, 3, 4, 5)], "")
    source.SetGeoTransform((1, 2, 0, 3, 0, -2))
    target = name if name.startswith("/vsi") else str(tmp_path / name)
    with collected() as messages:
        copy(target, source, *options, "PROFILE=BASELINE")
    assert not [text for _, text in messages if "retile-" in text], messages
    gdal.Unlink(target)


def test_a_full_spill_folder_is_named(source, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none",
                       str(disk)], stderr=subprocess.DEVNULL,
                      check=False).returncode != 0:
        pytest.skip("may not mount")
    try:
        gdal.SetConfigOption("RETILE_SPILL_DIR", str(disk))
        with collected() as messages:
            assert copy(tmp_path / "out.tif", source, "LAYOUT=COG") is None
        assert len(failures(messages)) == 1
        for words in (str(disk), "RETILE_SPILL_DIR", "No space left"):
            assert words in failures(messages)[0], messages
    finally:
        gdal.SetConfigOption("RETILE_SPILL_DIR", None)
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name,says", [
    ("gone/view.retile", "No such file or directory"),
    ("file/view.retile", "Not a directory"),
    ("/proc/view.retile", "/proc")])
def test_a_descriptor_that_cannot_be_written_says_why(name, says, source,
                                                      tmp_path):
    (tmp_path / "file").write_text("mine")
    with collected() as messages:
        assert copy(os.path.join(tmp_path, name), source) is None
    assert len(failures(messages)) == 1 and says in failures(messages)[0]


def test_copy_src_overviews_names_what_does_it(source, tmp_path):
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source,
                    "COPY_SRC_OVERVIEWS=YES") is None
    assert "OVERVIEWS=AUTO" in failures(messages)[0]
    assert "LAYOUT=COG" in failures(messages)[0]


def test_a_file_in_memory_that_is_held_open_gets_the_copy(source, tmp_path):
    """As with GTiff, this works only if the file is not a raster yet."""
    name = "/vsimem/held.tif"
    held = gdal.VSIFOpenL(name, "wb+")
    gdal.VSIFWriteL(b"x" * 20000000, 1, 20000000, held)
    copy(name, source, "COMPRESS=DEFLATE")
    copy(tmp_path / "out.tif", source, "COMPRESS=DEFLATE")
    expected = (tmp_path / "out.tif").read_bytes()
    gdal.VSIFSeekL(held, 0, 2)
    assert gdal.VSIFTellL(held) == len(expected)
    gdal.VSIFSeekL(held, 0, 0)
    assert bytes(gdal.VSIFReadL(1, len(expected), held)) == expected
    gdal.VSIFCloseL(held)
    with collected() as messages:
        assert copy(name, source, "COMPRESS=DEFLATE", "PREDICTOR=9") is None
    assert gdal.Open(name).ReadRaster() == gdal.Open(source).ReadRaster()
    gdal.Unlink(name)


def takes_file_objects(rasterio):
    """rasterio 1.4 fails for all drivers that only copy."""
    import io
    import numpy as np
    try:
        with rasterio.open(io.BytesIO(), "w", driver="PNG", width=2, height=2,
                           count=1, dtype="uint8") as dataset:
            dataset.write(np.zeros((1, 2, 2), "uint8"))
    except Exception:
        return False
    return True


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_rasterios_memory_files_and_file_objects_get_the_copy(layout):
    rasterio = pytest.importorskip("rasterio")
    import io
    import numpy as np
    profile = {"driver": "RETILE", "width": 300, "height": 200, "count": 1,
               "dtype": "uint8", "layout": layout}
    pixels = np.arange(60000, dtype="uint8").reshape(1, 200, 300)
    with rasterio.MemoryFile() as file:
        with file.open(**profile) as dataset:
            dataset.write(pixels)
        held = file.read()
        with file.open() as dataset:
            assert (dataset.read() == pixels).all()
    assert len(held) > 1000
    written = io.BytesIO()
    if not takes_file_objects(rasterio):
        pytest.skip("this rasterio has no file objects for such drivers")
    with rasterio.open(written, "w", **profile) as dataset:
        dataset.write(pixels)
    assert written.getvalue() == held


def test_a_view_is_no_target_and_is_not_changed(source):
    with open(source, "rb") as file:
        before = file.read()
    with collected() as messages:
        assert copy(f"RETILE:{source}", source) is None
    assert failures(messages) == [
        f"RETILE: 'RETILE:{source}' names a view, and cannot be the target; "
        "write to the name of a file"]
    rasterio = pytest.importorskip("rasterio")
    # It reads all, and writes a new file when it closes this one.
    view = rasterio.open(f"RETILE:{source}", "r+")
    view.write(view.read() * 0)
    # rasterio deletes the target before it writes, or does not.
    with pytest.raises(Exception, match="is a view, with no file of its own "
                                        "to change or delete|"
                                        "names a view, and cannot be the "
                                        "target"):
        view.close()
    with open(source, "rb") as file:
        assert file.read() == before


@pytest.mark.parametrize("options", [[], ["LAYOUT=COG"], ["NUM_THREADS=1"],
                                     ["OVERVIEWS=AUTO"], ["SPILL=NONE"]],
                         ids=lambda options: "".join(options))
def test_warnings_of_all_threads_reach_the_callers_handler(tmp_path, options):
    """GDAL warns while it reads, on a thread of the copy."""
    made = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "a.tif"), 1200, 1100, 1, options=["TILED=YES"])
    colors = gdal.ColorTable()
    colors.SetColorEntry(0, (1, 2, 3))
    colors.SetColorEntry(1, (9, 8, 7))
    made.SetGeoTransform((0, 1, 0, 1100, 0, -1))
    made.GetRasterBand(1).SetColorTable(colors)
    made = None
    gdal.BuildVRT(str(tmp_path / "a.vrt"), [str(tmp_path / "a.tif")],
                  resampleAlg="cubic", xRes=0.7, yRes=0.7).FlushCache()
    gdal.Open(str(tmp_path / "a.vrt")).ReadRaster()
    told = {}
    for driver, words in (("GTiff", ["TILED=YES"]), ("RETILE", options)):
        messages = []
        gdal.PushErrorHandler(lambda *message: messages.append(message))
        try:
            gdal.GetDriverByName(driver).CreateCopy(
                str(tmp_path / (driver + ".tif")),
                gdal.Open(str(tmp_path / "a.vrt")), options=words)
            last = gdal.GetLastErrorMsg()
        finally:
            gdal.PopErrorHandler()
        told[driver] = (set(messages), last)
    assert len(told["GTiff"][0]) == 1
    assert told["RETILE"] == told["GTiff"]
