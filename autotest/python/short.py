"""What short runs leave out (RETILE_TEST_SHORT in the environment).

A test with the mark alike has two or more parameters, whose combinations are
much alike and take long. Short runs take each value of each parameter, with
another value of the others each time, and not all combinations. With
alike("name") they take all combinations of the other parameters, each with one
value of this one.
"""

import os

SHORT = "RETILE_TEST_SHORT" in os.environ


def some(items, most):
    """All items, or in short runs at most so many: the first, the last, and
    some between them."""
    items = list(items)
    if not SHORT or len(items) <= most:
        return items
    return [items[at * (len(items) - 1) // (most - 1)] for at in range(most)]


def numbered(items):
    """Function -> parameter -> its values, in the order of the items."""
    values = {}
    for item in items:
        for name, value in item.callspec.params.items():
            of = values.setdefault(item.function, {}).setdefault(name, [])
            if value not in of:
                of.append(value)
    return values


def is_left_out(item, values):
    """The n-th value of the parameter that has the most is combined with the
    n-th value of each other one, and these begin again at their ends."""
    of = values[item.function]
    at = {name: of[name].index(value)
          for name, value in item.callspec.params.items()}
    names = item.get_closest_marker("alike").args
    if names:
        goes_with = sum(at[name] for name in of if name not in names)
    else:
        names = of
        goes_with = at[max(of, key=lambda name: len(of[name]))]
    return any((goes_with - at[name]) % len(of[name]) for name in names)


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "alike: short runs take each value, not all combinations")


def pytest_collection_modifyitems(config, items):
    if not SHORT:
        return
    values = numbered([item for item in items
                       if item.get_closest_marker("alike")])
    out = [item for item in items
           if item.function in values and is_left_out(item, values)]
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)
