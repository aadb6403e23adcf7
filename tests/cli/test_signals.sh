#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Ctrl-C, and processes of cases that are killed or stopped: told, counted, and nothing is left.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
ulimit -c 0
good_case

# begin ARGS...: starts a run in the background as $runner, output as after `capture`
begin() {
    what="run $*"
    # Shells start what runs in the background with SIGINT ignored; env puts it right.
    TMPDIR=$tmp/tmp env --default-signal=INT "$bin" run --out out --junit r.xml --json r.json --ktap r.ktap "$@" \
        >"$tmp/out" 2>"$tmp/err" </dev/null &
    runner=$!
}

end() {
    wait "$runner" 2>/dev/null
    status=$?
}

reports() {
    xmllint --noout --schema "$root/reports/junit.xsd" r.xml 2>"$tmp/xml" || oops "JUnit: $(cat "$tmp/xml")"
    awk -f "$root/tests/cli/ktap.awk" r.ktap >"$tmp/states" 2>"$tmp/xml" || oops "KTAP: $(cat "$tmp/xml")"
    grep -q '"schema": 1' r.json || oops "JSON does not begin"
    [ "$(tail -c 2 r.json)" = '}' ] || oops "JSON is not whole"
}
need xmllint
env --default-signal=INT true 2>/dev/null || skip "env has no --default-signal"

# What is interrupted is skipped, what had ended stands.
for signal in INT TERM HUP; do
    begin "$tmp/good.case" handshake.initiator.syn-unanswered
    slow=$(case_process "$runner")
    [ -n "$slow" ] || oops "no case came up"
    for ((i = 0; i < 100; i++)); do
        [ "$(find out -name trace.json 2>/dev/null | wc -l)" -ge 2 ] && break
        sleep 0.02
    done
    kill -$signal "$runner"
    started=$SECONDS
    end
    want_status 130
    [ $((SECONDS - started)) -le 2 ] || oops "SIG$signal: it took $((SECONDS - started)) s to end"
    [ "$(tail -n 1 "$tmp/out")" = '2 passed, 0 failed, 2 skipped' ] || oops "SIG$signal: $(tail -n 1 "$tmp/out")"
    reports
    grep -q '"interrupted": true' r.json || oops "JSON does not say that the run was interrupted"
    grep -qxF 'skip handshake.initiator.syn-unanswered/ipv4' "$tmp/states" || oops "KTAP: $(cat "$tmp/states")"
    for family in ipv4 ipv6; do
        [ "$(verdict r.json "t.good/$family")" = pass ] || oops "t.good/$family did not pass"
        [ "$(verdict r.json "handshake.initiator.syn-unanswered/$family")" = skip ] || oops "the slow case was not skipped"
    done
    want_clean out r.xml r.json r.ktap
    rm -rf out r.*
done

# The process of a case dies: its result names the signal and keeps its packets, the others go on.
slow_case "1, 2"
begin -j 1 "$tmp/slow.case"
victim=$(case_process "$runner" in_the_middle)
kill -SEGV "$victim"
end
want_status 1
want out '^error +env.slow/ipv4/n=1'
want out "the case's process died of signal 11 \(Segmentation fault\)"
[ "$(tail -n 1 "$tmp/out")" = '1 passed, 1 failed, 0 skipped' ] || oops "last line: $(tail -n 1 "$tmp/out")"
reports
[ "$(verdict r.json env.slow/ipv4/n=1)" = error ] || oops "the dead case is $(verdict r.json env.slow/ipv4/n=1)"
[ "$(verdict r.json env.slow/ipv4/n=2)" = pass ] || oops "the other case is $(verdict r.json env.slow/ipv4/n=2)"
grep -q '"signal": 11' r.json || oops "JSON does not name the signal"
grep -q '^fail env.slow/ipv4/n=1$' "$tmp/states" || oops "KTAP: $(cat "$tmp/states")"
if command -v capinfos >/dev/null; then
    packets=$(capinfos -Mrc out/evidence/env.slow/ipv4/n=1/capture.pcapng 2>/dev/null | awk 'END { print $NF }')
    [ "${packets:-0}" -ge 5 ] || oops "the capture of the dead case has ${packets:-no} packets"
    grep -q "\"packets\": $packets," r.json || oops "JSON does not know of $packets packets"
fi
want_clean out r.xml r.json r.ktap
rm -rf out r.*

# A stopped process cannot conclude: after a grace it is killed, and Ctrl-C need not be pressed twice.
slow_case 1
begin "$tmp/slow.case"
victim=$(case_process "$runner" in_the_middle)
kill -STOP "$victim"
kill -INT "$runner"
end
want_status 130
[ "$(tail -n 1 "$tmp/out")" = '0 passed, 0 failed, 1 skipped' ] || oops "last line: $(tail -n 1 "$tmp/out")"
reports
want_clean out r.xml r.json r.ktap
rm -rf out r.*

# `prove` likewise.
sed 's/^family.*/&\naltered "rx strip dss" fails R-3.3.2-02/' "$tmp/slow.case" >"$tmp/altered.case"
what="prove, interrupted"
env --default-signal=INT "$bin" prove "$tmp/altered.case" >"$tmp/out" 2>"$tmp/err" </dev/null &
runner=$!
case_process "$runner" >/dev/null
kill -INT "$runner"
end
want_status 130
want err '^mptcpspec: interrupted$'
want_clean
done_testing
