"""Each raster is the same through RETILE as with plain GDAL: pixels, metadata,
masks, overviews, statistics and everything else that a program sees."""

import random
from pathlib import Path

import pytest
from osgeo import gdal

import rasters
from copying import GDAL

gdal.UseExceptions()

LARGEST_WINDOW = 400
ALGORITHMS = [gdal.GRIORA_NearestNeighbour, gdal.GRIORA_Bilinear,
              gdal.GRIORA_Cubic, gdal.GRIORA_Average, gdal.GRIORA_Mode]
TYPES = [gdal.GDT_Byte, gdal.GDT_Int16, gdal.GDT_UInt32, gdal.GDT_Int64,
         gdal.GDT_Float32, gdal.GDT_Float64, gdal.GDT_CInt16,
         gdal.GDT_CFloat64]
KEPT_STRUCTURE = ("INTERLEAVE", "NBITS", "PIXELTYPE")
BROKEN = "source_missing.vrt"  # it opens, but every call fails

# For types other than Byte and UInt16, GDAL sums in floating point, block by
# block: the last digits of mean and deviation depend on the shape of blocks.
STATISTICS_TOLERANCE = 1e-12


def sort_files():
    """(names that open, names without bands, names refused), as
    (folder/file, name with {} for the path)."""
    opened, bandless, refused = [], [], []
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    for path in rasters.files():
        key = "%s/%s" % (path.parent.name, path.name)
        dataset, _ = rasters.try_open(path)
        if dataset is None:
            refused.append((key, "{}"))
            continue
        if path.name == BROKEN:
            continue
        (opened if dataset.RasterCount else bandless).append((key, "{}"))
        for name, _ in dataset.GetSubDatasets():
            if not dataset.RasterCount or name.startswith("GTIFF_DIR"):
                opened.append((key, name.replace(str(path), "{}")))
    gdal.PopErrorHandler()
    return opened, bandless, refused


OPENED, BANDLESS, REFUSED = sort_files()


def label(entry):
    if not isinstance(entry, tuple):
        return "none"  # pytest's value for an empty table
    key, form = entry
    return key if form == "{}" else "%s-%s" % (
        key, form.replace("{}", "").replace('"', ""))


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("rasters")
    rasters.copy_folders(target)
    return target


class Pair:
    """One raster twice: plain, and through RETILE in blocks of one shape."""

    def __init__(self, name, shape, reliable):
        self.name = name
        self.shape = shape
        self.reliable = reliable
        self.plain = gdal.OpenEx(name, gdal.OF_RASTER)
        self.view = rasters.view_of(name, *shape)
        self.random = None  # set for each test, so that each runs alone

    def bands(self):
        for number in range(1, self.plain.RasterCount + 1):
            yield (self.plain.GetRasterBand(number),
                   self.view.GetRasterBand(number))

    def windows(self, count):
        width, height = self.plain.RasterXSize, self.plain.RasterYSize
        for _ in range(count):
            w = self.random.randint(1, min(width, LARGEST_WINDOW))
            h = self.random.randint(1, min(height, LARGEST_WINDOW))
            yield (self.random.randint(0, width - w),
                   self.random.randint(0, height - h), w, h)

    def same(self, get):
        """get(object) on both gives the same bytes, or fails on both."""
        return self.same_of(self.plain, self.view, get)

    def same_of(self, plain, view, get):
        if not self.reliable:
            return
        expected, expected_error = outcome(get, plain)
        found, error = outcome(get, view)
        assert bool(error) == bool(expected_error), error or expected_error
        assert found == expected, "pixels differ"


def outcome(get, source):
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        return get(source), ""
    except RuntimeError as error:
        return None, str(error) or "failed"
    finally:
        gdal.PopErrorHandler()


@pytest.fixture(scope="module", params=OPENED, ids=label)
def pair(request, folder):
    key, form = request.param
    shape = rasters.SHAPES[OPENED.index(request.param) % len(rasters.SHAPES)]
    return Pair(form.replace("{}", str(folder / key)), shape,
                Path(key).name not in rasters.UNRELIABLE)


