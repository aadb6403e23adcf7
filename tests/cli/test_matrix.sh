#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The matrix of kernels: what differs, what changed and why, from results files; files that are not as they should be.
# And the table of known bugs behind it, with its document.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need jq

# ---- known bugs
capture "$bin" list bugs --markdown
want_status 0
diff -u "$root/docs/known-bugs.md" "$tmp/out" ||
    oops "docs/known-bugs.md is not up to date: mptcpspec list bugs --markdown >docs/known-bugs.md"
data=$tmp/data
mkdir -p "$data"
cp -r "$root/cases" "$root/topo" "$data/"
table=$data/cases/known-bugs.tsv
# spoil SED TEXT: the table changed so is refused with this text
spoil() {
    sed "$1" "$root/cases/known-bugs.tsv" >"$table"
    cmp -s "$table" "$root/cases/known-bugs.tsv" && oops "'$1' changes nothing"
    MPTCPSPEC_DATA=$data capture "$bin" check
    want_status 1
    want err "$2"
}
spoil '2s/handshake\.listener\.third-ack-stripped/handshake.listener.third-ack-striped/' 'server-fallback: there is no case or result named handshake.listener.third-ack-striped$'
spoil 's/R-3\.1-49/R-3.1-949/' 'there is no requirement or rule R-3.1-949'
spoil '3s/.*/too few/' 'known-bugs.tsv:3: 1 columns instead of 9'
spoil '1s/fault/title/' 'known-bugs.tsv:1: the first line must name the columns'
spoil '3s/^[^	]*/Upper/' "known-bugs.tsv:3: 'Upper' is no id"
spoil '3s/^[^	]*/server-fallback/' 'known-bugs.tsv:3: server-fallback stands in the table twice'
spoil '2s/$/because/' 'known-bugs.tsv:2: server-fallback: either results that notice it, or why there are none'
spoil '4s/<6\./</;4s/>=6\.2, </>=6.2 </' "known-bugs.tsv:4: c-flag-of-syn: kernel range"
cp "$root/cases/known-bugs.tsv" "$table"

# ---- results of three kernels that were never there
# kernel FILE RELEASE VERSION FILTER: the results of a small run, on another kernel and changed by the filter
# shellcheck disable=SC2016 # for jq
base='{ schema: 1, run: { mptcpspec: "1", command: "x", target: "agent", suite: "a", selectors: [], chosen: 4, shard: 0, shards: 0,
    seed: 1, time_scale: 1, jobs: 1, repeat: 1, strict: false, rewrites: [], positions: [], interrupted: false, start_ns: 1,
    duration_ns: 1, machine: "x86_64", kernel_release: $release, kernel_version: $version, kernel_config_sha256: "",
    profile: [], expected_file: "" },
  no_longer_shows: [],
  results: [ ("c-flag-peer/ipv4", "c-flag-peer/ipv6", "basic/ipv4", "token/ipv4") | "handshake.listener." + . | {
    name: ., case: split("/")[0], family: split("/")[1], number: 1, file: "x.case", line: 1, purpose: "p", section: "3.1",
    role: "listener", repetition: 1, seed: 1, verdict: "pass", standing: "pass", expected_because: "", skip_reason: "",
    reasons: [], judged: ["R-3.1-49"], evidence: "", ladder: "", counters: "", wall_ns: 1, cpu_ns: 1, syn_ns: 1, packets: 1,
    lost: 0, max_rss_kib: 1, rewrite_hits: 0, signal: 0, timed_out: false } ] }'
# shellcheck disable=SC2016 # for jq
kernel() {
    jq -n --arg release "$2" --arg version "$3" "def bad(\$v; \$s; \$r): .verdict = \$v | .standing = \$s | .reasons = [{
        verdict: \$v, requirements: \$r, rule: \"\", line: 1, step: \"s\", packet: 1, text: \"came something else\" }];
        def on(\$n; f): .results |= map(if .name | endswith(\$n) then f else . end); $base | $4" >"$tmp/$1.json"
}
kernel 6.1 6.1.0-50-amd64 "#1 SMP Debian 6.1.100-1" \
    'on("peer/ipv4"; bad("fail"; "expected"; "R-3.1-49")) | on("peer/ipv6"; bad("fail"; "unexpected"; "R-3.1-49"))'
