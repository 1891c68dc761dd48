"""The tables of the README name the options that there are."""

import os
import re

import pytest
from osgeo import gdal

README = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "..", "..", "README.md")


def documented(head):
    """The names in the first column of the table that begins with head."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    table = re.search(r"^\| %s \|.*\n(?:\|.*\n)+" % re.escape(head), text,
                      re.MULTILINE)
    return {name for row in table[0].splitlines()[2:]
            for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def declared(item):
    return set(re.findall(r"<Option name=.(\w+)", gdal.GetDriverByName(
        "RETILE").GetMetadataItem(item)))


def test_all_open_options_are_documented():
    assert documented("option") == declared("DMD_OPENOPTIONLIST")


@pytest.mark.parametrize("name", ["LAYOUT", "MEMORY_MAX", "NUM_THREADS",
                                  "SPILL", "PASSTHROUGH"])
def test_creation_options_of_the_driver_are_documented(name):
    assert name in documented("creation option")


def test_documented_creation_options_are_there():
    assert documented("creation option") <= declared("DMD_CREATIONOPTIONLIST")
