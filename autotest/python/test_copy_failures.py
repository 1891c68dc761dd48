"""What -of RETILE refuses: there is one error that says what would be right,
and nothing is written."""

import os
import threading

import pytest
from osgeo import gdal

from copying import (GDAL, collected, copy, failures, least_memory, memory,
                     plain_copy, write)

gdal.UseExceptions()


def contents(folder):
    return {path.relative_to(folder): path.is_file() and path.read_bytes()
            for path in folder.rglob("*")}


def content(name):
    """Of a file anywhere; None if there is none."""
    if gdal.VSIStatL(name) is None:
        return None
    file = gdal.VSIFOpenL(name, "rb")
    read = gdal.VSIFReadL(1, 1 << 24, file)
    gdal.VSIFCloseL(file)
    return bytes(read)


def failures_of_ours(messages):
    """GDAL tries the source before it asks a driver to copy it, and reports
    what it finds. Such messages are left out."""
    return [text for text in failures(messages) if text.startswith("RETILE")]


@pytest.fixture
def source(tmp_path):
    return write(tmp_path / "scene.tif", "GTiff", memory(100, 90, 3, "Byte"),
                 "BLOCKYSIZE=7", "INTERLEAVE=PIXEL")


def refusal(folder, name, source, *options, **more):
    """Expects the copy to be refused with all files as before. Returns its one
    message."""
    before = contents(folder)
    with collected() as messages:
        assert copy(name, source, *options, **more) is None, "not refused"
    assert [severity for severity, _ in messages] == [gdal.CE_Failure], \
        messages
    assert contents(folder) == before
    return messages[0][1]


BAD_OPTIONS = {
    "BLOCKXSIZE=100": "multiple of 16", "BLOCKYSIZE=8": "multiple of 16",
    "BLOCKXSIZE=0": "BLOCKXSIZE=0", "BLOCKXSIZE=-16": "BLOCKXSIZE=-16",
    "BLOCKXSIZE=64px": "BLOCKXSIZE=64px", "BLOCKYSIZE=": "BLOCKYSIZE",
    "BLOCKXSIZE=99999999999999999999": "BLOCKXSIZE",
    "BLOCKXSIZE=2147483632": "BLOCKXSIZE",
    "LAYOUT=PILE": "LAYOUT=PILE", "LAYOUT=MRF": "LAYOUT=MRF",
    "LAYOUT=": "LAYOUT", "MEMORY_MAX=plenty": "MEMORY_MAX=plenty",
    "MEMORY_MAX=512": "512MB", "MEMORY_MAX=-1MB": "MEMORY_MAX=-1MB",
    "MEMORY_MAX=0": "MEMORY_MAX=0", "MEMORY_MAX=64MiB": "MEMORY_MAX=64MiB",
    "MEMORY_MAX=200%": "MEMORY_MAX=200%", "NUM_THREADS=0": "NUM_THREADS=0",
    "NUM_THREADS=-2": "NUM_THREADS=-2", "NUM_THREADS=two": "NUM_THREADS=two",
    "SPILL=MAYBE": "SPILL=MAYBE", "PASSTHROUGH=SOME": "PASSTHROUGH=SOME",
    "PASSTHROUGH=REQUIRED": "PASSTHROUGH=REQUIRED", "TILED=NO": "TILED=NO", "COPY_SRC_OVERVIEWS=YES": "COPY_SRC_OVERVIEWS",
    "STREAMABLE_OUTPUT=YES": "STREAMABLE_OUTPUT",
    "APPEND_SUBDATASET=YES": "APPEND_SUBDATASET" if GDAL < (3, 11) else
    "Subdataset creation not supported",
}


# GDAL itself warns of values that are not in a list or a range.
@pytest.mark.parametrize("option", sorted(BAD_OPTIONS))
def test_a_bad_option_is_one_error_that_names_it(option, source, tmp_path):
    gdal.SetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", "NO")
    try:
        assert BAD_OPTIONS[option] in refusal(
            tmp_path, tmp_path / "out.tif", source, option)
    finally:
        gdal.SetThreadLocalConfigOption("GDAL_VALIDATE_CREATION_OPTIONS", None)


@pytest.mark.parametrize("options", [
    ("COMPRESS=PILE",), ("INTERLEAVE=DIAGONAL",), ("PHOTOMETRIC=YCBCR",),
    ("PHOTOMETRIC=YCBCR", "COMPRESS=LZW"),
    ("COMPRESS=CCITTFAX4",), ("COMPRESS=JPEG", "NBITS=4"),
    ("COMPRESS=LZW", "PREDICTOR=3"), ("COMPRESS=LZW", "PREDICTOR=4"),
    ("COMPRESS=DEFLATE", "PREDICTOR=2", "NBITS=3"),
    ("PROFILE=PILE",), ("BIGTIFF=MAYBE",), ("ENDIANNESS=MIDDLE",)],
    ids=" ".join)
