#!/bin/sh
# Installs a build into a folder, and uninstalls it:
#
#   sh cmake/check_install.sh build/release
#
# What was there before must be there afterwards, and nothing else.
set -eu
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo "usage: sh $0 BUILD" >&2; exit 2; }
build=$(cd "$1" && pwd)

failed()
{
    echo "check_install: $1" >&2
    exit 1
}

DESTDIR=$(mktemp -d)
export DESTDIR
trap 'rm -rf "$DESTDIR"' EXIT

# has PATTERN: the one file below $DESTDIR whose path ends so.
has()
{
    found=$(find "$DESTDIR" -type f -path "*/$1")
    [ "$(printf '%s' "$found" | grep -c .)" -eq 1 ] ||
        failed "there should be one $1: $found"
    echo "$found"
}

cmake --install "$build" >/dev/null
plugin=$(has gdalplugins/gdal_RETILE.so)
page=$(has man/man7/gdal-retile.7.gz)
for name in README.md install.md copyright changelog.gz examples/scene.retile
do
    has "gdal-retile/$name" >/dev/null
done
gzip -dc "$page" | grep -q '^\.TH GDAL' || failed "the man page is none"
GDAL_DRIVER_PATH=$(dirname "$plugin") gdalinfo --formats | grep -q RETILE ||
    failed "GDAL does not load $plugin"
# Links of installed documents that lead into the folder of the documents.
! grep -rn '](driver/doc/' "$(dirname "$(has gdal-retile/README.md)")" ||
    failed "links lead nowhere"

touch "$(dirname "$plugin")/gdal_OTHER.so"
cmake -D BUILD="$build" -P cmake/uninstall.cmake >/dev/null
left=$(find "$DESTDIR" -type f)
[ "$left" = "$(dirname "$plugin")/gdal_OTHER.so" ] ||
    failed "after uninstalling there is: $left"
[ -z "$(find "$DESTDIR" -name '*retile*')" ] || failed "a folder is left"
! cmake -D BUILD="$build" -P cmake/uninstall.cmake >/dev/null 2>&1 ||
    failed "uninstalling twice should say that nothing is installed"

cmake --install "$build" --component plugin >/dev/null
[ "$(find "$DESTDIR" -type f | wc -l)" -eq 2 ] ||
    failed "the component plugin is more than the plugin"
cmake -D BUILD="$build" -P cmake/uninstall.cmake >/dev/null
echo "installed and uninstalled"
