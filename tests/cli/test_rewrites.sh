#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/case-language.md has the table of rewrites, row by row; every rewrite has a unit test.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

capture "$bin" list rewrites
want_status 0
awk -F '\t' '{ print "| `" $1 (NF > 2 ? " " $2 : "") "` | " $NF " |" }' "$tmp/out" >"$tmp/want"
sed -n '/^### Rewrites$/,/^### Mutants$/p' "$root/docs/case-language.md" |
    sed -n '/^| rewrite | does |$/,/^$/p' | sed '1,2d; /^$/d' >"$tmp/got"
diff -u "$tmp/got" "$tmp/want" >"$tmp/diff" || {
    cat "$tmp/diff"
    oops "the table of rewrites in docs/case-language.md is not up to date"
}
while read -r name _; do
    grep -qE "\"(up|down|rx|tx|any) ${name}[ \"]|\"$name\"" "$root"/tests/unit/test_rewrite*.c || oops "no unit test of $name"
done <"$tmp/out"
done_testing