def test_what_gtiff_refuses_or_warns_of_is_so_in_its_words(
        options, source, tmp_path):
    """Ours is one error; GTiff may give several for the same."""
    (tmp_path / "gtiff").mkdir()
    with collected() as plain:
        made = plain_copy(tmp_path / "gtiff" / "out.tif", source,
                          *options) is not None
    if made and not failures(plain):
        with collected() as messages:
            assert copy(tmp_path / "out.tif", source, *options) is not None
        assert [text.replace("RETILE", "GTiff") for _, text in messages] == [
            text.replace(os.sep + "gtiff" + os.sep, os.sep)
            for _, text in plain]
        return
    before = contents(tmp_path)
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, *options) is None
    found = failures(messages)
    assert len(found) == 1, messages
    assert any(text.split(":")[-1].strip() in found[0]
               for text in failures(plain)), (found, plain)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("options", [("COMPRESS=JPEG",), ("COMPRESS=WEBP",),
                                     ("COMPRESS=LERC",)], ids=" ".join)
@pytest.mark.parametrize("kind", ["Int16", "Float64", "CFloat32", "Int64"])
def test_types_that_a_codec_cannot_hold_are_refused_as_by_gtiff(
        kind, options, tmp_path):
    source = memory(40, 30, 3, kind)
    (tmp_path / "gtiff").mkdir()
    with collected() as plain:
        plain_copy(tmp_path / "gtiff" / "out.tif", source, *options)
    if failures(plain):  # GTiff may warn as well
        with collected() as messages:
            assert copy(tmp_path / "out.tif", source, *options) is None
        assert len(failures(messages)) == 1
        assert os.listdir(tmp_path) == ["gtiff"]
    else:
        assert copy(tmp_path / "out.tif", source, *options) is not None


def test_too_little_memory_names_the_least_and_that_works(source, tmp_path):
    least = least_memory(source)
    message = refusal(tmp_path, tmp_path / "out.tif", source,
                      "MEMORY_MAX=%dMB" % (least - 1))
    assert "MEMORY_MAX=%dMB is needed" % least in message
    assert copy(tmp_path / "out.tif", source, "MEMORY_MAX=%dMB" % least)


def test_too_little_configured_memory_is_refused_too(source, tmp_path):
    gdal.SetConfigOption("RETILE_CACHEMAX", "1MB")
    try:
        assert "needed" in refusal(tmp_path, tmp_path / "out.tif", source)
    finally:
        gdal.SetConfigOption("RETILE_CACHEMAX", None)


def test_a_missing_folder_is_named(source, tmp_path):
    name = str(tmp_path / "gone" / "out.tif")
    assert name in refusal(tmp_path, name, source)


def test_a_folder_is_no_target(source, tmp_path):
    (tmp_path / "out.tif").mkdir()
    assert str(tmp_path / "out.tif") in refusal(
        tmp_path, tmp_path / "out.tif", source)


def test_a_file_is_no_folder_of_a_target(source, tmp_path):
    (tmp_path / "letter").write_text("Dear reader")
    assert "letter" in refusal(tmp_path, tmp_path / "letter" / "o.tif", source)


def test_an_empty_name_is_refused(source, tmp_path):
    before = contents(tmp_path)
    with collected() as messages:
        copied = gdal.GetDriverByName("RETILE").CreateCopy(
            "", gdal.Open(source))
    assert copied is None and len(failures(messages)) == 1
    assert contents(tmp_path) == before


@pytest.mark.parametrize("way", ["itself", "view", "symlink", "hard_link",
                                 "symlink_to_folder", "other_name"])
def test_the_source_is_no_target(way, source, tmp_path):
    name, opened = source, source
    if way == "view":
        opened = "RETILE:" + source
    elif way == "symlink":
        name = str(tmp_path / "link.tif")
        os.symlink(source, name)
    elif way == "hard_link":
        name = str(tmp_path / "link.tif")
        os.link(source, name)
    elif way == "symlink_to_folder":
        os.symlink(tmp_path, tmp_path / "folder")
        name = str(tmp_path / "folder" / "scene.tif")
    elif way == "other_name":
        name = str(tmp_path / "." / ".." / tmp_path.name / "scene.tif")
    message = refusal(tmp_path, name, opened)
    assert "source" in message or "Source and destination" in message  # GDAL's


