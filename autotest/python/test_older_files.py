"""What a copy, a deletion or a renaming does to existing files: only the target
and the files that belong to a GeoTIFF of its name may change."""

import os
import shutil
import subprocess

import pytest
from osgeo import gdal

from copying import collected, copy, failures, memory, write

gdal.UseExceptions()

BESIDE = (".aux.xml", ".ovr", ".msk", ".msk.ovr", ".ovr.ovr", ".ovr.aux.xml")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


def files_of(name):
    return {os.path.basename(file)
            for file in gdal.Open(str(name)).GetFileList()}


def raster(bands=1, kind="Byte"):
    made = memory(60, 50, bands, kind)
    made.SetGeoTransform((4e5, 10, 0, 5e6, 0, -10))
    return made


def with_world_file(name, driver):
    made = raster()
    gdal.GetDriverByName(driver).CreateCopy(str(name), made,
                                            options=["WORLDFILE=YES"])


def vrt_of(name):
    folder = name.parent
    sources = [write(folder / f"{letter}.tif", "GTiff", raster())
               for letter in "ab"]
    gdal.BuildVRT(str(name), sources).FlushCache()


def warped_vrt_of(name):
    source = write(name.parent / "a.tif", "GTiff", raster())
    gdal.Warp(str(name), source, format="VRT", srcSRS="EPSG:32633",
              dstSRS="EPSG:4326").FlushCache()


def vrt_of_vrts(name):
    vrt_of(name.parent / "inner.vrt")
    gdal.BuildVRT(str(name), [str(name.parent / "inner.vrt")]).FlushCache()


def view_of(name):
    source = write(name.parent / "a.tif", "GTiff", raster())
    gdal.GetDriverByName("RETILE").CreateCopy(
        str(name), gdal.Open(source), options=["LAYOUT=DESCRIPTOR"])


def view_of_view(name):
    view_of(name.parent / "inner.retile")
    gdal.GetDriverByName("RETILE").CreateCopy(
        str(name), gdal.Open(str(name.parent / "inner.retile")),
        options=["LAYOUT=DESCRIPTOR"])


def by(driver, kind="Byte", *options):
    def make(name):
        gdal.GetDriverByName(driver).CreateCopy(
            str(name), raster(1, kind), options=list(options))
    return make


def huge_hfa(name):
    made = gdal.GetDriverByName("HFA").CreateCopy(
        str(name), raster(), options=["USE_SPILL=YES"])
    made.BuildOverviews("NEAREST", [2])


def erdas_overviews(name):
    by("GTiff")(name)
    with_config = gdal.Open(str(name))
    gdal.SetThreadLocalConfigOption("USE_RRD", "YES")
    with_config.BuildOverviews("NEAREST", [2])
    gdal.SetThreadLocalConfigOption("USE_RRD", None)


def geotiff_with_metadata(name):
    by("GTiff")(name)
    (name.parent / (name.stem + ".IMD")).write_text("version = \"R\";\nEND;\n")


OLDER = {
    "vrt": ("m.vrt", vrt_of), "vrt named tif": ("x.tif", vrt_of),
    "warped vrt": ("w.vrt", warped_vrt_of), "vrts": ("n.vrt", vrt_of_vrts),
    "view": ("v.retile", view_of), "view of view": ("v.retile", view_of_view),
    "view named tif": ("v.tif", view_of),
    "ENVI": ("e.img", by("ENVI")), "EHdr": ("f.bil", by("EHdr")),
    "HFA": ("h.img", huge_hfa), "RRD": ("r.tif", erdas_overviews),
    "AAIGrid": ("g.asc", by("AAIGrid", "Float32")),
    "JPEG": ("j.jpg", lambda name: with_world_file(name, "JPEG")),
    "PNG": ("p.png", lambda name: with_world_file(name, "PNG")),
    "NITF": ("n.ntf", by("NITF")), "XYZ": ("z.xyz", by("XYZ")),
    "GPKG": ("k.gpkg", by("GPKG")), "PCIDSK": ("c.pix", by("PCIDSK")),
    "RST": ("i.rst", by("RST", "Float32")), "ILWIS": ("l.mpr", by("ILWIS")),
    "ISIS3": ("s.lbl", by("ISIS3", "Byte", "DATA_LOCATION=EXTERNAL")),
    "PDS4": ("d.xml", by("PDS4")), "PAux": ("u.raw", by("PAux")),
    "GTiff": ("t.tif", geotiff_with_metadata),
}

