#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scenarios from outside: chosen, skipped, hung, interrupted and killed; what they report, and that nothing is left.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
need pgrep
ulimit -c 0

# What tells the programs of this test from those of others: they sleep for so long.
nap=$((100000 + $$))
nappers() {
    pgrep -fx "sleep $nap"
}
tmpfs=$(grep -c ' tmpfs ' /proc/self/mounts)

# As want_clean, and no program that a scenario started, and no folder of theirs.
want_all_clean() {
    local left i
    for ((i = 0; i < 100; i++)); do
        left=$(nappers)
        [ -z "$left" ] && break
        sleep 0.02
    done
    [ -z "$left" ] || oops "programs are left: $left"
    [ "$(grep -c ' tmpfs ' /proc/self/mounts)" -eq "$tmpfs" ] || oops "a mount is left"
    want_clean "$@"
}

# scenario NAME [HEADER [STEPS]]: a scenario that moves data, as $tmp/NAME.case
scenario() {
    {
        printf 'case     t.%s\npurpose  "Data arrives."\niut      both\nfamily   ipv4\n%s\n' "$1" "${2:-}"
        printf '%s\n' "${3:-}"
        printf 'T: transfer 100k up over native\nT: expect done [R-3.3-01]\n'
    } >"$tmp/$1.case"
}
good_case
sed 's/^case .*/case t.plain/' "$tmp/good.case" >"$tmp/plain.case"
scenario good "tags quick"
scenario other

# A result like any other: reports, evidence, role.
capture "$bin" interop "$tmp/good.case" --out out --junit r.xml --json r.json --ktap r.ktap
want_status 0
[ "$(verdict r.json t.good/ipv4)" = pass ] || oops "the scenario is $(verdict r.json t.good/ipv4)"
grep -q '"role": "both"' r.json || oops "JSON does not tell the role"
grep -q '"at": "client"' out/evidence/t.good/ipv4/trace.json || oops "the trace has no client's side"
grep -q '"at": "server"' out/evidence/t.good/ipv4/trace.json || oops "the trace has no server's side"
if command -v tshark >/dev/null; then
    tshark -r out/evidence/t.good/ipv4/capture.pcapng -T fields -e frame.comment 2>/dev/null | grep -q "^sent by" &&
        oops "a packet of a host is called sent by a line"
    for side in client server; do
        n=$(tshark -r out/evidence/t.good/ipv4/capture.pcapng -Y "frame.interface_name == \"path1-$side\" && tcp.len > 0" \
            2>/dev/null | wc -l)
        [ "$n" -ge 10 ] || oops "$n packets with data at the $side"
    done
fi
if command -v xmllint >/dev/null; then
    xmllint --noout --schema "$root/reports/junit.xsd" r.xml 2>"$tmp/xml" || oops "JUnit: $(cat "$tmp/xml")"
fi
awk -f "$root/tests/cli/ktap.awk" r.ktap >"$tmp/states" || oops "KTAP"
want_all_clean out r.xml r.json r.ktap
capture "$bin" compare r.json r.json
want_status 0
capture "$bin" merge joined.json r.json
want_status 0
[ "$(verdict joined.json t.good/ipv4)" = pass ] || oops "the joined result is $(verdict joined.json t.good/ipv4)"
rm -rf out r.* joined.json

# What is chosen. `run` leaves scenarios out unless they are all that a word chooses.
chosen() {
    local want_n=$1
    shift
    capture "$bin" "$@"
    want_status 0
    [ "$(tail -n 1 "$tmp/out")" = "$want_n passed, 0 failed, 0 skipped" ] || oops "$(tail -n 1 "$tmp/out") by: $what"
}
both=("$tmp/good.case" "$tmp/other.case")
chosen 2 interop "${both[@]}"
chosen 1 interop --quick "${both[@]}"
chosen 2 interop "${both[@]}" "$tmp/plain.case"
chosen 2 run "${both[@]}" role=both
chosen 1 run t.good "${both[@]}" tag=quick
capture "$bin" run 't.*' "$tmp/plain.case" family=ipv4
want_status 0
chosen 1 interop --shard 1/2 "${both[@]}"
refuses 64 '^mptcpspec: no scenario was chosen' "$bin" interop "$tmp/plain.case"
refuses 64 '^mptcpspec: none of the chosen scenarios has the tag .quick.' "$bin" interop --quick "$tmp/other.case"
refuses 64 '^mptcpspec: --rewrite: t.good/ipv4 is a scenario' "$bin" interop --rewrite 'rx drop' "$tmp/good.case"
capture "$bin" list cases "$tmp/good.case" role=both
want out '^t\.good	.*	both	'

