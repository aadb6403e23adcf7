# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What boot-qemu.sh and boot-uml.sh have in common; sourced by them with their arguments, after they have set
#   image     the kernel's file in KERNEL-DIR, and maker, the script whose folder that is
#   tools     commands that are needed
#   programs  a program of the build that is needed besides those of every guest, or nothing
#   end_guest a function that ends the guest $guest
# Sets kernel, tap, socket, log, init, agent, work (a folder that goes at the end) and leaves the words for the kernel's command
# line as arguments. From then on $guest is ended, and $socket is gone, when the script ends.
# shellcheck disable=SC2034,SC2154 # variables of the two scripts
if [ -z "${MPTCPSPEC_WITH_STARTER:-}" ] && command -v setpriv >/dev/null 2>&1; then
    MPTCPSPEC_WITH_STARTER=1 exec setpriv --pdeathsig TERM "$0" "$@"
fi
unset MPTCPSPEC_WITH_STARTER
# Boots take seconds; on a machine with too much to do they have taken half a minute.
boot_guard_s=120

fail() {
    echo "$0: $*" >&2
    exit 2
}
[ $# -ge 4 ] || fail "usage: KERNEL-DIR TAP SOCKET LOG [WORD...]"
kernel=$1
tap=$2
socket=$3
log=$4
shift 4
for c in $tools; do
    command -v "$c" >/dev/null 2>&1 || fail "no $c here: run scripts/setup.sh --matrix"
done
[ "$(uname -m)" = x86_64 ] || fail "guests are x86_64 machines, this one is $(uname -m)"
for f in "$image" release; do
    [ -r "$kernel/$f" ] || fail "$kernel has no $f: is it a folder of scripts/kernels/$maker?"
done
init=$build/static/guest-init
agent=$build/static/mptcpspec-agent
ready=$build/guest-ready
for f in "$init" "$agent" "$ready" ${programs:+"$programs"}; do
    [ -x "$f" ] || fail "$f is not built: make guest"
done
rm -f "$socket"
: >"$log"

work=$(mktemp -d)
guest=""
waiter=""
clean() {
    [ -z "$waiter" ] || kill -KILL "$waiter" 2>/dev/null || true
    [ -z "$guest" ] || end_guest
    rm -rf "$work" "$socket"
}
trap clean EXIT
trap 'exit 0' INT TERM HUP

show_console() {
    if [ -s "$log" ]; then
        echo "the console's last lines:" >&2
        tail -n 15 "$log" | tr -d '\r' | tr -c '[:print:]\t\n' '?' | cut -c 1-200 | sed 's/^/    /' >&2
    else
        echo "it wrote nothing to its console" >&2
    fi
}

# give_up TEXT: says of the kernel what happened, shows its console, and ends
give_up() {
    echo "$(cat "$kernel/release") $*" >&2
    show_console
    exit 1
}

# await_ready HOW: waits until the agent of $guest has answered; says so in $work/ready
await_ready() {
    status=0
    "$ready" "$socket" "$guest" "$boot_guard_s" >"$work/ready" &
    waiter=$!
    wait "$waiter" || status=$?
    waiter=""
    case $status in
    0) ;;
    1) give_up "ended before its agent answered${1:+ ($1)}" ;;
    3) give_up "has not answered for $boot_guard_s s${1:+ ($1)}" ;;
    *) give_up "could not be waited for${1:+ ($1)}" ;;
    esac
}
