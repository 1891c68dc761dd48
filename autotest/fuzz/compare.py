"""Finds the differences between the facts of RETILE's side and plain GDAL's."""

import re

import numpy as np

from observe import Pixels
from sources import NUMPY

# Complex types that NumPy does not have.
PARTS = {"CInt16": "i2", "CInt32": "i4", "CFloat16": "f2"}

# Files next to a GeoTIFF that belong to it, by their names.
SIDECARS = (".aux.xml", ".msk", ".ovr", ".msk.ovr", ".ovr.msk",
            ".msk.aux.xml", ".ovr.aux.xml")
STEM_SIDECARS = (".tfw", ".wld", ".RPB", "_RPC.TXT", "_rpc.txt", ".IMD",
                 ".tifw")


def is_less_than_a_pixel_apart(ours, plain):
    """Whether no value of ours is farther from plain's than plain's own 3x3
    values there are from each other. Integers may be rounded the other way.
    """
    if ours.dtype.kind == "c":
        return is_less_than_a_pixel_apart(ours.real, plain.real) and \
            is_less_than_a_pixel_apart(ours.imag, plain.imag)
    rounding = np.abs(plain) * 1e-6 if ours.dtype.kind == "f" else 1
    ours, plain = ours.astype("f8"), plain.astype("f8")
    height, width = plain.shape
    padded = np.pad(plain, 1, mode="edge")
    around = np.stack([padded[y:y + height, x:x + width]
                       for y in range(3) for x in range(3)])
    with np.errstate(invalid="ignore"):
        return bool((np.abs(ours - plain) <=
                     np.ptp(around, axis=0) + rounding).all())


def values_of(pixels):
    """Pixels as an array; complex types that NumPy does not have as parts."""
    return np.frombuffer(pixels.data, PARTS.get(
        pixels.type, NUMPY.get(pixels.type)))


def wrong_pixels(ours, plain):
    """How many values differ, with NaN equal to NaN; "" if none does."""
    if ours == plain:
        return ""
    if (ours.type, ours.width, ours.height) != (plain.type, plain.width,
                                                plain.height):
        return "%s of %dx%d, plain %s of %dx%d" % (*ours[:3], *plain[:3])
    if ours.data is None or plain.data is None:
        return "%s, plain %s" % tuple(
            "read failed" if side.data is None else "read"
            for side in (ours, plain))
    a, b = values_of(ours), values_of(plain)
    differ = a != b
    if a.dtype.kind in "fc":
        differ &= ~(np.isnan(a) & np.isnan(b))
    at = np.flatnonzero(differ)
    if at.size == 0:
        return ""
    how = ""
    if np.unique(a[at]).size == 1 and np.unique(b[at]).size == 1:
        how = "all alike, "
    if a.size == ours.width * ours.height and is_less_than_a_pixel_apart(
            a.reshape(ours.height, -1), b.reshape(ours.height, -1)):
        how += "less than a pixel apart, "
    return "%d of %dx%d values differ, %sthe first at %d: %s, plain %s" % (
        at.size, ours.width, ours.height, how, at[0], a[at[0]], b[at[0]])


def short(value):
    text = repr(value)
    return text if len(text) < 160 else text[:160] + "..."


def differences(ours, plain, where=""):
    """A list of (name of the fact, what differs)."""
    if isinstance(plain, Pixels) and isinstance(ours, Pixels):
        told = wrong_pixels(ours, plain)
        return [(where, told)] if told else []
    if isinstance(plain, dict) and isinstance(ours, dict):
        found = []
        for key in sorted(set(ours) | set(plain), key=str):
            name = "%s %s" % (where, key) if where else str(key)
            if key not in ours or key not in plain:
                found.append((name, "%s, plain %s" % tuple(
                    short(side[key]) if key in side and not isinstance(
                        side[key], Pixels) else
                    "there" if key in side else "not there"
                    for side in (ours, plain))))
            else:
                found += differences(ours[key], plain[key], name)
        return found
    if isinstance(plain, list) and isinstance(ours, list) and \
            len(plain) == len(ours):
        return [one for i, (a, b) in enumerate(zip(ours, plain))
                for one in differences(a, b, "%s[%d]" % (where, i))]
    if repr(ours) == repr(plain) or ours == plain:
        return []
    return [(where, "%s, plain %s" % (short(ours), short(plain)))]


def own_files(target):
    stem = target.rsplit(".", 1)[0]
    return {target} | {target + end for end in SIDECARS} | {
        stem + end for end in STEM_SIDECARS}


def file_differences(before, ours, plain, target, made):
    """before, ours, plain: the folder before and after. target: the file to be
    written, or "". made: whether ours reported success. If plain GDAL deletes
    files next to its target, ours still may not."""
    found = []
    own = own_files(target) if target and made else set()
    kept = own | {name for name in before if name.startswith("old_")}
    for name in sorted(set(before) | set(ours) | set(plain)):
        was, now, theirs = (side.get(name) for side in (before, ours, plain))
        if name in own:
            if (now is None) != (theirs is None):
                found.append(("file " + name, "%s, plain %s" % tuple(
                    "missing" if side is None else "there"
                    for side in (now, theirs))))
        elif now != was and (now != theirs or name in kept):
            found.append(("file " + name, "deleted" if now is None else
                          "left behind" if was is None else "changed"))
    return found


def words(text):
    """A message without the names of drivers and files, and addresses."""
    text = re.sub(r"^RETILE: (source '[^']*': )?", "", text)
    text = re.sub(r"\b(RETILE|GTiff|COG|TIFF)\b( driver)?", "_", text)
    text = re.sub(r"(/[\w.+-]+)+|\b\w+\.(tif|vrt|jp2|img|nc|png)\b", "_",
                  text)
    text = re.sub(r", band \d+", "", text)
    text = re.sub(r"^_: ", "", text)
    text = re.sub(r"0x[0-9a-f]+|\d+", "0", text)
    return text


def message_differences(ours, plain, failed, plain_failed):
    """A failure gives one error, a success none, and there are no warnings that
    plain GDAL does not give. Messages are (class, text)."""
    errors = [text for severity, text in ours if severity >= 3]
    plain_errors = [text for severity, text in plain if severity >= 3]
    # Successes give PROJ's too, and each time that a file is opened.
    own_errors = [text for text in plain_errors if not text.startswith("PROJ: ")]
    known = {words(text) for text in own_errors}
    told = [text for text in errors if not text.startswith("PROJ: ") and
            words(text) not in known]
    found = []
    if failed and not errors and (own_errors or not plain_failed):
        found.append(("messages", "failed without an error"))
    if failed and len(told) > max(1, len(own_errors)):
        found.append(("messages", "%d errors: %s" % (
            len(told), short(told))))
    if not failed and errors and not plain_errors:
        found.append(("messages", "errors of a success: %s" % short(errors)))
    known = {words(text) for severity, text in plain}
    stray = [text for severity, text in ours
             if severity < 3 and words(text) not in known]
    if stray and not failed:
        found.append(("messages", "stray: %s" % short(stray)))
    return found
