#!/bin/bash
# SPDX-License-Identifier: MIT
# The suite on several kernels, each in a virtual machine of its own, and a table of what differs:
#   scripts/matrix.sh [--out DIR] [--jobs N] [--build DIR] [--uml] [--no-local] [--update] [--all] [KERNEL...] [-- ARG...]
#     --out DIR    where results go (reports/matrix): KERNEL.json, KERNEL/ with captures and traces, KERNEL.log (the run),
#                  KERNEL.console, matrix.json, matrix.txt
#     --jobs N     guests at once (as many as processors, and as memory allows)
#     --uml        kernels of User-mode Linux too (built from source: minutes, the first time)
#     --no-local   without the kernel of this machine
#     --update     look for newer packages of kernels that are in the cache
#     --all        all rows of scripts/kernels/list
#     KERNEL       names of scripts/kernels/list or of scripts/kernels/uml-build.sh (default: rows marked "matrix")
#     ARG          for each `mptcpspec run`, selectors for instance
# Status: 0 every kernel that can be had has its column; 1 a guest did not come up or a run broke; 2 not possible here;
# 130 interrupted. What results say is in the table and changes no status. Nothing is left running, however it ends.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cache=${MPTCPSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mptcpspec}
kernels=$cache/kernels
# What a guest takes at the most, of memory: QEMU with 256 MB for the guest, and a run.
guest_mb=600

say() { echo "matrix: $*" >&2; }
refuse() {
    say "$*"
    exit 2
}
usage() {
    sed -n '4,/^# Status/{/^# Status/d; s/^# //; p}' "$0" | sed '1s/^ */usage: /' >&2
    exit 2
}

parse() {
    out=$root/reports/matrix jobs="" build=${BUILD:-$root/build} uml=no local=yes update="" names=() run_args=()
    while [ $# -gt 0 ]; do
        case $1 in
        --out | --jobs | --build) [ $# -ge 2 ] || usage ;;&
        --out) out=$2; shift ;;
        --jobs) jobs=$2; shift ;;
        --build) build=$2; shift ;;
        --uml) uml=yes ;;
        --no-local) local=no ;;
        --update) update=--update ;;
        --all) mapfile -t -O "${#names[@]}" names < <("$here/kernels/fetch.sh" --list | awk '{ print $1 }') ;;
        --) shift; run_args=("$@"); break ;;
        -*) usage ;;
        *) names+=("$1") ;;
        esac
        shift
    done
    case $jobs in *[!0-9]* | 0) refuse "--jobs: a number from 1 on is expected" ;; esac
    if [ ${#names[@]} -eq 0 ]; then
        mapfile -t names < <("$here/kernels/fetch.sh" --list | awk '$4 == "matrix" { print $1 }')
        # shellcheck disable=SC2207 # names have no spaces
        [ $uml = no ] || names+=($("$here/kernels/uml-build.sh" --list))
    fi
}

# Everything that is missing is said before minutes are spent.
check() {
    [ "$(id -u)" -eq 0 ] || refuse "guests need tap devices, and these need root: sudo make matrix"
    [ -c /dev/net/tun ] || refuse "no /dev/net/tun: guests need tap devices (modprobe tun; in a container: --device /dev/net/tun)"
    [ "$(uname -m)" = x86_64 ] || refuse "guests are x86_64 machines, this one is $(uname -m)"
    local c
    for c in qemu-system-x86_64 ip unshare setpriv cpio gzip xz flock; do
        command -v "$c" >/dev/null 2>&1 || refuse "no $c here: run scripts/setup.sh --matrix"
    done
    for c in mptcpspec guest-ready static/guest-init static/mptcpspec-agent; do
        [ -x "$build/$c" ] || refuse "$build/$c is not built: make all guest"
    done
    unshare -n -p -f --mount-proc true 2>/dev/null || refuse "no new network and process namespaces can be made here"
    mkdir -p "$out" "$cache" || refuse "$out or $cache cannot be made"
    out=$(cd "$out" && pwd)
}

# fetch_all: names that can be had stay in $names
fetch_all() {
    local name got=() row
    for name in "${names[@]}"; do
        if [ -e "$kernels/$name/release" ] && [ -z "$update" ]; then
            got+=("$name")
            continue
        fi
        say "getting kernel $name"
        row=$("$here/kernels/fetch.sh" --list | awk -v n="$name" '$1 == n')
        if [ -n "$row" ]; then
            "$here/kernels/fetch.sh" $update "$name" >&2
        else
            "$here/kernels/uml-build.sh" "$name" >&2
        fi
        case $? in
        0) got+=("$name") ;;
        1) [ ! -e "$kernels/$name/release" ] || got+=("$name") ;;
        *) exit 2 ;;
        esac
    done
    names=("${got[@]}")
}

guests_at_once() {
    local cores mem
    cores=$(nproc)
    mem=$(awk -v one="$guest_mb" '$1 == "MemAvailable:" { print int($2 / 1024 / one) }' /proc/meminfo)
    [ "$mem" -ge 1 ] || mem=1
    [ "$cores" -le "$mem" ] && echo "$cores" || echo "$mem"
}

seconds_since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }'; }

