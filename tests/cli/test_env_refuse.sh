#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# System calls that a container refuses are named, with what helps; the status is 2.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need setpriv
need_suite
helper refuse
public_copy
"$tmp/refuse" packet true || skip "no seccomp filter can be set here"

one=handshake.listener.basic

# refused WHAT ERROR REGEX DOCTOR [PREFIX...]: run, prove and doctor tell of it.
refused() {
    local how=$1 error=$2 regex=$3 doctor=$4
    shift 4
    capture "$@" "$tmp/refuse" "$how" "$bin" run --out out --json results.json "$one"
    want_status 2
    want err "$regex"
    want err "$error"
    want err 'mptcpspec doctor|root'
    want_no out 'passed'
    [ -e results.json ] && oops "a report was written although nothing ran"
    [ -n "$(find out -type f 2>/dev/null)" ] && oops "files in the output folder"
    rm -rf out
    want_clean
    capture "$@" "$tmp/refuse" "$how" "$bin" prove "$one"
    want_status 2
    want err "$regex"
    capture "$@" "$tmp/refuse" "$how" "$bin" doctor
    want_status 2
    want out "^missing +$doctor +.*$regex"
    want out "^missing +$doctor +.*$error"
    want out '^not ready$'
    want_clean
}

eperm='Operation not permitted'
mptcp='socket\(AF_INET, SOCK_STREAM, IPPROTO_MPTCP\)'
refused mptcp-eperm "$eperm" "$mptcp" MPTCP
refused mptcp-eprotonosupport 'Protocol not supported' "$mptcp" MPTCP
want out 'CONFIG_MPTCP=y'
refused packet 'CAP_NET_RAW' 'socket\(AF_PACKET\)' network
refused unshare "$eperm" 'unshare\(CLONE_NEWNET\)' network
refused packet 'CAP_NET_RAW' 'socket\(AF_PACKET\)' network ordinary
refused mptcp-eprotonosupport 'Protocol not supported' "$mptcp" MPTCP ordinary

# Without privileges unshare is what makes the user namespace.
refused unshare "$eperm" 'unshare\(CLONE_NEWUSER' privileges ordinary

# A proc of one's own is a matter of speed.
capture "$tmp/refuse" fsopen "$bin" run -q "$one"
want_status 0
want_clean

# What needs no privileges works all the same.
capture "$tmp/refuse" unshare "$bin" check
want_status 0
done_testing