@pytest.fixture
def described(pair):
    """The same pair on separate handles. When GDAL's JPEG 2000 driver is asked
    for its IMAGE_STRUCTURE, it loses its position in the file and reads other
    pixels afterwards. Such questions must not affect the pixel tests."""
    return Pair(pair.name, pair.shape, pair.reliable)


@pytest.fixture(autouse=True)
def seed(request):
    if "pair" in request.fixturenames:
        request.getfixturevalue("pair").random = \
            random.Random(request.node.name)


def everywhere(pair):
    """Pairs of all bands, and of their overviews."""
    for plain, view in pair.bands():
        yield plain, view
        for level in range(plain.GetOverviewCount()):
            yield plain.GetOverview(level), view.GetOverview(level)


def test_the_grid_of_blocks_is_the_one_asked_for(described):
    for _, view in everywhere(described):
        assert tuple(view.GetBlockSize()) == described.shape


def test_size_and_types_are_the_sources(described):
    assert described.view.RasterCount == described.plain.RasterCount
    for plain, view in everywhere(described):
        assert (view.XSize, view.YSize, view.DataType) == \
            (plain.XSize, plain.YSize, plain.DataType)
        assert view.GetMaskBand().DataType == plain.GetMaskBand().DataType


def srs_of(srs):
    if srs is None:
        return None
    return (srs.ExportToWkt(["FORMAT=WKT2_2019"]),
            srs.GetDataAxisToSRSAxisMapping(), srs.GetCoordinateEpoch())


def test_its_place_on_earth_is_the_sources(described):
    plain, view = described.plain, described.view
    assert view.GetGeoTransform(can_return_null=True) == \
        plain.GetGeoTransform(can_return_null=True)
    assert view.GetProjection() == plain.GetProjection()
    assert srs_of(view.GetSpatialRef()) == srs_of(plain.GetSpatialRef())
    assert srs_of(view.GetGCPSpatialRef()) == srs_of(plain.GetGCPSpatialRef())
    assert view.GetGCPProjection() == plain.GetGCPProjection()
    assert [gcp(each) for each in view.GetGCPs()] == \
        [gcp(each) for each in plain.GetGCPs()]


def gcp(point):
    return (point.GCPX, point.GCPY, point.GCPZ, point.GCPPixel,
            point.GCPLine, point.Info, point.Id)


OTHERWISE_TESTED = {"SUBDATASETS", "DERIVED_SUBDATASETS"}
OWN_DOMAINS = {"RETILE", "RETILE_STATS"}


def domain_names(*things):
    """The domains of all things: GTiff lists some of its domains only from the
    second time on."""
    return {domain for thing in things
            for domain in thing.GetMetadataDomainList() or []} | {""}


def domains(thing, names):
    """All metadata by domain; of IMAGE_STRUCTURE only the forwarded items."""
    found = {}
    for domain in names - OTHERWISE_TESTED:
        items = sorted(thing.GetMetadata_List(domain) or [])
        if domain == "IMAGE_STRUCTURE":
            items = [item for item in items
                     if item.split("=")[0] in KEPT_STRUCTURE]
        if items:
            found[domain] = items
    return found


def test_metadata_of_every_domain_is_the_sources(described):
    names = domain_names(described.plain, described.view) - OWN_DOMAINS
    assert domains(described.view, names) == domains(described.plain, names)
    for plain, view in everywhere(described):
        names = domain_names(plain, view)
        assert domains(view, names) == domains(plain, names)


def test_every_domain_with_content_is_listed(described):
    names = domain_names(described.plain)
    listed = set(described.view.GetMetadataDomainList() or [])
    assert OWN_DOMAINS <= listed
    assert set(domains(described.plain, names)) - {""} <= listed


