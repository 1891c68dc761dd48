"""Simplifies a case that differs, as long as it differs in the same way."""

import copy
import re
import time

BUDGET_S = 60


def groups(words):
    """Options together with their values."""
    found = []
    for word in words:
        if re.match(r"-[a-z]", word) or not found:
            found.append([])
        found[-1].append(word)
    return found


def without_one(items):
    return [items[:i] + items[i + 1:] for i in range(len(items))]


def set_at(case, path, value):
    changed = copy.deepcopy(case)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def get_at(case, path):
    for key in path:
        case = case[key]
    return case


PLAIN = {"overviews": None, "tables": [], "mask": "none", "place": "none",
         "nan": False, "extreme": False, "content": "slope",
         "mask_inside": True, "seed": 0}
PLAIN_SOURCE = {"reach": "plain", "hold": "name", "damage": []}
PLAIN_COMMAND = {"older": None, "through": None, "program": False,
                 "config": {}, "flip": {}, "fork": False, "threads": 1,
                 "nested": 1, "target": "out.tif", "own": [], "creation": [],
                 "words": [], "open": [], "generic": []}


def simpler_values(case):
    """(path, value) pairs to try."""
    for key, value in PLAIN_COMMAND.items():
        if key in case["command"]:
            yield ["command", key], value
    for key, value in PLAIN_SOURCE.items():
        if key in case["source"]:
            yield ["source", key], value
    yield ["source", "layers"], []
    for i, file in enumerate(case["source"]["files"]):
        at = ["source", "files", i]
        for key, value in PLAIN.items():
            if key in file:
                yield at + [key], value
        yield at + ["creation"], []
        yield at + ["types"], ["Byte"]
        yield at + ["types"], file["types"][:1]
        yield at + ["types"], ["Byte"] * len(file["types"])


def shorter_lists(case):
    paths = [["source", "layers"], ["command", "asks"],
             ["command", "creation"], ["command", "own"],
             ["command", "open"]]
    for i in range(len(case["source"]["files"])):
        paths += [["source", "files", i, "creation"],
                  ["source", "files", i, "tables"],
                  ["source", "files", i, "types"]]
    for path in paths:
        if path[-1] in get_at(case, path[:-1]):
            for left in without_one(get_at(case, path)):
                yield path, left


def shorter_words(case):
    places = [["command", "words"]] + [
        ["source", "layers", i, "words"]
        for i in range(len(case["source"]["layers"]))]
    for path in places:
        if path[-1] in get_at(case, path[:-1]):
            for left in without_one(groups(get_at(case, path))):
                yield path, [word for group in left for word in group]


def smaller_sizes(case):
    for i, file in enumerate(case["source"]["files"]):
        for key in ("width", "height"):
            for size in (1, 8, 20, 100, file[key] // 2, file[key] - 1):
                if 1 <= size < file[key]:
                    yield ["source", "files", i, key], size


def candidates(case):
    for make in (simpler_values, shorter_lists, shorter_words, smaller_sizes):
        for path, value in make(case):
            if get_at(case, path) != value:
                changed = set_at(case, path, value)
                if changed["source"]["files"] and changed["source"]["files"][
                        -1]["types"]:
                    yield changed


def signature(differences):
    """The kind of difference, without the numbers of bands and the like."""
    return {re.sub(r"\d+", "0", fact) + (
        ":" + told.split(":")[0] if fact in ("end", "messages") or
        fact.startswith("file") else "") for fact, told in differences}


def shrink(case, differences, run, budget_s=BUDGET_S):
    """run(case) returns differences, or [] if the case cannot be run. Returns
    the simplest case found, and its differences."""
    wanted = signature(differences)
    limit = time.monotonic() + budget_s
    progress = True
    while progress:
        progress = False
        for simpler in candidates(case):
            if time.monotonic() > limit:
                return case, differences
            found = run(simpler)
            if wanted & signature(found):
                case, differences, progress = simpler, found, True
                break
    return case, differences
