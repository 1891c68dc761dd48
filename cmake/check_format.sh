#!/bin/sh
# Fails where clang-format would change a C or C++ file of the project.
set -eu
cd "$(dirname "$0")/.."

listed=$(git ls-files --cached --others --exclude-standard -- \
    'driver/*.c' 'driver/*.h' 'driver/*.cpp' \
    'autotest/*.c' 'autotest/*.h' 'autotest/*.cpp')
seen=0
differing=
for file in $listed; do
    # What was deleted and not yet committed is still listed.
    [ -f "$file" ] || continue
    seen=$((seen + 1))
    clang-format --dry-run -Werror "$file" >/dev/null 2>&1 ||
        differing="$differing $file"
done

if [ "$seen" -eq 0 ]; then
    echo "no C or C++ files found" >&2
    exit 1
fi
if [ -n "$differing" ]; then
    echo "clang-format -i would change these files:" >&2
    # shellcheck disable=SC2086 # a list of words
    printf '    %s\n' $differing >&2
    exit 1
fi
echo "$seen files are as clang-format wants them"
