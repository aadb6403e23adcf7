# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scenes of honest traffic are made of, on top of lab.sh: addresses, settings, captures, transfers, trouble.
# shellcheck disable=SC2034,SC2119,SC2120,SC2154 # variables of honest.sh and lab.sh; iperf_server has one optional word

# The address of server or client on path 1 or 2, in family 4 or 6
server_at() {
    case $2 in
    6) echo "fd02:$1::2" ;;
    *) echo "10.2.$1.2" ;;
    esac
}
client_at() {
    case $2 in
    6) echo "fd01:$1::2" ;;
    *) echo "10.1.$1.2" ;;
    esac
}

endpoint() { # NS ADDRESS WORDS...
    # With more than one subflow; see linux-deviations.md.
    linux+=(window-subflow)
    in_ns "$1" ip mptcp endpoint add "${@:2}"
}

# The client opens a second subflow.
second_path() { # FAMILY [WORDS...]
    endpoint c "$(client_at 2 "$1")" dev c2 subflow "${@:2}"
}

setting() { # NS NAME=VALUE...
    in_ns "$1" sysctl -qw "${@:2}"
}

# The captures of most scenes: what the client, the server and the router saw.
all_views() {
    lab_capture c any client &&
        lab_capture s any server LINUX_SLL &&
        lab_capture r any router LINUX_SLL2 &&
        lab_capture c c1 c1
}

iperf_server() { # [NS]
    lab_start srv "${1:-s}" mptcpize run iperf3 -s -1 --forceflush
    server_pid=$lab_pid
    lab_await srv '^Server listening'
}

iperf_client() { # ADDRESS WORDS...
    lab_start cl c mptcpize run iperf3 --forceflush -c "$@"
    client_pid=$lab_pid
}

# Waits until both sides are through.
iperf_ends() {
    lab_drain cl
    wait "$client_pid" || transfer_failed=1
    lab_drain srv
}

# iperf FAMILY WORDS...: a whole transfer
iperf() {
    iperf_server && iperf_client "$(server_at 1 "$1")" "${@:2}" && iperf_ends
}

# A transfer over both paths in which something happens after 0.3 s and after 0.6 s more
iperf_disturbed() { # FAMILY COMMAND COMMAND [WORDS...]
    lab_plain
    shape 50mbit
    all_views && iperf_server || return 1
    iperf_client "$(server_at 1 "$1")" -n 12M -i 0.1 "${@:4}"
    lab_await cl 'sec' 3 && eval "$2"
    lab_await cl 'sec' 6 && eval "$3"
    iperf_ends
    lab_capture_end
}

# One side of a transfer is killed.
iperf_killed() { # srv|cl [WORDS...]
    shape 100mbit
    second_path 4
    all_views && iperf_server || return 1
    iperf_client "$(server_at 1 4)" -n 64M -i 0.1 "${@:2}"
    lab_await cl 'sec' 3 || return 1
    case $1 in
    srv) kill -KILL "$server_pid" ;;
    cl) kill -KILL "$client_pid" ;;
    esac
    lab_drain cl
    lab_drain srv
    lab_capture_end
}

# fetch FAMILY OCTETS [COUNT [CURL WORDS...]]: COUNT fetches of a file
fetch() {
    local i at url
    at=$(server_at 1 "$1")
    url=http://$at:8000/file
    [ "$1" = 6 ] && url="http://[$at]:8000/file"
    mkdir -p "$lab_dir/www"
    truncate -s "$2" "$lab_dir/www/file"
    lab_start www s mptcpize run /usr/bin/python3 -u -m http.server --bind "$at" --directory "$lab_dir/www" 8000
    server_pid=$lab_pid
    lab_await www '^Serving HTTP' || return 1
    for ((i = 0; i < ${3:-1}; i++)); do
        in_ns c mptcpize run curl -s -o /dev/null -m 60 "${@:4}" "$url" || transfer_failed=1
    done
    kill "$server_pid"
}

# talk OCTETS FLOWS: the client's data but one octet waits until so many subflows of its connection are established.
talk() {
    local until
    mkfifo "$lab_dir/go"
    lab_start srv s /usr/bin/python3 -u -c '
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
s.bind(("", 5201))
s.listen()
print("ready")
c = s.accept()[0]
while c.recv(65536):
    pass
'
    lab_await srv '^ready$' || return 1
    lab_start cl c /usr/bin/python3 -u -c '
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
s.connect((sys.argv[1], 5201))
s.sendall(b"x")
open(sys.argv[2]).read()
s.sendall(os.urandom(int(sys.argv[3])))
s.shutdown(socket.SHUT_WR)
s.recv(1)
' "$(server_at 1 4)" "$lab_dir/go" "$1"
    client_pid=$lab_pid
    until=$((SECONDS + 20))
    while [ "$(in_ns c ss -Htn state established dport = :5201 | wc -l)" -lt "$2" ]; do
        [ $SECONDS -lt $until ] || { transfer_failed=1; break; }
    done
    echo >"$lab_dir/go"
    iperf_ends
}

# What the router does to what it forwards
forward() { # RULE...
    in_ns r nft add table inet forward
    in_ns r nft add chain inet forward f '{ type filter hook forward priority 0; }'
    in_ns r nft add rule inet forward f "$@"
}
forward_freely() {
    in_ns r nft delete table inet forward
}

lose() { # THOUSANDTHS
    forward meta l4proto tcp numgen random mod 1000 lt "$1" drop
}

# Both paths, both ways
shape() { # RATE [RATE OF THE SECOND PATH]
    local i
    for i in c:c1 s:s1 c:c2 s:s2; do
        case $i in
        *2) in_ns "${i%:*}" tc qdisc replace dev "${i#*:}" root tbf rate "${2:-$1}" burst 64k latency 50ms ;;
        *) in_ns "${i%:*}" tc qdisc replace dev "${i#*:}" root tbf rate "$1" burst 64k latency 50ms ;;
        esac
    done
}

# faulty FILE.pcap: with one thing changed in it, lint reports the rule (or one of the rules) in front
faulty() {
    local rules rewrite out=$lab_dir/fault
    while read -r rules rewrite; do
        if ! "$build/lint/spoil" "$1" "$out" "any $rewrite" >/dev/null; then
            echo "no packet for: $rewrite"
            bad=1
            continue
        fi
        "$bin" lint -q --json "$out.json" "$out" >"$out.txt" 2>&1
        # shellcheck disable=SC2016 # for jq
        jq -e --arg rules "$rules" 'any(.files[] | (.findings[], .connections[].findings[]);
            .rule | IN($rules | split("|")[]))' "$out.json" >/dev/null && continue
        echo "$rules is not found with: $rewrite"
        sed 's/^/  | /' "$out.txt" | tail -n 12
        bad=1
    done
}