def test_image_structure_has_only_interleave_nbits_and_pixeltype(described):
    for thing in [described.view] + [view for _, view in everywhere(described)]:
        assert set(thing.GetMetadata("IMAGE_STRUCTURE")) <= \
            set(KEPT_STRUCTURE)


def test_single_metadata_items_are_the_sources(described):
    for plain, view in [(described.plain, described.view)] + list(described.bands()):
        for domain, items in domains(
                plain, domain_names(plain)).items():
            if domain.startswith(("xml:", "json:")):
                continue
            for key in (item.split("=")[0] for item in items):
                assert view.GetMetadataItem(key, domain) == \
                    plain.GetMetadataItem(key, domain), (domain, key)
        assert view.GetMetadataItem("no such item") is None


def test_subdatasets_are_renamed_so_that_they_open_through_retile(described):
    plain, view = described.plain.GetSubDatasets(), described.view.GetSubDatasets()
    assert view == [("RETILE:" + name, text) for name, text in plain]
    for name, _ in view:
        assert gdal.Open(name).GetDriver().ShortName == "RETILE"


def test_derived_subdatasets_are_as_many_as_the_sources(described):
    assert len(described.view.GetMetadata("DERIVED_SUBDATASETS")) == \
        len(described.plain.GetMetadata("DERIVED_SUBDATASETS"))


def test_what_a_band_says_of_its_values_is_the_sources(described):
    for plain, view in everywhere(described):
        for getter in ("GetNoDataValue", "GetColorInterpretation",
                       "GetCategoryNames", "GetUnitType", "GetScale",
                       "GetOffset", "GetDescription", "GetMinimum",
                       "GetMaximum"):
            assert repr(getattr(view, getter)()) == \
                repr(getattr(plain, getter)()), getter


def palette(table):
    return table and (table.GetPaletteInterpretation(),
                      [table.GetColorEntry(index)
                       for index in range(table.GetCount())])


def attributes(table):
    """Type, binning, columns and cells of an attribute table."""
    if table is None:
        return None
    binning = table.GetLinearBinning()
    # Without binning, later bindings return what was in the memory before.
    return (table.GetTableType(), binning[0] and binning, [
        (table.GetNameOfCol(column), table.GetTypeOfCol(column),
         table.GetUsageOfCol(column),
         [table.GetValueAsString(row, column)
          for row in range(table.GetRowCount())])
        for column in range(table.GetColumnCount())])


def test_colour_and_attribute_tables_are_the_sources(described):
    for plain, view in everywhere(described):
        assert palette(view.GetColorTable()) == palette(plain.GetColorTable())
        assert attributes(view.GetDefaultRAT()) == \
            attributes(plain.GetDefaultRAT())


def test_files_of_the_source_are_listed(described):
    assert described.view.GetFileList() == described.plain.GetFileList()


def test_data_coverage_is_the_sources(pair):
    if not hasattr(gdal.Band, "GetDataCoverageStatus"):
        pytest.skip("not in these Python bindings")
    windows = list(pair.windows(4)) + [
        (0, 0, pair.plain.RasterXSize, pair.plain.RasterYSize)]
    for plain, view in pair.bands():
        for window in windows:
            assert view.GetDataCoverageStatus(*window) == \
                plain.GetDataCoverageStatus(*window)


def test_all_the_pixels_are_the_sources(pair):
    if not pair.reliable:  # any answer will do, but there must be one
        outcome(lambda dataset: dataset.ReadRaster(), pair.view)
    pair.same(lambda dataset: dataset.ReadRaster())
    for plain, view in pair.bands():
        pair.same_of(plain, view, lambda band: band.ReadRaster())


@pytest.mark.alike
@pytest.mark.parametrize("turn", [1, 3])
def test_all_the_pixels_are_the_sources_in_other_blocks(pair, turn):
    at = rasters.SHAPES.index(pair.shape) + turn
    other = rasters.view_of(pair.name, *rasters.SHAPES[at % len(rasters.SHAPES)])
    pair.same_of(pair.plain, other, lambda dataset: dataset.ReadRaster())


