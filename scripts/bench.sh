#!/bin/sh
# SPDX-License-Identifier: MIT
# Figures of speed and size on this machine: scripts/bench.sh [BUILD]. They judge nothing.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
tool=$build/bench/figures
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$build/bench"
# shellcheck disable=SC2046
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$tool" tests/bench/figures.c $(pkg-config --cflags --libs jansson)

echo "machine: $(uname -sr), $(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
echo "load:    $(cut -d ' ' -f 1-3 /proc/loadavg)"
echo
"$build/mptcpspec" run tests/bench/syn.case -q -j 1 --repeat 20 --out "$tmp/syn" >"$tmp/log" || { cat "$tmp/log"; exit 2; }
find "$tmp/syn" -name trace.json -print0 | xargs -0 "$tool" syn
echo
echo "one case, 200 times, one at a time:"
"$build/mptcpspec" run join.listener.ack-hmac-wrong/ipv4 -q -j 1 --repeat 200 --out "$tmp/one" --json "$tmp/one.json" >"$tmp/log" ||
    { cat "$tmp/log"; exit 2; }
"$tool" results "$tmp/one.json"
echo
echo "the suite, default -j:"
"$build/mptcpspec" run -q --out "$tmp/all" --json "$tmp/all.json" >"$tmp/log" || tail -n 1 "$tmp/log"
"$tool" results "$tmp/all.json"
echo
echo "the quick scenarios, default -j:"
"$build/mptcpspec" interop --quick -q --json "$tmp/interop.json" >"$tmp/log" || tail -n 1 "$tmp/log"
"$tool" results "$tmp/interop.json"
echo
echo "the suite at three sizes, by repetition; the last line compares the processor time of a result, largest with smallest:"
n=$("$build/mptcpspec" list results | wc -l)
for size in 1 2 3; do
    repeat=$(((size * 1500 - 1500 + n - 1) / n))
    [ "$repeat" -gt 0 ] || repeat=1
    "$tool" linear "$tmp/size.json" "$build/mptcpspec" run -q --repeat "$repeat" --json "$tmp/size.json" >"$tmp/log" ||
        { cat "$tmp/log"; exit 2; }
    tail -n 1 "$tmp/log"
done | tee "$tmp/sizes"
awk 'NR == 1 { first = $5 } { last = $5 } END { printf "%15s %6.2f times\n", "ratio:", last / first }' "$tmp/sizes"
echo
# What the oracle does in each case, done again by itself: decoding, model and rules over every segment of the suite. The
# reading of the files comes on top.
echo "the oracle's part in it, by its work on the captures of the suite:"
# shellcheck disable=SC2016 # is expanded by the command
printf '#!/bin/sh\nexec "%s" lint -q $(find "%s" -name capture.pcapng) >"%s"\n' "$build/mptcpspec" "$tmp/all" "$tmp/log" >"$tmp/again"
chmod +x "$tmp/again"
"$tool" share "$tmp/all.json" "$tmp/again"

make --no-print-directory -s BUILD="$build" "$build/bench/traffic"
echo
echo "lint, 10 million packets of 200 octets, 1,000 connections of two subflows alive, checksums on:"
"$build/bench/traffic" 10000000 1000 >"$tmp/traffic.pcap"
"$tool" cost 10000000 "$build/mptcpspec" lint -q "$tmp/traffic.pcap" >"$tmp/log"
tail -n 1 "$tmp/log"
rm -f "$tmp/traffic.pcap"
echo "lint, 3 million SYNs of connections that never come to be:"
"$build/bench/traffic" flood 3000000 >"$tmp/traffic.pcap"
"$tool" cost 3000000 "$build/mptcpspec" lint -q "$tmp/traffic.pcap" >"$tmp/log"
tail -n 1 "$tmp/log"

make --no-print-directory -s BUILD="$build" "$build/bench/forward"
echo
echo "the middlebox, no rewrites, beside a kernel bridge in its place (both with offloads off, one after the other):"
"$build/bench/forward"

echo
make --no-print-directory -s BUILD="$build" guest
scripts/guest/bench.sh "$build"

echo
# The agent and its tester are joined by a wire in a namespace of their own.
if [ "$(id -u)" -ne 0 ]; then
    echo "the agent: no figures, only root can make its wire"
    exit 0
fi
${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$build/bench/agent" tests/bench/agent.c
cat >"$tmp/agent.sh" <<'END'
set -eu
ip link set lo up
ip link add name tester type veth peer name iut
ip link set tester up
ip link set iut up
"$1/mptcpspec" agent --unix "$2/sock" --iface iut &
agent=$!
while [ ! -S "$2/sock" ]; do kill -0 $agent; sleep 0.01; done
"$1/bench/agent" "$2/sock"
kill $agent
wait $agent
for i in 1 2 3; do
    "$1/mptcpspec" run -q --json "$2/local$i.json" >"$2/log" 2>&1 || tail -n 1 "$2/log"
    "$1/mptcpspec" run -q --target "exec:$1/mptcpspec agent --stdio --iface iut" --iface tester --json "$2/remote$i.json" \
        >"$2/log" 2>&1 || tail -n 1 "$2/log"
done
END
echo "the agent, over a Unix socket:"
unshare -n sh "$tmp/agent.sh" "$build" "$tmp"
echo "the suite with the local driver and through an agent, three times each in turn:"
"$tool" ratio "$tmp"/local[123].json "$tmp"/remote[123].json
