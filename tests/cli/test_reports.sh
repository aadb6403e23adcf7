#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The same results in JSON, JUnit XML, KTAP and captures, each read by a reader that is not ours.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need jq
need_suite
good_case
bad_case
skip_case
cat >"$tmp/list.json" <<'EOF'
{ "schema": 1, "iut": "linux", "deviations": [
  { "result": "t.bad/ipv4", "requirement": "R-3.2-27", "reason": "known & <listed> # \"so\"" },
  { "result": "t.good/ipv4", "requirement": "R-3.3.2-02", "reason": "was so once" } ] }
EOF
cat >"$tmp/inconc.case" <<'EOF'
case     t.inconc
purpose  "What comes before the judgement fails."
iut      listener
family   ipv6
needs    discard

A: handshake
B: send   SYN mp_join(token = flip(token), id = 1)
B: expect SYN+ACK
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF
capture "$bin" run --seed 3 --repeat 2 --time-scale 0.2 --expected "$tmp/list.json" --out out --junit r.xml \
    --json r.json --ktap r.ktap "$tmp"/{good,bad,skip,inconc}.case handshake.listener.basic join.listener.basic
want_status 1
want out '^seed 3$'
want_clean out r.xml r.json r.ktap

# The terminal against JSON.
is() {
    [ "$2" = "$3" ] || oops "$1: '$2' instead of '$3'"
}
json() { jq -r "$@" r.json; }
n=$(json '.results | length')
is "JSON: a name for each repetition" "$(json '[.results[] | .name + "~" + (.repetition | tostring)] | unique | length')" "$n"
is "JSON: results" "$n" "$("$bin" list results "$tmp"/{good,bad,skip,inconc}.case handshake.listener.basic \
    join.listener.basic | awk 'END { print 2 * NR }')"
is "last line" "$(tail -n 1 "$tmp/out")" \
    "$(json '.counts | "\(.passed) passed, \(.failed) failed, \(.skipped) skipped"')"
is "total" "$(json .counts.total)" "$n"
is "seed" "$(json .run.seed)" 3
is "failed" "$(json '[.results[] | select(.standing == "unexpected")] | length')" "$(json .counts.failed)"
is "t.bad" "$(json '.results[] | select(.case == "t.bad") | "\(.name) \(.verdict) \(.standing)"' | sort -u)" \
    "$(printf 't.bad/ipv4 fail expected\nt.bad/ipv6 fail unexpected')"
is "why" "$(json '.results[] | select(.standing == "expected") | .expected_because' | sort -u)" 'known & <listed> # "so"'
is "skip" "$(json '.results[] | select(.case == "t.skip") | .skip_reason' | sort -u)" 'this kernel has no net.mptcp.no_such'
is "t.inconc" "$(json '.results[] | select(.case == "t.inconc") | .verdict' | sort -u)" inconc
is "broken" "$(json '[.results[] | select(.case == "t.bad") | .reasons[] | select(.verdict == "fail") | .requirements] | unique[]')" R-3.2-27
is "no longer shows" "$(json '[.no_longer_shows[].result] | unique[]')" t.good/ipv4

# Every field that the program lists is there, and no other.
capture "$bin" list --json fields
want_status 0
is "fields" "$(json '[paths | map(select(type == "string")) | join(".")] | unique[]' | grep -v '^$' | sort -u)" \
    "$(jq -r '.[].field // .[].name' "$tmp/out" | sort -u)"

# JUnit: its schema, a testcase for each result.
if command -v xmllint >/dev/null; then
    xmllint --noout --schema "$root/reports/junit.xsd" r.xml 2>"$tmp/err" || oops "JUnit: $(cat "$tmp/err")"
    xpath() { xmllint --xpath "string($1)" r.xml; }
    is "JUnit: testcases" "$(xpath 'count(//testcase)')" "$n"
    is "JUnit: tests" "$(xpath 'sum(//testsuite/@tests)')" "$n"
    is "JUnit: failures" "$(xpath 'count(//testcase[failure])')" 2
    is "JUnit: errors" "$(xpath 'count(//testcase[error/@type = "inconc"])')" 2
    is "JUnit: skipped" "$(xpath 'count(//testcase[skipped])')" 4
    is "JUnit: names" "$(xmllint --xpath '//testcase/@name' r.xml | sed 's/^ *name="\(.*\)"$/\1/' | sort -u | grep -c .)" "$n"
    is "JUnit: expected" "$(xpath '//testcase[@name = "t.bad/ipv4"]/skipped/@message')" \
        'expected deviation: known & <listed> # "so"'
    is "JUnit: purpose" "$(xpath '//testcase[@name = "t.bad/ipv6~2"]//property[@name = "purpose"]/@value')" \
        "$(json '[.results[] | select(.case == "t.bad") | .purpose][0]')"
