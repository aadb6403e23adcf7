#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# No user namespaces for a user without privileges: told with the remedy, status 2. The limit is set in a user
# namespace made for it; that of the machine stays as it is.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need setpriv unshare
need_suite
public_copy
limit=$(cat /proc/sys/user/max_user_namespaces)

# shellcheck disable=SC2016 # expanded by the inner shell
inner='echo 0 >/proc/sys/user/max_user_namespaces || exit 99
exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all "$@"'
# shellcheck disable=SC2317 # called by name
as_mapped_root() {
    unshare -Urm sh -c "$inner" sh "$@"
}
# shellcheck disable=SC2317
as_user() {
    setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Um --map-current-user --keep-caps \
        sh -c "$inner" sh "$@"
}
as_mapped_root true || skip "no limit can be set in a user namespace here"

for who in as_mapped_root as_user; do
    capture "$who" "$bin" run --json results.json handshake.listener.basic
    want_status 2
    want err 'unshare\(CLONE_NEWUSER'
    want err 'user.max_user_namespaces is 0'
    want err 'run as root, or set it with sysctl user.max_user_namespaces='
    want_no out 'passed'
    want_clean
    capture "$who" "$bin" prove handshake.listener.basic
    want_status 2
    want err 'user.max_user_namespaces is 0'
    want_clean
    capture "$who" "$bin" doctor
    want_status 2
    want out '^missing +privileges .*user.max_user_namespaces is 0'
    want out 'sysctl user.max_user_namespaces='
    want out '^not ready$'
    want_clean
    capture "$who" "$bin" check
    want_status 0
    capture "$who" "$bin" explain R-3.2-34
    want_status 0
done
[ "$(cat /proc/sys/user/max_user_namespaces)" = "$limit" ] || oops "the limit of the machine was changed"
done_testing
