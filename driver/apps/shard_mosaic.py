"""VRTs that put shards together: the raster itself, and its levels.

They keep what the source says about itself: colours, nodata and metadata decide
how levels are computed.
"""

import os
import re
from xml.sax.saxutils import escape

from osgeo import gdal

FILE = '<SourceFilename relativeToVRT="1">%s</SourceFilename>'
LEVEL = '<OpenOptions><OOI key="OVERVIEW_LEVEL">%donly</OOI></OpenOptions>'
RECT = '<%sRect xOff="0" yOff="%d" xSize="%d" ySize="%d"/>'


class Part:
    """A file, or a level of it (from 0; None: itself), and the rows that it
    shows: width and height in pixels."""

    def __init__(self, path, level, width, height):
        self.name = escape(os.path.basename(path))
        self.level = level
        self.width = width
        self.height = height

    def source(self, band, y):
        """The element for one band of the mosaic, whose row y is its first."""
        return "<SimpleSource>%s%s<SourceBand>%s</SourceBand>%s%s</SimpleSource>" % (
            FILE % self.name,
            LEVEL % self.level if self.level is not None else "", band,
            RECT % ("Src", 0, self.width, self.height),
            RECT % ("Dst", y, self.width, self.height))


def sources(parts, band):
    """The sources of one band: the parts from top to bottom."""
    y, elements = 0, []
    for part in parts:
        elements.append(part.source(band, y))
        y += part.height
    return "".join(elements)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def overviews(names, band):
    return "".join("<Overview>%s<SourceBand>%d</SourceBand></Overview>" % (
        FILE % escape(os.path.basename(name)), band) for name in names)


def resized(text, parts, dataset):
    """The VRT's text for a raster of the parts' size. A level has another
    geotransform, which nobody asks for."""
    size = parts[0].width, sum(part.height for part in parts)
    if size == (dataset.RasterXSize, dataset.RasterYSize):
        return text
    text = re.sub(r"<GeoTransform>.*?</GeoTransform>", "", text,
                  flags=re.DOTALL)
    return re.sub(r'rasterXSize="\d+" rasterYSize="\d+"',
                  'rasterXSize="%d" rasterYSize="%d"' % size, text, count=1)


def write_mosaic(path, dataset, parts, levels=()):
    """The mosaic of the parts, with everything else that dataset, the source of
    the copy, says about itself. levels: VRTs of the mosaic's overviews."""
    gdal.GetDriverByName("VRT").CreateCopy(path, dataset).FlushCache()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = resized(text, parts, dataset)
    text = re.sub(r"<(Simple|Complex)Source\b.*?</\1Source>", "", text,
                  flags=re.DOTALL)

    def fill(match):
        if "<MaskBand>" in text[:match.start()].rsplit("</MaskBand>", 1)[-1]:
            return match.group(1) + sources(parts, "mask,1") + match.group(3)
        band = int(re.search(r'band="(\d+)"', match.group(1)).group(1))
        return match.group(1) + match.group(2) + overviews(levels, band) + \
            sources(parts, band) + match.group(3)

    text = re.sub(r"(<VRTRasterBand\b[^>]*[^/]>)(.*?)(</VRTRasterBand>)", fill,
                  text, flags=re.DOTALL)
    text = re.sub(r"<VRTRasterBand\b([^>]*)/>", lambda match: fill(
        re.match(r"(<VRTRasterBand\b[^>]*[^/]>)(.*?)(</VRTRasterBand>)",
                 "<VRTRasterBand%s></VRTRasterBand>" % match.group(1))), text)
    write(path, text)
