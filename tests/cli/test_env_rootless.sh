#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An ordinary user gets the results that root gets; capabilities decide, not the user id.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need setpriv
need_suite
public_copy

# Twenty results: the first of each section, and some that are expected deviations.
mapfile -t some < <({
    grep -o '"result": "[^"]*"' "$MPTCPSPEC_DATA/cases/expected/linux.json" | cut -d'"' -f4 | head -n 4
    "$bin" list results | cut -f1 | awk 'NR % 30 == 1'
} | awk '!seen[$0]++' | head -n 20)
[ ${#some[@]} -eq 20 ] || oops "only ${#some[@]} results to choose from"

capture ordinary "$bin" doctor
want_status 0
want out '^ok +privileges +runs in a user namespace of its own$'
want out '^ready$'

capture ordinary "$bin" run --seed 5 --out out --json results.json "${some[@]}"
want_status 0
want out '^20 passed, 0 failed, 0 skipped$'
[ "$(find out -name capture.pcapng | wc -l)" -eq 20 ] || oops "not every result has its capture"
[ "$(stat -c %u results.json)" = 65534 ] || oops "the report does not belong to the user"
want_clean out results.json
mv results.json "$tmp/ordinary.json"
rm -rf out

capture "$bin" run --seed 5 --json results.json "${some[@]}"
want_status 0
mv results.json "$tmp/root.json"
diff <(grep -oE '"(name|verdict|standing)": "[^"]*"' "$tmp/root.json") \
    <(grep -oE '"(name|verdict|standing)": "[^"]*"' "$tmp/ordinary.json") || oops "root and an ordinary user differ"
want_clean

# Root that lacks one of the capabilities goes the way of an ordinary user.
for cap in net_admin net_raw sys_admin; do
    capture setpriv --bounding-set "-$cap" --inh-caps "-$cap" "$bin" run -q "${some[@]:0:4}"
    want_status 0
    want out '^4 passed, 0 failed, 0 skipped$'
    want_clean
done
capture setpriv --bounding-set -net_admin --inh-caps -net_admin "$bin" doctor
want_status 0
want out '^ok +privileges +runs in a user namespace of its own$'

# Root that lacks them all may not map itself into a user namespace: said, with the remedy.
capture setpriv --bounding-set -all --inh-caps -all "$bin" run -q "${some[@]:0:4}"
if [ "$status" -ne 0 ]; then
    want_status 2
    want err 'uid_map: .*CAP_SETFCAP'
fi
want_clean

# An ordinary user who was given the capabilities needs no user namespace.
caps=+net_admin,+net_raw,+sys_admin
capture setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps "$caps" --ambient-caps "$caps" \
    "$bin" run -q "${some[@]:0:4}"
want_status 0
want out '^4 passed, 0 failed, 0 skipped$'
want_clean
done_testing
