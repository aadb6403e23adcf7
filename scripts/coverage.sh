#!/bin/sh
# SPDX-License-Identifier: MIT
# Line coverage of the pure layers by unit tests and one run. Prints figures; fails only if they cannot be had.
set -eu
cd "$(dirname "$0")/.."
build="build-cov"
command -v gcov >/dev/null 2>&1 || {
    echo "coverage: gcov is not here" >&2
    exit 2
}
find $build -name '*.gcda' -delete 2>/dev/null || true
make --no-print-directory -j"${JOBS:-2}" BUILD=$build OPT="-O0 -g" SAN="--coverage" all units >$build.log 2>&1 || {
    cat $build.log >&2
    exit 2
}
rm -f $build.log
for t in "$build"/unit/test_* "$build"/lint/test_*; do
    if [ ! -x "$t" ] || [ ! -f "$t" ]; then continue; fi
    "$t" >/dev/null || echo "coverage: ${t##*/} failed" >&2
done
# Processes of cases end by _exit, which writes no counts: the run adds what the parent itself does.
"$build/mptcpspec" run -q >/dev/null || true
printf '%-10s %8s %8s\n' layer lines covered
for layer in base wire crypto rewrite catalogue trace oracle lang runner report; do
    [ -d "$build/harness/$layer" ] || continue
    find "$build/harness/$layer" -name '*.gcda' -print0 |
        xargs -0 -r gcov --no-output 2>/dev/null |
        awk -v layer="$layer" '
            /^File / { ours = index($0, "harness/" layer "/") > 0 }
            /^Lines executed:/ && ours {
                split($0, p, /[:% ]+/); pct = p[3]; n = p[5]
                lines += n; hit += n * pct / 100; ours = 0
            }
            END { if (lines) printf "%-10s %8d %7.1f%%\n", layer, lines, 100 * hit / lines }'
done
