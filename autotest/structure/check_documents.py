"""Holds the Markdown files of the project to what is there.

- A file or folder that they name is there: in a link, or in backticks as
  core/..., io/..., gdal/..., driver/..., autotest/... or cmake/..., or as a
  source's name alone. An extension may be left out after a folder. Names with
  an x for the file, such as test_x.cpp, are examples.
- A function or class of ours (rt_..., Retile...) that they name in backticks is
  in the sources.
- What DESIGN.md says to be in a source (`name` ... `io/copy/x.c`) is there.
- The README of a folder of driver/ has a table that names each module of the
  folder, and nothing else.
- The lines of these READMEs and of the first one, but for tables, have at most
  MOST_COLUMNS columns, and DESIGN.md has at most MOST_LINES lines.
- driver/doc/troubleshooting.md explains each message of the driver, and no other.
"""

import os
import re
import sys

import messages

PROJECT = os.path.normpath(os.path.join(os.path.dirname(
    os.path.abspath(__file__)), "..", ".."))
LINK = re.compile(r"\]\(([^)#\s]+)\)")
NAME = re.compile(
    r"`((?:core|io|gdal|driver|autotest|cmake)/[\w/.]+)`")
SOURCE = re.compile(r"`([\w]+\.(?:c|h|cpp|py))`")
OURS = re.compile(r"`(?:\w+::)?((?:rt_|RT_|Retile)\w+)")
PLACE = re.compile(r"`([\w:]+)`[^`|]*`((?:core|io|gdal)/[\w/.]+)`")
TABLE = re.compile(r"^\| file(?: or folder)? \|.*\n(?:\|.*\n)+", re.MULTILINE)
ROW = re.compile(r"^\| ((?:`[^`]+`(?:, )?)+) \|", re.MULTILINE)
MOST_COLUMNS = 88
MOST_LINES = 150
EXAMPLE = re.compile(r"(^|/)(test_)?x\.\w+$")


def project_files():
    """Paths of all files and folders but builds and what is hidden."""
    for folder, folders, names in os.walk(PROJECT):
        folders[:] = [name for name in folders
                      if not name.startswith(".") and name != "build"]
        for name in folders + names:
            yield os.path.relpath(os.path.join(folder, name), PROJECT)


def is_there(name, known):
    name = name.rstrip("/")
    return any(path in known or any(path + end in known
                                    for end in (".c", ".h", ".cpp", ".py"))
               for path in (name, "driver/" + name))


def faults(path, text, known):
    for link in LINK.findall(text):
        target = os.path.normpath(os.path.join(os.path.dirname(path), link))
        if "://" not in link and target not in known:
            yield "%s: no such link: %s" % (path, link)
    for name in NAME.findall(text):
        if not EXAMPLE.search(name) and not is_there(name, known):
            yield "%s: no such file: %s" % (path, name)


def faults_of_names(path, text, known, words):
    names = {os.path.basename(name) for name in known}
    for name in SOURCE.findall(text):
        if name not in names and not EXAMPLE.search(name):
            yield "%s: no such source: %s" % (path, name)
    for name in OURS.findall(text):
        if name not in words:
            yield "%s: not in the sources: %s" % (path, name)


def faults_of_folder(path, text, known):
    """Of the README of a folder of the driver: its table and its lines."""
    folder = os.path.dirname(path)
    table = TABLE.search(text)
    below = {os.path.basename(name) for name in known
             if os.path.dirname(name) == folder}
    here = {os.path.basename(name) for name in known
            if os.path.dirname(name) == folder and
            name.endswith((".c", ".h", ".cpp", ".py"))}
    modules = {name.rsplit(".", 1)[0] for name in here}
    told = set()
    for row in ROW.findall(table.group() if table else ""):
        for name in re.findall(r"`([^`]+)`", row):
            told.add(name.rsplit(".", 1)[0])
            if name not in below and name not in modules:
                yield "%s: its table has %s, the folder has not" % (path, name)
    for name in sorted(modules - told):
        if not name.endswith("internal"):
            yield "%s: its table has no %s" % (path, name)


def faults_of_lines(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > MOST_COLUMNS and not line.startswith("|"):
            yield "%s:%d: %d columns" % (path, number, len(line))


def has_short_lines(path):
    return path == "README.md" or \
        os.path.basename(path) == "README.md" and path.startswith("driver/")


def faults_of_places(path, text):
    rows = "\n".join(re.findall(r"^\|.*", text, re.MULTILINE))
    for name, source in PLACE.findall(rows):
        with open(os.path.join(PROJECT, "driver", source),
                  encoding="utf-8") as file:
            if not re.search(r"\b%s\b" % name.split("::")[-1], file.read()):
                yield "%s: %s is not in %s" % (path, name, source)


def words_of_sources(known):
    words = set()
    for path in known:
        if path.startswith(("driver/", "autotest/")) and \
                path.endswith((".c", ".h", ".cpp", ".py")):
            with open(os.path.join(PROJECT, path), encoding="utf-8") as file:
                words.update(re.findall(r"\w+", file.read()))
    return words


def main():
    known = set(project_files())
    words = words_of_sources(known)
    found = []
    for path in sorted(known):
        if not path.endswith(".md"):
            continue
        with open(os.path.join(PROJECT, path), encoding="utf-8") as file:
            text = file.read()
        found += faults(path, text, known)
        found += faults_of_names(path, text, known, words)
        if os.path.basename(path) == "README.md" and \
                path.startswith("driver/"):
            found += faults_of_folder(path, text, known)
        if has_short_lines(path):
            found += faults_of_lines(path, text)
        if path == "driver/DESIGN.md":
            found += faults_of_places(path, text)
            if text.count("\n") > MOST_LINES:
                found.append("%s has more than %d lines" % (path, MOST_LINES))
    found += messages.faults(PROJECT)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
