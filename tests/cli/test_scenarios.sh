#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/scenarios.md names every scenario of the suite, and none that is not there.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
doc=$root/docs/scenarios.md

sed -nE 's/^case +(interop\.[^ ]*).*/\1/p' "$root"/cases/interop/*.case | sort >"$tmp/there"
[ "$(wc -l <"$tmp/there")" -ge 60 ] || oops "only $(wc -l <"$tmp/there") scenarios"
# shellcheck disable=SC2016
grep -oE '`interop\.[a-z0-9-]+\.[a-z0-9.-]+`' "$doc" | tr -d '`' | sort -u >"$tmp/named"
comm -23 "$tmp/there" "$tmp/named" >"$tmp/unnamed"
[ ! -s "$tmp/unnamed" ] || oops "docs/scenarios.md does not name $(tr '\n' ' ' <"$tmp/unnamed")"
comm -13 "$tmp/there" "$tmp/named" >"$tmp/gone"
[ ! -s "$tmp/gone" ] || oops "docs/scenarios.md names $(tr '\n' ' ' <"$tmp/gone"), which is no scenario"
echo "$(wc -l <"$tmp/there") scenarios named"
done_testing
