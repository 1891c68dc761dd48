"""Copies with RETILE and with GTiff, and checks that they are the same."""

import contextlib
import json
import os
import re

import numpy as np
from osgeo import gdal
from osgeo_utils import gdalcompare

import tiff_tags

gdal.UseExceptions()

# The version of GDAL that runs, such as (3, 6).
GDAL = tuple(map(int, gdal.VersionInfo("RELEASE_NAME").split(".")[:2]))

TYPES = ["Byte", "UInt16", "Int16", "UInt32", "Int32", "UInt64", "Int64",
         "Float32", "Float64", "CInt16", "CInt32", "CFloat32", "CFloat64"]


@contextlib.contextmanager
def collected():
    """Turns exceptions off. Yields the list of messages, as (class, text)."""
    messages = []
    gdal.DontUseExceptions()
    gdal.PushErrorHandler(
        lambda severity, _, text: messages.append((severity, text)))
    try:
        yield messages
    finally:
        gdal.PopErrorHandler()
        gdal.UseExceptions()


@contextlib.contextmanager
def configured(**options):
    before = {name: gdal.GetConfigOption(name) for name in options}
    for name, value in options.items():
        gdal.SetConfigOption(name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            gdal.SetConfigOption(name, value)


def failures(messages):
    return [text for severity, text in messages
            if severity == gdal.CE_Failure]


def refusal(name, source, *options):
    """Expects a copy to fail and to leave nothing. Returns its one error."""
    before = sorted(os.listdir(name.parent))
    with collected() as messages:
        made = gdal.Translate(str(name), source, format="RETILE",
                              creationOptions=list(options))
    assert made is None
    assert sorted(os.listdir(name.parent)) == before
    (text,) = failures(messages)
    return text


def amplification(work):
    """The highest DECODE_AMPLIFICATION of bands and masks that work() prints
    under CPL_DEBUG=RETILE."""
    with configured(CPL_DEBUG="RETILE"), collected() as messages:
        assert work() is not None, messages
    told = "\n".join(text for _, text in messages)
    found = re.findall(r"DECODE_AMPLIFICATION=([0-9.]+)", told)
    assert found, told
    return max(map(float, found))


def least_memory(source, *options):
    """The minimum in MB that a refused copy reports; 1 if 1 MB is enough,
    because less cannot be asked for."""
    with collected() as messages:
        enough = copy("/vsimem/refused.tif", source, "MEMORY_MAX=1MB",
                      *options) is not None
    if enough:
        gdal.Unlink("/vsimem/refused.tif")
        return 1
    assert len(messages) == 1, messages
    found = re.search(r"at least MEMORY_MAX=(\d+)MB is needed",
                      messages[0][1])
    assert found, messages
    return int(found[1])


def pixels(width, height, band, kind):
    """A slope with some noise: no two lines and no two bands are the same."""
    y, x = np.mgrid[0:height, 0:width]
    values = (x * 3 + y * 5 + band * 40 + (x * y) % 7) % 251
    if kind.startswith("C"):
        return values + 1j * (values[::-1] - 100)
    return values


def memory(width, height, bands, kind):
    dataset = gdal.GetDriverByName("MEM").Create(
        "", width, height, bands, gdal.GetDataTypeByName(kind))
    for number in range(1, bands + 1):
        dataset.GetRasterBand(number).WriteArray(
            pixels(width, height, number, kind))
    return dataset


def write(name, driver, dataset, *options):
    gdal.GetDriverByName(driver).CreateCopy(
        str(name), dataset, options=list(options)).FlushCache()
    return str(name)


def copy(name, source, *options, **more):
    """gdal_translate -of RETILE -co option... source name."""
    return gdal.Translate(str(name), source, format="RETILE",
                          creationOptions=list(options), **more)


def plain_copy(name, source, *options, **more):
    """The copy by GTiff that RETILE's copy must equal."""
    options = [option for option in options if not option.startswith(
        ("MEMORY_MAX", "SPILL", "PASSTHROUGH"))]
    for size in ("BLOCKXSIZE", "BLOCKYSIZE"):
        if not any(option.startswith(size) for option in options):
            options.append(size + "=512")
    return gdal.Translate(str(name), source, format="GTiff",
                          creationOptions=["TILED=YES"] + options, **more)


def words(message):
    """The message without the names of file and driver, and the band."""
    severity, text = message
    text = re.sub(r"^(RETILE: )?(\S*\bc\.tif(, band \d+)?: )?", "", text)
    return severity, text.replace("RETILE", "GTiff")


def opened(source):
    """Asks GTiff for its files, as our copy does before it starts: GTiff has
    more metadata afterwards."""
    if isinstance(source, str):
        source = gdal.Open(source)
    source.GetFileList()
    return source


def assert_same_copies(tmp_path, source, *options, reliable=True, **more):
    """Makes both copies of the source, each in a folder of its own. Both have
    the same files, equal except for the layout of tiles. Returns the name of
    ours, or None if both were refused, in the same words."""
    found, expected = tmp_path / "ours" / "c.tif", tmp_path / "gtiff" / "c.tif"
    found.parent.mkdir(exist_ok=True)
    expected.parent.mkdir(exist_ok=True)
    with collected() as messages:
        made = copy(found, source, *options, **more) is not None
    with collected() as plain_messages:
        plain_made = plain_copy(expected, opened(source), *options,
                                **more) is not None
    # GTiff reports only when it closes its copy what it could not encode. If it
    # has warned of something before, gdal_translate fails.
    plain_made = (plain_made or not failures(plain_messages)) and not any(
        "WriteEncodedTile" in text or "SetupEncode" in text
        for _, text in plain_messages)
    if not reliable:
        return None
    assert made == plain_made, messages + plain_messages
    if not made:
        assert len(failures(messages)) == 1, messages
        assert list(found.parent.iterdir()) == []
        return None
    assert [words(message) for message in messages] == \
        [words(message) for message in plain_messages]
    assert_same_files(found.parent, expected.parent)
    return found


def assert_same_files(ours, theirs):
    names = sorted(path.name for path in theirs.iterdir())
    assert sorted(path.name for path in ours.iterdir()) == names
    for name in names:
        if name.endswith((".tif", ".msk")):
            assert tiff_tags.comparable(ours / name) == \
                tiff_tags.comparable(theirs / name)
        else:
            assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert_same_datasets(ours / "c.tif", theirs / "c.tif")


def read(band):
    """The pixels; None if they cannot be read: what some versions of GDAL write
    they cannot read."""
    try:
        return band.ReadRaster()
    except RuntimeError:
        return None


# From GDAL 3.10 on gdalcompare refuses to compare more interleaved bands.
MOST_COMPARED = 10 if GDAL >= (3, 10) else 65536


def assert_same_datasets(found, expected):
    assert description(found) == description(expected)
    ours, theirs = gdal.Open(str(found)), gdal.Open(str(expected))
    for number in range(1, theirs.RasterCount + 1):
        our, their = ours.GetRasterBand(number), theirs.GetRasterBand(number)
        assert read(our) == read(their), "pixels differ"
        assert our.GetMaskFlags() == their.GetMaskFlags()
        assert read(our.GetMaskBand()) == read(their.GetMaskBand()), \
            "masks differ"
        assert our.GetMaskBand().GetBlockSize() == \
            their.GetMaskBand().GetBlockSize()
    if theirs.RasterCount > MOST_COMPARED or read(
            theirs.GetRasterBand(1)) is None:
        return
    # gdalcompare takes NaN as different from itself. GTiff has more metadata
    # after it was asked for its files.
    again = gdal.Open(str(expected))
    for dataset in (ours, theirs, again):
        dataset.GetFileList()
    assert gdalcompare.compare_db(theirs, ours) == \
        gdalcompare.compare_db(theirs, again)


def description(name):
    """All that gdalinfo prints, without names. It is text, because NaN does
    not equal NaN."""
    with collected():  # corners may be nowhere on earth
        told = gdal.Info(str(name), format="json", extraMDDomains=["all"])
    del told["description"], told["files"]
    told["metadata"].pop("DERIVED_SUBDATASETS", None)
    return json.dumps(told, indent=1)
