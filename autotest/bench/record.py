"""What the benches measure, for programs: one JSON object a line.

A bench that is started with --json FILE adds a line to FILE for each line of
figures that it prints. Every line has "bench", "case", "against", "mine_s",
"other_s", "time" (a ratio as in the bench's table), and what else the bench
knows. Ratios of time are RETILE divided by the other; those of reads.py and
run.py too, although their tables may have it the other way round.
"""

import json
import os
import sys


def add_option(words):
    words.add_argument("--json", metavar="FILE",
                       help="add what is measured to this file, see record.py")


def add(given, **figures):
    """given: the command line; no figures are kept without --json."""
    if given.json is None:
        return
    bench = os.path.basename(sys.argv[0]).rsplit(".", 1)[0]
    with open(given.json, "a", encoding="utf-8") as file:
        print(json.dumps({"bench": bench, **figures}), file=file)


def of_pair(mine, other):
    """The figures of two contenders.Results."""
    return {
        "mine_s": mine.median("wall_s"), "other_s": other.median("wall_s"),
        "time": mine.ratio(other, "wall_s"), "cpu": mine.ratio(other, "cpu_s"),
        "memory": mine.ratio(other, "peak_mb"),
        "mine_mb": mine.median("peak_mb"), "other_mb": other.median("peak_mb"),
    }


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]
