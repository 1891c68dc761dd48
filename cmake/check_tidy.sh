#!/bin/sh
# Fails if clang-tidy has something to say of a source of the driver.
#
#   sh cmake/check_tidy.sh BUILD [FILE...]
#
# BUILD is the folder of a build, whose compile_commands.json says how each file
# is compiled. .clang-tidy has the list of checks.
#
# Most of the time goes into GDAL's C++ headers, again for each file. So, if no
# files are named, the C++ files of a folder are looked at as one: names in
# their anonymous namespaces differ.
set -eu
cd "$(dirname "$0")/.."

build=${1:?usage: sh cmake/check_tidy.sh BUILD [FILE...]}
shift

# tidy FILE...: looks at them, with the arguments in $options.
tidy()
{
    # shellcheck disable=SC2086 # a list of words
    found=$(printf '%s\n' "$@" |
        xargs -P "$(nproc)" -I FILE clang-tidy --quiet FILE $options \
            2>"$build/tidy.log") ||
        { printf '%s\n' "$found"; cat "$build/tidy.log"; exit 1; }
    if [ -n "$found" ]; then
        printf '%s\n' "$found"
        exit 1
    fi
    echo "$# files: nothing to say"
}

options="-p $build"
if [ $# -gt 0 ]; then
    tidy "$@"
    exit 0
fi
# shellcheck disable=SC2046 # a list of words
tidy $(find driver -name '*.c')

together=$build/tidy
rm -rf "$together"
mkdir -p "$together"
for file in $(find driver -name '*.cpp' | sort); do
    echo "#include \"$PWD/$file\"" >>"$together/$(dirname "$file" | tr / _).cpp"
done
# All C++ files are compiled alike.
flags=$(grep '"command":.*/driver/gdal/driver\.cpp"' \
    "$build/compile_commands.json" | tr ' ' '\n' |
    sed -n -e 's/\\\\\\"/"/g' -e '/^-isystem/{N;s/\n/ /;p;};/^-[IDW]/p;/^-std/p' |
    grep -v Werror)
options="--config-file=.clang-tidy --checks=-bugprone-suspicious-include -- $(
    echo "$flags" | tr '\n' ' ')"
tidy "$together"/*.cpp
