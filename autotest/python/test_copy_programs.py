"""-of RETILE through rasterio, gdal.Translate, gdal.Warp and CreateCopy: the
dataset that is returned, and sources that are not files."""

import subprocess
import sys

import numpy as np
import pytest
import rasterio
import rasterio.shutil
from osgeo import gdal

import tiff_tags
from copying import (assert_same_files, configured, copy, memory, pixels,
                     plain_copy, write)

gdal.UseExceptions()

SIZES = ("BLOCKXSIZE=64", "BLOCKYSIZE=48")


@pytest.fixture
def source(tmp_path):
    dataset = memory(230, 190, 3, "Byte")
    dataset.SetProjection("EPSG:32632")
    dataset.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    dataset.GetRasterBand(1).SetNoDataValue(0)
    return write(tmp_path / "scene.tif", "GTiff", dataset, "BLOCKYSIZE=7")


@pytest.fixture
def folders(tmp_path):
    """Names for our copy and for GTiff's, each alone in a folder."""
    names = tmp_path / "ours" / "c.tif", tmp_path / "gtiff" / "c.tif"
    for name in names:
        name.parent.mkdir()
    return names


def test_rasterio_copies_what_it_copies_with_gtiff(source, folders):
    ours, theirs = folders
    options = {"blockxsize": 64, "blockysize": 48, "compress": "deflate"}
    rasterio.shutil.copy(source, str(ours), driver="RETILE", **options)
    rasterio.shutil.copy(source, str(theirs), driver="GTiff", tiled=True,
                         **options)
    assert_same_files(ours.parent, theirs.parent)


def test_rasterio_copies_an_open_dataset_and_a_view(source, folders):
    ours, theirs = folders
    with rasterio.open("RETILE:" + source) as view:
        rasterio.shutil.copy(view, str(ours), driver="RETILE")
    with rasterio.open(source) as plain:
        rasterio.shutil.copy(plain, str(theirs), driver="RETILE")
    assert ours.read_bytes() == theirs.read_bytes()


def test_rasterio_raises_what_the_driver_says(source, tmp_path):
    with pytest.raises(Exception, match="multiple of 16"):
        rasterio.shutil.copy(source, str(tmp_path / "o.tif"), driver="RETILE",
                             blockxsize=100)
    assert not (tmp_path / "o.tif").exists()


@pytest.mark.parametrize("resampling, other", [("near", "GTiff"),
                                               ("near", "PNG"),
                                               ("cubic", "PNG")])
def test_warp_makes_the_pixels_that_it_makes_with_other_drivers(
        resampling, other, source, folders):
    """If it interpolates next to nodata, gdalwarp's own result differs between
    drivers that create files, such as GTiff, and drivers that only copy, such
    as PNG."""
    ours, theirs = folders
    options = {"dstSRS": "EPSG:4326", "resampleAlg": resampling,
               "dstAlpha": True}
    found = gdal.Warp(str(ours), source, format="RETILE",
                      creationOptions=list(SIZES), **options)
    expected = gdal.Warp(str(theirs), source, format=other, **options)
    assert found.GetRasterBand(1).GetBlockSize() == [64, 48]
    assert (found.ReadAsArray() == expected.ReadAsArray()).all()
    assert expected.ReadAsArray()[3].min() == 0
    assert [path.name for path in ours.parent.iterdir()] == ["c.tif"]


@pytest.mark.parametrize("resampling", ["near", "cubic"])
def test_a_warped_vrt_is_copied_as_by_gtiff(resampling, source, folders):
    ours, theirs = folders
    vrt = str(ours.parent.parent / "warped.vrt")
    gdal.Warp(vrt, source, format="VRT", dstSRS="EPSG:4326",
              resampleAlg=resampling).FlushCache()
    copy(ours, vrt, *SIZES, "NUM_THREADS=4").FlushCache()
    # From 3.9 on, plain GDAL otherwise warps more than a block at once.
    with configured(GDAL_VRT_WARP_USE_DATASET_RASTERIO="NO"):
        plain_copy(theirs, vrt, *SIZES).FlushCache()
    assert_same_files(ours.parent, theirs.parent)


