#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs against each other: a baseline, shards that are joined, statuses for git bisect, a machine with a read-only root.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need jq
need_suite
good_case
bad_case
skip_case

is() {
    [ "$2" = "$3" ] || oops "$1: '$2' instead of '$3'"
}
# verdicts FILE: one line a result
verdicts() {
    jq -r '.results[] | "\(.name)~\(.repetition) \(.verdict) \(.standing) \([.reasons[] | select(.verdict == "fail") | .requirements] | sort | join(" "))"' "$1" | sort
}

# ---- shards of the whole suite, joined, are the whole suite -------------------------------------------------------

capture "$bin" run -q --json whole.json
[ "$status" -le 1 ] || oops "the suite: status $status"
whole_status=$status
for i in 1 2 3 4; do
    capture "$bin" run -q --shard $i/4 --timing whole.json --json "shard$i.json"
    [ "$status" -le 1 ] || oops "shard $i: status $status"
done
capture "$bin" merge merged.json shard{3,1,4,2}.json --junit merged.xml --ktap merged.ktap
want_status 0
is "merge: last line" "$(tail -n 1 "$tmp/out")" \
    "$(jq -r '.counts | "\(.passed) passed, \(.failed) failed, \(.skipped) skipped"' whole.json)"
diff <(verdicts whole.json) <(verdicts merged.json) >"$tmp/diff" || oops "shards and whole differ: $(cat "$tmp/diff")"
is "order" "$(jq -r '.results[].name' merged.json)" "$(jq -r '.results[].name' whole.json)"
is "counts" "$(jq -c .counts merged.json)" "$(jq -c .counts whole.json)"
is "no longer shows" "$(jq -c '.no_longer_shows | sort' merged.json)" "$(jq -c '.no_longer_shows | sort' whole.json)"
awk -f "$root/tests/cli/ktap.awk" merged.ktap >"$tmp/states" 2>"$tmp/err" || oops "KTAP: $(cat "$tmp/err")"
is "KTAP" "$(wc -l <"$tmp/states")" "$(jq '.results | length' whole.json)"
if command -v xmllint >/dev/null; then
    xmllint --noout --schema "$root/reports/junit.xsd" merged.xml 2>"$tmp/err" || oops "JUnit: $(cat "$tmp/err")"
    is "JUnit" "$(xmllint --xpath 'string(count(//testcase))' merged.xml)" "$(jq '.results | length' whole.json)"
fi
# Divided by the same times, the parts took about equally long.
for i in 1 2 3 4; do
    jq --slurpfile w whole.json '($w[0].results | map({(.name): .wall_ns}) | add) as $t | [.results[] | $t[.name]] | add' "shard$i.json"
done | sort -n >"$tmp/loads"
awk 'NR == 1 { least = $1 } END { exit !($1 <= 1.25 * least) }' "$tmp/loads" || oops "the parts are not even: $(cat "$tmp/loads")"

capture "$bin" compare whole.json merged.json
want_status 0
want out '^0 newly failing, 0 newly passing, 0 new, 0 gone, 0 changed reason, [0-9]+ as before: 0 worse$'
capture "$bin" run -q 'join.listener.b*' --baseline whole.json
want_status 0
want out ', 0 gone, .*: 0 worse$'
# Without times, by names: still each in exactly one part.
for i in 1 2 3; do
    capture "$bin" run -q 'join.listener.b*' "$tmp/good.case" 't.good' --shard $i/3 --json "name$i.json"
    case $status in
    0) cp "name$i.json" "$tmp/" ;;
    64) want err "part $i/3 is empty" ;;
    *) oops "name$i: status $status" ;;
    esac
    rm -f "name$i.json"
done
is "by names" "$(jq -r '.results[].name' "$tmp"/name?.json | sort)" \
    "$("$bin" list results 'join.listener.b*' "$tmp/good.case" 't.good' | cut -f1 | sort)"
rm -f "$tmp"/name?.json
[ "$whole_status" -eq 0 ] || oops "the suite does not pass: status $whole_status"
mv whole.json shard?.json merged.json "$tmp/"
rm -f merged.xml merged.ktap
w=$tmp/whole.json

# ---- behind a mutant -----------------------------------------------------------------------------------------------

