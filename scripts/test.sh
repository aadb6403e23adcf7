#!/bin/bash
# SPDX-License-Identifier: MIT
# The harness's own tests: scripts/test.sh [BUILD]. Each step writes a log that is shown when it fails; the last line
# is "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
build=${1:-build}
logs=$build/test-logs
mkdir -p "$logs"
passed=0
failed=0

# step NAME COMMAND...: status 0 passed, 4 left out, else failed
step() {
    local name=$1 log=$logs/${1//[ \/]/_}.log start=$SECONDS status
    shift
    "$@" >"$log" 2>&1
    status=$?
    if [ $status -eq 0 ]; then
        passed=$((passed + 1))
        printf 'ok      %-34s %3d s\n' "$name" $((SECONDS - start))
    elif [ $status -eq 4 ]; then
        printf 'skip    %-34s %s\n' "$name" "$(tail -n 1 "$log")"
    else
        failed=$((failed + 1))
        printf 'FAILED  %-34s status %d\n' "$name" $status
        sed 's/^/    /' "$log" | tail -n 60
    fi
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
for t in "$build"/unit/test_*; do
    [ -x "$t" ] && [ -f "$t" ] && step "unit ${t##*/test_}" "$t"
done
for t in "$build"/lint/test_*; do
    [ -x "$t" ] && [ -f "$t" ] && step "lint ${t##*/test_}" "$t"
done
step "honest traffic" bash tests/lint/honest.sh "$build"
step "engine" bash tests/verdicts.sh "$build/mptcpspec" run tests/engine 0.05
step "scenarios with known verdicts" bash tests/verdicts.sh "$build/mptcpspec" interop tests/interop 0.1
step "case files" "$build/mptcpspec" check
step "coverage of requirements" "$build/mptcpspec" coverage --check
step style style
step "shell style" shell_style
for t in tests/agent/test_*.sh; do
    step "agent $(basename "$t" .sh | sed s/test_//)" bash "$t" "$build"
done
for t in tests/cli/test_*.sh; do
    step "cli $(basename "$t" .sh | sed s/test_//)" bash "$t" "$build"
done
step "suite" suite_run run
step "scenarios, quick ones" suite_run interop --quick
step "altered runs" "$build/mptcpspec" prove
step "mutants, one of ten" "$build/mptcpspec" mutants --sample 10
step "fuzz targets" scripts/fuzz.sh 3

echo
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
