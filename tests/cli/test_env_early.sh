#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An IUT that closes early or resets in the preamble: inconc, saying what came.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_suite

cat >"$tmp/closes.case" <<'EOF'
case     env.closes
purpose  "The IUT closes before it has sent what the preamble needs."
iut      listener
needs    app

A: handshake
A: send   data 10
A: expect data_acked
iut: close
A: expect data 20
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF
cat >"$tmp/resets.case" <<'EOF'
case     env.resets
purpose  "The IUT resets while the preamble waits for data."
iut      listener
needs    app

A: handshake
A: send   data 10
A: expect data_acked
iut: linger 0
iut: close
A: expect data 20
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF
cat >"$tmp/refuses.case" <<'EOF'
case     env.refuses
purpose  "Nobody listens: the preamble's SYN is answered by RST."
iut      listener
needs    app

A: new(dport = 9)
A: send   SYN mp_capable
A: expect SYN+ACK
A: send   ACK mp_capable
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF

# early CASE PACKET: both families inconc, with the packet that came
early() {
    capture "$bin" run --json results.json --time-scale 0.2 "$tmp/$1.case"
    want_status 1
    want out "^inconc +env.$1/ipv4"
    want out "^inconc +env.$1/ipv6"
    want out "$2"
    want out '^0 passed, 2 failed, 0 skipped$'
    want_no out 'signal|R-3.3.2-02'
    [ "$(grep -c '"verdict": "inconc"' results.json)" -ge 2 ] || oops "the report does not say inconc"
    want_clean results.json
    rm -f results.json
}
early closes '<----.*(FIN|DSS.*F|RST)'
early resets '<----.*(RST|FASTCLOSE)'
early refuses '<----.*RST'
done_testing
