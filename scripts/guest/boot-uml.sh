#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots a kernel of User-mode Linux with the agent in it: scripts/guest/boot-uml.sh KERNEL-DIR TAP SOCKET LOG [WORD...]
#   KERNEL-DIR  linux, release and, where there are any, arguments, as scripts/kernels/uml-build.sh leaves them
#   TAP         a tap device of this network namespace, made if it is not there: the guest's only network, vec0 there
#   SOCKET      Unix socket to be made: the agent, for --target unix:SOCKET
#   LOG         the guest's console
#   WORD        more words for the kernel's command line (mptcpspec.v4=ADDR/LEN, mptcpspec.v6=ADDR/LEN)
# Prints "ready" when the agent has answered and then lasts as long as the guest. Ends the guest when it is killed itself,
# and ends when its starter does. BUILD: where the programs are (build). Status: 0 the guest was told to end, 1 it did not
# come up (the console's last lines are shown) or ended by itself, 2 something is missing.
set -eu
if [ -z "${MPTCPSPEC_WITH_STARTER:-}" ] && command -v setpriv >/dev/null 2>&1; then
    MPTCPSPEC_WITH_STARTER=1 exec setpriv --pdeathsig TERM "$0" "$@"
fi
unset MPTCPSPEC_WITH_STARTER
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
# What is not used is not taken from the machine.
memory=${MPTCPSPEC_GUEST_MB:-512}
# A boot takes less than a second; the machine may have other things to do.
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
for c in cpio gzip setpriv; do
    command -v "$c" >/dev/null 2>&1 || fail "no $c here: run scripts/setup.sh --matrix"
done
[ "$(uname -m)" = x86_64 ] || fail "guests are x86_64 machines, this one is $(uname -m)"
for f in linux release; do
    [ -r "$kernel/$f" ] || fail "$kernel has no $f: is it a folder of scripts/kernels/uml-build.sh?"
done
init=$build/static/guest-init
agent=$build/static/mptcpspec-agent
ready=$build/guest-ready
uml=$build/guest-uml
for f in "$init" "$agent" "$ready" "$uml"; do
    [ -x "$f" ] || fail "$f is not built: make guest"
done
rm -f "$socket"
: >"$log"

work=$(mktemp -d)
guest=""
waiter=""
clean() {
    [ -z "$waiter" ] || kill -KILL "$waiter" 2>/dev/null || true
    if [ -n "$guest" ]; then
        kill -TERM "$guest" 2>/dev/null || true
        wait "$guest" || true
    fi
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

"$here/initramfs.sh" "$kernel" "$init" "$agent" "$work/initramfs" || fail "no initramfs for $kernel"
arguments=""
[ ! -e "$kernel/arguments" ] || arguments=$(cat "$kernel/arguments")
# shellcheck disable=SC2086 # words of a command line
"$uml" "$kernel/linux" "$tap" "$socket" "$log" "mem=${memory}M" "initrd=$work/initramfs" "uml_dir=$work" quiet \
    console=tty0 con0=null,fd:1 con=null mptcpspec.device=/dev/ttyS0 mptcpspec.iface=vec0 $arguments "$@" &
guest=$!

status=0
"$ready" "$socket" "$guest" "$boot_guard_s" >"$work/ready" &
waiter=$!
wait "$waiter" || status=$?
waiter=""
case $status in
0) ;;
1) echo "$(cat "$kernel/release") ended before its agent answered" >&2 ;;
*) echo "$(cat "$kernel/release") has not answered for $boot_guard_s s" >&2 ;;
esac
if [ $status -ne 0 ]; then
    show_console
    exit 1
fi
cat "$work/ready"
wait "$guest" || status=$?
guest=""
if [ $status -ne 0 ]; then
    echo "$(cat "$kernel/release") ended by itself" >&2
    show_console
    exit 1
fi
