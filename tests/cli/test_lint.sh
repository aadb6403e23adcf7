#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# mptcpspec lint: exit statuses, what it prints and writes, and input of every bad kind.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
traffic=$build/bench/traffic
[ -x "$traffic" ] || skip "$traffic is not built"

"$traffic" 3000 4 >"$tmp/good.pcap"
size=$(stat -c %s "$tmp/good.pcap")

# octets HEX...: as they are
octets() {
    local o
    for o in "$@"; do printf "%b" "\\x$o"; done
}

# All is well.
capture "$bin" lint "$tmp/good.pcap"
want_status 0
want out '^connection 1: pass, 2 subflows, checksums on, tokens [0-9a-f]{8} [0-9a-f]{8}$'
want out '^  first +1  10\.0\.0\.0:1024 > 10\.1\.0\.0:443  0\.000000 \.\. [0-9.]+ s  [0-9.]+ kB > < [0-9.]+ kB  still open$'
want out '^  join +8  .* FIN by opener$'
want out '^  join +2  10\.2\.0\.0:1025 > '
want out "^$tmp/good.pcap: pass, 300[0-9] packets in [0-9.]+ s, [0-9]+ MPTCP connections: [0-9]+ pass\$"
want_no out 'packet [0-9]+:'
want_clean

# From a pipe, a FIFO and several at once; pcapng as well, by way of the annotated copy.
capture bash -c "cat '$tmp/good.pcap' | '$bin' lint -q -"
want_status 0
want out '^-: pass'
mkfifo "$tmp/fifo"
cat "$tmp/good.pcap" >"$tmp/fifo" &
capture "$bin" lint -q "$tmp/fifo" "$tmp/good.pcap"
want_status 0
[ "$(wc -l <"$tmp/out")" -eq 2 ] || oops "not one line a file: $(cat "$tmp/out")"
wait
capture "$bin" lint -q --annotate copy.pcapng "$tmp/good.pcap"
want_status 0
capture "$bin" lint -q copy.pcapng
want_status 0
want out '^copy.pcapng: pass, 300[0-9] packets'
rm -f copy.pcapng

# The first packet with data, the fourth: header of the file, then records.
at=24
for ((i = 0; i < 3; i++)); do
    at=$((at + 16 + $(od -An -tu4 -j $((at + 8)) -N 4 "$tmp/good.pcap" | tr -d ' ')))
done
frame=$((at + 16))
at=$((frame + $(od -An -tu4 -j $((at + 8)) -N 4 "$tmp/good.pcap" | tr -d ' ')))

# change OFFSET DIFFERENCE: adds to the octet there
change() {
    local old
    old=$(od -An -tu1 -j "$1" -N 1 "$tmp/bad.pcap" | tr -d ' ')
    octets "$(printf '%02x' $((old + $2)))" | dd of="$tmp/bad.pcap" bs=1 seek="$1" conv=notrunc status=none
}

# One octet of it is damaged on its way: that is said, and nothing follows from it but that it is missing.
cp "$tmp/good.pcap" "$tmp/bad.pcap"
change $((at - 1)) 1
capture "$bin" lint "$tmp/bad.pcap"
want_status 1
want out '^packet 4: fail tcp-checksum TCP checksum 0x[0-9a-f]{4} is wrong \(connection 1, subflow 1\)$'
want_no out '^packet [^4]'
want out 'not judged in full: segments are missing from the capture'
# The sender's own machine may leave its TCP checksums to the card: then the data count, and their DSS checksum.
capture "$bin" lint --at sender "$tmp/bad.pcap"
want_status 1
want_no out tcp-checksum
want out '^packet 4: fail csum-value '

# Its Data ACK lies before all that was ever sent; the window makes up for it in the TCP checksum.
cp "$tmp/good.pcap" "$tmp/bad.pcap"
change $((frame + 74)) -1
change $((frame + 48)) 1
capture "$bin" lint --json r.json --annotate copy.pcapng "$tmp/bad.pcap"
want_status 1
want out '^packet 4: fail dack-range \[R-[^]]+\] .*\(connection 1, subflow 1\)$'
want out '^connection 1: fail, .* 1 finding$'
want out '^rules that were broken:$'
want out '^  dack-range  [A-Z]+  RFC 8684 3\.[0-9., ]+  1 time, first in packet 4$'
want out 'bad.pcap: fail, .* 1 fail$'
capture "$bin" lint -q copy.pcapng
want_status 1
strings copy.pcapng | grep -q '^fail: breaks rule dack-range \[R-.*(packet 4, connection 1, subflow 1)' ||
    grep -aq 'fail: breaks rule dack-range' copy.pcapng || oops "no comment in the annotated copy"
if command -v tshark >/dev/null 2>&1; then
    tshark -r copy.pcapng -Y frame.comment -T fields -e frame.number -e frame.comment >"$tmp/comments" 2>/dev/null
    grep -q '^4.*breaks rule dack-range' "$tmp/comments" || oops "tshark sees no comment on packet 4: $(cat "$tmp/comments")"
