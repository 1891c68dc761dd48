#!/bin/sh
# Tests programs that use the plugin: QGIS, MapServer, rasterio, rioxarray, Dask,
# GDAL's own programs, and retile_report.py and retile_dask.py. Installs them from
# Debian first, which takes about a gigabyte.
#
#   sh cmake/check_apps.sh              all
#   sh cmake/check_apps.sh test_qgis    some of them
set -eu
cd "$(dirname "$0")/.."

sh cmake/install_packages.sh apps
cmake --preset dev -DRETILE_TEST_APPS=ON
# Other checks do not run them.
trap 'cmake --preset dev -DRETILE_TEST_APPS=OFF >/dev/null' EXIT
cmake --build --preset dev --target gdal_RETILE
ctest --preset dev -L apps -R "${1:-.}"
