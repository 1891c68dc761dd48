#!/bin/sh
# Builds the Debian package, checks it, installs it in a fresh Debian, uses it
# there, and removes it:
#
#   sh cmake/check_package.sh           Debian 12
#   sh cmake/check_package.sh trixie    Debian 13
#
# On another Debian than that one, it is built in the root file system that
# check_gdal.sh makes (RETILE_ROOTS names the folder). A bare system is made there
# once, and copied to build/gdal/NAME/fresh each time: this needs root's rights and
# a mirror of Debian. Without them it says so and exits with 77, or, if the variable
# CI is set and not empty, with 1.
set -eu
cd "$(dirname "$0")/.."

case ${1:-bookworm} in
bookworm | trixie) suite=${1:-bookworm} ;;
*)
    echo "usage: sh cmake/check_package.sh [bookworm|trixie]" >&2
    exit 2
    ;;
esac
place=${RETILE_ROOTS:-$PWD/build/gdal}/$suite
root=$place/root
build=build/gdal/$suite/package
bare=$place/bare
fresh=$PWD/build/gdal/$suite/fresh

. cmake/debian_root.sh

failed()
{
    echo "the package for Debian $suite: $1" >&2
    exit 1
}

# build_package COMMAND...: builds it in $build; the command runs the script.
build_package()
{
    "$@" sh -ec "sh cmake/install_packages.sh package
        cmake --preset package -B $build >/dev/null
        cmake --build $build
        cd $build
        rm -f ./*.deb
        cpack >cpack.log 2>&1 || { cat cpack.log; exit 1; }"
}

is_here()
{
    grep -q "^VERSION_CODENAME=$suite\$" /etc/os-release
}

# Files and folders of the package, also dpkg's about it. GDAL has a program
# gdal_retile.py of its own.
traces()
{
    find "$root" -xdev \( -path "$root/proc" -o -path "$root/dev" -o \
        -path "$root/root" -o -path "$root/var/cache" \) -prune -o \
        \( -name '*gdal-retile*' -o -name 'gdal_RETILE*' \) -print
}

# What a user does with it.
# shellcheck disable=SC2016 # for the shell in the root
use_it()
{
    in_root sh -ec 'cd /root
        gdalinfo --formats | grep "RETILE -raster-"
        gdal_create -q -outsize 700 500 -bands 3 -burn 10 -burn 20 -burn 30 \
            -co COMPRESS=DEFLATE strips.tif
        gdal_translate -q -of RETILE -co COMPRESS=ZSTD strips.tif tiled.tif
        gdal_translate -q -of RETILE -co LAYOUT=COG strips.tif cog.tif
        gdal_translate -q -of RETILE strips.tif view.retile
        for name in strips.tif tiled.tif cog.tif view.retile RETILE:strips.tif
        do
            gdalinfo -checksum "$name" | grep Checksum >sums.txt
            cmp sums.txt first.txt 2>/dev/null || cp -n sums.txt first.txt
            cmp sums.txt first.txt
        done
        gdalinfo tiled.tif | grep -q "Block=512x512"
        gdalinfo --format RETILE |
            sed -n "s/^  Help Topic: //p" | xargs test -f
        gzip -dc /usr/share/man/man7/gdal-retile.7.gz | grep -q RETILE
        test -f /usr/share/doc/gdal-retile/examples/scene.retile'
}

check_rights
command -v lintian >/dev/null || impossible "lintian is not installed"
is_here || [ -d "$root" ] || make_root
own_mounts cmake/check_package.sh "$@"

mkdir -p "$place" "$(dirname "$fresh")"
if is_here; then
    build=build/package
    build_package env
else
    mount_all
    build_package in_root sh -c 'cd /src && exec "$@"' -
fi
package=$(ls "$build"/gdal-retile_*.deb)
echo "built $(basename "$package"):"
dpkg-deb --info "$package" | sed -n 's/^ \(Depends\|Installed-Size\)/  \1/p'
lintian --allow-root --info --display-info --pedantic \
    --fail-on error,warning "$package" || failed "lintian complains"

if [ ! -d "$bare" ]; then
    rm -rf "$bare.part"
    bare_root "$bare.part"
    mv "$bare.part" "$bare"
fi
root=$fresh
rm -rf "$root"
cp -a "$bare" "$root"
mount_system
cp "$package" "$root/root/"
quiet=-qq
in_root sh -ec "cd /root
    apt-get update $quiet
    apt-get install -y $quiet ./$(basename "$package") gdal-bin" \
    >"$place/install.log" 2>&1 ||
    failed "it cannot be installed, see $place/install.log"
use_it || failed "it does not work"
echo "installed and used; $(in_root dpkg -L gdal-retile | wc -l) paths"
in_root apt-get purge -y -qq gdal-retile >"$place/purge.log" 2>&1 ||
    failed "it cannot be removed, see $place/purge.log"
left=$(traces)
[ -z "$left" ] || failed "purged, and these files are left: $left"
in_root gdalinfo --formats >"$place/formats.log" 2>&1
! grep -q RETILE "$place/formats.log" || failed "GDAL has it, though purged"
umount "$root/proc" "$root/dev"
rm -rf "$root"
echo "Debian $suite: built, checked by lintian, installed, used and purged"
