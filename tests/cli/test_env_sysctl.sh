#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# net.mptcp.enabled=0 where mptcpspec is called: cases have namespaces of their own and run; doctor says so.
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
done_testing
