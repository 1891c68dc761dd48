#!/usr/bin/python3
"""Makes the small rasters beside this script, each for one trait or fault.

    make_samples.py [OUTDIR]

Same bytes on every run with the same GDAL. None is larger than 15 kB. What
each is for stands in its function, or in the table of plain ones.
"""

import math
import os
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()

MAX_BYTES = 15000

# name, driver, width, height, bands, type, creation options
PLAIN = [
    ("one_pixel.tif", "GTiff", 1, 1, 1, "UInt16", []),
    ("one_column.tif", "GTiff", 1, 301, 2, "Byte", ["COMPRESS=DEFLATE"]),
    ("one_row.tif", "GTiff", 301, 1, 1, "Float64", ["COMPRESS=DEFLATE"]),
    ("row_strips.tif", "GTiff", 57, 43, 3, "Byte", ["BLOCKYSIZE=1"]),
    ("tall_strips.tif", "GTiff", 31, 97, 1, "Int16", ["BLOCKYSIZE=60"]),
    ("separate_tiles.tif", "GTiff", 50, 37, 3, "Byte",
     ["TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=32", "INTERLEAVE=BAND",
      "COMPRESS=LZW"]),
    ("pixel_tiles.tif", "GTiff", 50, 37, 4, "UInt16",
     ["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16", "COMPRESS=DEFLATE",
      "PHOTOMETRIC=RGB", "ALPHA=YES"]),
    ("signed_bytes.tif", "GTiff", 40, 30, 1, "Byte", ["PIXELTYPE=SIGNEDBYTE"]),
    ("twelve_bits.tif", "GTiff", 40, 30, 1, "UInt16", ["NBITS=12"]),
    ("complex_int16.tif", "GTiff", 33, 21, 1, "CInt16", []),
    ("complex_float64.tif", "GTiff", 23, 21, 1, "CFloat64", []),
    ("ycbcr.tif", "GTiff", 64, 48, 3, "Byte",
     ["COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "TILED=YES", "BLOCKXSIZE=16",
      "BLOCKYSIZE=16"]),
    ("grey.png", "PNG", 61, 47, 1, "Byte", []),
    ("rgba.png", "PNG", 61, 47, 4, "Byte", []),
    ("rgb.jpg", "JPEG", 61, 47, 3, "Byte", []),
    ("one_tile.jp2", "JP2OpenJPEG", 90, 70, 3, "Byte", []),
    ("lines.envi", "ENVI", 37, 29, 3, "Int32", ["INTERLEAVE=BIL"]),
    ("heights.asc", "AAIGrid", 19, 17, 1, "Float32", []),
    ("pieces.img", "HFA", 30, 30, 1, "UInt32", ["COMPRESSED=YES"]),
]


def pixels(width, height, band, kind):
    """A slope with some noise: no two lines and no two bands are the same."""
    y, x = np.mgrid[0:height, 0:width]
    values = (x * 3 + y * 5 + band * 40 + (x * y) % 7) % 251
    if kind.startswith("CInt") or kind.startswith("CFloat"):
        return (values + 1j * (values[::-1] - 100)).astype(np.complex128)
    return values


def memory(width, height, bands, kind, placed=True):
    dataset = gdal.GetDriverByName("MEM").Create(
        "", width, height, bands, gdal.GetDataTypeByName(kind))
    for band in range(1, bands + 1):
        dataset.GetRasterBand(band).WriteArray(
            pixels(width, height, band, kind))
    if placed:
        srs = osr.SpatialReference()
        srs.ImportFromEPSG(32632)
        dataset.SetSpatialRef(srs)
        dataset.SetGeoTransform((400000, 10, 0, 5000000, 0, -10))
    return dataset


def write(name, driver, dataset, options=()):
    gdal.GetDriverByName(driver).CreateCopy(
        name, dataset, options=list(options)).FlushCache()


def plain():
    for name, driver, width, height, bands, kind, options in PLAIN:
        write(name, driver, memory(width, height, bands, kind), options)


def nodata():
    """Nodata that is NaN, that a double cannot hold, that bands differ in."""
    dataset = memory(41, 33, 1, "Float32")
    values = dataset.ReadAsArray()
    values[5:12, 7:30] = math.nan
    dataset.GetRasterBand(1).WriteArray(values)
    dataset.GetRasterBand(1).SetNoDataValue(math.nan)
    write("nodata_nan.tif", "GTiff", dataset)

    for kind, value in (("Int64", -9007199254740993),
                        ("UInt64", 18446744073709551615)):
        dataset = memory(29, 23, 1, kind)
        values = dataset.ReadAsArray()
        values[3:9, 4:11] = value
        dataset.GetRasterBand(1).WriteArray(values)
        dataset.GetRasterBand(1).SetNoDataValue(value)
        write("nodata_%s.tif" % kind.lower(), "GTiff", dataset,
              ["COMPRESS=DEFLATE"])

    write("nodata_per_band.vrt", "VRT", gdal.Open("row_strips.tif"))
    dataset = gdal.Open("nodata_per_band.vrt", gdal.GA_Update)
    dataset.GetRasterBand(1).SetNoDataValue(50)
    dataset.GetRasterBand(2).SetNoDataValue(60)
    dataset = None


