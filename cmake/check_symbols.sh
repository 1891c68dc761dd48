#!/bin/sh
# Fails unless a plugin exports its registration function and nothing else.
#
#   sh cmake/check_symbols.sh build/release/gdal_RETILE.so
set -eu

if [ $# -ne 1 ]; then
    echo "usage: sh $0 PLUGIN" >&2
    exit 2
fi
listed=$(nm -D --defined-only "$1")
exported=$(printf '%s\n' "$listed" | awk '{ print $NF }')
if [ "$exported" != GDALRegister_RETILE ]; then
    echo "$1 should export GDALRegister_RETILE alone, and exports:" >&2
    printf '%s\n' "${listed:-nothing}" >&2
    exit 1
fi
