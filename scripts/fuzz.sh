#!/bin/bash
# SPDX-License-Identifier: MIT
# Runs each libFuzzer target for some seconds, one a processor (JOBS): scripts/fuzz.sh [SECONDS [TARGET...]]
# New inputs stay in build-fuzz/corpus; an input that crashes is left in build-fuzz and named.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
if ! command -v clang >/dev/null 2>&1; then
    echo "fuzz: clang is not here, nothing was run" >&2
    exit 4
fi
build="build-fuzz"
jobs=${JOBS:-$(nproc)}
make --no-print-directory -j"$jobs" BUILD=$build CC=clang OPT="-O1 -g" \
    SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" fuzzers >$build.log 2>&1 || {
    cat $build.log >&2
    exit 2
}
rm -f $build.log
if [ $# -eq 0 ]; then
    set -- tests/fuzz/fuzz_*.c
fi
one() {
    local name log
    name=$(basename "$1" .c)
    name=${name#fuzz_}
    mkdir -p "$build/corpus/$name" "tests/fuzz/corpus/$name"
    log=$build/fuzz_$name.log
    if "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
        -artifact_prefix="$build/$name-" "$build/corpus/$name" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "fuzz $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
    else
        tail -40 "$log" >&2
        echo "fuzz $name: FAILED, see $log" >&2
        return 1
    fi
}

status=0
running=0
for t in "$@"; do
    if [ $running -ge "$jobs" ]; then
        wait -n || status=1
        running=$((running - 1))
    fi
    one "$t" &
    running=$((running + 1))
done
while [ $running -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
done
exit $status
