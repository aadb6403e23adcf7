#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Targets that are not there, speak something else, or end: one clear line and status 2, before hundreds of cases fail.
set -u
# shellcheck source=tests/cli/wire_lib.sh
. "$(dirname "$0")/wire_lib.sh" "$@"
need_suite
good_case
fake="bash $root/tests/cli/fake_agent.sh"
one=(run --no-expected --time-scale 0.03 "$tmp/good.case")

# ---- what is wrong with the command line ------------------------------------------------------------------------

refuses 64 "'nonsense' is no target; there are local, exec:COMMAND" "$bin" run --target nonsense
refuses 64 'nothing stands behind the colon' "$bin" run --target exec: --iface t0
refuses 64 'needs --iface IF' "$bin" run --target exec:true
refuses 64 '--iface goes with a --target' "$bin" run --iface t0
refuses 64 'is no port' "$bin" run --target host:192.0.2.1:0 --iface t0
refuses 64 'in brackets' "$bin" run --target host:2001:db8::1:80 --iface t0
refuses 64 'a scenario has two hosts' "$bin" interop --target exec:true --iface t0

# ---- the interface ------------------------------------------------------------------------------------------------

# one_line REGEX ARGUMENT...: refused with this and no other line on standard error
one_line() {
    local text=$1
    shift
    capture "$bin" "${one[@]}" "$@"
    want_status 2
    want err "$text"
    [ "$(wc -l <"$tmp/err")" -eq 1 ] || oops "more than one line for: $what: $(cat "$tmp/err")"
}

one_line 'there is no interface t9' --target exec:true --iface t9
one_line 'lo is not an Ethernet interface' --target exec:true --iface lo
ip link set t0 down
one_line 'interface t0 is down: ip link set t0 up' --target exec:true --iface t0
ip link set t0 up
$over ip link set a0 down
one_line 'interface t0 has no carrier' --target exec:true --iface t0
$over ip link set a0 up
ip link set t0 mtu 1400
one_line 'takes frames of 1400 octets only, 1500 are needed' --target exec:true --iface t0
ip link set t0 mtu 1500

for addr in 198.51.100.3/24 2001:db8:1::1/128; do
    ip addr add "$addr" dev lo
    one_line "this host has the address ${addr%/*}, which is t. in topology one-path" --target exec:true --iface t0
    ip addr del "$addr" dev lo
done

# ---- no agent -----------------------------------------------------------------------------------------------------

one_line 'ended with status 127: .*no_such_program: not found' --target exec:no_such_program --iface t0
one_line 'ended with status 3: first; last' --target "exec:echo first >&2; echo last >&2; exit 3" --iface t0
one_line 'no agent answers within 0\.9 s$' --target "exec:sleep 60" --iface t0
one_line 'what came is not its protocol: hello there' --target "exec:yes hello there" --iface t0
one_line 'what came is not its protocol: a line without end' --target "exec:cat /dev/zero" --iface t0
one_line 'no agent at /no/such: No such file' --target unix:/no/such --iface t0
touch "$tmp/file"
one_line 'no agent at .*: Connection refused' --target "unix:$tmp/file" --iface t0

# One whose queue is full: nobody is waited for.
if command -v python3 >/dev/null; then
    exec 5< <(exec python3 -c '
import signal, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(0)
c = socket.socket(socket.AF_UNIX)
c.connect(sys.argv[1])
print("full", flush=True)
signal.pause()' "$tmp/full")
    full=$!
    read -r _ <&5
    one_line 'the agent at .*/full is busy' --target "unix:$tmp/full" --iface t0
    kill "$full"
    wait "$full" 2>/dev/null
    exec 5<&-
fi

# ---- an agent that will not do -------------------------------------------------------------------------------------

one_line 'speaks version 7 of the protocol, this mptcpspec version 1' --target "exec:$fake other-version" --iface t0
one_line 'speaks version 2 of the protocol' --target "exec:$fake good version=2" --iface t0
one_line 'no MPTCP on the other side: .*Linux 6.1.0-fake there: Protocol not available' \
    --target "exec:$fake good mptcp=0 mptcp_errno=ENOPROTOOPT" --iface t0
one_line 'start it as root' --target "exec:$fake good modes=shared" --iface t0
one_line 'ended with status 3: a last word' --target "exec:$fake dies" --iface t0
one_line 'opens no session: .*not here' --target "exec:$fake refuses" --iface t0
one_line 'agent sends a line without end|not its protocol' --target "exec:$fake endless" --iface t0
one_line 'what is not its protocol: no line' --target "exec:$fake babble" --iface t0
# It answers, but nothing of the sort is on the wire; what a console wrote before does not matter.
one_line 'frames on t0 do not reach the agent.s interface' --target "exec:$fake late-garbage" --iface t0

# ---- an agent that ends while cases run -----------------------------------------------------------------------------

agent="$over $bin agent --stdio --iface a0"
slow_case 1,2,3,4,5,6
cat >"$tmp/mortal.sh" <<EOF2
# An agent that is killed in the midst of a case: when it has started the fourth verb.
mkfifo "$tmp/lines"
exec 3<&0
$agent <&3 >"$tmp/lines" &
n=0
while IFS= read -r line; do
    printf '%s\\n' "\$line"
    case \$line in
    *" started") [ \$((n += 1)) -eq 4 ] && kill -KILL \$! ;;
    esac
done <"$tmp/lines"
EOF2
capture "$bin" run -j 2 --no-expected --target "exec:bash $tmp/mortal.sh" --iface t0 --json r.json "$tmp/slow.case"
want_status 2
want err 'the agent.s command ended'
[ "$(wc -l <"$tmp/err")" -eq 1 ] || oops "more than one line: $(cat "$tmp/err")"
errors=$(jq '[.results[] | select(.verdict == "error")] | length' r.json)
others=$(jq '[.results[] | select(.verdict == "skip" and (.skip_reason | startswith("not run: the agent")))] | length' r.json)
[[ $errors = [12] ]] || oops "$errors results are errors"
[ $((errors + others)) -eq 6 ] || oops "$errors errors and $others not run"
jq -r '.results[] | select(.verdict == "error") | .reasons[].text' r.json | grep -q 'the agent' || oops "the reason is not told"
rm -f r.json

# ---- Ctrl-C ends the agent as well ------------------------------------------------------------------------------

"$bin" run -j 1 --no-expected --target "exec:$agent" --iface t0 "$tmp/slow.case" >"$tmp/out" 2>"$tmp/err" &
run=$!
while kill -INT $run 2>/dev/null; do # until it listens to that
    sleep 0.1
done
wait $run
status=$?
what="a run that is interrupted"
want_status 130
want_clean

kill "$other"
done_testing
