#!/bin/sh
# Compiles the plugin's sources, without building anything, against the headers
# of GDAL versions newer than the one installed.
#
#   sh cmake/check_headers.sh [VERSION...]
#
# The headers come from the npm package gdal-async, which contains GDAL's
# sources. They are kept in build/headers/VERSION. driver/core is left out: it
# does not include GDAL.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- 3.7.3 3.8.5 3.9.2 3.10.2 3.11.4 3.12.3
cache=build/headers
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef"
c_warnings="-Wstrict-prototypes -Wmissing-prototypes"
# Otherwise C would accept a function that this version does not have.
c_warnings="$c_warnings -Werror=implicit-function-declaration"
libraries=$(pkg-config --cflags libtiff-4 libopenjp2)

# Puts the headers of a version into $cache/VERSION. That name appears only when
# they are complete.
get_headers()
{
    version=$1
    [ ! -d "$cache/$version" ] || return 0
    part=$cache/.part
    rm -rf "$part"
    mkdir -p "$part/headers"
    (cd "$part" && npm --loglevel=error pack "gdal-async@$version") \
        >/dev/null || return 1
    # Headers of tests and of the drivers' bundled libraries are left out.
    tar -xzf "$part/gdal-async-$version.tgz" -C "$part/headers" --wildcards \
        --strip-components=3 \
        'package/deps/libgdal/arch/unix/*.h' \
        'package/deps/libgdal/gdal/port/*.h' \
        'package/deps/libgdal/gdal/gcore/*.h' \
        'package/deps/libgdal/gdal/alg/*.h' \
        'package/deps/libgdal/gdal/apps/*.h' \
        'package/deps/libgdal/gdal/ogr/*.h' \
        'package/deps/libgdal/gdal/gnm/*.h' \
        'package/deps/libgdal/gdal/frmts/vrt/*.h' || return 1
    [ -f "$part/headers/gdal/gcore/gdal_version.h" ] || return 1
    mv "$part/headers" "$cache/$version"
    rm -rf "$part"
}

# Compiles sources of one language.
compile()
{
    headers=$1
    shift
    case "$1" in
    *.c) language="cc -std=c11 -D_GNU_SOURCE $c_warnings" ;;
    *) language="c++ -std=c++17 -DRETILE_HELP_TOPIC=\"\"" ;;
    esac
    # shellcheck disable=SC2086 # lists of words
    $language -fsyntax-only $warnings \
        -I . -I driver $libraries \
        -isystem "$headers/gdal/port" -isystem "$headers/gdal/gcore" \
        -isystem "$headers/gdal/alg" -isystem "$headers/gdal/apps" \
        -isystem "$headers/gdal/ogr" \
        -isystem "$headers/gdal/ogr/ogrsf_frmts" \
        -isystem "$headers/gdal/gnm" -isystem "$headers/gdal/frmts/vrt" \
        -isystem "$headers/arch/unix" \
        "$@"
}

# Compiles all C++ sources of a folder at once, because most of the time goes
# into GDAL's headers, as cmake/compile_together.cmake does.
compile_folder()
{
    together=$build/$(echo "$2" | tr / _).cpp
    for source in "$2"/*.cpp; do
        echo "#include \"$source\""
    done >"$together"
    compile "$1" "$together"
}

# Compiles all of the driver, several files at a time; prints those that fail.
compile_all()
{
    headers=$1
    started=0
    for folder in $folders; do
        compile_folder "$headers" "$folder" || echo "$folder" &
        started=$((started + 1))
        [ $((started % 4)) -ne 0 ] || wait
    done
    for source in $c_sources; do
        compile "$headers" "$source" || echo "$source" &
        started=$((started + 1))
        [ $((started % 8)) -ne 0 ] || wait
    done
    wait
}

build=$(mktemp -d "${TMPDIR:-/tmp}/retile-headers.XXXXXX")
trap 'rm -rf "$build"' EXIT
c_sources=$(find driver/io driver/gdal -name '*.c')
folders=$(find driver -name '*.cpp' -exec dirname {} + | sort -u)
failed=
for version in "$@"; do
    if ! get_headers "$version"; then
        echo "GDAL $version: can't get its headers" >&2
        failed="$failed $version"
        continue
    fi
    refused=$(compile_all "$cache/$version")
    if [ -n "$refused" ]; then
        echo "GDAL $version: does not compile:" $refused >&2
        failed="$failed $version"
    else
        echo "GDAL $version: $(find driver -name '*.cpp' | wc -l) C++ and" \
            "$(echo "$c_sources" | wc -l) C sources compile"
    fi
done
if [ -n "$failed" ]; then
    echo "failed against GDAL$failed" >&2
    exit 1
fi
