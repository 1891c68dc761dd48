"""Reads windows of a raster through RETILE, and shows how much was decoded.

    python3 windows.py SCENE
"""

import random
import sys

from osgeo import gdal

gdal.UseExceptions()
view = gdal.Open("RETILE:" + sys.argv[1])
width, height = min(512, view.RasterXSize), min(512, view.RasterYSize)
for _ in range(50):
    view.ReadAsArray(random.randint(0, view.RasterXSize - width),
                     random.randint(0, view.RasterYSize - height),
                     width, height)
for name, value in view.GetMetadata("RETILE_STATS").items():
    print("%-24s %s" % (name, value))