fi

# KTAP: a strict reader; the states are those of JSON.
awk -f "$root/tests/cli/ktap.awk" r.ktap >"$tmp/states" 2>"$tmp/err" || oops "KTAP: $(cat "$tmp/err")"
json '.results[] | { pass: "pass", expected: "xfail", skip: "skip", unexpected: "fail" }[.standing] + " " + .name
    + (if .repetition > 1 then "~\(.repetition)" else "" end)' | sort >"$tmp/wanted"
diff <(sort "$tmp/states") "$tmp/wanted" >"$tmp/diff" || oops "KTAP and JSON differ: $(cat "$tmp/diff")"
is "KTAP: states" "$(cut -d' ' -f1 "$tmp/states" | sort -u | tr '\n' ' ')" 'fail pass skip xfail '
# The reader is strict: what is cut off or changed does not pass it.
for change in "\$d" '2s/$/9/' '5d' 's/^    ok 1 /    ok 7 /' 's/^not ok/ok/' '1d'; do
    sed "$change" r.ktap | awk -f "$root/tests/cli/ktap.awk" >/dev/null 2>&1 && oops "the reader of KTAP takes '$change'"
done

# Evidence: as many folders as results that ran, all of JSON.
is "captures" "$(find out -name capture.pcapng | wc -l)" "$(json '[.results[] | select(.evidence != "")] | length')"
while read -r folder; do
    jq -e . "out/$folder/trace.json" >/dev/null || oops "out/$folder/trace.json is no JSON"
done < <(json '.results[].evidence | select(. != "")')
[ "$failed" -eq 0 ] || done_testing
command -v tshark >/dev/null || skip "tshark is not here; the reports passed"

while IFS=$'\t' read -r folder packets; do
    tshark -r "out/$folder/capture.pcapng" -T fields -e frame.packet_flags_direction -e frame.comment \
        >"$tmp/packets" 2>"$tmp/err" || oops "tshark: $(cat "$tmp/err")"
    is "packets of $folder" "$(wc -l <"$tmp/packets")" "$packets"
    # Flags: 1 received, 2 sent. What a line sent is outbound, what it matched inbound.
    awk -F'\t' '$1 !~ /^0x0*[12]$/ || ($2 ~ /^sent by/ && $1 !~ /2$/) || ($2 ~ /^(matched|judged) by/ && $1 !~ /1$/)' \
        "$tmp/packets" >"$tmp/wrong"
    [ ! -s "$tmp/wrong" ] || oops "directions of $folder: $(cat "$tmp/wrong")"
done < <(json '.results[] | select(.evidence != "") | "\(.evidence)\t\(.packets)"')

# The comments hold the lines of the case and name a requirement once.
comments() {
    tshark -r "out/evidence/$1/capture.pcapng" -T fields -e frame.comment 2>/dev/null
}
comments t.bad/ipv6 >"$tmp/comments"
while IFS=: read -r number line; do
    grep -qF "line $number: $line" "$tmp/comments" || oops "no comment has 'line $number: $line': $(cat "$tmp/comments")"
done < <(grep -n '^B: send' "$tmp/bad.case")
grep -qF 'judged by line 8: B: expect SYN+ACK [R-3.2-27]: ' "$tmp/comments" || oops "no judgement: $(cat "$tmp/comments")"
comments t.good/ipv4 >"$tmp/comments"
grep -qxF 'sent by line 7: A: send   data 10' "$tmp/comments" || oops "comments: $(cat "$tmp/comments")"
grep -qxF 'matched by line 10: B: expect RST [R-3.2-27]' "$tmp/comments" || oops "comments: $(cat "$tmp/comments")"
done_testing