def test_a_file_under_the_source_is_no_target(source, tmp_path):
    """Otherwise the image of the VRT would be gone when the VRT is read."""
    vrt = str(tmp_path / "view.vrt")
    gdal.Translate(vrt, source, format="VRT").FlushCache()
    assert "source" in refusal(tmp_path, source, vrt)


def test_a_descriptor_of_an_unnamed_source_is_refused(source, tmp_path):
    assert "source" in refusal(tmp_path, tmp_path / "out.tif", source,
                               "LAYOUT=DESCRIPTOR", srcWin=[0, 0, 9, 9])
    assert "source" in refusal(tmp_path, tmp_path / "out.retile",
                               memory(9, 9, 1, "Byte"))


def test_an_unknown_option_is_a_warning_and_the_copy_goes_on(source, tmp_path):
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, "COLOUR=RED") is not None
    assert [severity for severity, _ in messages] == [gdal.CE_Warning]
    assert "COLOUR" in messages[0][1]


@pytest.mark.parametrize("option", [
    "BLOCKSIZE=256", "QUALITY=3", "STATISTICS=YES", "ZOOM_LEVEL=3",
    "TARGET_SRS=EPSG:3857", "ADD_ALPHA=NO"])
def test_an_option_of_cogs_is_a_warning_and_the_copy_goes_on(
        option, source, tmp_path):
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, option) is not None
    name = option.split("=")[0]
    assert [text for _, text in messages] == [
        "RETILE: %s has no effect with LAYOUT=GTIFF; it is an option of COGs"
        % name]


def test_words_of_cogs_for_predictors_are_known(source, tmp_path):
    """gdal_translate checks values against the driver's list."""
    options = gdal.GetDriverByName("RETILE").GetMetadataItem(
        "DMD_CREATIONOPTIONLIST")
    predictor = options[options.index('name="PREDICTOR"'):]
    predictor = predictor[:predictor.index("</Option>")]
    for word in ("1", "2", "3", "YES", "NO", "STANDARD", "FLOATING_POINT"):
        assert "<Value>%s</Value>" % word in predictor
    with collected() as messages:
        assert copy(tmp_path / "out.tif", source, "COMPRESS=LZW",
                    "PREDICTOR=2") is not None
    assert messages == []


@pytest.mark.parametrize("strict", [0, 1])
def test_mixed_types_are_for_who_is_not_strict(strict, tmp_path):
    mixed = gdal.GetDriverByName("MEM").Create("", 30, 20, 1)
    mixed.AddBand(gdal.GDT_Int16)
    mixed.GetRasterBand(2).Fill(-5)
    results = {}
    for driver in ("GTiff", "RETILE"):
        (tmp_path / driver).mkdir()
        options = ["TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512"] \
            if driver == "GTiff" else []
        with collected() as messages:
            copied = gdal.GetDriverByName(driver).CreateCopy(
                str(tmp_path / driver / "out.tif"), mixed, strict, options)
        assert (copied is None) == bool(strict)
        severity, text = messages[-1]
        text = text.replace("RETILE: ", "").split("/")[-1]
        results[driver] = ((severity, text), copied and [
            copied.GetRasterBand(number).ReadRaster() for number in (1, 2)])
        copied = None
    assert results["RETILE"][1] == results["GTiff"][1]
    assert results["RETILE"][0] == results["GTiff"][0]
    if strict:
        assert list((tmp_path / "RETILE").iterdir()) == []


