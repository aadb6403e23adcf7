#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `mutants`: what is repaired, left out and rewritten reaches the IUT as described; what counts as a kill; the reports.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite

# case_file NAME STEPS: $tmp/NAME.case, a listener over IPv4 that discards
case_file() {
    printf 'case t.%s\npurpose "Mutants are hunted with it."\niut listener\nfamily ipv4\n%s\n' "$1" "$2" >"$tmp/$1.case"
}
# mutant NAME LINE...: one more mutant that breaks R-3.2-34 unless a line says otherwise
mutant() {
    local name=$1
    shift
    {
        printf 'mutant %s\nabout "Made for a test."\n' "$name"
        [[ "$*" == *breaks* ]] || echo 'breaks R-3.2-34'
        printf '%s\n' "$@" ''
    } >>"$tmp/t.mutants"
}
# hunt STATUS ARGUMENT...: hunts $tmp/t.mutants with the cases named t.*
hunt() {
    local want_st=$1
    shift
    capture "$bin" mutants "$tmp/t.mutants" "$@"
    want_status "$want_st"
    want_clean
}
# fate WORDS NAME [REGEX]: the line of that mutant
fate() {
    grep -qE "^$1 +$2 .*${3:-}" "$tmp/out" || oops "$2 is not '$1' (${3:-}): $(cat "$tmp/out")"
}
last_line() {
    [ "$(tail -n 1 "$tmp/out")" = "$1" ] || oops "last line: $(tail -n 1 "$tmp/out")"
}

# ---- repairs: the trace has what the case wrote, the IUT gets what is right --------------------------------------

case_file hmac 'needs discard
A: handshake
A: send data 10
A: expect data_acked
B: send SYN mp_join
B: expect SYN+ACK mp_join
B: send ACK mp_join(hmac = flip(hmac))
B: expect RST [R-3.2-34]'
mutant hmac.field 'repair mp_join.hmac'
mutant hmac.option 'repair mp_join'
mutant hmac.all 'repair mptcp'
mutant hmac.other-field 'repair mp_join.nonce'
mutant hmac.other-option 'repair dss'
hunt 1 "$tmp/hmac.case" -v
for m in field option all; do
    fate killed "hmac\.$m"
done
[ "$(grep -c ' t\.hmac/ipv4 line 12 (R-3\.2-34)$' "$tmp/out")" -eq 3 ] || oops "the expectation did not fail thrice: $(cat "$tmp/out")"
fate 'never acted' 'hmac\.other-field'
fate 'never acted' 'hmac\.other-option'
last_line '3 passed, 2 failed, 0 skipped'

# A segment that is held back and named keeps its two faces, also on another subflow.
case_file held 'needs discard
A: handshake
A: send data 10
A: expect data_acked
B: send SYN mp_join
B: expect SYN+ACK mp_join
B: hold ACK mp_join(hmac = flip(hmac)) as last
B: resend last
B: expect RST [R-3.2-34]'
case_file moved 'needs discard
A: handshake
A: send data 10
A: expect data_acked
B: join
let u = A.dsn_una
A: hold data 10 dss(dsn = A.dsn_nxt + 1000) as x
B: resend x
B: expect ACK dss(dack = u) [R-3.2-34]'
rm "$tmp/t.mutants"
mutant held.hmac 'repair mp_join.hmac'
mutant held.dsn 'repair dss.dsn'
hunt 0 "$tmp/held.case" "$tmp/moved.case" -v
fate killed 'held\.hmac'
want out ' t\.held/ipv4 line 13 '
fate killed 'held\.dsn' 't\.moved/ipv4 line 13 '

