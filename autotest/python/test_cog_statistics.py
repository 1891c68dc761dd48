"""LAYOUT=COG with STATISTICS: they are computed during the copy, and equal
GDAL's, whatever the number of threads."""

import subprocess

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()
NAMES = ("MINIMUM", "MAXIMUM", "MEAN", "STDDEV", "VALID_PERCENT")


def scene(path, eType, nodata=None, mask=False):
    rng = numpy.random.RandomState(5)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), 1100, 700, 2, eType, ["COMPRESS=DEFLATE", "BLOCKYSIZE=32"]
    )
    for i in (1, 2):
        pixels = rng.randint(1, 250, (700, 1100))
        if nodata is not None:
            pixels[rng.rand(700, 1100) < 0.3] = nodata
            dataset.GetRasterBand(i).SetNoDataValue(nodata)
        dataset.GetRasterBand(i).WriteArray(pixels)
    if mask:
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", "YES")
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        band = dataset.GetRasterBand(1).GetMaskBand()
        band.WriteArray((rng.rand(700, 1100) < 0.6).astype("u1") * 255)
        gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    return str(path)


def copy(source, target, *options):
    command = ["gdal_translate", "-q", "-of", "RETILE", "-co", "LAYOUT=COG"]
    for option in options:
        command += ["-co", option]
    subprocess.run(command + [source, str(target)], check=True)
    return gdal.Open(str(target))


def statistics(dataset, band):
    items = dataset.GetRasterBand(band).GetMetadata()
    return {name: items.get("STATISTICS_" + name) for name in NAMES}


@pytest.mark.parametrize("nodata", (None, 7))
@pytest.mark.parametrize("etype", (gdal.GDT_Byte, gdal.GDT_UInt16))
def test_whole_numbers_are_summed_as_gdal_does(tmp_path, etype, nodata):
    source = scene(tmp_path / "s.tif", etype, nodata)
    written = copy(source, tmp_path / "c.tif", "STATISTICS=YES")
    plain = gdal.Open(source)
    for band in (1, 2):
        plain.GetRasterBand(band).ComputeStatistics(False)
        assert statistics(written, band) == statistics(plain, band)


def test_floats_are_right_to_twelve_digits(tmp_path):
    source = scene(tmp_path / "s.tif", gdal.GDT_Float32, -9)
    written = copy(source, tmp_path / "c.tif", "STATISTICS=YES")
    plain = gdal.Open(source)
    for band in (1, 2):
        plain.GetRasterBand(band).ComputeStatistics(False)
        expected = statistics(plain, band)
        for name, value in statistics(written, band).items():
            assert float(value) == pytest.approx(
                float(expected[name]), rel=1e-12
            )


def test_what_a_mask_leaves_out_does_not_count(tmp_path):
    source = scene(tmp_path / "s.tif", gdal.GDT_Byte, mask=True)
    written = copy(source, tmp_path / "c.tif", "STATISTICS=YES")
    dataset = gdal.Open(source)
    valid = dataset.GetRasterBand(1).GetMaskBand().ReadAsArray() > 0
    for band in (1, 2):
        pixels = dataset.GetRasterBand(band).ReadAsArray()[valid]
        found = statistics(written, band)
        assert float(found["MEAN"]) == pytest.approx(pixels.mean(), rel=1e-12)
        assert float(found["STDDEV"]) == pytest.approx(pixels.std(), rel=1e-12)
        assert float(found["VALID_PERCENT"]) == pytest.approx(
            100 * valid.mean(), rel=1e-3
        )


def test_bytes_do_not_depend_on_threads(tmp_path):
    source = scene(tmp_path / "s.tif", gdal.GDT_Float32)
    contents = []
    for threads in ("1", "2", "5"):
        target = tmp_path / ("c" + threads + ".tif")
        copy(source, target, "STATISTICS=YES", "NUM_THREADS=" + threads)
        contents.append(target.read_bytes())
    assert contents[0] == contents[1] == contents[2]


def test_only_those_that_are_wanted(tmp_path):
    source = scene(tmp_path / "s.tif", gdal.GDT_Byte)
    none = copy(source, tmp_path / "auto.tif")
    assert set(statistics(none, 1).values()) == {None}
    first = copy(source, tmp_path / "yes.tif", "STATISTICS=YES")
    expected = statistics(first, 1)
    first = None
    kept = copy(str(tmp_path / "yes.tif"), tmp_path / "kept.tif")
    assert statistics(kept, 1) == expected
    left_out = copy(
        str(tmp_path / "yes.tif"), tmp_path / "no.tif", "STATISTICS=NO"
    )
    assert set(statistics(left_out, 1).values()) == {None}
