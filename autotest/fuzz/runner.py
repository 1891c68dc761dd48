"""Runs one case: makes its source, runs both sides, returns the differences.

Each step is a child process, forked from one that has GDAL loaded. A step that
crashes or hangs stops nothing else, and no step sees what another one left in
GDAL's memory. Both sides run in a folder of the same name.
"""

import ctypes
import os
import pickle
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import namedtuple

import commands
import compare
import known
import observe
import perform
import recipes
import sources
from osgeo import gdal, gdal_array  # noqa: F401 (it takes time to load)

IDLE_S = 20  # without computing: it hangs; a busy machine is only slow
CPU_S = 60
SLACK_KB = 200 * 1024  # of memory, more than plain GDAL takes

# how: "ended", or what happened to the process. value: the result of the work.
Ended = namedtuple("Ended", "how value peak_kb said")


class Unfit(Exception):
    """Plain GDAL cannot make this source."""


def child_work(work, folder, result, retile):
    os.chdir(folder)
    gdal.DontUseExceptions()
    said = os.open(result + ".said", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    if not retile and gdal.GetDriverByName("RETILE"):
        gdal.GetDriverByName("RETILE").Deregister()
    before_kb = peak_kb()
    value = work()
    with open(result, "wb") as out:
        pickle.dump((value, peak_kb() - before_kb), out)


def peak_kb():
    with open("/proc/self/status") as status:
        return int(re.search(r"VmHWM:\s*(\d+)", status.read())[1])


def cpu_s(process):
    with open("/proc/%d/stat" % process) as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def ended(child):
    """The status of waitpid, or None if it hangs or computes for ever."""
    pause_s, computed, since = 0.001, 0.0, time.monotonic()
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return status
        time.sleep(pause_s)
        pause_s = min(0.02, pause_s * 1.3)
        now = time.monotonic()
        if now - since > IDLE_S:
            spent = cpu_s(child)
            if spent - computed < 0.05 or spent > CPU_S:
                return None
            computed, since = spent, now


def in_child(work, folder, result, retile):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            child_work(work, folder, result, retile)
            code = 0
        except Unfit:
            code = 3
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    status = ended(child)
    if status is None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return Ended("hangs", None, 0, "")
    with open(result + ".said", errors="replace") as said:
        text = said.read()
    if os.WIFSIGNALED(status):
        return Ended("killed by signal %d" % os.WTERMSIG(status), None, 0,
                     text)
    code = os.WEXITSTATUS(status)
    if code:
        return Ended("unfit" if code == 3 else "exception", None, 0, text)
    with open(result, "rb") as came:
        return Ended("ended", *pickle.load(came), text)


def printed(text):
    """Messages that threads printed instead of passing them to the handler."""
    return [(3 if line.startswith("ERROR") else 2, line.split(": ", 1)[-1])
            for line in text.splitlines() if line.strip()]


def make(case):
    try:
        name = sources.make(case["source"])
        perform.make_older(case)
    except Exception as error:
        print(error)
        raise Unfit from error
    return name


def run_side(case, name, ours):
    side = perform.Side(case, name, ours)
    facts = perform.run(side)
    return facts, side.messages


def observed(case, folders):
    """The facts of the files that both sides wrote: {side: facts}."""
    found = {}
    for side, folder in folders.items():
        os.chdir(folder)
        name = case["command"]["target"].split("/")[-1]
        found[side] = observe.file_facts(
            name, described=case["command"]["layout"] != "LEVELS")
        if found[side] is not None and case["command"]["kind"] == "warp" \
                and case["command"]["layout"] == "GTIFF":
            found[side] = of_warps(found[side])
        if found[side] is not None and case["command"].get("call") in (
                "write", "object"):
            found[side] = written_values(found[side])
    return found


def leave_in_memory(byte, n):
    """Fills memory that is free, and leaves it in pieces of many sizes."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    kept = []
    for i in range(n):
        size = 8 + i % 509
        kept.append(ctypes.c_void_p(libc.malloc(size)))
        ctypes.memset(kept[-1], byte, size)
    for piece in kept[::2] + kept[1::2]:
        libc.free(piece)


def of_warps(facts):
    """A warped GeoTIFF is compared with the COG of the same warp: only with
    these facts."""
    return {key: value for key, value in facts.items()
            if key in ("size", "bands") or "overview" not in key and
            key.endswith(("pixels", "mask", "mask flags", "type", "nodata",
                          "geotransform", "system"))}


def written_values(facts):
    """rasterio lets GTiff create a file. To other drivers it gives a dataset in
    memory, which has no colours."""
    return {key: value for key, value in facts.items()
            if key in ("size", "bands", "reference geotransform") or
            "overview" not in key and key.endswith((" pixels", " type"))}


class Case:
    """A case on disk, below a folder of its own. Without RETILE, plain GDAL is
    on both sides; what differs then is undetermined: it depends on memory that
    GDAL has not written to, for example."""

    def __init__(self, case, folder, retile=True):
        self.case, self.folder, self.retile = case, folder, retile
        self.work = os.path.join(folder, "work")
        self.kept = os.path.join(folder, "kept")

    def step(self, name, work, retile, folder=None):
        return in_child(work, folder or self.work,
                        os.path.join(self.folder, name), retile)

    def both_sides(self):
        """Makes the source; returns how each side ended."""
        os.mkdir(self.work)
        made = self.step("make", lambda: make(self.case), False)
        if made.how != "ended":
            raise Unfit(made.how + made.said[-300:])
        shutil.copytree(self.work, self.kept)
        self.before = observe.folder_facts(self.work)
        sides = {}
        for side in ("ours", "plain"):
            through = self.case["command"].get("through") is not None
            sides[side] = self.step(
                side, lambda: self.run_on(side, made.value),
                side == "ours" and self.retile or through)
            os.rename(self.work, os.path.join(self.folder, "of_" + side))
            shutil.copytree(self.kept, self.work)
        return sides

    def run_on(self, side, name):
        if not self.retile:
            leave_in_memory(*((0x55, 4000) if side == "ours" else
                              (0xAA, 9001)))
        return run_side(self.case, name, side == "ours" and self.retile)

    def folders(self):
        return {side: os.path.join(self.folder, "of_" + side)
                for side in ("ours", "plain")}

    def differences(self):
        sides = self.both_sides()
        ours, plain = sides["ours"], sides["plain"]
        if plain.how != "ended":
            # There is nothing to compare with, but ours must end.
            if ours.how == "ended" or ours.how == plain.how:
                raise Unfit("plain GDAL " + plain.how + plain.said[-300:])
        if ours.how != "ended":
            return [("end", "%s; plain %s %s" % (ours.how, plain.how,
                                                 ours.said[-600:]))]
        return self.compared(ours, plain)

    def compared(self, ours, plain):
        (facts, messages), (plain_facts, plain_messages) = \
            ours.value, plain.value
        late = plain_facts.pop("failed late", False)
        failed, plain_failed = facts["failed"], plain_facts["failed"]
        found = []
        if failed and late and not plain_failed:
            plain_failed = True
            facts = {"failed": True}
            plain_facts = {"failed": True}
        if failed != plain_failed:
            worst = sorted(messages + plain_messages, reverse=True)
            found.append(("failed", "%s, plain %s; %s" % (
                failed, plain_failed, [text for _, text in worst[:4]])))
        else:
            found += compare.differences(facts, plain_facts)
        found += compare.message_differences(
            messages + printed(ours.said), plain_messages +
            printed(plain.said), failed, plain_failed)
        found += self.compared_files(failed, plain_failed or late)
        if ours.peak_kb > plain.peak_kb + SLACK_KB:
            found.append(("memory", "%d MB, plain %d MB" % (
                ours.peak_kb // 1024, plain.peak_kb // 1024)))
        return found

    def compared_files(self, failed, plain_failed):
        folders = self.folders()
        after = {side: observe.folder_facts(path)
                 for side, path in folders.items()}
        if self.case["source"]["hold"] == "dirty":
            # The command's own changes are written when the source is closed.
            for name in self.before:
                if name in after["ours"] and not name.startswith("old_"):
                    self.before[name] = after["ours"][name]
        target = self.case["command"].get("target", "")
        if self.case["command"]["kind"] == "rasterio":
            target = "out.tif"
        writes = bool(target)
        name = target.split("/")[-1]
        if failed != plain_failed:
            # This is reported already; other wrong files are ours alone.
            own = compare.own_files(name)
            return [one for one in compare.file_differences(
                self.before, after["ours"], {
                    key: self.before.get(key) if key in own else value
                    for key, value in after["plain"].items()}, "", False)
                if failed or one[0].replace("file ", "") not in own]
        if self.case["command"]["kind"] == "descriptor":
            after["plain"][name] = "written"
        # rasterio may fail to read what both have written.
        made = writes and (not failed or target == "out.tif" and
                           self.case["command"]["kind"] == "rasterio" and
                           all(name in after[side] for side in after))
        found = compare.file_differences(
            self.before, after["ours"], after["plain"], name, made)
        if not made or self.case["command"]["kind"] == "descriptor":
            return found
        seen = self.step("observe", lambda: observed(
            self.case | {"command": {**self.case["command"],
                                     "target": name}}, folders), True,
                         self.folder)
        if seen.how != "ended":
            return found + [("what was written", seen.how + seen.said[-300:])]
        return found + compare.differences(
            seen.value["ours"], seen.value["plain"], "out")


def case_of(seed, only=None):
    rng = random.Random(seed)
    source = recipes.source(rng)
    case = {"source": source,
            "command": commands.command(rng, source, only)}
    make_plainer(rng, case)
    return case


def make_plainer(rng, case):
    """Most bugs need two or three things at once, not ten."""
    source, command = case["source"], case["command"]
    for place, key, value in (
            (source, "hold", "name"), (source, "reach", "plain"),
            (source, "layers", []), (command, "older", None),
            (command, "config", {}), (command, "target", "out.tif")):
        if key in place and rng.random() < 0.5 and not (
                key == "target" and command["kind"] == "descriptor"):
            place[key] = value
    file = source["files"][-1]
    # PROJ's database takes as long to open as everything else.
    if file["place"] in ("north", "turned") and rng.random() < 0.7 and \
            "warp" not in (command["kind"], *(
                layer["make"] for layer in source["layers"])):
        file["place"] += " without system"


def differences(case, retile=True, keep=None):
    folder = tempfile.mkdtemp(prefix="differential_")
    try:
        return Case(case, folder, retile).differences()
    finally:
        if keep:
            shutil.copytree(folder, keep)
        shutil.rmtree(folder, ignore_errors=True)


def run_case(case, keep=None):
    """The differences that are neither known nor undetermined; raises Unfit."""
    found = [one for one in differences(case, keep=keep)
             if not known.is_known(case, *one)]
    if not found:
        return []
    undetermined = {fact for fact, _ in differences(case, retile=False)}
    return [one for one in found if one[0] not in undetermined]
