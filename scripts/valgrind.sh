#!/bin/sh
# SPDX-License-Identifier: MIT
# Unit tests and ten results under valgrind: reads of what was never written, and memory that is lost.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
make --no-print-directory -j"${JOBS:-2}" BUILD="$build" all units
vg="valgrind --quiet --suppressions=tests/valgrind.supp --error-exitcode=99 --errors-for-leak-kinds=definite --leak-check=full"
status=0
for t in "$build"/unit/test_*; do
    if [ ! -x "$t" ] || [ ! -f "$t" ]; then continue; fi
    # Without forks, so that a leak is found where it is made.
    CK_FORK=no CK_DEFAULT_TIMEOUT=0 $vg "$t" || status=1
done
results=$("$build/mptcpspec" list results | cut -f1 | awk 'NR % 7 == 1' | head -10)
# shellcheck disable=SC2086 # names of results hold no blanks
$vg "$build/mptcpspec" run -j 2 --time-scale 20 $results || status=1
exit $status
