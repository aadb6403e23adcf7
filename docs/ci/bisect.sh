#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds the commit of a kernel tree that broke something. In that tree:
#
#   git bisect start BAD GOOD
#   git bisect run .../docs/ci/bisect.sh BASELINE.json [SELECTOR...]
#
# BASELINE.json holds the results of the good kernel. What does not build or boot is skipped.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
baseline=$(realpath "$1")
shift
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"${VNG:-vng}" --build --config "$here/kernel.config" >"$out/build.log" 2>&1 || {
    tail -n 20 "$out/build.log" >&2
    exit 125
}
status=0
"$here/virtme-ng.sh" . "$out" --no-evidence --baseline "$baseline" --bisect "$@" || status=$?
exit $status
