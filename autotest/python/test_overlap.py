"""OVERLAP and OVERLAP_MODE: overlapped tiles."""

import json
import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from osgeo import gdal

from copying import collected, failures, memory
from overlapping import (MODES, chips_of, expected, mirrored, noise, options,
                         padded, pixels_of, raster_of, view_of, write)

gdal.UseExceptions()

RPC = {key: " ".join("1" * 20) if "COEFF" in key else "1"
       for key in ["LINE_OFF", "SAMP_OFF", "LAT_OFF", "LONG_OFF",
                   "HEIGHT_OFF", "LINE_SCALE", "SAMP_SCALE", "LAT_SCALE",
                   "LONG_SCALE", "HEIGHT_SCALE", "LINE_NUM_COEFF",
                   "LINE_DEN_COEFF", "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"]}
TRANSFORM = (500.5, 0.25, 0.125, 7000.25, -0.0625, -0.5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("overlap", [1, 16, 100])
@pytest.mark.parametrize("size", [(96, 64), (97, 75), (31, 2), (1, 1)])
def test_chips_are_what_numpy_pads_and_slices(tmp_path, size, overlap, mode):
    pixels = noise(*size, 3)
    name = write(tmp_path / "a.tif", pixels)
    for block in [(32, 32), (48, 7), (200, 64)]:
        view = view_of(name, block, overlap, mode)
        chips = chips_of(pixels, block, overlap, mode)
        found = pixels_of(view)

        assert view.GetRasterBand(1).GetBlockSize() == \
            [block[0] + 2 * overlap, block[1] + 2 * overlap]
        assert np.array_equal(found, raster_of(chips))
        for (col, row), chip in chips.items():
            block_found = view.GetRasterBand(2).ReadBlock(col, row)
            assert bytes(block_found) == chip[1].tobytes(), (col, row)


def test_the_mirror_of_these_tests_is_numpys():
    pixels = noise(23, 9, 1)
    assert np.array_equal(padded(pixels, 6, 8, 8, "REFLECT"),
                          np.pad(pixels, ((0, 0), (6, 8), (6, 8)), "reflect"))
    assert np.array_equal(
        np.pad(np.arange(3), 40, "reflect"), mirrored(3, 40, 40))
    assert np.array_equal(np.pad([0], 5, "reflect"), mirrored(1, 5, 5))


def test_single_pixels_as_blocks(tmp_path):
    pixels = noise(40, 30, 1)
    name = write(tmp_path / "a.tif", pixels)
    for mode in MODES:
        assert np.array_equal(pixels_of(view_of(name, (1, 1), 2, mode)),
                              expected(pixels, (1, 1), 2, mode))


def test_overlap_of_0_is_the_raster_itself(tmp_path):
    pixels = noise(97, 75, 2)
    name = write(tmp_path / "a.tif", pixels, transform=TRANSFORM)
    view = view_of(name, (32, 16), 0, "REPLICATE")

    assert np.array_equal(pixels_of(view), pixels)
    assert view.GetRasterBand(1).GetBlockSize() == [32, 16]
    assert view.GetGeoTransform() == TRANSFORM
    assert "RETILE_CHIPS" not in view.GetMetadataDomainList()


@pytest.mark.parametrize("kind", ["UInt16", "Int16", "Int32", "Int64",
                                  "Float32", "Float64", "CInt16", "CFloat64"])
def test_every_type(tmp_path, kind):
    pixels = noise(61, 47, 2, kind)
    name = write(tmp_path / "a.tif", pixels, kind)
    for mode in MODES:
        found = pixels_of(view_of(name, (24, 16), 9, mode))
        assert found.dtype == pixels.dtype
        assert np.array_equal(found, expected(pixels, (24, 16), 9, mode))


def windows(width, height, count, seed):
    chance = random.Random(seed)
    for _ in range(count):
        w, h = chance.randint(1, width), chance.randint(1, height)
        yield chance.randint(0, width - w), chance.randint(0, height - h), w, h


@pytest.mark.parametrize("mode", MODES)
def test_any_window_in_any_layout(tmp_path, mode):
    pixels = noise(131, 90, 4)
    name = write(tmp_path / "a.tif", pixels, "Byte", "INTERLEAVE=PIXEL",
                 "PHOTOMETRIC=MINISBLACK", "ALPHA=NO")
    whole = expected(pixels, (40, 32), 11, mode)
    view = view_of(name, (40, 32), 11, mode, "PAD_VALUE=7")
    if mode == "PAD":
        whole = expected(pixels, (40, 32), 11, mode, 7)
    for x, y, w, h in windows(view.RasterXSize, view.RasterYSize, 60, 1):
        window = whole[:, y:y + h, x:x + w]
        assert view.ReadRaster(x, y, w, h) == window.tobytes()
        assert view.ReadRaster(
            x, y, w, h, band_list=[3, 1, 2], buf_pixel_space=3,
            buf_line_space=3 * w, buf_band_space=1) == \
            window[[2, 0, 1]].transpose(1, 2, 0).tobytes()
        assert view.GetRasterBand(4).ReadRaster(
            x, y, w, h, buf_type=gdal.GDT_Float32) == \
            window[3].astype(np.float32).tobytes()


@pytest.mark.parametrize("resampling", [gdal.GRA_NearestNeighbour,
                                        gdal.GRA_Bilinear, gdal.GRA_Average])
def test_resampled_requests_are_gdals(tmp_path, resampling):
    pixels = noise(131, 90, 2)
    name = write(tmp_path / "a.tif", pixels)
    view = view_of(name, (40, 32), 11)
    plain = gdal.GetDriverByName("MEM").Create(
        "", view.RasterXSize, view.RasterYSize, 2, gdal.GDT_Byte)
    plain.WriteArray(expected(pixels, (40, 32), 11, "REFLECT"))
    # The mask is needed because resampling uses it.
    plain.CreateMaskBand(gdal.GMF_PER_DATASET)
    plain.GetRasterBand(1).GetMaskBand().WriteArray(
        expected(np.full((1, 90, 131), 255, np.uint8), (40, 32), 11,
                 "PAD")[0])
    for x, y, w, h in windows(view.RasterXSize, view.RasterYSize, 15, 2):
        asked = {"buf_xsize": w // 3 + 1, "buf_ysize": h // 2 + 1,
                 "resample_alg": resampling}
        for number in (1, 2):
            assert view.GetRasterBand(number).ReadRaster(
                x, y, w, h, **asked) == plain.GetRasterBand(
                    number).ReadRaster(x, y, w, h, **asked)


def test_many_threads_read_one_handle(tmp_path):
    pixels = noise(700, 500, 3)
    name = write(tmp_path / "a.tif", pixels, "Byte", "COMPRESS=DEFLATE",
                 "BLOCKYSIZE=16")
    view = view_of(name, (96, 64), 16, "REFLECT", "CACHE=PRIVATE",
                   "CACHE_MAX=8MB")
    whole = expected(pixels, (96, 64), 16, "REFLECT")
    asked = list(windows(view.RasterXSize, view.RasterYSize, 80, 3))
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda one: view.ReadRaster(*one), asked))
    for (x, y, w, h), bytes_found in zip(asked, found):
        assert bytes_found == whole[:, y:y + h, x:x + w].tobytes()
    statistics = view.GetMetadata("RETILE_STATS")
    assert statistics["DECODE_AMPLIFICATION"] == "1.00"
    assert int(statistics["BYTES_PEAK"]) <= 8 << 20