# run_suite NAME ARG...: a run of the suite with its files in $out
run_suite() {
    local name=$1
    shift
    "$build/mptcpspec" run -q --json "$out/$name.json" --out "$out/$name" "$@" "${run_args[@]}" >"$out/$name.log" 2>&1
}

# report NAME STATUS START
report() {
    local counts
    counts=$(grep -E '[0-9]+ pass' "$out/$1.log" | tail -n 1)
    if [ "$2" -le 1 ] && [ -s "$out/$1.json" ]; then
        say "$1: ${counts:-done} ($(seconds_since "$3") s)"
        return 0
    fi
    say "$1: the run ended with status $2; its last lines:"
    tail -n 5 "$out/$1.log" | sed 's/^/    /' >&2
    rm -f "$out/$1.json"
    return 1
}

# on_guest NUMBER NAME: boots it, runs the suite on it, ends it. 0: its results are in $out/NAME.json
on_guest() {
    local n=$1 name=$2 boot="boot-qemu.sh" guest line how="" scale start ready
    local kernel=$kernels/$name tap=tap$1 socket=$work/$1
    [ ! -e "$kernel/linux" ] || boot="boot-uml.sh"
    ip tuntap add dev "$tap" mode tap && ip link set "$tap" addrgenmode none up || return 1
    start=$(date +%s.%N)
    exec {from}< <(
        echo "$BASHPID"
        BUILD=$build exec "$here/guest/$boot" "$kernel" "$tap" "$socket" "$out/$name.console" \
            "mptcpspec.v4=10.77.$n.2/24" "mptcpspec.v6=fd77:$n::2/64" 2>"$work/$n.why"
    )
    guest=""
    ready=no
    while read -r -u "$from" line; do
        case $line in
        by\ *) how=${line#by } ;;
        ready) ready=yes; break ;;
        *) guest=$line ;;
        esac
    done
    if [ $ready = no ]; then
        say "$name: the guest did not come up:"
        sed 's/^/    /' "$work/$n.why" >&2
        return 1
    fi
    say "$name: $(cat "$kernel/release") ready after $(seconds_since "$start") s${how:+ ($how)}"
    # Guests share processors with each other and with the tester; an emulated one is ten times slower than the machine. Many
    # cases at once make each wait for all the others, until timers of the IUT come before the tester's answers.
    scale=2
    side=8
    [ "$how" != tcg ] || scale=4 side=4
    start=$(date +%s.%N)
    run_suite "$name" --target "unix:$socket" --iface "$tap" --time-scale $scale -j $side
    report "$name" $? "$start"
    local status=$?
    kill "$guest" 2>/dev/null
    # The end of its output is the end of the guest.
    while read -r -u "$from" line; do :; done
    exec {from}<&-
    ip link del "$tap" 2>/dev/null
    return $status
}

# In namespaces of its own, as their first process: whatever is started here ends with it.
inside() {
    local name n=0 running=0 start
    ip link set lo up
    status=0
    if [ "$local" = yes ]; then
        rm -rf "${out:?}/local" "$out/local.json"
        start=$(date +%s.%N)
        run_suite local
        report local $? "$start" && echo local >>"$work/done" || status=1
    fi
    for name in "${names[@]}"; do
        rm -rf "${out:?}/$name" "$out/$name.json"
        if [ $running -ge "$jobs" ]; then
            wait -n || status=1
            running=$((running - 1))
        fi
        n=$((n + 1))
        running=$((running + 1))
        (on_guest $n "$name" && echo "$name" >>"$work/done") &
    done
    while [ $running -gt 0 ]; do
        wait -n || status=1
        running=$((running - 1))
    done
    [ -s "$work/done" ] || refuse "no kernel has results"
    local files=()
    for name in local "${names[@]}"; do
        grep -qxF "$name" "$work/done" && files+=("$name=$out/$name.json")
    done
    "$build/mptcpspec" matrix --json "$out/matrix.json" "${files[@]}" >"$out/matrix.txt" || status=1
    cat "$out/matrix.txt"
    say "$out: matrix.json, matrix.txt, and KERNEL.json, KERNEL/, KERNEL.console of each"
    exit $status
}

if [ "${1:-}" = --inside ]; then
    work=$2
    shift 2
    parse "$@"
    inside
fi
parse "$@"
check
fetch_all
[ ${#names[@]} -gt 0 ] || refuse "no kernel can be had"
[ -n "$jobs" ] || jobs=$(guests_at_once)

# Ctrl-C is for this shell to answer. What it ends is the first process of the namespace, and with it all in it.
child=""
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2317 # the traps'
end() {
    [ -z "$child" ] || kill -KILL "$child" 2>/dev/null
    wait 2>/dev/null
    say "interrupted; nothing is left running"
    exit "$1"
}
trap 'end 130' INT
trap 'end 143' TERM HUP
options=(--out "$out" --jobs "$jobs" --build "$build")
[ $local = yes ] || options+=(--no-local)
setpriv --pdeathsig KILL unshare -n -p -f --kill-child --mount-proc "$0" --inside "$work" "${options[@]}" "${names[@]}" \
    -- "${run_args[@]}" &
child=$!
wait "$child"
exit $?
