"""The content of a TIFF file except its tiles: the tags of every directory."""

import struct
from pathlib import Path

# Bytes per value of each type in the TIFF and BigTIFF specifications.
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4,
         12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

# Places and lengths of tiles, which depend on the compression.
OFFSETS, BYTE_COUNTS = (273, 324), (279, 325)
SUB_DIRECTORIES = 330


class Tiff:
    """A TIFF or BigTIFF file in either byte order."""

    def __init__(self, name):
        self.data = Path(name).read_bytes()
        self.order = {b"II": "<", b"MM": ">"}[self.data[:2]]
        self.big = self.unpack("H", 2) == 43
        self.first = self.unpack("Q", 8) if self.big else self.unpack("I", 4)

    def unpack(self, form, offset):
        return struct.unpack_from(self.order + form, self.data, offset)[0]

    def directories(self):
        """The directories in their order: {tag: (type, count, bytes)}."""
        found, offset = [], self.first
        while offset:
            tags, offset = self.directory(offset)
            found.append(tags)
        return found

    def directory(self, offset):
        count_form, entry_bytes, word = ("Q", 20, "Q") if self.big else \
            ("H", 12, "I")
        inline = struct.calcsize(word)
        entries = self.unpack(count_form, offset)
        offset += struct.calcsize(count_form)
        tags = {}
        for at in range(offset, offset + entries * entry_bytes, entry_bytes):
            tag, kind = self.unpack("H", at), self.unpack("H", at + 2)
            count = self.unpack(word, at + 4)
            size = SIZES[kind] * count
            start = at + 4 + inline
            if size > inline:
                start = self.unpack(word, start)
            tags[tag] = (kind, count, self.data[start:start + size])
        return tags, self.unpack(word, offset + entries * entry_bytes)

    def values(self, tags, names):
        """The whole numbers of the first of these tags that exists."""
        kind, count, data = next(tags[name] for name in names if name in tags)
        form = {3: "H", 4: "I", 16: "Q"}[kind]
        return struct.unpack(self.order + form * count, data)

    def tiles(self, tags):
        """(offset, bytes) of each, in the order of the image."""
        return list(zip(self.values(tags, OFFSETS),
                        self.values(tags, BYTE_COUNTS)))


def comparable(name):
    """Byte order, size of offsets, and all tags that do not depend on places
    in the file; for offsets and byte counts, only their number."""
    tiff = Tiff(name)
    return tiff.order, tiff.big, [
        {tag: (count if tag in OFFSETS + BYTE_COUNTS + (SUB_DIRECTORIES,)
               else (kind, count, data))
         for tag, (kind, count, data) in tags.items()}
        for tags in tiff.directories()]
