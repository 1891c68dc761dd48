#!/bin/sh
# Builds the plugin and runs its tests, on a fresh Debian 12:
#
#   sh cmake/check.sh         the quick tests, about nine minutes on two cores
#   sh cmake/check.sh all     all tests, also under sanitizers, and other checks
#   sh cmake/check.sh long    all cases of all tests, also under sanitizers
#
# The first two leave out most of the cases that are much alike and take long
# (RETILE_TEST_SHORT).
#
# Stops at the first step that fails, and shows its output and its name.
set -eu
cd "$(dirname "$0")/.."

case ${1:-quick} in
quick | all | long) what=${1:-quick} ;;
*)
    echo "usage: sh cmake/check.sh [all|long]" >&2
    exit 2
    ;;
esac
logs=build/check
mkdir -p "$logs"
summary=$logs/summary.txt
: >"$summary"
# The tests must not use the user's own driver or options.
unset GDAL_DRIVER_PATH GDAL_CACHEMAX RETILE_CACHEMAX RETILE_TEST_SHORT

# step NAME COMMAND...: shows the output of the command only if it fails.
step()
{
    name=$1
    shift
    log=$logs/$(echo "$name" | tr ' ' '_').log
    start=$(date +%s)
    status=0
    "$@" >"$log" 2>&1 || status=$?
    took=$(($(date +%s) - start))
    verdict=PASS
    [ "$status" -eq 0 ] || verdict=FAIL
    # The last line of ctest's output has the number of tests.
    count=$(sed -n 's/^.*tests passed,.* out of \([0-9]*\)$/\1/p' "$log")
    tests=$((tests + ${count:-0}))
    printf '%s  %-22s %4d s%s\n' "$verdict" "$name" "$took" \
        "${count:+  $count tests}" | tee -a "$summary"
    [ "$status" -ne 0 ] || return 0
    echo
    tail -n 200 "$log"
    printf '\n'
    cat "$summary"
    echo "check failed at: $name"
    exit 1
}

finish()
{
    echo "all checks passed in $(($(date +%s) - began)) s; tests in all:"
    echo "$tests passed, 0 failed"
    exit 0
}

build()
{
    cmake --preset "$1" && cmake --build --preset "$1"
}

tests=0
began=$(date +%s)
step "packages" sh cmake/install_packages.sh check
step "format" sh cmake/check_format.sh
step "build dev" build dev
case $what in
quick)
    step "test dev" env RETILE_TEST_SHORT=1 \
        ctest --preset dev --label-exclude slow
    finish
    ;;
long)
    step "test dev" ctest --preset dev
    for preset in asan tsan; do
        step "build $preset" build "$preset"
        # The preset is for short runs.
        step "test $preset" ctest --test-dir "build/$preset" -j 3 \
            --output-on-failure
    done
    finish
    ;;
esac
step "test dev" env RETILE_TEST_SHORT=1 ctest --preset dev
step "build release" build release
step "clang-tidy" sh cmake/check_tidy.sh build/release
step "exported symbols" sh cmake/check_symbols.sh build/release/gdal_RETILE.so
step "fuzz, fixed seeds" timeout 600 /usr/bin/python3 \
    autotest/fuzz/differential.py --plugin build/release --seed 1 --minutes 3
step "headers 3.12.3" sh cmake/check_headers.sh 3.12.3
step "GDAL of Debian 13" sh cmake/check_gdal.sh trixie short
step "build asan" build asan
step "test asan" ctest --preset asan
step "build tsan" build tsan
step "test tsan" ctest --preset tsan
finish
