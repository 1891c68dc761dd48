"""A case as words that a person can type."""


def of_file(file):
    told = [file["format"], "%dx%d" % (file["width"], file["height"])]
    types = sorted(set(file["types"]))
    told.append("%dx%s" % (len(file["types"]), types[0])
                if len(types) == 1 else "+".join(file["types"]))
    told += file["creation"]
    for key in ("mask", "place"):
        if file[key] != "none":
            told.append(key + " " + file[key])
    for key in ("nan", "extreme"):
        if file.get(key):
            told.append(key)
    told += file["tables"]
    if file.get("overviews"):
        told.append("overviews %s%s%s" % (
            ",".join(map(str, file["overviews"]["levels"])),
            " outside" if file["overviews"]["outside"] else "",
            " stale" if file["overviews"]["stale"] else ""))
    return "%s (%s)" % (file["name"], " ".join(told))


def of_layer(layer):
    more = [str(layer[key]) for key in sorted(layer)
            if key not in ("make", "words")]
    return " ".join([layer["make"]] + more + layer.get("words", []))


def of_command(command):
    kind = command["kind"]
    told = [kind]
    if "layout" in command and kind != "rasterio":
        told = [{"warp": "gdalwarp", "translate": "gdal_translate",
                 "create_copy": "CreateCopy"}.get(kind, kind),
                "-co LAYOUT=" + command["layout"]]
    for key in ("creation", "own"):
        told += ["-co " + option for option in command.get(key, [])]
    told += command.get("words", [])
    told += ["-oo " + option for option in (command.get("open") or []) +
             (command.get("generic") or [])]
    for key in sorted(command):
        if key in ("older", "through", "flip", "config", "method", "focal",
                   "call", "target", "fork", "threads", "nested", "program",
                   "asks", "window", "size") and command[key] and \
                command[key] not in (1, "out.tif") and command[key] is not \
                False:
            told.append("%s=%s" % (key, command[key]))
    return " ".join(told)


def in_words(case):
    source = case["source"]
    told = " ".join(map(of_file, source["files"]))
    for layer in source["layers"]:
        told += " | " + of_layer(layer)
    for key in ("reach", "hold"):
        if source[key] not in ("plain", "name"):
            told += ", %s %s" % (key, source[key])
    if source.get("damage"):
        told += ", damaged %s" % source["damage"]
    return told + " -> " + of_command(case["command"])
