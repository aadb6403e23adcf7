#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Kernels of User-mode Linux, without a build: the table of fixes taken back, what is refused, a kernel that ends at once.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
export MPTCPSPEC_CACHE=$tmp/cache BUILD=$build
uml=$root/scripts/kernels/uml-build.sh
boot=$root/scripts/guest/boot-uml.sh

# Each row has a fault in the patch of its series, and a bug that some result notices.
n=0
while read -r name series number what; do
    n=$((n + 1))
    [ -n "$what" ] || oops "scripts/kernels/faults: $name has no fix"
    grep -q "MPTCP_FAULT($number)" "$root/scripts/kernels/patches/faults-$series.patch" ||
        oops "patches/faults-$series.patch has no fault $number ($name)"
    awk -F'\t' -v id="${name#uml-"$series"-without-}" '$1 == id && $4 != "" { found = 1 } END { exit !found }' \
        "$root/cases/known-bugs.tsv" || oops "$name: no such bug in cases/known-bugs.tsv, or no result notices it"
done < <(grep '^[^#]' "$root/scripts/kernels/faults")
[ $n -ge 1 ] || oops "scripts/kernels/faults is empty"
[ "$(grep '^[^#]' "$root/scripts/kernels/faults" | awk '{ print $2, $3 }' | sort | uniq -d)" = "" ] ||
    oops "two rows of scripts/kernels/faults have one number"

capture "$uml" --list
want_status 0
want out '^uml-6\.12$'
capture "$uml" uml-6.12 no-such-kernel
want_status 2
want err 'no kernel no-such-kernel; there are: uml-6.1 uml-6.12 '
[ ! -e "$MPTCPSPEC_CACHE" ] || oops "a wrong name touched the cache"

# What is in the cache needs no tools; what is not, or was made by another recipe, names those that are missing.
kernel=$MPTCPSPEC_CACHE/kernels/uml-6.1
faulty=$MPTCPSPEC_CACHE/kernels/uml-6.12-without-fastclose-linger
mkdir -p "$kernel" "$faulty" "$tmp/bare"
recipe=$(cat "$root/scripts/kernels/uml.config" "$root"/scripts/kernels/patches/uml-*.patch | cksum)
echo 6.1.0-uml | tee "$kernel/release" >"$faulty/release"
echo "$recipe $(echo | cksum)" >"$kernel/recipe"
echo "$recipe $({ grep "^${faulty##*/} " "$root/scripts/kernels/faults"; cat "$root/scripts/kernels/patches/faults-6.12.patch"; } | cksum)" \
    >"$faulty/recipe"
for c in bash sed awk grep dirname cat cksum; do
    ln -s "$(command -v $c)" "$tmp/bare/$c"
done
capture env PATH="$tmp/bare" "$uml" uml-6.1 "${faulty##*/}"
want_status 0
want_no err .
echo "$recipe another patch" >"$faulty/recipe"
rm "$kernel/recipe"
capture env PATH="$tmp/bare" "$uml" uml-6.1 "${faulty##*/}"
want_status 1
want err '^uml-6\.1: skipped: '
want err '^uml-6\.12-without-fastclose-linger: skipped: '
capture env PATH="$tmp/bare" "$uml" uml-6.12
want_status 1
want err 'uml-6\.12: skipped: no apt-get .*setup\.sh --matrix'

capture "$boot" "$tmp/nowhere" tap1 "$tmp/s" "$tmp/console"
want_status 2
if [ "$(id -u)" -eq 0 ] && [ -c /dev/net/tun ] && command -v cpio >/dev/null 2>&1 && [ "$(uname -m)" = x86_64 ] &&
    [ -x "$build/guest-uml" ] && [ -x "$build/static/guest-init" ]; then
    export BUILD=$tmp/build
    mkdir -p "$BUILD/static" "$tmp/kernel"
    cp "$build/guest-uml" "$build/guest-ready" "$BUILD"
    cp "$build/static/guest-init" "$BUILD/static"
    cp "$BUILD/static/guest-init" "$BUILD/static/mptcpspec-agent"
    printf '#!/bin/sh\necho no floppy in drive 0\n' >"$tmp/kernel/linux"
    chmod +x "$tmp/kernel/linux"
    echo 9.9.9-uml >"$tmp/kernel/release"
    capture unshare -n "$boot" "$tmp/kernel" tap1 "$tmp/s" "$tmp/console"
    want_status 1
    want err '9\.9\.9-uml ended before its agent answered'
    want err '    no floppy in drive 0'
    want_no out .
    [ ! -e "$tmp/s" ] || oops "the socket is left behind"
fi
done_testing
