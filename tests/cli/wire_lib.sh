# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Two network namespaces joined by a wire: the tester's, in which the test runs itself, with the interface "t0", and the
# other side's with "a0". Source it first: . wire_lib.sh "$@"; it starts the script anew in a namespace of its own.
# shellcheck disable=SC2034 # used by those that source this

if [ -z "${MPTCPSPEC_WIRE:-}" ]; then
    export MPTCPSPEC_WIRE=1
    if unshare -n true 2>/dev/null; then
        exec unshare -n bash "$0" "$@"
    elif unshare -Urn true 2>/dev/null; then
        exec unshare -Urn bash "$0" "$@"
    fi
    echo "neither root nor user namespaces"
    exit 4
fi
command -v ip >/dev/null 2>&1 || {
    echo "ip is not here"
    exit 4
}
coproc OTHER { exec unshare -n sh -c 'echo up; exec cat'; }
read -r _ <&"${OTHER[0]}"
other=$OTHER_PID
# mptcpspec and the other side's namespace, as words of a command line that a shell reads
over="nsenter -t $other -n"
ip link set lo up
ip link add t0 type veth peer name a0 netns "$other" || exit 4
ip link set t0 up
$over ip link set lo up
$over ip link set a0 up

# What was here before the test: the wire is part of it.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh" "$@"
