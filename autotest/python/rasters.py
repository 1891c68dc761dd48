"""Which rasters the tests are run on, and how they are opened.

The samples of autotest/data are always there. The larger real ones are found
by RETILE_TEST_DATA, or as shared/data beside the repository's folder; without
them the tests run on the samples alone.
"""

import os
import shutil
from pathlib import Path

from osgeo import gdal

gdal.UseExceptions()

SAMPLES = Path(__file__).resolve().parent.parent / "data"
BESIDE = (".md", ".py", ".xml", ".msk", ".ovr", ".hdr", ".prj")

# Plain GDAL 3.6 fails, or not, from one read of these to the next: an
# assertion in its JPEG 2000 driver, or one corrupt tile among good ones.
# Their errors can be compared; their pixels are chance.
UNRELIABLE = {"b1_mono.j2c", "g1_colr.j2c", "g2_colr.j2c", "g3_colr.j2c",
              "p1_05.j2k"}

# Block shapes taken in turn, so that each meets each kind of file.
SHAPES = [(512, 512), (64, 300), (7, 64), (300, 1), (33, 17), (128, 64)]


def real_rasters():
    """The folder with the real rasters, or None."""
    named = os.environ.get("RETILE_TEST_DATA")
    folder = Path(named) if named else \
        SAMPLES.parent.parent.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def files():
    """All the rasters, refused ones too, as paths."""
    folders = [SAMPLES] + [folder for folder in [real_rasters()] if folder]
    return [path for folder in folders for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(BESIDE)
            and not path.name.startswith(".")]


def copy_folders(target):
    """Copies the folders of rasters to where statistics may be written."""
    for path in {path.parent for path in files()}:
        shutil.copytree(path, Path(target) / path.name,
                        copy_function=shutil.copyfile)


def try_open(name, **options):
    """The dataset and "", or None and GDAL's message."""
    try:
        return gdal.OpenEx(str(name), gdal.OF_RASTER, **options), ""
    except RuntimeError as error:
        return None, str(error)


def view_of(name, width=512, height=512):
    """The same raster through RETILE, in blocks of this size."""
    return gdal.OpenEx("RETILE:%s" % name, gdal.OF_RASTER, open_options=[
        "BLOCKXSIZE=%d" % width, "BLOCKYSIZE=%d" % height])