def mask_of(view, band=1):
    mask = view.GetRasterBand(band).GetMaskBand()
    return mask.ReadAsArray()[None]


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_a_source_without_one(tmp_path, mode):
    name = write(tmp_path / "a.tif", noise(97, 75, 2))
    view = view_of(name, (32, 32), 9, mode)
    inside = expected(np.full((1, 75, 97), 255, np.uint8), (32, 32), 9, "PAD")
    for band in (1, 2):
        assert view.GetRasterBand(band).GetMaskFlags() == gdal.GMF_PER_DATASET
        assert np.array_equal(mask_of(view, band), inside)
    assert view.GetMetadata("RETILE_STATS")["SOURCE_READS"] == "0"


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_a_source_with_one(tmp_path, mode):
    masked = (noise(97, 75, 1) % 2) * 255
    name = write(tmp_path / "a.tif", noise(97, 75, 3))
    dataset = gdal.Open(name, gdal.GA_Update)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(masked[0])
    del dataset
    view = view_of(name, (32, 32), 9, mode)
    assert view.GetRasterBand(3).GetMaskFlags() == gdal.GMF_PER_DATASET
    assert np.array_equal(mask_of(view, 3),
                          expected(masked, (32, 32), 9, "PAD"))


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_nodata(tmp_path, mode):
    pixels = noise(97, 75, 1) % 3
    name = write(tmp_path / "a.tif", pixels)
    dataset = gdal.Open(name, gdal.GA_Update)
    dataset.GetRasterBand(1).SetNoDataValue(2)
    del dataset
    view = view_of(name, (32, 32), 9, mode)
    band = view.GetRasterBand(1)

    assert band.GetNoDataValue() == 2
    assert band.GetMaskFlags() == (gdal.GMF_NODATA if mode == "PAD" else 0)
    assert np.array_equal(pixels_of(view),
                          expected(pixels, (32, 32), 9, mode, 2))
    assert np.array_equal(
        mask_of(view), expected(((pixels != 2) * 255).astype(np.uint8),
                                (32, 32), 9, "PAD"))


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_alpha(tmp_path, mode):
    pixels = noise(97, 75, 2)
    name = write(tmp_path / "a.tif", pixels, "Byte", "ALPHA=YES")
    view = view_of(name, (32, 32), 9, mode)
    flags = gdal.GMF_PER_DATASET | (gdal.GMF_ALPHA if mode == "PAD" else 0)

    assert view.GetRasterBand(1).GetMaskFlags() == flags
    assert np.array_equal(pixels_of(view),
                          expected(pixels, (32, 32), 9, mode))
    assert np.array_equal(mask_of(view),
                          expected(pixels[1:], (32, 32), 9, "PAD"))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("bands", [2, 4])
