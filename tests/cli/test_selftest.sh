#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `prove` finds altered lines that are wrong, and says what is wrong with each.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite

# altered LINE...: $tmp/proof.case with these lines
altered() {
    good_case
    awk -v lines="$(printf '%s\n' "$@")" '{ print } /^needs/ { print "family   ipv4"; print lines }' \
        "$tmp/good.case" >"$tmp/proof.case"
}
proof() {
    local want_st=$1
    shift
    capture "$bin" prove "$@" "$tmp/proof.case"
    want_status "$want_st"
    want_clean
}

altered 'altered "rx strip dss" fails R-3.3.2-02'
proof 0
want out "^holds +$tmp/proof.case:6  t.good/ipv4  \"rx strip dss\" -> R-3.3.2-02$"
[ "$(tail -n 1 "$tmp/out")" = '1 passed, 0 failed, 0 skipped' ] || oops "last line: $(tail -n 1 "$tmp/out")"

# A rewrite that changes nothing; one that breaks something else; one that breaks nothing.
altered 'altered "rx drop when RST nth 5" fails R-3.3.2-02' \
    'altered "rx strip dss" fails R-3.3.2-02, R-3.2-34' \
    'altered "rx strip dss" fails R-3.2-34' \
    'altered "tx strip sack_ok when SYN" fails R-3.3.2-02' \
    'altered "rx strip dss" fails R-3.3.2-02'
proof 1
[ "$(grep -c '^FAILS' "$tmp/out")" -eq 4 ] || oops "four lines are wrong: $(cat "$tmp/out")"
reason() {
    grep -A1 "^FAILS .*proof.case:$1 " "$tmp/out" | grep -qE "$2" || oops "line $1: no '$2': $(cat "$tmp/out")"
}
reason 6 '^ +the rewrite never changed anything$'
reason 7 '^ +R-3.2-34 did not fail \(verdict fail\)$'
reason 8 '^ +R-3.2-34 did not fail; R-3.3.2-02 failed as well \(verdict fail\)$'
want out "^holds +$tmp/proof.case:10 "
[ "$(tail -n 1 "$tmp/out")" = '1 passed, 4 failed, 0 skipped' ] || oops "last line: $(tail -n 1 "$tmp/out")"

# A case that fails unaltered proves nothing.
bad_case
sed 's/^needs.*/&\naltered "rx drop when RST" fails R-3.2-27/' "$tmp/bad.case" >"$tmp/proof.case"
proof 1
want out '^ +unaltered, the result is fail$'

# Nothing to prove, all skipped, and mistakes in the line itself.
good_case
refuses 64 'no .altered. line among the chosen cases' "$bin" prove "$tmp/good.case"
skip_case
sed 's/^needs.*/&\naltered "rx strip dss" fails R-3.3.2-02/' "$tmp/skip.case" >"$tmp/proof.case"
proof 4
want out '^ +skipped unaltered: this kernel has no net.mptcp.no_such$'
altered 'altered "rx stirp dss" fails R-3.3.2-02'
refuses 1 "^$tmp/proof.case:6:" "$bin" prove "$tmp/proof.case"
want err "stirp"
altered 'altered "rx strip dss" fails R-9'
refuses 1 "^$tmp/proof.case:6:.*R-9" "$bin" prove "$tmp/proof.case"
done_testing
