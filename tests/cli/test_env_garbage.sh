#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Garbage on the wire in the middle of a case. From another station it changes no verdict; under the IUT's own MAC
# address it is the IUT's, so rules may be broken, but the harness neither crashes nor errs.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need nsenter ip
need_suite
helper garbage
slow_case "1, 2"

iut=2
for station in 77 78 $iut; do
    TMPDIR=$tmp/tmp "$bin" run --out out --json results.json "$tmp/slow.case" >"$tmp/out" 2>"$tmp/err" </dev/null &
    run=$!
    what="run with garbage of station $station"
    victim=$(case_process $run in_the_middle)
    in_iut "${victim:-0}" "$tmp/garbage" iut1 600 "$station" "$station" >"$tmp/sent" 2>&1 || oops "garbage: $(cat "$tmp/sent")"
    wait $run
    status=$?
    if [ "$station" -ne $iut ]; then
        want_status 0
        want out '^2 passed, 0 failed, 0 skipped$'
    elif [ $status -ne 0 ]; then
        want_status 1
        want out '^(inconc|fail) +env.slow/ipv4'
        want out '^1 passed, 1 failed, 0 skipped$'
    fi
    want_no out '^error |signal|hung|Sanitizer'
    want_no err '.'
    packets=$(sed -n 's/.*"packets": \([0-9]*\).*/\1/p' results.json | sort -n | tail -n 1)
    [ "${packets:-0}" -gt 100 ] || oops "the garbage did not arrive: $packets packets"
    [ "$(find out -name capture.pcapng -size +0 | wc -l)" -eq 2 ] || oops "evidence is missing"
    want_clean out results.json
    rm -rf out results.json
    echo "station $station: $(tail -n 1 "$tmp/out"), $packets packets"
done
done_testing
