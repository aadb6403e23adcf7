#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Guests and the matrix of kernels, without a download and without a boot that succeeds: what is refused, in which words;
# that nothing half is kept and nothing is left running; what stands in an initramfs.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
export MPTCPSPEC_CACHE=$tmp/cache BUILD=$build
fetch=$root/scripts/kernels/fetch.sh
matrix=$root/scripts/matrix.sh
kernels=$MPTCPSPEC_CACHE/kernels

# --- kernels
capture "$fetch" --list
want_status 0
[ "$(awk 'NF != 4' "$tmp/out")" = "" ] || oops "a row of scripts/kernels/list has not four columns"
[ "$(awk '$4 == "matrix"' "$tmp/out" | wc -l)" -ge 2 ] || oops "fewer than two kernels are in the matrix by themselves"
capture "$fetch" 6.12 no-such-kernel
want_status 2
want err 'no kernel no-such-kernel; there are: 6.1 6.12 '
[ ! -e "$kernels" ] || oops "a wrong name touched the cache"

# What is in the cache needs neither apt nor a network.
mkdir -p "$kernels/6.1" "$tmp/bare"
echo 6.1.0-test >"$kernels/6.1/release"
for c in sh sed awk dirname cat rm mkdir; do
    ln -s "$(command -v $c)" "$tmp/bare/$c"
done
capture env PATH="$tmp/bare" "$fetch" 6.1
want_status 0
want_no err .
capture env PATH="$tmp/bare" "$fetch" 6.12
want_status 1
want err 'no apt-get here: .*by hand'

if command -v apt-get >/dev/null 2>&1 && [ -r /usr/share/keyrings/debian-archive-keyring.gpg ]; then
    # A server that is not there, and one whose lists nobody signed.
    mkdir -p "$tmp/mirror/dists/bookworm-security/main/binary-amd64" "$tmp/none"
    gzip -c >"$tmp/mirror/dists/bookworm-security/main/binary-amd64/Packages.gz" <<'END'
Package: linux-image-6.1.0-99-cloud-amd64
Version: 6.1.999-1
Architecture: amd64
Filename: x.deb
Size: 1

END
    printf 'Origin: Debian\nSuite: bookworm-security\nCodename: bookworm-security\nComponents: main\nSHA256:\n %s %s %s\n' \
        "$(sha256sum <"$tmp/mirror/dists/bookworm-security/main/binary-amd64/Packages.gz" | cut -d ' ' -f 1)" \
        "$(stat -c %s "$tmp/mirror/dists/bookworm-security/main/binary-amd64/Packages.gz")" main/binary-amd64/Packages.gz \
        >"$tmp/mirror/dists/bookworm-security/Release"
    for m in "$tmp/none" "$tmp/mirror"; do
        capture env MPTCPSPEC_DEBIAN_MIRROR="file:$m" MPTCPSPEC_DEBIAN_SECURITY_MIRROR="file:$m" "$fetch" --update 6.1
        want_status 1
        want err '^6.1: skipped: the package list of bookworm cannot be had: E: '
        want_no out .
    done
    [ "$(cat "$kernels/6.1/release")" = 6.1.0-test ] || oops "a failed update took away what was there"
    [ "$(find "$MPTCPSPEC_CACHE" -name '*.part' -o -name '*.work')" = "" ] || oops "something half is left in the cache"
fi

# --- the matrix
capture "$matrix" --no-such-option
want_status 2
want err 'usage: scripts/matrix.sh'
capture "$matrix" --jobs 0 6.1
want_status 2
want err 'a number from 1 on'
if [ "$(id -u)" -eq 0 ]; then
    chmod -R a+rX "$tmp"
    if ordinary test -x "$matrix"; then
        capture ordinary "$matrix" --out "$tmp/out.matrix" 6.1
        want_status 2
        want err 'need root'
    fi
fi
want_clean

need xz cpio gzip setpriv
make -s -C "$root" BUILD="$build" "$build/static/guest-init" "$build/guest-ready" >"$tmp/make.log" 2>&1 ||
    { cat "$tmp/make.log"; oops "guest-init and guest-ready do not build"; }
ready=$build/guest-ready

