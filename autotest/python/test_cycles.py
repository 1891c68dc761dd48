"""Views that lead back to themselves end with an error: none waits for itself,
none goes on until the stack is full."""

import json
import subprocess
import sys
import textwrap

import numpy
import pytest
from osgeo import gdal

gdal.UseExceptions()

CHILD_SECONDS = 120


def in_child(folder, program):
    """Runs a program that has the variable `folder`. Returns what it prints."""
    head = f"""
        import threading
        from osgeo import gdal
        gdal.UseExceptions()
        folder = {str(folder)!r}

        def attempt(call):
            try:
                result = call()
                return "None" if result is None else "done"
            except RuntimeError as error:
                return str(error)
        """
    text = textwrap.dedent(head) + textwrap.dedent(program)
    return subprocess.run([sys.executable, "-c", text], capture_output=True,
                          text=True, timeout=CHILD_SECONDS, check=True).stdout


def write_view(folder, name, source, **options):
    (folder / name).write_text(json.dumps({
        "type": "RETILE", "version": 1, "source": source, "options": options}))


def write_vrt(folder, name, source):
    """A VRT that opens its source when it is read."""
    (folder / name).write_text(
        "<VRTDataset rasterXSize='700' rasterYSize='600'>"
        "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
        f"<SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand>"
        "<SourceProperties RasterXSize='700' RasterYSize='600' DataType='Byte' "
        "BlockXSize='128' BlockYSize='128'/>"
        "</SimpleSource></VRTRasterBand></VRTDataset>")


BY_WAY_OF = {
    "prefix": "RETILE:{folder}/{name}",
    "vrt": "vrt://{folder}/{name}",
    "vrt with bands": "vrt://{folder}/{name}?bands=1",
    "subfile": "/vsisubfile/0_-1,{folder}/{name}",
    "vrt of a prefix": "vrt://RETILE:{folder}/{name}",
    "another way of writing it": "vrt://{folder}/../{last}/{name}",
    "a view of it": "RETILE:vrt://{folder}/{name}",
}


@pytest.mark.parametrize("cache", ["SHARED", "NONE"])
@pytest.mark.parametrize("way", sorted(BY_WAY_OF))
def test_a_view_that_reads_from_itself(tmp_path, way, cache):
    source = BY_WAY_OF[way].format(folder=tmp_path, last=tmp_path.name,
                                   name="a.retile")
    write_vrt(tmp_path, "a.vrt", source)
    write_view(tmp_path, "a.retile", "a.vrt", CACHE=cache)
    out = in_child(tmp_path, """
        def read():
            view = gdal.Open(folder + "/a.retile")
            return view.ReadAsArray(0, 0, 300, 300)
        for _ in range(3):
            print(attempt(read))
        """)
    # GDAL's own check for a VRT inside itself may come first. It gives no
    # reason.
    assert len(out.splitlines()) == 3
    for line in out.splitlines():
        assert "refers to itself" in line or "cannot be read" in line


def write_tail(path, source, whole):
    """A VRT with scene.tif on the left, and as much of source, which may be
    the VRT itself, as there is room for right of it; or all of source."""
    def piece(name, width, at):
        return (f"<SimpleSource><SourceFilename relativeToVRT='1'>{name}"
                "</SourceFilename><SourceBand>1</SourceBand>"
                f"<SrcRect xOff='0' yOff='0' xSize='{width}' ySize='600'/>"
                f"<DstRect xOff='{at}' yOff='0' xSize='{width}' ySize='600'/>"
                "</SimpleSource>")
    pieces = piece(source, 700, 0) if whole else \
        piece("scene.tif", 234, 0) + piece(source, 466, 234)
    path.write_text(
        "<VRTDataset rasterXSize='700' rasterYSize='600'>"
        f"<VRTRasterBand dataType='Byte' band='1'>{pieces}</VRTRasterBand>"
        "</VRTDataset>")


