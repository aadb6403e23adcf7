#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A bare address: every case that can be run against it gives the verdict that it gives against the local kernel.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need ip nsenter unshare ethtool jq nft mptcpize
[ -x /usr/bin/python3 ] || skip "/usr/bin/python3 is not here"

# ---- the lab: tester - eth0 - router - far network, and a server on either ------------------------------------

# hold: a network namespace of its own, held by a process; its pid in $pid
hold() {
    unshare -n sleep 600 &
    pid=$!
    disown
    until [ "$(cat "/proc/$pid/comm")" = sleep ]; do :; done
}
hold && tester=$pid
hold && server=$pid
hold && router=$pid
hold && far=$pid
in_ns() {
    local ns=$1
    shift
    nsenter -t "$ns" -n "$@"
}
# wire NS IF NS IF: offloads are off, as on a wire between machines
wire() {
    in_ns "$1" ip link add "$2" type veth peer name "$4" netns "$3"
    for end in "$1 $2" "$3 $4"; do
        # shellcheck disable=SC2086 # two words
        set -- $end
        in_ns "$1" ip link set "$2" up
        in_ns "$1" ethtool -K "$2" tx off >/dev/null
    done
}
# addr NS IF ADDRESS...
addr() {
    local ns=$1 dev=$2 a
    shift 2
    for a in "$@"; do
        case $a in
        *:*) in_ns "$ns" ip addr add "$a" dev "$dev" nodad ;;
        *) in_ns "$ns" ip addr add "$a" dev "$dev" ;;
        esac
    done
}
wire "$tester" eth0 "$server" eth0
wire "$tester" eth1 "$router" eth0
wire "$router" eth1 "$far" eth0
addr "$tester" eth0 192.168.77.1/24 fd77::1/64
addr "$server" eth0 192.168.77.2/24 fd77::2/64
addr "$tester" eth1 10.78.0.1/24 fd78::1/64
addr "$router" eth0 10.78.0.254/24 fd78::fe/64
addr "$router" eth1 10.79.0.254/24 fd79::fe/64
addr "$far" eth0 10.79.0.2/24 fd79::2/64
in_ns "$tester" ip route add 10.79.0.0/24 via 10.78.0.254
in_ns "$tester" ip route add fd79::/64 via fd78::fe
in_ns "$far" ip route add default via 10.79.0.254
in_ns "$far" ip route add default via fd79::fe
in_ns "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
# The suite's own profile of the IUT, where it matters to what a kernel answers.
for ns in "$server" $far; do
    in_ns "$ns" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_invalid_ratelimit; echo 1 >/proc/sys/net/mptcp/enabled'
done

cat >"$tmp/services.py" <<'E2'
import socket, threading

def one(c, echo):
    try:
        while data := c.recv(65536):
            if echo:
                c.sendall(data)
    except OSError:
        pass
    c.close()

def serve(port, echo, protocol=262):
    s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, protocol)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("::", port))
    s.listen(128)
    ready.release()
    while True:
        threading.Thread(target=one, args=(s.accept()[0], echo), daemon=True).start()

ready = threading.Semaphore(0)
for args in (7, True), (9, False), (10, False, socket.IPPROTO_TCP):
    threading.Thread(target=serve, args=args).start()
for _ in range(3):
    ready.acquire()
print("ready", flush=True)
E2
# Servers: $1 the namespace. They stand when they say so.
services() {
    exec 7< <(exec nsenter -t "$1" -n /usr/bin/python3 "$tmp/services.py" 2>/dev/null)
    read -r _ <&7
}
services "$server"
services "$far"
mkdir "$tmp/www"
(cd "$tmp/www" && exec nsenter -t "$server" -n mptcpize run /usr/bin/python3 -u -m http.server --bind :: 8000 \
    >"$tmp/http" 2>&1) &
disown
until grep -q Serving "$tmp/http" 2>/dev/null; do sleep 0.05; done

# ---- verdicts -------------------------------------------------------------------------------------------------

