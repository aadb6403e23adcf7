#!/bin/bash
# SPDX-License-Identifier: MIT
# The suite on several kernels, each in a virtual machine of its own, and a table of what differs:
#   scripts/matrix.sh [--out DIR] [--jobs N] [--build DIR] [--uml] [--no-local] [--update] [--all] [KERNEL...] [-- ARG...]
#     --out DIR    where results go (reports/matrix): KERNEL.json, KERNEL/ with captures and traces, KERNEL.log (the run),
#                  KERNEL.console, matrix.json, matrix.txt
#     --jobs N     guests at once (as many as processors, and as memory allows)
#     --uml        kernels of User-mode Linux as well (built from source: minutes, the first time)
#     --no-local   without the kernel of this machine
#     --update     look for newer packages of Debian's kernels that are in the cache
#     --all        all rows of scripts/kernels/list
#     KERNEL       names of scripts/kernels/list, of scripts/kernels/uml-build.sh, or of a kernel that was put into the cache by
#                  hand (default: rows of the list marked "matrix")
#     ARG          for each `mptcpspec run`, selectors for instance
# Status: 0 every kernel that can be had has its column; 1 a guest did not come up or a run broke; 2 not possible here, or
# wrong usage; 130 interrupted, 143 told to end. What results say is in the table and changes no status. Nothing is left
# running, however it ends.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cache=${MPTCPSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mptcpspec}
kernels=$cache/kernels
# What a guest takes at the most, of memory: QEMU with 256 MB for the guest, and a run.
guest_mb=600
# What marks a folder that may be removed: one that was made here.
mark=.mptcpspec-matrix

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
    if [ -n "$jobs" ]; then
        [[ $jobs =~ ^0*([1-9][0-9]{0,3})$ ]] || refuse "--jobs: a number from 1 to 9999 is expected"
        jobs=${BASH_REMATCH[1]}
    fi
    [ ${#names[@]} -gt 0 ] || mapfile -t names < <("$here/kernels/fetch.sh" --list | awk '$4 == "matrix" { print $1 }')
    [ $uml = no ] || mapfile -t -O "${#names[@]}" names < <("$here/kernels/uml-build.sh" --list)
    mapfile -t names < <(printf '%s\n' "${names[@]}" | awk '!seen[$0]++')
    columns=("${names[@]}")
    [ $local = no ] || columns=(local "${names[@]}")
}

listed() { "$here/kernels/fetch.sh" --list | awk '{ print $1 }'; }
listed_uml() {
    "$here/kernels/uml-build.sh" --list
    "$here/kernels/uml-build.sh" --list-faults
}
by_hand() {
    local f
    for f in "$kernels"/*/release; do
        [ ! -s "$f" ] || basename "$(dirname "$f")"
    done | grep -v '\.part$'
}

# maker_of NAME: the script that gets it; nothing for a kernel that was put into the cache by hand. Status 1: there is none.
maker_of() {
    if listed | grep -xqF -- "$1"; then
        echo fetch.sh
    elif listed_uml | grep -xqF -- "$1"; then
        echo uml-build.sh
    else
        by_hand | grep -xqF -- "$1"
    fi
}

check_names() {
    local name
    for name in "${names[@]}"; do
        # They become names of files.
        case $name in local | matrix | .* | *[!A-Za-z0-9._+~-]*) refuse "'$name' is no name for a kernel here" ;; esac
        maker_of "$name" >/dev/null ||
            refuse "no kernel $name; there are: $({ listed; listed_uml; by_hand; } | awk '!seen[$0]++' | paste -sd ' ')"
    done
    for name in "${columns[@]}"; do
        [ ! -e "$out/$name" ] || [ -e "$out/$name/$mark" ] ||
            refuse "$out/$name is in the way: it has no $mark, so no matrix made it. Remove it, or choose another --out"
    done
}

# What stands behind -- is tried on a target that cannot be: each run would refuse what is wrong in it.
check_run_args() {
    local said status
    said=$("$build/mptcpspec" run --target unix:/dev/null --iface lo "${run_args[@]}" 2>&1)
    status=$?
    case $status in
    1 | 64)
        echo "$said" >&2
        refuse "\`mptcpspec run\` does not take what stands behind --"
        ;;
    esac
}

# Everything that is missing is said before minutes are spent.
check() {
    [ "$(id -u)" -eq 0 ] || refuse "guests need tap devices, and these need root: sudo make matrix"
    [ -c /dev/net/tun ] || refuse "no /dev/net/tun: guests need tap devices (modprobe tun; in a container: --device /dev/net/tun)"
    [ "$(uname -m)" = x86_64 ] || refuse "guests are x86_64 machines, this one is $(uname -m)"
    local c
    for c in qemu-system-x86_64 ip unshare setpriv setsid cpio gzip xz flock; do
        command -v "$c" >/dev/null 2>&1 || refuse "no $c here: run scripts/setup.sh --matrix"
    done
    for c in mptcpspec guest-ready static/guest-init static/mptcpspec-agent; do
        [ -x "$build/$c" ] || refuse "$build/$c is not built: make all guest"
    done
    unshare -n -p -f --mount-proc true 2>/dev/null || refuse "no new network and process namespaces can be made here"
    check_names
    check_run_args
    mkdir -p "$out" "$cache" || refuse "$out or $cache cannot be made"
    out=$(cd "$out" && pwd)
}

# fetch_all: names that can be had stay in $names
fetch_all() {
    local name got=() maker status
    for name in "${names[@]}"; do
        maker=$(maker_of "$name")
        if [ -n "$maker" ]; then
            if [ ! -s "$kernels/$name/release" ] || [ -n "$update" ]; then
                say "getting kernel $name"
            fi
            [ "$maker" != fetch.sh ] || maker="fetch.sh $update"
            # shellcheck disable=SC2086 # a script and its option
            setpriv --pdeathsig TERM setsid "$here"/kernels/$maker "$name" >&2 &
            child=$!
            wait "$child"
            status=$?
            child=""
            case $status in
            0) ;;
            1)
                [ -s "$kernels/$name/release" ] || continue
                say "$name: the one in the cache is taken"
                ;;
            130 | 143) exit $status ;;
            *) exit 2 ;;
            esac
        fi
        got+=("$name")
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
    mkdir -p "$out/$name" && : >"$out/$name/$mark"
    "$build/mptcpspec" run -q --json "$out/$name.json" --out "$out/$name" "$@" "${run_args[@]}" >"$out/$name.log" 2>&1
}

# report NAME STATUS START: what came of a run. What a broken one wrote is kept: a results file is whole or not there.
report() {
    local counts
    counts=$(grep -E '[0-9]+ pass' "$out/$1.log" | tail -n 1)
    case $2 in
    0 | 1 | 4)
        if [ -s "$out/$1.json" ]; then
            say "$1: ${counts:-done} ($(seconds_since "$3") s)"
            return 0
        fi
        ;;
    esac
    say "$1: the run ended with status $2; its last lines:"
    tail -n 5 "$out/$1.log" | sed 's/^/    /' >&2
    if [ "$1" != local ] && [ -s "$out/$1.console" ]; then
        say "$1: the console's last lines:"
        tail -n 15 "$out/$1.console" | tr -d '\r' | tr -c '[:print:]\t\n' '?' | cut -c 1-200 | sed 's/^/    /' >&2
    fi
    return 1
}

# on_guest NUMBER NAME: boots it, runs the suite on it, ends it. Its results are in $out/NAME.json
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
    local name n=0 running=0 start files=()
    ip link set lo up
    status=0
    # What an earlier matrix left is not taken for this one's.
    rm -f "$out/matrix.json" "$out/matrix.txt"
    for name in "${columns[@]}"; do
        rm -rf "${out:?}/$name" "$out/$name.json" "$out/$name.log" "$out/$name.console"
    done
    if [ "$local" = yes ]; then
        start=$(date +%s.%N)
        run_suite local
        report local $? "$start" || status=1
    fi
    for name in "${names[@]}"; do
        if [ $running -ge "$jobs" ]; then
            wait -n || status=1
            running=$((running - 1))
        fi
        n=$((n + 1))
        running=$((running + 1))
        on_guest $n "$name" &
    done
    while [ $running -gt 0 ]; do
        wait -n || status=1
        running=$((running - 1))
    done
    for name in "${columns[@]}"; do
        [ ! -s "$out/$name.json" ] || files+=("$name=$out/$name.json")
    done
    if [ ${#files[@]} -eq 0 ]; then
        say "no kernel has results"
        exit 1
    fi
    "$build/mptcpspec" matrix --json "$out/matrix.json" "${files[@]}" >"$out/matrix.txt" || status=1
    cat "$out/matrix.txt"
    say "$out: matrix.json, matrix.txt, and KERNEL.json, KERNEL/, KERNEL.console of each"
    exit $status
}

# Ctrl-C is for the first shell to answer: it ends $child and all that this has started, by the function $stop.
# shellcheck disable=SC2317 # the traps'
end() {
    trap '' INT TERM HUP
    [ -z "$child" ] || $stop 2>/dev/null
    wait 2>/dev/null
    say "interrupted; nothing is left running"
    exit "$1"
}
# It removes what is half done; what it waits for is of its process group.
# shellcheck disable=SC2317
stop_fetch() { kill -TERM -- "-$child" || kill -TERM "$child"; }
# The first process of the namespace is killed, and with it all in it: they are gone when unshare has ended.
# shellcheck disable=SC2317
stop_guests() {
    local first=""
    read -r first <"/proc/$child/task/$child/children"
    kill -KILL "${first:-$child}"
}

if [ "${1:-}" = --inside ]; then
    work=$2
    shift 2
    parse "$@"
    inside
fi
parse "$@"
check
child=""
stop=stop_fetch
work=$(mktemp -d) || refuse "no temporary folder can be made"
trap 'rm -rf "$work"' EXIT
trap 'end 130' INT
trap 'end 143' TERM HUP
# Guests have sockets some levels below, and the path of a socket has at most 107 octets.
[ ${#work} -le 75 ] || refuse "$work is too long a path for sockets in it: set another TMPDIR"

fetch_all
[ ${#names[@]} -gt 0 ] || refuse "no kernel can be had"
[ -n "$jobs" ] || jobs=$(guests_at_once)
options=(--out "$out" --jobs "$jobs" --build "$build")
[ $local = yes ] || options+=(--no-local)
stop=stop_guests
TMPDIR=$work setpriv --pdeathsig KILL unshare -n -p -f --kill-child --mount-proc "$0" --inside "$work" "${options[@]}" \
    "${names[@]}" -- "${run_args[@]}" &
child=$!
wait "$child"
exit $?