fi
json() { python3 -c "import json,sys; d=json.load(open('$1')); f=d['files'][0]; print($2)" 2>&1; }
if command -v python3 >/dev/null 2>&1; then
    [ "$(json r.json "d['verdict'], f['verdict'], f['fail'], d['interrupted']")" = 'fail fail 1 False' ] ||
        oops "JSON: $(json r.json "d['verdict'], f['verdict'], f['fail'], d['interrupted']")"
    [ "$(json r.json "sorted(x['rule'] for c in f['connections'] for x in c['findings'])")" = "['dack-range']" ] ||
        oops "JSON: $(json r.json "f['connections'][0]")"
    [ "$(json r.json "[x['subflows_seen'] for x in f['connections'] if x['number'] == 1][0]")" = 2 ] || oops "JSON: subflows"
fi
rm -f r.json copy.pcapng

# Rules can be left out, by name.
capture "$bin" lint -q --ignore dack-range,tcp-checksum "$tmp/bad.pcap"
want_status 0
capture "$bin" lint --ignore csum-valu "$tmp/bad.pcap"
want_status 64
want err "no such rule: csum-valu; did you mean 'csum-value'\\?"
capture "$bin" lint --at nowhere "$tmp/bad.pcap"
want_status 64
want err "'nowhere' is none of sender, receiver, middle"
want_clean

# Data that is acknowledged and was not seen is missing from the capture, unless the user says that nothing is.
cp "$tmp/good.pcap" "$tmp/ahead.pcap"
mv "$tmp/bad.pcap" "$tmp/behind.pcap"
mv "$tmp/ahead.pcap" "$tmp/bad.pcap"
change $((frame + 74)) 1
change $((frame + 48)) -1
capture "$bin" lint "$tmp/bad.pcap"
want_no out '^packet 4:'
capture "$bin" lint --complete "$tmp/bad.pcap"
want_status 1
want out '^packet 4: fail dack-range '

# Begun in the middle: inconclusive with the reason, no finding.
{
    head -c 24 "$tmp/good.pcap"
    tail -c +$((at + 1)) "$tmp/good.pcap"
} >"$tmp/mid.pcap"
capture "$bin" lint "$tmp/mid.pcap"
want_status 1
want out '^connection 1: inconc'
want out 'not judged in full: the capture began in the middle of the connection \(packet 1\)$'
want_no out '^packet '

# Two views of all packets, the second behind a router: the same connections, once.
capture "$bin" lint "$tmp/good.pcap"
grep '^connection\|^  ' "$tmp/out" >"$tmp/one"
if command -v mergecap >/dev/null 2>&1 && command -v python3 >/dev/null 2>&1; then
    python3 - "$tmp/good.pcap" "$tmp/far.pcap" <<'PY'
import struct, sys
src = open(sys.argv[1], "rb").read()
out = bytearray(src[:24])
at = 24
while at < len(src):
    sec, ns, n, wire = struct.unpack("<IIII", src[at:at + 16])
    p = bytearray(src[at + 16:at + 16 + n])
    p[22] -= 1
    p[24:26] = b"\0\0"
    s = sum(struct.unpack(">10H", p[14:34]))
    s = (s & 0xffff) + (s >> 16)
    p[24:26] = struct.pack(">H", ~((s & 0xffff) + (s >> 16)) & 0xffff)
    out += struct.pack("<IIII", sec, ns + 3000, n, wire) + p
    at += 16 + n
open(sys.argv[2], "wb").write(out)
PY
    mergecap -F pcapng -w "$tmp/both.pcapng" "$tmp/good.pcap" "$tmp/far.pcap" || oops "mergecap failed"
    capture "$bin" lint "$tmp/both.pcapng"
    want_status 0
    want out '300[0-9] of them seen again'
    grep '^connection\|^  ' "$tmp/out" >"$tmp/two"
    cmp -s "$tmp/one" "$tmp/two" || oops "two views differ from one: $(diff "$tmp/one" "$tmp/two" | head)"
fi

# ---- input that is none ----------------------------------------------------------------------------------

refuses 2 'cannot read .*/absent: No such file' "$bin" lint "$tmp/absent"
refuses 2 'it is a folder' "$bin" lint "$tmp"
: >"$tmp/empty"
refuses 2 'empty: no packet' "$bin" lint "$tmp/empty"
echo 'This is a text of some length, and no capture at all.' >"$tmp/text"
refuses 2 'neither pcap nor pcapng begins like this' "$bin" lint "$tmp/text"
gzip -c "$tmp/good.pcap" >"$tmp/good.gz"
refuses 2 'compressed by gzip; try `gzip -dc FILE' "$bin" lint "$tmp/good.gz"
refuses 64 'no capture file' "$bin" lint
refuses 64 'read once only' "$bin" lint - -
refuses 64 'takes one capture file' "$bin" lint --annotate x "$tmp/good.pcap" "$tmp/bad.pcap"
refuses 64 'would be overwritten' "$bin" lint --json "$tmp/good.pcap" "$tmp/good.pcap"
[ "$(stat -c %s "$tmp/good.pcap")" -eq "$size" ] || oops "the capture was overwritten"
refuses 2 'cannot write /no/such/folder' "$bin" lint --json /no/such/folder/x "$tmp/good.pcap"

