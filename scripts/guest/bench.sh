#!/bin/bash
# SPDX-License-Identifier: MIT
# Seconds from start to agent-ready of each kernel in the cache: scripts/guest/bench.sh [BUILD [BOOTS]]. They judge nothing.
# Nothing is fetched; without root or kernels it says so.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.." || exit 2
export BUILD=${1:-build}
boots=${2:-3}
kernels=$(scripts/kernels/fetch.sh --where)
if [ "$(id -u)" -ne 0 ] || [ ! -c /dev/net/tun ]; then
    echo "guests left out: tap devices need root and /dev/net/tun"
    exit 0
fi
if [ -z "${MPTCPSPEC_BENCH_INSIDE:-}" ]; then
    MPTCPSPEC_BENCH_INSIDE=1 exec unshare -n -p -f --kill-child --mount-proc "$here/bench.sh" "$BUILD" "$boots"
fi
echo "guests, $boots boots each, one at a time: seconds from start to agent-ready"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ip tuntap add dev tap0 mode tap && ip link set tap0 up || exit 2

# one KERNEL-DIR: boots it and prints the seconds
one() {
    local boot="boot-qemu.sh" line guest="" start
    [ ! -e "$1/linux" ] || boot="boot-uml.sh"
    start=$(date +%s.%N)
    exec {from}< <(
        echo "$BASHPID"
        exec "scripts/guest/$boot" "$1" tap0 "$work/socket" "$work/console" 2>"$work/why"
    )
    while read -r -u "$from" line; do
        case $line in
        by\ *) echo "$line" >"$work/how" ;;
        ready)
            awk -v a="$start" -v b="$(date +%s.%N)" 'BEGIN { printf "%.2f\n", b - a }'
            kill "$guest"
            ;;
        *) guest=$line ;;
        esac
    done
    exec {from}<&-
}

found=no
for k in "$kernels"/*/; do
    [ -s "$k/release" ] || continue
    # Kernels with one fix taken back are one binary, and boot alike.
    case $k in *-without-*) continue ;; esac
    found=yes
    : >"$work/how"
    rm -f "$work/why"
    seconds=$(for ((i = 0; i < boots; i++)); do one "$k"; done | sort -n | paste -sd ' ')
    printf '%15s  %s  %s\n' "$(basename "$k")" "${seconds:-$(head -n 1 "$work/why")}" "$(cat "$work/how")"
done
[ $found = yes ] || echo "    left out: no kernel in $kernels (scripts/kernels/fetch.sh)"
