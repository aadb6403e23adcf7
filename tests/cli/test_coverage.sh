#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `coverage`: what is lost is noticed, hunts are taken over, bad files are refused and not overwritten.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

snapshot=$root/cases/coverage/snapshot.json
# cover ARGUMENT...: coverage with the snapshot and the exceptions of this test
cover() {
    capture "$bin" coverage --snapshot "$tmp/s.json" --exceptions "$tmp/x.tsv" "$@"
}
first=$(grep -o '"requirement": "[^"]*"' "$snapshot" | head -n 1 | cut -d'"' -f4)
all=$(grep -o '"requirement": "[^"]*"' "$snapshot" | sort -u | wc -l)
[ -n "$first" ] || oops "no kill in $snapshot"
cp "$snapshot" "$tmp/s.json"

# ---- reading -----------------------------------------------------------------------------------------------------

capture "$bin" coverage --check
want_status 0
want out "^$all of 454 covered; MUST and MUST NOT: [0-9]* of 100, [0-9]* excepted, [0-9]* open; 0 lost, 0 gained$"
want_no err .

capture "$bin" coverage
want_status 0
want out '^section '
want out '^class '
want out '^level '
want out "^MUST and MUST NOT +100 "
want out '^R-3\.1-24 +MUST +'
want_no out "^$first "

cover "$first" 'R-7.2-1*'
want_status 0
want out "^$first  .*: covered$"
want out '^    mutant .*: killed by .* in '
want out '^R-7\.2-11  .*: not testable$'
[ "$(grep -c '^R-' "$tmp/out")" -eq 3 ] || oops "other requirements: $(cat "$tmp/out")"

cover --json "$tmp/all.json"
want_status 0
want_no err .
want out '^all +454 '
if command -v python3 >/dev/null; then
    python3 - "$tmp/all.json" "$all" <<'EOF' || oops "JSON: $(head -c 500 "$tmp/all.json")"
import json, sys
c = json.load(open(sys.argv[1]))
rows = c["requirements"]
assert c["schema"] == 1 and c["iut"] == "linux" and len(rows) == 454
covered = [r for r in rows if r["cover"] == "covered"]
assert len(covered) == int(sys.argv[2]) == c["all"]["covered"], len(covered)
for r in covered:
    assert r["way"] == ("stimulus" if r["expectations"] else "passive")
    assert r["expectations"] or r["rules"]
    assert all(k["mutant"] in r["mutants"] and k["requirement"] == r["requirement"] for k in r["kills"]) and r["kills"]
for l in "sections", "levels", "classes":
    assert sum(s["total"] for s in c[l]) == 454 and sum(s["covered"] for s in c[l]) == len(covered)
assert not any(r["last_verdict"] for r in rows)
EOF
fi

# ---- what is lost ------------------------------------------------------------------------------------------------

# As if the mutants had been others when they were hunted.
sed -E "/\"$first\"/s/(\"digest\": \")[0-9a-f]{16}/\10000000000000000/" "$snapshot" >"$tmp/s.json"
cover --check
want_status 1
want out "^lost +$first "
want out "; 1 lost, 0 gained$"
want err "1 requirement lost the cover that it had in $tmp/s.json"
cover --update
want_status 0
want out "^lost +$first "
grep -q "\"$first\"" "$tmp/s.json" && oops "$first is still in the snapshot"
cover --check
want_status 0
want out "^$((all - 1)) of 454 covered"

