#!/bin/sh
# Builds the plugin with the GDAL of another Debian, and runs its tests there:
#
#   sh cmake/check_gdal.sh trixie          Debian 13, GDAL 3.10: all tests
#   sh cmake/check_gdal.sh trixie short    the plugin, compared with plain GDAL
#   sh cmake/check_gdal.sh sid             Debian's newest; changes from day to day
#
# A root file system of that Debian is made in build/gdal/NAME/root, once, with
# debootstrap: this needs root's rights and a mirror of Debian. RETILE_ROOTS names
# another folder than build/gdal for it, RETILE_MIRROR another mirror than the one
# of this machine. The build and its tests are in build/gdal/NAME/build, and the
# sources are read from where they are. RETILE_TEST_SHORT and RETILE_TEST_DATA
# mean what they mean to the tests here.
#
# Without the rights or the mirror it says so and exits with 77, or, if the
# variable CI is set and not empty, with 1.
set -eu
cd "$(dirname "$0")/.."

usage()
{
    echo "usage: sh cmake/check_gdal.sh trixie|sid [short]" >&2
    exit 2
}

case ${1:-} in
trixie | sid) suite=$1 ;;
*) usage ;;
esac
case ${2:-all} in
all | short) what=${2:-all} ;;
*) usage ;;
esac
place=${RETILE_ROOTS:-$PWD/build/gdal}/$suite
root=$place/root
build=build/gdal/$suite/build

. cmake/debian_root.sh

mount_data()
{
    [ -n "${RETILE_TEST_DATA:-}" ] || return 0
    mkdir -p "$root/data"
    mount --bind -o ro "$RETILE_TEST_DATA" "$root/data" ||
        impossible "nothing can be mounted here"
}

# Runs commands in the root, with the settings of tests.
test_in_root()
{
    in_root ${RETILE_TEST_DATA:+RETILE_TEST_DATA=/data} \
        ${RETILE_TEST_SHORT+RETILE_TEST_SHORT=1} "$@"
}

check_rights
[ -d "$root" ] || make_root
own_mounts cmake/check_gdal.sh "$@"
mount_all
mount_data
version=$(in_root gdal-config --version)
echo "Debian $suite, GDAL $version"
# What compares the plugin with plain GDAL. The short run builds no other target.
compared='cog_bands|cog_levels|cog_statistics|copy_words|focal|gdal_versions'
compared="$compared|overlap|overlap_copy|overviews|pairs|view_items"
if [ "$what" = short ]; then
    RETILE_TEST_SHORT=1
    test_in_root sh -ec "cd /src
        cmake --preset dev -B $build >/dev/null
        cmake --build $build --target gdal_RETILE
        cd $build
        ctest --output-on-failure -j 2 -R '^python.test_($compared)\$'"
else
    test_in_root sh -ec "cd /src
        cmake --preset dev -B $build >/dev/null
        cmake --build $build
        cd $build
        ctest --output-on-failure -j 2"
fi
echo "GDAL $version: all tests passed"
