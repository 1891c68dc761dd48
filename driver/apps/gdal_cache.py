"""What gdal_translate -of GTiff decodes: GDAL's block cache, simulated.

GDAL copies a raster in windows (GDALDatasetCopyWholeRaster) as wide as the
raster, if its cache allows, and a few rows of blocks high. Each window reads the
source's blocks under it through a cache that forgets the block that was used
longest ago. The tiles that are written pass through the same cache. The order of
the windows and the size of the cache are all that it takes to count how often
each block is decoded.
"""

import collections

LEAST_BYTES = 1000000  # the minimum size of a window
GOOD_BYTES = 10000000  # rows of blocks are added up to this size


class Layout:
    """A raster's size, the blocks of the source and the tiles of the target,
    each (width, height); px_bytes: of all bands that move together; passes: how
    often the raster is gone through (once for each band if they do not)."""

    def __init__(self, size, block, tile, px_bytes, passes, compressed):
        self.size = size
        self.block = block
        self.tile = tile
        self.px_bytes = px_bytes
        self.passes = passes
        self.compressed = compressed


def window_of(layout, cache_bytes):
    """(width, height) of GDAL's windows, as in its function
    GDALCopyWholeRasterGetSwathSize."""
    most = [max(layout.block[i], layout.tile[i]) for i in (0, 1)]
    goal = min(2**31 - 1, cache_bytes // 4)
    ideal = layout.size[0] * most[1] * layout.px_bytes
    if ideal < goal and ideal < GOOD_BYTES:
        ideal = GOOD_BYTES
    goal = max(min(goal, ideal), LEAST_BYTES)
    width, height = layout.size[0], most[1]
    shares = all(most[i] % layout.block[i] == 0 and most[i] % layout.tile[i] == 0
                 and layout.tile[i] % most[i] == 0
                 and layout.block[i] % most[i] == 0 for i in (0, 1))
    unit = most[1] * layout.px_bytes
    if shares and layout.size[0] not in (layout.block[0], layout.tile[0]) and \
            most[0] * unit <= goal:
        width = min(max(goal // unit // most[0] * most[0], most[0]),
                    layout.size[0])
    line = width * layout.px_bytes
    lines = max(1, goal // line)
    if line * height > goal:
        height = lines
    elif height == 1 or line * height < goal // 10:
        height = min(lines, layout.size[1])
        if height > most[1]:
            height -= height % most[1]
    if layout.compressed:
        tile_w, tile_h = layout.tile
        if height < tile_h:
            height = tile_h
            columns = goal // (tile_h * layout.px_bytes) // tile_w * tile_w
            width = min(max(columns, tile_w), layout.size[0])
        else:
            height -= height % tile_h
    return width, min(height, layout.size[1])


class Cache:
    """Blocks by the time of their last use, up to a number of bytes."""

    def __init__(self, n_bytes):
        self.left = n_bytes
        self.blocks = collections.OrderedDict()

    def use(self, key, n_bytes):
        """Whether the block had to be loaded."""
        if key in self.blocks:
            self.blocks.move_to_end(key)
            return False
        self.blocks[key] = n_bytes
        self.left -= n_bytes
        while self.left < 0 and len(self.blocks) > 1:
            self.left += self.blocks.popitem(last=False)[1]
        return True


def blocks_under(window, block):
    """(column, row) of the blocks under window (x, y, width, height), in the
    order in which GDAL reads them."""
    x, y, width, height = window
    for row in range(y // block[1], (y + height - 1) // block[1] + 1):
        for col in range(x // block[0], (x + width - 1) // block[0] + 1):
            yield col, row


def windows(layout, cache_bytes):
    """All windows, row by row."""
    width, height = window_of(layout, cache_bytes)
    for y in range(0, layout.size[1], height):
        for x in range(0, layout.size[0], width):
            yield (x, y, min(width, layout.size[0] - x),
                   min(height, layout.size[1] - y))


def count_decodes(layout, cache_bytes):
    """(blocks decoded, different blocks), in all passes together."""
    n_decoded, seen = 0, set()
    block_bytes = layout.block[0] * layout.block[1] * layout.px_bytes
    tile_bytes = layout.tile[0] * layout.tile[1] * layout.px_bytes
    cache = Cache(cache_bytes)
    for window in windows(layout, cache_bytes):
        for key in blocks_under(window, layout.block):
            n_decoded += cache.use(("read",) + key, block_bytes)
            seen.add(key)
        for key in blocks_under(window, layout.tile):
            cache.use(("write",) + key, tile_bytes)
    return n_decoded * layout.passes, len(seen) * layout.passes
