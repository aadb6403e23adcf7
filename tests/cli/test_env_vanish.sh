#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An interface that vanishes in mid-case spoils that result, with a clear message, and no other.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need nsenter ip
need_suite
slow_case "1, 2, 3"

for side in tester iut; do
    TMPDIR=$tmp/tmp "$bin" run -j 4 --out out --json results.json "$tmp/slow.case" handshake.listener.basic \
        >"$tmp/out" 2>"$tmp/err" </dev/null &
    run=$!
    what="run with the $side's interface deleted"
    victim=$(case_process $run in_the_middle)
    if [ -z "$victim" ]; then
        oops "no process of a case was found"
    elif [ $side = tester ]; then
        nsenter --net="/proc/$victim/ns/net" ip link del tester1 || oops "tester1 could not be deleted"
    else
        in_iut "$victim" ip link del iut1 || oops "iut1 could not be deleted"
    fi
    wait $run
    status=$?
    want_status 1
    want out '(error|inconc) +env.slow/ipv4/n=.*'
    want out 'interface tester1 vanished|did the interface vanish'
    want out '^6 passed, 1 failed, 0 skipped$'
    [ "$(grep -cE '"verdict": "(error|inconc)"' results.json)" -ge 1 ] || oops "the report does not tell"
    [ "$(find out -name capture.pcapng | wc -l)" -eq 7 ] || oops "evidence is missing"
    want_clean out results.json
    rm -rf out results.json
done
done_testing
