"""Where plain GDAL 3.6 is itself wrong or undetermined, or RETILE may be better:
not differences.

Each entry is a reason and the narrowest predicate that covers it: of the case,
the fact that differs, and how. New ones are added after a look at both sides,
never to get rid of a failure.
"""


def layers(case):
    return {layer["make"] for layer in case["source"]["layers"]}


def budget_is_too_small(case, fact, told):
    return fact == "failed" and told.startswith("True") and \
        "is too small for" in told and "at least MEMORY_MAX=" in told


def view_tells_of_progress(case, fact, told):
    return fact.endswith(("told", "stopped")) and told == "True, plain False"


def histogram_of_vrt(case, fact, told):
    return "histogram" in fact and bool(layers(case))


KNOWN = [
    ("A budget may be refused, with the least that would do.",
     budget_is_too_small),
    ("Plain GDAL reads some rasters without a word of progress; a view may "
     "tell.", view_tells_of_progress),
    ("A VRT band asks the band below it for its histogram, and so counts the "
     "pixels of another size.", histogram_of_vrt),
]


def is_known(case, fact, told):
    return any(predicate(case, fact, told) for _, predicate in KNOWN)
