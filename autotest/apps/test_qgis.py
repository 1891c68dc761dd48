"""QGIS shows a view as it shows the plain raster: by prefix and descriptor."""

import os
import sys

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("XDG_RUNTIME_DIR", "/tmp")
core = pytest.importorskip("qgis.core")
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor, QImage  # noqa: E402

PLUGINS = "/usr/share/qgis/python/plugins"


@pytest.fixture(scope="module")
def qgis(tmp_path_factory):
    """The application; its profile is a folder of the test."""
    os.environ["QGIS_CUSTOM_CONFIG_PATH"] = str(
        tmp_path_factory.mktemp("profile"))
    application = core.QgsApplication([], False)
    core.QgsApplication.setPrefixPath("/usr", True)
    application.initQgis()
    yield application
    core.QgsProject.instance().clear()


def layer(name):
    found = core.QgsRasterLayer(name, "scene", "gdal")
    assert found.isValid(), name
    return found


def render(raster, extent=None, side=400):
    """The image of a map with this layer only."""
    settings = core.QgsMapSettings()
    settings.setLayers([raster])
    settings.setDestinationCrs(raster.crs())
    settings.setExtent(extent or raster.extent())
    settings.setOutputSize(QSize(side, side))
    settings.setBackgroundColor(QColor("white"))
    job = core.QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return job.renderedImage().convertToFormat(QImage.Format_RGB32)


def colours(image):
    return len({image.pixel(x, y) for x in range(0, image.width(), 7)
                for y in range(0, image.height(), 7)})


@pytest.fixture(params=["prefix", "descriptor"])
def shown(request, qgis, view, descriptor):
    return layer(view if request.param == "prefix" else descriptor)


@pytest.fixture
def plain(qgis, scene):
    return layer(scene)


def part_of(raster, share):
    """A rectangle of this share of the extent, off the centre."""
    extent = raster.extent()
    return core.QgsRectangle(
        extent.xMinimum() + 0.3 * extent.width(),
        extent.yMinimum() + 0.2 * extent.height(),
        extent.xMinimum() + (0.3 + share) * extent.width(),
        extent.yMinimum() + (0.2 + share) * extent.height())


@pytest.mark.parametrize("share", [None, 0.5, 0.1, 0.02])
def test_the_map_is_the_same(shown, plain, share):
    extent = None if share is None else part_of(plain, share)
    expected = render(plain, extent)
    assert colours(expected) > 3
    assert render(shown, extent) == expected


def test_the_map_is_the_same_in_another_projection(shown, plain):
    def warped(raster):
        crs = core.QgsCoordinateReferenceSystem("EPSG:3857")
        settings = core.QgsMapSettings()
        settings.setLayers([raster])
        settings.setDestinationCrs(crs)
        settings.setExtent(core.QgsCoordinateTransform(
            raster.crs(), crs, core.QgsProject.instance())
            .transformBoundingBox(raster.extent()))
        settings.setOutputSize(QSize(300, 300))
        job = core.QgsMapRendererSequentialJob(settings)
        job.start()
        job.waitForFinished()
        return job.renderedImage()
    assert warped(shown) == warped(plain)


def test_identify(shown, plain):
    at = part_of(plain, 0.1).center()

    def values(raster):
        return raster.dataProvider().identify(
            at, core.QgsRaster.IdentifyFormatValue).results()
    assert values(shown) == values(plain) and len(values(plain)) == 3


def test_statistics_of_all_pixels(shown, plain):
    def told(raster):
        found = raster.dataProvider().bandStatistics(
            2, core.QgsRasterBandStats.All)
        return (found.minimumValue, found.maximumValue,
                round(found.mean, 6), round(found.stdDev, 6))
    assert told(shown) == told(plain)


def test_pyramids_that_nobody_built(qgis, scene):
    def levels(raster):
        return [one.exists if hasattr(one, "exists") else one.getExists()
                for one in raster.dataProvider().buildPyramidList()]
    from osgeo import gdal
    assert not any(levels(layer(scene)))
    gdal.SetConfigOption("RETILE_OVERVIEWS", "AUTO")
    try:
        assert any(levels(layer("RETILE:" + scene)))
    finally:
        gdal.SetConfigOption("RETILE_OVERVIEWS", None)


def zones(plain):
    """Two polygons over the raster, as a layer in memory."""
    found = core.QgsVectorLayer("Polygon?crs=EPSG:32633&field=id:integer",
                                "zones", "memory")
    for number, share in ((1, 0.2), (2, 0.5)):
        feature = core.QgsFeature(found.fields())
        feature.setGeometry(core.QgsGeometry.fromRect(part_of(plain, share)))
        feature.setAttributes([number])
        found.dataProvider().addFeature(feature)
    return found


def test_zonal_statistics(shown, plain):
    analysis = pytest.importorskip("qgis.analysis")

    def told(raster):
        polygons = zones(plain)
        analysis.QgsZonalStatistics(polygons, raster, "z_", 1).calculateStatistics(
            None)
        return [feature.attributes() for feature in polygons.getFeatures()]
    assert told(shown) == told(plain) and told(plain)[0][1] > 100


@pytest.fixture(scope="module")
def processing(qgis):
    if not os.path.isdir(PLUGINS):
        pytest.skip("Processing is not installed")
    sys.path.append(PLUGINS)
    module = pytest.importorskip("processing")
    from processing.core.Processing import Processing
    Processing.initialize()
    return module


def test_processing_takes_a_view(processing, shown, plain, tmp_path):
    def told(raster):
        return processing.run("native:rasterlayerstatistics", {
            "INPUT": raster, "BAND": 1,
            "OUTPUT_HTML_FILE": str(tmp_path / "told.html")})
    one, other = told(shown), told(plain)
    for key in ("MIN", "MAX", "MEAN", "SUM"):
        assert one[key] == pytest.approx(other[key])


def test_an_export(shown, plain, tmp_path):
    from osgeo import gdal

    def exported(raster, name):
        path = str(tmp_path / name)
        pipe = core.QgsRasterPipe()
        provider = raster.dataProvider().clone()
        assert pipe.set(provider)
        writer = core.QgsRasterFileWriter(path)
        writer.setOutputFormat("GTiff")
        assert writer.writeRaster(
            pipe, raster.width(), raster.height(), raster.extent(),
            raster.crs(), core.QgsCoordinateTransformContext()) == 0
        return gdal.Open(path).ReadAsArray()
    assert (exported(shown, "one.tif") == exported(plain, "other.tif")).all()