# Payload, header fields, a checksum, an option that is due, each noticed where it is judged.
case_file payload 'needs discard
A: handshake(checksum)
A: send data 10
A: expect data_acked
A: send data 10 variant 1 dss(csum = csum(dsn, ssn, 10))
A: expect any mp_fail [R-3.2-34]'
case_file seq 'needs discard
A: handshake
A: send data 10
A: expect data_acked
A: send data 10 seq = A.snd_nxt + 100 keep
A: expect ACK ack = A.snd_una [R-3.2-34]'
case_file csum 'needs discard
A: handshake(checksum)
A: send data 10
A: expect data_acked
A: send data 10 dss(csum = flip(csum))
A: expect any mp_fail [R-3.2-34]'
case_file gone 'needs discard
A: handshake
A: send data 10
A: expect data_acked
B: send SYN mp_join
B: expect SYN+ACK mp_join
B: send ACK no mptcp
B: expect RST [R-3.2-34]'
rm "$tmp/t.mutants"
mutant payload.unread 'repair payload'
mutant seq.unread 'repair tcp.seq'
mutant csum.unread 'repair dss.csum'
mutant gone.option 'repair mp_join'
hunt 0 "$tmp/payload.case" "$tmp/seq.case" "$tmp/csum.case" "$tmp/gone.case"
fate killed 'payload\.unread' 't\.payload/'
fate killed 'seq\.unread' 't\.seq/'
fate killed 'csum\.unread' 't\.csum/'
fate killed 'gone\.option' 't\.gone/'

# ---- actions left out ----------------------------------------------------------------------------------------

case_file leave 'needs app
A: handshake
iut: send 10
A: expect data 10
iut: close
A: expect any dss(fin) [R-3.2-34]'
rm "$tmp/t.mutants"
mutant leave.close 'without close'
mutant leave.other 'without shutdown write'
mutant leave.send 'without send' # the case stalls in its preamble: that is no kill
hunt 1 "$tmp/leave.case"
fate killed 'leave\.close' 't\.leave/ipv4 line 10 '
fate 'never acted' 'leave\.other'
fate survived 'leave\.send'
want out 'changed something in 1 of 1 results$'

# ---- what is a kill --------------------------------------------------------------------------------------------

rm "$tmp/t.mutants"
mutant tie.right 'rewrite "rx drop when RST"'
mutant tie.wrong 'breaks R-3.2-27' 'rewrite "rx drop when RST"'
mutant tie.implied 'breaks R-3.2-27' 'implies R-3.2-34' 'rewrite "rx drop when RST"'
mutant tie.rule 'breaks R-3.2-14' 'rewrite "rx flip mp_join.hmac when SYN+ACK"'
mutant tie.role 'iut initiator' 'rewrite "rx drop when RST"'
mutant same.honest 'equivalent "Nothing of it can be seen."' 'rewrite "rx set tcp.ttl = 63"'
mutant same.wrong 'equivalent "It is said so."' 'rewrite "rx drop when RST"'
hunt 1 "$tmp/hmac.case" --json "$tmp/r.json" --matrix "$tmp/m.tsv" -v
fate killed 'tie\.right'
fate survived 'tie\.wrong' 'R-3\.2-27'
fate killed 'tie\.implied' '\(R-3\.2-34\)'
fate killed 'tie\.rule' 'rule join-synack-hmac in t\.hmac/ipv4 \(R-3\.2-14\)'
fate 'not run' 'tie\.role'
fate equivalent 'same\.honest' 'Nothing of it can be seen\.'
fate 'not equivalent' 'same\.wrong'
want out '^tie\.wrong, t\.hmac/ipv4: fail$'
want out '; kill rate 80\.0 %$'
last_line '3 passed, 2 failed, 2 skipped'
[ "$(cut -f1,2,3,4 "$tmp/m.tsv" | grep -c "^tie.rule	killed	t.hmac/ipv4	join-synack-hmac$")" -eq 1 ] || oops "matrix: $(cat "$tmp/m.tsv")"
[ "$(wc -l <"$tmp/m.tsv")" -ge 8 ] || oops "matrix: $(cat "$tmp/m.tsv")"
if command -v python3 >/dev/null; then
    python3 - "$tmp/r.json" <<'EOF' || oops "JSON: $(cat "$tmp/r.json")"
