# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Client and server with two paths between them over a router, each in a network namespace of its own; captures that are
# complete; a way to await what a process prints. Sourced inside privileges that may make namespaces:
#
#   c (client)  c1 10.1.1.2 fd01:1::2 -- rc1 +---+ rs1 -- s1 10.2.1.2 fd02:1::2  s (server)
#               c2 10.1.2.2 fd01:2::2 -- rc2 +-r-+ rs2 -- s2 10.2.2.2 fd02:2::2
#
# All processes end with this shell: they read from it, or it kills them by number. $lab_dir is for files, $lab_grab the
# program that captures.

declare -A lab_ns=()   # letter -> process that holds the namespace
declare -A lab_wait=() # name -> descriptor of the output of a process
declare -a lab_pids=() # what runs
declare -a lab_grabs=() # captures under way

in_ns() {
    local ns=$1
    shift
    nsenter -n -t "${lab_ns[$ns]}" "$@"
}

# lab_start NAME NS COMMAND...: runs it in a namespace, as $lab_pid; its output is read by lab_await NAME.
lab_start() {
    local name=$1 ns=$2 fifo=$lab_dir/fifo.$1
    shift 2
    rm -f "$fifo"
    mkfifo "$fifo"
    nsenter -n -t "${lab_ns[$ns]}" "$@" >"$fifo" 2>&1 </dev/null &
    lab_pid=$!
    lab_pids+=("$lab_pid")
    exec {lab_fd}<"$fifo"
    lab_wait[$name]=$lab_fd
}

# lab_await NAME REGEX [COUNT]: reads what NAME prints until a line matches (COUNT times); fails at its end.
lab_await() {
    local line n=${3:-1} fd=${lab_wait[$1]}
    while IFS= read -r -t 60 -u "$fd" line; do
        echo "  $1: $line"
        if [[ $line =~ $2 ]]; then
            n=$((n - 1))
            [ $n -gt 0 ] || return 0
        fi
    done
    echo "$1 never prints $2"
    return 1
}

# lab_drain NAME [SECONDS]: reads the output of NAME up to its end; its last line is $lab_last. Fails when there was none for
# so long.
lab_drain() {
    local line status=0 fd=${lab_wait[$1]}
    while IFS= read -r -t "${2:-60}" -u "$fd" line || { status=$?; false; }; do
        echo "  $1: $line"
        lab_last=$line
    done
    [ "$status" -le 128 ] || [ $# -eq 1 ] || return 1
    exec {fd}<&-
    unset "lab_wait[$1]"
}

# One host's addresses, and a route by source address so that each path is used by its own addresses.
lab_host() { # LETTER NET
    cat <<EOT
link set lo up
link set ${1}1 up
link set ${1}2 up
addr add 10.$2.1.2/24 dev ${1}1
addr add 10.$2.2.2/24 dev ${1}2
addr add fd0$2:1::2/64 dev ${1}1 nodad
addr add fd0$2:2::2/64 dev ${1}2 nodad
rule add from 10.$2.1.2 table 1
rule add from 10.$2.2.2 table 2
rule add from fd0$2:1::2 table 1
rule add from fd0$2:2::2 table 2
route add default via 10.$2.1.1 dev ${1}1 table 1
route add default via 10.$2.2.1 dev ${1}2 table 2
route add default via fd0$2:1::1 dev ${1}1 table 1
route add default via fd0$2:2::1 dev ${1}2 table 2
route add default via 10.$2.1.1 dev ${1}1
route add default via fd0$2:1::1 dev ${1}1
mptcp limits set subflows 8 add_addr_accepted 8
EOT
}

# The router, and the wires to both hosts.
lab_router() {
    local n
    for n in 1 2; do
        cat <<EOT
link add rc$n type veth peer name c$n netns ${lab_ns[c]}
link add rs$n type veth peer name s$n netns ${lab_ns[s]}
link set rc$n up
link set rs$n up
addr add 10.1.$n.1/24 dev rc$n
addr add 10.2.$n.1/24 dev rs$n
addr add fd01:$n::1/64 dev rc$n nodad
addr add fd02:$n::1/64 dev rs$n nodad
EOT
    done
}

# lab_open DIR: the three namespaces and what joins them
lab_open() {
    local n
    lab_dir=$1
    for n in c r s; do
        exec {lab_fd}> >(exec unshare -n cat >/dev/null)
        lab_ns[$n]=$!
        lab_pids+=("$!")
    done
    for n in c r s; do
        # Until the process has its namespace.
        while [ "$(readlink "/proc/${lab_ns[$n]}/ns/net")" = "$(readlink /proc/self/ns/net)" ]; do :; done
        # No address waits to be proven unique.
        in_ns $n sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
            net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.send_redirects=0 \
            net.mptcp.enabled=1 net.mptcp.blackhole_timeout=0 net.mptcp.close_timeout=1 net.ipv4.tcp_fin_timeout=1
    done
    lab_router | in_ns r ip -batch - || return 1
    for n in c:1 s:2; do
        lab_host "${n%:*}" "${n#*:}" | grep -v fd0 | in_ns "${n%:*}" ip -batch - &&
            lab_host "${n%:*}" "${n#*:}" | grep fd0 | in_ns "${n%:*}" ip -6 -batch - || return 1
    done
}

# Each segment as the wire would carry it: cut and with its checksum.
lab_plain() {
    local n i
    for n in c:c1 c:c2 s:s1 s:s2 r:rc1 r:rc2 r:rs1 r:rs2; do
        i=${n#*:}
        in_ns "${n%:*}" ethtool -K "$i" tx off gso off tso off gro off >/dev/null
    done
}

# lab_capture NS IFACE NAME [LINKTYPE [SNAPLEN]]: to $lab_dir/NAME.pcap, and how many packets it lost to NAME.drops
lab_capture() {
    local name=$3
    # shellcheck disable=SC2154 # of the script that sources this
    lab_start "$name" "$1" "$lab_grab" "$2" "$lab_dir/$name.pcap" "${@:4}"
    lab_grabs+=("$name")
    lab_await "$name" '^ready$'
}

# Both ends are through with all connections (some never end, where a path was cut).
lab_quiet() {
    local ns until=$((SECONDS + 5))
    for ns in c s; do
        while in_ns $ns ss -Htan state all exclude listening exclude time-wait | grep -q . && [ $SECONDS -lt $until ]; do
            :
        done
    done
}

# A small datagram along each link and the loopback: it ends the captures.
lab_mark() {
    local n
    # shellcheck disable=SC2016 # for the inner shell
    for n in c:1 s:2; do
        in_ns "${n%:*}" bash -c 'for to in "10.$1.1.1" "10.$1.2.1" 127.0.0.1; do
                echo mptcpspec-end >"/dev/udp/$to/9"
            done' - "${n#*:}" 2>/dev/null
    done
}

lab_capture_end() {
    local i until=$((SECONDS + 60))
    lab_quiet
    lab_mark
    for i in "${lab_grabs[@]}"; do
        lab_last=
        # A mark may be lost as any other packet.
        until lab_drain "$i" 3 || [ $SECONDS -gt $until ]; do lab_mark; done
        echo "${lab_last#* }" >"$lab_dir/$i.drops"
    done
    lab_grabs=()
}

lab_close() {
    local p
    for p in "${lab_pids[@]}"; do kill "$p" 2>/dev/null; done
    wait
}
