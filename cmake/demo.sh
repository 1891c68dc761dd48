#!/bin/sh
# Builds the plugin on a fresh Debian 12 and shows what it does:
#
#   sh cmake/demo.sh
#
# All its files are in build/release and build/demo.
set -eu
cd "$(dirname "$0")/.."

python=/usr/bin/python3
out=build/demo
cache_mb=64
convert_mb=256
export GDAL_CACHEMAX=$cache_mb
export RETILE_CACHEMAX=${cache_mb}MB

title()
{
    printf '\n== %s\n\n' "$1"
}

# Runs a step and shows its output only if it fails.
quietly()
{
    if ! "$@" >"$out/log.txt" 2>&1; then
        cat "$out/log.txt" >&2
        echo "failed: $*" >&2
        exit 1
    fi
}

# "gdalinfo NAME", reduced to the driver, the size and the blocks.
short_info()
{
    printf '%s\n' "$1"
    gdalinfo -nomd "$1" |
        sed -n -e 's/^Driver: /  Driver: /p' -e 's/^Size is /  Size is /p' \
            -e 's/^Band 1 \(Block=[^ ]*\).*/  \1/p'
}

# convert DRIVER SOURCE TARGET [OPTION...]: sets $seconds and $peak_kb.
convert()
{
    convert_driver=$1
    convert_source=$2
    convert_target=$3
    shift 3
    GDAL_CACHEMAX=$convert_mb /usr/bin/time -f '%e %M' -o "$out/time.txt" \
        gdal_translate -q -of "$convert_driver" -co BLOCKXSIZE=512 \
        -co BLOCKYSIZE=512 -co COMPRESS=DEFLATE -co PREDICTOR=2 \
        -co NUM_THREADS=ALL_CPUS "$@" "$convert_source" "$convert_target"
    read -r seconds peak_kb <"$out/time.txt"
}

checksums()
{
    gdalinfo -checksum -nomd "$1" | sed -n 's/^ *Checksum=//p' | tr '\n' ' '
}

conversion_row()
{
    awk -v source="$1" -v with="$2" -v s="$3" -v kb="$4" -v sums="$5" 'BEGIN {
        printf "%-18s %-7s %8.2f %11.0f   %s\n", source, with, s, kb / 1024, sums
    }'
}

sum()
{
    echo "$1 $2" | awk '{ printf "%.2f", $1 + $2 }'
}

mkdir -p "$out"
title "Packages and build"
sh cmake/install_packages.sh demo
quietly cmake --preset release
quietly cmake --build --preset release
plugin=build/release/gdal_RETILE.so
ls "$plugin"
GDAL_DRIVER_PATH=$PWD/build/release
export GDAL_DRIVER_PATH

title "Scene: 4096 x 4096 pixels, RGB, stored in three ways"
"$python" autotest/bench/make_scene.py "$out"

title "The same raster in uniform blocks"
short_info "$out/scene.jp2"
short_info "RETILE:$out/scene.jp2"

title "A pan: 30 windows of 512 x 512, and the same ones again ($cache_mb MB of cache)"
"$python" autotest/bench/pan.py --cache "$cache_mb" \
    "$out/scene.jp2" "$out/scene.png" "$out/scene_strips.tif" >"$out/pan.txt"
cat "$out/pan.txt"

title "Conversion with gdal_translate to tiles of 512 x 512 ($convert_mb MB)"
printf '%-18s %-7s %8s %11s   %s\n' source with "time s" "memory MB" \
    "checksums of the result"
plain_total_s=0
retile_total_s=0
for name in scene.jp2 scene.png scene_strips.tif; do
    stem=${name%.*}_${name##*.}
    plain=$out/tiled_${stem}_plain.tif
    retiled=$out/tiled_${stem}.tif

    convert GTiff "$out/$name" "$plain" -co TILED=YES
    plain_sums=$(checksums "$plain")
    conversion_row "$name" GTiff "$seconds" "$peak_kb" "$plain_sums"
    plain_total_s=$(sum "$plain_total_s" "$seconds")

    convert RETILE "$out/$name" "$retiled" -co MEMORY_MAX="${convert_mb}MB"
    retiled_sums=$(checksums "$retiled")
    conversion_row "$name" RETILE "$seconds" "$peak_kb" "$retiled_sums"
    retile_total_s=$(sum "$retile_total_s" "$seconds")

    if [ -z "$plain_sums" ] || [ "$plain_sums" != "$retiled_sums" ]; then
        echo "failed: the pixels of $retiled differ from those of $plain" >&2
        exit 1
    fi
done

printf '\n'
awk -v plain="$plain_total_s" -v retiled="$retile_total_s" -v out="$out" '
    $1 == "total" { first[$2] = $3; second[$2] = $4 }
    END {
        printf "With RETILE the pan took %.2f s in place of %.2f s", \
            first["RETILE"], first["GDAL"]
        printf " and its second look %.0f ms, the conversions %.1f s", \
            1000 * second["RETILE"], retiled
        printf " in place of %.1f s, with the same pixels: see %s/\n", \
            plain, out
    }' "$out/pan.txt"
