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

impossible()
{
    echo "GDAL of Debian $suite was not checked: $1" >&2
    [ -n "${CI:-}" ] && exit 1
    exit 77
}

# The mirror that this machine's own packages come from.
mirror()
{
    [ -z "${RETILE_MIRROR:-}" ] || { echo "$RETILE_MIRROR"; return; }
    cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        sed -n -e 's/^URIs: *\([^ ]*\/debian\)\/* *$/\1/p' \
            -e 's/^deb  *\(\[[^]]*\] *\)\{0,1\}\([^ ]*\/debian\)\/* .*/\2/p' |
        head -n 1
}

in_root()
{
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

# Puts the root file system into $root. That name appears only when it is
# complete.
make_root()
{
    from=$(mirror)
    part=$place/part
    [ -n "$from" ] || impossible "no mirror of Debian is configured"
    rm -rf "$part"
    # A root that a crash spoils is made again, and nobody reads manuals in it.
    mkdir -p "$part/etc/dpkg/dpkg.cfg.d"
    printf '%s\n' force-unsafe-io 'path-exclude=/usr/share/doc/*' \
        'path-exclude=/usr/share/man/*' 'path-exclude=/usr/share/locale/*' \
        >"$part/etc/dpkg/dpkg.cfg.d/90-quick"
    debootstrap --variant=minbase "$suite" "$part" "$from" \
        >"$place/debootstrap.log" 2>&1 ||
        impossible "debootstrap fails, see $place/debootstrap.log"
    # sid's lists expire after a week, and mirrors may be older.
    echo 'Acquire::Check-Valid-Until "false";' \
        >"$part/etc/apt/apt.conf.d/90-any-age"
    cp /etc/resolv.conf "$part/etc/resolv.conf" 2>/dev/null || true
    cp cmake/install_packages.sh "$part/root/"
    root=$part
    in_root sh /root/install_packages.sh build >"$place/packages.log" 2>&1 ||
        impossible "its packages cannot be installed, see $place/packages.log"
    in_root apt-get clean
    root=$place/root
    mv "$part" "$root"
}

# Mounts what a build needs, in a namespace of this process: nobody else sees
# it, and it is gone with the process, however that ends.
mount_all()
{
    mkdir -p "$root/src" "$build"
    mount -t proc proc "$root/proc" && mount --bind /dev "$root/dev" &&
        mount --bind "$PWD" "$root/src" || return 1
    [ -n "${RETILE_TEST_DATA:-}" ] || return 0
    mkdir -p "$root/data" && mount --bind -o ro "$RETILE_TEST_DATA" "$root/data"
}

# Runs commands in the root, with the settings of tests.
test_in_root()
{
    in_root ${RETILE_TEST_DATA:+RETILE_TEST_DATA=/data} \
        ${RETILE_TEST_SHORT+RETILE_TEST_SHORT=1} "$@"
}

[ "$(id -u)" -eq 0 ] || impossible "a chroot needs root's rights"
command -v debootstrap >/dev/null || [ -d "$root" ] ||
    impossible "debootstrap is not installed"
[ -d "$root" ] || make_root
if [ -z "${RETILE_OWN_MOUNTS:-}" ]; then
    unshare --mount true 2>/dev/null || impossible "nothing can be mounted here"
    RETILE_OWN_MOUNTS=1
    export RETILE_OWN_MOUNTS
    exec unshare --mount sh cmake/check_gdal.sh "$@"
fi
mount_all || impossible "nothing can be mounted here"
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
