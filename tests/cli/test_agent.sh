#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `mptcpspec agent` as a command: its options, what it refuses, without root, signals, standard input from anywhere.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"

hello='0.1 hello version=1 nonce=n'

capture "$bin" agent
want_status 64
want err 'one of --stdio, --unix and --device is needed'
capture "$bin" agent --stdio --unix a.sock
want_status 64
capture "$bin" agent --stdio --iface ''
want_status 64
capture "$bin" agent --stdio --iface a,,b
want_status 64
capture "$bin" agent --stdio --iface a,b,c,d,e
want_status 64
want err 'at most 4 interfaces'
capture "$bin" agent --stdio --sessions 65
want_status 64
capture "$bin" agent --stdio --iface noSuch0
want_status 2
want err '^mptcpspec: interface noSuch0: No such device$'
capture "$bin" agent --device "$tmp/none"
want_status 2
want err 'none: No such file'
capture "$bin" agent --device "$root/README.md"
want_status 2
want err 'no character device'
capture "$bin" agent --device /dev/null
want_status 2
want err 'cannot be waited for'
capture "$bin" agent --unix "$tmp/$(printf 'x%.0s' {1..120})"
want_status 2
want err '1 to 107 octets'
capture "$bin" agent --unix "$tmp/none/a.sock"
want_status 2
want err 'No such file'

# speak FILE AGENT...: what the agent answers to FILE
speak() {
    local from=$1
    shift
    what="$*"
    "$@" <"$from" >"$tmp/out" 2>"$tmp/err"
    status=$?
}

# Everything is answered before the end, also when the input is a file and ends at once.
printf '%s\n' "$hello" '1.1 shared port=4433' '1.2 listen' '1.3 connect name=a addr=127.0.0.1' '1.4 accept name=b' \
    '1.5 send name=a num=9' '1.6 recv name=b num=9' '1.7 received name=b' '1.8 accept' '0.2 ping' >"$tmp/in"
speak "$tmp/in" "$bin" agent --stdio
want_status 0
want out '^0\.1 ok version=1 nonce=n .* modes=shared ifaces= verbs=listen,'
want out '^1\.1 ok$'
want out '^1\.4 ok num=0 name=b$'
want out '^1\.7 ok total=9$'
want out '^1\.8 err ECANCELED$'
want out '^0\.2 ok$'
speak /dev/null "$bin" agent --stdio
want_status 0
[ ! -s "$tmp/out" ] || oops "it speaks first"
head -c 300000 /dev/urandom >"$tmp/garbage"
{ cat "$tmp/garbage"; printf '\n%s\n' "$hello"; } >"$tmp/in"
speak "$tmp/in" "$bin" agent --stdio
want_status 0
want out '^0\.1 ok version=1 nonce=n '
# Who does not listen: the agent ends with the pipe.
{ yes "$hello" | head -n 100000 | "$bin" agent --stdio | head -n 1 >"$tmp/out"; } 2>"$tmp/err"
want out '^0\.1 ok '
want_no err .

# Without root: sockets, and a clear word on the rest.
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
    printf '%s\n' "$hello" '1.1 shared port=4433' '1.2 listen' '1.3 connect name=a addr=127.0.0.1' '1.4 mptcp-info name=a' \
        '1.5 sysctl text=net.ipv4.tcp_sack text2=1' '1.6 counters' '1.7 sysctl-get text=net.ipv4.tcp_sack' \
        '2.1 fresh paths=1 mac=02000000' >"$tmp/in"
    speak "$tmp/in" setpriv --reuid 65534 --regid 65534 --clear-groups "$bin" agent --stdio
    want_status 0
    want out '^0\.1 ok .* modes=shared '
    want out '^0\.1 ok .* verbs=listen,'
    want_no out '^0\.1 ok .*,endpoint-add,'
    want out '^1\.2 ok num=0$'
    want out '^1\.3 ok num=0$'
    want out '^1\.5 err UNSUPPORTED text=.*CAP_NET_ADMIN'
    want out '^1\.6 ok num='
    want out '^1\.7 ok num=0 text='
    want out '^2\.1 err UNSUPPORTED text=.*--iface'
fi

# Signals end it, its clients and its file.
for signal in TERM INT HUP; do
    what="SIG$signal"
    env --default-signal=INT "$bin" agent --unix a.sock 2>"$tmp/err" &
    agent=$!
    for ((i = 0; i < 500; i++)); do
        [ -S a.sock ] && break
        sleep 0.02
    done
    [ "$(stat -c %a a.sock)" = 600 ] || oops "the socket is open to others"
    capture "$bin" agent --unix a.sock
    want_status 2
    want err 'somebody listens on a\.sock already'
    kill -$signal $agent
    wait $agent
    status=$?
    what="SIG$signal"
    want_status 0
    [ ! -e a.sock ] || oops "SIG$signal leaves the socket's file"
done
want_clean
done_testing
