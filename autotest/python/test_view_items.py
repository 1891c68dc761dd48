"""The metadata of a view: items set on the view, those of the source, and those
of the levels. None of them hides another."""

import json
import threading

import numpy
import pytest
from osgeo import gdal, osr

gdal.UseExceptions()

WIDTH, HEIGHT = 300, 260


def make(folder, name="scene.tif", driver="GTiff", overviews=(), **extra):
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 2)
    rows, columns = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    memory.WriteArray(numpy.stack([rows % 200, columns % 190]).astype("uint8"))
    system = osr.SpatialReference()
    system.ImportFromEPSG(32633)
    memory.SetSpatialRef(system)
    memory.SetGeoTransform([1000, 2, 0, 5000, 0, -2])
    for i in (1, 2):
        band = memory.GetRasterBand(i)
        band.SetOffset(5 + i)
        band.SetScale(3 + i)
        band.SetUnitType("m")
        band.SetDescription(f"band {i}")
        band.SetNoDataValue(77)
        band.SetCategoryNames(["a", "b"])
        band.SetMetadataItem("KEPT", "yes")
    memory.SetMetadata(["<source/>"], "xml:OWN")
    path = str(folder / name)
    gdal.GetDriverByName(driver).CreateCopy(path, memory, **extra)
    if overviews:
        dataset = gdal.OpenEx(path, gdal.OF_RASTER | gdal.OF_UPDATE)
        dataset.BuildOverviews("NEAREST", list(overviews))
        dataset = None
    return path


def write_view(folder, source):
    path = folder / "view.retile"
    path.write_text(json.dumps({"type": "RETILE", "version": 1,
                                "source": source}))
    return str(path)


ITEMS = {
    "offset": (lambda band: band.GetOffset(), lambda band: band.SetOffset(9)),
    "scale": (lambda band: band.GetScale(), lambda band: band.SetScale(8)),
    "unit": (lambda band: band.GetUnitType(),
             lambda band: band.SetUnitType("ft")),
    "description": (lambda band: band.GetDescription(),
                    lambda band: band.SetDescription("other")),
    "nodata": (lambda band: band.GetNoDataValue(),
               lambda band: band.SetNoDataValue(66)),
    "colours": (lambda band: band.GetColorInterpretation(),
                lambda band: band.SetColorInterpretation(gdal.GCI_RedBand)),
    "categories": (lambda band: band.GetCategoryNames(),
                   lambda band: band.SetCategoryNames(["x"])),
    "metadata": (lambda band: band.GetMetadata(),
                 lambda band: band.SetMetadataItem("NEW", "item")),
    "statistics": (lambda band: band.GetMetadataItem("STATISTICS_MAXIMUM"),
                   lambda band: band.ComputeStatistics(False)),
}


def items_of(band):
    return {name: get(band) for name, (get, _) in ITEMS.items()}


@pytest.mark.parametrize("changed", sorted(ITEMS))
def test_one_that_is_set_leaves_the_others(tmp_path, changed):
    source = make(tmp_path)
    view = write_view(tmp_path, source)
    plain = gdal.Open(source)
    before = items_of(plain.GetRasterBand(1))
    plain = None
    dataset = gdal.Open(view)
    band = dataset.GetRasterBand(1)
    assert items_of(band) == before
    ITEMS[changed][1](band)
    own = ITEMS[changed][0](band)
    assert own != before[changed]

    def check(band):
        seen = items_of(band)
        assert seen[changed] == own
        for name, value in before.items():
            if name == "metadata":
                assert value.items() <= seen[name].items()
            elif name != changed:
                assert seen[name] == value, name

    check(band)
    other = items_of(dataset.GetRasterBand(2))
    band = dataset = None
    dataset = gdal.Open(view)
    check(dataset.GetRasterBand(1))
    assert items_of(dataset.GetRasterBand(2)) == other
    dataset = gdal.Open(source)
    assert items_of(dataset.GetRasterBand(1)) == before, "the source changed"


def test_an_offset_and_a_scale_of_nothing_count_while_the_view_is_open(
        tmp_path):
    dataset = gdal.Open(write_view(tmp_path, make(tmp_path)))
    band = dataset.GetRasterBand(1)
    band.SetOffset(0)
    assert (band.GetOffset(), band.GetScale()) == (0, 4)
    band.SetScale(1)
    assert (band.GetOffset(), band.GetScale()) == (0, 1)


