#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each scenario here must end with the verdict (and failed requirement) that its first line names.
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
    read -r _ _ want req <<END
$(head -n 1 "$f")
END
    name=$(sed -n 's/^case *//p' "$f")
    "$bin" interop "$f" -q --time-scale "${SCALE:-0.1}" --json "$tmp/r.json" >"$tmp/log" 2>&1
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
echo "interop: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
