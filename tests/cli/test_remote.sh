#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An agent in another namespace gives the verdicts of the local driver, case by case: test_remote.sh [BUILD [whole|PART]
# [busy]]. PART is one of so many parts of the suite (default 1/6), `busy` has a loop beside on every processor.
set -u
# shellcheck source=tests/cli/wire_lib.sh
. "$(dirname "$0")/wire_lib.sh" "$@"
need jq xmllint
need_suite
part=${2:-1/6}
how=(--seed 4433)
[ "$part" = whole ] || how+=(--shard "$part")
agent="$over $bin agent --stdio --iface a0"

# judged FILE: what each result found, one line each
judged() {
    jq -r '.results[] | "\(.name)~\(.repetition) \(.verdict) \(.standing) \(.skip_reason) \([.reasons[] | select(.verdict != "pass") | "\(.verdict) \(.requirements) \(.rule)"] | unique | join("; "))"' "$1" | sort
}
# same WHERE FILE: judged as locally
same() {
    diff <(judged local.json) <(judged "$2") >"$tmp/diff" && return
    oops "other verdicts $1: local <, remote >"
    head -n 40 "$tmp/diff"
}
seconds() {
    jq '.run.duration_ns / 1e8 | round / 10' "$1"
}

if [ "${3:-}" = busy ]; then
    for ((i = 0; i < $(nproc); i++)); do
        (while :; do :; done) &
    done
fi
capture "$bin" run -q "${how[@]}" --json local.json
[ "$status" -eq 0 ] || oops "the local run: status $status"

# ---- behind a command ---------------------------------------------------------------------------------------------

capture "$bin" run "${how[@]}" --target "exec:$agent" --iface t0 --json exec.json --junit exec.xml --ktap exec.ktap
[ "$status" -eq 0 ] || oops "behind a command: status $status: $(tail -n 3 "$tmp/err" "$tmp/out")"
same "behind a command" exec.json
want out "^target exec:.* on t0: agent, Linux $(uname -r) $(uname -m), round trip [0-9]+ us"
[ "$(jq -r '.run | "\(.target) \(.kernel_release) \(.site.iface) \(.site.machine) \(.site.agent)"' exec.json)" = \
    "agent $(uname -r) t0 $(uname -m) $("$bin" version | cut -d ' ' -f 2)" ] || oops "the site in JSON: $(jq -c .run.site exec.json)"
[ "$(jq '.run.site.rtt_us > 0' exec.json)" = true ] || oops "no round trip was measured"
grep -q 'name="interface" value="t0"' exec.xml || oops "the interface is not in JUnit"
xmllint --noout --schema "$root/reports/junit.xsd" exec.xml 2>"$tmp/xml" || oops "JUnit: $(cat "$tmp/xml")"
grep -q "^# target exec:.* on t0, Linux $(uname -r)" exec.ktap || oops "the target is not in KTAP"
capture "$bin" run -q --seed 1 --target "exec:$agent" --iface t0 --out o handshake.listener.basic/ipv4
want_status 0
grep -raq --include=capture.pcapng "target exec:.* on t0: Linux $(uname -r)" o || oops "the capture does not name the target"
rm -rf o
# What it did is compared with what was done here.
capture "$bin" compare local.json exec.json
want_status 0
want out 'at exec:'

# ---- behind a socket: one agent serves one run after another ---------------------------------------------------------

$over "$bin" agent --unix "$tmp/agent.sock" --iface a0 &
for ((i = 0; i < 250; i++)); do
    [ -S "$tmp/agent.sock" ] && break
    sleep 0.02
done
capture "$bin" run -q "${how[@]}" --target "unix:$tmp/agent.sock" --iface t0 --json unix.json
[ "$status" -eq 0 ] || oops "behind a socket: status $status: $(tail -n 3 "$tmp/err" "$tmp/out")"
same "behind a socket" unix.json
capture "$bin" run -q --seed 1 --target "unix:$tmp/agent.sock" --iface t0 --baseline exec.json handshake.listener.basic
[ "$status" -eq 0 ] || oops "a second run, with a baseline of a remote one: status $status: $(cat "$tmp/err")"
kill %?agent.sock
wait %?agent.sock

# ---- nothing is left on either side -----------------------------------------------------------------------------------

left=$($over ip -o link | grep -v -e ' lo:' -e ' a0' )
[ -z "$left" ] || oops "interfaces are left on the other side: $left"
echo "$(jq '.results | length' local.json) results: local $(seconds local.json) s, command $(seconds exec.json) s, socket $(seconds unix.json) s"
kill "$other"
done_testing