OWN = {".jgw", ".wld", ".pgw", ".jpw", ".pnw"}  # named after the target


@pytest.fixture(params=OLDER)
def older(request, tmp_path):
    """The name of an older dataset of several files, in a folder with other
    files, some with similar names."""
    name, make = OLDER[request.param]
    folder = tmp_path / "to"
    folder.mkdir()
    if "view" not in request.param and "vrt" not in request.param:
        driver = gdal.GetDriverByName(request.param.replace("RRD", "GTiff"))
        if driver is None or not driver.GetMetadataItem("DCAP_CREATECOPY") and \
                not driver.GetMetadataItem("DCAP_CREATE"):
            pytest.skip("no such driver, or it only reads")
    with collected():
        make(folder / name)
    assert (folder / name).exists()
    for other in ("x.txt", name + ".txt", "other.tif.ovr", "x.ovr"):
        (folder / other).write_bytes(other.encode())
    return folder / name


def translated(source, name, layout):
    gdal.Translate(str(name), source, format="RETILE",
                   creationOptions=[f"LAYOUT={layout}"])


def created(source, name, layout):
    copy(name, source, f"LAYOUT={layout}")


def warped(source, name, layout):
    subprocess.run(["gdalwarp", "-q", "-overwrite", "-of", "RETILE", "-co",
                    f"LAYOUT={layout}", source, str(name)], check=True)


def by_rasterio(source, name, layout):
    shutil_of = pytest.importorskip("rasterio.shutil")
    shutil_of.copy(source, str(name), driver="RETILE", layout=layout)


def check_copy(way, layout, older, source):
    before = contents(older.parent)
    listed = files_of(older) if gdal.Open(
        str(older)).GetDriver().ShortName == "GTiff" else ()
    way(source, older, layout)
    after = contents(older.parent)
    assert after[older.name] != before.pop(older.name)
    owned = {older.name + suffix for suffix in BESIDE}
    owned |= {older.stem + suffix for suffix in OWN}
    owned |= {name for name in listed if name.startswith(older.stem)}
    for name, data in before.items():
        if name not in owned:
            assert after.pop(name) == data, name
        else:
            after.pop(name, None)
    assert set(after) <= {older.name, *owned}
    found = gdal.Open(str(older))
    if layout != "DESCRIPTOR":
        assert found.GetDriver().ShortName == "GTiff"
    assert found.ReadRaster() == gdal.Open(source).ReadRaster()


@pytest.mark.parametrize("way,layout", [
    (translated, "GTIFF"), (created, "COG"), (created, "DESCRIPTOR")])
def test_a_copy_deletes_no_file_of_others(way, layout, older, tmp_path):
    source = write(tmp_path / "in.tif", "GTiff", raster())
    check_copy(way, layout, older, source)


@pytest.mark.parametrize("way,layout", [
    (translated, "COG"), (created, "GTIFF"), (warped, "GTIFF"),
    (warped, "COG"), (by_rasterio, "GTIFF")])
@pytest.mark.parametrize("kind", ["vrt named tif", "view", "JPEG"])
def test_no_way_to_a_copy_deletes_files_of_others(way, layout, kind, tmp_path):
    name, make = OLDER[kind]
    source = write(tmp_path / "in.tif", "GTiff", raster())
    (tmp_path / "to").mkdir()
    make(tmp_path / "to" / name)
    check_copy(way, layout, tmp_path / "to" / name, source)


