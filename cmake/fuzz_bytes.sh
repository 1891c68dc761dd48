#!/bin/sh
# Runs all fuzz targets at the same time, with new seeds, for some minutes:
#
#   sh cmake/fuzz_bytes.sh [MINUTES]
#
# Exits with 1 if a target finds something; the inputs are in build/fuzz/found.
# Inputs that reach new code are kept in build/fuzz/corpus for the next time.
set -eu
cd "$(dirname "$0")/.."
seconds=$((60 * ${1:-10}))
export GDAL_DRIVER_PATH=disable

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz
mkdir -p build/fuzz/found build/fuzz/corpus
/usr/bin/python3 autotest/fuzz/make_corpus.py build/fuzz/corpus

running=
for target in build/fuzz/autotest/fuzz_*; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    "$target" -max_total_time="$seconds" -max_len=40000 -timeout=60 \
        -rss_limit_mb=2560 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/found/$name-" \
        "build/fuzz/corpus/$name" >"build/fuzz/$name.log" 2>&1 &
    running="$running $name:$!"
done

status=0
for each in $running; do
    name=${each%:*}
    verdict=PASS
    wait "${each#*:}" || verdict=FAIL
    [ "$verdict" = PASS ] || status=1
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' \
        "build/fuzz/$name.log")
    echo "$verdict  $name  ${runs:-?} runs"
    [ "$verdict" = PASS ] || tail -n 40 "build/fuzz/$name.log"
done
exit $status
