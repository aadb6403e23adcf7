#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A layer knows only the layers that stand before it (docs/architecture.md).
set -u
cd "$(dirname "$0")/../.." || exit 2
order="base wire crypto rewrite catalogue trace oracle capture lint link topo middlebox target agent programs lang site verdict engine interop runner coverage report cli"
rank() {
    local i=0 l
    for l in $order; do
        i=$((i + 1))
        [ "$l" = "$1" ] && echo $i && return
    done
    echo 0
}
status=0
# Programs for guests stand alone: a guest's system has nothing of the harness but the agent.
if grep -H '^#include "' harness/guest/*.c; then
    echo "harness/guest knows layers"
    status=1
fi
for folder in harness/*/; do
    layer=$(basename "$folder")
    [ "$layer" = guest ] && continue
    own=$(rank "$layer")
    if [ "$own" -eq 0 ]; then
        echo "harness/$layer is no layer of the table"
        status=1
        continue
    fi
    while IFS=: read -r file include; do
        other=$(echo "$include" | sed -n 's|.*"mptcpspec/\([a-z]*\)\.h".*|\1|p; s|.*"\([a-z]*\)/[a-z_]*\.h".*|\1|p' | grep -v '^mptcpspec$' | head -n 1)
        [ "$other" = model ] && other=trace
        [ "$other" = mutants ] && other=runner
        [ "$other" = agentcheck ] && other=agent
        [ "$other" = matrix ] && other=report
        [ -n "$other" ] || continue
        if [ "$(rank "$other")" -eq 0 ] || [ "$(rank "$other")" -gt "$own" ]; then
            echo "$file knows $other, which stands behind $layer"
            status=1
        fi
    done < <(grep -H '^#include "' "$folder"*.[ch])
done
exit $status