@pytest.mark.parametrize("first, second", [
    ("a.vrt", None), ("b.vrt", "a.vrt"), ("vrt://a.vrt", None)])
def test_a_vrt_that_shows_a_part_of_itself_elsewhere(tmp_path, monkeypatch,
                                                     first, second):
    """GDAL's copy to GTiff reads its pixels; its COG driver cannot, because it
    reads by bands and not by datasets."""
    monkeypatch.chdir(tmp_path)
    rows, columns = numpy.mgrid[0:600, 0:700]
    dataset = gdal.GetDriverByName("GTiff").Create("scene.tif", 700, 600)
    dataset.WriteArray((rows * 7 + columns * 3) % 251)
    dataset = None
    write_tail(tmp_path / "a.vrt", first, False)
    if second:
        write_tail(tmp_path / "b.vrt", second, False)
    gdal.Translate("flat.tif", "a.vrt")
    for driver, source, options in (
            ("COG", "flat.tif", []), ("RETILE", "a.vrt", ["LAYOUT=COG"]),
            ("RETILE", "a.vrt", [])):
        gdal.Translate(f"{driver}{len(options)}.tif", source, format=driver,
                       creationOptions=options + (
                           ["BLOCKSIZE=128"] if options or driver == "COG"
                           else []))
    with open("COG0.tif", "rb") as plain, open("RETILE1.tif", "rb") as ours:
        assert ours.read() == plain.read()
    flat = gdal.Open("flat.tif").ReadAsArray()
    assert (gdal.Open("RETILE0.tif").ReadAsArray() == flat).all()


@pytest.mark.parametrize("options", [[], ["LAYOUT=COG"], ["OVERVIEWS=AUTO"]])
@pytest.mark.parametrize("source, whole", [
    ("a.vrt", True), ("RETILE:a.vrt", False)])
def test_a_vrt_that_has_no_pixels_but_its_own(tmp_path, monkeypatch, options,
                                              source, whole):
    monkeypatch.chdir(tmp_path)
    gdal.GetDriverByName("GTiff").Create("scene.tif", 700, 600)
    write_tail(tmp_path / "a.vrt", source, whole)
    before = sorted(path.name for path in tmp_path.iterdir())
    out = in_child(tmp_path, f"""
        import os
        os.chdir(folder)
        print(attempt(lambda: gdal.Translate(
            "out.tif", "a.vrt", format="RETILE", creationOptions={options})))
        """)
    assert out.strip() not in ("done", "None")
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_circle_that_closes_after_the_view_was_opened(tmp_path):
    write_vrt(tmp_path, "a.vrt", f"vrt://{tmp_path}/b.retile")
    gdal.GetDriverByName("GTiff").Create(str(tmp_path / "c.tif"), 700, 600)
    write_view(tmp_path, "b.retile", "c.tif")
    write_view(tmp_path, "a.retile", "a.vrt")
    out = in_child(tmp_path, """
        import json
        view = gdal.Open(folder + "/a.retile")
        with open(folder + "/b.retile", "w") as file:
            json.dump({"type": "RETILE", "version": 1, "source": "a.vrt"}, file)
        print(attempt(lambda: view.ReadAsArray(0, 0, 300, 300)))
        view = None
        print(attempt(lambda: gdal.Open(folder + "/a.retile").ReadAsArray()))
        """)
    assert "refers to itself" in out


@pytest.mark.parametrize("length", [2, 3])
def test_threads_that_each_decode_a_part_of_the_circle(tmp_path, length):
    """Each thread holds what the next one waits for."""
    for i in range(length):
        following = (i + 1) % length
        write_vrt(tmp_path, f"{i}.vrt", f"vrt://{tmp_path}/{following}.retile")
        write_view(tmp_path, f"{i}.retile", f"{i}.vrt")
    out = in_child(tmp_path, f"""
        LENGTH = {length}
        answers = []
        for turn in range(15):
            ready = threading.Barrier(LENGTH)

            def read(i):
                view = gdal.Open(f"{{folder}}/{{i}}.retile")
                ready.wait()
                answers.append(attempt(
                    lambda: view.ReadAsArray(0, 0, 300, 300)))

            threads = [threading.Thread(target=read, args=(i,))
                       for i in range(LENGTH)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        print(len(answers), sum("source" in answer for answer in answers))
        """)
    assert out.split() == [str(15 * length)] * 2


