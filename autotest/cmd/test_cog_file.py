"""The header skeleton and the writer of COGs, given the tiles of a file of
GDAL's COG driver: GDAL's validator accepts the file, the bytes are GDAL's own,
and nothing is left if the disk is full."""

import itertools
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from osgeo import gdal
from osgeo_utils import gdalcompare
from osgeo_utils.samples import validate_cloud_optimized_geotiff as validator

import copies

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "python"))
import rasters  # noqa: E402
import short  # noqa: E402

PROGRAM = os.environ["RETILE_WRITE_COG"]
FAULTS = os.environ["RETILE_FAULTS"]

SIZES = [(1, 1), (511, 511), (512, 512), (513, 513), (3000, 2001), (3000, 1)]
KINDS = ["plain", "mask", "nodata", "alpha"]


def make(path, size, kind, bands, data_type):
    """Noise in one half and zeros in the other, large enough for overviews."""
    width, height = size
    noise = random.Random(7)
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(path), width, height, bands, data_type, ["INTERLEAVE=PIXEL"])
    dataset.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    for number in range(1, bands + 1):
        band = dataset.GetRasterBand(number)
        band.WriteRaster(0, 0, width, max(1, height // 2),
                         noise.randbytes(width * max(1, height // 2)),
                         buf_type=gdal.GDT_Byte)
        if kind == "nodata":
            band.SetNoDataValue(0)
    if kind == "alpha":
        band.SetColorInterpretation(gdal.GCI_AlphaBand)
    if kind == "mask":
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        dataset.GetRasterBand(1).GetMaskBand().WriteRaster(
            0, 0, width, max(1, height // 3),
            b"\xff" * (width * max(1, height // 3)))
    dataset = None
    return path


def ours(source, reference, target, spill, options, overviews=(),
         variables=None):
    """Returns (exit status, standard error). From 3.12 on COGs tell how their
    overviews were computed."""
    resampling = gdal.Open(str(reference)).GetMetadataItem(
        "OVERVIEW_RESAMPLING", "IMAGE_STRUCTURE")
    told = ["@OVERVIEW_RESAMPLING=" + resampling] if resampling else []
    done = subprocess.run(
        [PROGRAM, str(source), str(reference), str(target), str(spill),
         *options, *told, "--", *overviews], stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=600,
        env={**os.environ, **(variables or {})})
    return done.returncode, done.stderr


def check(folder, source, theirs, options, overviews):
    """Writes both files; the validator finds nothing wrong with ours."""
    reference, target = folder / "theirs" / "out.tif", folder / "out.tif"
    reference.parent.mkdir(exist_ok=True)
    gdal.Translate(str(reference), str(source), format="COG",
                   creationOptions=theirs)
    status, complaints = ours(source, reference, target, folder, options,
                              overviews)
    assert status == 0, (complaints, theirs)
    assert target.read_bytes() == reference.read_bytes(), theirs
    warnings, errors, _ = validator.validate(str(target), full_check=True)
    assert errors == [], theirs
    assert [text for text in warnings if "overviews" not in text] == [], theirs
    assert gdalcompare.find_diff(str(reference), str(target)) == 0
    return target


@pytest.mark.alike
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_gdals_validator_agrees(tmp_path, size, kind):
    types = [gdal.GDT_Byte, gdal.GDT_UInt16, gdal.GDT_Float32]
    codecs = itertools.cycle(["NONE", "LZW", "DEFLATE", "ZSTD", "LERC"])
    numbers = itertools.cycle([2, 4] if kind == "alpha" else [1, 3])
    for sparse, data_type in itertools.product(["YES", "NO"], types):
        bands = next(numbers)
        source = make(tmp_path / "in.tif", size, kind, bands, data_type)
        compress = "COMPRESS=" + next(codecs)
        common = [compress, "SPARSE_OK=" + sparse]
        check(tmp_path, source, common, common, [compress])


def test_jpeg_and_webp_are_valid_with_masks(tmp_path):
    source = make(tmp_path / "in.tif", (1100, 700), "mask", 3, gdal.GDT_Byte)
    check(tmp_path, source, ["COMPRESS=JPEG"],
          ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"],
          ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"])
    check(tmp_path, source, ["COMPRESS=WEBP", "QUALITY=60"],
          ["COMPRESS=WEBP", "WEBP_LEVEL=60"],
          ["COMPRESS=WEBP", "WEBP_LOSSLESS=FALSE"])


def test_a_tiling_schemes_metadata_are_kept(tmp_path):
    """The source is already in the grid of the scheme."""
    source, grid = tmp_path / "in.tif", tmp_path / "grid.tif"
    make(source, (600, 500), "plain", 1, gdal.GDT_Byte)
    dataset = gdal.Open(str(source), gdal.GA_Update)
    dataset.SetProjection("EPSG:32633")
    dataset = None
    scheme = ["TILING_SCHEME=GoogleMapsCompatible", "COMPRESS=NONE",
              "OVERVIEWS=NONE", "ADD_ALPHA=NO"]
    gdal.Translate(str(grid), str(source), format="COG",
                   creationOptions=scheme)
    told = gdal.Open(str(grid)).GetMetadata("TILING_SCHEME")
    words = ["COMPRESS=NONE", "BLOCKXSIZE=256", "BLOCKYSIZE=256",
             "@TILING_SCHEME_NAME=" + told["NAME"],
             "@TILING_SCHEME_ZOOM_LEVEL=" + told["ZOOM_LEVEL"]]
    target = check(tmp_path, grid, scheme, words, ["COMPRESS=NONE"])
    assert gdal.Open(str(target)).GetMetadata("TILING_SCHEME") == told


def test_real_rasters_give_gdals_bytes(tmp_path):
    """The metadata are the same, whatever the source's driver has."""
    done = 0
    options = ["COMPRESS=DEFLATE"]
    paths = [path for path in rasters.files() if path.stat().st_size < 3e6 and
             path.name not in rasters.UNRELIABLE]
    for path in short.some(paths, 20):
        try:
            reference = tmp_path / ("%d.tif" % done)
            gdal.Translate(str(reference), str(path), format="COG",
                           creationOptions=options)
        except RuntimeError:
            continue
        target = tmp_path / ("ours%d.tif" % done)
        status, complaints = ours(path, reference, target, tmp_path, options,
                                  options)
        assert status == 0, (path, complaints)
        assert target.read_bytes() == reference.read_bytes(), path
        done += 1
    assert done > (10 if short.SHORT else 30)


@pytest.fixture
def bench(tmp_path):
    """Returns (folder, source, reference, options). The folder has two empty
    folders, target and spill."""
    source = make(tmp_path / "in.tif", (1100, 700), "mask", 3, gdal.GDT_UInt16)
    reference = tmp_path / "reference.tif"
    gdal.Translate(str(reference), str(source), format="COG",
                   creationOptions=["COMPRESS=NONE", "BLOCKSIZE=128"])
    options = ["COMPRESS=NONE", "BLOCKXSIZE=128", "BLOCKYSIZE=128"]
    for name in ("target", "spill"):
        (tmp_path / name).mkdir()
    return tmp_path, source, reference, options


def run(bench, under, call="write", at=0, counts=None):
    folder, source, reference, options = bench
    variables = {"LD_PRELOAD": FAULTS, "RETILE_FAULT_LASTS": "1",
                 "RETILE_FAULT_UNDER": str(folder / under),
                 "RETILE_FAULT_CALL": call, "RETILE_FAULT_AT": str(at),
                 "RETILE_FAULT_COUNTS": str(counts or "/dev/null")}
    return ours(source, reference, folder / "target" / "out.tif",
                folder / "spill", options, ["COMPRESS=NONE"], variables)


@pytest.mark.parametrize("under", ["target", "spill"])
def test_a_full_disk_leaves_nothing(bench, under):
    folder = bench[0]
    target = folder / "target" / "out.tif"
    counts = folder / "counts"
    status, complaints = run(bench, under, counts=counts)
    assert status == 0, complaints
    assert target.read_bytes() == bench[2].read_bytes()
    target.unlink()
    writes = int(dict(line.split() for line in
                      counts.read_text().splitlines())["write"])
    assert writes > 10
    for at in sorted({*range(1, writes + 1, 7), writes - 1, writes}):
        status, complaints = run(bench, under, at=at)
        assert status == 1, (at, complaints)
        assert "No space left on device" in complaints, (at, complaints)
        assert copies.contents(folder / "target") == {}, at
        assert copies.contents(folder / "spill") == {}, at