def test_the_dataset_that_comes_back_is_a_geotiff_to_be_updated(
        source, tmp_path):
    name = str(tmp_path / "out.tif")
    copied = copy(name, source, *SIZES)
    assert copied.GetDriver().ShortName == "GTiff"
    assert copied.GetDescription() == name
    assert copied.GetRasterBand(1).GetBlockSize() == [64, 48]
    assert copied.ReadRaster() == gdal.Open(source).ReadRaster()
    copied.SetMetadata({"TITLE": "set afterwards"})
    copied.GetRasterBand(2).WriteRaster(70, 50, 1, 1, b"\xfe")
    copied.BuildOverviews("NEAREST", [2])
    copied = None
    found = gdal.Open(name)
    assert found.GetMetadataItem("TITLE") == "set afterwards"
    assert found.GetRasterBand(2).ReadRaster(70, 50, 1, 1) == b"\xfe"
    assert found.GetRasterBand(2).ReadRaster(71, 50, 1, 1) == \
        gdal.Open(source).GetRasterBand(2).ReadRaster(71, 50, 1, 1)
    assert found.GetRasterBand(1).GetOverviewCount() == 1


def test_a_dataset_in_memory_is_copied(folders):
    ours, theirs = folders
    source = memory(230, 190, 2, "Float32")
    copy(ours, source, *SIZES).FlushCache()
    plain_copy(theirs, source, *SIZES).FlushCache()
    assert_same_files(ours.parent, theirs.parent)


@pytest.mark.parametrize("threads", [1, 4])
def test_changes_that_are_not_flushed_yet_are_copied(threads, source, folders):
    ours, theirs = folders
    changed = gdal.Open(source, gdal.GA_Update)
    changed.GetRasterBand(2).WriteArray(np.full((50, 60), 200, "uint8"), 31, 17)
    changed.SetMetadata({"TITLE": "changed"})
    copied = copy(ours, changed, *SIZES, "NUM_THREADS=%d" % threads)
    values = copied.GetRasterBand(2).ReadAsArray()
    assert (values[17:67, 31:91] == 200).all()
    assert copied.GetMetadataItem("TITLE") == "changed"
    copied = None
    plain_copy(theirs, changed, *SIZES).FlushCache()
    assert_same_files(ours.parent, theirs.parent)


def test_changes_under_a_vrt_that_are_not_flushed_yet_are_copied(tmp_path):
    """The VRT has the open dataset; a dataset opened by the name would not have
    the change."""
    name = write(tmp_path / "scene.tif", "GTiff", memory(90, 80, 1, "Byte"))
    changed = gdal.Open(name, gdal.GA_Update)
    vrt = gdal.Translate("", changed, format="VRT", srcWin=[5, 5, 70, 60])
    changed.GetRasterBand(1).Fill(99)
    copied = copy(tmp_path / "out.tif", vrt)
    assert set(copied.ReadRaster()) == {99}


def test_a_file_that_is_just_being_made_is_copied(tmp_path):
    """A new GTiff file that has nothing on disk yet."""
    made = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "new.tif"), 70, 60, 1, gdal.GDT_UInt16)
    made.GetRasterBand(1).WriteArray(pixels(70, 60, 1, "UInt16"))
    copied = copy(tmp_path / "out.tif", made)
    assert (copied.ReadAsArray() == pixels(70, 60, 1, "UInt16")).all()


SUM = """<VRTDataset rasterXSize="230" rasterYSize="190">
  <VRTRasterBand dataType="UInt16" band="1" subClass="VRTDerivedRasterBand">
    <PixelFunctionType>sum</PixelFunctionType>
    <SimpleSource>
      <SourceFilename relativeToVRT="1">scene.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </SimpleSource>
    <SimpleSource>
      <SourceFilename relativeToVRT="1">scene.tif</SourceFilename>
      <SourceBand>2</SourceBand>
    </SimpleSource>
  </VRTRasterBand>
</VRTDataset>
"""


