"""Holds the sources to their structure.

    check_structure.py [--objects FOLDER] [--table]

- gdal/ may use io/ and core/, io/ may use core/; core/ uses no GDAL.
- Folders do not include each other in a circle, nor do modules. A module is a
  header and a source of one name; NAME_internal.h and internal.h are modules of
  their own, below the one that they belong to. Who includes them, includes the
  headers of that one which they include.
- Functions of modules do not call each other in a circle, as the symbols of the
  object files in FOLDER have it. GROUPS names the exception.
- A folder has at most MOST_SOURCES sources.
- Only OF_VERSIONS asks for GDAL's version.
- Waits with a deadline are made by OF_WAITS only, which uses the monotonic clock:
  nothing else calls a function of TIMED_WAITS, in its sources or its objects.

--table prints the folders with their files, lines and includes.
"""

import argparse
import collections
import os
import re
import subprocess
import sys

DRIVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..",
                      "driver")
LAYERS = ("core", "io", "gdal")  # from below
MOST_SOURCES = 15
OF_VERSIONS = "io/dataset/gdal_versions.h"
OF_WAITS = "core/base/condition.c"
# They take the time of day, or let the caller choose a clock.
TIMED_WAITS = {
    "pthread_cond_timedwait", "pthread_cond_clockwait",
    "pthread_mutex_timedlock", "pthread_mutex_clocklock",
    "pthread_rwlock_timedrdlock", "pthread_rwlock_timedwrlock",
    "pthread_rwlock_clockrdlock", "pthread_rwlock_clockwrlock",
    "pthread_timedjoin_np", "pthread_clockjoin_np", "cnd_timedwait",
    "mtx_timedlock", "sem_timedwait", "sem_clockwait", "mq_timedreceive",
    "mq_timedsend", "sigtimedwait", "CPLCondTimedWait"}
# C++ makes these calls in its headers.
OF_DAY = re.compile(r"\b(CLOCK_REALTIME\w*|system_clock|condition_variable\w*|"
                    r"(?<=[.>])(wait|try_lock)_(for|until)|gettimeofday|"
                    r"timespec_get|" + "|".join(sorted(TIMED_WAITS)) + r")\b")
INCLUDE = re.compile(r'^#include ["<]([^">]+)[">]', re.MULTILINE)
OF_GDAL = re.compile(r"^(gdal|cpl_|ogr_|vrt)")
OUTSIDE_CORE = OF_GDAL, re.compile(r"^(tiff|openjpeg|Lerc)")

# Modules that may call each other, see gdal/view/README.md.
GROUPS = [{"gdal/view/dataset_pixels", "gdal/view/band", "gdal/view/mask_band",
           "gdal/view/level_choice", "gdal/view/band_statistics"}]


def module_of(path):
    return path.rsplit(".", 1)[0]


def read_sources():
    """Path below driver/ -> text."""
    sources = {}
    for layer in LAYERS:
        for folder, _, names in os.walk(os.path.join(DRIVER, layer)):
            for name in names:
                if name.endswith((".c", ".h", ".cpp")):
                    path = os.path.join(folder, name)
                    with open(path, encoding="utf-8") as file:
                        sources[os.path.relpath(path, DRIVER)] = file.read()
    return sources


def completes(path, included):
    """Whether path is the internal header of the module that it includes."""
    folder, name = os.path.split(path)
    if not name.endswith("internal.h"):
        return False
    own = name[:-len("internal.h")].rstrip("_")  # "": of the whole folder
    return os.path.dirname(included) == folder and \
        os.path.basename(included) in (own or os.path.basename(included),)


def arrows(sources):
    """Module -> modules that it includes."""
    known = {module_of(path) for path in sources}
    found = collections.defaultdict(set)
    completed = collections.defaultdict(set)
    for path, text in sources.items():
        module = module_of(path)
        found[module].update(())
        for name in INCLUDE.findall(text):
            other = module_of(name)
            if other in known and other != module:
                (completed if completes(path, other) else found)[module].add(
                    other)
    # See the description: an internal header hides no circle.
    for module, others in found.items():
        for other in list(others):
            others.update(completed[other] - {module})
    return found


