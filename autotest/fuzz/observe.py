"""The contents of a dataset and of a folder, as facts that can be compared.

Facts are a dictionary from a short name, such as "band 2 mask flags", to plain
values; pixels are Pixels.
"""

import hashlib
import os
from collections import namedtuple

from osgeo import gdal

# type: GDAL's name; data: bytes, or None if the read failed.
Pixels = namedtuple("Pixels", "type width height data")

# Domains that may differ by design, and those that GDAL derives itself.
OWN_DOMAINS = {"RETILE", "RETILE_STATS", "RETILE_CHIPS",
               "DERIVED_SUBDATASETS", "TIFF"}
KEPT_STRUCTURE = ("INTERLEAVE", "NBITS", "PIXELTYPE")


def pixels_of(band, window=None, size=None, kind=None, method=None):
    x, y, width, height = window or (0, 0, band.XSize, band.YSize)
    across, down = size or (width, height)
    kind = kind or gdal.GetDataTypeName(band.DataType)
    data = band.ReadRaster(x, y, width, height, across, down,
                           gdal.GetDataTypeByName(kind),
                           resample_alg=method or gdal.GRIORA_NearestNeighbour)
    return Pixels(kind, across, down, None if data is None else bytes(data))


def all_bands(dataset, window=None, size=None, kind=None, method=None):
    x, y, width, height = window or (0, 0, dataset.RasterXSize,
                                     dataset.RasterYSize)
    across, down = size or (width, height)
    kind = kind or gdal.GetDataTypeName(dataset.GetRasterBand(1).DataType)
    data = dataset.ReadRaster(
        x, y, width, height, across, down, gdal.GetDataTypeByName(kind),
        resample_alg=method or gdal.GRIORA_NearestNeighbour)
    return Pixels(kind, across, down * dataset.RasterCount,
                  None if data is None else bytes(data))


def metadata(thing, view):
    told = {}
    for domain in sorted(set(thing.GetMetadataDomainList() or []) | {""}):
        if domain in OWN_DOMAINS or domain.startswith("COLOR_PROFILE"):
            continue
        items = (thing.GetMetadata_List(domain) if domain.startswith(
            ("xml:", "json:")) else thing.GetMetadata_Dict(domain)) or {}
        if domain == "IMAGE_STRUCTURE" and view:
            items = {key: value for key, value in items.items()
                     if key in KEPT_STRUCTURE}
        if domain == "SUBDATASETS":
            items = {key: value for key, value in items.items()
                     if not key.endswith("_NAME")}
        if items:
            told[domain] = sorted(items.items()) if isinstance(
                items, dict) else list(items)
    return told


def reference(dataset):
    system = dataset.GetSpatialRef()
    gcps = dataset.GetGCPSpatialRef()
    return {
        "geotransform": dataset.GetGeoTransform(can_return_null=True),
        "system": system and (system.ExportToWkt(),
                              tuple(system.GetDataAxisToSRSAxisMapping()),
                              system.GetCoordinateEpoch()),
        "control points": [(p.Id, p.Info, p.GCPPixel, p.GCPLine, p.GCPX,
                            p.GCPY, p.GCPZ) for p in dataset.GetGCPs()],
        "system of points": gcps and gcps.ExportToWkt()}


def table_facts(band):
    colours = band.GetColorTable()
    table = band.GetDefaultRAT()
    return {
        "colour table": colours and [colours.GetColorEntry(i) for i in
                                     range(colours.GetCount())],
        "attribute table": table and [
            [table.GetNameOfCol(c), table.GetTypeOfCol(c),
             table.GetUsageOfCol(c)] +
            [table.GetValueAsString(r, c) for r in range(table.GetRowCount())]
            for c in range(table.GetColumnCount())]}


def band_facts(band, view):
    facts = {
        "type": gdal.GetDataTypeName(band.DataType),
        "size": (band.XSize, band.YSize),
        "nodata": repr(band.GetNoDataValue()),
        "interpretation": gdal.GetColorInterpretationName(
            band.GetColorInterpretation()),
        "categories": band.GetCategoryNames(), "unit": band.GetUnitType(),
        "scale": (band.GetScale() or 1.0, band.GetOffset() or 0.0),
        "description": band.GetDescription(),
        "mask flags": band.GetMaskFlags(),
        "overviews": [(band.GetOverview(i).XSize, band.GetOverview(i).YSize)
                      if band.GetOverview(i) else None
                      for i in range(band.GetOverviewCount())],
        "metadata": metadata(band, view)}
    if not view:
        facts["blocks"] = tuple(band.GetBlockSize())
    facts.update(table_facts(band))
    return facts


def spread(facts, prefix, more):
    for key, value in more.items():
        facts["%s %s" % (prefix, key)] = value


def level_facts(facts, name, level, view):
    """An overview of a band."""
    if level is None:
        return
    facts[name + " pixels"] = pixels_of(level)
    facts[name + " mask flags"] = level.GetMaskFlags()
    facts[name + " mask"] = pixels_of(level.GetMaskBand())
    facts[name + " type"] = gdal.GetDataTypeName(level.DataType)
    facts[name + " nodata"] = repr(level.GetNoDataValue())
    if not view:
        facts[name + " blocks"] = tuple(level.GetBlockSize())
    beside = level.GetDataset()
    if beside is not None:
        facts[name + " geotransform"] = beside.GetGeoTransform(
            can_return_null=True)


def dataset_facts(dataset, view=False, pixels=True, described=True):
    """view: leave out what a view may show differently from its source.
    described: include metadata, tables and so on."""
    facts = {"size": (dataset.RasterXSize, dataset.RasterYSize),
             "bands": dataset.RasterCount}
    if described:
        spread(facts, "reference", reference(dataset))
        spread(facts, "metadata", metadata(dataset, view))
    for number in range(1, dataset.RasterCount + 1):
        band = dataset.GetRasterBand(number)
        name = "band %d" % number
        told = band_facts(band, view)
        if not described:
            told = {key: told[key] for key in ("type", "size", "mask flags",
                                               "overviews")}
        spread(facts, name, told)
        if not pixels:
            continue
        facts[name + " pixels"] = pixels_of(band)
        mask = band.GetMaskBand()
        facts[name + " mask"] = pixels_of(mask)
        facts[name + " mask overviews"] = mask.GetOverviewCount()
        for i in range(min(band.GetOverviewCount(), 6)):
            level_facts(facts, "%s overview %d" % (name, i),
                        band.GetOverview(i), view)
    return facts


def file_facts(name, **choice):
    """The facts of the dataset of that name; None if it does not open."""
    dataset = gdal.OpenEx(name, gdal.OF_RASTER)
    return None if dataset is None else dataset_facts(dataset, **choice)


def folder_facts(folder):
    """{relative path: a hash of its content, or "folder"}."""
    facts = {}
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for left in sorted(folders):
            facts[os.path.relpath(os.path.join(parent, left), folder)] = \
                "folder"
        for left in sorted(files):
            path = os.path.join(parent, left)
            with open(path, "rb") as content:
                facts[os.path.relpath(path, folder)] = hashlib.sha1(
                    content.read()).hexdigest()
    return facts
