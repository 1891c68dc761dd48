"""The least time that a copy could take, which the bench measures itself.

The CPU time of decoding the source alone and of encoding the tiles alone,
divided by the number of cores: what a copy would take if nothing else had to
be done and no core ever waited.

Decoding alone is the CPU time of reading the source in rows of its natural
blocks on one thread, by GDAL (pixels.py decode); that leaves out start-up.

Encoding alone has no command of its own. It is the CPU time of a copy by
RETILE, on one thread, of a file with the same pixels whose decoding costs next
to nothing (tiles of 512 x 512 that are not compressed), less that of reading
this file alone, measured as above, and less that of a copy of one tile, which
stands for start-up. The encoder is thus RETILE's own: a faster one would make
a lower limit. What it takes to write the tiles into the file is part of it.

Each of the parts is the least of several runs, for a limit that is too high
would flatter.
"""

import os

import apart
import contenders

# Enough for any of the bench's rasters: nothing is decoded twice or spilled.
AMPLE_MB = 2048


def cores():
    return len(os.sched_getaffinity(0))


class Limits:
    """Measures what it is asked for once and keeps it."""

    def __init__(self, given):
        self.given = given
        self.env = apart.environment(given.plugin)
        self.known = {}

    def seconds(self, source, raw, how):
        return (self.decode_s(source) + self.encode_s(raw, how)) / cores()

    def decode_s(self, path):
        return self._once(("decode", path), lambda: float(apart.answer(
            "pixels.py", "decode", path, env=self.env)))

    def encode_s(self, raw, how):
        copy_s = self._copy_s(raw, how)
        return max(0.0, copy_s - self.decode_s(raw) - self._start_s(raw, how))

    def _start_s(self, raw, how):
        """Start-up, as the CPU time of copying next to nothing."""
        corner = os.path.join(self.given.dir, "corner.vrt")
        contenders.remove(corner)
        made = apart.run(["gdal_translate", "-q", "-of", "VRT", "-srcwin", "0",
                          "0", "16", "16", raw, corner], self.env)
        if made.error is not None:
            raise RuntimeError(made.error)
        return self._copy_s(corner, how)

    def _copy_s(self, source, how):
        one = contenders.retile(how, AMPLE_MB, threads=1)
        return self._once((source, how.name), lambda: self._copy_once(
            one, source))

    def _copy_once(self, contender, source):
        target = os.path.join(self.given.dir, "limit.tif")
        run = contenders.run_once(contender, source, target, self.given.plugin,
                                  False)
        contenders.remove(target)
        if run.error is not None:
            raise RuntimeError(run.error)
        return run.cpu_s

    def _once(self, key, measure):
        if key not in self.known:
            self.known[key] = min(measure() for _ in range(self.given.runs))
        return self.known[key]
