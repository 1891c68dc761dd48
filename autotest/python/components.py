"""Files that hold several images, or one that can be read in two ways. A driver
opens one of them by a name of its own and then describes it by the file's name,
or by a name in memory."""

import struct

import numpy as np
from osgeo import gdal

WIDTH, HEIGHT = 330, 270


def _thermal(first):
    """Counts that differ from pixel to pixel and begin with the bytes first."""
    counts = (np.arange(WIDTH * HEIGHT) * 37 % 65521).astype("<u2").tobytes()
    return first + counts[len(first):]


def _flir(record):
    """The records of a FLIR camera: a header of 64 bytes, one entry of the
    directory, and the raw image after 32 bytes that describe it."""
    image = struct.pack(">HHH26x", 2, WIDTH, HEIGHT) + record
    entry = struct.pack(">H10xII12x", 1, 96, len(image))
    header = b"FFF\0" + b"camera".ljust(16, b"\0")
    return header + struct.pack(">III32x", 101, 64, 1) + entry + image


def _with_segments(jpeg, data):
    """Puts data into APP1 segments behind the JPEG's first marker."""
    parts = [data[i:i + 65000] for i in range(0, len(data), 65000)]
    segments = b"".join(
        b"\xff\xe1" + struct.pack(">H", len(part) + 10) + b"FLIR\0\1"
        + bytes((i, len(parts) - 1)) + part for i, part in enumerate(parts))
    return jpeg[:2] + segments + jpeg[2:]


def thermal_jpeg(path, kind):
    """A JPEG of a FLIR camera. kind: its raw image is in "raw" counts, in
    "counts" that begin as a PNM file of the same size does, or a "png"."""
    visible = np.random.RandomState(3).randint(0, 255, (3, HEIGHT, WIDTH))
    memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 3)
    memory.WriteArray(visible)
    gdal.GetDriverByName("JPEG").CreateCopy(str(path), memory)
    if kind == "png":
        memory = gdal.GetDriverByName("MEM").Create("", WIDTH, HEIGHT, 1,
                                                    gdal.GDT_UInt16)
        memory.WriteArray(np.frombuffer(_thermal(b""), "<u2").reshape(
            HEIGHT, WIDTH))
        name = "/vsimem/components.png"
        gdal.GetDriverByName("PNG").CreateCopy(name, memory)
        file = gdal.VSIFOpenL(name, "rb")
        record = bytes(gdal.VSIFReadL(1, gdal.VSIStatL(name).size, file))
        gdal.VSIFCloseL(file)
        gdal.Unlink(name)
    else:
        record = _thermal(b"P5\n%d %d\n65535\n" % (WIDTH, HEIGHT)
                          if kind == "counts" else b"")
    path.write_bytes(_with_segments(path.read_bytes(), _flir(record)))
    return f'JPEG:"{path}":FLIR_RAW_THERMAL_IMAGE'


def _product(href):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Dimap_Document><Metadata_Identification>
<METADATA_FORMAT version="2.0">DIMAP</METADATA_FORMAT>
</Metadata_Identification><Raster_Data>
<Data_Access><Data_Files><Data_File tile_R="1" tile_C="1">
<DATA_FILE_PATH href="{href}"/></Data_File></Data_Files></Data_Access>
<Raster_Dimensions><NROWS>{HEIGHT}</NROWS><NCOLS>{WIDTH}</NCOLS>
<NBANDS>3</NBANDS></Raster_Dimensions></Raster_Data></Dimap_Document>
"""


def dimap_volume(folder, overviews=False):
    """A volume of two products of the same shape. By the volume's name the
    driver opens the first. Returns the name of the second."""
    components = ""
    for seed, title in enumerate(("first", "second")):
        image = gdal.GetDriverByName("GTiff").Create(
            str(folder / f"{title}.tif"), WIDTH, HEIGHT, 3)
        image.SetGeoTransform((1000, 2, 0, 5000, 0, -2))
        image.WriteArray(np.random.RandomState(seed).randint(
            0, 255, (3, HEIGHT, WIDTH)))
        if overviews:
            image.BuildOverviews("NEAREST", [2, 4])
        image = None
        (folder / f"{title}.xml").write_text(_product(f"{title}.tif"))
        components += f"""<Dataset_Component>
<COMPONENT_TITLE>{title} product</COMPONENT_TITLE>
<COMPONENT_TYPE>DIMAP</COMPONENT_TYPE>
<COMPONENT_PATH href="{title}.xml"/></Dataset_Component>
"""
    volume = folder / "VOL_PHR.XML"
    volume.write_text(f"""<?xml version="1.0" encoding="UTF-8"?>
<Dimap_Document><Metadata_Identification>
<METADATA_FORMAT version="2.0">DIMAP</METADATA_FORMAT>
</Metadata_Identification><Dataset_Content><Dataset_Components>
{components}</Dataset_Components></Dataset_Content></Dimap_Document>
""")
    return f'DIMAP:"{volume}":second_product'


def raw_tiff(path, photometric):
    """A TIFF that GDAL converts to RGBA. Returns the name that reads its
    samples."""
    bands = {"CMYK": 4, "CIELAB": 3}[photometric]
    image = gdal.GetDriverByName("GTiff").Create(
        str(path), WIDTH, HEIGHT, bands,
        options=["PHOTOMETRIC=" + photometric, "INTERLEAVE=PIXEL"])
    image.SetGeoTransform((1000, 2, 0, 5000, 0, -2))
    image.WriteArray(np.random.RandomState(5).randint(
        0, 255, (bands, HEIGHT, WIDTH)))
    image = None
    return f"GTIFF_RAW:{path}"
