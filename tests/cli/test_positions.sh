#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Positions: the list, the document, and what --position does to cases that hold one.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
doc=$root/docs/positions.md

# Every position that can be chosen is in the document with its readings and the cases that hold it; no other is.
capture "$bin" list positions --json
want_status 0
want_no err .
cp "$tmp/out" "$tmp/list"
capture "$bin" list positions
want_status 0
n=0
while IFS=$'\t' read -r name holds _; do
    id=${name%=*}
    reading=${name#*=}
    section=$(sed -n "/^### $id\$/,/^##/p" "$doc")
    grep -q "^- \`$reading\`" <<<"$section" || oops "docs/positions.md: '$id' has no reading '$reading'"
    [ "$holds" = usually ] || [ "$holds" = "if chosen" ] || oops "$name: '$holds'"
    n=$((n + 1))
done <"$tmp/out"
[ "$n" -ge 6 ] || oops "only $n readings"
[ "$(sed -n '/^## Positions that a run can choose/,/^## /p' "$doc" | grep -c '^### ')" -eq $((n / 2)) ] ||
    oops "docs/positions.md has other positions than the program"
while read -r name; do
    file=$(grep -rl --include='*.case' "^case  *$name\$" "$root/cases")
    while read -r _ id _; do
        sed -n "/^### $id\$/,/^##/p" "$doc" | grep -q "\`$name\`" || oops "docs/positions.md: $id does not name $name"
    done < <(grep '^position ' "$file")
done < <(grep -rl --include='*.case' '^position ' "$root/cases" | xargs sed -n 's/^case  *//p')

# What the document names exists: cases, rules, requirements.
"$bin" list cases >"$tmp/cases"
"$bin" list rules >"$tmp/rules"
# shellcheck disable=SC2016
while read -r name; do
    cut -f1 "$tmp/cases" "$tmp/rules" | grep -qxF "$name" || oops "docs/positions.md: no case or rule is called $name"
done < <(sed -n 's/^- depends: //p' "$doc" | grep -o '`[^`]*`' | tr -d '\`' | sort -u)
# ... and each of them judges a requirement of its position.
while IFS='|' read -r position ids names; do
    for name in $names; do
        file=$(grep -rlE --include='*.case' "^case +$name\$" "$root/cases")
        { [ -n "$file" ] && cat "$file"; } >"$tmp/text" || grep "^$name	" "$tmp/rules" >"$tmp/text"
        grep -qwF -e "${ids// /$'\n'}" "$tmp/text" || oops "docs/positions.md: $name judges nothing of $position"
    done
done < <(awk '/^### / { p = $2 } /^- judges: / { gsub(/[;,]|- judges: |under `[a-z]*`/, " "); gsub(/ +/, " "); gsub(/^ | $/, ""); ids = $0 }
    /^- depends: / { gsub(/[`,]|- depends: /, ""); print p "|" ids "|" $0 }' "$doc")
while read -r id; do
    grep -q "^$id	" "$root/cases/requirements.tsv" || oops "docs/positions.md: no such requirement: $id"
done < <(grep -o 'R-[0-9A-E.]*-[0-9]*' "$doc" | sort -u)

# A case that holds a position runs under its reading only.
for reading in token listener; do
    good_case
    { sed 's/t\.good/t.'$reading/ "$tmp/good.case" | sed "/^iut /a position join-port $reading"; } >"$tmp/$reading.case"
done
judged() { # ran, skipped: readings
    capture "$bin" run -v --json r.json "${@:3}" "$tmp/token.case" "$tmp/listener.case"
    want_status 0
    want out "^pass +t.$1/ipv4"
    want out "^pass +t.$1/ipv6"
    want out "^skip +t.$2/ipv4 +judges under position join-port=$2, this run has join-port=$1\$"
    want out '2 passed, 0 failed, 2 skipped'
}
judged token listener
grep -q '"positions": \[\]' r.json || oops "a usual run has a position"
judged listener token --position join-port=listener
tr -d ' \n' <r.json | grep -q '"positions":\["join-port=listener"\]' || oops "the report does not tell the position"
judged token listener --position join-port=listener --position join-port=token
capture "$bin" run --position join-port=listener "$tmp/token.case"
want_status 4
capture "$bin" compare r.json r.json
want_status 0
want_no out join-port
capture "$bin" run -q --json other.json --position join-port=listener "$tmp/token.case" "$tmp/listener.case"
want_status 0
capture "$bin" compare r.json other.json
want out '^after  other.json: 4 results, 0 failed, Linux [^,]*, join-port=listener$'
capture "$bin" explain join.listener.listener-closed
want out '^position +join-port=token: yes: '
rm -f other.json
rm -f r.json

# The list of expected deviations says nothing about what did not run.
capture "$bin" run --expected-strict --position join-port=listener join.listener.listener-closed
want_status 4
want_no out 'no longer shows'

# What must be repeated is in the command that repeats it.
bad_case
sed -i '/^iut /a position join-port listener' "$tmp/bad.case"
capture "$bin" run --position join-port=listener "$tmp/bad.case"
want_status 1
want out 'again .*--position join-port=listener'
done_testing
