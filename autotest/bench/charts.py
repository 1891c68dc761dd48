"""The charts of driver/doc/benchmarks.md, as SVG that is readable on white and on
black. They need matplotlib (Debian's python3-matplotlib)."""

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402 (the backend comes first)

GREY = "#7a7a7a"
COLOURS = {"RETILE": "#2a9d4f", "GDAL": "#d9622b", "COG": "#d9622b",
           "vips": "#3f86d6"}
NAMES = {"COG": "GDAL (-of COG)", "vips": "libvips", "RETILE": "RETILE"}
# The file is the same if the figures are.
STYLE = {"svg.hashsalt": "retile", "svg.fonttype": "none", "font.size": 9,
         "font.family": "sans-serif", "text.color": GREY,
         "axes.labelcolor": GREY, "axes.edgecolor": GREY, "xtick.color": GREY,
         "ytick.color": GREY, "axes.spines.top": False,
         "axes.spines.right": False}


def figure(width_in, height_in):
    plt.rcParams.update(STYLE)
    return plt.subplots(figsize=(width_in, height_in), layout="constrained")


def save(chart, path):
    chart.savefig(path, format="svg", transparent=True, metadata={"Date": None})
    plt.close(chart)


def budget(cache_mb):
    return "default" if cache_mb == "-" else cache_mb


def points(rows):
    """By contender: (peak MB, seconds, budget), as rows come: from much memory to
    little."""
    found = {}
    for row in rows:
        found.setdefault(row["against"], []).append(
            (row["other_mb"], row["other_s"], budget(row["cache_mb"])))
        if row["against"] == "COG":
            found.setdefault("RETILE", []).append(
                (row["mine_mb"], row["mine_s"], budget(row["cache_mb"])))
    return found


def plain_numbers(axis, values):
    """Labels as numbers where a logarithmic axis has powers of ten."""
    axis.set_major_locator(matplotlib.ticker.FixedLocator(values))
    axis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    axis.set_minor_locator(matplotlib.ticker.NullLocator())


def steps(values, least):
    """1, 2, 5, 10, ... over all values."""
    wanted, step = [], least
    while not wanted or wanted[-1] < max(values):
        for times in (1, 2, 5):
            if step * times > min(values) / 2.5:
                wanted.append(step * times)
        step *= 10
    return [value for value in wanted if value < max(values) * 2]


def time_against_memory(rows, title, path):
    """rows: those of copies.py --cases memory."""
    chart, axes = figure(6.4, 2.8)
    found = points(rows)
    for label, of_label in found.items():
        peaks, seconds, budgets = zip(*of_label)
        colour = COLOURS[label]
        axes.plot(peaks, seconds, "o-", color=colour, linewidth=1.6, markersize=5)
        for peak, second, text in of_label:
            axes.annotate("" if label == "vips" else text, (peak, second),
                          xytext=(0, 6), textcoords="offset points",
                          ha="center", fontsize=7, color=colour)
        axes.annotate(NAMES[label], (peaks[0], seconds[0]), xytext=(8, -3),
                      textcoords="offset points", color=colour,
                      fontweight="bold", annotation_clip=False)
    every = [point for of_label in found.values() for point in of_label]
    axes.set_xscale("log")
    axes.set_yscale("log")
    plain_numbers(axes.xaxis, steps([point[0] for point in every], 10))
    plain_numbers(axes.yaxis, steps([point[1] for point in every], 0.01))
    axes.set_xlabel("peak memory in MB, the program included")
    axes.set_ylabel("seconds")
    axes.set_title(title, fontsize=9, loc="left")
    axes.grid(color=GREY, alpha=0.25, linewidth=0.5)
    axes.margins(x=0.2, y=0.15)
    save(chart, path)


def bars(pairs, title, path):
    """pairs: labels and how many times faster than plain GDAL."""
    chart, axes = figure(6.4, 0.9 + 0.24 * len(pairs))
    labels, times = zip(*reversed(pairs))
    axes.barh(labels, [value - 1 for value in times], left=1, color=[
        COLOURS["RETILE" if value >= 1 else "GDAL"] for value in times])
    axes.set_xscale("log")
    least, most = min(1, *times), max(1, *times)
    axes.set_xlim(least / 1.3, most * 1.6)
    plain_numbers(axes.xaxis, steps([least, most], 0.01))
    for at, value in enumerate(times):
        axes.annotate("%.3g" % value, (max(value, 1), at), xytext=(4, 0),
                      textcoords="offset points", va="center", fontsize=8)
    axes.axvline(1, color=GREY, linewidth=0.8)
    axes.tick_params(axis="y", length=0)
    axes.set_title(title, fontsize=9, loc="left")
    save(chart, path)