# Names of datasets that are not names of files, and whether GTiff or RETILE
# would find a file of that name again.
NO_FILES = {
    "DERIVED_SUBDATASET:LOGAMPLITUDE:a.tif": True, "GTIFF_RAW:a.tif": False,
    "GTIFF_DIR:1:a.tif": False, "RETILE:a.tif": False, "vrt://a.tif": None,
    "RETILE:vrt://a.tif": False, 'NETCDF:"a.nc":Band1': True,
    "GTIFF_DIR:off:8:a.tif": False, "GPKG:a.gpkg:a": True,
    "MEM:::DATAPOINTER=1,PIXELS=1,LINES=1": True,
    '{"type":"RETILE","version":1,"source":"a.tif"}': False,
    "<VRTDataset rasterXSize='60' rasterYSize='50'><VRTRasterBand band='1' "
    "dataType='Byte'><SimpleSource><SourceFilename>a.tif</SourceFilename>"
    "</SimpleSource></VRTRasterBand></VRTDataset>": None,
}


def translate(driver, target, *options):
    """Returns the exit code and what is printed."""
    done = subprocess.run(
        ["gdal_translate", "-q", "-of", driver, *options, "in.tif", target],
        capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@pytest.mark.parametrize("name", sorted(NO_FILES))
def test_a_name_that_is_no_files_deletes_nothing(name, layout, tmp_path,
                                                 monkeypatch):
    monkeypatch.chdir(tmp_path)
    for driver, file in (("GTiff", "a.tif"), ("netCDF", "a.nc"),
                         ("GPKG", "a.gpkg"), ("GTiff", "in.tif")):
        if gdal.GetDriverByName(driver) is not None:
            by(driver)(tmp_path / file)
    before = contents(tmp_path)
    for _ in range(2):  # the second time, there may be a file of that name
        code, told = translate("RETILE", name, "-co", f"LAYOUT={layout}")
        after = contents(tmp_path)
        after.pop(name, None)
        assert after == before
        assert (code == 0) == bool(NO_FILES[name])
        if code:
            assert len(told.strip().splitlines()) == 1
            assert "no reason" not in told
            assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", [
    'NETCDF:"a.nc":Band1', "DERIVED_SUBDATASET:LOGAMPLITUDE:a.tif"])
def test_a_link_to_what_is_no_file_deletes_nothing(name, tmp_path, monkeypatch):
    """GDAL opens what such a link says."""
    monkeypatch.chdir(tmp_path)
    for driver, file in (("GTiff", "a.tif"), ("netCDF", "a.nc"),
                         ("GTiff", "in.tif")):
        by(driver)(tmp_path / file)
    before = contents(tmp_path)
    os.symlink(name, "link.tif")
    assert translate("RETILE", "link.tif") == (0, "")
    after = contents(tmp_path)
    assert after.pop("link.tif") == after.pop(name)
    assert os.readlink("link.tif") == name
    assert after == before


def test_other_drivers_write_to_the_name_of_a_view(tmp_path, monkeypatch):
    """As to any name; there is no view that could be deleted before."""
    monkeypatch.chdir(tmp_path)
    for file in ("a.tif", "in.tif"):
        by("GTiff")(tmp_path / file)
    before = contents(tmp_path)
    for _ in range(2):
        assert translate("GTiff", "RETILE:a.tif") == (0, "")
        assert os.path.exists("RETILE:a.tif")
    after = contents(tmp_path)
    after.pop("RETILE:a.tif")
    assert after == before
    with collected() as messages:
        assert gdal.GetDriverByName("RETILE").Delete("RETILE:a.tif") != 0
    assert len(failures(messages)) == 1
    assert contents(tmp_path)["a.tif"] == before["a.tif"]


def test_what_lay_beside_the_older_file_is_not_the_new_ones(older, tmp_path):
    """Also, a source without georeferencing does not get that of the older
    file."""
    source = write(tmp_path / "in.tif", "GTiff", memory(70, 30, 1, "Byte"))
    for suffix in BESIDE:
        shutil.copy(source, str(older) + suffix)
    (older.parent / (older.name + ".aux.xml")).write_text(
        "<PAMDataset><Metadata><MDI key='OLD'>1</MDI></Metadata>"
        "</PAMDataset>")
    copy(older, source)
    for suffix in BESIDE:
        assert not os.path.exists(str(older) + suffix)
    found = gdal.Open(str(older))
    assert found.GetMetadataItem("OLD") is None
    assert found.GetRasterBand(1).GetOverviewCount() == 0
    assert found.GetRasterBand(1).GetMaskFlags() == gdal.GMF_ALL_VALID
    assert found.GetGeoTransform() == gdal.Open(source).GetGeoTransform()


