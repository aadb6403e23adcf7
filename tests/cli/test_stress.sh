#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real programs through rows of boxes chosen by chance: whatever becomes of the transfers, the harness does not break, no
# frame gets lost in it, and nothing is left. STRESS_COUNT scenarios (16), numbers from STRESS_SEED.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite

count=${STRESS_COUNT:-16}
RANDOM=${STRESS_SEED:-$$}
echo "seed ${STRESS_SEED:-$$}"

# Each rewrite with arguments; the first word is its name.
cat >"$tmp/rewrites" <<'EOF'
drop
dup
strip dss
blank dss
strip_all
strip_subtype 3
strip_unknown
drop_unknown 30
set tcp.win = 3
add dss.dsn 1
flip dss.dack
flags ACK
swap_flags ACK
insert fd04f989
corrupt
corrupt_all
change_payload
payload_drop
truncate_opt dss
len dss 3
to_rst
replay
copy_opt dss
copy_field dss.dsn
give dss.dack = 5
to_front dss
late_opt dss
replay_opt dss
replace 'a' 'b'
alg 'a' 'bcd'
ftp_port 10.9.9.9 4321
split 500
split_first 100
coalesce
coalesce_first 3 5ms
dup_changed
dup_later 10ms
delay 3ms
reorder 3
rate 2000000
cut 50ms
cut_packets 3
idle 1s
mtu 1300
mss 600
no_sack
window 4000
zero_window 20ms
clear_ecn
mark_ce
dscp 12
hops 1
nat 10.1.0.77
napt 10.1.0.77 50000
isn
isn_wrong_ack
isn_wrong_sack
isn_wrong_ssn
proxy_ack
proxy_ack_copied
keepalive
reset
reset_both
EOF

# A rewrite that is not in the list above would never be tried.
"$bin" list rewrites | awk '{ print $1 }' | sort >"$tmp/names"
awk '{ print $1 }' "$tmp/rewrites" | sort >"$tmp/tried"
cmp -s "$tmp/names" "$tmp/tried" || oops "not the rewrites that there are: $(diff "$tmp/names" "$tmp/tried" | tr '\n' ' ')"

mapfile -t rewrites <"$tmp/rewrites"
directions=(up down any)
conditions=("" "" "when data" "when third" "when SYN" "when chance 3%" "when established" "nth 5" "from 20" "first 3"
    "when data and packet > 10")
flows=(up down both)
tools=(native native iperf3 ncat)
topologies=(interop-one-path interop-two-paths interop-two-paths-one-server interop-two-addresses)

# one ITEM...: one of them in $REPLY. No subshell: that has random numbers of its own.
one() {
    shift $((RANDOM % $#))
    REPLY=$1
}

offset=$RANDOM
for ((i = 1; i <= count; i++)); do
    one "${topologies[@]}"
    topology=$REPLY
    {
        printf 'case     t.stress-%d\npurpose  "Boxes by chance."\niut      both\ntopology %s\n\n' "$i" "$topology"
        [ "$topology" = interop-one-path ] || echo "client: endpoint add c2 subflow"
        for ((k = RANDOM % 3; k >= 0; k--)); do
            # One by one, so that each is tried in the long run; the others of the row by chance.
            n=$((k == 0 ? (offset + i) % ${#rewrites[@]} : RANDOM % ${#rewrites[@]}))
            rewrite=${rewrites[n]}
            one "${directions[@]}"
            direction=$REPLY
            [[ $rewrite =~ ^nap?t\  ]] && direction=up
            one "${conditions[@]}"
            printf 'middlebox "%s %s %s"\n' "$direction" "$rewrite" "$REPLY"
        done
        one "${flows[@]}"
        flow=$REPLY
        one "${tools[@]}"
        printf 'T: transfer 1M %s over %s\nT: expect done [R-3.7-01]\n' "$flow" "$REPLY"
    } >"$tmp/s$i.case"
done

# Many transfers cannot end: the guard is 3 s, and what it says is no matter here.
capture timeout 300 "$bin" interop --time-scale 0.05 -j 6 --json "$tmp/all.json" "$tmp"/s*.case
[ "$status" -le 1 ] || oops "status $status: $(tail -n 3 "$tmp/err")"
grep -E '^error ' "$tmp/out" && oops "the harness broke"
grep -E 'lost frames' "$tmp/out" && oops "frames got lost in the box"
want_clean
# Each of them was run, and some transfers came through.
grep -qE "^$((2 * count)) results" "$tmp/out" || oops "not $((2 * count)) results: $(tail -n 2 "$tmp/out")"
grep -E '^[0-9]+ results' "$tmp/out"
[ "$failed" -eq 0 ] || { tail -n 15 "$tmp/err" "$tmp/out"; }
done_testing