def test_alpha_itself_is_valid_up_to_the_edge(tmp_path, bands, mode):
    """As in the source: a transparent pixel is a valid value of alpha, and it
    counts in averages of alpha."""
    pixels = noise(97, 75, bands)
    name = write(tmp_path / "a.tif", pixels, "Byte", "ALPHA=YES")
    assert gdal.Open(name).GetRasterBand(bands).GetMaskFlags() == \
        gdal.GMF_ALL_VALID
    view = view_of(name, (32, 32), 9, mode)
    inside = expected(np.full((1, 75, 97), 255, np.uint8), (32, 32), 9, "PAD")

    assert view.GetRasterBand(bands).GetMaskFlags() == gdal.GMF_PER_DATASET
    assert np.array_equal(mask_of(view, bands), inside)
    for band in range(1, bands):
        assert np.array_equal(mask_of(view, band),
                              expected(pixels[-1:], (32, 32), 9, "PAD"))
    plain = gdal.GetDriverByName("MEM").Create(
        "", view.RasterXSize, view.RasterYSize, 1)
    plain.WriteArray(expected(pixels, (32, 32), 9, mode)[-1])
    plain.CreateMaskBand(gdal.GMF_PER_DATASET)
    plain.GetRasterBand(1).GetMaskBand().WriteArray(inside[0])
    asked = {"buf_xsize": 40, "buf_ysize": 30,
             "resample_alg": gdal.GRA_Average}
    assert view.GetRasterBand(bands).ReadRaster(**asked) == \
        plain.GetRasterBand(1).ReadRaster(**asked)


def test_a_band_without_nodata_is_not_masked_by_that_of_the_first(tmp_path):
    pixels = noise(97, 75, 2) % 3
    plain = gdal.Open(write(tmp_path / "a.tif", pixels))
    name = str(tmp_path / "a.vrt")
    made = gdal.GetDriverByName("VRT").CreateCopy(name, plain)
    made.GetRasterBand(1).SetNoDataValue(2)
    del made
    view = view_of(name, (32, 32), 9)
    valid = np.stack([(pixels[0] != 2) * 255, np.full((75, 97), 255)])

    for band in (1, 2):
        assert np.array_equal(
            mask_of(view, band),
            expected(valid[band - 1:band].astype(np.uint8), (32, 32), 9,
                     "PAD"))


