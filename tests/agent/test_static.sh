#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The static agent works in a folder that has nothing else, and is small.
set -u
# shellcheck source=tests/agent/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
agent=$build/static/mptcpspec-agent

make -s -C "$root" BUILD="$build" agent-static >"$tmp/log" 2>&1 || skip "no static build here: $(tail -n 1 "$tmp/log")"
mkdir "$tmp/empty"
cp "$agent" "$tmp/empty/agent"
capture "$bin" agent-check --iface wa chroot "$tmp/empty" /agent --stdio --iface wb
want_status 0
want out ' passed, 0 failed, '
[ "$(ls "$tmp/empty")" = agent ] || oops "it leaves something: $(ls "$tmp/empty")"
# By a C library of the size that the program needs, not by one that brings everything along.
size=$(stat -c %s "$agent")
echo "$size octets"
[ "$size" -lt 1500000 ] || oops "the static agent has $size octets"
capture "$agent" --version
want_status 0
capture "$agent" --no-such-option
want_status 64
want_clean
done_testing
