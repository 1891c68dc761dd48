"""Views under VRTs that copies open again: GDAL opens them under a lock."""
import subprocess

import pytest
from osgeo import gdal


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_a_copy_over_nested_vrts_ends(tmp_path, layout):
    """One thread opens the inner view while another thread reads through it."""
    made = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "a.tif"), 128, 466, 1, gdal.GDT_Float32)
    made.SetGeoTransform([0, 1, 0, 466, 0, -1])
    made.GetRasterBand(1).Fill(5)
    made = None
    gdal.BuildVRT(str(tmp_path / "inner.vrt"), str(tmp_path / "a.tif"))
    gdal.BuildVRT(str(tmp_path / "outer.vrt"), str(tmp_path / "inner.vrt"),
                  resampleAlg="cubic", xRes=0.7, yRes=0.7)
    for _ in range(3):
        subprocess.run(
            ["gdal_translate", "-q", "-of", "RETILE", "-co", "NUM_THREADS=2",
             "-co", "LAYOUT=" + layout, "outer.vrt", "out.tif"],
            cwd=tmp_path, check=True, timeout=60)