def test_where_a_chip_lies(tmp_path):
    name = write(tmp_path / "a.tif", noise(97, 75, 1), transform=TRANSFORM)
    view = view_of(name, (32, 20), 9)
    told = json.loads(view.GetMetadataItem("2,3", "RETILE_CHIPS"))
    x, y = 2 * 32 - 9, 3 * 20 - 9

    assert told["window"] == [x, y, 50, 38]
    assert told["geotransform"] == [
        TRANSFORM[0] + x * TRANSFORM[1] + y * TRANSFORM[2], TRANSFORM[1],
        TRANSFORM[2], TRANSFORM[3] + x * TRANSFORM[4] + y * TRANSFORM[5],
        TRANSFORM[4], TRANSFORM[5]]
    assert view.GetMetadata("RETILE_CHIPS")["COLS"] == "4"
    assert view.GetMetadata("RETILE_CHIPS")["ROWS"] == "4"
    assert view.GetMetadataItem("COLS", "RETILE_CHIPS") == "4"
    for wrong in ["4,0", "0,4", "-1,0", "0", "0,", ",0", "0,0,0", "0, 0",
                  " 0,0", "a,b", "99999999999999999999,0", ""]:
        assert view.GetMetadataItem(wrong, "RETILE_CHIPS") is None, wrong
    plain = view_of(write(tmp_path / "b.tif", noise(9, 9, 1)), (4, 4), 1)
    assert json.loads(plain.GetMetadataItem("0,0", "RETILE_CHIPS")) == {
        "window": [-1, -1, 6, 6], "geotransform": None}


def test_millions_of_chips_are_no_list(tmp_path):
    name = str(tmp_path / "a.vrt")
    gdal.GetDriverByName("VRT").Create(name, 40000, 40000, 1)
    view = view_of(name, (1, 1), 1)
    assert len(view.GetMetadata("RETILE_CHIPS")) < 10
    assert json.loads(view.GetMetadataItem("39999,5", "RETILE_CHIPS"))[
        "window"] == [39998, 4, 3, 3]


def plain_statistics(pixels, mask):
    """GDAL's own. From 3.8 on they leave out what is masked."""
    height, width = pixels.shape
    dataset = memory(width, height, 1, "Byte")
    dataset.GetRasterBand(1).WriteArray(pixels)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    return dataset.GetRasterBand(1).GetStatistics(False, True)


def test_what_is_true_of_the_source_alone_is_not_shown(tmp_path):
    source = memory(97, 75, 1, "Byte")
    source.SetGCPs([gdal.GCP(1, 2, 0, 3, 4)] * 4, "")
    source.SetMetadataItem("kept", "yes")
    band = source.GetRasterBand(1)
    band.SetDescription("a name")
    band.SetUnitType("m")
    band.SetScale(3)
    band.SetCategoryNames(["a", "b"])
    band.SetMetadataItem("kept", "too")
    band.SetDefaultHistogram(0, 1, [5, 6])
    band.ComputeStatistics(False)
    source.BuildOverviews("NEAREST", [2])
    name = str(tmp_path / "a.img")
    gdal.GetDriverByName("HFA").CreateCopy(name, source)
    gdal.Open(name).BuildOverviews("NEAREST", [2])
    dataset = gdal.Open(name)
    dataset.GetRasterBand(1).ComputeStatistics(False)
    del dataset
    plain = view_of(name, (32, 32), 0)
    view = view_of(name, (32, 32), 9)
    ours, theirs = view.GetRasterBand(1), plain.GetRasterBand(1)

    assert plain.GetRasterBand(1).GetOverviewCount() == 1
    assert ours.GetOverviewCount() == 0
    assert theirs.GetMetadataItem("STATISTICS_MEAN") is not None
    assert ours.GetMetadataItem("STATISTICS_MEAN") is None
    assert not any(key.startswith("STATISTICS_")
                   for key in ours.GetMetadata())
    assert view.GetGCPCount() == 0
    assert view.GetGeoTransform(can_return_null=True) is None
    assert ours.GetDescription() == theirs.GetDescription()
    assert ours.GetUnitType() == theirs.GetUnitType()
    assert ours.GetScale() == theirs.GetScale()
    assert ours.GetCategoryNames() == theirs.GetCategoryNames()
    found = pixels_of(view)
    assert ours.ComputeRasterMinMax(False) == (found.min(), found.max())
    assert ours.GetStatistics(False, True) == pytest.approx(
        plain_statistics(found[0], ours.GetMaskBand().ReadAsArray()))
    assert ours.GetDefaultHistogram()[3] != theirs.GetDefaultHistogram()[3]