def test_a_padded_view_is_copied_with_its_padding(source, tmp_path):
    padded = gdal.OpenEx("RETILE:" + source, open_options=[
        "PAD_EDGES=YES", "PAD_VALUE=7", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    copied = copy(tmp_path / "out.tif", padded)
    assert (copied.RasterXSize, copied.RasterYSize) == (128, 128)
    assert copied.ReadRaster() == padded.ReadRaster()
    assert copied.GetRasterBand(1).GetMaskBand().ReadRaster() == \
        padded.GetRasterBand(1).GetMaskBand().ReadRaster()


@pytest.mark.parametrize(
    "options", ([], ["LAYOUT=COG"], ["OVERVIEWS=AUTO"]))
def test_a_source_without_bands_is_refused(tmp_path, options):
    with collected() as messages:
        copied = gdal.GetDriverByName("RETILE").CreateCopy(
            str(tmp_path / "out.tif"),
            gdal.GetDriverByName("MEM").Create("", 10, 10, 0), 0, options)
    assert copied is None
    assert len(failures(messages)) == len(messages) == 1
    assert "band" in messages[0][1]
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_fails_the_copy_with_its_message(source, tmp_path):
    vrt = str(tmp_path / "view.vrt")
    gdal.Translate(vrt, source, format="VRT").FlushCache()
    os.unlink(source)
    before = contents(tmp_path)
    with collected() as messages:
        assert copy(tmp_path / "out.tif", vrt) is None
    found = failures_of_ours(messages)
    assert len(found) == 1 and "scene.tif" in found[0]
    assert contents(tmp_path) == before


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_truncated_source_fails_the_copy(share, source, tmp_path):
    with open(source, "r+b") as file:
        file.truncate(int(os.path.getsize(source) * share))
    with collected():
        if gdal.Open(source) is None:
            pytest.skip("its directory is cut off as well")
    assert "scene.tif" in refusal(tmp_path, tmp_path / "out.tif", source)


@pytest.mark.parametrize("at", [0, 0.01, 0.5, 0.9, 1])
def test_a_cancelled_copy_leaves_nothing(at, tmp_path):
    source = memory(600, 2000, 1, "Byte")
    folder = tmp_path / "out"
    folder.mkdir()
    seen = []

    def progress(done, _, __):
        seen.append(done)
        return done < at

    with collected() as messages:
        assert copy(folder / "out.tif", source, "BLOCKXSIZE=64",
                    "BLOCKYSIZE=64", callback=progress) is None
    assert len(failures(messages)) <= 1
    assert seen == sorted(seen)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("options", [
    ["COMPRESS=DEFLATE"], ["COMPRESS=JPEG", "BLOCKYSIZE=64"], ["LAYOUT=COG"],
    ["OVERVIEWS=AUTO"], ["LAYOUT=DESCRIPTOR"]], ids=" ".join)
@pytest.mark.parametrize("target", ["", "/vsimem", "/vsigzip/"])
def test_a_copy_cancelled_at_its_very_end_leaves_what_was_there(
        target, options, older, source, tmp_path):
    """What is copied to its target loses an older file. From a JPEG, GTiff
    copies the coefficients."""
    if "COMPRESS=JPEG" in options:
        source = write(tmp_path / "scene.jpg", "JPEG", memory(100, 90, 3, "Byte"))
    folder = tmp_path / "out"
    folder.mkdir()
    name = f"{target}{folder}/out.tif"
    if older and target != "/vsigzip/":
        write(name, "GTiff", memory(9, 9, 1, "Byte"))
    before, beside = content(name), contents(folder)
    seen = []

    def progress(done, _, __):
        seen.append(done)
        return done < 1

    with collected() as messages:
        assert copy(name, source, *options, callback=progress) is None
    assert failures_of_ours(messages) == ["RETILE: cancelled"]
    assert seen == sorted(set(seen)) and seen[-1] == 1
    assert content(name) == before and contents(folder) == beside
    if before is not None:
        gdal.Unlink(name)


def test_progress_grows_to_one_and_ends_there(tmp_path):
    """The codec is slow, because progress is reported from time to time and
    not at each tile."""
    seen = []
    source = write(tmp_path / "long.tif", "GTiff", memory(
        900, 9000, 1, "Byte"), "BLOCKYSIZE=16")
    copy(tmp_path / "out.tif", source, "BLOCKXSIZE=64", "BLOCKYSIZE=64",
         "COMPRESS=LZMA", "NUM_THREADS=1",
         callback=lambda done, _, __: seen.append(done) or 1)
    assert seen == sorted(seen) and seen[-1] == 1
    assert len(set(seen)) > 3


@pytest.mark.parametrize("option", ["LAYOUT=PILE", "BLOCKXSIZE=100",
                                    "MEMORY_MAX=1MB", "COMPRESS=CCITTFAX4"])
def test_an_older_file_is_as_it_was_after_a_failure(option, source, tmp_path):
    older = tmp_path / "out.tif"
    write(older, "GTiff", memory(9, 9, 1, "Byte"))
    (tmp_path / "out.tif.aux.xml").write_text("<PAMDataset/>")
    before = contents(tmp_path)
    with collected() as messages:
        assert copy(older, source, option) is None
    assert len(failures(messages)) == 1
    assert contents(tmp_path) == before


def test_a_failure_in_another_thread_is_reported_to_the_reader(
        source, tmp_path):
    vrt = str(tmp_path / "view.vrt")
    gdal.Translate(vrt, source, format="VRT").FlushCache()
    os.unlink(source)
    found = []

    def work():
        with collected() as messages:
            copy(tmp_path / "out.tif", vrt, "NUM_THREADS=4")
            found.extend(failures_of_ours(messages))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(found) == 1 and "scene.tif" in found[0]