def test_a_domain_that_is_one_text_is_replaced(tmp_path):
    view = write_view(tmp_path, make(tmp_path))
    dataset = gdal.Open(view)
    source = gdal.Open(str(tmp_path / "scene.tif"))
    plain = source.GetMetadata_List("xml:OWN")
    assert dataset.GetMetadata_List("xml:OWN") == plain
    dataset.SetMetadata(["<view a='b'/>"], "xml:OWN")
    assert dataset.GetMetadata_List("xml:OWN") == ["<view a='b'/>"]
    dataset = None
    dataset = gdal.Open(view)
    assert [text.strip() for text in dataset.GetMetadata_List("xml:OWN")] \
        == ['<view a="b" />']


def level_georeferencing(dataset):
    """The georeferencing of each level's dataset, or None if it has none."""
    band = dataset.GetRasterBand(1)
    result = []
    for i in range(band.GetOverviewCount()):
        level = band.GetOverview(i).GetDataset()
        if level is None:
            result.append(None)
            continue
        system = level.GetSpatialRef()
        result.append((level.RasterXSize, level.RasterYSize,
                       level.GetGeoTransform(can_return_null=True),
                       system.GetName() if system else None,
                       level.GetGCPCount()))
    return result


@pytest.mark.parametrize("driver", ["GTiff", "HFA", "BuildVRT", "Warp"])
def test_levels_lie_where_their_pixels_do(tmp_path, driver):
    if driver in ("GTiff", "HFA"):
        path = make(tmp_path, driver=driver, overviews=[2, 4])
    else:
        below = make(tmp_path, overviews=[2, 4])
        path = str(tmp_path / "over.vrt")
        if driver == "BuildVRT":
            gdal.BuildVRT(path, [below])
        else:
            gdal.Warp(path, below, format="VRT")
    dataset, other = gdal.Open(path), gdal.Open(f"RETILE:{path}")
    plain, view = level_georeferencing(dataset), level_georeferencing(other)
    assert len(plain) == len(view) > 0
    for i, (expected, got) in enumerate(zip(plain, view)):
        if expected is not None:
            assert got == expected
            continue
        level = gdal.OpenEx(path, open_options=[f"OVERVIEW_LEVEL={i}"])
        assert got[2] == level.GetGeoTransform()


def test_computed_levels_lie_where_their_pixels_do(tmp_path):
    path = make(tmp_path)
    view = gdal.OpenEx(f"RETILE:{path}", open_options=["OVERVIEWS=VIRTUAL"])
    level, = level_georeferencing(view)
    assert level == (150, 130, (1000, 4, 0, 5000, 0, -4),
                     "WGS 84 / UTM zone 33N", 0)
    by_option = gdal.OpenEx(f"RETILE:{path}", open_options=[
        "OVERVIEWS=VIRTUAL", "OVERVIEW_LEVEL=0"])
    assert by_option.GetGeoTransform() == level[2]


def test_control_points_are_of_the_full_resolution(tmp_path):
    path = make(tmp_path)
    dataset = gdal.OpenEx(path, gdal.OF_UPDATE)
    points = [gdal.GCP(10 + i, 20, 0, 30 * i, 40 + i * i) for i in range(4)]
    dataset.SetGCPs(points, dataset.GetProjection())
    dataset.BuildOverviews("NEAREST", [2])
    dataset = None
    plain, view = gdal.Open(path), gdal.Open(f"RETILE:{path}")
    assert view.GetGCPCount() == plain.GetGCPCount() == 4
    assert level_georeferencing(view) == level_georeferencing(plain)


@pytest.mark.parametrize("decoder", ["GDAL", "NATIVE"])
def test_to_ask_how_pixels_are_stored_changes_none(tmp_path, decoder):
    """GDAL 3.6 then continues to decode JPEG 2000 at another position."""
    path = make(tmp_path, "scene.jp2", "JP2OpenJPEG", options=[
        "REVERSIBLE=YES", "QUALITY=100", "BLOCKXSIZE=64", "BLOCKYSIZE=64"])
    expected = gdal.Open(path).ReadAsArray()
    view = gdal.OpenEx(f"RETILE:{path}", open_options=[
        f"SOURCE_DECODER={decoder}", "CACHE=NONE", "NUM_THREADS=1"])
    for y in range(0, HEIGHT, 64):
        height = min(64, HEIGHT - y)
        got = view.ReadAsArray(0, y, WIDTH, height)
        assert numpy.array_equal(got, expected[:, y:y + height])
        assert view.GetMetadata("IMAGE_STRUCTURE") == {"INTERLEAVE": "PIXEL"}
        view.GetMetadataItem("COMPRESSION_REVERSIBILITY", "IMAGE_STRUCTURE")
        view.GetRasterBand(1).GetMetadata("IMAGE_STRUCTURE")