# Another link type: its name, and those that are understood.
{
    head -c 20 "$tmp/good.pcap"
    octets 69 00 00 00
    tail -c +25 "$tmp/good.pcap"
} >"$tmp/wifi.pcap"
capture "$bin" lint "$tmp/wifi.pcap"
want_status 2
want err 'link type 105 \(.*802\.11.*\) cannot be read; these can: Ethernet \(1\)'

# No MPTCP inside.
head -c 24 "$tmp/good.pcap" >"$tmp/none.pcap"
capture "$bin" lint "$tmp/none.pcap"
want_status 4
want err 'no MPTCP connection among its 0 packets'

# Cut in the middle of a packet: the place, and the result of what was there; the other file is judged too.
head -c $((size - 50)) "$tmp/good.pcap" >"$tmp/cut.pcap"
capture "$bin" lint --json r.json "$tmp/cut.pcap" "$tmp/good.pcap"
want_status 2
want err 'cut.pcap: cut off in the middle of packet 300[0-9]: [0-9]+ of its [0-9]+ octets are there \(at octet [0-9]+\)'
want out '^connection 1: pass'
want out 'cut.pcap: not read to its end, until there '
want out 'good.pcap: pass'
grep -q '"error": ".*cut off in the middle' r.json || oops "JSON does not tell that the file was cut"
rm -f r.json

# Nobody reads what is printed: the files become complete all the same. A full disk is told.
"$bin" lint -v --json r.json "$tmp/good.pcap" 2>"$tmp/err" | true
[ "$(tail -c 2 r.json)" = '}' ] || oops "JSON is not whole when standard output is closed"
rm -f r.json
refuses 2 'cannot write to standard output' bash -c "'$bin' lint -v '$tmp/good.pcap' >/dev/full"

# A length that no packet has.
{
    head -c $((24 + 8)) "$tmp/good.pcap"
    octets ff ff ff ff
    tail -c +$((24 + 13)) "$tmp/good.pcap"
} >"$tmp/absurd.pcap"
refuses 2 'packet 1 claims 4294967295 octets, which no packet has' "$bin" lint "$tmp/absurd.pcap"

# ---- input without end -----------------------------------------------------------------------------------

# Resident memory of process $1 in KiB, at its highest.
peak() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null; }

# An endless pipe: memory stays as it is; Ctrl-C keeps what was found and completes the files.
env --default-signal=INT true 2>/dev/null || skip "env has no --default-signal"
mkfifo "$tmp/endless"
"$traffic" 0 50 >"$tmp/endless" 2>/dev/null &
source=$!
env --default-signal=INT "$bin" lint --json r.json --annotate copy.pcapng "$tmp/endless" >"$tmp/out" 2>"$tmp/err" &
what="lint of an endless pipe"
lint=$!
# Until it has told of some connections.
for ((i = 0; i < 1000; i++)); do
    [ "$(find . -name '.copy.pcapng.*' -size +8M | wc -l)" -gt 0 ] && break
    sleep 0.02
done
rss=$(peak $lint)
kill -INT $lint
wait $lint
status=$?
wait $source 2>/dev/null
want_status 130
want out 'endless: (pass|inconc), [0-9]+ packets'
if [ "${rss:-0}" -eq 0 ] || [ "$rss" -ge 65536 ]; then
    oops "peak memory of an endless pipe: ${rss:-none} KiB"
fi
if command -v python3 >/dev/null 2>&1; then
    [ "$(json r.json "d['interrupted'] and f['packets'] > 1000")" = True ] || oops "JSON of an interrupted lint: $(json r.json "d['interrupted']")"
fi
capture "$bin" lint -q copy.pcapng
[ "$status" -le 1 ] || oops "the annotated copy of an interrupted lint is not whole: $(cat "$tmp/err")"
rm -f r.json copy.pcapng

# A pipe that says nothing: Ctrl-C ends that, too.
mkfifo "$tmp/silent"
exec 9<>"$tmp/silent"
env --default-signal=INT "$bin" lint "$tmp/silent" >"$tmp/out" 2>"$tmp/err" &
lint=$!
what="lint of a silent pipe"
for ((i = 0; i < 500; i++)); do
    # Not the shell that is about to become the program; SIGINT is the second bit.
    [ "$(cat "/proc/$lint/comm" 2>/dev/null)" = mptcpspec ] && grep -q '^SigCgt:.*[2367abef]$' "/proc/$lint/status" && break
    sleep 0.02
done
kill -INT $lint
wait $lint
status=$?
exec 9>&-
want_status 130

# Connections meant to exhaust memory.
mkfifo "$tmp/flood"
"$traffic" flood 1000000 >"$tmp/flood" &
(
    ulimit -v 400000
    exec "$bin" lint -q "$tmp/flood"
) >"$tmp/out" 2>"$tmp/err"
status=$?
what="lint of a flood of SYNs"
wait
want_status 1
want out 'flood: inconc, 1000000 packets .* 1000000 MPTCP connections'
want_clean
done_testing
