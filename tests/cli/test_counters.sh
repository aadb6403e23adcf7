#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every MPTCP counter of the running kernel stands in the table of docs/scenarios.md, with a case that expects it to move
# or with a reason why none does. And no case expects a counter that the table does not know: the kernel would lack it, and a
# slip of the pen would pass for a skip.
set -u
cd "$(dirname "$0")/../.." || exit 2
status=0
oops() {
    echo "$*"
    status=1
}

# COUNTER<tab>CASE<tab>NUMBER, CASE "-" where there is a reason instead
# shellcheck disable=SC2016
table=$(sed -n '/^## Counters$/,/^## [^C]/p' docs/scenarios.md |
    sed -n 's/^| `\([A-Za-z0-9]*\)` | [a-z]* *| \(.*\) |$/\1 | \2/p' |
    awk -F' *[|] *' '{ sub(/^no case: .+/, "-", $2); gsub(/`/, "", $2); print $1 "\t" $2 "\t" $4 }')
[ "$(printf '%s\n' "$table" | wc -l)" -ge 40 ] || oops "docs/scenarios.md: the table of counters was not found"

twice=$(printf '%s\n' "$table" | cut -f1 | sort | uniq -d)
[ -z "$twice" ] || oops "docs/scenarios.md: twice in the table: $twice"

while read -r counter; do
    printf '%s\n' "$table" | cut -f1 | grep -qx "$counter" ||
        oops "docs/scenarios.md: the kernel has a counter $counter, of which the table knows nothing"
done < <(sed -n '/^MPTcpExt: [A-Z]/ { s/^MPTcpExt: //p; q; }' /proc/net/netstat | tr ' ' '\n')

while IFS=$'\t' read -r counter name number; do
    case $name in
    -) continue ;;
    "") oops "docs/scenarios.md: $counter has neither a case nor a reason" && continue ;;
    esac
    file=$(grep -lE "^case +$name\$" cases/*/*.case)
    if [ -z "$file" ]; then
        oops "docs/scenarios.md: there is no case $name, in which $counter is said to move"
        continue
    fi
    sign='='
    [ "${number#at least }" = "$number" ] || sign='>='
    grep -qE "expect counter .*MPTcpExt\.$counter $sign ${number#at least }(,|\$)" "$file" ||
        oops "$file: does not expect that $counter moves to $number, as docs/scenarios.md says"
done <<<"$table"
while IFS=: read -r file counter; do
    printf '%s\n' "$table" | cut -f1 | grep -qx "${counter#MPTcpExt.}" ||
        oops "$file: the table of docs/scenarios.md has no counter $counter"
done < <(grep -roE 'MPTcpExt\.[A-Za-z0-9]+' cases --include='*.case' | sort -u)
exit $status