# at SPEC IF OPTIONS...: a run against a bare address
at() {
    local spec=$1 iface=$2
    shift 2
    capture nsenter -t "$tester" -n "$bin" run -q --json remote.json --target "host:$spec" --iface "$iface" "$@"
}
# same AT_LEAST ARGUMENTS of at...: so many results were run; their verdicts are compared below
same() {
    local least=$1
    shift
    at "$@" --expected "$root/cases/expected/linux.json"
    want_status 0
    jq -r --argjson least "$least" '
        [.results[] | select(.verdict != "skip")] as $ran |
        (if ($ran | length) < $least then "only \($ran | length) results were run" else empty end),
        (.results[] | select(.verdict == "skip" and .skip_reason == "") | "\(.name): skipped without a reason"),
        (if .run.site.spec == "" or .run.site.rtt_us == null then "no site" else empty end)
        ' remote.json >"$tmp/differ"
    [ -s "$tmp/differ" ] && oops "against $1: $(head -n 20 "$tmp/differ")"
    jq -r --arg at "$1" '.results[] | select(.verdict != "skip") | "\(.name) \(.verdict) \(.standing) \($at)"' \
        remote.json >>"$tmp/verdicts"
}
many=--source=192.168.77.101-192.168.77.103
many6=--source=fd77::101-fd77::103
same 60 192.168.77.2:7 eth0 "$many"
same 60 '[fd77::2]:7' eth0
same 60 192.168.77.2:8000 eth0 --service http
same 60 '[fd77::2]:8000' eth0 --service http "$many6" --rate 0
same 7 '[fd77::2]:9' eth0 --service discard "$many6" 'add-addr.*'
# Through a router, from the host's own address and from one that it does not have.
same 11 10.79.0.2:7 eth1 'blackbox.*'
same 11 '[fd79::2]:7' eth1 --source fd78::101/64 'blackbox.*'

# ---- skips say why -------------------------------------------------------------------------------------------

at 192.168.77.2:7 eth0 join.listener.basic handshake.initiator.basic 'data.sender.*' 'join.*two*'
jq -r '.results[].skip_reason' remote.json | sort -u >"$tmp/out"
want out '^the target.s address is an IPv4 address$'
want out '^the IUT must connect: --client-cue says how it is made to$'
want out '^makes the IUT act: .iut: send.$'

# ---- nothing goes to anybody else ---------------------------------------------------------------------------------

for to in to=198.51.100.8 from=198.51.100.9; do
    cat >"$tmp/literal.case" <<E2
case     t.literal
purpose  "Speaks to somebody else, or in his name."
iut      listener
family   ipv4

A: handshake($to)
A: send data 10
A: expect data_acked [R-3.3.2-02]
E2
    at 192.168.77.2:9 eth0 --service discard "$tmp/literal.case"
    want_status 4
    jq -r '.results[].skip_reason' remote.json >"$tmp/out"
    want out 'writes out an address'
done

# ---- a client on cue ------------------------------------------------------------------------------------------

cat >"$tmp/client.sh" <<E2
#!/bin/sh
exec nsenter -t "$server" -n mptcpize run /usr/bin/python3 -c '
import os, socket
s = socket.create_connection((os.environ["MPTCPSPEC_ADDR"], int(os.environ["MPTCPSPEC_PORT"])))
while s.recv(65536):
    pass
'
E2
chmod +x "$tmp/client.sh"
client="box.initiator.split handshake.initiator.keys-unrelated"
# shellcheck disable=SC2086 # two selectors
same 3 192.168.77.2:9 eth0 --service discard --client-cue "$tmp/client.sh" $client
# Nothing listens there: a client needs no server.
# shellcheck disable=SC2086
same 3 192.168.77.2:11 eth0 --service discard --client-cue "$tmp/client.sh" --source 192.168.77.109 $client
# Nor need anything answer there.
in_ns "$server" nft 'add table inet f; add chain inet f i { type filter hook input priority 0; }
    add rule inet f i tcp dport 14 drop; add rule inet f i tcp dport 15 reject with icmpx admin-prohibited'
for port in 14 15; do
    at "192.168.77.2:$port" eth0 --service discard --client-cue "$tmp/client.sh" box.initiator.split/ipv4/how=split
    want_status 0
    want out "^1 passed"
done
at 192.168.77.99:9 eth0 --service discard --client-cue "$tmp/client.sh" box.initiator.split/ipv4/how=split
want_status 2
want err 'the target 192.168.77.99 does not answer ARP requests on eth0'
at 192.168.77.2:9 eth0 --service discard --client-cue /nowhere/client handshake.initiator.keys-unrelated
want_status 1
want out "client-cue: '/nowhere/client' cannot be run"

# The client ends with the run, be it by kill -9.
cat >"$tmp/stay.sh" <<'E2'
sleep 31536000 &
sleep 31536000
E2
in_ns "$tester" "$bin" run -q --target host:192.168.77.2:9 --iface eth0 --service discard --client-cue "sh $tmp/stay.sh" \
    handshake.initiator.keys-unrelated/ipv4 >/dev/null 2>&1 &