def calls(folder):
    """Module -> modules whose symbols its object file asks for, and the faults
    of those that wait by a clock."""
    defined, asked, waits = {}, {}, []
    objects = {}
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if not name.endswith(".o") or ".dir/" not in path:
                continue
            source = module_of(path.split(".dir/")[1])
            module = module_of(source)
            # Objects of sources that have gone may lie there.
            if module.startswith(LAYERS) and os.path.exists(
                    os.path.join(DRIVER, source)):
                objects[path] = module
                asked[module] = set()
    if not objects:
        return {}, []
    listed = subprocess.run(["nm", "-A", "-P", *objects], check=True,
                            capture_output=True, text=True).stdout
    for line in listed.splitlines():
        path, rest = line.split(": ", 1)
        symbol, kind = rest.split()[:2]
        if kind in "TDBRCV":
            defined[symbol] = objects[path]
        elif kind == "U":
            asked[objects[path]].add(symbol)
            if symbol.split("@")[0] in TIMED_WAITS and \
                    objects[path] != module_of(OF_WAITS):
                waits.append("%s calls %s: waits with a deadline are for %s" % (
                    objects[path], symbol, OF_WAITS))
    return {module: {defined[symbol] for symbol in symbols
                     if defined.get(symbol, module) != module}
            for module, symbols in asked.items()}, waits


def circles(graph):
    """The sets of nodes that reach each other (Tarjan)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in order:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == order[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(set(stack[at:]))
            del stack[at:]

    sys.setrecursionlimit(10000)
    for node in sorted(graph):
        if node not in order:
            visit(node)
    return found


def of_folders(graph):
    found = collections.defaultdict(set)
    for module, others in graph.items():
        here = os.path.dirname(module)
        found[here].update(os.path.dirname(other) for other in others)
        found[here].discard(here)
    return found


def wrong_layers(sources):
    for path, text in sorted(sources.items()):
        layer = LAYERS.index(path.split("/")[0])
        for name in INCLUDE.findall(text):
            if name.split("/")[0] in LAYERS[layer + 1:]:
                yield "%s includes %s, which is above it" % (path, name)
            if layer == 0 and any(kind.match(name) for kind in OUTSIDE_CORE):
                yield "%s includes %s: the core knows no GDAL" % (path, name)


def wrong_circles(what, graph, allowed=()):
    for circle in circles(graph):
        if not any(circle <= group for group in allowed):
            yield "%s in a circle: %s" % (what, ", ".join(sorted(circle)))


def scattered_versions(sources):
    for path, text in sorted(sources.items()):
        if path != OF_VERSIONS and "GDAL_VERSION" in text:
            yield "%s asks for GDAL's version: that is for %s" % (
                path, OF_VERSIONS)


def without_comments(text):
    return re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)


def timed_waits(sources):
    for path, text in sorted(sources.items()):
        if path == OF_WAITS:
            continue
        for found in OF_DAY.finditer(without_comments(text)):
            yield "%s uses %s: waits with a deadline are for %s" % (
                path, found.group(), OF_WAITS)
    text = sources[OF_WAITS]
    if "pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)" not in text \
            or "CLOCK_REALTIME" in text:
        yield OF_WAITS + " does not use the monotonic clock"


def crowded(sources):
    count = collections.Counter(os.path.dirname(path) for path in sources
                                if not path.endswith(".h"))
    for folder, n_sources in sorted(count.items()):
        if n_sources > MOST_SOURCES:
            yield "%s has %d sources" % (folder, n_sources)


def print_table(sources, graph):
    below = of_folders(graph)
    print("%-16s %7s %6s  %s" % ("folder", "sources", "lines", "includes"))
    for folder in sorted({os.path.dirname(path) for path in sources},
                         key=lambda name: (LAYERS.index(name.split("/")[0]),
                                           name)):
        own = {path: text for path, text in sources.items()
               if os.path.dirname(path) == folder}
        print("%-16s %7d %6d  %s" % (
            folder, sum(not path.endswith(".h") for path in own),
            sum(text.count("\n") for text in own.values()),
            " ".join(sorted(below[folder]))))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", help="folder of a build's object files")
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    sources = read_sources()
    graph = arrows(sources)
    if options.table:
        print_table(sources, graph)
    faults = list(wrong_layers(sources)) + list(crowded(sources))
    faults += scattered_versions(sources)
    faults += timed_waits(sources)
    faults += wrong_circles("folders include each other", of_folders(graph))
    faults += wrong_circles("modules include each other", graph)
    if options.objects:
        called, waits = calls(options.objects)
        faults += waits
        if not called:
            faults.append("no object files in " + options.objects)
        faults += wrong_circles("modules call each other", called, GROUPS)
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
