#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# agent-check finds nothing wrong with the project's agent, and each fault of tests/agent/wrong_agent.py by the check
# that is for it.
set -u
# shellcheck source=tests/agent/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

# A right agent, also when it is named as words and not as a line for the shell.
capture "$bin" agent-check --iface wa --junit "$tmp/checks.xml" "$bin" agent --stdio --iface wb
want_status 0
want out ' passed, 0 failed, '
want_no out '^FAILED'
if command -v xmllint >/dev/null; then
    xmllint --noout --schema "$root/reports/junit.xsd" "$tmp/checks.xml" 2>"$tmp/err" || oops "$(cat "$tmp/err")"
fi
checks=$("$bin" agent-check --list | wc -l)
[ "$(grep -c '<testcase ' "$tmp/checks.xml")" -eq "$checks" ] || oops "the report has not all $checks checks"
skipped=$(grep -c '^skip' "$tmp/out")
[ "$skipped" -le 3 ] || oops "$skipped checks were left out: $(grep '^skip' "$tmp/out")"

# What a shared session changed is given back before the check goes on.
was=$(cat /proc/sys/net/ipv4/tcp_fin_timeout)
for _ in 1 2 3; do
    capture "$bin" agent-check "$bin agent --stdio"
    want_status 0
    want_no out '^FAILED'
    [ "$(cat /proc/sys/net/ipv4/tcp_fin_timeout)" = "$was" ] || oops "tcp_fin_timeout is not $was any more"
done

# No program, none that speaks, wrong usage.
capture "$bin" agent-check /nonexistent/agent --stdio
want_status 2
want err 'cannot be started'
capture "$bin" agent-check --time-scale 0.1 'sleep 60'
want_status 1
want out 'FAILED hello.answer'
capture "$bin" agent-check --only nothing 'true'
want_status 64
capture "$bin" agent-check
want_status 64

if command -v python3 >/dev/null; then
    # one FAULT CHECK: prints what is wrong with the finding of this fault
    # shellcheck disable=SC2317 # xargs calls it
    one() {
        local out status
        out=$("$bin" agent-check --time-scale 0.1 --only "$2" --iface wa \
            python3 "$root/tests/agent/wrong_agent.py" "$1" "$bin" agent --stdio --iface wb 2>&1)
        status=$?
        if [ "$status" -ne 1 ] || ! grep -q "^FAILED $2 " <<<"$out" ||
            { [ "$2" = shared.undo ] && grep -q BUSY <<<"$out"; }; then
            echo "fault $1: status $status, not found by $2"
            printf '%s\n' "$out"
        fi
    }
    export -f one
    export bin root
    python3 "$root/tests/agent/wrong_agent.py" --list >"$tmp/faults"
    # One shared session at a time is open in a network namespace, whoever opens it.
    grep -v ' shared\.' "$tmp/faults" | xargs -P 6 -n 2 bash -c 'one "$@"' one >"$tmp/found" 2>&1
    grep ' shared\.' "$tmp/faults" | xargs -n 2 bash -c 'one "$@"' one >>"$tmp/found" 2>&1
    [ -s "$tmp/found" ] && oops "$(cat "$tmp/found")"
    # Every check has a fault.
    for check in $("$bin" agent-check --list | awk '{ print $1 }'); do
        grep -q " $check\$" "$tmp/faults" || echo "$check"
    done >"$tmp/unproved"
    if [ "$(grep -vc -f - "$tmp/unproved" <<'FREE'
^verb.left-out$
^shared.connection$
FREE
    )" -ne 0 ]; then
        oops "no fault is there for: $(tr '\n' ' ' <"$tmp/unproved")"
    fi
fi
want_clean
done_testing
