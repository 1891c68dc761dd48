"""Seeds for the fuzz targets: small files of each kind.

    make_corpus.py FOLDER

FOLDER/NAME is for fuzz_NAME. This script makes files with GDAL's drivers; the
others come from autotest/data.
"""
import itertools
import os
import shutil
import sys

import numpy
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler("CPLQuietErrorHandler")
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")


def picture(bands, type_=gdal.GDT_Byte, width=90, height=70):
    dataset = gdal.GetDriverByName("MEM").Create("", width, height, bands,
                                                 type_)
    y, x = numpy.mgrid[0:height, 0:width]
    for i in range(bands):
        dataset.GetRasterBand(i + 1).WriteArray(
            (x * (i + 2) + y * 3 + (x * y) % 17) % 251)
    return dataset


def write(driver, path, dataset, options):
    gdal.GetDriverByName(driver).CreateCopy(path, dataset, options=options)


def jpeg_2000(folder):
    tiles = ["BLOCKXSIZE=32", "BLOCKYSIZE=32"]
    parts = ["TILEPARTS=RESOLUTIONS", "RESOLUTIONS=3"]
    makes = [("one", 1, []), ("rgb", 3, ["REVERSIBLE=YES", "QUALITY=100"]),
             ("tiles", 1, tiles), ("parts", 1, tiles + parts),
             ("codestream", 3, tiles + ["CODEC=J2K"]),
             ("lengths", 1, tiles + parts + ["TLM=YES", "PLT=YES"]),
             ("ycc", 3, ["YCBCR420=YES", "RESOLUTIONS=2"]),
             ("alpha", 2, ["1BIT_ALPHA=YES"]),
             ("precincts", 1, ["PRECINCTS={64,64},{32,32}"])]
    for name, bands, options in makes:
        write("JP2OpenJPEG", os.path.join(folder, name), picture(bands),
              options)
    for name, type_ in (("bits12", gdal.GDT_UInt16), ("signed",
                                                      gdal.GDT_Int16)):
        write("JP2OpenJPEG", os.path.join(folder, name), picture(1, type_),
              tiles + ["NBITS=12"] if name == "bits12" else tiles)
    shutil.copy(os.path.join(DATA, "one_tile.jp2"), folder)


def tiffs(folder):
    layouts = [["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32"], []]
    codecs = ["NONE", "DEFLATE", "LZW", "PACKBITS", "ZSTD", "LERC", "JPEG"]
    for (i, layout), codec in itertools.product(enumerate(layouts), codecs):
        write("GTiff", os.path.join(folder, f"{codec}{i}"), picture(3),
              layout + ["COMPRESS=" + codec,
                        "INTERLEAVE=" + ("BAND" if i else "PIXEL")])
    write("GTiff", os.path.join(folder, "big"), picture(1, gdal.GDT_Float32),
          layouts[0] + ["BIGTIFF=YES", "PREDICTOR=3", "COMPRESS=DEFLATE",
                        "ENDIANNESS=BIG"])
    write("GTiff", os.path.join(folder, "bits"), picture(1, gdal.GDT_UInt16),
          layouts[0] + ["NBITS=12"])
    for name in os.listdir(DATA):
        if name.endswith(".tif"):
            shutil.copy(os.path.join(DATA, name), folder)


def vrts(folder):
    source = os.path.join(DATA, "pixel_tiles.tif")
    for name, options in (("window", "-srcwin 3 4 20 20"),
                          ("scaled", "-scale 0 100 0 255.5 -ot Float32"),
                          ("larger", "-outsize 200% 200% -r cubic"),
                          ("mask", "-mask 1")):
        gdal.Translate(os.path.join(folder, name), source,
                       options="-of VRT " + options)
    gdal.Warp(os.path.join(folder, "warped"), source,
              options="-of VRT -s_srs EPSG:32633 -t_srs EPSG:32633")
    gdal.BuildVRT(os.path.join(folder, "mosaic"), [source, source])
    for name in os.listdir(DATA):
        if name.endswith(".vrt"):
            shutil.copy(os.path.join(DATA, name), folder)


def descriptors(folder):
    head = '{"type": "RETILE", "version": 1, "source": '
    texts = ['"a.tif"}', '"/vsizip/a.zip/b.tif", "options": {}}',
             '"NETCDF:\\"f.nc\\":v", "source_open_options": {"A": "1"}}',
             '"RETILE:b.retile", "options": {"BLOCKXSIZE": 1024, '
             '"PAD_EDGES": true, "PAD_VALUE": -1.5, "CACHE": "PRIVATE"}}',
             '"\\u00e4.tif", "options": {"FOCAL": "slope -compute_edges"}}']
    for i, text in enumerate([head + text for text in texts] +
                             ["RETILE:RETILE:a.tif"]):
        with open(os.path.join(folder, f"text{i}"), "w") as file:
            file.write(text)


def main():
    for names, make in ((("jp2_index", "jp2_source"), jpeg_2000),
                        (("tiff_tags",), tiffs), (("vrt",), vrts),
                        (("descriptor",), descriptors)):
        for name in names:
            folder = os.path.join(sys.argv[1], name)
            os.makedirs(folder, exist_ok=True)
            make(folder)
            for made in os.listdir(folder):
                if made.endswith((".aux.xml", ".msk")):
                    os.remove(os.path.join(folder, made))


main()
