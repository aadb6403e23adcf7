# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Tests of the agent, on top of tests/cli/env_lib.sh: the test runs again inside a network namespace of its own, in
# which `wa` and `wb` are the ends of a wire. The agent's sessions sit on wb, what looks at them on wa.

if [ -z "${MPTCPSPEC_AGENT_TEST:-}" ]; then
    if [ "$(id -u)" -ne 0 ] || ! unshare -n true 2>/dev/null; then
        echo "only root can make the network of this test"
        exit 4
    fi
    MPTCPSPEC_AGENT_TEST=1 exec unshare -n "$0" "$@"
fi
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../cli/env_lib.sh" "$@"
need ip
ip link set lo up
ip link add name wa type veth peer name wb || skip "no veth pair can be made"
ip link set wa up
ip link set wb up
if ! ip link add link wb name probe type macvlan mode private 2>/dev/null; then
    skip "this kernel has no macvlan"
fi
ip link del probe
# shellcheck disable=SC2034 # want_clean compares with it
before=$(surroundings)
