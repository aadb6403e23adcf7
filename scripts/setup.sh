#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what building and testing need, where it is missing. Quick and silent when nothing is.
set -eu

# What must be there: a command, or a library that pkg-config (or the compiler) knows.
need_commands="cc make pkg-config xmllint"
need_libs="libmnl jansson libxml-2.0 libcrypto libpcap check"
packages="gcc make pkg-config libc6-dev libpcap-dev libnet1-dev libssl-dev check libmnl-dev libjansson-dev \
libxml2-dev libxml2-utils"
# For fuzzing, coverage and checks of memory and style: installed along, done without where they are not.
extra="clang libclang-rt-dev clang-format valgrind shellcheck tshark tcpdump jq iproute2 iperf3 curl mptcpize \
nftables ethtool python3 ncat netcat-openbsd wget procps mptcpd"

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
[ -z "$missing" ] && exit 0

echo "missing:$missing" >&2
if ! command -v apt-get >/dev/null 2>&1; then
    cat >&2 <<'EOF'
This system has no apt-get. Install with its own tools: a C compiler, make, pkg-config, xmllint, and the development
files of libpcap, libnet, OpenSSL (libcrypto), libmnl, jansson, libxml2 and check. On Fedora:
  dnf install gcc make pkgconf-pkg-config libpcap-devel libnet-devel openssl-devel libmnl-devel jansson-devel \
      libxml2-devel libxml2 check-devel
EOF
    exit 2
fi
if [ "$(id -u)" -eq 0 ]; then
    sudo=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
else
    echo "Run as root:" >&2
    echo "  apt-get install -y --no-install-recommends $packages" >&2
    exit 2
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    # shellcheck disable=SC2086 # lists of words
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1
}
# shellcheck disable=SC2086
if ! { $sudo apt-get update >"$log" 2>&1 && install $packages; }; then
    cat "$log" >&2
    echo "could not install the packages; by hand: apt-get install $packages" >&2
    exit 2
fi
for p in $extra; do
    install "$p" || echo "without $p: some checks will be left out" >&2
done
