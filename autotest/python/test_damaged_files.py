"""Files with bytes changed, missing or cut off: a view and a copy have the
pixels that plain GDAL has, or fail if it fails, and nothing is left.

RETILE_MUTANTS is the number of files of each kind."""

import os
import random

import numpy as np
import pytest
from osgeo import gdal

import copying

MUTANTS = int(os.environ.get("RETILE_MUTANTS", "60"))
WIDTH, HEIGHT = 150, 110
TILED = ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48"]
# By name: driver, bands, options, and how many bytes at the start of a TIFF are
# damaged. The result of a damaged stream depends on the library that decodes
# it, and GDAL's TIFF driver may show pixels that nobody decoded. So of
# compressed files only the tags, which GDAL writes first, and the end are
# damaged.
KINDS = {
    "strips": ("GTiff", 3, ["BLOCKYSIZE=16"], None),
    "tiles": ("GTiff", 2, ["INTERLEAVE=BAND", *TILED], None),
    "deflate": ("GTiff", 3, ["COMPRESS=DEFLATE", "PREDICTOR=2"], 250),
    "lzw": ("GTiff", 1, ["COMPRESS=LZW", *TILED], 250),
    "png": ("PNG", 3, [], None),
    "jpeg": ("JPEG", 3, [], None),
    "bmp": ("BMP", 3, [], None),
    "img": ("HFA", 2, ["COMPRESSED=YES"], 3000),
}


def mutant(data, chance, reach):
    """data with a few bytes overwritten or removed, or with its end cut off."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        within = min(len(data), reach or
                     chance.choice([300, len(data)]))
        at = chance.randrange(within)
        how = chance.randrange(5)
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 2:
            data[at] = chance.choice([0, 0xff])
        elif how == 3 and reach is None:
            del data[at:at + chance.randint(1, 4)]
        elif chance.randrange(3) == 0:
            del data[chance.randrange(len(data) // 2, len(data)):]
    return bytes(data)


def pixels_of(name):
    """Returns whether the file opens, and the pixels of all bands and masks;
    None if they cannot be read."""
    dataset = gdal.Open(name)
    if dataset is None:
        return False, None
    if dataset.RasterXSize * dataset.RasterYSize > 1 << 20 or \
            dataset.RasterCount > 8:
        return True, "too large to compare"
    gdal.ErrorReset()
    pixels = dataset.ReadRaster()
    masks = [dataset.GetRasterBand(i).GetMaskBand().ReadRaster()
             for i in range(1, dataset.RasterCount + 1)]
    return True, None if pixels is None or None in masks else (
        bytes(pixels), [bytes(mask) for mask in masks])


def lacks_padding_alone(expected, found, name):
    """GDAL reads whole tiles. The driver reads an uncompressed tile only as far
    as the image goes, so the rest of the tile may be missing."""
    if expected is not None or found is None:
        return False
    longer = name + "_longer"
    with open(name, "rb") as file, open(longer, "wb") as out:
        out.write(file.read() + bytes(64 * 48))
    _, expected = pixels_of(longer)
    os.unlink(longer)
    return found == expected


@pytest.fixture(autouse=True)
def without_exceptions():
    gdal.DontUseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    yield
    gdal.PopErrorHandler()
    gdal.UseExceptions()


@pytest.fixture(params=KINDS)
def mutants(request, tmp_path):
    """The names of the damaged files, one after the other."""
    driver, bands, options, reach = KINDS[request.param]
    scene = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, bands)
    for band in range(1, bands + 1):
        scene.GetRasterBand(band).WriteArray(
            copying.pixels(WIDTH, HEIGHT, band, "Byte").astype(np.uint8))
    seed = tmp_path / "seed"
    gdal.GetDriverByName(driver).CreateCopy(str(seed), scene, options=options)
    data = seed.read_bytes()
    folder = tmp_path / "in"
    folder.mkdir()

    def all_of_them():
        for number in range(MUTANTS):
            name = folder / f"{number}"
            name.write_bytes(mutant(data, random.Random(number), reach))
            yield str(name)
            name.unlink()
    return all_of_them()


def test_damaged_files_are_read_as_by_gdal_or_fail_as_there(mutants, tmp_path):
    target = tmp_path / "out.tif"
    read = 0
    for name in mutants:
        opens, expected = pixels_of(name)
        found_opens, found = pixels_of("RETILE:" + name)
        assert found_opens == opens, name
        if expected == "too large to compare":
            continue
        if lacks_padding_alone(expected, found, name):
            continue
        assert found == expected, name
        made = opens and gdal.GetDriverByName("RETILE").CreateCopy(
            str(target), gdal.Open(name))
        assert bool(made) == (expected is not None), name
        if made:
            read += 1
            made = None
            assert pixels_of(str(target))[1][0] == expected[0], name
            for path in tmp_path.glob("out.tif*"):
                path.unlink()
        assert sorted(path.name for path in tmp_path.iterdir()) \
            == ["in", "seed"] + [path.name for path in
                                 tmp_path.glob("seed.*")], name
    assert 0 < read < MUTANTS


def test_the_cause_of_a_failure_is_told_with_its_place(tmp_path):
    """GDAL reports them as two failures, a view as one."""
    path = str(tmp_path / "scene.tif")
    dataset = gdal.GetDriverByName("GTiff").Create(
        path, WIDTH, HEIGHT, 1, options=["COMPRESS=DEFLATE", *TILED])
    dataset.WriteArray(np.arange(WIDTH * HEIGHT).reshape(HEIGHT, WIDTH) % 251)
    dataset = None
    dataset = gdal.Open(path)
    at = int(dataset.GetRasterBand(1).GetMetadataItem("BLOCK_OFFSET_1_1", "TIFF"))
    dataset = None
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(b"\x55" * 200)
    told = {}
    for name in path, "RETILE:" + path:
        with copying.collected() as messages:
            assert gdal.Open(name).ReadRaster() is None
        told[name] = copying.failures(messages)
    first, *_, last = told[path]
    (ours,) = told["RETILE:" + path]
    assert len(told[path]) > 1 and first not in last
    assert first in ours and last in ours
    assert ours.index(first) < ours.index(last)
