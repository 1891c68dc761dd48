"""The page of benchmarks, from figures that are made up."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "bench"))

import record  # noqa: E402 (its folder has to be known first)
import report  # noqa: E402

FAST = {"bench": "copies", "case": "uint16", "encoding": "average",
        "cache_mb": "64", "against": "COG", "limit": None, "mine_s": 2.0,
        "other_s": 8.0, "time": 0.25, "cpu": 0.3, "memory": 0.5, "mine_mb": 100.0,
        "other_mb": 200.0}
SLOW = {"bench": "reads", "case": "windows", "source": "tiles", "against": "GDAL",
        "cache_mb": 64, "mine_s": 1.1, "other_s": 1.0, "time": 1.1, "again": 0.9,
        "mine_mb": 90.0, "other_mb": 80.0}


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "charts", None)
    report.write(str(tmp_path), {"memory": [FAST], "reads": [SLOW]},
                 {"memory": "copies.py --cases memory", "reads": "reads.py"},
                 True, 0.1)
    return (tmp_path / "benchmarks.md").read_text(encoding="utf-8")


def test_figures_are_rows_with_the_command_that_made_them(page):
    assert "| uint16, average, 64 MB | COG | 0.25 | 0.30 | 0.50 | 2.00 |" in page
    assert "/usr/bin/python3 autotest/bench/copies.py --cases memory" in page


def test_what_is_slower_is_listed(page):
    slower = page.partition("## What is not faster")[2]
    assert "| reads: windows, tiles | GDAL | 1.10 |" in slower
    assert "uint16" not in slower


def test_a_trial_says_that_it_is_one(page):
    assert "trial run" in page


def test_figures_are_read_as_they_were_written(tmp_path):
    class Given:
        json = str(tmp_path / "figures.json")

    record.add(Given, case="x", time=0.5)
    record.add(Given, case="y", time=2)
    assert [row["case"] for row in record.read(Given.json)] == ["x", "y"]
