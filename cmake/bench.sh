#!/bin/sh
# Builds the plugin on a fresh Debian 12, measures it against other programs, and
# writes driver/doc/benchmarks.md with its charts:
#
#   sh cmake/bench.sh            all sizes; the machine should do nothing else
#   sh cmake/bench.sh --quick    small rasters, each measured once: a trial
#
# Further words go to autotest/bench/publish.py, which explains them with --help.
# Rasters and figures are kept in build/bench.
set -eu
cd "$(dirname "$0")/.."

sh cmake/install_packages.sh bench
mkdir -p build/bench
log=build/bench/build.txt
if ! { cmake --preset release && cmake --build --preset release; } >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
exec /usr/bin/python3 autotest/bench/publish.py "$@"
