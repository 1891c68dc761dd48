"""Copies of views with OVERLAP: one tile for each overlapped tile, one decode
for each source block."""

import re

import numpy as np
import pytest
from osgeo import gdal

from copying import collected, configured, copy, failures, least_memory
from overlapping import (MODES, chips_of, expected, noise, options, pixels_of,
                         view_of, write)

gdal.UseExceptions()

LAYOUTS = {
    "strips": ["BLOCKYSIZE=16", "INTERLEAVE=PIXEL"],
    "tiles": ["TILED=YES", "BLOCKXSIZE=112", "BLOCKYSIZE=80"],
    "one strip": ["BLOCKYSIZE=700", "INTERLEAVE=PIXEL"],
}


def told_copy(target, source, *creation):
    """Makes the copy. Returns the DECODE_AMPLIFICATION of the source."""
    with configured(CPL_DEBUG="RETILE"), collected() as messages:
        assert copy(target, source, *creation) is not None, messages
    told = "\n".join(text for _, text in messages)
    of_chips = re.findall(r"': DECODE_AMPLIFICATION=([0-9.]+)", told)
    assert of_chips and set(of_chips) == {"1.00"}, told
    return float(re.search(r"lies under it: DECODE_AMPLIFICATION=([0-9.]+)",
                           told)[1])


def assert_tiles_are_chips(name, chips):
    dataset = gdal.Open(str(name))
    for (col, row), chip in chips.items():
        for number in range(1, dataset.RasterCount + 1):
            band = dataset.GetRasterBand(number)
            assert bytes(band.ReadBlock(col, row)) == \
                chip[number - 1].tobytes(), (col, row, number)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tile_is_a_chip(tmp_path, layout, mode):
    pixels = noise(900, 700, 3)
    name = write(tmp_path / "a.tif", pixels, "Byte", "COMPRESS=DEFLATE",
                 *LAYOUTS[layout])
    target = tmp_path / "c.tif"
    view = view_of(name, (96, 112), 16, mode)

    assert told_copy(target, view, "COMPRESS=ZSTD") == 1
    found = gdal.Open(str(target))
    assert found.GetRasterBand(1).GetBlockSize() == [128, 144]
    assert_tiles_are_chips(target, chips_of(pixels, (96, 112), 16, mode))
    inside = expected(np.full((1, 700, 900), 255, np.uint8), (96, 112), 16,
                      "PAD")[0]
    mask = found.GetRasterBand(3)
    assert mask.GetMaskFlags() == gdal.GMF_PER_DATASET
    assert np.array_equal(mask.GetMaskBand().ReadAsArray(), inside)


def test_a_png_is_decoded_once(tmp_path):
    pixels = noise(900, 700, 3)
    name = str(tmp_path / "a.png")
    gdal.GetDriverByName("PNG").CreateCopy(
        name, gdal.Open(write(tmp_path / "a.tif", pixels)))
    target = tmp_path / "c.tif"

    assert told_copy(target, view_of(name, (96, 112), 16)) == 1
    assert_tiles_are_chips(target, chips_of(pixels, (96, 112), 16, "REFLECT"))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_in_the_least_memory_that_is_named(tmp_path, layout):
    pixels = noise(2600, 1500, 3)
    name = write(tmp_path / "a.tif", pixels, "Byte", "COMPRESS=DEFLATE",
                 *LAYOUTS[layout])
    view = view_of(name, (480, 480), 16)
    least = least_memory(view, "COMPRESS=ZSTD")
    target = tmp_path / "c.tif"

    assert 1 < least < 40
    amplification = told_copy(target, view, "COMPRESS=ZSTD",
                              "MEMORY_MAX=%dMB" % least)
    assert amplification == 1
    assert np.array_equal(pixels_of(gdal.Open(str(target))),
                          expected(pixels, (480, 480), 16, "REFLECT"))


def test_the_bytes_depend_on_neither_threads_nor_memory(tmp_path):
    name = write(tmp_path / "a.tif", noise(2200, 900, 3), "Byte",
                 "COMPRESS=DEFLATE", "BLOCKYSIZE=16")
    view = view_of(name, (240, 224), 8)
    files = set()
    for number, creation in enumerate([
            [], ["NUM_THREADS=1"], ["NUM_THREADS=7"], ["MEMORY_MAX=10MB"],
            ["MEMORY_MAX=10MB", "SPILL=NONE"],
            ["MEMORY_MAX=10MB", "SPILL=MEMORY"]]):
        target = tmp_path / ("%d.tif" % number)
        told_copy(target, view, "COMPRESS=DEFLATE", *creation)
        files.add(target.read_bytes())
    assert len(files) == 1


def test_without_a_mask(tmp_path):
    pixels = noise(300, 200, 1)
    name = write(tmp_path / "a.tif", pixels)
    target = tmp_path / "c.tif"
    gdal.Translate(str(target), view_of(name, (96, 96), 16), format="RETILE",
                   maskBand="none")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif",
                                                                "c.tif"]
    assert np.array_equal(pixels_of(gdal.Open(str(target))),
                          expected(pixels, (96, 96), 16, "REFLECT"))


def test_some_bands_of_chips(tmp_path):
    pixels = noise(300, 200, 3)
    name = write(tmp_path / "a.tif", pixels)
    target = tmp_path / "c.tif"
    copy(target, view_of(name, (96, 96), 16), bandList=[3, 1])
    assert np.array_equal(pixels_of(gdal.Open(str(target))),
                          expected(pixels[[2, 0]], (96, 96), 16, "REFLECT"))


