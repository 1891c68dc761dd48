#!/bin/sh
# Makes a Cloud Optimized GeoTIFF of each raster of a folder, within 256 MB:
#
#   sh copy_folder.sh FOLDER TARGET_FOLDER
#
# What GDAL cannot open is left out. A copy is there whole or not at all.
set -eu
[ $# -eq 2 ] || { echo "usage: sh $0 FOLDER TARGET_FOLDER" >&2; exit 2; }
mkdir -p "$2"
failed=0
for source in "$1"/*; do
    gdalinfo -nomd "$source" >/dev/null 2>&1 || continue
    name=$(basename "$source")
    gdal_translate -q -of RETILE -co LAYOUT=COG -co COMPRESS=DEFLATE \
        -co MEMORY_MAX=256MB "$source" "$2/${name%.*}.tif" || failed=1
done
exit $failed
