#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each case of a folder must end with the verdict (and failed requirement) that its first line names, in each of its
# results; a line `# rewrite: SPEC` lays that rewrite on the link.
# usage: verdicts.sh PATH-TO-MPTCPSPEC run|interop FOLDER TIME-SCALE
set -u
bin=${1:?usage: verdicts.sh PATH-TO-MPTCPSPEC run|interop FOLDER TIME-SCALE}
command=$2
folder=$3
scale=${SCALE:-$4}
MPTCPSPEC_DATA=${MPTCPSPEC_DATA:-$(cd "$(dirname "$0")/.." && pwd)}
export MPTCPSPEC_DATA
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0
for f in "$folder"/*.case; do
    read -r _ _ want req <<END
$(head -n 1 "$f")
END
    rewrite=$(sed -n 's/^# rewrite: //p' "$f")
    name=$(sed -n 's/^case *//p' "$f")
    "$bin" "$command" "$f" -q ${rewrite:+--rewrite "$rewrite"} --time-scale "$scale" --json "$tmp/r.json" >"$tmp/log" 2>&1
    got=$(sed -n 's/.*"verdict": *"\([a-z]*\)".*/\1/p' "$tmp/r.json" | sort -u | tr '\n' ' ')
    if [ "${got% }" != "$want" ]; then
        echo "not ok $name: expected $want, got $got"
        sed 's/^/  | /' "$tmp/log" | grep -v ' len [0-9]*$' | head -n 40
        failed=$((failed + 1))
    elif [ -n "$req" ] && ! grep -q "\"$req\"" "$tmp/r.json"; then
        echo "not ok $name: $req should have failed"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "$folder: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