def test_bands_that_compute_are_copied_as_by_gtiff(source, folders, tmp_path):
    (tmp_path / "sum.vrt").write_text(SUM)
    ours, theirs = folders
    copy(ours, str(tmp_path / "sum.vrt"), *SIZES).FlushCache()
    plain_copy(theirs, str(tmp_path / "sum.vrt"), *SIZES).FlushCache()
    assert_same_files(ours.parent, theirs.parent)
    assert gdal.Open(str(ours)).ReadAsArray().max() > 255


@pytest.mark.parametrize("passthrough", ["AUTO", "REQUIRED"])
def test_the_coefficients_of_a_jpeg_are_copied_as_by_gtiff(
        passthrough, folders, tmp_path):
    """Pixels that are decoded and encoded again would differ."""
    source = write(tmp_path / "source.jpg", "JPEG", memory(230, 190, 3, "Byte"))
    ours, theirs = folders
    copy(ours, source, *SIZES, "COMPRESS=JPEG",
         "PASSTHROUGH=" + passthrough).FlushCache()
    plain_copy(theirs, source, *SIZES, "COMPRESS=JPEG").FlushCache()
    assert_same_files(ours.parent, theirs.parent)
    recoded = copy(tmp_path / "recoded.tif", source, *SIZES, "COMPRESS=JPEG",
                   "PASSTHROUGH=NO").ReadRaster()
    assert recoded != gdal.Open(str(ours)).ReadRaster()


def test_tiles_lie_in_the_file_row_by_row(source, tmp_path):
    name = tmp_path / "out.tif"
    copy(name, source, *SIZES, "COMPRESS=DEFLATE", "NUM_THREADS=4").FlushCache()
    tiff = tiff_tags.Tiff(name)
    tiles = tiff.tiles(tiff.directories()[0])
    assert len(tiles) == 16
    assert tiles == sorted(tiles)
    assert all(offset + length <= following for (offset, length),
               (following, _) in zip(tiles, tiles[1:]))


def test_copies_by_several_threads_at_once_are_each_whole(source, tmp_path):
    code = """
import sys, threading
from osgeo import gdal
gdal.UseExceptions()
source, folder = sys.argv[1:]
def work(number):
    for _ in range(5):
        gdal.GetDriverByName("RETILE").CreateCopy(
            "%s/%d.tif" % (folder, number % 4), gdal.Open(source),
            options=["BLOCKXSIZE=64", "BLOCKYSIZE=48", "NUM_THREADS=3"])
threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    expected = tmp_path / "expected.tif"
    copy(expected, source, *SIZES).FlushCache()
    folder = tmp_path / "many"
    folder.mkdir()
    done = subprocess.run([sys.executable, "-c", code, source, str(folder)],
                          check=True, stderr=subprocess.PIPE)
    assert done.stderr == b""
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "%d.tif" % number: expected.read_bytes() for number in range(4)}


@pytest.mark.parametrize("words", [
    ["gdal_translate", "-of", "RETILE", "/vsistdin/"],
    ["gdal_translate", "-of", "RETILE", "-co", "NUM_THREADS=1", "/vsistdin/"],
    ["gdal_translate", "-of", "RETILE", "-co", "LAYOUT=COG", "/vsistdin/"],
    ["gdal_translate", "-of", "GTiff", "RETILE:/vsistdin/"]])
def test_the_standard_input_may_be_longer_than_gdal_keeps_of_it(tmp_path,
                                                                words):
    """GDAL keeps 1 MB, and delivers the rest only once."""
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    noise = np.random.default_rng(1).integers(0, 250, (3, 800, 900), np.uint8)
    made = gdal.GetDriverByName("GTiff").Create(
        str(source), 900, 800, 3, gdal.GDT_Byte, ["COMPRESS=DEFLATE"])
    made.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    made.WriteArray(noise)
    made = None
    assert source.stat().st_size > 2 << 20
    with open(source, "rb") as data:
        done = subprocess.run([*words, "-q", str(target)], input=data.read(),
                              capture_output=True)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(gdal.Open(str(target)).ReadAsArray(), noise)
