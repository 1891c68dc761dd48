#!/usr/bin/python3
"""Where the time goes: RETILE on sources that are hard to read in windows.

    shares.py [--cases NAME,...] [--sources NAME,...] [--size PX] [--repeat N]
              [--cache MB] [--no-perf] [--dir DIR] [--plugin DIR]

The sources are those of sources.py; "netcdf" is one band of that file, and
"hdf5" the same band read by the HDF5 driver. The cases:

    windows  100 random windows of 512 x 512, all bands
    scan     every block of 512 x 512, row by row
    copy     -of RETILE, against -of GTiff -co TILED=YES, in blocks of 512,
             not compressed

Each measurement runs in a process of its own. Plain GDAL and RETILE take turns,
N times, with the same block cache (64 MB by default). CPU seconds are those of
all threads; in windows and scan they leave out the start of the process. A
ratio is the median of GDAL's time divided by RETILE's in the same turn: above 1
is better. "amplif." is pixels decoded divided by pixels touched. The shares are
percentages of RETILE's samples by perf: the codec's libraries ("codec"), the
kernel ("kernel": fresh pages, files), the C library ("libc": copies of memory),
GDAL ("GDAL") and the driver ("ours"). The rest is Python. The only check is
that both sides read the same pixels.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import apart

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
CASES = ("windows", "scan", "copy")
SOURCES = ("png", "jpeg", "rows_1", "rows_16", "rows_64", "lzw_1", "lzw_16",
           "lzw_64", "bands_1", "bands_16", "bands_64", "one_strip",
           "one_strip_lzw", "tiles", "nitf_blocks", "nitf_jpeg", "nitf_jp2",
           "netcdf", "hdf5", "grib")
# These drivers read one variable as one raster.
VARIABLES = {"netcdf": 'NETCDF:"%s":Band1', "hdf5": 'HDF5:"%s"://Band1'}
KINDS = (
    ("codec", r"lib(z|deflate|tiff|png16|jpeg|openjp2|hdf5\w*|netcdf|zstd|sz|"
              r"aec|lzma|webp|Lerc)\b"),
    ("kernel", r"\[.*\]"),
    ("libc", r"libc\b"),
    ("GDAL", r"libgdal\b"),
    ("ours", r"gdal_RETILE\b"),
)
COLUMNS = "%-8s %-14s %7s %6s %7s %6s %7s %6s %6s %7s"
SHARES = " %6s" * len(KINDS)


def environment(given):
    return apart.environment(given.plugin, {
        "GDAL_CACHEMAX": str(given.cache),
        "RETILE_CACHEMAX": "%dMB" % given.cache})


def reading(case, name):
    return [sys.executable, os.path.join(HERE, "read_cpu.py"), case, name]


def read(case, name, given):
    done = subprocess.run(reading(case, name), text=True,
                          env=environment(given), stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("%s of %s failed" % (case, name))
    return json.loads(done.stdout)


def copying(name, target, retiled):
    options = ["-of", "RETILE"] if retiled else ["-of", "GTiff", "-co",
                                                 "TILED=YES"]
    return ["gdal_translate", "-q", *options, "-co", "BLOCKXSIZE=512", "-co",
            "BLOCKYSIZE=512", name, target]


def copy(name, retiled, given):
    target = os.path.join(given.dir, "shares.tif")
    run = apart.run(copying(name, target, retiled), environment(given), target)
    if run.error is not None:
        sys.exit("the copy of %s failed: %s" % (name, run.error))
    digest = apart.answer("pixels.py", "digest", target,
                          env=apart.environment(given.plugin))
    os.remove(target)
    return {"wall_s": run.wall_s, "cpu_s": run.cpu_s, "peak_mb": run.peak_mb,
            "digest": digest, "stats": {}}


def measure(case, path, retiled, given):
    if case == "copy":
        return copy(path, retiled, given)
    return read(case, ("RETILE:" if retiled else "") + path, given)


def has_perf():
    return subprocess.run(["sh", "-c", "perf --version"],
                          stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0


def shares(case, path, given):
    """In percent, by kind; perf starts to count when the reader tells it to."""
    with tempfile.TemporaryDirectory() as folder:
        data = os.path.join(folder, "perf.data")
        record = ["perf", "record", "-q", "-F", "2000", "-o", data]
        env = environment(given)
        if case == "copy":
            command = copying(path, os.path.join(folder, "copy.tif"), True)
        else:
            command = reading(case, "RETILE:" + path)
            for name in ("control", "answer"):
                os.mkfifo(os.path.join(folder, name))
            record += ["-D", "-1", "--control", "fifo:%s,%s" % (
                os.path.join(folder, "control"),
                os.path.join(folder, "answer"))]
            env["PERF_FIFOS"] = folder
        subprocess.run([*record, "--", *command], env=env, check=True,
                       stdout=subprocess.DEVNULL)
        report = subprocess.run(
            ["perf", "report", "-i", data, "--sort", "dso", "--stdio"],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    found = dict.fromkeys((kind for kind, _ in KINDS), 0.0)
    for percent, dso in re.findall(r"^\s+([\d.]+)%\s+(\S+)", report.stdout,
                                   re.MULTILINE):
        for kind, pattern in KINDS:
            if re.match(pattern, dso):
                found[kind] += float(percent)
                break
    return found


def median(results, key):
    return statistics.median(result[key] for result in results)


def ratio(theirs, ours, key):
    return statistics.median(a[key] / b[key] for a, b in zip(theirs, ours))


def compare(case, source, path, given):
    theirs, ours = [], []
    for _ in range(given.repeat):
        theirs.append(measure(case, path, False, given))
        ours.append(measure(case, path, True, given))
        if theirs[-1]["digest"] != ours[-1]["digest"]:
            sys.exit("%s of %s: RETILE gave other pixels" % (case, source))
    line = COLUMNS % (
        case, source,
        "%.3f" % median(ours, "cpu_s"), "%.2f" % ratio(theirs, ours, "cpu_s"),
        "%.3f" % median(ours, "wall_s"), "%.2f" % ratio(theirs, ours, "wall_s"),
        "%.4f" % median(ours, "again_s") if "again_s" in ours[0] else "-",
        "%.0f" % median(ours, "peak_mb"), "%.0f" % median(theirs, "peak_mb"),
        ours[-1]["stats"].get("DECODE_AMPLIFICATION", "-"))
    if given.perf:
        line += SHARES % tuple("%.0f" % part
                               for part in shares(case, path, given).values())
    print(line, flush=True)


def names_of(known):
    def parse(words):
        names = words.split(",")
        for name in names:
            if name not in known:
                raise argparse.ArgumentTypeError(
                    "%s: there are %s" % (name, ", ".join(known)))
        return names
    return parse


def command_line():
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--cases", type=names_of(CASES), default=CASES)
    words.add_argument("--sources", type=names_of(SOURCES), default=SOURCES)
    words.add_argument("--size", metavar="PX", type=int, default=4096)
    words.add_argument("--repeat", metavar="N", type=int, default=5)
    words.add_argument("--cache", metavar="MB", type=int, default=64)
    words.add_argument("--no-perf", dest="perf", action="store_false")
    words.add_argument("--dir",
                       default=os.path.join(PROJECT, "build", "bench"))
    words.add_argument("--plugin", metavar="DIR",
                       default=os.path.join(PROJECT, "build", "release"))
    given = words.parse_args()
    if given.repeat < 1 or given.size < 512:
        words.error("--repeat must be 1 or more, --size 512 or more")
    given.perf = given.perf and has_perf()
    return given


def path_of(source, given):
    made = "netcdf" if source == "hdf5" else source
    path = apart.answer("sources.py", given.dir, str(given.size), made,
                        env=apart.environment(given.plugin))
    apart.into_page_cache(path)
    return VARIABLES.get(source, "%s") % path


def main():
    given = command_line()
    os.makedirs(given.dir, exist_ok=True)
    print("%d x %d pixels; %d MB of block cache on both sides; medians of %d\n"
          % (given.size, given.size, given.cache, given.repeat))
    print(COLUMNS % ("", "", "CPU", "GDAL's", "wall", "GDAL's", "again", "MB",
                     "GDAL's", "amplif.")
          + (SHARES % tuple(kind for kind, _ in KINDS) if given.perf else ""))
    for source in given.sources:
        path = path_of(source, given)
        for case in given.cases:
            compare(case, source, path, given)


if __name__ == "__main__":
    main()
