#!/usr/bin/env python3
"""Copies a raster as `gdal_translate -of RETILE` does, on several machines.

    retile_dask.py SOURCE TARGET.tif [-co NAME=VALUE]... [--scheduler ADDRESS]
                   [--workers N] [--resume]

The copy is cut into shards between rows of tiles. Workers of dask.distributed
copy one each, into the folder TARGET.tif.shards. Their encoded tiles are then
joined without decoding them. The file appears when it is complete; the folder is
removed. A shard that fails is tried again, up to three times more.

--scheduler: a running scheduler; its workers need GDAL, the driver, and SOURCE
and TARGET under the same names. Without it, --workers processes (default: one
for each processor) run on this machine. --resume: shards that an interrupted
run has finished are taken over. driver/doc/dask.md has the rest.
"""

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import time

from osgeo import gdal

import shard_mosaic
import shard_plan
from retile_apps import (Stop, as_list, creation_options, megabytes,
                         open_raster, plan, run)

RETRIES = 3
CONNECT_SECONDS = 15
WORKERS_SECONDS = 60
JOB = "job.json"


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="retile_dask.py",
        description="gdal_translate -of RETILE on several machines.")
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("target", metavar="TARGET.tif")
    parser.add_argument("-co", action="append", default=[],
                        metavar="NAME=VALUE", help="creation option of RETILE")
    parser.add_argument("--scheduler", metavar="ADDRESS",
                        help="such as tcp://10.0.0.1:8786")
    parser.add_argument("--workers", type=int, default=os.cpu_count(),
                        metavar="N", help="processes on this machine")
    parser.add_argument("--resume", action="store_true",
                        help="take over finished shards")
    asked = parser.parse_args(arguments)
    if asked.workers < 1:
        raise Stop("--workers %d: write 1 or more" % asked.workers)
    return asked


def copy_shard(source, window, copies, threads):
    """Copies a window of source to the first of copies, (path, creation
    options), and that one to the second. Runs on a worker, which may not have the
    modules of this program. Returns the bytes written."""
    import os
    from osgeo import gdal
    gdal.UseExceptions()
    if gdal.GetDriverByName("RETILE") is None:
        raise RuntimeError("the worker's GDAL has no driver RETILE: set "
                           "GDAL_DRIVER_PATH there")
    n_bytes = 0
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        for path, options in copies:
            if not any(item.startswith("NUM_THREADS=") for item in options):
                options = options + ["NUM_THREADS=%d" % threads]
            made = gdal.Translate(path, source, format="RETILE", srcWin=window,
                                  creationOptions=options)
            if made is None:
                raise RuntimeError(gdal.GetLastErrorMsg())
            made = None
            n_bytes += os.path.getsize(path)
            source, window = path, None
    finally:
        gdal.PopErrorHandler()
    return n_bytes


def absolute(name):
    return os.path.abspath(name) if os.path.exists(name) else name


def version_of(name):
    """What changes if the source does."""
    files = [(file, os.stat(file)) for file in
             (open_raster(name).GetFileList() or []) if os.path.exists(file)]
    return [[file, status.st_size, status.st_mtime_ns]
            for file, status in sorted(files)]