clients() {
    pgrep -cf '^sleep 31536000$'
}
for ((i = 0; i < 200; i++)); do
    [ "$(clients)" -eq 2 ] && break
    sleep 0.05
done
[ "$(clients)" -eq 2 ] || oops "there are $(clients) clients on cue"
kill -KILL "$(for p in $(marked); do
    grep -qx mptcpspec "/proc/$p/comm" 2>/dev/null && echo "$p"
done | head -n 1)"
wait $! 2>/dev/null
for ((i = 0; i < 200; i++)); do
    [ "$(clients)" -eq 0 ] && break
    sleep 0.05
done
[ "$(clients)" -eq 0 ] || oops "$(clients) clients outlived a run that was killed"

# A person lets it connect, one case at a time, and ends the run by Ctrl-C.
cat >"$tmp/person.py" <<'E2'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b""
try:
    while b"then press Enter" not in seen:
        seen += os.read(fd, 4096)
    os.write(fd, b"\x03")
    while True:
        seen += os.read(fd, 4096)
except OSError:
    pass
print(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
E2
capture timeout 60 /usr/bin/python3 "$tmp/person.py" nsenter -t "$tester" -n "$bin" run -q --target host:192.168.77.2:9 \
    --iface eth0 --service discard --client-cue - --source 192.168.77.101-192.168.77.103 handshake.initiator.keys-unrelated \
    box.initiator.split
want_status 130
[ "$(grep -c 'then press Enter' "$tmp/out")" -eq 1 ] || oops "several cases ask: $(cat "$tmp/out")"

# ---- case by case as the local driver ----------------------------------------------------------------------------

mapfile -t names < <(cut -d' ' -f1 "$tmp/verdicts" | sort -u)
"$bin" run -q --json local.json "${names[@]}" >/dev/null || oops "the local run has unexpected results"
jq -r '.results[] | "\(.name) \(.verdict) \(.standing)"' local.json | sort >"$tmp/local"
cut -d' ' -f1-3 "$tmp/verdicts" | sort -u | comm -23 - "$tmp/local" >"$tmp/differ"
[ -s "$tmp/differ" ] && oops "other verdicts than locally: $(grep -Ff "$tmp/differ" "$tmp/verdicts")"

# ---- the host's own kernel is kept quiet, and for no longer than that ---------------------------------------------

tables() {
    in_ns "$tester" nft list tables
}
[ -z "$(tables)" ] || oops "a table is left: $(tables)"
in_ns "$tester" "$bin" run -q --target host:192.168.77.2:7 --iface eth0 --repeat 100 blackbox.echo.mapping >/dev/null 2>&1 &
until tables | grep -q mptcpspec; do
    kill -0 $! 2>/dev/null || break
done
victim=$(for p in $(marked); do
    [ "$(cat "/proc/$p/comm" 2>/dev/null)" = mptcpspec ] && echo "$p"
done | head -n 1)
kill -KILL "$victim"
wait $! 2>/dev/null
for ((i = 0; i < 100; i++)); do
    [ -z "$(tables)" ] && break
    sleep 0.05
done
[ -z "$(tables)" ] || oops "the table outlived a run that was killed: $(tables)"

# ---- what cannot be tested is told in one line, before any case ----------------------------------------------------

# no STATUS REGEX ARGUMENTS of at...
no() {
    local want_st=$1 text=$2
    shift 2
    at "$@"
    want_status "$want_st"
    want err "$text"
    [ "$(wc -l <"$tmp/err")" -le "$([ "$want_st" = 64 ] && echo 3 || echo 1)" ] || oops "more than one line: $(cat "$tmp/err")"
    want_no out '(fail|error) '
}
no 2 'port 12: nothing listens there \(RST\)' 192.168.77.2:12 eth0
no 2 'port 10: it speaks TCP and not MPTCP' 192.168.77.2:10 eth0
no 2 'the target 192.168.77.99 does not answer ARP requests on eth0' 192.168.77.99:7 eth0
in_ns "$far" nft 'add table inet f; add chain inet f i { type filter hook input priority 0; }; add rule inet f i tcp dport 13 drop'
no 2 'port 13: no answer to three SYNs' 10.79.0.2:13 eth1
in_ns "$router" ip route add unreachable 10.79.9.0/24
in_ns "$tester" ip route add 10.79.9.0/24 via 10.78.0.254
no 2 'ICMP destination unreachable' 10.79.9.9:7 eth1
no 2 'port 15: a filter of the target itself' 192.168.77.2:15 eth0
no 2 'no route to 10.99.0.1: ' 10.99.0.1:7 eth0
no 2 'no route to 10.79.0.2 by eth0: eth1 leads there' 10.79.0.2:7 eth0
no 2 'no route to fd79::2 by eth0: eth1 leads there' '[fd79::2]:7' eth0
no 2 '9.9.9.9 is an address of the public Internet.*--public-target' 192.168.77.2:7 eth0 --source 9.9.9.9/8
no 2 'is an address of this host' 192.168.77.1:7 eth0
no 2 'public Internet.*--public-target' 8.8.8.8:7 eth0
no 2 'is no address of a host' 224.0.0.1:7 eth0
no 2 'there is no interface eth7' 192.168.77.2:7 eth7
no 2 '192.168.77.2 is the target' 192.168.77.2:7 eth0 --source 192.168.77.2
no 2 'is an address of this host: without --source' 192.168.77.2:7 eth0 --source 192.168.77.1
no 2 'is in no network of eth0' 192.168.77.2:7 eth0 --source 192.0.2.7
no 2 'is no address' 192.168.77.2:7 eth0 --source here
no 2 'the target has an IPv4 address' 192.168.77.2:7 eth0 --source fd77::9
no 2 'a row of at most' 192.168.77.2:7 eth0 --source 192.168.77.9-192.168.77.8
no 2 'a row of at most' 192.168.77.2:7 eth0 --source 192.168.77.9-192.168.77.200
no 2 'no length of a prefix' 192.168.77.2:7 eth0 --source 192.168.77.9/33
no 2 '--service tea: there are discard, echo, http' 192.168.77.2:7 eth0 --service tea
no 64 'tx nat 198.51.100.9.: the network does not lead' 192.168.77.2:7 eth0 --rewrite 'tx nat 198.51.100.9'
no 64 '--rate takes packets a second' 192.168.77.2:7 eth0 --rate fast
addr "$server" eth0 192.168.77.44/24
no 2 '192.168.77.44 is in use: .* answers for it' 192.168.77.2:7 eth0 --source 192.168.77.44
in_ns "$server" ethtool -K eth0 tx on tso on gso on >/dev/null
# Whether an address is in use is asked while others send much, in frames larger than the MTU.
cat >"$tmp/flood.py" <<'E2'
import socket, sys
if len(sys.argv) > 1:
    s = socket.create_connection(("192.168.77.1", 5001))
    while True:
        s.sendall(bytes(1 << 16))
s = socket.create_server(("192.168.77.1", 5001))
print("ready", flush=True)
c = s.accept()[0]
n = 0
while data := c.recv(1 << 20):
    n += len(data)
    if n >> 20 and not (n - len(data)) >> 20:
        print("flows", flush=True)
E2
exec 6< <(exec nsenter -t "$tester" -n /usr/bin/python3 "$tmp/flood.py")
read -r _ <&6
nsenter -t "$server" -n /usr/bin/python3 "$tmp/flood.py" send 2>/dev/null &
flood=$!
read -r _ <&6
no 2 '192.168.77.44 is in use: .* answers for it' 192.168.77.2:7 eth0 --source 192.168.77.44
no 2 'port 12: nothing listens there' 192.168.77.2:12 eth0 --source 192.168.77.45
kill "$flood"
wait "$flood" 2>/dev/null
exec 6<&-
no 2 'unfinished checksum' 192.168.77.2:7 eth0
in_ns "$server" ethtool -K eth0 tx off >/dev/null
in_ns "$tester" ip link set eth0 down
no 2 'interface eth0 is down' 192.168.77.2:7 eth0
capture "$bin" run --service echo handshake.listener.basic
want_status 64
want err '--service goes with --target host:ADDR:PORT'

# ---- a limit of rate is kept ------------------------------------------------------------------------------------

at 10.79.0.2:7 eth1 --rate 50 --repeat 2 'blackbox.echo.mapping'
want_status 0
# About half of the packets are the tester's; five may go at once.
jq -e '([.results[].packets] | add / 2 - 10) as $n | $n > 25 and .run.duration_ns / 1e9 > $n / 50' remote.json \
    >/dev/null || oops "the limit of rate was not kept: $(jq -c '[.run.duration_ns, .results[].packets]' remote.json)"

rm -f local.json remote.json
done_testing
