#!/bin/sh
# SPDX-License-Identifier: MIT
# Boots a kernel in QEMU with the agent in it: scripts/guest/boot-qemu.sh KERNEL-DIR TAP SOCKET LOG [WORD...]
#   KERNEL-DIR  vmlinuz, modules/, release, as scripts/kernels/fetch.sh leaves them
#   TAP         an existing tap device of this network namespace: the guest's only network, eth0 there
#   SOCKET      Unix socket to be made: the agent, for --target unix:SOCKET
#   LOG         the guest's console
#   WORD        more words for the kernel's command line (mptcpspec.v4=ADDR/LEN, mptcpspec.v6=ADDR/LEN)
# Prints "by kvm" or "by tcg" (emulation), "ready" when the agent has answered, and then lasts as long as the guest. Ends the
# guest when it is killed itself, and ends when its starter does. With KVM where that runs a kernel (tried once per boot of
# this machine), else by emulation. BUILD: where the programs are (build). Status: 0 the guest powered off or was told to
# end, 1 it did not come up (the console's last lines are shown), 2 something is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/../../build}
cache=${MPTCPSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mptcpspec}
memory=${MPTCPSPEC_GUEST_MB:-256}
probe_guard_s=30
image=vmlinuz
maker="fetch.sh"
tools="qemu-system-x86_64 setpriv cpio xz"
programs=""
end_guest() {
    kill -KILL "$guest" 2>/dev/null || true
}
# shellcheck source=scripts/guest/boot.sh
. "$here/boot.sh"

# option TEXT: as the value of an option of QEMU, in which a comma is written twice
option() {
    printf '%s\n' "$1" | sed 's/,/,,/g'
}

# machine ACCEL LOG ARG...: a machine in the background, its pid in $guest. It dies with this shell. The first network card
# leaves checksums, merging and cutting to the guest's kernel: the tester reads what is on the wire.
machine() {
    accel=$1
    console=$2
    console_file=$(option "$console")
    shift 2
    # shellcheck disable=SC2086 # words of a command
    setpriv --pdeathsig KILL ${guard:-} qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -display none -monitor none \
        -accel "$accel" -cpu max -M q35 -m "$memory" \
        -chardev "file,id=console,path=$console_file,append=on" -serial chardev:console \
        -kernel "$kernel/vmlinuz" -initrd "$work/initramfs" "$@" </dev/null >>"$console" 2>&1 &
    guest=$!
}
# A starved emulation loses the ticks by which the kernel tries its timer: that is no reason to panic.
words="console=ttyS0 quiet panic=-1 no_timer_check"

# /dev/kvm may be there and yet not run a kernel, so that is tried, once: the answer holds until this machine boots again.
# A no counts only when the same kernel came up without. Whoever may not open it has tried nothing.
tried=no
answer=$cache/kvm.$(cat /proc/sys/kernel/random/boot_id)
kvm_runs() {
    [ -r /dev/kvm ] && [ -w /dev/kvm ] || return 1
    [ ! -e "$answer" ] || return "$(cat "$answer")"
    tried=yes
    (
        guard="timeout -s KILL $probe_guard_s setpriv --pdeathsig KILL"
        machine kvm "$work/probe" -append "$words mptcpspec.probe=1"
        wait "$guest"
    ) 2>/dev/null || true
    grep -q 'mptcpspec guest: the kernel is up' "$work/probe" || return 1
    remember 0
}

# remember 0|1: whether KVM runs kernels here, for as long as the machine is up
remember() {
    mkdir -p "$cache"
    # Another guest may read this boot's answer at any time.
    for old in "$cache"/kvm.*; do
        [ "$old" = "$answer" ] || rm -f "$old"
    done
    echo "$1" >"$cache/part.kvm.$$" && mv "$cache/part.kvm.$$" "$answer"
}

"$here/initramfs.sh" "$kernel" "$init" "$agent" "$work/initramfs" || fail "no initramfs for $kernel"
accel=tcg
if [ -n "${MPTCPSPEC_ACCEL:-}" ]; then
    accel=$MPTCPSPEC_ACCEL
elif kvm_runs; then
    accel=kvm
fi
echo "by $accel"

mac=$(printf '%s' "$socket" | cksum | awk '{ printf "52:54:00:%02x:%02x:%02x", $1 / 65536 % 256, $1 / 256 % 256, $1 % 256 }')
machine "$accel" "$log" \
    -device virtio-serial-pci -chardev "socket,id=agent,path=$(option "$socket"),server=on,wait=off" \
    -device virtserialport,chardev=agent,name=mptcpspec \
    -netdev "tap,id=data,ifname=$tap,script=no,downscript=no,vnet_hdr=off" \
    -device "virtio-net-pci,netdev=data,mac=$mac,csum=off,gso=off,guest_csum=off,guest_tso4=off,guest_tso6=off,mrg_rxbuf=off,romfile=" \
    -append "$words mptcpspec.port=mptcpspec mptcpspec.iface=eth0 $*"

await_ready "$accel"
[ $tried = no ] || [ "$accel" = kvm ] || remember 1
cat "$work/ready"
wait "$guest" || true
guest=""
