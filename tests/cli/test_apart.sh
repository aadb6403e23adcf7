#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Scenarios whose hosts are elsewhere: behind an agent each in namespaces of their own, or one of them here.
set -u
# shellcheck source=tests/cli/wire_lib.sh
. "$(dirname "$0")/wire_lib.sh" "$@"
need_suite
need jq

# ---- the command line ---------------------------------------------------------------------------------------------

refuses 64 "--server: 'nonsense' is no target" "$bin" interop --server nonsense
refuses 64 'needs --client-iface IF' "$bin" interop --client exec:true
refuses 64 '--server-iface goes with a --server' "$bin" interop --server-iface t0
refuses 64 'a host of scenarios needs an agent' "$bin" interop --server host:192.0.2.1:80 --server-iface t0
refuses 64 'client' "$bin" run --client exec:true --client-iface t0
refuses 2 'there is no interface t9' "$bin" interop --server exec:true --server-iface t9
refuses 2 'no agent at /no/such' "$bin" interop --client unix:/no/such --client-iface t0

# ---- one host elsewhere, then the other, then both -------------------------------------------------------------------

agent="exec:$over $bin agent --stdio --iface a0"
# One path and two, a box that translates; ARP and neighbour solicitations.
some=('interop.transfer.native/ipv6/checksum=1,way=both' interop.isn.up/ipv4/checksum=0
    'interop.apart.join/ipv6/dir=up,checksum=1'
    'interop.apart.cut/ipv6/dir=down,checksum=0')

# plays WHERE OPTION...: all of them pass, and what needs programs there is skipped with the reason
plays() {
    local where=$1
    shift
    local from=$SECONDS
    capture "$bin" interop -q --json "$tmp/$where.json" "$@" "${some[@]}" interop.transfer.ncat/ipv4/checksum=0
    want_status 0
    # What serves the hosts ends when the scenarios have; none of it must be killed after a while.
    jq -e --argjson took $((SECONDS - from)) '$took - .run.duration_ns / 1e9 < 6' "$tmp/$where.json" >"$tmp/null" ||
        oops "$where: $((SECONDS - from)) s for a run of $(jq '.run.duration_ns / 1e9' "$tmp/$where.json") s"
    jq -r '.results[] | "\(.verdict) \(.name): \(.skip_reason) \(.reasons)"' "$tmp/$where.json" >"$tmp/verdicts"
    [ "$(grep -c '^pass ' "$tmp/verdicts")" -eq ${#some[@]} ] || oops "$where: $(cat "$tmp/verdicts")"
    grep -q "^skip interop.transfer.ncat.* ncat: needs a program on the .*, which is another machine" "$tmp/verdicts" ||
        oops "$where: $(grep ncat "$tmp/verdicts")"
    jq -e '[.. | .site? | .spec? // empty][0] | test("^client .*, server ")' "$tmp/$where.json" >"$tmp/null" || oops "$where: no spec"
}
plays server --server "$agent" --server-iface t0
some=('interop.transfer.native/ipv4/checksum=0,way=up' interop.apart.backup/ipv4/checksum=1)
# One agent for both: an interface has one.
$over "$bin" agent --unix "$tmp/socket" --iface a0 2>"$tmp/agent.err" &
serving=$!
until [ -S "$tmp/socket" ] || ! kill -0 "$serving" 2>/dev/null; do :; done
plays both --client "unix:$tmp/socket" --client-iface t0 --server "unix:$tmp/socket" --server-iface t0
kill "$serving"
wait "$serving"

# ---- it can fail: what a box takes away is missed ----------------------------------------------------------------------

cat >"$tmp/broken.case" <<'EOF2'
case     interop.t.broken
purpose  "An octet is changed on the way without checksums: the digest tells."
iut      both
family   ipv4
topology interop-one-path

middlebox "up corrupt when data nth 20"
T: transfer 100k up over native
T: expect done [R-3.3.1-01]
EOF2
capture "$bin" interop --client "$agent" --client-iface t0 "$tmp/broken.case"
want_status 1
want out 'what arrived is not what was sent'
want out '102400 octets arrived at the server'

# ---- the agent ends in mid-run --------------------------------------------------------------------------------------

capture "$bin" interop -q --server "exec:timeout -s KILL 2 $over $bin agent --stdio --iface a0" --server-iface t0 \
    interop.apart.join
want_status 2
want err 'client local, server exec:timeout.*ended with status'

kill "$other"
done_testing
