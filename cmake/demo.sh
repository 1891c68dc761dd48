#!/bin/sh
# Builds the plugin on a fresh Debian 12 and shows what it does:
#
#   sh cmake/demo.sh
#
# All its files are in build/release and build/demo.
set -eu
cd "$(dirname "$0")/.."

out=build/demo
mkdir -p "$out"

# Runs a step and shows its output only if it fails.
quietly()
{
    if ! "$@" >"$out/log.txt" 2>&1; then
        cat "$out/log.txt" >&2
        echo "failed: $*" >&2
        exit 1
    fi
}

echo "Packages and build"
sh cmake/install_packages.sh demo
quietly cmake --preset release
quietly cmake --build --preset release
GDAL_DRIVER_PATH=$PWD/build/release
export GDAL_DRIVER_PATH
ls "$GDAL_DRIVER_PATH/gdal_RETILE.so"

printf '\nSample rasters: %s\n' "$out"
/usr/bin/python3 autotest/bench/demo.py --dir "$out" \
    --plugin "$GDAL_DRIVER_PATH"

cat <<END

Now with a raster of yours:

  export GDAL_DRIVER_PATH=$GDAL_DRIVER_PATH
  gdalinfo yours.tif | grep Block=
  gdal_translate -of RETILE -co LAYOUT=COG -co COMPRESS=DEFLATE yours.tif cog.tif
  gdal_translate -of RETILE -co OVERVIEWS=AUTO yours.jp2 yours.retile  # for QGIS
END
