#!/usr/bin/python3
"""Compares RETILE with plain GDAL on random sources and commands.

    differential.py --seed 1 --count 1000     these seeds
    differential.py --minutes 10              new seeds for this time
    differential.py --case '{...}'            a case that was printed

A seed means the same case everywhere. A difference is printed with its seed
and with a case made as simple as possible. Exits with 1 if anything differs.
"""

import argparse
import gc
import json
import multiprocessing
import os
import re
import sys
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, help="the first seed")
    parser.add_argument("--count", type=int, help="how many seeds")
    parser.add_argument("--minutes", type=float, help="... or for how long")
    parser.add_argument("--plugin", help="folder with gdal_RETILE.so")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", help="one kind of command")
    parser.add_argument("--case", help="a case as JSON")
    parser.add_argument("--keep", help="with --case: where its files go")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--unfit", action="store_true",
                        help="tell why sources could not be made")
    return parser.parse_args()


def report(label, case, differences, lock):
    import describe
    lines = ["== %s: %s" % (label, describe.in_words(case))]
    lines += ["   %s: %s" % one for one in differences[:12]]
    if len(differences) > 12:
        lines.append("   ... %d more" % (len(differences) - 12))
    lines.append("   --case '%s'" % json.dumps(case, sort_keys=True).replace(
        "'", "\\u0027"))
    with lock:
        print("\n".join(lines), flush=True)


class Work:
    """The state that the processes share."""

    def __init__(self, options):
        self.options = options
        self.lock = multiprocessing.Lock()
        self.next = multiprocessing.Value("q", options.seed)
        self.counts = {name: multiprocessing.Value("q", 0)
                       for name in ("run", "differ", "unfit")}
        self.kinds = multiprocessing.Queue()
        self.limit = (time.monotonic() + 60 * options.minutes
                      if options.minutes else None)

    def take(self):
        """The next seed, or None."""
        with self.next.get_lock():
            seed = self.next.value
            if self.limit is not None:
                if time.monotonic() > self.limit:
                    return None
            elif seed >= self.options.seed + (self.options.count or 1):
                return None
            self.next.value += 1
            return seed

    def count(self, name):
        with self.counts[name].get_lock():
            self.counts[name].value += 1


def simpler(case, differences):
    import runner
    import shrink

    def run(changed):
        try:
            return runner.run_case(changed)
        except runner.Unfit:
            return []
        except Exception:  # the simplification broke the case itself
            return []
    return shrink.shrink(case, differences, run)


def run_seed(work, seed):
    import runner
    case = runner.case_of(seed, work.options.only)
    work.count("run")
    try:
        differences = runner.run_case(case)
    except runner.Unfit as reason:
        work.count("unfit")
        if work.options.unfit:
            print("unfit", seed, str(reason).strip()[-200:], flush=True)
        return
    if not differences:
        return
    work.count("differ")
    if not work.options.no_shrink:
        case, differences = simpler(case, differences)
    report("seed %d" % seed, case, differences, work.lock)
    work.kinds.put((seed, case["command"]["kind"] + " " +
                    case["command"].get("layout", ""), differences[0]))


def worker(work):
    while True:
        seed = work.take()
        if seed is None:
            return
        run_seed(work, seed)


def summary(work, found):
    groups = {}
    for seed, kind, (fact, told) in sorted(found):
        name = "%s: %s" % (kind, re.sub(r"\d+", "0", fact))
        groups.setdefault(name, []).append(seed)
    for name, seeds in sorted(groups.items()):
        print("%5d  %s  (seeds %s)" % (len(seeds), name, " ".join(
            map(str, seeds[:6]))))
    print("%d cases, %d differ, %d could not be made" % tuple(
        work.counts[name].value for name in ("run", "differ", "unfit")))


def run_one(text, keep):
    import runner
    import describe
    case = json.loads(text)
    print(describe.in_words(case))
    differences = runner.run_case(case, keep)
    for one in differences:
        print("   %s: %s" % one)
    return 1 if differences else 0


def main():
    options = arguments()
    if options.plugin:
        os.environ["GDAL_DRIVER_PATH"] = os.path.abspath(options.plugin)
    os.environ["GDAL_VRT_ENABLE_PYTHON"] = "YES"
    # Loaded once, before the processes are forked.
    from osgeo import gdal
    gdal.DontUseExceptions()
    import runner  # noqa: F401
    import with_rasterio  # noqa: F401
    gc.freeze()
    if gdal.GetDriverByName("RETILE") is None:
        sys.exit("no RETILE driver: --plugin names the folder with "
                 "gdal_RETILE.so")
    if options.case:
        return run_one(options.case, options.keep)
    if options.seed is None:
        options.seed = int(time.time()) * 1000
        print("seeds from", options.seed)
    # Python 3.14 would start new processes, which load GDAL again.
    multiprocessing.set_start_method("fork")
    work = Work(options)
    processes = [multiprocessing.Process(target=worker, args=(work,))
                 for _ in range(options.jobs)]
    for process in processes:
        process.start()
    found = []
    while any(process.is_alive() for process in processes) or \
            not work.kinds.empty():
        try:
            found.append(work.kinds.get(timeout=0.2))
        except Exception:  # nothing yet
            pass
    for process in processes:
        process.join()
    summary(work, found)
    return 1 if found or any(process.exitcode for process in processes) else 0


if __name__ == "__main__":
    sys.exit(main())
