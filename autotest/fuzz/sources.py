"""Makes the files of a recipe (recipes.py) in the working directory."""

import gzip
import os
import zipfile

import numpy as np
from osgeo import gdal, osr

NUMPY = {"Byte": "u1", "UInt16": "u2", "Int16": "i2", "UInt32": "u4",
         "Int32": "i4", "UInt64": "u8", "Int64": "i8", "Float32": "f4",
         "Float64": "f8", "CInt16": "c8", "CInt32": "c16", "CFloat32": "c8",
         "CFloat64": "c16", "Int8": "i1", "Float16": "f2"}  # later GDAL's
NODATA = 77
TRANSFORMS = {"north": (4e5, 10, 0, 5e6, 0, -10),
              "turned": (4e5, 10, 1, 5e6, 2, -10),
              "degrees": (2, 0.001, 0, 49, 0, -0.001)}


def values(file, number):
    """The pixels of a band: the same on every machine."""
    width, height, kind = file["width"], file["height"], file["types"][
        number - 1]
    y, x = np.mgrid[0:height, 0:width]
    noise = np.random.RandomState(file["seed"] * 16 + number)
    content = file["content"]
    if content == "slope":
        plane = (x * 3 + y * 5 + number * 40 + (x * y) % 7) % 251
    elif content == "noise":
        plane = noise.randint(0, 256, (height, width))
    elif content == "steps":
        plane = noise.randint(0, 5, (height, width)) * 10
    elif content == "flat":
        plane = np.full((height, width), 50 + number)
    else:
        plane = np.where((x // 64 + y // 64) % 2, 0, (x + y) % 200 + 1)
    if any(o.startswith("NBITS=1") and len(o) == 7
           for o in file["creation"]):
        plane = plane % 2
    plane = plane.astype("f8")
    if kind in ("Float32", "Float64"):
        plane = plane * 1.25 - 10
    if kind.startswith("C"):
        plane = plane + 1j * plane[::-1]
    plane = plane.astype(NUMPY[kind])
    if file["mask"] == "nodata":
        plane[(x + y * 3) % 11 == 0] = NODATA
    if file.get("nan") and kind in ("Float32", "Float64"):
        plane[(x * 5 + y) % 13 == 0] = np.nan
    if file.get("extreme") and kind[0] in "UI":
        plane[(x + y) % 17 == 0] = np.iinfo(NUMPY[kind]).max - 1
    if file["mask"] == "alpha" and number == len(file["types"]):
        plane = np.where((x + y) % 5 == 0, 0, 255).astype(NUMPY[kind])
    return plane


def place(dataset, how):
    if how == "none":
        return
    if how.endswith(" without system"):
        dataset.SetGeoTransform(TRANSFORMS[how.split()[0]])
        return
    system = osr.SpatialReference()
    system.ImportFromEPSG(4326 if how == "degrees" else 32631)
    if how == "gcps":
        w, h = dataset.RasterXSize, dataset.RasterYSize
        dataset.SetGCPs([gdal.GCP(4e5 + 10 * x, 5e6 - 10 * y, 0, x, y)
                         for x, y in ((0, 0), (w, 0), (0, h), (w, h))],
                        system.ExportToWkt())
        return
    dataset.SetProjection(system.ExportToWkt())
    dataset.SetGeoTransform(TRANSFORMS[how])


def attribute_table():
    table = gdal.RasterAttributeTable()
    table.CreateColumn("Value", gdal.GFT_Integer, gdal.GFU_MinMax)
    table.CreateColumn("Name", gdal.GFT_String, gdal.GFU_Name)
    table.SetRowCount(2)
    for row, name in enumerate(("water", "land")):
        table.SetValueAsInt(row, 0, row)
        table.SetValueAsString(row, 1, name)
    return table


def add_table(dataset, what):
    band = dataset.GetRasterBand(1)
    if what == "colours" and band.DataType == gdal.GDT_Byte and \
            dataset.RasterCount == 1:
        table = gdal.ColorTable()
        for i in range(256):
            table.SetColorEntry(i, (i, 255 - i, i // 2, 255))
        band.SetColorTable(table)
    elif what == "names":
        band.SetCategoryNames(["none", "water", "land"])
    elif what == "attributes":
        band.SetDefaultRAT(attribute_table())
    elif what == "scale":
        band.SetScale(2.5)
        band.SetOffset(100)
    elif what == "unit":
        band.SetUnitType("metre")
    elif what == "description":
        band.SetDescription("first band")
    elif what == "items":
        dataset.SetMetadataItem("AREA_OR_POINT", "Point")
        dataset.SetMetadataItem("MADE_BY", "a <tester> & \"quotes\"")
        band.SetMetadataItem("WAVELENGTH", "0.55")
    elif what == "domain":
        dataset.SetMetadata(["A=1", "B=2"], "MY_DOMAIN")
        dataset.SetMetadata(["<x><y>1</y></x>"], "xml:MINE")
    elif what == "statistics":
        if not gdal.DataTypeIsComplex(band.DataType):
            band.ComputeStatistics(False)
    elif what == "rpc":
        ones = " ".join(["1"] + ["0.001"] * 19)
        rpc = {name: "1" for name in (
            "LINE_OFF", "SAMP_OFF", "LAT_OFF", "LONG_OFF", "HEIGHT_OFF",
            "LINE_SCALE", "SAMP_SCALE", "LAT_SCALE", "LONG_SCALE",
            "HEIGHT_SCALE")}
        rpc.update({name: ones for name in (
            "LINE_NUM_COEFF", "LINE_DEN_COEFF", "SAMP_NUM_COEFF",
            "SAMP_DEN_COEFF")})
        dataset.SetMetadata(rpc, "RPC")


def in_memory(file):
    types = [gdal.GetDataTypeByName(kind) for kind in file["types"]]
    dataset = gdal.GetDriverByName("MEM").Create(
        "", file["width"], file["height"], 0, types[0])
    for number, kind in enumerate(types, 1):
        dataset.AddBand(kind)
        band = dataset.GetRasterBand(number)
        band.WriteArray(values(file, number))
        if file["mask"] == "nodata" and file["types"][number - 1] not in (
                "Int64", "UInt64"):
            band.SetNoDataValue(NODATA)
        elif file["mask"] == "nodata":
            # Near the limits of 64 bits, doubles cannot tell neighbours apart.
            band.SetNoDataValue(2 ** 62 + 1 if file.get("extreme")
                                else NODATA)
            if file.get("extreme"):
                plane = values(file, number)
                plane[plane == NODATA] = 2 ** 62 + 1
                band.WriteArray(plane)
    if file["mask"] == "alpha":
        dataset.GetRasterBand(len(types)).SetColorInterpretation(
            gdal.GCI_AlphaBand)
    if file["mask"] == "mask":
        dataset.CreateMaskBand(gdal.GMF_PER_DATASET)
        y, x = np.mgrid[0:file["height"], 0:file["width"]]
        dataset.GetRasterBand(1).GetMaskBand().WriteArray(
            np.where((x // 3 + y // 2) % 4 == 0, 0, 255).astype("u1"))
    place(dataset, file["place"])
    for what in file["tables"]:
        add_table(dataset, what)
    return dataset


def add_overviews(file):
    wanted = file.get("overviews")
    if not wanted:
        return
    inside = file["format"] == "GTiff" and not wanted["outside"]
    dataset = gdal.OpenEx(file["name"], gdal.OF_RASTER |
                          (gdal.OF_UPDATE if inside else 0))
    dataset.BuildOverviews(wanted["resampling"], wanted["levels"])
    dataset = None
    if not wanted["stale"]:
        return
    name = file["name"] if inside else file["name"] + ".ovr"
    if not os.path.exists(name):
        return
    dataset = gdal.OpenEx(name, gdal.OF_RASTER | gdal.OF_UPDATE)
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        levels = [band.GetOverview(i) for i in range(band.GetOverviewCount())]
        for i, level in enumerate(levels if inside else [band] + levels):
            level.Fill(99 - 10 * i)


def make_file(file):
    inside = "YES" if file.get("mask_inside", True) else "NO"
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", inside)
    made = gdal.GetDriverByName(file["format"]).CreateCopy(
        file["name"], in_memory(file), False, options=file["creation"])
    if made is None:
        raise RuntimeError("cannot make " + file["name"])
    made.FlushCache()
    made = None
    gdal.SetConfigOption("GDAL_TIFF_INTERNAL_MASK", None)
    add_overviews(file)


def text_of_function(below, function):
    dataset = gdal.Open(below)
    # All of them but "real" treat a complex type as a real one.
    sources = "".join(
        "<SimpleSource><SourceFilename relativeToVRT=\"1\">%s"
        "</SourceFilename><SourceBand>%d</SourceBand></SimpleSource>" % (
            below, 1 + i % dataset.RasterCount)
        for i in range({"real": 1, "sqrt": 1}.get(function, 2)))
    return ("<VRTDataset rasterXSize=\"%d\" rasterYSize=\"%d\">"
            "<VRTRasterBand dataType=\"Float32\" band=\"1\" "
            "subClass=\"VRTDerivedRasterBand\"><PixelFunctionType>%s"
            "</PixelFunctionType>%s</VRTRasterBand></VRTDataset>" % (
                dataset.RasterXSize, dataset.RasterYSize, function, sources))


def text_of_python(below):
    dataset = gdal.Open(below)
    return ("<VRTDataset rasterXSize=\"%d\" rasterYSize=\"%d\">"
            "<VRTRasterBand dataType=\"Float32\" band=\"1\" "
            "subClass=\"VRTDerivedRasterBand\"><PixelFunctionType>f"
            "</PixelFunctionType><PixelFunctionLanguage>Python"
            "</PixelFunctionLanguage><PixelFunctionCode>\n"
            "def f(inputs, out, *more, **named):\n"
            "    out[:] = inputs[0] + 1.0\n"
            "</PixelFunctionCode><SimpleSource><SourceFilename "
            "relativeToVRT=\"1\">%s</SourceFilename></SimpleSource>"
            "</VRTRasterBand></VRTDataset>" % (
                dataset.RasterXSize, dataset.RasterYSize, below))


def text_of_bands(below, band_text):
    dataset = gdal.Open(below)
    return "<VRTDataset rasterXSize=\"%d\" rasterYSize=\"%d\">%s" \
        "</VRTDataset>" % (dataset.RasterXSize, dataset.RasterYSize, "".join(
            "<VRTRasterBand dataType=\"%s\" band=\"%d\">%s</VRTRasterBand>" % (
                gdal.GetDataTypeName(dataset.GetRasterBand(n).DataType), n,
                band_text % (below, n))
            for n in range(1, dataset.RasterCount + 1)))


KERNEL = ("<KernelFilteredSource><SourceFilename relativeToVRT=\"1\">%s"
          "</SourceFilename><SourceBand>%d</SourceBand>"
          "<Kernel normalized=\"1\"><Size>3</Size>"
          "<Coefs>1 1 1 1 2 1 1 1 1</Coefs></Kernel></KernelFilteredSource>")
LUT = ("<ComplexSource><SourceFilename relativeToVRT=\"1\">%s"
       "</SourceFilename><SourceBand>%d</SourceBand>"
       "<LUT>0:10,100:50,255:200</LUT></ComplexSource>")


def mosaic(layer, below, name, missing):
    """The raster below and a second one, moved. If missing is true, the second
    file is gone when the mosaic is read."""
    beside = name.replace(".vrt", ".tif")
    first = gdal.Open(below)
    step = first.GetGeoTransform()
    copied = gdal.Translate(beside, first, creationOptions=["TILED=YES"])
    copied.SetGeoTransform((
        step[0] + layer["shift"][0] * step[1], step[1], step[2],
        step[3] + layer["shift"][1] * step[5], step[4], step[5]))
    copied = None
    gdal.BuildVRT(name, [below, beside], options=list(layer["words"]))
    if missing:
        for left in (beside, beside + ".aux.xml", beside + ".msk"):
            if os.path.exists(left):
                os.unlink(left)


def separate(layer, below, name):
    """Bands of different types, each from a file of its own."""
    names = []
    for i, kind in enumerate(layer["types"]):
        names.append("%s_%d.tif" % (name[:-4], i))
        gdal.Translate(names[-1], below, bandList=[1],
                       outputType=gdal.GetDataTypeByName(kind))
    gdal.BuildVRT(name, names, separate=True)


def add_layer(layer, below, name):
    """Adds the layer. Returns the name of the source on top of it."""
    what = layer["make"]
    if what == "prefix":
        return "vrt://%s?bands=%s" % (below, ",".join(
            str(b) for b in layer["bands"]))
    made = True
    if what == "translate":
        made = gdal.Translate(name, below, options=["-of", "VRT"] +
                              layer["words"])
    elif what == "warp":
        made = gdal.Warp(name, below, options=["-of", "VRT"] +
                         layer["words"])
    elif what in ("mosaic", "missing"):
        mosaic(layer, below, name, what == "missing")
    elif what == "separate":
        separate(layer, below, name)
    else:
        text = (text_of_function(below, layer["function"])
                if what == "function" else
                text_of_python(below) if what == "python" else
                text_of_bands(below, KERNEL if what == "kernel" else LUT))
        with open(name, "w") as out:
            out.write(text)
    if made is None:
        raise RuntimeError("cannot make " + name)
    return name


def wrap(name, reach):
    """Returns the name through which the file is reached."""
    if reach == "absolute":
        return os.path.abspath(name)
    if reach in ("GTIFF_RAW", "GTIFF_DIR"):
        return {"GTIFF_RAW": "GTIFF_RAW:", "GTIFF_DIR": "GTIFF_DIR:1:"}[
            reach] + name
    if reach.startswith("vsizip"):
        with zipfile.ZipFile("z.zip", "w") as packed:
            for left in sorted(os.listdir(".")):
                if left != "z.zip":
                    info = zipfile.ZipInfo(left, (2020, 1, 1, 0, 0, 0))
                    with open(left, "rb") as content:
                        packed.writestr(
                            info, content.read(),
                            zipfile.ZIP_STORED if reach.endswith("stored")
                            else zipfile.ZIP_DEFLATED)
        return "/vsizip/z.zip/" + name
    if reach == "vsigzip":
        with open(name, "rb") as content, \
                gzip.GzipFile(name + ".gz", "wb", mtime=0) as packed:
            packed.write(content.read())
        return "/vsigzip/" + name + ".gz"
    if reach == "vsisubfile":
        with open(name, "rb") as content, open("sub.bin", "wb") as out:
            bytes_ = content.read()
            out.write(b"x" * 99 + bytes_ + b"y" * 50)
        return "/vsisubfile/99_%d,sub.bin" % len(bytes_)
    return name


def spoil(name, changes):
    with open(name, "r+b") as file:
        length = os.fstat(file.fileno()).st_size
        for position, value in changes:
            file.seek(int(position * length))
            file.write(bytes([value]))


def make(recipe):
    """Returns the name of the source. Raises if GDAL cannot make it."""
    for file in recipe["files"]:
        make_file(file)
    name = recipe["files"][-1]["name"]
    if recipe.get("damage"):
        spoil(name, recipe["damage"])
    for i, layer in enumerate(recipe["layers"]):
        name = add_layer(layer, name, "l%d.vrt" % i)
    name = wrap(name, recipe["reach"])
    # GDAL may write files when it opens the source. Opening it here means that
    # they do not appear as differences.
    if gdal.OpenEx(name, gdal.OF_RASTER) is None and \
            not recipe.get("damage"):
        raise RuntimeError("cannot open " + name)
    return name
