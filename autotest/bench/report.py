"""Writes driver/doc/benchmarks.md from what the benches measured (record.py)."""

import os
import subprocess
import time

TITLES = {
    "memory": "A COG with less and less memory",
    "copies": "Copies into tiled GeoTIFF",
    "cog": "Cloud Optimized GeoTIFF",
    "reads": "Reading windows",
    "network": "Reading over a network",
    "focal": "Slope and hillshade",
    "decode": "Whole decodes of JPEG 2000",
    "computed": "Resampling, warps, mosaics",
}
ABOUT = {
    "memory": "Three bands of 16 bits in DEFLATE strips of 64 rows, into a COG "
              "(DEFLATE, AVERAGE). RETILE has the budget as `MEMORY_MAX`, GDAL as "
              "`GDAL_CACHEMAX`; libvips has no such limit.",
    "copies": "Into tiles of 512 × 512. GDAL is the GTiff driver with "
              "`NUM_THREADS=ALL_CPUS`; both have their default memory. The last "
              "column is a multiple of the least time that decoding and encoding "
              "alone take on all cores. `itself` is a file that is already tiled "
              "as it should be.",
    "cog": "`LAYOUT=COG` against GDAL's COG driver, and against libvips with "
           "`--pyramid`. All levels and masks were compared with GDAL's.",
    "reads": "RETILE, plain GDAL, and GDAL through a VRT with blocks of 512 × 512, "
             "all with the same cache. `windows`: random windows of 512 × 512. "
             "`viewer`: requests of a map viewer. `overviews`: a viewer over strips "
             "without overviews; RETILE has `OVERVIEWS=VIRTUAL`. `again`: the same "
             "requests a second time.",
    "network": "Windows of 256 × 256 from a server that answers after 50 ms.",
    "focal": "`FOCAL` in a copy, against `gdaldem`, and against Orfeo's mean of "
             "3 × 3 (another operator, the most similar one).",
    "decode": "Windows as wide as the image from top to bottom; the programs of "
              "OpenJPEG and Grok write a file in memory.",
    "computed": "What is computed on its way into a copy, against GTiff (COG where "
                "the name says so).",
}
# By part: the columns behind case and other contender.
COLUMNS = {
    "reads": (("first look", "time"), ("again", "again"), ("s", "mine_s"),
              ("other s", "other_s"), ("MB", "mine_mb"), ("other MB", "other_mb")),
    "network": (("first look", "time"), ("again", "again"), ("s", "mine_s"),
                ("other s", "other_s"), ("requests", "mine_requests"),
                ("other requests", "other_requests")),
}
USUAL = (("time", "time"), ("CPU", "cpu"), ("memory", "memory"), ("s", "mine_s"),
         ("other s", "other_s"), ("MB", "mine_mb"), ("other MB", "other_mb"))
FORMS = {"mine_s": "%.2f", "other_s": "%.2f", "mine_mb": "%.0f",
         "other_mb": "%.0f", "mine_requests": "%.0f", "other_requests": "%.0f"}
PACKAGES = (("libvips", "libvips-tools"), ("OpenJPEG", "libopenjp2-7"),
            ("Grok", "grokj2k-tools"), ("Orfeo ToolBox", "otb-bin"),
            ("libtiff", "libtiff6"), ("libdeflate", "libdeflate0"))


def answer(*words):
    """What a command prints, or nothing if it is not there."""
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.DEVNULL,
                              check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def first_line(path, key):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith(key):
                return line.partition(":")[2].strip()
    return "unknown"


def machine():
    memory_kb = int(first_line("/proc/meminfo", "MemTotal").split()[0])
    return "%d cores (%s), %.0f GB" % (
        len(os.sched_getaffinity(0)), first_line("/proc/cpuinfo", "model name"),
        memory_kb / 1e6)


def versions():
    yield answer("gdalinfo", "--version").partition(",")[0]
    for name, package in PACKAGES:
        version = answer("dpkg-query", "-W", "-f", "${Version}", package)
        yield "%s %s" % (name, version) if version else name + " not installed"


def case_of(row):
    words = [row["case"]]
    words += [row[key] for key in ("source", "encoding") if row.get(key)]
    if row["bench"] == "copies" and row.get("cache_mb") not in (None, "-"):
        words.append("%s MB" % row["cache_mb"])
    return ", ".join(words)


