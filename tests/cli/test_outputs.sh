#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Outputs that cannot be written and lists that cannot be read: told, status 2, no half of anything.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
good_case

# Known before the first case runs.
refuses 2 '--junit: cannot write nowhere/r: No such file or directory' "$bin" run --junit nowhere/r "$tmp/good.case"
want_no out '^(seed|pass)'
mkdir here
for kind in junit json ktap; do
    capture "$bin" run --$kind here "$tmp/good.case"
    want_status 2
    want err "^mptcpspec: --$kind: cannot write here: it is a folder$"
    want_no out '^pass'
    want_clean here
done
rmdir here
: >file
capture "$bin" run --out file "$tmp/good.case"
want_status 2
want err 'file is not a folder'
capture "$bin" run --out file/below "$tmp/good.case"
want_status 2
want err 'cannot make the folder file/below: Not a directory'
want_clean file
rm file

# A report that is there is replaced as a whole.
echo old >r.json
capture "$bin" run -q --json r.json "$tmp/good.case"
want_status 0
grep -q '"t.good/ipv6"' r.json || oops "the report was not replaced"
want_clean r.json
rm r.json

# Lists of expected deviations.
expects() {
    refuses 2 "^mptcpspec: $tmp/list.json:$1" "$bin" run --expected "$tmp/list.json" "$tmp/good.case"
    want_no out '^(seed|pass)'
}
printf '{\n "schema": 1,\n oops\n}\n' >"$tmp/list.json"
expects '3:[0-9]+: .*oops'
: >"$tmp/list.json"
expects '1:.* '
printf '{ "iut": "linux",\n\n "schema": 2, "deviations": [] }' >"$tmp/list.json"
expects '3: "schema" must be 1$'
printf '{ "schema": 1, "iut": "linux", "deviations": [],\n "colour": 1 }' >"$tmp/list.json"
expects '2: unknown key "colour"'
printf '[]' >"$tmp/list.json"
expects '1: must be an object with a list "deviations"'
entry() {
    printf '{ "schema": 1, "iut": "linux", "deviations": [\n%s,\n%s ] }\n' \
        '{ "result": "t.good/ipv4", "requirement": "R-3.3.2-02", "reason": "a \"brace\" {" }' "$1" >"$tmp/list.json"
}
entry '{ "result": "t.good/ipv6", "requirement": "R-3.3.2-02",
  "raeson": "x" }'
expects '4: deviations\[1\]: unknown key "raeson"; did you mean "reason"\?'
entry '{ "result": "t.good/ipv6", "requirement": "R-3.3.2-02" }'
expects '3: deviations\[1\]: a "reason" must be given'
entry '{ "result": "t.good/ipv6", "requirement": "R-3.3.2-02", "rule": "x", "reason": "x" }'
expects '3: deviations\[1\]: exactly one of "requirement" and "rule" must be given'
entry '{ "requirement": "R-3.3.2-02", "reason": "x" }'
expects '3: deviations\[1\]: exactly one of "result"'
entry '{ "result": "t.good/ipv6", "requirement": 7, "reason": "x" }'
expects '3: deviations\[1\]: "requirement" must be a string'
entry '{ "result": "t.good/ipv6", "requirement": "R-3.3.2-02", "reason": "x", "kernels": "> six" }'
expects "3: deviations\[1\]: kernel range '> six'"
refuses 2 'cannot read none.json: No such file or directory' "$bin" run --expected none.json "$tmp/good.case"
refuses 2 'cannot read \.: Is a directory' "$bin" run --expected . "$tmp/good.case"

if [ "$(id -u)" -ne 0 ] || ! command -v setpriv >/dev/null || ! unshare -m true 2>/dev/null; then
    [ "$failed" -eq 0 ] || done_testing
    skip "only root can make full disks and become another user; the rest passed"
fi

# A full disk. The file system is in a mount namespace of its own and ends with it.
# full KIB COMMAND...: runs the command in ./disk, where KIB are free; what it left there goes to $tmp/left
full() {
    local kib=$1
    shift
    mkdir disk
    # shellcheck disable=SC2016 # expanded by the inner shell
    capture unshare -m bash -c 'mount -t tmpfs -o size=512k none disk || exit 99
        head -c $((512 - $1))k /dev/zero >disk/filler
        left=$2
        shift 2
        "$@"
        status=$?
        rm disk/filler
        (cd disk && find . -type f) >"$left"
        exit $status' full "$kib" "$tmp/left" "$@"
    rmdir disk
    want_clean
    ! grep -q '\.part$' "$tmp/left" || oops "half-written files: $(cat "$tmp/left")"
}
many=('handshake.listener.*')
for kib in 0 4; do
    for kind in junit json ktap; do
        full "$kib" "$bin" run -q --$kind disk/report "${many[@]}"
        want_status 2
        want err '^mptcpspec: .*cannot write disk/report: .*No space left on device$'
        [ ! -s "$tmp/left" ] || oops "--$kind on a full disk left $(cat "$tmp/left")"
    done
done
# One report that cannot be written does not keep the others from being written.
full 4 "$bin" run -q --json disk/report --ktap "$tmp/report.ktap" "${many[@]}"
want_status 2
want err 'cannot write disk/report'
grep -q '^KTAP version 1$' "$tmp/report.ktap" || oops "the other report is missing"
# Captures: the run ends, no result is called a failure for it.
full 96 "$bin" run --out disk/out --json "$tmp/never.json" "${many[@]}"
want_status 2
want err '^mptcpspec: cannot write disk/out/evidence/.*No space left on device$'
want_no out '^(fail|inconc|error) '
[ ! -e "$tmp/never.json" ] || oops "a report of a run that did not end"
full 0 "$bin" run --out disk/out "$tmp/good.case"
want_status 2
want err 'disk/out.*No space left on device'

# A folder of somebody else.
public_copy
cp "$tmp/good.case" "$tmp/tree/good.case"
mkdir -m 755 "$tmp/theirs"
theirs() {
    capture ordinary "$bin" "$@"
    want_status 2
    want_no out '^(seed|pass)'
    [ -z "$(ls -A "$tmp/theirs")" ] || oops "files in a folder of somebody else: $(ls -A "$tmp/theirs")"
    want_clean
}
theirs run --out "$tmp/theirs" "$tmp/tree/good.case"
want err "^mptcpspec: cannot write into the output folder $tmp/theirs: .*Permission denied"
theirs run --out "$tmp/theirs/deeper" "$tmp/tree/good.case"
want err "cannot make the folder $tmp/theirs/deeper: Permission denied"
for kind in junit json ktap; do
    theirs run --$kind "$tmp/theirs/report" "$tmp/tree/good.case"
    want err "^mptcpspec: --$kind: cannot write $tmp/theirs/report: Permission denied"
done
theirs new "$tmp/theirs/mine"
want err "cannot write $tmp/theirs/mine.case: Permission denied"
chmod 600 "$tmp/tree/good.case"
theirs run "$tmp/tree/good.case"
want err "cannot read $tmp/tree/good.case: Permission denied"
done_testing