# A case that is taken away from the suite: of a requirement that one expectation alone proves.
mkdir -p "$tmp/data"
cp -r "$root/cases" "$root/topo" "$tmp/data"
cp "$snapshot" "$tmp/s.json"
MPTCPSPEC_DATA=$tmp/data cover --check
want_status 0
victim=$(sed -n 's/.*{"requirement": "\([^"]*\)".*/\1/p' "$snapshot" | sort | uniq -u | while read -r id; do
    sed -n "s|.*{\"requirement\": \"\($id\)\".*\"result\": \"\([^/]*\)/.*\"rule\": \"\"}.*|\1 \2|p" "$snapshot"
done | head -n 1)
grep -lE "^case +${victim#* }\$" "$tmp/data"/cases/*/*.case | xargs rm
MPTCPSPEC_DATA=$tmp/data cover --check
want_status 1
want out "^lost +${victim% *} "
rm "$tmp/data"/cases/mutants/*.mutants
MPTCPSPEC_DATA=$tmp/data cover --check
want_status 1
want out "^0 of 454 covered; .*; $all lost, 0 gained$"

# ---- exceptions --------------------------------------------------------------------------------------------------

printf 'requirement\treason\n%s\tIt cannot be seen.\nR-7.1-01\tTold in a test.\n' "$first" >"$tmp/x.tsv"
cover --check
want_status 1
want out "^needless +$first "
want err "1 exception without need in $tmp/x.tsv"
sed -i 2d "$tmp/x.tsv"
cover R-7.1-01
want_status 0
printf 'requirement\treason\nR-3.2-3444\tx\n' >"$tmp/x.tsv"
cover --check
want_status 2
want err "^mptcpspec: $tmp/x.tsv:2: unknown requirement 'R-3.2-3444'"
rm "$tmp/x.tsv"

# ---- bad files ---------------------------------------------------------------------------------------------------

# bad TEXT REGEX: as a snapshot refused by every use, and left as it is
bad() {
    local use
    printf '%s' "$1" >"$tmp/s.json"
    for use in '' "--json $tmp/none" --check --update; do
        # shellcheck disable=SC2086 # none, one or two
        cover $use
        want_status 2
        want err "^mptcpspec: $tmp/s.json(:[0-9]+)*: .*$2"
        want_no out .
    done
    [ "$(cat "$tmp/s.json")" = "$1" ] || oops "overwritten: $1"
    [ ! -e "$tmp/none" ] || oops "JSON was written in spite of: $1"
}
bad '' 'no JSON'
bad '{"schema": 1, "iut": "linux", "kills": [' 'no JSON'
bad '{"schema": 99, "iut": "linux", "kills": []}' 'schema version 99; this program knows version 1'
bad '{"schema": 1, "iut": "freebsd", "kills": []}' 'another target: "freebsd"'
bad '{"schema": 1, "results": []}' 'no list "kills"'
rm "$tmp/s.json"
cover --check
want_status 2
want err 'cannot read the snapshot of coverage .*s\.json: No such file'
cover
want_status 0
want out '^all +454 +0 '
mkdir "$tmp/s.json"
cover --update
want_status 2
rmdir "$tmp/s.json"

for option in --mutants --results; do
    cover --update $option "$tmp/none.json"
    want_status 2
    want err 'none\.json: No such file'
    echo '{"schema": 1, "kills": []}' >"$tmp/other.json"
    cover --update $option "$tmp/other.json"
    want_status 2
    want err 'not a report of a'
    [ ! -e "$tmp/s.json" ] || oops "a snapshot was written in spite of a bad $option"
done

refuses 64 "no requirement 'R-3.2-344'; did you mean 'R-3.2-34'?" "$bin" coverage R-3.2-344
refuses 64 'only one of --check and --update' "$bin" coverage --check --update
refuses 64 'about all requirements' "$bin" coverage --check R-3.2-34

# ---- a hunt, from beginning to end -------------------------------------------------------------------------------

need_suite
capture "$bin" mutants --each --json "$tmp/hunt.json" join.synack-hmac-bit join.ack-hmac-unnoticed
want_status 0
cover --mutants "$tmp/hunt.json" --update
want_status 0
want out '^gained +R-3\.2-14 '
want out '^gained +R-3\.2-34 '
cover --check
want_status 0
cp "$tmp/s.json" "$tmp/before.json"
cover --mutants "$tmp/hunt.json" --update
cmp -s "$tmp/s.json" "$tmp/before.json" || oops 'the same hunt changes the snapshot'
sed -i 's/"digest": "/&f/' "$tmp/hunt.json"
cover --mutants "$tmp/hunt.json" --check
want_status 0
want err '2 mutants were hunted in another form than now: hunt again'

capture "$bin" run join.listener.ack-hmac-wrong --json "$tmp/run.json"
cover --results "$tmp/run.json" R-3.2-34 R-3.1-08
want_status 0
[ "$(grep -c 'last verdict: pass' "$tmp/out")" -ge 1 ] || oops "verdicts: $(cat "$tmp/out")"
done_testing