# --- waiting for an agent
sleep 0 &
gone=$!
wait "$gone"
capture "$ready" "$tmp/work/socket" "$gone" 30
want_status 1
capture "$ready" "$tmp/work/socket" $$ 1
want_status 3
want_no out .
capture "$ready" "$tmp/$(printf '%0120d' 1)" $$ 1
want_status 2
want err 'at most 107 octets'
if command -v ncat >/dev/null 2>&1; then
    # The first hello is lost; an answer to somebody else's, half a line, then the right one.
    cat >"$tmp/agent" <<'END'
read -r empty; read -r lost; read -r empty; read -r id verb version nonce
printf '0.1 ok version=1 nonce=other\n0.7 o'
printf 'k\n%s ok version=1 %s agent=x\n' "$id" "$nonce"
cat
END
    "$ready" "$tmp/work/socket" $$ 20 >"$tmp/ready" &
    waiting=$!
    ncat -lU "$tmp/work/socket" --sh-exec "sh $tmp/agent" &
    ncat=$!
    wait "$waiting" || oops "no answer was recognised: status $?"
    [ "$(cat "$tmp/ready")" = ready ] || oops "guest-ready said '$(cat "$tmp/ready")'"
    kill "$ncat" 2>/dev/null
    wait "$ncat"
    rm -f "$tmp/work/socket"
fi

# --- an initramfs: what a module depends on stands before it, packed or not; what nobody asked for is not in it
k=$tmp/kernel
mkdir -p "$k/modules/kernel/net"
echo 0.0-test >"$k/release"
echo CONFIG_TEST=y >"$k/config"
printf 'x\0depends=failover,net_failover\0' | xz >"$k/modules/kernel/net/virtio_net.ko.xz"
printf 'x\0depends=failover\0' | gzip >"$k/modules/kernel/net/net_failover.ko.gz"
printf 'x\0depends=\0' >"$k/modules/kernel/net/failover.ko"
printf 'x\0depends=\0' >"$k/modules/kernel/net/sctp.ko"
printf 'x\0depends=inet-diag\0' >"$k/modules/kernel/net/mptcp_diag.ko"
printf 'x\0depends=\0' >"$k/modules/kernel/net/inet_diag.ko"
capture "$root/scripts/guest/initramfs.sh" "$k" /bin/true /bin/true "$tmp/initramfs"
want_status 0
mkdir "$tmp/unpacked"
gzip -dc "$tmp/initramfs" | (cd "$tmp/unpacked" && cpio --quiet -i)
[ "$(paste -sd ' ' "$tmp/unpacked/modules/list")" = "failover net_failover virtio_net inet-diag mptcp_diag" ] ||
    oops "modules in the order $(paste -sd ' ' "$tmp/unpacked/modules/list")"
while read -r m; do
    grep -aq '^x' "$tmp/unpacked/modules/$m" || oops "module $m is not unpacked"
done <"$tmp/unpacked/modules/list"
cmp -s "$k/config" "$tmp/unpacked/boot/config-0.0-test" || oops "the kernel's configuration is not in its initramfs"

# --- a guest that does not boot
need qemu-system-x86_64
boot=$root/scripts/guest/boot-qemu.sh
capture "$boot" "$k" tap0
want_status 2
want err usage
capture "$boot" "$k" tap0 "$tmp/work/socket" "$tmp/console"
want_status 2
want err "$k has no vmlinuz"
need_root
[ -c /dev/net/tun ] || skip "/dev/net/tun is not here"
[ -x "$build/static/mptcpspec-agent" ] || skip "the static agent is not built here"
echo "this is no kernel" >"$k/vmlinuz"
capture env MPTCPSPEC_ACCEL=tcg unshare -n sh -c 'ip tuntap add dev tap0 mode tap && exec "$@"' sh \
    "$boot" "$k" tap0 "$tmp/work/socket" "$tmp/console"
want_status 1
want err 'ended before its agent answered'
want err "the console's last lines:"
want err '    qemu.*: .*kernel'
want_no out ready
want_clean

# The others go on, in a table that cannot be made here: there are none.
mkdir -p "$kernels"
rm -rf "$kernels/6.1"
cp -r "$k" "$kernels/6.1"
cp -r "$k" "$kernels/6.12"
capture env MPTCPSPEC_ACCEL=tcg "$matrix" --no-local --build "$build" --out "$tmp/out.matrix" 6.1 6.12
want_status 2
want err '6.1: the guest did not come up:'
want err '6.12: the guest did not come up:'
want err 'no kernel has results'
want_clean
done_testing