kernel 6.12 6.12.60 "#1" 'on("token/ipv4"; bad("fail"; "unexpected"; "R-3.1-01"))'
kernel uml-6.12 6.12.60 "#2" 'on("token/ipv4"; .verdict = "skip" | .standing = "skip" | .skip_reason = "no such thing")'
kernel 7.2 7.2.1 "#1" 'on("basic/ipv4"; bad("inconc"; "unexpected"; "")) | del(.results[0])'
cd "$tmp/work" || exit 2
files=("$tmp/7.2.json" "$tmp/uml-6.12.json" "$tmp/6.12.json" "$tmp/6.1.json")
capture "$bin" matrix --json m.json "${files[@]}"
want_status 0
want_no err .
want out '^6\.1 +Linux 6\.1\.0-50-amd64 \(6\.1\.100\), agent: 3 passed \(1 as expected deviations\), 1 failed, 0 skipped$'
want out '^ +6\.1 +6\.12 +uml-6\.12 +7\.2$'
want out '^handshake\.listener\.c-flag-peer +FAIL +pass +pass +pass +known: c-flag-of-syn$'
want out '^handshake\.listener\.token +pass +FAIL +skip +pass$'
want out '^handshake\.listener\.basic +pass +pass +pass +INCONC$'
want out '^R-3\.1-49 +MUST NOT +FAIL 2/4 +pass +pass +pass +known: c-flag-of-syn$'
want out '^6\.1 -> 6\.12: 1 broken, 2 fixed, 0 otherwise, 0 new, 0 gone, 1 as before; 1 without a known bug$'
want out '^  fixed     handshake\.listener\.c-flag-peer \(2 results\)  fail -> pass  R-3\.1-49  known: c-flag-of-syn$'
want out '^  broken    handshake\.listener\.token/ipv4  pass -> fail  R-3\.1-01$'
want out '^      came something else$'
want out '^6\.12 -> uml-6\.12: 0 broken, 0 fixed, 0 otherwise, 0 new, 1 gone, 3 as before; 0 without'
want out '^6\.12 -> 7\.2: 1 broken, 1 fixed, 0 otherwise, 0 new, 1 gone'
want out '^  c-flag-of-syn: A server took no notice of C'
want_no out 'as before.*handshake.listener.basic/ipv4  pass -> pass'
want_clean m.json

# The same again, and in another order of files.
cp "$tmp/out" "$tmp/first"
cp m.json "$tmp/first.json"
capture "$bin" matrix "$tmp/6.12.json" --json m.json "$tmp/6.1.json" "$tmp/7.2.json" "$tmp/uml-6.12.json"
cmp -s "$tmp/out" "$tmp/first" || oops "the order of the files changes what is shown"
cmp -s m.json "$tmp/first.json" || oops "the order of the files changes the JSON"
capture "$bin" matrix --order given "${files[@]}"
want out '^ +7\.2 +uml-6\.12 +6\.12 +6\.1$'
want out '^7\.2 -> 6\.12: '
capture "$bin" matrix --all "${files[@]}"
want out '^  gone      handshake\.listener\.token/ipv4  fail -> skip$'
want out '^      no such thing$'
want out '^R-3\.1-01 '
capture "$bin" matrix --strict "${files[@]}"
want_status 1
capture "$bin" matrix --strict "$tmp/uml-6.12.json"
want_status 0

# A kernel without the change that mends a bug has it whatever its release is, and stands beside the one with it.
cp "$tmp/6.1.json" "$tmp/reverted.json"
kernel reverted 6.12.60 "#3" 'on("peer/ipv4"; bad("fail"; "unexpected"; "R-3.1-49"))'
capture "$bin" matrix "$tmp/uml-6.12.json" "$tmp/6.12.json" "uml-6.12-without-c-flag-of-syn=$tmp/reverted.json"
want out '^uml-6\.12 -> uml-6\.12-without-c-flag-of-syn: 1 broken'
want out '^  broken    handshake\.listener\.c-flag-peer/ipv4  pass -> fail  R-3\.1-49  known: c-flag-of-syn$'