def test_sources_beside_the_target_stay(tmp_path):
    """The source is the file of overviews, or the mask, of the older file."""
    name = write(tmp_path / "x.tif", "GTiff", memory(300, 280, 1, "Byte"))
    gdal.Open(name).BuildOverviews("NEAREST", [2])
    for suffix in (".ovr", ".msk"):
        if suffix == ".msk":
            shutil.copy(name + ".ovr", name + ".msk")
        before = contents(tmp_path)
        copy(name, name + suffix)
        assert contents(tmp_path)["x.tif" + suffix] == before["x.tif" + suffix]


@pytest.mark.parametrize("layout", ["GTIFF", "COG", "DESCRIPTOR"])
@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_the_source_is_no_target_by_any_name(layout, link, tmp_path):
    name = write(tmp_path / "in.tif", "GTiff", raster())
    view = str(tmp_path / "view.retile")
    gdal.GetDriverByName("RETILE").CreateCopy(view, gdal.Open(name))
    gdal.BuildVRT(str(tmp_path / "v.vrt"), [name]).FlushCache()
    link(name, str(tmp_path / "linked.tif"))
    before = contents(tmp_path)
    for source in (name, view, str(tmp_path / "v.vrt"), "RETILE:" + name):
        for target in (name, str(tmp_path / "linked.tif")):
            with collected() as messages:
                assert gdal.GetDriverByName("RETILE").CreateCopy(
                    target, gdal.Open(source),
                    options=[f"LAYOUT={layout}"]) is None
            assert len(failures(messages)) == 1, messages
            assert "write to another name" in failures(messages)[0]
            assert contents(tmp_path) == before


def test_a_geotiff_named_as_a_view_is_a_geotiff(tmp_path):
    source = write(tmp_path / "in.tif", "GTiff", raster())
    expected = gdal.Open(source).ReadRaster()
    for number, options in enumerate((
            ["LAYOUT=GTIFF"], ["LAYOUT=COG"], ["LAYOUT=GTIFF", "BIGTIFF=YES"],
            ["LAYOUT=GTIFF", "ENDIANNESS=BIG"],
            ["LAYOUT=GTIFF", "ENDIANNESS=BIG", "BIGTIFF=YES"])):
        name = str(tmp_path / f"{number}.retile")
        copy(name, source, *options)
        assert gdal.Open(name).GetDriver().ShortName == "GTiff"
        assert gdal.IdentifyDriver(name).ShortName == "GTiff"
        assert gdal.Open(name).ReadRaster() == expected
        assert gdal.Open("RETILE:" + name).ReadRaster() == expected
        gdal.GetDriverByName("RETILE").Delete(name)
        assert not os.path.exists(name)


def test_deleting_renaming_and_copying_views_leave_all_else(tmp_path):
    driver = gdal.GetDriverByName("RETILE")
    view_of(tmp_path / "one.retile")
    (tmp_path / "one.retile.aux.xml").write_text("<PAMDataset/>")
    view_of(tmp_path / "two.retile")
    (tmp_path / "two.retile.ovr").write_text("stale")
    (tmp_path / "one.retile.txt").write_text("mine")
    kept = contents(tmp_path)
    driver.CopyFiles(str(tmp_path / "two.retile"),
                     str(tmp_path / "one.retile"))
    assert contents(tmp_path) == {
        name: data for name, data in {
            **kept, "two.retile.aux.xml": b"<PAMDataset/>"}.items()
        if name != "two.retile.ovr"}
    driver.CopyFiles(str(tmp_path / "one.retile"),
                     str(tmp_path / "one.retile"))
    driver.Rename(str(tmp_path / "three.retile"), str(tmp_path / "one.retile"))
    driver.Delete(str(tmp_path / "two.retile"))
    found = contents(tmp_path)
    assert set(found) == {"a.tif", "three.retile", "three.retile.aux.xml",
                          "one.retile.txt"}
    assert found["a.tif"] == kept["a.tif"]
    assert found["three.retile.aux.xml"] == b"<PAMDataset/>"


