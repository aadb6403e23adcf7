# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Helpers of the tests of the command line, on top of env_lib.sh: . lib.sh "$@"
# Files that a test makes for itself go to $tmp, what the program writes to the present folder.

# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/env_lib.sh"

# refuses STATUS REGEX COMMAND...: this exit status, this text on standard error, nothing left behind
refuses() {
    local want_st=$1 text=$2
    shift 2
    capture "$@"
    want_status "$want_st"
    want err "$text"
    want_clean
}

# A case that passes in both families; its expectations name requirements.
good_case() {
    cat >"$tmp/good.case" <<'EOF'
case     t.good
purpose  "Data is acknowledged, and the connection closes."
iut      listener
needs    discard

A: handshake
A: send   data 10
A: expect data_acked [R-3.3.2-02]
B: send   SYN mp_join(token = flip(token), id = 1)
B: expect RST [R-3.2-27]
A: close
EOF
}

# A case that fails in both families, in R-3.2-27.
bad_case() {
    cat >"$tmp/bad.case" <<'EOF'
case     t.bad
purpose  "A join with an unknown token is, wrongly, expected to be accepted: <&\"'>."
iut      listener
needs    discard

A: handshake
B: send   SYN mp_join(token = flip(token), id = 1)
B: expect SYN+ACK [R-3.2-27]
EOF
}

# A case that is skipped on every kernel.
skip_case() {
    cat >"$tmp/skip.case" <<'EOF'
case     t.skip
purpose  "Needs what no kernel has."
iut      listener
family   ipv4
needs    discard, sysctl net.mptcp.no_such

A: handshake
A: send   data 10
A: expect data_acked [R-3.3.2-02]
EOF
}