def test_one_thread_does_not_size_the_cache_of_all(tmp_path):
    path = make(tmp_path)
    view = gdal.Open(f"RETILE:{path}")
    view.ReadAsArray()

    def counts():
        return {**view.GetMetadata("RETILE_STATS"),
                **view.GetMetadata("RETILE")}

    before = counts()

    def read():
        gdal.SetThreadLocalConfigOption("RETILE_CACHEMAX", "1MB")
        gdal.SetThreadLocalConfigOption("RETILE_SPILL_MAX", "nonsense")
        for _ in range(3):
            other = gdal.Open(f"RETILE:{path}")
            other.ReadAsArray()
            view.ReadAsArray()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    after = counts()
    for name in ("CACHE_MAX", "EVICTIONS"):
        assert after[name] == before[name]


def test_items_for_every_pixel_are_not_kept(tmp_path):
    """If every item is kept, 400,000 questions hold 179 MB."""
    path = str(tmp_path / "over.vrt")
    gdal.Translate(path, make(tmp_path))
    view = gdal.Open(f"RETILE:{path}")
    asked = view.GetRasterBand(1)

    def megabytes():
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) / 1024
        return 0

    def ask(n):
        for i in range(n):
            assert asked.GetMetadataItem(f"Pixel_{i % 300}_{i // 300}",
                                         "LocationInfo")

    ask(2000)
    before = megabytes()
    ask(60000)
    assert megabytes() - before < 10


@pytest.mark.parametrize("method", [
    gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Average, gdal.GRIORA_RMS,
    gdal.GRIORA_Cubic, gdal.GRIORA_Mode])
@pytest.mark.parametrize("to_8_bit", ["YES", "NO"])
def test_masks_are_resampled_by_their_colours(tmp_path, monkeypatch, to_8_bit,
                                              method):
    """A mask of one bit has a colour table, if it is not shown as bytes."""
    monkeypatch.setenv("GDAL_TIFF_INTERNAL_MASK", "YES")
    monkeypatch.setenv("GDAL_TIFF_INTERNAL_MASK_TO_8BIT", to_8_bit)
    memory = gdal.GetDriverByName("MEM").Create("", 50, 40)
    memory.CreateMaskBand(gdal.GMF_PER_DATASET)
    rows, columns = numpy.mgrid[0:40, 0:50]
    memory.GetRasterBand(1).GetMaskBand().WriteArray(
        255 * ((rows * columns) % 7 > 2).astype("uint8"))
    path = str(tmp_path / "masked.tif")
    gdal.GetDriverByName("GTiff").CreateCopy(path, memory)
    seen = []
    for name in (path, "RETILE:" + path):
        opened = gdal.Open(name)
        mask = opened.GetRasterBand(1).GetMaskBand()
        colours = mask.GetColorTable()
        seen.append((colours and [colours.GetColorEntry(i) for i in range(2)],
                     mask.ReadRaster(buf_xsize=33, buf_ysize=70,
                                     resample_alg=method)))
    assert seen[0] == seen[1]


WITH_STRUCTURE = [
    "BAG", "BMP", "COG", "ENVI", "ERS", "GPKG", "GTiff", "HFA", "ISIS3",
    "JP2OpenJPEG", "JPEG", "KEA", "MBTiles", "MRF", "netCDF", "NITF",
    "PCIDSK", "PNG", "Rasterlite", "RMF", "SGI", "VICAR", "WEBP"]


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("driver", WITH_STRUCTURE)
def test_the_structure_of_any_drivers_image(tmp_path, driver, bands):
    """In the list and item by item: a driver may give it in one way only."""
    maker = gdal.GetDriverByName(driver)
    if maker is None:
        pytest.skip("no such driver")
    image = gdal.GetDriverByName("MEM").Create("", 60, 50, bands)
    image.SetGeoTransform([5, .01, 0, 50, 0, -.01])
    image.SetProjection("EPSG:4326")
    name = str(tmp_path / ("image." + (maker.GetMetadataItem(
        "DMD_EXTENSION") or "img")))
    try:
        maker.CreateCopy(name, image)
        plain, view = gdal.Open(name), gdal.Open("RETILE:" + name)
    except RuntimeError:
        pytest.skip("this driver has no such rasters")
    for ours, theirs in [(view, plain)] + [
            (view.GetRasterBand(i), plain.GetRasterBand(i))
            for i in range(1, plain.RasterCount + 1)]:
        expected = theirs.GetMetadata("IMAGE_STRUCTURE")
        assert ours.GetMetadata("IMAGE_STRUCTURE") == {
            key: expected[key] for key in ("INTERLEAVE", "NBITS", "PIXELTYPE")
            if key in expected}
        for key in ("INTERLEAVE", "NBITS"):
            assert ours.GetMetadataItem(key, "IMAGE_STRUCTURE") == \
                theirs.GetMetadataItem(key, "IMAGE_STRUCTURE")