# JSON: sums are right, every change is told, what is named is there.
jq -e '.kernels | map(.kernel) == ["6.1", "6.12", "uml-6.12", "7.2"]' m.json >/dev/null || oops "kernels in JSON"
jq -e '.kernels | map(.beside) == [false, false, true, false]' m.json >/dev/null || oops "beside in JSON"
jq -e '[.changes[] | .broken + .fixed + .otherwise + .new + .gone == (.changes | length)] | all' m.json >/dev/null ||
    oops "sums of changes in JSON"
jq -e '[.known_bugs[].id] == ["c-flag-of-syn"]' m.json >/dev/null || oops "bugs in JSON"
jq -e '[.results[] | select(.result == "handshake.listener.c-flag-peer/ipv4") | .kernels[].verdict] == ["fail", "pass", "pass", ""]' \
    m.json >/dev/null || oops "results in JSON"
"$bin" list --json matrix-fields >"$tmp/fields"
diff <(jq -r '[paths | map(select(type == "string")) | join(".")] | unique[]' m.json | grep . | sort -u) \
    <(jq -r '.[].name' "$tmp/fields" | sort -u) >&2 || oops "fields of the JSON (<) and of the table (>) differ"
if python3 -c 'import jsonschema' 2>/dev/null; then
    python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open("m.json")), json.load(open(sys.argv[1])))' "$root/reports/matrix.schema.json" ||
        oops "the JSON does not follow its schema"
fi

# ---- two files of one kernel, and files that do not fit
jq '.results |= map(.name |= "interop." + . | .case |= "interop." + .)' "$tmp/6.1.json" >"$tmp/scenarios.json"
capture "$bin" matrix "6.1=$tmp/scenarios.json" "$tmp/6.1.json" "$tmp/6.12.json"
want_status 0
want out '^6\.1 .*: 6 passed \(2 as expected deviations\), 2 failed'
rm m.json
refuses 2 "both hold handshake.listener.basic/ipv4; LABEL=FILE" "$bin" matrix "6.1=$tmp/6.1.json" "$tmp/6.1.json"
refuses 2 "have the label '6.1' and different kernels" "$bin" matrix "6.1=$tmp/6.12.json" "$tmp/6.1.json"
refuses 64 "a label is 1 to 80 printable characters" "$bin" matrix "=$tmp/6.1.json"
refuses 64 "a label is 1 to 80 printable characters" "$bin" matrix "a b=$tmp/6.1.json"
refuses 64 "a label is 1 to 80 printable characters" "$bin" matrix "$(printf '%081d' 1)=$tmp/6.1.json"
refuses 64 'at least one results file' "$bin" matrix
refuses 64 "'release' or 'given'" "$bin" matrix --order age "$tmp/6.1.json"
refuses 64 'is one of the results files' "$bin" matrix --json "$tmp/6.1.json" "$tmp/6.1.json"
refuses 2 'cannot read' "$bin" matrix no.json
refuses 2 'cannot' "$bin" matrix --json no/such/folder/m.json "$tmp/6.1.json"
cp "$tmp/first.json" "$tmp/m.json"
refuses 2 'no results of mptcpspec' "$bin" matrix "$tmp/m.json"
mapfile -t many < <(for i in {1..65}; do echo "k$i=$tmp/6.1.json"; done)
refuses 2 'more than 64 kernels' "$bin" matrix "${many[@]}"
capture "$bin" matrix "${many[@]:1}"
want_status 0
# What a hostile file says reaches the terminal as text.
jq '.run.kernel_release = "6.1\u001b[31m" | .results[0].name = "x\u001b]0;y\u0007"' "$tmp/6.1.json" >"$tmp/evil.json"
capture "$bin" matrix "$tmp/evil.json" "$tmp/6.12.json"
want_status 0
! grep -q $'[\x01-\x08\x0b-\x1f]' "$tmp/out" || oops "control characters of a file reach the terminal"
done_testing
