"""The picture of block_picture.py as PNG, drawn with matplotlib."""

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.patches import Rectangle  # noqa: E402

from block_picture import (BLUE, MOST_LINES, ORANGE, corner,  # noqa: E402
                           decoded_for_first_tile)


def draw_lines(axes, part, step, style):
    for size, line in ((part[0], axes.axvline), (part[1], axes.axhline)):
        i = 0 if line == axes.axvline else 1
        if size / step[i] <= MOST_LINES:
            for at in range(step[i], size, step[i]):
                line(at, **style)


def draw(axes, size, part, block, tile):
    axes.set_xlim(0, part[0])
    axes.set_ylim(part[1], 0)
    axes.set_aspect("equal")
    axes.add_patch(Rectangle((0, 0), *decoded_for_first_tile(block, tile, size),
                             facecolor="#fde8cc", hatch="//",
                             edgecolor="#f2b877", linewidth=0))
    draw_lines(axes, part, block, {"color": ORANGE, "linewidth": 1})
    draw_lines(axes, part, tile,
               {"color": BLUE, "linewidth": 1.5, "linestyle": "--"})
    axes.add_patch(Rectangle((0, 0), *tile, fill=False, edgecolor=BLUE,
                             linewidth=3))


def save(path, title, size, block, tile):
    """Writes the picture. size, block and tile: (width, height) in pixels."""
    figure, (whole, part) = pyplot.subplots(1, 2, figsize=(11, 6))
    figure.suptitle("%s: source blocks of %d x %d (orange), tiles of %d x %d "
                    "(blue)" % ((title,) + tuple(block) + tuple(tile)))
    draw(whole, size, size, block, tile)
    whole.set_title("the whole raster")
    draw(part, size, corner(size, block, tile), block, tile)
    part.set_title("its corner; hatched: decoded for the first tile")
    figure.savefig(path, format="png", dpi=90)
    pyplot.close(figure)
