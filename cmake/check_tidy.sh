#!/bin/sh
# Fails if clang-tidy has something to say of a source of the driver.
#
#   sh cmake/check_tidy.sh BUILD [FILE...]
#
# BUILD is the folder of a build, whose compile_commands.json says how each file
# is compiled. .clang-tidy has the list of checks.
set -eu
cd "$(dirname "$0")/.."

build=${1:?usage: sh cmake/check_tidy.sh BUILD [FILE...]}
shift
[ $# -gt 0 ] || set -- $(find driver -name '*.c' -o -name '*.cpp')
found=$(printf '%s\n' "$@" |
    xargs -n 4 -P "$(nproc)" clang-tidy --quiet -p "$build" 2>/dev/null) ||
    { printf '%s\n' "$found"; exit 1; }
if [ -n "$found" ]; then
    printf '%s\n' "$found"
    exit 1
fi
echo "$# files: nothing to say"
