#!/bin/sh
# Looks for differences between RETILE and plain GDAL on new random cases, and
# then runs the fuzz targets:
#
#   sh cmake/fuzz.sh [minutes]     of each; the default is 10
#
# Sets up everything it needs on a fresh Debian 12. Each difference is printed
# with its seed. A seed means the same case everywhere:
#
#   /usr/bin/python3 autotest/fuzz/differential.py --plugin build/release --seed N
set -eu
cd "$(dirname "$0")/.."
minutes=${1:-10}
unset GDAL_DRIVER_PATH GDAL_CACHEMAX RETILE_CACHEMAX

sh cmake/install_packages.sh check
cmake --preset release
cmake --build --preset release
status=0
/usr/bin/python3 autotest/fuzz/differential.py --plugin build/release \
    --minutes "$minutes" || status=$?
if [ -f cmake/fuzz_bytes.sh ]; then
    sh cmake/fuzz_bytes.sh "$minutes" || status=$?
fi
exit "$status"