def cell(row, key):
    value = row.get(key)
    return "–" if value is None else FORMS.get(key, "%.2f") % value


def table(part, rows):
    columns = COLUMNS.get(part, USUAL)
    if any(row.get("limit") for row in rows):
        columns += (("of the least", "limit"),)
    yield "| case | against | %s |" % " | ".join(head for head, _ in columns)
    yield "|---|---" + "|---:" * len(columns) + "|"
    for row in rows:
        yield "| %s | %s | %s |" % (
            case_of(row), row["against"],
            " | ".join(cell(row, key) for _, key in columns))


def wrapped(text, width=88):
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = (line + " " + word).strip()
    yield line


def slower(rows):
    """What is not faster than the other, from all parts."""
    for part, of_part in rows.items():
        for row in of_part:
            if row["time"] > 1:
                yield "| %s: %s | %s | %.2f |" % (
                    part, case_of(row), row["against"], row["time"])


def head(quick, load):
    yield "# Benchmarks\n"
    yield ("Written by `sh cmake/bench.sh` on %s; do not edit.\n" %
           time.strftime("%Y-%m-%d"))
    if quick:
        yield from wrapped("**This is a trial run (`--quick`): small rasters, each "
                           "measured once. Do not rely on its figures.**")
        yield ""
    if load > 1:
        yield from wrapped("**Other processes were running (load %.1f), so times "
                           "vary.**" % load)
        yield ""
    yield from wrapped(
        "Each measurement runs in a process of its own. RETILE and the others take "
        "turns, and a ratio is the median over the turns: RETILE divided by the "
        "other, so below 1 is better. `s` and `MB` are seconds and peak memory of "
        "RETILE, start-up included. If the pixels differ, there is no figure. "
        "`autotest/bench/sources.py` says what the names of the rasters mean, "
        "`--help` of each script what else it compares.")
    yield ""
    yield from wrapped("Machine: %s." % machine())
    yield from wrapped("Versions: %s." % ", ".join(versions()))
    yield ""


def section(part, rows, command, chart):
    yield "## %s\n" % TITLES[part]
    yield from wrapped(ABOUT[part])
    yield ""
    if chart:
        yield "![%s](%s)\n" % (TITLES[part], chart)
    yield "<!-- not run: takes long -->"
    yield "```sh"
    yield from shell("autotest/bench/" + command)
    yield "```\n"
    yield from table(part, rows)
    yield ""


def shell(command, width=84):
    """A command in lines that the shell takes as one."""
    lines = list(wrapped("/usr/bin/python3 " + command, width))
    return [line + " \\" for line in lines[:-1]] + lines[-1:]


def speeds(rows, against, key):
    return [(case_of(row), 1 / row[key]) for row in rows
            if row["against"] == against and row.get(key)]


def draw(folder, rows, quick):
    """By part: the name of its chart. None without matplotlib."""
    try:
        import charts
    except ImportError:
        print("no charts: matplotlib is not there (python3-matplotlib)")
        return {part: name for part, name in CHARTS.items()
                if os.path.exists(os.path.join(folder, name))}
    trial = "Trial run, not to be relied on. " if quick else ""
    if "memory" in rows:
        charts.time_against_memory(
            rows["memory"],
            trial + "A COG of 16-bit strips; small numbers: the budget in MB",
            os.path.join(folder, CHARTS["memory"]))
    for part, key, title in (
            ("reads", "time", "How many times faster than plain GDAL: first look"),
            ("copies", "time", "How many times faster than GDAL's GTiff driver")):
        if part in rows:
            charts.bars(speeds(rows[part], "GDAL", key), trial + title,
                        os.path.join(folder, CHARTS[part]))
    return CHARTS


CHARTS = {"memory": "cog_memory.svg", "reads": "reads.svg",
          "copies": "copies.svg"}


def write(folder, rows, commands, quick, load):
    """rows, commands: by part. load: of the machine before the first bench."""
    shown = draw(folder, rows, quick)
    lines = list(head(quick, load))
    for part, of_part in rows.items():
        lines += section(part, of_part, commands[part], shown.get(part))
    lines += ["## What is not faster", "", "| case | against | time |",
              "|---|---|---:|", *slower(rows), ""]
    with open(os.path.join(folder, "benchmarks.md"), "w",
              encoding="utf-8") as file:
        file.write("\n".join(lines))
