#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs side by side do not disturb each other; killing one leaves the other alone and nothing behind.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_suite

run_one() {
    TMPDIR=$tmp/tmp "$bin" run -q --out "$1" --json "$1.json" --seed 7 section=3.1 section=3.2 >"$tmp/$1.out" 2>&1 </dev/null
}
run_one a &
a=$!
run_one b &
b=$!
wait $a
sa=$?
wait $b
sb=$?
[ "$sa$sb" = 00 ] || oops "status $sa and $sb: $(cat "$tmp/a.out" "$tmp/b.out")"
diff <(tail -n 1 "$tmp/a.out") <(tail -n 1 "$tmp/b.out") || oops "the counts differ"
diff <(grep -oE '"(name|verdict)": "[^"]*"' a.json) <(grep -oE '"(name|verdict)": "[^"]*"' b.json) ||
    oops "the results differ"
want_clean a b a.json b.json
rm -rf a b a.json b.json

# The same output folder for both: reports and evidence are whole, whoever comes last.
run_one a &
a=$!
run_one a &
b=$!
wait $a || oops "first of two into one folder: $(cat "$tmp/a.out")"
wait $b || oops "second of two into one folder: $(cat "$tmp/a.out")"
tail -c 2 a.json | grep -q '}' || oops "the report is not whole"
want_clean a a.json
rm -rf a a.json

# One is killed in the middle.
slow_case "1, 2"
TMPDIR=$tmp/tmp "$bin" run -q --out a "$tmp/slow.case" >/dev/null 2>&1 </dev/null &
a=$!
TMPDIR=$tmp/tmp "$bin" run -q --out b "$tmp/slow.case" >"$tmp/b.out" 2>&1 </dev/null &
b=$!
case_process $a in_the_middle >/dev/null
kill -KILL $a
wait $a 2>/dev/null
wait $b || oops "the other run: $(cat "$tmp/b.out")"
grep -q '^2 passed, 0 failed, 0 skipped$' "$tmp/b.out" || oops "the other run: $(cat "$tmp/b.out")"
want_clean a b
done_testing
