#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/oracle.md is what the table of rules says; every requirement of a rule is in the catalogue.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

capture "$bin" list rules --markdown
want_status 0
want_no err .
diff -u "$root/docs/oracle.md" "$tmp/out" || oops "docs/oracle.md is not up to date: mptcpspec list rules --markdown >docs/oracle.md"

capture "$bin" list rules
want_status 0
want out '^join-synack-hmac'
n=$(wc -l <"$tmp/out")
grep -q "^$n rules\.$" "$root/docs/oracle.md" || oops "docs/oracle.md does not count $n rules"
while read -r id; do
    grep -q "^$id	" "$root/cases/requirements.tsv" || oops "no such requirement: $id"
done < <(grep -o 'R-[0-9A-E.]*-[0-9]*' "$tmp/out" | sort -u)

refuses 64 'markdown goes with rules or bugs alone' "$bin" list cases --markdown
refuses 64 'markdown goes with rules or bugs alone' "$bin" list rules --markdown --json
done_testing
