"""A picture of a source's blocks under the tiles of its copy, as SVG.

Left: the whole raster. Right: its top left corner, where single blocks can be
seen. Source blocks are orange, tiles blue; hatched is what must be decoded for
the first tile.
"""

from xml.sax.saxutils import escape

SIDE = 420  # of a panel, in the picture's units
GAP = 40
TOP = 60
MOST_LINES = 120  # more lines than this would be a grey area
ORANGE, BLUE = "#e07b00", "#1f5fbf"


class Panel:
    """A part (width, height) of the raster, beginning in its corner, drawn at
    x; area_of: the picture's (left, top, width, height) of pixels."""

    def __init__(self, x, part):
        self.x = x
        self.part = part
        self.scale = SIDE / max(part)

    def area_of(self, x, y, width, height):
        right = min(x + width, self.part[0])
        below = min(y + height, self.part[1])
        return (self.x + x * self.scale, TOP + y * self.scale,
                (right - x) * self.scale, (below - y) * self.scale)


def rectangle(area, style):
    return '<rect x="%.2f" y="%.2f" width="%.2f" height="%.2f" %s/>' % (
        area + (style,))


def text(x, y, words, style=""):
    return '<text x="%.1f" y="%.1f" %s>%s</text>' % (x, y, style, escape(words))


def grid(panel, block, style):
    """The lines between blocks; none at all if they are too many to see."""
    width, height = panel.part
    lines = []
    for axis, size in ((0, width), (1, height)):
        if size / block[axis] > MOST_LINES:
            continue
        for at in range(block[axis], size, block[axis]):
            area = (panel.area_of(at, 0, 0, height) if axis == 0
                    else panel.area_of(0, at, width, 0))
            lines.append('<line x1="%.2f" y1="%.2f" x2="%.2f" y2="%.2f" %s/>' %
                         (area[0], area[1], area[0] + area[2],
                          area[1] + area[3], style))
    return lines


def decoded_for_first_tile(block, tile, size):
    """(width, height) of all blocks under the first tile."""
    return tuple(min(-(-min(tile[i], size[i]) // block[i]) * block[i], size[i])
                 for i in (0, 1))


def draw_panel(panel, size, block, tile):
    decoded = decoded_for_first_tile(block, tile, size)
    parts = [rectangle(panel.area_of(0, 0, *panel.part),
                       'fill="#ffffff" stroke="#444444"'),
             rectangle(panel.area_of(0, 0, *decoded),
                       'fill="url(#decoded)" stroke="none"')]
    parts += grid(panel, block, 'stroke="%s" stroke-width="1"' % ORANGE)
    parts += grid(panel, tile,
                  'stroke="%s" stroke-width="2" stroke-dasharray="6 3"' % BLUE)
    parts.append(rectangle(panel.area_of(0, 0, *tile),
                           'fill="none" stroke="%s" stroke-width="4"' % BLUE))
    return parts


def corner(size, block, tile):
    """The part of the raster where two tiles, or a few blocks, can be seen."""
    side = min(max(2 * max(tile), 2 * min(block)), 8 * max(tile))
    return min(size[0], side), min(size[1], side)


def svg(title, size, block, tile):
    """The picture. size, block and tile: (width, height) in pixels."""
    whole = Panel(GAP / 2, size)
    part = Panel(SIDE + 1.5 * GAP, corner(size, block, tile))
    bottom = TOP + SIDE + 24
    height = bottom + 64
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" '
        'width="%d" height="%d" font-family="sans-serif" font-size="13">' % (
            2 * SIDE + 2 * GAP, height, 2 * SIDE + 2 * GAP, height),
        '<defs><pattern id="decoded" width="7" height="7" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#fde8cc"/>'
        '<line x1="0" y1="0" x2="0" y2="7" stroke="#f2b877" '
        'stroke-width="2"/></pattern></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        text(GAP / 2, 24, title, 'font-size="16" font-weight="bold"'),
        text(whole.x, 50, "the whole raster, %d x %d" % tuple(size)),
        text(part.x, 50, "its corner, %d x %d" % tuple(part.part))]
    for panel in (whole, part):
        lines += draw_panel(panel, size, block, tile)
    decoded = decoded_for_first_tile(block, tile, size)
    times = decoded[0] * decoded[1] / (min(tile[0], size[0]) *
                                       min(tile[1], size[1]))
    lines += [
        text(GAP / 2, bottom, "source blocks of %d x %d" % tuple(block),
             'fill="%s"' % ORANGE),
        text(GAP / 2, bottom + 20, "tiles of the copy, %d x %d (dashed)" %
             tuple(tile), 'fill="%s"' % BLUE),
        text(GAP / 2, bottom + 40,
             "hatched: what a reader of the first tile (bold) decodes, "
             "%.1f times its pixels" % times),
        "</svg>"]
    return "\n".join(lines) + "\n"
