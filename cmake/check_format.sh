#!/bin/sh
# Fails if clang-format would change a C or C++ file of the project.
#
#   sh cmake/check_format.sh        looks
#   sh cmake/check_format.sh fix    changes them
set -eu
cd "$(dirname "$0")/.."

case ${1:-look} in
look) set -- --dry-run -Werror ;;
fix) set -- -i ;;
*)
    echo "usage: sh $0 [fix]" >&2
    exit 2
    ;;
esac

# git still lists files that are deleted and not yet committed.
listed=$(git ls-files --cached --others --exclude-standard -- \
    'driver/*.c' 'driver/*.h' 'driver/*.cpp' \
    'autotest/*.c' 'autotest/*.h' 'autotest/*.cpp' | xargs -r ls -d 2>/dev/null ||
    true)
if [ -z "$listed" ]; then
    echo "no C or C++ files found" >&2
    exit 1
fi
echo "$listed" | xargs -n 40 -P 2 clang-format "$@"
echo "$listed" | wc -l | sed 's/$/ files are as clang-format wants them/'
