"""The rasters of the tests, and how they are opened.

The samples in autotest/data always exist. RETILE_TEST_DATA names the folder of
larger real rasters; the default is shared/data next to the repository's folder.
Without them, the tests use the samples alone.
"""

import os
import shutil
from pathlib import Path

from osgeo import gdal

gdal.UseExceptions()

SAMPLES = Path(__file__).resolve().parent.parent / "data"
BESIDE = (".md", ".py", ".xml", ".msk", ".ovr", ".hdr", ".prj")

# On these, plain GDAL 3.6 fails at some reads and not at others: an assertion
# in its JPEG 2000 driver, or one corrupt tile among good ones. Their errors can
# be compared; their pixels are random.
UNRELIABLE = {"b1_mono.j2c", "g1_colr.j2c", "g2_colr.j2c", "g3_colr.j2c",
              "p1_05.j2k"}

# Block shapes, used in turn, so that each is used with each kind of file.
SHAPES = [(512, 512), (64, 300), (7, 64), (300, 1), (33, 17), (128, 64)]


def real_rasters():
    """The folder with the real rasters, or None."""
    named = os.environ.get("RETILE_TEST_DATA")
    folder = Path(named) if named else \
        SAMPLES.parent.parent.parent / "shared" / "data"
    return folder if folder.is_dir() else None


def files():
    """The paths of all rasters, including refused ones."""
    folders = [SAMPLES] + [folder for folder in [real_rasters()] if folder]
    return [path for folder in folders for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.endswith(BESIDE)
            and not path.name.startswith(".")]


def copy_folders(target):
    """Copies the folders of rasters to a place for statistics files."""
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
