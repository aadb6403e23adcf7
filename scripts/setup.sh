#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what building and testing need, where it is missing. Quick and silent when nothing is. With --matrix: what
# `make matrix` needs on top, to fetch kernels and to boot them.
set -eu
matrix=no
case ${1:-} in
--matrix) matrix=yes ;;
?*) echo "usage: $0 [--matrix]" >&2; exit 2 ;;
esac

# What must be there: a command, or a library that pkg-config (or the compiler) knows.
need_commands="cc make pkg-config xmllint"
need_libs="libmnl jansson libxml-2.0 libcrypto libpcap libnftables check"
packages="gcc make pkg-config libc6-dev libpcap-dev libnet1-dev libssl-dev check libmnl-dev libjansson-dev libnftables-dev \
libxml2-dev libxml2-utils"
# Programs that talk in scenarios, with their packages: a scenario is skipped where its program is not.
talkers="ncat:ncat nc:netcat-openbsd iperf3:iperf3 curl:curl wget:wget python3:python3 mptcpize:mptcpize ss:iproute2 \
sysctl:procps /usr/libexec/mptcpd:mptcpd"
# For the static agent, fuzzing, coverage and checks of memory and style: installed along, done without where they are not.
extra="musl-tools clang libclang-rt-dev clang-format valgrind shellcheck tshark tcpdump jq nftables ethtool strace"

missing=""
for c in $need_commands; do
    command -v "$c" >/dev/null 2>&1 || missing="$missing $c"
done
if command -v pkg-config >/dev/null 2>&1; then
    for l in $need_libs; do
        pkg-config --exists "$l" || missing="$missing $l"
    done
fi
if command -v cc >/dev/null 2>&1; then
    echo '#include <libnet.h>' | cc -D_DEFAULT_SOURCE -fsyntax-only -xc - 2>/dev/null || missing="$missing libnet"
fi
silent=""
for t in $talkers; do
    PATH=$PATH:/usr/sbin:/sbin command -v "${t%:*}" >/dev/null 2>&1 || silent="$silent ${t#*:}"
done
# What boots guests, with its packages. Without it `make matrix` refuses.
guests=""
if [ "$matrix" = yes ]; then
    for t in qemu-system-x86_64:qemu-system-x86 xz:xz-utils cpio:cpio zstd:zstd setpriv:util-linux unshare:util-linux \
        ip:iproute2 flex:flex bison:bison bc:bc patch:patch; do
        PATH=$PATH:/usr/sbin:/sbin command -v "${t%:*}" >/dev/null 2>&1 || guests="$guests ${t#*:}"
    done
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || guests="$guests debian-archive-keyring"
fi
[ -z "$missing$silent$guests" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    sudo=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
else
    sudo="none"
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The servers of packages are waited for, but not for minutes.
apt() {
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
        -o Acquire::https::Timeout=20 "$@" >"$log" 2>&1
}
install() {
    # shellcheck disable=SC2086 # lists of words
    apt install -y --no-install-recommends "$@"
}

if [ -n "$guests" ]; then
    # shellcheck disable=SC2086
    if [ "$sudo" = none ] || ! command -v apt-get >/dev/null 2>&1; then
        echo "missing:$guests; as root: apt-get install -y --no-install-recommends$guests" >&2
        exit 2
    elif ! { apt update && install $guests; }; then
        cat "$log" >&2
        echo "could not install$guests" >&2
        exit 2
    fi
    [ -z "$missing$silent" ] && exit 0
fi

# The suite runs without them.
if [ -z "$missing" ]; then
    if [ "$sudo" != none ] && command -v apt-get >/dev/null 2>&1 && apt update; then
        left=""
        for p in $silent; do
            install "$p" || left="$left $p"
        done
        silent=$left
    fi
    [ -z "$silent" ] || echo "without$silent: scenarios that need them will be skipped" >&2
    exit 0
fi

echo "missing:$missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
    cat >&2 <<'EOF'
This system has no apt-get. Install with its own tools: a C compiler, make, pkg-config, xmllint, and the development
files of libpcap, libnet, OpenSSL (libcrypto), libmnl, jansson, libnftables, libxml2 and check. On Fedora:
  dnf install gcc make pkgconf-pkg-config libpcap-devel libnet-devel openssl-devel libmnl-devel jansson-devel nftables-devel \
      libxml2-devel libxml2 check-devel
EOF
    exit 2
fi
if [ "$sudo" = none ]; then
    echo "Run as root:" >&2
    echo "  apt-get install -y --no-install-recommends $packages" >&2
    exit 2
fi
# shellcheck disable=SC2086
if ! { apt update && install $packages; }; then
    cat "$log" >&2
    echo "could not install the packages; by hand: apt-get install $packages" >&2
    exit 2
fi
for p in $silent $extra; do
    install "$p" || echo "without $p: some checks will be left out" >&2
done