def masks():
    """A mask inside, one beside, one with overviews, one per band in a VRT."""
    for name, internal in (("mask_inside.tif", "YES"), ("mask_beside.tif", "NO")):
        write(name, "GTiff", memory(48, 40, 2, "Byte"))
        with_config({"GDAL_TIFF_INTERNAL_MASK": internal}, add_mask, name)
    with_config({"COMPRESS_OVERVIEW": "DEFLATE"}, lambda name: gdal.Open(
        name, gdal.GA_Update).BuildOverviews("AVERAGE", [2, 4]),
        "mask_inside.tif")
    with open("mask_of_vrt.vrt", "w", encoding="ascii") as file:
        file.write("""<VRTDataset rasterXSize="57" rasterYSize="43">
  <VRTRasterBand dataType="Byte" band="1">
    <SimpleSource>
      <SourceFilename relativeToVRT="1">row_strips.tif</SourceFilename>
      <SourceBand>1</SourceBand>
    </SimpleSource>
    <MaskBand>
      <VRTRasterBand dataType="Byte">
        <SimpleSource>
          <SourceFilename relativeToVRT="1">row_strips.tif</SourceFilename>
          <SourceBand>3</SourceBand>
        </SimpleSource>
      </VRTRasterBand>
    </MaskBand>
  </VRTRasterBand>
</VRTDataset>
""")


def add_mask(name):
    dataset = gdal.Open(name, gdal.GA_Update)
    dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
    mask = np.where(pixels(48, 40, 1, "Byte") % 5 == 0, 0, 255)
    dataset.GetRasterBand(1).GetMaskBand().WriteArray(mask)
    dataset = None


def with_config(options, function, *arguments):
    for key, value in options.items():
        gdal.SetConfigOption(key, value)
    function(*arguments)
    for key in options:
        gdal.SetConfigOption(key, None)


def overviews():
    """Levels inside and beside; odd sizes, so that they do not divide."""
    for name, how in (("levels_inside.tif", gdal.GA_Update),
                      ("levels_beside.tif", gdal.GA_ReadOnly)):
        write(name, "GTiff", memory(65, 51, 1, "Byte"), ["COMPRESS=DEFLATE"])
        with_config({"COMPRESS_OVERVIEW": "DEFLATE"},
                    gdal.Open(name, how).BuildOverviews, "NEAREST", [2, 4])


