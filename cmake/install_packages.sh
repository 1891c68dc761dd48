#!/bin/sh
# Installs the Debian packages that a job needs, without questions.
#
#   sh cmake/install_packages.sh demo     to build and show the plugin
#   sh cmake/install_packages.sh bench    to measure it, also against others
#   sh cmake/install_packages.sh build    to build and test it, also on later ones
#   sh cmake/install_packages.sh package  to make a Debian package of it
#   sh cmake/install_packages.sh check    also to run all the checks
#   sh cmake/install_packages.sh apps     also to test the programs that use it
#
# If all packages are installed, it does nothing and needs no rights.
set -eu

build="build-essential cmake ninja-build pkg-config git ca-certificates
    libgdal-dev gdal-bin libtiff-dev libopenjp2-7-dev libdeflate-dev
    libzstd-dev libxxhash-dev liblerc-dev libproj-dev python3-gdal python3-numpy"

tests="libgtest-dev python3-pytest python3-rasterio"

case "${1:-}" in
demo)
    wanted="$build time"
    ;;
bench)
    # The Orfeo ToolBox (otb-bin) takes part if it is installed; it is large.
    wanted="$build time libvips-tools libopenjp2-tools grokj2k-tools
        python3-matplotlib"
    ;;
build)
    wanted="$build $tests"
    ;;
package)
    wanted="$build file"
    ;;
check)
    wanted="$build $tests debootstrap lintian file
        clang clang-format clang-tidy libclang-rt-14-dev llvm-14"
    # Any npm will do, also one that does not come from Debian.
    command -v npm >/dev/null || wanted="$wanted npm"
    ;;
apps)
    wanted="$build $tests qgis python3-qgis mapserver-bin python3-rioxarray
        python3-dask python3-distributed python3-matplotlib xvfb"
    ;;
*)
    echo "usage: sh $0 demo|bench|build|package|check|apps" >&2
    exit 2
    ;;
esac

is_installed()
{
    state=$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) &&
        [ "$state" = installed ]
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# A mirror may fail for a moment.
with_retry()
{
    for pause_s in 5 15 30; do
        as_root "$@" && return 0
        echo "trying again in $pause_s s: $*" >&2
        sleep "$pause_s"
    done
    as_root "$@"
}

missing=
for package in $wanted; do
    is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
with_retry apt-get update -qq
# shellcheck disable=SC2086 # a list of words
with_retry apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 $missing >/dev/null