class Shards:
    """The folder beside the target, with a file for each shard."""

    def __init__(self, target):
        self.folder = target + ".shards"

    def path(self, number):
        return os.path.join(self.folder, "shard_%05d.tif" % number)

    def lossless_path(self, number):
        """What a shard is made of first, if its encoding loses something."""
        return os.path.join(self.folder, "lossless_%05d.tif" % number)

    def level_path(self, level):
        return os.path.join(self.folder, "level_%d.vrt" % level)

    def in_folder(self, name):
        return os.path.join(self.folder, name)

    def remembered(self):
        """The job of an earlier run, or None. Stops if the folder is not one of
        ours."""
        if not os.path.lexists(self.folder):
            return None
        try:
            with open(self.in_folder(JOB), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            if os.path.isdir(self.folder) and not os.listdir(self.folder):
                return None
            raise Stop("'%s' is in the way: it is not of an earlier run" %
                       self.folder) from None

    def begin(self, job):
        """An empty folder that knows its job."""
        self.remove()
        try:
            os.makedirs(self.folder)
            shard_mosaic.write(self.in_folder(JOB + ".new"), json.dumps(job))
            os.replace(self.in_folder(JOB + ".new"), self.in_folder(JOB))
        except OSError as error:
            raise Stop("'%s' cannot be written: %s" %
                       (self.folder, error.strerror)) from None

    def finished(self, number, size):
        """Whether a shard of that (width, height) is there. A shard appears when
        it is complete."""
        if not os.path.exists(self.path(number)):
            return False
        try:
            dataset = gdal.Open(self.path(number))
        except RuntimeError:
            return False
        return (dataset.RasterXSize, dataset.RasterYSize) == size

    def remove(self):
        if os.path.isdir(self.folder):
            shutil.rmtree(self.folder)


def prepare(asked, options, n_workers):
    """(shards, job): a new job, or with --resume that of the run before."""
    dataset = open_raster(asked.source)
    planned = plan(asked.source, options)
    shards = Shards(asked.target)
    key = {"source": asked.source, "version": version_of(asked.source),
           "options": options}
    before = shards.remembered()
    if asked.resume and before is not None:
        if before["key"] != key:
            raise Stop("'%s' is of another copy: the source, its files or the "
                       "options differ; run without --resume to begin again" %
                       shards.folder)
        return shards, before
    job = shard_plan.make(dataset, planned, options, n_workers)
    job.update(key=key, width=dataset.RasterXSize,
               tile=planned["passes"][0]["tile"])
    shards.begin(job)
    return shards, job


def connect(asked):
    """(client, cluster or None)."""
    try:
        from dask.distributed import Client, LocalCluster
    except ImportError:
        raise Stop("dask.distributed is missing: install "
                   "python3-distributed") from None
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    if asked.scheduler is None:
        cluster = LocalCluster(n_workers=asked.workers, threads_per_worker=1,
                               dashboard_address=":0",
                               silence_logs=logging.CRITICAL)
        return Client(cluster), cluster
    try:
        client = Client(asked.scheduler, timeout=CONNECT_SECONDS)
        client.wait_for_workers(1, timeout=WORKERS_SECONDS)
    except Exception as error:
        raise Stop("no scheduler with workers answers at '%s': %s" %
                   (asked.scheduler, first_line(error))) from None
    return client, None


def first_line(error):
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def n_slots(client):
    return sum(worker["nthreads"] for worker in
               client.scheduler_info()["workers"].values())


def threads_for_each(client, local):
    """Threads of one shard's copy, so that a machine has as many as it has
    processors. A remote machine is taken to have one worker, whose tasks share
    its processors."""
    if local:
        return max(1, (os.cpu_count() or 1) // n_slots(client))
    return 1


def submit_all(client, asked, shards, job, options):
    """Futures of all shards that are missing, by number."""
    last = as_list(shard_plan.shard_options(job, options, job["tile"]))
    first = as_list(shard_plan.lossless_options(job, options, job["tile"]))
    threads = threads_for_each(client, asked.scheduler is None)
    futures, y = {}, 0
    for number, height in enumerate(job["heights"]):
        window = [0, y, job["width"], height]
        if not shards.finished(number, (job["width"], height)):
            futures[client.submit(
                copy_shard, asked.source, window,
                ([(shards.lossless_path(number), first)]
                 if job["lossless_first"] else []) +
                [(shards.path(number), last)], threads, key="shard-%05d-%x" % (number, time.time_ns()),
                retries=RETRIES, pure=False)] = number
        y += height
    return futures


def say(text, end="\n"):
    print(text, end=end, file=sys.stderr, flush=True)


def wait_for(client, futures, n_all):
    """Waits for all shards and reports them. Stops at one that fails for
    good."""
    from dask.distributed import as_completed
    done, n_bytes = n_all - len(futures), 0
    for future in as_completed(list(futures)):
        if future.status != "finished":
            error = future.exception()
            client.cancel(list(futures), force=True)
            raise Stop("shard %d of %d failed %d times: %s" % (
                futures[future] + 1, n_all, RETRIES + 1, first_line(error)))
        done += 1
        n_bytes += future.result()
        say("shard %d of %d is done: %d%%, %s written" % (
            futures[future] + 1, n_all, 100 * done // n_all,
            megabytes(n_bytes)))


def check_shards(shards, job):
    missing = [number for number, height in enumerate(job["heights"])
               if not shards.finished(number, (job["width"], height))]
    if missing:
        raise Stop("%d shards were made, and '%s' does not have them: workers "
                   "need the target's folder under the same name" %
                   (len(missing), shards.folder))


def translate(target, source, options):
    """A copy by RETILE, with GDAL's progress on the terminal."""
    shown = {"at": 0}

    def progress(done, _text, _data):
        if int(done * 10) > shown["at"]:
            shown["at"] = int(done * 10)
            say("joining: %d%%" % (10 * shown["at"]))
        return 1

    try:
        made = gdal.Translate(target, source, format="RETILE",
                              creationOptions=as_list(options),
                              callback=progress)
    except RuntimeError as error:
        raise Stop(str(error)) from None
    if made is None:
        raise Stop(gdal.GetLastErrorMsg())


def level_parts(shards, job, level, lossless=False):
    """Parts of the mosaic of a level that the shards have."""
    path = shards.lossless_path if lossless else shards.path
    return [shard_mosaic.Part(path(number),
                              level - 1 if level > 0 else None,
                              job["width"] >> level, height >> level)
            for number, height in enumerate(job["heights"])]


def make_top(shards, job, dataset, options):
    """Computes the levels that no shard could, from the last one that shards
    have. Returns VRTs of these levels."""
    from_level, target = job["shard_levels"], shards.in_folder("top.tif")
    below = shards.in_folder("below.vrt")
    shard_mosaic.write_mosaic(below, dataset, level_parts(
        shards, job, from_level, job["lossless_first"]))
    computed = {name: value for name, value in options.items()
                if name not in shard_plan.OF_THE_JOIN}
    computed["OVERVIEWS"] = "IGNORE_EXISTING"
    computed["OVERVIEW_COUNT"] = str(job["levels"] - from_level)
    translate(target, below, computed)
    names = []
    for level in range(from_level + 1, job["levels"] + 1):
        names.append(shards.level_path(level))
        shard_mosaic.write_mosaic(names[-1], dataset, [shard_mosaic.Part(
            target, level - from_level - 1, job["width"] >> level,
            sum(job["heights"]) >> level)])
    return names


def join(shards, job, source, target, options):
    """Makes the target of the shards."""
    dataset = open_raster(source)
    levels = []
    for level in range(1, job["shard_levels"] + 1):
        levels.append(shards.level_path(level))
        shard_mosaic.write_mosaic(levels[-1], dataset,
                                 level_parts(shards, job, level))
    if 0 < job["shard_levels"] < job["levels"]:
        levels += make_top(shards, job, dataset, options)
    whole = shards.in_folder("whole.vrt")
    shard_mosaic.write_mosaic(whole, dataset, level_parts(shards, job, 0),
                             levels)
    copy_whole(target, whole, job, options, levels)


def copy_whole(target, whole, job, options, levels):
    """Copies the mosaic of shards: raw, if their encoding is the target's and
    nothing in the source stands against it."""
    chosen = dict(options)
    if not job["raw"]:
        say("shards are decoded, and encoded once more for the file")
        return translate(target, whole, chosen)
    if levels:
        chosen["OVERVIEWS"] = "AUTO"
        chosen.pop("OVERVIEW_COUNT", None)
    try:
        translate(target, whole, dict(chosen, PASSTHROUGH="REQUIRED"))
    except Stop as why:
        if "PASSTHROUGH=REQUIRED" not in str(why) or \
                not shard_plan.is_lossless(options):
            raise
        say("shards are decoded and encoded again: %s" % why)
        translate(target, whole, dict(chosen, PASSTHROUGH="AUTO"))


def tell_job(client, job):
    link = client.dashboard_link
    say("%d shards of up to %d rows%s%s%s" % (
        len(job["heights"]), job["heights"][0],
        "; source blocks between them are decoded twice" if job["twice"]
        else "",
        "; %d of %d levels in the shards" % (job["shard_levels"],
                                             job["levels"])
        if job["levels"] else "",
        "; dashboard: %s" % link if link else ""))


def copy(client, asked, options):
    shards, job = prepare(asked, options, max(1, n_slots(client)))
    tell_job(client, job)
    futures = submit_all(client, asked, shards, job, options)
    taken_over = len(job["heights"]) - len(futures)
    if taken_over:
        say("%d finished shards are taken over" % taken_over)
    wait_for(client, futures, len(job["heights"]))
    check_shards(shards, job)
    join(shards, job, asked.source, asked.target, options)
    shards.remove()
    say("'%s' is complete" % asked.target)


def check(asked):
    """All that can be said before anybody starts to work."""
    open_raster(asked.source)
    options = creation_options(asked.co)
    if options.get("LAYOUT", "").upper() == "DESCRIPTOR" or \
            asked.target.lower().endswith(".retile"):
        raise Stop("a descriptor needs no workers: use gdal_translate "
                   "-of RETILE")
    folder = os.path.dirname(asked.target)
    if not os.path.isdir(folder):
        raise Stop("there is no folder '%s' for the target" % folder)
    if os.path.isdir(asked.target):
        raise Stop("the target '%s' is a folder" % asked.target)
    plan(asked.source, options)
    return options


def main(arguments):
    asked = parse(arguments)
    asked.source = absolute(asked.source)
    asked.target = os.path.abspath(asked.target)
    options = check(asked)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    client, cluster = connect(asked)
    try:
        copy(client, asked, options)
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


if __name__ == "__main__":
    sys.exit(run(main))
