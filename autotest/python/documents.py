"""The documents for users, and the commands in them.

A command is in a fenced block of sh or python. A comment above the block, which
readers do not see, may say that it is not run, and why, or what it needs:

    <!-- not run: opens a window -->
    <!-- needs: rioxarray, dask -->
"""

import glob
import os
import re
from collections import namedtuple

PROJECT = os.path.normpath(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", ".."))
FOLDER = "driver/doc"
BLOCK = re.compile(
    r"(?:^<!-- (?P<mark>not run|needs): (?P<what>[^\n]+) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL)

# line: of the fence; mark: None, "not run" or "needs"; what: the reason, or names
# of modules.
Block = namedtuple("Block", "line language text mark what")


def read(page):
    with open(os.path.join(PROJECT, page), encoding="utf-8") as file:
        return file.read()


def pages():
    return ["README.md"] + sorted(
        os.path.relpath(path, PROJECT)
        for path in glob.glob(os.path.join(PROJECT, FOLDER, "*.md")))


def blocks(page):
    text = read(page)
    for found in BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("language")) + 1
        yield Block(line, found["language"], found["text"], found["mark"],
                    found["what"])


def programs(text):
    """The first words of the commands of a block of sh."""
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "text", text)
    for line in text.splitlines():
        for command in re.split(r"\||&&|;", line.partition(" #")[0]):
            words = [word for word in command.split() if "=" not in word or
                     command.lstrip().startswith("export ")]
            if words:
                yield words[0]