mutant='rx flip mp_join.hmac when SYN+ACK'
hunted='join.listener.basic'
capture "$bin" run -q --time-scale 0.1 --rewrite "$mutant" "$hunted" --json mutant.json
want_status 1
capture "$bin" run -q "$hunted" --json plain.json
want_status 0
capture "$bin" compare plain.json mutant.json --json change.json
want_status 1
want out '^! newly failing  join\.listener\.basic/ipv4  pass -> fail  .*R-3\.2-14'
want out '^  R-3\.2-14  FORMAT, RFC 8684 3\.2: '
want out ': 2 worse$'
is "newly failing" "$(jq -r '.changes[] | select(.change == "newly failing") | .result' change.json)" \
    "$(printf 'join.listener.basic/ipv4\njoin.listener.basic/ipv6')"
jq -e '.newly_broken | index("R-3.2-14")' change.json >/dev/null || oops "newly broken: $(jq -c .newly_broken change.json)"
capture "$bin" list --json compare-fields
is "fields" "$(jq -r '[paths | map(select(type == "string")) | join(".")] | unique[]' change.json | grep -v '^$' | sort -u)" \
    "$(jq -r '.[].name' "$tmp/out" | sort -u)"
capture "$bin" compare mutant.json plain.json
want_status 0
want out '^  newly passing '
capture "$bin" compare plain.json mutant.json --bisect
want_status 1
capture "$bin" compare mutant.json mutant.json
want_status 0
# What is known to fail does not fail a run, what is not known does.
capture "$bin" run -q --time-scale 0.1 --rewrite "$mutant" "$hunted" --baseline mutant.json
want_status 0
capture "$bin" run -q --time-scale 0.1 --rewrite "$mutant" "$hunted" --baseline "$w"
want_status 1
want out '^! newly failing  join\.listener\.basic/ipv4 '
capture "$bin" run -q "$hunted" "$tmp/bad.case" t.bad --baseline "$w"
want_status 1
want out '^! new  +t\.bad/ipv4  - -> fail  R-3\.2-27$'
# What a kernel lacks is no failure, but can be asked to be one.
capture "$bin" run -q "$tmp/good.case" t.good --json before.json
jq '.results |= map(.verdict = "skip" | .standing = "skip" | .skip_reason = "lacks it")' before.json >after.json
capture "$bin" compare before.json after.json
want_status 0
want out '^  changed reason t\.good/ipv4  pass -> skip'
capture "$bin" compare before.json after.json --strict
want_status 1
jq '.run.interrupted = true' before.json >after.json
capture "$bin" compare before.json after.json
want_status 2
want err 'was interrupted'

# ---- git bisect: 0, 1, 125 and nothing else -------------------------------------------------------------------------

bisect() {
    local want_st=$1
    shift
    capture "$bin" run -q --bisect "$@"
    want_status "$want_st"
}
bisect 0 "$hunted" --baseline "$w"
bisect 1 --time-scale 0.1 --rewrite "$mutant" "$hunted" --baseline "$w"
bisect 0 "$hunted" "$tmp/bad.case" t.bad --baseline "$w" # new, not worse
bisect 125 "$tmp/skip.case" t.skip --baseline "$w"
bisect 125 "$hunted" --baseline "$tmp/none.json"
bisect 125 no.such.case --baseline "$w"
bisect 125 "$hunted" --baseline "$w" --frobnicate
bisect 125 "$hunted"
capture env MPTCPSPEC_DATA="$tmp/nowhere" "$bin" run -q --bisect --baseline "$w"
want_status 125

# ---- what is no results file, and what does not belong together ----------------------------------------------------

