#!/bin/bash
# SPDX-License-Identifier: MIT
# The harness's own tests: scripts/test.sh [BUILD]. Each step writes a log that is shown when it fails; the last line
# is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
build=${1:-build}
logs=$build/test-logs
lanes=$(($(nproc) * 2)) # most steps of a lane wait most of their time
rm -rf "$logs"
mkdir -p "$logs"
: >"$logs/tally"

# step NAME COMMAND...: status 0 passed, 4 left out, else failed
step() {
    local name=$1 log=$logs/${1//[ \/]/_}.log start=$SECONDS status
    shift
    "$@" >"$log" 2>&1
    status=$?
    case $status in
    0) printf 'ok      %-34s %3d s\n' "$name" $((SECONDS - start)) ;;
    4) printf 'skip    %-34s %s\n' "$name" "$(tail -n 1 "$log")" ;;
    *) printf 'FAILED  %-34s status %d\n%s\n' "$name" $status "$(sed 's/^/    /' "$log" | tail -n 60)" ;;
    esac
    echo $status >>"$logs/tally"
}

# beside NAME COMMAND...: a step beside others of its kind; `wait` waits for all of them
beside() {
    while [ "$(jobs -rp | wc -l)" -ge $lanes ]; do
        wait -n
    done
    step "$@" &
}

# of STATUS: how many steps ended so
of() {
    grep -cx "$1" "$logs/tally"
}

optional() {
    if ! command -v "$1" >/dev/null 2>&1; then
        echo "$1 is not here"
        exit 4
    fi
    "$@"
}

style() {
    find harness include static tests -name '*.[ch]' -print0 | xargs -0 clang-format --dry-run -Werror
}
[ -x "$(command -v clang-format)" ] || style() { echo "clang-format is not here"; return 4; }

shell_style() (optional shellcheck scripts/*.sh scripts/*/*.sh tests/agent/*.sh tests/cli/*.sh tests/*.sh tests/lint/*.sh docs/ci/*.sh .ci/run)

# suite_run COMMAND...: every kind of report of a run, each against its schema; what is expected of the kernel is listed.
suite_run() {
    local out=$logs/$1
    rm -rf "$out"
    "$build/mptcpspec" "$@" --out "$out" --junit "$out/junit.xml" --json "$out/results.json" --ktap "$out/results.ktap" &&
        xmllint --noout --schema reports/junit.xsd "$out/junit.xml" &&
        grep -q '^KTAP version 1$' "$out/results.ktap" &&
        [ "$(find "$out" -name '*.part' | wc -l)" -eq 0 ] &&
        [ "$(find "$out" -name capture.pcapng | wc -l)" -gt 0 ]
}

step build make --no-print-directory -j2 BUILD="$build" all units
for t in "$build"/unit/test_* "$build"/lint/test_*; do
    [ -x "$t" ] && [ -f "$t" ] && step "$(basename "$(dirname "$t")") ${t##*/test_}" "$t"
done
step "honest traffic" bash tests/lint/honest.sh "$build"
step "engine" bash tests/verdicts.sh "$build/mptcpspec" run tests/engine 0.05
step "scenarios with known verdicts" bash tests/verdicts.sh "$build/mptcpspec" interop tests/interop 0.1
step "case files" "$build/mptcpspec" check
step "coverage of requirements" "$build/mptcpspec" coverage --check
step style style
step "shell style" shell_style
for t in tests/agent/test_*.sh tests/cli/test_*.sh; do
    beside "$(basename "$(dirname "$t")") $(basename "$t" .sh | sed s/test_//)" bash "$t" "$build"
done
wait
step "suite" suite_run run
step "scenarios, quick ones" suite_run interop --quick
step "altered runs" "$build/mptcpspec" prove
step "mutants, one of ten" "$build/mptcpspec" mutants --sample 10
step "fuzz targets" scripts/fuzz.sh 3

echo
echo "$(of 0) passed, $(grep -cvx '[04]' "$logs/tally") failed"
! grep -qvx '[04]' "$logs/tally"
