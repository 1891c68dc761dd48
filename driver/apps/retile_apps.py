"""What the programs in this folder share: options, sources and plans.

A Stop is a message for the user: the program prints it and ends with 1.
"""

import json
import os
import sys
import xml.etree.ElementTree as ElementTree

from osgeo import gdal

gdal.UseExceptions()
# Warnings of GDAL are the user's business only if something fails.
gdal.PushErrorHandler("CPLQuietErrorHandler")


class Stop(Exception):
    """Something that the user has to know; nothing else is printed."""


def run(main):
    """Runs main(arguments) as a program; returns its exit status."""
    try:
        main(sys.argv[1:])
    except Stop as stop:
        print("%s: %s" % (os.path.basename(sys.argv[0]), stop),
              file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("%s: interrupted" % os.path.basename(sys.argv[0]),
              file=sys.stderr)
        return 130
    return 0


def driver():
    found = gdal.GetDriverByName("RETILE")
    if found is None:
        raise Stop("GDAL has no driver RETILE: set GDAL_DRIVER_PATH to the "
                   "folder that has gdal_RETILE.so")
    return found


def open_raster(name):
    """The dataset of that name. A Stop has GDAL's own message."""
    try:
        dataset = gdal.OpenEx(name, gdal.OF_RASTER | gdal.OF_VERBOSE_ERROR)
    except RuntimeError as error:
        raise Stop("cannot open '%s': %s" % (name, error)) from None
    if dataset.RasterCount == 0:
        raise Stop("'%s' has no bands" % name)
    return dataset


def view_of(name):
    """The raster as a view of RETILE, which tells plans and layout."""
    driver()
    return open_raster(name if name.upper().startswith("RETILE:")
                       else "RETILE:" + name)


def creation_options(given):
    """Checks a list of NAME=VALUE against those of the driver and returns it
    as a dictionary, names in capitals."""
    declared = ElementTree.fromstring(
        driver().GetMetadataItem("DMD_CREATIONOPTIONLIST"))
    known = {option.get("name").upper(): [value.text.upper() for value in option]
             for option in declared}
    options = {}
    for item in given:
        name, equals, value = item.partition("=")
        if not equals or not value:
            raise Stop("'-co %s' is not NAME=VALUE" % item)
        if name.upper() not in known:
            raise Stop("'-co %s': RETILE has no such creation option; "
                       "'gdalinfo --format RETILE' lists them" % item)
        if known[name.upper()] and value.upper() not in known[name.upper()]:
            raise Stop("'-co %s': write one of %s" %
                       (item, ", ".join(known[name.upper()])))
        options[name.upper()] = value
    return options


def as_list(options):
    return ["%s=%s" % item for item in options.items()]


def plan(name, options):
    """What a copy of the raster with these creation options would do: see
    driver/gdal/copy/plan_report.h for the keys."""
    try:
        text = view_of(name).GetMetadataItem("\n".join(as_list(options)),
                                             "RETILE_PLAN")
    except RuntimeError as error:
        raise Stop(str(error)) from None
    if text is None:
        raise Stop("this RETILE driver tells no plans: it is older than this "
                   "program")
    return json.loads(text)


def megabytes(n_bytes):
    return "%.1f MB" % (n_bytes / 1048576.0)
