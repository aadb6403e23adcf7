#!/bin/sh
# SPDX-License-Identifier: MIT
# The initramfs of a guest: scripts/guest/initramfs.sh KERNEL-DIR INIT AGENT OUT. No root rights are needed.
# In it: INIT as /init, AGENT as /agent, the modules that a guest needs in the order in which they load, and the
# kernel's configuration as /boot/config-RELEASE.
set -eu
[ $# -eq 4 ] || { echo "usage: $0 KERNEL-DIR INIT AGENT OUT" >&2; exit 2; }
kernel=$1
init=$2
agent=$3
out=$4

# What a guest stands on; a kernel that has one built in has no file of it. mptcp_diag for what `ss -M` shows,
# macvlan for a network interface in each session.
wanted="virtio_pci virtio_net virtio_console virtio-rng macvlan veth tcp_diag mptcp_diag"

root=$(mktemp -d)
trap 'rm -rf "$root" "$out.part"' EXIT
mkdir -p "$root/modules" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/run" "$root/boot"
install -m 755 "$init" "$root/init"
install -m 755 "$agent" "$root/agent"
if [ -e "$kernel/config" ]; then
    cp "$kernel/config" "$root/boot/config-$(cat "$kernel/release")"
fi

# NAME -> its file, or nothing; - and _ are the same in names of modules
module_file() {
    find "$kernel/modules" -type f -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko*" 2>/dev/null | head -n 1
}

unpacked() {
    case $1 in
    *.ko) cat "$1" ;;
    *.ko.xz) xz -dc "$1" ;;
    *.ko.zst) zstd -dcq "$1" ;;
    *.ko.gz) gzip -dc "$1" ;;
    *) echo "$0: $1: packed in a way that is not known" >&2; return 1 ;;
    esac
}

# add NAME: what it depends on first, then itself
add() (
    grep -qx "$1" "$root/modules/list" && return 0
    file=$(module_file "$1")
    [ -n "$file" ] || return 0
    unpacked "$file" >"$root/modules/$1"
    # A module says in its own words what it needs: the file modules.dep is made at installation only.
    for need in $(tr '\0' '\n' <"$root/modules/$1" | sed -n 's/^depends=//p' | tr ',' ' '); do
        add "$need"
    done
    echo "$1" >>"$root/modules/list"
)
: >"$root/modules/list"
for m in $wanted; do
    add "$m"
done

(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --quiet -o -0 -H newc -R 0:0) | gzip -1 >"$out.part"
mv "$out.part" "$out"