def descriptive():
    """All that a band or a dataset can say of itself."""
    dataset = memory(40, 30, 2, "Byte")
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(9000)
    srs.SetCoordinateEpoch(2021.5)
    dataset.SetSpatialRef(srs)
    dataset.SetGeoTransform((10, 0.01, 0.001, 50, 0.002, -0.01))
    dataset.SetMetadata({"TITLE": "all of it", "NAME": "a=b"})
    dataset.SetMetadata({"INNER": "1"}, "OWN_DOMAIN")
    dataset.SetMetadata(["<root><leaf>1</leaf></root>"], "xml:OWN")
    dataset.SetMetadata({
        "LINE_OFF": "15", "SAMP_OFF": "20", "LAT_OFF": "50", "LONG_OFF": "10",
        "HEIGHT_OFF": "0", "LINE_SCALE": "15", "SAMP_SCALE": "20",
        "LAT_SCALE": "1", "LONG_SCALE": "1", "HEIGHT_SCALE": "500",
        "LINE_NUM_COEFF": " ".join(["1"] + ["0"] * 19),
        "LINE_DEN_COEFF": " ".join(["1"] + ["0"] * 19),
        "SAMP_NUM_COEFF": " ".join(["1"] + ["0"] * 19),
        "SAMP_DEN_COEFF": " ".join(["1"] + ["0"] * 19)}, "RPC")
    for number in (1, 2):
        band = dataset.GetRasterBand(number)
        band.SetDescription("band number %d" % number)
        band.SetUnitType("m")
        band.SetScale(0.5 * number)
        band.SetOffset(-3.25 * number)
        band.SetMetadata({"WAVELENGTH": str(400 + number)})
        band.SetMetadata({"KEY": "VALUE"}, "BAND_DOMAIN")
    dataset.GetRasterBand(1).SetStatistics(1, 2, 1.5, 0.25)
    write("descriptive.tif", "GTiff", dataset)
    write("histogram.vrt", "VRT", gdal.Open("descriptive.tif"))
    view = gdal.Open("histogram.vrt", gdal.GA_Update)
    view.GetRasterBand(2).SetDefaultHistogram(-0.5, 255.5, list(range(16)))
    view.GetRasterBand(2).SetCategoryNames(["sea", "land", "ice"])
    view = None

    dataset = memory(36, 28, 1, "Byte")
    band = dataset.GetRasterBand(1)
    table = gdal.ColorTable()
    for index in range(256):
        table.SetColorEntry(index, (index, 255 - index, index // 2, 255))
    band.SetColorTable(table)
    band.SetColorInterpretation(gdal.GCI_PaletteIndex)
    write("palette.tif", "GTiff", dataset, ["COMPRESS=DEFLATE"])
    write("attributes.img", "HFA", memory(36, 28, 1, "Byte"))
    attributes = gdal.RasterAttributeTable()
    attributes.CreateColumn("Value", gdal.GFT_Integer, gdal.GFU_MinMax)
    attributes.CreateColumn("Share", gdal.GFT_Real, gdal.GFU_Generic)
    attributes.CreateColumn("Name", gdal.GFT_String, gdal.GFU_Name)
    attributes.SetRowCount(3)
    for row, name in enumerate(("sea", "land", "ice")):
        attributes.SetValueAsInt(row, 0, row)
        attributes.SetValueAsDouble(row, 1, row / 4)
        attributes.SetValueAsString(row, 2, name)
    view = gdal.Open("attributes.img", gdal.GA_Update)
    view.GetRasterBand(1).SetDefaultRAT(attributes)
    view = None


def placed():
    """Latitude first, by control points, by nothing."""
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    dataset = memory(30, 20, 1, "Byte", placed=False)
    dataset.SetSpatialRef(srs)
    dataset.SetGeoTransform((10, 0.1, 0, 50, 0, -0.1))
    write("latitude_first.tif", "GTiff", dataset)

    dataset = memory(30, 20, 1, "Byte", placed=False)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    dataset.SetGCPs([gdal.GCP(10 + x / 10, 50 - y / 10, 7.5, x, y, "note",
                              "%d-%d" % (x, y))
                     for x, y in ((0, 0), (30, 0), (30, 20), (0, 20))], srs)
    write("control_points.tif", "GTiff", dataset)
    write("control_points.vrt", "VRT", gdal.Open("control_points.tif"))
    write("nowhere.tif", "GTiff", memory(30, 20, 1, "Byte", placed=False))


def storage():
    """Blocks that are missing, and several pages in one file."""
    dataset = gdal.GetDriverByName("GTiff").Create(
        "sparse.tif", 160, 128, 1, gdal.GDT_Byte,
        ["TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "SPARSE_OK=TRUE"])
    dataset.GetRasterBand(1).WriteArray(
        pixels(64, 64, 1, "Byte"), 64, 0)
    dataset = None
    write("pages.tif", "GTiff", memory(30, 20, 1, "Byte"))
    write("pages.tif", "GTiff", memory(15, 10, 1, "Int16"),
          ["APPEND_SUBDATASET=YES"])


def faults():
    """A strip that is cut off, a page that is not there, and no raster."""
    write("truncated_strips.tif", "GTiff", memory(64, 64, 1, "Byte"),
          ["BLOCKYSIZE=8"])
    with open("truncated_strips.tif", "r+b") as file:
        file.truncate(os.path.getsize("truncated_strips.tif") - 1000)
    write("truncated_ifd.tif", "GTiff", memory(16, 16, 1, "Byte"))
    with open("truncated_ifd.tif", "r+b") as file:
        file.truncate(20)
    with open("no_raster.tif", "w", encoding="ascii") as file:
        file.write("This is a letter and not a picture.\n" * 20)
    with open("source_missing.vrt", "w", encoding="ascii") as file:
        file.write('<VRTDataset rasterXSize="8" rasterYSize="8">'
                   '<VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
                   '<SourceFilename relativeToVRT="1">gone.tif'
                   '</SourceFilename></SimpleSource></VRTRasterBand>'
                   '</VRTDataset>\n')
    with open("no_bands.vrt", "w", encoding="ascii") as file:
        file.write('<VRTDataset rasterXSize="8" rasterYSize="8">'
                   '</VRTDataset>\n')  # GDAL itself refuses this one


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(
        os.path.abspath(__file__))
    os.chdir(folder)
    for step in (plain, nodata, masks, overviews, descriptive, placed, storage,
                 faults):
        step()
    for name in sorted(os.listdir(".")):
        if name.endswith(".aux.xml"):
            os.remove(name)
        elif os.path.getsize(name) > MAX_BYTES and not name.endswith(".py"):
            sys.exit("%s is larger than %d bytes" % (name, MAX_BYTES))


main()
