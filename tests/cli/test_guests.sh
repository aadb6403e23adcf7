#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Guests and the matrix of kernels, without a download and without a boot: what is refused, in which words; that nothing half
# is kept and nothing is left running; what stands in an initramfs; what the matrix makes of runs, with programs in the place
# of apt, QEMU and mptcpspec.
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

    # A package as apt would bring it. What cannot be written does not take the place of what is there; a release without a
    # word in it is none.
    mkdir "$tmp/apt"
    cat >"$tmp/apt/apt-get" <<'END'
#!/bin/sh
case "$*" in *' download '*) : >linux-image.deb ;; esac
END
    cat >"$tmp/apt/apt-cache" <<'END'
#!/bin/sh
printf 'Package: linux-image-6.1.0-99-cloud-amd64\nVersion: 6.1.999-1\n\n'
END
    cat >"$tmp/apt/dpkg" <<'END'
#!/bin/sh
mkdir -p "$3/boot" "$3/lib/modules/6.1.0-99/kernel/drivers/net" "$3/lib/modules/6.1.0-99/kernel/fs"
echo image >"$3/boot/vmlinuz-6.1.0-99"
echo config >"$3/boot/config-6.1.0-99"
END
    cat >"$tmp/apt/mv" <<END
#!/bin/sh
case \$2 in */modules) [ ! -e "$tmp/full" ] || exit 1 ;; esac
exec $(command -v mv) "\$@"
END
    chmod +x "$tmp/apt"/*
    fetch_stand_in() {
        capture env PATH="$tmp/apt:$PATH" MPTCPSPEC_DEBIAN_MIRROR=file:/ MPTCPSPEC_DEBIAN_SECURITY_MIRROR=file:/ "$fetch" "$@"
    }
    : >"$tmp/full"
    fetch_stand_in --update 6.1
    want_status 1
    want err '^6.1: skipped: .*cannot be written'
    [ "$(cat "$kernels/6.1/release")" = 6.1.0-test ] || oops "a kernel of which a part could not be written replaced the one there"
    rm "$tmp/full"
    : >"$kernels/6.1/release"
    fetch_stand_in 6.1
    want_status 0
    want out '^6.1: 6.1.0-99 '
    [ "$(cat "$kernels/6.1/release" "$kernels/6.1/vmlinuz" "$kernels/6.1/config")" = "$(printf '6.1.0-99\nimage\nconfig')" ] ||
        oops "what was unpacked is not in the cache"
    [ ! -e "$kernels/6.1/modules/kernel/fs" ] || oops "modules that no guest needs are in the cache"
    [ "$(find "$MPTCPSPEC_CACHE" -name '*.part' -o -name '*.work')" = "" ] || oops "something half is left in the cache"
fi

# --- the matrix
capture "$matrix" --no-such-option
want_status 2
want err 'usage: scripts/matrix.sh'
capture "$matrix" --jobs 0 6.1
want_status 2
want err 'a number from 1 to 9999'
capture "$matrix" --jobs 00 6.1
want_status 2
want err 'a number from 1 to 9999'
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

# The others go on, in a table that cannot be made here: there are none. What an earlier matrix left is not shown as its table.
mkdir -p "$kernels"
rm -rf "$kernels/6.1"
cp -r "$k" "$kernels/6.1"
cp -r "$k" "$kernels/6.12"
out=$tmp/out.matrix
mkdir -p "$out/6.1" && : >"$out/6.1/.mptcpspec-matrix"
touch "$out/matrix.txt" "$out/matrix.json" "$out/6.1/old"
capture env MPTCPSPEC_ACCEL=tcg "$matrix" --no-local --build "$build" --out "$out" 6.1 6.12
want_status 1
want err '6.1: the guest did not come up:'
want err '6.12: the guest did not come up:'
want err 'no kernel has results'
[ "$(find "$out" -name 'matrix.*' -o -name old)" = "" ] || oops "an earlier matrix is left in $out"
want_clean

# --- the same with programs that stand for others: QEMU, on which nothing runs by KVM; apt, guest-ready, mptcpspec
stand=$tmp/stand
mkdir -p "$stand/bin" "$stand/static"
cp /bin/true "$stand/static/guest-init"
cp /bin/true "$stand/static/mptcpspec-agent"
cat >"$stand/bin/qemu-system-x86_64" <<'END'
#!/bin/sh
echo "$@" >>"$STAND_LOG"
case "$*" in *mptcpspec.probe*) exit 0 ;; esac
exec tail -f /dev/null
END
cat >"$stand/bin/apt-get" <<'END'
#!/bin/sh
case "$*" in *' update '*) [ -z "${STAND_TELL:-}" ] || { echo fetching >"$STAND_TELL"; tail -f /dev/null; } ;; esac
echo 'E: nothing to be had'
exit 1
END
# STAND_READY: status of guest-ready
cat >"$stand/guest-ready" <<'END'
#!/bin/sh
[ "${STAND_READY:-0}" = 0 ] && echo ready
exit "${STAND_READY:-0}"
END
# A run: results but for NAME in STAND_NONE, status 2 for NAME in STAND_BROKEN; it blocks while there is somebody to tell it.
cat >"$stand/mptcpspec" <<'END'
#!/bin/sh
verb=$1 json="" out="" args="$*"
while [ $# -gt 0 ]; do
    case $1 in --json) json=$2 ;; --out) out=$2 ;; esac
    shift
done
if [ "$verb" = matrix ]; then
    echo "table: $args"
    exit 0
fi
[ -n "$json" ] || exit "${STAND_TRIAL:-2}"
name=${out##*/}
[ -z "${STAND_TELL:-}" ] || { mktemp -d >/dev/null; echo running >"$STAND_TELL"; exec tail -f /dev/null; }
echo "[1.2] $name: kernel panic" >>"$out.console"
case $name in "${STAND_NONE:-}") exit 2 ;; esac
echo '{}' >"$json"
echo "1 pass"
case $name in "${STAND_BROKEN:-}") echo "the guest is gone"; exit 2 ;; esac
exit 0
END
chmod +x "$stand/bin"/* "$stand/guest-ready" "$stand/mptcpspec"
export STAND_LOG=$tmp/stand.log
on_stand() { capture env PATH="$stand/bin:$PATH" MPTCPSPEC_ACCEL=tcg "$@"; }
stand_matrix() { on_stand "$matrix" --no-local --build "$stand" --out "$out" "$@"; }

# Each kernel once, and User-mode Linux beside what is named; a crash in the middle takes no column away.
stand_matrix --jobs 02 6.1 6.12 6.1
want_status 0
want out "^table: matrix --json $out/matrix.json 6.1=$out/6.1.json 6.12=$out/6.12.json\$"
export STAND_BROKEN=6.12
stand_matrix 6.1 6.12
want_status 1
want out "6.1=$out/6.1.json 6.12=$out/6.12.json\$"
want err '6.12: the run ended with status 2'
want err '    the guest is gone'
want err '    \[1.2\] 6.12: kernel panic'
unset STAND_BROKEN
export STAND_NONE=6.12
stand_matrix 6.1 6.12
want_status 1
want out "^table: matrix --json $out/matrix.json 6.1=$out/6.1.json\$"
unset STAND_NONE
stand_matrix 6.1 --uml -- --none
want_status 0
want err '^uml-6.1: skipped: '
want err '^uml-6.12: skipped: '
want out "6.1=$out/6.1.json\$"

# A kernel of one's own needs no table, and is not looked for; a name that is nowhere is told with all that there are.
cp -r "$k" "$kernels/mine"
stand_matrix --update mine
want_status 0
want out 'mine='
mkdir "$kernels/half.part"
echo 1 >"$kernels/half.part/release"
stand_matrix 6.16 no-such-kernel
want_status 2
want err 'no kernel no-such-kernel; there are: 6.1 6.12 .* uml-6.12 uml-6.12-without-.* mine$'
want_no err 'getting'
rm -r "$kernels/half.part"
for name in local matrix ../6.1; do
    stand_matrix "$name"
    want_status 2
    want err "'$name' is no name"
done

# What somebody else put there stays, and arguments that no run takes boot nothing.
mkdir -p "$tmp/home/local" "$tmp/home/6.1"
on_stand "$matrix" --build "$stand" --out "$tmp/home" 6.12
want_status 2
want err "$tmp/home/local is in the way: it has no .mptcpspec-matrix"
stand_matrix --out "$tmp/home" 6.1
want_status 2
want err "$tmp/home/6.1 is in the way"
[ "$(ls "$tmp/home")" = "$(printf '6.1\nlocal')" ] || oops "a folder of somebody else is gone"
: >"$STAND_LOG"
STAND_TRIAL=64 stand_matrix 6.1 -- 'no.such.*'
want_status 2
want err 'does not take what stands behind --'
[ ! -s "$STAND_LOG" ] || oops "a guest was booted for a run that is refused"
want_clean

# Told to end, with guests running or while a kernel is fetched: nothing is left, in /tmp neither.
# end_when_told SIGNAL STATUS COMMAND...: sends the signal when something has been written to $tmp/tell
end_when_told() {
    local signal=$1 want=$2 said
    shift 2
    rm -f "$tmp/tell"
    mkfifo "$tmp/tell"
    STAND_TELL=$tmp/tell TMPDIR=$tmp/tmp PATH=$stand/bin:$PATH MPTCPSPEC_ACCEL=tcg env --default-signal=INT "$@" \
        >"$tmp/out" 2>"$tmp/err" </dev/null &
    told=$!
    read -r said <"$tmp/tell"
    kill -"$signal" $told
    wait $told
    status=$?
    what="$* ($signal when $said)"
    want_status "$want"
    want err 'nothing is left running'
    want_clean
}
end_when_told INT 130 "$matrix" --no-local --build "$stand" --out "$out" 6.1
end_when_told TERM 143 "$matrix" --no-local --build "$stand" --out "$out" 6.1
if [ -x "$tmp/apt/apt-get" ]; then
    export MPTCPSPEC_DEBIAN_MIRROR=file:/ MPTCPSPEC_DEBIAN_SECURITY_MIRROR=file:/
    end_when_told INT 130 "$matrix" --no-local --build "$stand" --out "$out" 6.16
    end_when_told TERM 143 "$matrix" --no-local --build "$stand" --out "$out" 6.16
    [ "$(find "$MPTCPSPEC_CACHE" -name '*.part' -o -name '*.work')" = "" ] || oops "an interrupted fetch left something half"
fi
mkdir -p "$tmp/$(printf '%080d' 1)"
stand_matrix_in() { on_stand env TMPDIR="$1" "$matrix" --no-local --build "$stand" --out "$out" 6.1; }
stand_matrix_in "$tmp/$(printf '%080d' 1)"
want_status 2
want err 'too long a path'

# --- booting: commas in names of files, a guest that cannot be waited for, what is remembered of KVM
BUILD=$stand
MPTCPSPEC_CACHE=$tmp/cache2
mkdir "$MPTCPSPEC_CACHE"
answers() { (cd "$MPTCPSPEC_CACHE" && grep -H . kvm.* 2>/dev/null | paste -sd ' '); }
answer=kvm.$(cat /proc/sys/kernel/random/boot_id)
: >"$STAND_LOG"
STAND_READY=2 on_stand "$boot" "$k" tap0 "$tmp/work/a,b" "$tmp/c,d"
want_status 1
want err '0.0-test could not be waited for'
grep -q "path=$tmp/c,,d,append=on.* socket,id=agent,path=$tmp/work/a,,b,server=on" "$STAND_LOG" || oops "QEMU takes a comma for an end"
STAND_READY=3 on_stand "$boot" "$k" tap0 "$tmp/work/s" "$tmp/console"
want_status 1
want err '0.0-test has not answered for 120 s'
[ "$(answers)" = "" ] || oops "nothing was tried, and yet it is remembered: $(answers)"
# boots_once COMMAND...: it ends when it is ready
boots_once() {
    local line guest
    exec {from}< <(
        echo "$BASHPID"
        PATH=$stand/bin:$PATH exec "$@" 2>"$tmp/err"
    )
    while read -r -u "$from" line; do
        case $line in
        by\ *) ;;
        ready) kill "$guest" ;;
        *) guest=$line ;;
        esac
    done
    exec {from}<&-
}
echo 0 >"$MPTCPSPEC_CACHE/kvm.of-an-earlier-boot"
if [ -r /dev/kvm ] && [ -w /dev/kvm ]; then
    boots_once "$boot" "$k" tap0 "$tmp/work/s" "$tmp/console"
    [ "$(answers)" = "$answer:1" ] || oops "KVM was tried and runs nothing; remembered is '$(answers)'"
fi
rm -f "$MPTCPSPEC_CACHE"/kvm.*
chmod 777 "$MPTCPSPEC_CACHE"
chmod -R a+rX "$tmp"
chmod 666 "$STAND_LOG"
if ordinary test -x "$boot" && ! ordinary test -r /dev/kvm; then
    boots_once setpriv --reuid 65534 --regid 65534 --clear-groups "$boot" "$k" tap0 "$tmp/work/s" "$tmp/tmp/console"
    grep -q . "$tmp/err" && oops "an ordinary user's guest: $(cat "$tmp/err")"
    [ "$(answers)" = "" ] || oops "KVM was not tried, and yet it is remembered: $(answers)"
    rm -f "$tmp/tmp/console"
fi
want_clean
done_testing
