#!/bin/bash
set -eu
# shellcheck disable=SC2086,SC2154 # conda sets these; CMAKE_ARGS is a list
cmake -S "$SRC_DIR" -B build -G Ninja ${CMAKE_ARGS:-} \
    -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF \
    -DCMAKE_INSTALL_PREFIX="$PREFIX" -DGDAL_PLUGIN_DIR="$PREFIX/lib/gdalplugins"
cmake --build build
cmake --install build
