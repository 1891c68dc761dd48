"""The least time that a copy could take, which the bench measures itself.

It is the CPU time of decoding the source alone and of encoding the tiles alone,
divided by the number of cores: the time of a copy that has nothing else to do
and on which no core ever waits.

Decoding alone is the CPU time of GDAL reading the source in rows of source
blocks on one thread (pixels.py decode), without start-up.

Encoding alone has no command of its own. RETILE copies, on one thread, a file
with the same pixels that takes almost no time to decode (uncompressed tiles of
512 x 512). The CPU time of reading this file alone, measured as above, and that
of a copy of one tile, which stands for start-up, are subtracted. The encoder is
thus RETILE's own: a faster one would lower the limit. Writing the tiles into
the file is included.

Each part is the least of several runs, because a limit that is too high would
make the result look better than it is.
"""

import os

import apart
import contenders

# Enough for any of the bench's rasters: nothing is decoded twice or spilled.
AMPLE_MB = 2048


def cores():
    return len(os.sched_getaffinity(0))


class Limits:
    """Measures each thing once and keeps the result."""

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
        """Start-up: the CPU time of copying almost nothing."""
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