# A mistake in a rewrite: place, caret, hint; nothing runs.
scenario bad "" 'middlebox "up strip mp_jion when SYN"'
for command in check interop run; do
    refuses 1 '^.*bad\.case:6:[0-9]+: .*mp_jion' "$bin" $command "$tmp/bad.case"
    want err '\^~'
done
scenario bad "" 'middlebox "up delay 99 parsecs"'
refuses 1 '^.*bad\.case:6:[0-9]+: ' "$bin" interop "$tmp/bad.case"

# A program that is not there: skipped, with its package if that is known.
scenario lacks "needs program no-such-program"
capture "$bin" interop "$tmp/lacks.case"
want_status 4
want out 'no-such-program, which is not installed'
if [ "$(id -u)" -eq 0 ] && command -v ncat >/dev/null; then
    scenario lacks "" 'U: transfer 10k up over ncat (port = 4434)
U: expect done'
    cat >"$tmp/hide" <<EOF
mount --bind /dev/null "$(readlink -f "$(command -v ncat)")" && exec "\$@"
EOF
    capture unshare -m bash "$tmp/hide" "$bin" interop "$tmp/lacks.case"
    want_status 4
    want out 'needs ncat, which is not installed \(package ncat\)'
    mkdir "$tmp/data"
    cp -r "$root/cases" "$root/topo" "$tmp/data"
    cp "$tmp/lacks.case" "$tmp/data/cases/"
    MPTCPSPEC_DATA=$tmp/data capture unshare -m bash "$tmp/hide" "$bin" doctor
    want out '^remark +programs .*ncat \(package ncat\)'
fi
want_all_clean

# A program that hangs: the bound strikes, the verdict says which step, nothing of it stays.
scenario hangs "" "client: run \"sleep $nap\""
capture "$bin" interop --time-scale 0.02 "$tmp/hangs.case"
want_status 1
want out '^inconc +t.hangs/ipv4'
want out "sleep $nap"
want_all_clean
scenario deaf "" "server: start deaf \"sh -c 'trap : TERM INT HUP; while :; do sleep $nap; done'\""
capture "$bin" interop "$tmp/deaf.case"
want_status 0
want_all_clean

# The runner is interrupted or killed in mid-scenario.
env --default-signal=INT true 2>/dev/null || skip "env has no --default-signal"
begin() {
    what="interop $*"
    TMPDIR=$tmp/tmp env --default-signal=INT "$bin" interop "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
    runner=$!
    local i
    for ((i = 0; i < 500; i++)); do
        [ -n "$(nappers)" ] && return
        sleep 0.02
    done
    oops "no program came up: $(cat "$tmp/out" "$tmp/err")"
}
end() {
    local started=$SECONDS
    wait "$runner" 2>/dev/null
    status=$?
    [ $((SECONDS - started)) -le 3 ] || oops "it took $((SECONDS - started)) s to end: $what"
}
for signal in INT TERM; do
    begin "$tmp/hangs.case"
    kill -$signal "$runner"
    end
    want_status 130
    [ "$(tail -n 1 "$tmp/out")" = '0 passed, 0 failed, 1 skipped' ] || oops "SIG$signal: $(tail -n 1 "$tmp/out")"
    want_all_clean
done
begin "$tmp/hangs.case"
kill -KILL "$runner"
end
want_status 137
want_all_clean
# The process of the scenario itself dies: told, and the programs with it.
begin "$tmp/hangs.case"
read -ra children <"/proc/$runner/task/$runner/children"
kill -SEGV "${children[0]}"
end
want_status 1
want out 'died of signal 11'
want_all_clean

# An interface vanishes under the middlebox.
if [ "$(id -u)" -eq 0 ]; then
    begin "$tmp/hangs.case"
    read -ra children <"/proc/$runner/task/$runner/children"
    nsenter -t "${children[0]}" -n ip link del c1 || oops "the box has no interface c1"
    end
    want_status 1
    want out '^error +t.hangs/ipv4'
    want_all_clean
fi

# An ordinary user sees the same.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    public_copy
    chmod a+r "$tmp"/*.case
    capture ordinary "$bin" interop "$tmp/good.case"
    want_status 0
    want out '^1 passed, 0 failed, 0 skipped$'
    want_all_clean
fi
done_testing
