#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Noise, endless lines, answers that nobody reads, floods of sessions, streams and sockets: the agent's memory stays
# bounded, it goes on, and nothing is left of it afterwards.
set -u
# shellcheck source=tests/agent/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
cc=${CC:-cc}
command -v "$cc" >/dev/null 2>&1 || skip "$cc is not here"
"$cc" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Wconversion -Werror -o "$tmp/hostile" "$root/tests/agent/hostile.c" ||
    skip "tests/agent/hostile.c does not compile here"

"$bin" agent --unix "$tmp/sock" --iface wb 2>"$tmp/agent-err" &
agent=$!
for _ in $(seq 200); do
    [ -S "$tmp/sock" ] && break
    sleep 0.05
done

# scene NAME KIB: no more memory than that
scene() {
    capture "$tmp/hostile" "$tmp/sock" "$agent" "$1"
    echo "$1: $(cat "$tmp/out")"
    want_status 0
    local kib
    kib=$(awk '$NF == "KiB" { print $(NF - 1) }' "$tmp/out")
    [ "${kib:-999999999}" -le "$2" ] || oops "$1: ${kib:-unknown} KiB, at most $2 were expected"
    kill -0 "$agent" 2>/dev/null || oops "$1: the agent is gone: $(cat "$tmp/agent-err")"
}
scene noise 6144
scene endless 6144
scene unread 8192
scene unread-session 12288
scene late-reader 16384
scene sessions 49152
scene half-open 49152
scene sockets 16384
kill -TERM "$agent"
wait "$agent" || oops "the agent ended with status $?: $(cat "$tmp/agent-err")"
[ ! -e "$tmp/sock" ] || oops "the socket's file is still there"
want_clean
done_testing