rm -f ./*.json
echo 'keep me' >out.json
kept() {
    [ "$(cat out.json)" = "keep me" ] || oops "out.json was overwritten by: $what"
    echo 'keep me' >out.json
}
# bad FILE REGEX: no command takes it
bad() {
    local command
    for command in "merge out.json $1" "compare $1 $w" "compare $w $1 --json out.json" \
        "run -q --json out.json --baseline $1 $hunted" "run -q --json out.json --shard 1/2 --timing $1 $hunted"; do
        # shellcheck disable=SC2086 # is words
        capture "$bin" $command
        want_status 2
        want err "$2"
        want_no out .
        kept
    done
}
echo 'no JSON' >"$tmp/x.json"
bad "$tmp/x.json" 'x\.json:1:.* no JSON: '
: >"$tmp/x.json"
bad "$tmp/x.json" 'no JSON: '
head -c 1000 "$w" >"$tmp/x.json"
bad "$tmp/x.json" 'no JSON: '
bad "$tmp/none.json" 'cannot read .*none\.json: No such file'
bad "$tmp" 'cannot read .*: Is a directory'
echo '[1]' >"$tmp/x.json"
bad "$tmp/x.json" 'no results of mptcpspec'
jq '.schema = 99' "$w" >"$tmp/x.json"
bad "$tmp/x.json" 'results of schema version 99; this mptcpspec reads 1$'
jq '.results[1].verdict = "great"' "$w" >"$tmp/x.json"
bad "$tmp/x.json" 'results\[1\]: "verdict" is .great'
jq 'del(.results[0].name)' "$w" >"$tmp/x.json"
bad "$tmp/x.json" 'results\[0\]: "name" is missing'

jq '.run.target = "a toaster"' "$w" >"$tmp/x.json"
capture "$bin" compare "$w" "$tmp/x.json" --json out.json
want_status 2
want err 'another target'
kept
capture "$bin" run -q --json out.json --baseline "$tmp/x.json" "$hunted"
want_status 2
want err 'another target'
kept
for i in 1/0 0/4 5/4 -1/4 4 x/4 1/4x 1/9999; do
    capture "$bin" run -q --json out.json --shard "$i"
    want_status 64
    want err '^mptcpspec run: --shard: '
    kept
done
s=$tmp/shard
joins() {
    local text=$1
    shift
    capture "$bin" merge out.json "$@"
    want_status 2
    want err "$text"
    want_no out .
    kept
}
joins 'overlap: both hold ' "$s"1.json "$s"1.json
joins 'overlap: both hold ' "$s"{1,2,3,4}.json "$s"3.json
joins 'shards that are missing: 2/4$' "$s"{1,3,4}.json
joins 'different numbers?|same number of shards' "$w" "$s"1.json
change() {
    jq "$2" "$s"2.json >"$tmp/y.json"
    joins "$1" "$s"1.json "$tmp/y.json" "$s"{3,4}.json
}
change 'different suites' '.run.suite = "0000"'
change 'different targets' '.run.target = "a toaster"'
change 'different kernels' '.run.kernel_release = "1.2.3"'
change 'different rewrites' '.run.rewrites = ["rx drop when RST"]'
capture "$bin" merge "$s"1.json "$s"2.json "$s"1.json
want_status 64
want err 'shard1\.json would be overwritten'
capture "$bin" run -q --baseline out.json --json out.json
want_status 64
kept
for command in merge 'merge out.json' compare 'compare out.json' "compare $w $w $w" "run --timing $w"; do
    # shellcheck disable=SC2086 # is words
    capture "$bin" $command
    want_status 64
    want err '^usage: mptcpspec '
    want_no out .
done
want_clean out.json
kept

# ---- a machine whose root is read-only -------------------------------------------------------------------------------

# Stands for vng: runs what it is told with every mount read-only but the folder of --rwdir.
cat >"$tmp/vng" <<'EOF'
#!/bin/bash
while [ $# -gt 0 ]; do
    case $1 in
    --rwdir) out=$2 ;;
    --exec) run=$2 ;;
    esac
    shift
done
export out run
exec unshare -m bash -c '
mount --make-rprivate / && mount --bind "$out" "$out" || exit 1
while read -r _ _ _ _ mount _; do
    case $mount in
    /proc* | /sys* | /dev* | "$out"*) ;;
    *) mount -o remount,bind,ro "$mount" 2>/dev/null ;;
    esac
done < <(cat /proc/self/mountinfo)
touch /here 2>/dev/null && exit 1
"$run"
exit 0'
EOF
chmod +x "$tmp/vng"
if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
    rm -f out.json
    export VNG=$tmp/vng MPTCPSPEC=$bin
    capture "$root/docs/ci/virtme-ng.sh" . vm "$hunted" --baseline "$w" --rewrite 'rx set tcp.ttl = 63'
    want_status 0
    want out ': 0 worse$'
    is "results of the machine" "$(jq '.results | length' vm/results.json)" 2
    is "captures of the machine" "$(find vm -name capture.pcapng | wc -l)" 2
    is "its temporary folder" "$(find vm/tmp -mindepth 1 | wc -l)" 0
    capture "$root/docs/ci/virtme-ng.sh" . vm "$hunted" --baseline "$w" --time-scale 0.1 --rewrite "$mutant"
    want_status 1
    want out 'newly failing  join\.listener\.basic'
    want_clean vm
    printf '#!/bin/sh\nexit 0\n' >"$tmp/vng" # a kernel that does not boot
    capture "$root/docs/ci/virtme-ng.sh" . vm "$hunted"
    want_status 125
fi
done_testing
