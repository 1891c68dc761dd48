"""Copies of the samples with each codec and option are those of the GDAL that
runs; see pairs.py."""

import os
import subprocess
import sys

PAIRS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pairs.py")


def test_copies_of_the_samples_are_those_of_gdal():
    samples = os.path.join(os.path.dirname(PAIRS), "..", "data")
    done = subprocess.run(
        [sys.executable, PAIRS, os.path.normpath(samples)],
        capture_output=True, text=True, timeout=2400, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
