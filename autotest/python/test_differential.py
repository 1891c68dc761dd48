"""The tester of autotest/fuzz can fail, and its results are repeatable."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"
sys.path.insert(0, str(FUZZ))

import compare  # noqa: E402
import observe  # noqa: E402
import perform  # noqa: E402
import runner  # noqa: E402
import shrink  # noqa: E402
from observe import Pixels  # noqa: E402

CASE = {
    "source": {
        "files": [{"name": "a.tif", "format": "GTiff", "width": 40,
                   "height": 30, "types": ["Byte", "Byte"], "seed": 3,
                   "content": "noise", "creation": ["COMPRESS=DEFLATE"],
                   "mask": "none", "place": "north", "tables": ["items"],
                   "overviews": None}],
        "layers": [], "reach": "plain", "hold": "name"},
    "command": {"kind": "translate", "layout": "GTIFF", "words": [],
                "creation": [], "own": [], "config": {}, "older": "tiff",
                "through": None, "program": False, "target": "out.tif"}}


def changed(**command):
    return {"source": CASE["source"],
            "command": {**CASE["command"], **command}}


def sabotage(monkeypatch, spoil):
    """Makes RETILE's side do something wrong after its own work."""
    honest = perform.run

    def run(side):
        facts = honest(side)
        if side.ours:
            spoil()
        return facts
    monkeypatch.setattr(perform, "run", run)


def named(differences):
    return [fact for fact, _ in differences]


def test_a_sound_copy_has_no_differences():
    assert runner.run_case(CASE) == []


def spoil_pixel():
    dataset = perform.gdal.Open("out.tif", perform.gdal.GA_Update)
    band = dataset.GetRasterBand(2)
    band.WriteRaster(7, 5, 1, 1, bytes([band.ReadRaster(7, 5, 1, 1)[0] ^ 1]))


def spoil_item():
    dataset = perform.gdal.Open("out.tif", perform.gdal.GA_Update)
    dataset.SetMetadataItem("MADE_BY", "somebody else")


def spoil_geotransform():
    dataset = perform.gdal.Open("out.tif", perform.gdal.GA_Update)
    dataset.SetGeoTransform((4e5, 10, 0, 5e6 + 1e-3, 0, -10))


@pytest.mark.parametrize("spoil, fact", [
    (spoil_pixel, "out band 2 pixels"), (spoil_item, "out metadata "),
    (spoil_geotransform, "out reference geotransform"),
    (lambda: os.unlink("old_b.tif"), "file old_b.tif"),
    (lambda: Path("a.tif").write_bytes(b"x"), "file a.tif"),
    (lambda: Path(".hidden").mkdir(), "file .hidden"),
    (lambda: Path("out.tif.aux.xml").touch(), "file out.tif.aux.xml"),
    (lambda: os.kill(os.getpid(), 9), "end"), (lambda: os.write(2, b"noise\n"), "messages")])
def test_each_fault_is_reported(spoil, fact, monkeypatch):
    sabotage(monkeypatch, spoil)
    assert any(told.startswith(fact) for told in
               named(runner.run_case(CASE)))


def test_a_side_that_does_not_end_is_reported(monkeypatch):
    monkeypatch.setattr(runner, "IDLE_S", 2)
    sabotage(monkeypatch, lambda: runner.time.sleep(60))
    assert [("end", "hangs; plain ended ")] == runner.run_case(CASE)


def test_memory_beyond_the_slack_is_reported(monkeypatch):
    sabotage(monkeypatch, lambda: bytes(range(256)) * (2 << 20))
    assert named(runner.run_case(CASE)) == ["memory"]


def test_refusals_of_one_side_are_reported():
    # Plain GDAL does not get this option; RETILE refuses its value.
    found = runner.run_case(changed(own=["MEMORY_MAX=nonsense"]))
    assert named(found) == ["failed"]


def test_pixels_are_compared_as_values():
    one = Pixels("Float32", 2, 1, b"\0\0\xc0\x7f\0\0\0\0")
    other = Pixels("Float32", 2, 1, b"\1\0\xc0\x7f\0\0\0\x80")
    assert compare.wrong_pixels(one, other) == ""  # NaN, and -0.0
    wrong = Pixels("Float32", 2, 1, b"\0\0\xc0\x7f\0\0\x80\x3f")
    assert "1 of 2x1 values differ, all alike, the first at 1" in \
        compare.wrong_pixels(wrong, other)
    wrong = Pixels("Float32", 2, 1, b"\0\0\x80\x3f\0\0\0\x40")
    assert "2 of 2x1 values differ, the first at 0" in compare.wrong_pixels(
        wrong, other)
    assert "read failed" in compare.wrong_pixels(
        Pixels("Float32", 2, 1, None), other)


@pytest.mark.parametrize("ours, plain, failed, told", [
    ([], [], False, False), ([(2, "w 7")], [(2, "w 8")], False, False),
    ([(2, "w")], [(2, "v")], False, True), ([(3, "e")], [], False, True),
    ([], [(3, "e")], True, True), ([(3, "e")], [(3, "f")], True, False),
    ([(3, "e"), (3, "e")], [(3, "f")], True, True)])
def test_messages(ours, plain, failed, told):
    assert bool(compare.message_differences(
        ours, plain, failed, failed)) == told


def test_a_case_shrinks_to_what_differs():
    case = changed(
        words=["-b", "1", "-r", "cubic", "-outsize", "30", "20"],
        creation=["COMPRESS=LZW", "TFW=YES"], older="tiff")
    case["source"] = {**case["source"], "layers": [
        {"make": "translate", "words": []}], "hold": "update"}

    def run(tried):
        wrong = "-outsize" in tried["command"]["words"] and \
            tried["source"]["files"][-1]["width"] >= 20
        return [("out band 1 pixels", "differ")] if wrong else []

    found, differences = shrink.shrink(case, run(case), run)
    assert differences == [("out band 1 pixels", "differ")]
    assert found["command"]["words"] == ["-outsize", "30", "20"]
    assert found["command"]["creation"] == []
    assert found["command"]["older"] is None
    assert found["source"]["layers"] == []
    assert found["source"]["hold"] == "name"
    file = found["source"]["files"][-1]
    assert (file["width"], file["height"], file["types"]) == (20, 1, ["Byte"])


def test_a_seed_is_one_case_in_every_process():
    code = ("import sys; sys.path.insert(0, %r); import json, runner; "
            "print(json.dumps([runner.case_of(s) for s in range(200)]))" %
            str(FUZZ))
    told = {subprocess.run(
        ["/usr/bin/python3", "-c", code], check=True, capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")}
    assert len(told) == 1


def test_sources_are_the_same_every_time(tmp_path):
    made = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        for seed in range(1, 7):  # their formats store no date
            (folder / str(seed)).mkdir()
            case = runner.case_of(seed)
            runner.in_child(lambda: runner.make(case), folder / str(seed),
                            str(tmp_path / "result"), False)
        made.append(observe.folder_facts(folder))
    assert made[0] == made[1]
    assert len(made[0]) > 12