import json, sys
r = json.load(open(sys.argv[1]))
m = {x["name"]: x for x in r["mutants"]}
assert r["killed"] == 3 and r["survived"] == 1 and r["equivalent"] == 1 and r["not_equivalent"] == 1 and r["not_run"] == 1
assert abs(r["kill_rate"] - 0.8) < 1e-9, r["kill_rate"]
assert m["tie.rule"]["kills"][0]["rule"] == "join-synack-hmac" and m["tie.rule"]["kills"][0]["line"] == 0
assert m["tie.right"]["kills"][0]["line"] == 12 and m["tie.right"]["breaks"] == ["R-3.2-34"]
assert m["same.honest"]["equivalent_because"] == "Nothing of it can be seen."
assert [s["name"] for s in r["sections"]] == ["3.2"]
EOF
fi

# With --each the hunt goes on for what is missing: a kill tied to what it implies, or to one of two, is not enough.
case_file token 'needs discard
A: handshake
B: send SYN mp_join(token = flip(token))
B: expect RST [R-3.2-27]'
rm "$tmp/t.mutants"
mutant each.two 'breaks R-3.2-34, R-3.2-27' 'rewrite "rx drop when RST"'
mutant each.broken 'breaks R-3.2-27' 'implies R-3.2-34' 'rewrite "rx drop when RST"'
mutant each.none 'breaks R-3.2-34, R-3.2-14' 'rewrite "rx drop when RST"'
hunt 0 "$tmp/hmac.case" "$tmp/token.case" --each --json "$tmp/r.json"
last_line '3 passed, 0 failed, 0 skipped'
if command -v python3 >/dev/null; then
    python3 - "$tmp/r.json" <<'EOF' || oops "JSON: $(cat "$tmp/r.json")"
import json, sys
m = {x["name"]: x for x in json.load(open(sys.argv[1]))["mutants"]}
assert m["each.two"]["through"] == ["R-3.2-34", "R-3.2-27"] and m["each.two"]["missing"] == []
assert m["each.broken"]["through"] == ["R-3.2-27"]
assert m["each.none"]["through"] == ["R-3.2-34"] and m["each.none"]["missing"] == ["R-3.2-14"]
assert len({x["digest"] for x in m.values()}) == 3
EOF
fi

# A mutant that answers whatever it is sent has no end by itself.
rm "$tmp/t.mutants"
mutant storm.answers 'rewrite "rx strip mp_fastclose when RST", "rx flags FIN+ACK when RST"'
hunt 1 'fastclose.sender.unread/ipv4' -v
want out ' a storm of more than [0-9]+ packets$'

# A result that deviates without any mutant kills nothing, and is told.
bad_case
rm "$tmp/t.mutants"
mutant base.broken 'breaks R-3.2-27' 'rewrite "rx drop when RST"'
hunt 1 "$tmp/bad.case"
fate 'not run' 'base\.broken'
want out '^unusable +t\.bad/ipv4: fail without any mutant: '

# ---- wrong use ---------------------------------------------------------------------------------------------------

refuses 2 'cannot read .*none.mutants' "$bin" mutants "$tmp/none.mutants"
refuses 64 'no mutant was chosen' "$bin" mutants "$tmp/t.mutants" --sample 1000000
refuses 64 "the mutant 'base.broken'" "$bin" mutants "$tmp/t.mutants" base.brokne
refuses 2 '^mptcpspec: --matrix: ' "$bin" mutants "$tmp/t.mutants" --matrix "$tmp/no/such/m.tsv"
mutant base.broken 'without clsoe'
refuses 1 "^$tmp/t.mutants:.*the IUT has no verb 'clsoe'" "$bin" mutants "$tmp/t.mutants"
want err "there are two mutants named base.broken"
want err 'nothing was run'
refuses 1 "^$tmp/t.mutants:.*clsoe" "$bin" check "$tmp/t.mutants"
want err '^mptcpspec: 2 mistakes$'
capture "$bin" list mutants --json
want_status 0
want out '"breaks": '

capture "$bin" mutants --uncovered
[ "$status" -le 1 ] || oops "--uncovered: status $status"
want_no err .
done_testing
