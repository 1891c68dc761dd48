"""Runs each process that the bench measures apart from all others.

This is plain Python, without numpy and GDAL. The system reports a child's peak
memory starting from the memory of the process that started it, so that process
has to stay small.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import namedtuple

MB = 1 << 20

# wall_s, cpu_s: of the process and its children; peak_mb: resident memory;
# error: None, or the output of a process that failed.
Run = namedtuple("Run", "wall_s cpu_s peak_mb error")

# Options that a user may have set, and that would affect one side only.
FORGOTTEN = ("GDAL_CACHEMAX", "GDAL_NUM_THREADS", "RETILE_CACHEMAX",
             "RETILE_NUM_THREADS", "VIPS_CONCURRENCY")


def environment(plugin, more=None):
    env = {key: value for key, value in os.environ.items()
           if key not in FORGOTTEN}
    env["GDAL_DRIVER_PATH"] = plugin
    env.update(more or {})
    return env


def own_peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def last_words(log):
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "failed and said nothing"


def run(command, env, to_disk=None):
    """Run a command. to_disk: a file that is synced within the time."""
    # No process should pay for pages that the one before did not write back.
    os.sync()
    with tempfile.TemporaryFile() as log:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, stderr=log,
                                   stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        failed = process.returncode != 0
        if to_disk is not None and not failed:
            handle = os.open(to_disk, os.O_RDONLY)
            os.fsync(handle)
            os.close(handle)
        wall_s = time.perf_counter() - start
        return Run(wall_s, used.ru_utime + used.ru_stime,
                   used.ru_maxrss / 1024, last_words(log) if failed else None)


def answer(script, *words, env):
    """Returns what a script of this folder prints."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), script)
    done = subprocess.run([sys.executable, path, *words], env=env, text=True,
                          stdout=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("%s %s failed" % (script, " ".join(words)))
    return done.stdout.strip()


def into_page_cache(path):
    with open(path, "rb", buffering=0) as stream:
        while stream.read(MB):
            pass
