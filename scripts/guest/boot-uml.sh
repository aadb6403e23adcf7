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
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
# What is not used is not taken from the machine.
memory=${MPTCPSPEC_GUEST_MB:-512}
uml=$build/guest-uml
image=linux
maker="uml-build.sh"
tools="cpio gzip setpriv"
programs=$uml
end_guest() {
    kill -TERM "$guest" 2>/dev/null || true
    wait "$guest" || true
}
# shellcheck source=scripts/guest/boot.sh
. "$here/boot.sh"

"$here/initramfs.sh" "$kernel" "$init" "$agent" "$work/initramfs" || fail "no initramfs for $kernel"
arguments=""
[ ! -e "$kernel/arguments" ] || arguments=$(cat "$kernel/arguments")
# shellcheck disable=SC2086 # words of a command line
"$uml" "$kernel/linux" "$tap" "$socket" "$log" "mem=${memory}M" "initrd=$work/initramfs" "uml_dir=$work" quiet \
    console=tty0 con0=null,fd:1 con=null mptcpspec.device=/dev/ttyS0 mptcpspec.iface=vec0 $arguments "$@" &
guest=$!

await_ready ""
cat "$work/ready"
wait "$guest" || status=$?
guest=""
[ $status -eq 0 ] || give_up "ended by itself"