def test_opening_through_gzip_leaves_nothing_beside_the_source(tmp_path):
    name = write(tmp_path / "in.tif", "GTiff", memory(300, 280, 1, "Byte"))
    zipped = "/vsigzip/" + str(tmp_path / "x.tif.gz")
    file = gdal.VSIFOpenL(zipped, "wb")
    gdal.VSIFWriteL(open(name, "rb").read(), 1, os.path.getsize(name), file)
    gdal.VSIFCloseL(file)
    assert gdal.Open(zipped).ReadRaster() == gdal.Open(name).ReadRaster()
    assert set(contents(tmp_path)) == {"in.tif", "x.tif.gz"}
    (tmp_path / "view.retile").write_text(
        '{"type": "RETILE", "version": 1, "source": "%s"}' % zipped)
    for options in ([], ["CACHE=NONE"], ["NUM_THREADS=3"]):
        for view in ("RETILE:" + zipped, str(tmp_path / "view.retile")):
            found = gdal.OpenEx(view, open_options=options)
            assert found.ReadRaster() == gdal.Open(name).ReadRaster()
            found = None
    copy(tmp_path / "out.tif", zipped)
    assert set(contents(tmp_path)) == {"in.tif", "x.tif.gz", "view.retile",
                                       "out.tif"}


IMD = """version = "R";
BEGIN_GROUP = IMAGE_1
\tsatId = "QB02";
\tcloudCover = 0.000;
\tfirstLineTime = 2005-01-01T10:00:00.000000Z;
END_GROUP = IMAGE_1
END;
"""
RAPIDEYE = """<re:EarthObservation xmlns:re="http://schemas.rapideye.de/products"
xmlns:gml="http://www.opengis.net/gml"><gml:using><serialIdentifier>RE-1
</serialIdentifier></gml:using></re:EarthObservation>"""
SATELLITE = {"o.IMD": IMD, "o_metadata.xml": RAPIDEYE,
             "o.pass": "satellite EROS-A1\nsweep_start_utc "
                       "2005-01-01,10:00:00.0\n"}


@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
@pytest.mark.parametrize("beside", SATELLITE)
def test_metadata_of_an_older_satellite_image_are_not_the_new_ones(
        beside, layout, tmp_path):
    source = write(tmp_path / "in.tif", "GTiff", memory(70, 30, 1, "Byte"))
    left = {}
    for way in ("RETILE", "GTiff"):
        folder = tmp_path / way
        folder.mkdir()
        write(folder / "o.tif", "GTiff", raster())
        (folder / beside).write_text(SATELLITE[beside])
        (folder / "o2.IMD").write_text(IMD)
        assert beside in files_of(folder / "o.tif")
        gdal.Translate(
            str(folder / "o.tif"), source, format=way,
            creationOptions=[f"LAYOUT={layout}"] if way == "RETILE" else [])
        left[way] = sorted(os.listdir(folder))
        made = gdal.Open(str(folder / "o.tif"))
        assert not set(made.GetMetadataDomainList() or []) & {"IMD", "IMAGERY"}
    assert left["RETILE"] == left["GTiff"] == ["o.tif", "o2.IMD"]


@pytest.mark.parametrize("rrd", ["YES", "NO"])
@pytest.mark.parametrize("layout", ["GTIFF", "COG"])
def test_overviews_of_an_older_file_are_not_the_new_ones(rrd, layout, tmp_path):
    name = str(tmp_path / "o.tif")
    for path, value in ((name, 7), (str(tmp_path / "in.tif"), 9)):
        made = gdal.GetDriverByName("GTiff").Create(path, 600, 500)
        made.GetRasterBand(1).Fill(value)
    made = None
    gdal.SetThreadLocalConfigOption("USE_RRD", rrd)
    # By a read-only handle: not into the file.
    gdal.Open(name).BuildOverviews("NEAREST", [2])
    gdal.SetThreadLocalConfigOption("USE_RRD", None)
    assert len(os.listdir(tmp_path)) == 3
    translated(str(tmp_path / "in.tif"), name, layout)
    assert sorted(os.listdir(tmp_path)) == ["in.tif", "o.tif"]
    found = gdal.Open(name).ReadAsArray(buf_xsize=100, buf_ysize=100)
    assert (found.min(), found.max()) == (9, 9)