def test_the_source_keeps_its_control_points_for_itself(tmp_path):
    name = write(tmp_path / "a.tif", noise(20, 20, 1))
    dataset = gdal.Open(name, gdal.GA_Update)
    dataset.SetGCPs([gdal.GCP(i, 2, 0, 3, 4 * i) for i in range(4)], "")
    dataset.SetMetadata(RPC, "RPC")
    del dataset
    plain, view = view_of(name, (8, 8), 0), view_of(name, (8, 8), 1)
    assert (plain.GetGCPCount(), view.GetGCPCount()) == (4, 0)
    assert not view.GetGCPs()
    assert plain.GetMetadata("RPC") and not view.GetMetadata("RPC")
    assert view.GetMetadataItem("LINE_OFF", "RPC") is None
    assert "RPC" not in view.GetMetadataDomainList()


def test_descriptors(tmp_path):
    pixels = noise(97, 75, 2)
    name = write(tmp_path / "a.tif", pixels)
    text = {"type": "RETILE", "version": 1, "source": "a.tif",
            "options": {"BLOCKXSIZE": 40, "BLOCKYSIZE": 24, "OVERLAP": 5,
                        "OVERLAP_MODE": "replicate"}}
    descriptor = tmp_path / "a.retile"
    descriptor.write_text(json.dumps(text))
    whole = expected(pixels, (40, 24), 5, "REPLICATE")

    assert np.array_equal(pixels_of(gdal.Open(str(descriptor))), whole)
    assert np.array_equal(
        pixels_of(gdal.OpenEx(str(descriptor),
                              open_options=["OVERLAP=3"])),
        expected(pixels, (40, 24), 3, "REPLICATE"))
    made = str(tmp_path / "b.retile")
    gdal.Translate(made, view_of(name, (40, 24), 5, "REPLICATE"),
                   format="RETILE")
    assert np.array_equal(pixels_of(gdal.Open(made)), whole)
    gdal.Translate(made, name, format="RETILE", creationOptions=options(
        (40, 24), 5, "REPLICATE"))
    assert np.array_equal(pixels_of(gdal.Open(made)), whole)


def refusal(name, *open_options):
    with collected() as messages:
        assert gdal.OpenEx("RETILE:" + name, gdal.OF_RASTER,
                           open_options=list(open_options)) is None
    assert len(failures(messages)) == len(messages) == 1, messages
    return messages[0][1]


def test_bad_input_is_refused_in_one_message(tmp_path):
    name = write(tmp_path / "a.tif", noise(97, 75, 1))
    for value in ["-1", "x", "", "1.5", "1x", "-99999999999999999999"]:
        assert "OVERLAP=" + value in refusal(name, "OVERLAP=" + value)
    for value in ["2147483648", "99999999999999999999", "2147483647",
                  "1073741824", "400000000"]:
        assert "OVERLAP=" + value in refusal(
            name, "OVERLAP=" + value, "BLOCKXSIZE=8", "BLOCKYSIZE=8")
    # The raster is small enough, but a block of it is too large.
    assert "OVERLAP=30000" in refusal(name, "OVERLAP=30000")
    for value in ["", "MIRROR", "0"]:
        assert "OVERLAP_MODE=" + value in refusal(
            name, "OVERLAP=1", "OVERLAP_MODE=" + value)
    assert "PAD_EDGES" in refusal(name, "OVERLAP=1", "PAD_EDGES=YES")
    assert "PAD_VALUE=300" in refusal(
        name, "OVERLAP=1", "OVERLAP_MODE=PAD", "PAD_VALUE=300")


def test_the_domain_of_the_driver_has_the_overlap(tmp_path):
    name = write(tmp_path / "a.tif", noise(97, 75, 1))
    told = view_of(name, (32, 20), 9, "PAD").GetMetadata("RETILE")
    assert (told["OVERLAP"], told["OVERLAP_MODE"]) == ("9", "PAD")
    assert (told["BLOCKXSIZE"], told["BLOCKYSIZE"]) == ("32", "20")
    assert (told["BLOCKS_X"], told["BLOCKS_Y"]) == ("4", "4")
