"""The messages of the driver, and those that the page of messages explains.

In both, … stands for what a message is filled in with.
"""

import os
import re

PAGE = os.path.join("driver", "doc", "troubleshooting.md")
# The messages of GDAL and of programs are not in our sources.
OTHERS = "## The driver is not there"
CALL = re.compile(r"\b(?:rt_error_set|CPLError)\s*\(")
TEXT = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*(?:PRI\w+\s*)?"(?:[^"\\]|\\.)*")*')
PART = re.compile(r'"((?:[^"\\]|\\.)*)"|(PRI\w+)')
FIELD = re.compile(r"%[-+ #0]*[\d*]*(?:\.[\d*]+)?(?:hh|h|ll|l|z|j)?[a-zA-Z]?")
# What a user cannot mend, or asked for.
LEFT_OUT = ("RT_ERR_INTERNAL", "RT_ERR_CANCELLED", "CE_Debug")


def arguments(text, start):
    """The text between the parentheses that are open at start."""
    depth, at, quoted = 1, start, False
    while depth:
        letter = text[at]
        if quoted:
            at += letter == "\\"
            quoted = letter != '"'
        elif letter == '"':
            quoted = True
        else:
            depth += (letter == "(") - (letter == ")")
        at += 1
    return text[start:at - 1]


def filled(literals):
    """A message as the page writes it, of the literals of its format."""
    text = "".join("d" if macro else part
                   for part, macro in PART.findall(literals))
    text = text.replace("%%", "\0").replace('\\"', '"').replace("\\n", "")
    text = FIELD.sub("…", text).replace("\0", "%")
    return re.sub("^RETILE: ", "", text)


def of_source(text):
    for call in CALL.finditer(text):
        words = arguments(text, call.end())
        literals = TEXT.search(words)
        if literals and not any(word in words for word in LEFT_OUT):
            message = filled(literals.group())
            if re.search("[a-z]{3}", message):
                yield message


def of_driver(project):
    """By message: the source that has it."""
    found = {}
    for folder, _, names in os.walk(os.path.join(project, "driver")):
        for name in sorted(names):
            if name.endswith((".c", ".cpp")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    for message in of_source(file.read()):
                        found[message] = os.path.relpath(path, project)
    return found


def of_page(text):
    """The messages in the first columns of the page's tables."""
    for section in re.split(r"^(?=## )", text, flags=re.MULTILINE):
        if not section.startswith(OTHERS):
            for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
                yield from re.findall(r"`([^`]+)`", row)


def faults(project):
    """Messages without an explanation, and explanations without a message."""
    with open(os.path.join(project, PAGE), encoding="utf-8") as file:
        explained = {message: re.compile(
            ".*".join(map(re.escape, message.split("…"))))
            for message in of_page(file.read())}
    messages = of_driver(project)
    for message, path in sorted(messages.items()):
        if not any(known.fullmatch(message) for known in explained.values()):
            yield "%s: no word of this message of %s: %s" % (PAGE, path, message)
    for message, known in explained.items():
        if not any(map(known.fullmatch, messages)):
            yield "%s: not a message of the driver: %s" % (PAGE, message)