def test_masks_of_nodata_are_copied(tmp_path):
    pixels = noise(300, 200, 2) % 3
    name = write(tmp_path / "a.tif", pixels)
    dataset = gdal.Open(name, gdal.GA_Update)
    dataset.GetRasterBand(1).SetNoDataValue(2)
    del dataset
    target = tmp_path / "c.tif"
    told_copy(target, view_of(name, (96, 96), 16))
    found = gdal.Open(str(target))
    for number in (1, 2):
        valid = ((pixels[number - 1:number] != 2) * 255).astype(np.uint8)
        assert np.array_equal(
            found.GetRasterBand(number).GetMaskBand().ReadAsArray(),
            expected(valid, (96, 96), 16, "PAD")[0])
    assert found.GetRasterBand(1).GetNoDataValue() == 2


@pytest.mark.parametrize("mode", MODES)
def test_masks_of_alpha_are_copied(tmp_path, mode):
    pixels = noise(300, 200, 4)
    name = write(tmp_path / "a.tif", pixels, "Byte", "ALPHA=YES",
                 "PHOTOMETRIC=RGB")
    target = tmp_path / "c.tif"
    view = view_of(name, (96, 96), 16, mode)
    assert told_copy(target, view) == 1
    found = gdal.Open(str(target))
    gdal.Translate(str(tmp_path / "plain.tif"), view)
    plain = gdal.Open(str(tmp_path / "plain.tif"))
    mask = expected(pixels[3:], (96, 96), 16, "PAD")[0]

    assert np.array_equal(pixels_of(found),
                          expected(pixels, (96, 96), 16, mode))
    assert found.GetRasterBand(4).GetColorInterpretation() == gdal.GCI_AlphaBand
    for number in (1, 2, 3):
        # A mask in the file (GDAL 3.9 and later) has one bit for each pixel.
        ours, theirs = (one.GetRasterBand(number).GetMaskBand().ReadAsArray()
                        for one in (found, plain))
        assert np.array_equal(ours, theirs)
        assert np.array_equal(ours != 0, mask != 0)


def test_chips_that_are_no_tiles_are_refused_with_sizes_that_are(tmp_path):
    pixels = noise(300, 200, 1)
    name = write(tmp_path / "a.tif", pixels)
    target = tmp_path / "c.tif"
    with collected() as messages:
        assert copy(target, view_of(name, (100, 50), 15)) is None
    assert len(failures(messages)) == len(messages) == 1, messages
    assert not target.exists()
    told = messages[0][1]
    assert "multiples of 16" in told
    sizes = [int(re.search(key + r"=(\d+)", told)[1])
             for key in ("BLOCKXSIZE", "BLOCKYSIZE")]
    copy(target, view_of(name, sizes, 15))
    assert_tiles_are_chips(target, chips_of(pixels, sizes, 15, "REFLECT"))
    copy(target, view_of(name, (100, 50), 15), "BLOCKXSIZE=64",
         "BLOCKYSIZE=32")
    found = gdal.Open(str(target))
    assert found.GetRasterBand(1).GetBlockSize() == [64, 32]
    assert np.array_equal(pixels_of(found),
                          expected(pixels, (100, 50), 15, "REFLECT"))


def test_tiles_of_the_source_are_not_taken_for_chips(tmp_path):
    pixels = noise(256, 256, 1)
    name = write(tmp_path / "a.tif", pixels, "Byte", "COMPRESS=DEFLATE",
                 "TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128")
    descriptor, target = str(tmp_path / "a.retile"), tmp_path / "c.tif"
    gdal.Translate(descriptor, name, format="RETILE",
                   creationOptions=options((96, 96), 16))
    whole = expected(pixels, (96, 96), 16, "REFLECT")
    for view in (view_of(name, (96, 96), 16), gdal.Open(descriptor)):
        with collected() as messages:
            assert copy(target, view, "COMPRESS=DEFLATE",
                        "PASSTHROUGH=REQUIRED") is None
        assert "overlap" in messages[0][1]
    # A window on overlapped tiles that would also fit the source.
    copy(target, descriptor, "COMPRESS=DEFLATE", "BLOCKXSIZE=128",
         "BLOCKYSIZE=128", srcWin=[0, 0, 256, 256])
    assert np.array_equal(pixels_of(gdal.Open(str(target))),
                          whole[:, :256, :256])


def test_chips_of_an_operators_result(tmp_path):
    """FOCAL computes on the source; the overlap has pixels of the result."""
    pixels = noise(700, 530, 1, "Float32")
    name = write(tmp_path / "dem.tif", pixels, "Float32", "BLOCKYSIZE=16",
                 transform=(0, 30, 0, 0, 0, -30))
    slope = pixels_of(gdal.DEMProcessing("", name, "slope", format="MEM",
                                         computeEdges=True))
    view = view_of(name, (96, 96), 16, "REFLECT", "FOCAL=slope -compute_edges")
    chips = chips_of(slope, (96, 96), 16, "REFLECT")

    assert np.array_equal(pixels_of(view), expected(slope, (96, 96), 16,
                                                    "REFLECT"))
    assert view.GetMetadataItem("DECODE_AMPLIFICATION",
                                "RETILE_STATS") == "1.00"
    assert copy(tmp_path / "c.tif", view, "MEMORY_MAX=32MB") is not None
    assert_tiles_are_chips(tmp_path / "c.tif", chips)