def test_views_of_views_by_many_threads_are_none(tmp_path):
    dataset = gdal.GetDriverByName("GTiff").Create(
        str(tmp_path / "c.tif"), 700, 600, options=["TILED=YES"])
    dataset.GetRasterBand(1).Fill(7)
    dataset = None
    write_view(tmp_path, "b.retile", "c.tif", BLOCKXSIZE=128, BLOCKYSIZE=128)
    write_vrt(tmp_path, "b.vrt", f"vrt://{tmp_path}/b.retile")
    write_view(tmp_path, "a.retile", "b.vrt")
    out = in_child(tmp_path, """
        views = [gdal.Open(folder + "/" + name) for name in
                 ("a.retile", "b.retile") for _ in range(4)]
        answers = []
        def read(view):
            for y in range(0, 600, 100):
                answers.append(int(view.ReadAsArray(0, y, 700, 100).min()))
        threads = [threading.Thread(target=read, args=(view,))
                   for view in views]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(len(answers), set(answers))
        """)
    assert out.strip() == "48 {7}"


def nested(n, source):
    return "RETILE:" * n + str(source)


def text_in_text(n, source):
    name = str(source)
    for _ in range(n):
        name = json.dumps({"type": "RETILE", "version": 1, "source": name})
    return name


def vrt_in_view(n, source):
    return "RETILE:vrt://" * n + str(source)


@pytest.fixture
def tiff(tmp_path):
    path = tmp_path / "c.tif"
    dataset = gdal.GetDriverByName("GTiff").Create(str(path), 20, 10)
    dataset.GetRasterBand(1).Fill(5)
    dataset = None
    return path


@pytest.mark.parametrize("name", [nested, text_in_text, vrt_in_view])
def test_a_few_levels_are_allowed(tiff, name):
    assert gdal.Open(name(5, tiff)).ReadAsArray().min() == 5


@pytest.mark.parametrize("name, n", [
    (nested, 9), (nested, 8000), (nested, 150000), (text_in_text, 9),
    (text_in_text, 12), (vrt_in_view, 9), (vrt_in_view, 5000)])
def test_deeper_nesting_is_refused(tmp_path, tiff, name, n):
    (tmp_path / "name.txt").write_text(name(n, tiff))
    write_view(tmp_path, "in_file.retile", name(n, tiff))
    out = in_child(tmp_path, """
        name = open(folder + "/name.txt").read()
        print(attempt(lambda: gdal.Open(name)))
        print(attempt(lambda: gdal.Open(folder + "/in_file.retile")))
        print(attempt(lambda: gdal.Translate(folder + "/out.retile", name,
                                             format="RETILE")))
        """)
    # Later bindings of GDAL add what they guess.
    lines = [line for line in out.splitlines()
             if not line.startswith("May be caused by")]
    assert len(lines) == 3 and "done" not in lines
    assert "done" not in out


def test_views_that_are_opened_late_end_in_an_error_if_nested(tmp_path, tiff):
    """VRTs open their sources when they are read, so each view is opened on
    its own."""
    for i in range(300):
        write_vrt(tmp_path, f"{i}.vrt", f"RETILE:{tmp_path}/{i + 1}.vrt")
    write_vrt(tmp_path, "300.vrt", tiff)
    out = in_child(tmp_path, """
        view = gdal.Open("RETILE:" + folder + "/0.vrt")
        print(attempt(lambda: view.ReadAsArray(0, 0, 300, 300)))
        """)
    assert "deeper than" in out or "cannot be read" in out
