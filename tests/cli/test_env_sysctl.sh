#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# net.mptcp.enabled=0 where mptcpspec is called: cases have namespaces of their own and run; doctor says so. A setting that
# the kernel does not have leaves a case out.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need unshare setpriv
need_suite
public_copy
enabled=$(cat /proc/sys/net/mptcp/enabled)

# shellcheck disable=SC2016 # expanded by the inner shell
inner='echo 0 >/proc/sys/net/mptcp/enabled || exit 99
"$@"
status=$?
[ "$(cat /proc/sys/net/mptcp/enabled)" = 0 ] || exit 98
exit $status'
switched_off() {
    unshare -n sh -c "$inner" sh "$@"
}
switched_off true || skip "net.mptcp.enabled cannot be set here"

drop="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all"
for as in "" "$drop"; do
    # shellcheck disable=SC2086 # a command in words
    capture switched_off $as "$bin" run -q handshake.listener.basic join.listener.basic
    want_status 0
    want out '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
    want_clean
done
capture switched_off "$bin" doctor
want_status 0
want out 'sysctl +net.mptcp.enabled=0 here; cases set it to 1 in their own namespaces'
want out '^ready$'
want_clean
[ "$(cat /proc/sys/net/mptcp/enabled)" = "$enabled" ] || oops "net.mptcp.enabled of the machine was changed"

cat >"$tmp/unknown.case" <<'EOF'
case     t.sysctl
purpose  "Sets what no kernel has."
iut      listener
needs    discard
family   ipv4
sysctl   net.mptcp.no_such = 1

A: handshake
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF
capture "$bin" run "$tmp/unknown.case"
want_status 4
want out 'this kernel does not know: sysctl net.mptcp.no_such'
want out '^0 passed, 0 failed, 1 skipped$'
want_clean
done_testing
