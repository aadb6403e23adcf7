#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Wrong usage is told and answered with 64, nothing tested with 4; every command explains itself.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

capture "$bin"
want_status 64
want err '^usage: mptcpspec COMMAND'
want_no out .
want_clean
refuses 64 '^mptcpspec: no such command: frobnicate$' "$bin" frobnicate
refuses 64 "no such command: rnu; did you mean 'run'\?" "$bin" rnu
refuses 64 "no such command: chekc; did you mean 'check'\?" "$bin" help chekc

for command in run list check explain new prove doctor help version; do
    refuses 64 "^mptcpspec $command: unknown option --frobnicate" "$bin" "$command" --frobnicate
    want err "^usage: mptcpspec $command"
    want_no out .
    refuses 64 "^mptcpspec $command: unknown option -Z" "$bin" "$command" -Z
done
refuses 64 'unknown option --junti; did you mean --junit\?' "$bin" run --junti=x
refuses 64 'option --strict takes no argument' "$bin" run --strict=yes
refuses 64 'option -j needs an argument' "$bin" run -j
refuses 64 '^mptcpspec doctor: unexpected argument x$' "$bin" doctor x
refuses 64 '^mptcpspec version: unexpected argument x$' "$bin" version x
refuses 64 '^mptcpspec help: unexpected argument list$' "$bin" help run list

# Values that are none, or out of range: the option, the value and why.
while read -r option value why; do
    refuses 64 "^mptcpspec run: --$option: '?$value'? $why" "$bin" run "--$option" "$value"
    want_no out .
done <<'EOF'
jobs 0 is not between 1 and 1024
jobs x is not a number
jobs -1 is not a number
jobs 3x is not a number
jobs 99999999999999999999 is not a number
time-scale x is not a number
time-scale 0 is not between 0.001 and 1000
time-scale nan is not between
time-scale -1 is not between
seed junk is not a number
seed 9007199254740992 is not between 0 and
repeat 0 is not between 1 and 100000
EOF
refuses 64 "^mptcpspec run: --jobs: 0 is not between 1 and 1024$" "$bin" run -j 0
refuses 64 "^mptcpspec run: --rewrite: unknown direction 'junk'" "$bin" run --rewrite junk
for command in run prove; do
    for value in '' x = join-port join-port= join-port=nobody =token "$(printf 'x%.0s' {1..200})=token"; do
        refuses 64 "^mptcpspec $command: --position: there is no position '$value'; there are .*join-port=token\|listener" \
            "$bin" $command --position "$value"
        want_no out .
    done
done
refuses 64 "^mptcpspec prove: --time-scale: 'x' is not a number" "$bin" prove --time-scale x

# Selections that choose nothing.
for command in run prove; do
    refuses 64 "selector 'no.such.thing' chooses nothing" "$bin" $command no.such.thing
    refuses 64 "selector 'no.such.\*' chooses nothing" "$bin" $command 'no.such.*'
    refuses 64 "selector 'section=99' chooses nothing" "$bin" $command section=99
    refuses 64 "selector 'req=R-9.9-99' chooses nothing" "$bin" $command req=R-9.9-99
    refuses 64 "no such key 'colour' \(section, req, role, family, tag\)" "$bin" $command colour=red
    want_no out .
done
refuses 64 "nothing called 'animals' to list" "$bin" list animals
refuses 64 'no requirement, rule or case named animals' "$bin" explain animals
refuses 64 'what is to be explained' "$bin" explain
refuses 64 'one name is needed' "$bin" new
refuses 64 "'Capital' is no name for a case" "$bin" new Capital
refuses 64 "notes.txt is neither a .case nor a .topo nor a .mutants file" "$bin" check notes.txt

# --help of each command names every option; the overview names every command and every exit status.
capture "$bin" --help
want_status 0
for word in run list check explain new prove mutants coverage doctor help version; do
    want out "^  $word "
done
for word in '0 nothing' '1 something' '2 the harness' '4 everything' '64 wrong' '130 interrupted'; do
    want out "$word"
done
helps() {
    local command=$1 option
    shift
    capture "$bin" "$command" --help
    want_status 0
    want out "^usage: mptcpspec $command"
    want_no err .
    for option in "$@"; do
        want out "^ +(-., )?--$option "
    done
    [ "$(grep -cE '^ +(-., )?--[a-z]' "$tmp/out")" -eq $# ] || oops "$command --help names other options than $*"
    cp "$tmp/out" "$tmp/long"
    capture "$bin" "$command" -h
    want_status 0
    cmp -s "$tmp/out" "$tmp/long" || oops "$command: -h and --help differ"
    capture "$bin" help "$command"
    want_status 0
    cmp -s "$tmp/out" "$tmp/long" || oops "help $command and $command --help differ"
}
common=(jobs seed repeat slow quick strict expected no-expected expected-strict junit json ktap out no-evidence time-scale
    rewrite position baseline bisect shard timing verbose quiet target iface service source rate public-target client-cue)
helps run "${common[@]}"
helps interop client client-iface server server-iface "${common[@]}"
helps compare json strict bisect
helps merge junit ktap
helps matrix json all order strict
helps list json markdown
helps prove boxes cover jobs seed time-scale all position verbose
helps mutants jobs seed time-scale all each sample uncovered json matrix verbose
helps coverage json results mutants check update snapshot exceptions
helps new scenario
for command in check explain doctor help version; do
    helps $command
done
capture "$bin" --version
want_status 0
want out '^mptcpspec [0-9]+\.[0-9]+\.[0-9]+$'

# Output that cannot be written is no success.
if [ -c /dev/full ]; then
    "$bin" list >/dev/full 2>"$tmp/err"
    status=$?
    what="list >/dev/full"
    : >"$tmp/out"
    want_status 2
    want err 'cannot write to standard output'
fi

# Everything skipped is neither success nor failure.
need_suite
skip_case
capture "$bin" run "$tmp/skip.case"
want_status 4
want out '^skip +t.skip/ipv4  this kernel has no net\.mptcp\.no_such$'
[ "$(tail -n 1 "$tmp/out")" = '0 passed, 0 failed, 1 skipped' ] || oops "last line: $(tail -n 1 "$tmp/out")"
want_clean
done_testing
