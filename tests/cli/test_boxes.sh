#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `prove --boxes` finds middleboxes that nobody misses; over the whole suite each rewrite matters somewhere.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite

# boxes REGEX STATUS STEPS...: a case with these steps; what the proof of its middleboxes says
boxes() {
    local text=$1 want_st=$2
    shift 2
    {
        printf 'case     t.box\npurpose  "Middleboxes."\niut      listener\nneeds    discard\nfamily   ipv4\n'
        printf '%s\n' "$@"
    } >"$tmp/box.case"
    capture "$bin" prove --boxes "$tmp/box.case"
    want_status "$want_st"
    want out "$text"
    want_clean
}
strip='middlebox "tx strip mp_capable when SYN"'
idle='middlebox "rx dup when RST"'
plain='A: expect SYN+ACK [R-3.1-70] no mptcp [R-3.1-70]'

boxes '^matters .*box\.case:6  t\.box/ipv4  "tx strip mp_capable when SYN"$' 0 "$strip" 'A: send SYN mp_capable' "$plain"
want out '^1 passed, 0 failed, 0 skipped$'
want out '^1 of [0-9]+ rewrites matter somewhere$'
want out '^rewrites that no middlebox shows to matter: .*dup'
# One that matters and one that does not are told apart.
boxes '^matters .*"tx strip mp_capable when SYN"$' 1 "$strip" "$idle" 'A: send SYN mp_capable' "$plain"
want out '^FAILS .*box\.case:7  t\.box/ipv4  "rx dup when RST"$'
want out 'without it the result is pass as well'
want out '^1 passed, 1 failed, 0 skipped$'
# A case that fails as it stands proves nothing.
boxes 'with it, the result is fail' 1 "$strip" 'A: send SYN mp_capable' 'A: expect SYN+ACK [R-3.1-70] mp_capable [R-3.1-70]'
# Each value that a table gives a middlebox is proven, --all in each family as well.
boxes '^matters .*"tx strip mp_capable when SYN"$' 0 'foreach how in strip, blank' \
    'middlebox "tx {how} mp_capable when SYN"' 'A: send SYN mp_capable' "$plain"
want out '^matters .*"tx blank mp_capable when SYN"$'
sed -i '/^family/d' "$tmp/box.case"
for all in '' --all; do
    # shellcheck disable=SC2086 # nothing or a word
    capture "$bin" prove --boxes $all "$tmp/box.case"
    want_status 0
    want out "^$([ -z "$all" ] && echo 2 || echo 4) passed, 0 failed, 0 skipped$"
done
# A scenario likewise.
cat >"$tmp/two.case" <<'EOF2'
case     t.two
purpose  "Plain TCP."
iut      both
family   ipv4

middlebox "up strip mp_capable when SYN"
server: allow counter MPTcpExt.MPCapableFallbackACK, MPTcpExt.MPCapableFallbackSYNACK
client: allow counter MPTcpExt.MPCapableFallbackACK, MPTcpExt.MPCapableFallbackSYNACK
T: transfer 10k up over native
T: expect done [R-3.1-70]
client: expect fallback [R-3.1-70]
EOF2
capture "$bin" prove --boxes "$tmp/two.case"
want_status 0
want out '^matters .*two\.case:6  t\.two/ipv4  "up strip mp_capable when SYN"$'
refuses 64 'no .middlebox. among the chosen cases' "$bin" prove --boxes join.listener.ack-hmac-wrong
refuses 64 '.-cover goes with --boxes' "$bin" prove --cover
want_clean

# The suite: a middlebox for each rewrite.
capture "$bin" prove --boxes --cover
want_status 0
want_no out '^rewrites that no middlebox shows to matter'
want_clean
done_testing
