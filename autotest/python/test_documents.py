"""The tables of the documents name the options that there are."""

import re

import pytest
from documents import FOLDER, read
from osgeo import gdal


def documented(page, head):
    """The names in the first column of the table that begins with head."""
    table = re.search(r"^\| %s \|.*\n(?:\|.*\n)+" % re.escape(head),
                      read(FOLDER + "/" + page), re.MULTILINE)
    return {name for row in table[0].splitlines()[2:]
            for name in re.findall(r"`(\w+)`", row.split("|")[1])}


def declared(item):
    return set(re.findall(r"<Option name=.(\w+)", gdal.GetDriverByName(
        "RETILE").GetMetadataItem(item)))


def test_all_open_options_are_documented():
    assert documented("options.md", "option") == declared("DMD_OPENOPTIONLIST")


@pytest.mark.parametrize("name", ["LAYOUT", "MEMORY_MAX", "NUM_THREADS",
                                  "SPILL", "PASSTHROUGH"])
def test_creation_options_of_the_driver_are_documented(name):
    assert name in documented("copying.md", "creation option")


def test_documented_creation_options_are_there():
    assert documented("copying.md", "creation option") <= \
        declared("DMD_CREATIONOPTIONLIST")