def test_pixels_of_random_windows_are_the_sources(pair):
    for window in pair.windows(8):
        pair.same(lambda dataset: dataset.ReadRaster(*window))
        for plain, view in pair.bands():
            pair.same_of(plain, view, lambda band: band.ReadRaster(*window))


def test_blocks_hold_the_sources_pixels(pair):
    width, height = pair.shape
    columns = -(-pair.plain.RasterXSize // width)
    rows = -(-pair.plain.RasterYSize // height)
    for plain, view in pair.bands():
        if not pair.reliable:
            continue
        column = pair.random.randrange(columns)
        row = pair.random.randrange(rows)
        w = min(width, plain.XSize - column * width)
        h = min(height, plain.YSize - row * height)
        block, error = outcome(lambda band: band.ReadBlock(column, row), view)
        expected, expected_error = outcome(lambda band: band.ReadRaster(
            column * width, row * height, w, h), plain)
        assert bool(error) == bool(expected_error)
        if not error:
            size = gdal.GetDataTypeSize(view.DataType) // 8
            lines = b"".join(
                bytes(block[line * width * size:(line * width + w) * size])
                for line in range(h))
            assert lines == bytes(expected)


@pytest.mark.alike
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_resampled_pixels_are_the_sources(pair, algorithm):
    whole = (0, 0, pair.plain.RasterXSize, pair.plain.RasterYSize)
    slow = algorithm == gdal.GRIORA_Mode
    for x, y, w, h in list(pair.windows(1)) + ([] if slow else [whole]):
        for low, high in ((0.1, 1), (1, 2)):
            size = {"buf_xsize": max(1, min(200, int(
                        w * pair.random.uniform(low, high)))),
                    "buf_ysize": max(1, min(200, int(
                        h * pair.random.uniform(low, high)))),
                    "resample_alg": algorithm}
            pair.same(lambda dataset: dataset.ReadRaster(x, y, w, h, **size))
            pair.same_of(pair.plain.GetRasterBand(1),
                         pair.view.GetRasterBand(1),
                         lambda band: band.ReadRaster(x, y, w, h, **size))


@pytest.mark.alike
@pytest.mark.parametrize("algorithm", ALGORITHMS[:4])
def test_pixels_of_floating_point_windows_are_the_sources(pair, algorithm):
    nearest = algorithm == gdal.GRIORA_NearestNeighbour
    in_lines = pair.plain.GetRasterBand(1).GetBlockSize()[1] == 1
    if GDAL >= (3, 10) and (nearest and in_lines or pair.plain.GetDriver(
            ).ShortName == "HDF5Image"):
        pytest.skip("GDAL has other pixels of the same raster in GeoTIFF")
    for x, y, w, h in list(pair.windows(1)) + [
            (0, 0, min(60, pair.plain.RasterXSize),
             min(50, pair.plain.RasterYSize))]:
        if w < 3 or h < 3:
            continue
        window = (x + 0.3, y + 0.7, w - 1.6, h - 1.9)
        for size in ((max(1, w // 2), max(1, h // 2)), (w + 3, h + 5)):
            options = {"buf_xsize": min(size[0], 200),
                       "buf_ysize": min(size[1], 200),
                       "resample_alg": algorithm}
            pair.same(lambda dataset: dataset.ReadRaster(*window, **options))
            pair.same_of(pair.plain.GetRasterBand(1),
                         pair.view.GetRasterBand(1),
                         lambda band: band.ReadRaster(*window, **options))


def test_pixels_in_other_types_are_the_sources(pair):
    window = next(pair.windows(1))
    for kind in TYPES:
        pair.same(lambda dataset: dataset.ReadRaster(*window, buf_type=kind))


@pytest.mark.alike
@pytest.mark.parametrize("layout", ["pixel", "line", "gaps", "bands_reversed"])
def test_pixels_in_other_layouts_are_the_sources(pair, layout):
    for x, y, w, h in pair.windows(2):
        count = pair.plain.RasterCount
        size = 4
        spaces = {
            "pixel": (count * size, count * size * w, size),
            "line": (size, count * size * w, size * w),
            "gaps": (size + 3, (size + 3) * w + 5, ((size + 3) * w + 5) * h),
            "bands_reversed": (size, size * w, size * w * h),
        }[layout]
        bands = list(range(1, count + 1))
        if layout == "bands_reversed":
            bands = bands[::-1] + [1]
        bytes_needed = (spaces[0] * w + spaces[1] * h +
                        spaces[2] * len(bands) + 64)

        def read(dataset):
            buffer = bytearray(b"\xa5" * bytes_needed)
            dataset.ReadRaster(
                x, y, w, h, buf_type=gdal.GDT_Float32, band_list=bands,
                buf_pixel_space=spaces[0], buf_line_space=spaces[1],
                buf_band_space=spaces[2], buf_obj=buffer)
            return buffer

        pair.same(read)


def test_mask_flags_are_the_sources(pair):
    for plain, view in everywhere(pair):
        assert view.GetMaskFlags() == plain.GetMaskFlags()
        assert view.GetMaskBand().GetMaskFlags() == \
            plain.GetMaskBand().GetMaskFlags()


def test_masks_are_the_sources(pair):
    windows = list(pair.windows(3))
    for plain, view in everywhere(pair):
        plain, view = plain.GetMaskBand(), view.GetMaskBand()
        pair.same_of(plain, view, lambda mask: mask.ReadRaster())
        third = {"buf_xsize": max(1, plain.XSize // 3),
                 "buf_ysize": max(1, plain.YSize // 3)}
        pair.same_of(plain, view, lambda mask: mask.ReadRaster(**third))
        for window in windows:
            if window[0] + window[2] <= plain.XSize and \
                    window[1] + window[3] <= plain.YSize:
                pair.same_of(plain, view,
                             lambda mask: mask.ReadRaster(*window))


def test_overviews_are_the_sources(pair):
    for plain, view in pair.bands():
        assert view.GetOverviewCount() == plain.GetOverviewCount()
        assert view.GetMaskBand().GetOverviewCount() == \
            plain.GetMaskBand().GetOverviewCount()
        for level in range(plain.GetOverviewCount()):
            pair.same_of(plain.GetOverview(level), view.GetOverview(level),
                         lambda band: band.ReadRaster())
        for level in range(plain.GetMaskBand().GetOverviewCount()):
            pair.same_of(plain.GetMaskBand().GetOverview(level),
                         view.GetMaskBand().GetOverview(level),
                         lambda band: band.ReadRaster())


def test_a_failed_read_gives_the_sources_own_message(pair):
    if not pair.reliable:
        pytest.skip("plain GDAL fails by chance here")
    plain = gdal.OpenEx(pair.name, gdal.OF_RASTER)
    view = rasters.view_of(pair.name, *pair.shape)
    for number in range(1, plain.RasterCount + 1):
        _, expected = outcome(
            lambda dataset: dataset.GetRasterBand(number).ReadRaster(), plain)
        _, found = outcome(
            lambda dataset: dataset.GetRasterBand(number).ReadRaster(), view)
        assert bool(expected) == bool(found)
        assert root_of(expected) in found


def last_of(message):
    """The last message. Later bindings add those before it to exceptions."""
    return message.split("\nMay be caused by: ")[0]


def root_of(message):
    """The cause alone: GTiff names the block and the band before it."""
    message = message and last_of(message)
    return message.split(":")[-1].split(",")[0].strip() if message else ""


def test_stored_histograms_are_the_sources(described):
    for plain, view in described.bands():
        assert view.GetDefaultHistogram(force=0) == \
            plain.GetDefaultHistogram(force=0)


def asks_its_source(dataset, band):
    """A VRT counts what its source has, also what nodata or, from GDAL 3.8 on,
    a mask of the VRT leaves out."""
    return dataset.GetDriver().ShortName == "VRT" and (
        band.GetNoDataValue() is not None or GDAL >= (3, 8) and
        band.GetMaskFlags() & gdal.GMF_ALL_VALID == 0)


def test_exact_histograms_are_the_sources(pair):
    for plain, view in pair.bands():
        if asks_its_source(pair.plain, plain):
            continue
        pair.same_of(plain, view, lambda band: band.GetHistogram(
            min=-0.5, max=255.5, buckets=64, include_out_of_range=1,
            approx_ok=0))


def test_exact_extremes_are_the_sources(pair):
    for plain, view in pair.bands():
        pair.same_of(plain, view, lambda band: repr(
            band.ComputeRasterMinMax(False)))


# This comes last: afterwards the plain raster has a file of statistics.
def test_exact_statistics_are_the_sources_and_leave_no_file(pair):
    beside = Path(pair.name.split('"')[-2] if '"' in pair.name
                  else pair.name).parent
    before = sorted(beside.iterdir()) if beside.is_dir() else []
    view = rasters.view_of(pair.name, *pair.shape)
    if not pair.reliable:
        pytest.skip("plain GDAL fails by chance here")
    found = [outcome(lambda band: band.ComputeStatistics(False),
                     view.GetRasterBand(number))
             for number in range(1, view.RasterCount + 1)]
    view = None
    assert (sorted(beside.iterdir()) if beside.is_dir() else []) == before
    plain = gdal.OpenEx(pair.name, gdal.OF_RASTER)
    expected = [outcome(lambda band: band.ComputeStatistics(False),
                        plain.GetRasterBand(number))
                for number in range(1, plain.RasterCount + 1)]
    for (ours, _), (theirs, _), number in zip(
            found, expected, range(1, plain.RasterCount + 1)):
        assert (ours is None) == (theirs is None)
        band = plain.GetRasterBand(number)
        if band.GetMaskFlags() & gdal.GMF_ALL_VALID == 0 and \
                asks_its_source(plain, band):
            continue
        # From GDAL 3.8 on masks count, and sums depend on the blocks' order.
        exact = band.DataType in (gdal.GDT_Byte, gdal.GDT_UInt16) and (
            GDAL < (3, 8) or
            band.GetMaskFlags() in (gdal.GMF_ALL_VALID, gdal.GMF_NODATA))
        if ours and exact:
            assert ours == theirs
        elif ours:
            assert ours[:2] == theirs[:2]
            assert ours == pytest.approx(
                theirs, rel=STATISTICS_TOLERANCE, nan_ok=True)


def test_a_source_with_a_missing_part_fails_each_read_with_its_message(folder):
    name = str(folder / "data" / BROKEN)
    for source in (name, "RETILE:" + name):
        dataset = gdal.Open(source)
        for _ in range(2):
            pixels, message = outcome(lambda opened: opened.ReadRaster(),
                                      dataset)
            assert pixels is None and "gone.tif" in message


@pytest.mark.parametrize("entry", REFUSED, ids=label)
def test_what_gdal_refuses_is_refused_with_its_message(entry, folder):
    name = str(folder / entry[0])
    plain, message = rasters.try_open(name)
    view, our_message = rasters.try_open("RETILE:" + name)
    assert plain is None and view is None
    assert last_of(message) in our_message
    assert our_message.startswith("RETILE: ")


@pytest.mark.parametrize("entry", BANDLESS, ids=label)
def test_a_source_without_bands_is_refused(entry, folder):
    name = str(folder / entry[0])
    view, message = rasters.try_open("RETILE:" + name)
    assert view is None
    assert name in message and "no bands" in message


def test_there_are_samples_of_each_outcome():
    assert len(OPENED) >= 30
    assert REFUSED
