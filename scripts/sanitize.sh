#!/bin/sh
# SPDX-License-Identifier: MIT
# Unit tests, tests of captures and one whole run under AddressSanitizer and UndefinedBehaviorSanitizer.
set -eu
cd "$(dirname "$0")/.."
build="build-san"
make --no-print-directory -j"${JOBS:-2}" BUILD=$build OPT="-O1 -g -fno-omit-frame-pointer" \
    SAN="-fsanitize=address,undefined -fno-sanitize-recover=undefined" all units
# The memory of a case ends with its process: only what errors of memory would hide is looked for.
export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
status=0
for t in "$build"/unit/test_* "$build"/lint/test_*; do
    if [ ! -x "$t" ] || [ ! -f "$t" ]; then continue; fi
    "$t" || status=1
done
"$build/mptcpspec" run --time-scale 4 --out "$build/out" "$@" || status=1
exit $status
