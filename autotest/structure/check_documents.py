"""Fails if a Markdown file of the project names a file or folder that is not
there: in a link, or in backticks as core/..., io/..., gdal/..., driver/...,
autotest/... or cmake/...; an extension may be left out. Names with an x for
the file, such as test_x.cpp, are examples."""

import os
import re
import sys

PROJECT = os.path.normpath(os.path.join(os.path.dirname(
    os.path.abspath(__file__)), "..", ".."))
LINK = re.compile(r"\]\(([^)#\s]+)\)")
NAME = re.compile(
    r"`((?:core|io|gdal|driver|autotest|cmake)/[\w/.]+)`")
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


def faults(path, known):
    with open(os.path.join(PROJECT, path), encoding="utf-8") as file:
        text = file.read()
    for link in LINK.findall(text):
        target = os.path.normpath(os.path.join(os.path.dirname(path), link))
        if "://" not in link and target not in known:
            yield "%s: no such link: %s" % (path, link)
    for name in NAME.findall(text):
        if not EXAMPLE.search(name) and not is_there(name, known):
            yield "%s: no such file: %s" % (path, name)


def main():
    known = set(project_files())
    found = [fault for path in sorted(known) if path.endswith(".md")
             for fault in faults(path, known)]
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
