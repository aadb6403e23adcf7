#!/usr/bin/env bash
# Each case here must end with the verdict (and failed requirement) that its first line names; a line
# `# rewrite: SPEC` lays that rewrite on the link.
# usage: run.sh PATH-TO-MPTCPSPEC
set -u
bin=${1:?usage: run.sh PATH-TO-MPTCPSPEC}
MPTCPSPEC_DATA=${MPTCPSPEC_DATA:-$(cd "$(dirname "$0")/../.." && pwd)}
export MPTCPSPEC_DATA
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
passed=0
failed=0
for f in "$here"/*.case; do
    read -r _ _ want req <<EOF
$(head -n 1 "$f")
EOF
    rewrite=$(sed -n 's/^# rewrite: //p' "$f")
    name=$(sed -n 's/^case *//p' "$f")
    got=$("$bin" run "$f" -q ${rewrite:+--rewrite "$rewrite"} --time-scale 0.05 --json "$tmp/r.json" >"$tmp/log" 2>&1; sed -n 's/.*"verdict": *"\([a-z]*\)".*/\1/p' "$tmp/r.json" | head -n 1)
    if [ "$got" != "$want" ]; then
        echo "not ok $name: expected $want, got $got"
        sed 's/^/  | /' "$tmp/log"
        failed=$((failed + 1))
    elif [ -n "$req" ] && ! grep -q "\"$req\"" "$tmp/r.json"; then
        echo "not ok $name: $req should have failed"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "engine: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
