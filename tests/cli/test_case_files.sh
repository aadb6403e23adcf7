#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Mistakes in case files: place, line and caret; `run` and `prove` refuse what `check` refuses.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"

head_lines='case    t.wrong
purpose "One mistake."
iut     listener
needs   discard
'

# mistake LINE:COLUMN TEXT CARET: the case in $tmp/wrong.case has just this mistake
mistake() {
    local place=$1 text=$2 caret=$3 command
    for command in check run prove; do
        refuses 1 "^$tmp/wrong.case:$place: $text" "$bin" $command "$tmp/wrong.case"
        want err "^ +${place%%:*} \| "
        want err "^ +\| *$caret$"
        want_no out .
    done
    # The caret stands under the column that is named.
    local column
    column=$(awk -F'|' '/^ +\| *\^/ { print index($2, "^") - 1; exit }' "$tmp/err")
    [ "$column" = "${place##*:}" ] || oops "caret under column $column instead of ${place##*:}"
    want err '^mptcpspec: 1 mistake in case or topology files: nothing was run$'
    capture "$bin" check "$tmp/wrong.case"
    want err '^mptcpspec: 1 mistake$'
}

# body: the rest of the case from standard input
body() {
    { printf '%s\n' "$head_lines"; cat; } >"$tmp/wrong.case"
}

body <<'EOF'
A: handshake
B: send SYN mp_jion(token, id = 1)
A: expect data_acked [R-3.3.2-02]
EOF
mistake 7:13 "'mp_jion' is no option, header field or word of a segment" '\^~~~~~~'
want err "hint: did you mean 'mp_join'\?"

body <<'EOF'
A: handshake
B: send SYN mp_join(token, id = "one")
A: expect data_acked [R-3.3.2-02]
EOF
mistake 7:33 "'id' is a number, not a string" '\^~~~~'

body <<'EOF'
A: handshake
A: send data 10
A: expect data_acked [R-3.3.2-99]
EOF
mistake 8:23 "unknown requirement 'R-3.3.2-99'" '\^~~~~~~~~~'

body <<'EOF'
A: handshake
B: send SYN mp_join(token, id = 256)
A: expect data_acked [R-3.3.2-02]
EOF
mistake 7:33 '.*256' '\^~~'

body <<'EOF'
A: handshake
C: send data 10
A: expect data_acked [R-3.3.2-02]
EOF
mistake 7:1 '.*C' '\^~*'

printf '%s\n' "$head_lines" 'A: handshake' 'A: send data 10' 'A: expect data_acked' >"$tmp/wrong.case"
mistake 1:9 'the case judges nothing: no expectation names a requirement' '\^'

# Every mistake of a file is told, each with its place.
body <<'EOF'
A: handshake
A: sned data 10
B: send SYN mp_jion(token)
A: expect data_acked [R-3.3.2-99]
EOF
refuses 1 '^mptcpspec: 3 mistakes$' "$bin" check "$tmp/wrong.case"
for line in 7 8 9; do
    want err "^$tmp/wrong.case:$line:[0-9]+: "
done

# The empty file, and octets that are no text: escapes for terminals do not get through.
: >"$tmp/empty.case"
refuses 1 "^$tmp/empty.case:1:1: header .case. is missing" "$bin" check "$tmp/empty.case"
refuses 1 'nothing was run$' "$bin" run "$tmp/empty.case"
printf 'case\0\033[31m\377\376\200\n\033]0;x\007' >"$tmp/binary.case"
for command in check run; do
    refuses 1 "^$tmp/binary.case:1:[0-9]+: " "$bin" $command "$tmp/binary.case"
    LC_ALL=C grep -q $'[\001-\010\013-\037\177]' "$tmp/err" && oops "$command: control characters on the terminal"
done
head -c 4000 "$bin" >"$tmp/binary.case"
refuses 1 "^$tmp/binary.case:1:[0-9]+: " "$bin" check "$tmp/binary.case"
# Sequences that begin like a case and end anywhere.
{ printf '%s\n' "$head_lines" "A: send data ((((((((((((((((((((((((((((((((((((((((((((1"; } >"$tmp/wrong.case"
refuses 1 "^$tmp/wrong.case:6:" "$bin" check "$tmp/wrong.case"

# Files that cannot be read at all.
mkdir "$tmp/folder.case"
head -c 1100000 /dev/zero | tr '\0' '#' >"$tmp/large.case"
for command in check run prove; do
    refuses 2 "cannot read $tmp/none.case: No such file or directory" "$bin" $command "$tmp/none.case"
    refuses 2 "cannot read $tmp/folder.case: Is a directory" "$bin" $command "$tmp/folder.case"
    refuses 2 "$tmp/large.case is larger than 1 MiB" "$bin" $command "$tmp/large.case"
    want_no out .
done
refuses 64 "$tmp is neither a .case nor a .topo nor a .mutants file" "$bin" check "$tmp"

# A name that another case has.
good_case
sed 's/^case .*/case handshake.listener.basic/' "$tmp/good.case" >"$tmp/twice.case"
refuses 1 "^$tmp/twice.case:1:[0-9]+: there are two cases named handshake.listener.basic" "$bin" check "$tmp/twice.case"
want err 'hint: the other stands in .*cases/3.1-handshake/.*\.case, line [0-9]+'

# A mistake in one file does not keep other cases from running.
need_suite
body <<'EOF'
A: handshake
A: expect data_acked [R-9]
EOF
capture "$bin" check "$tmp/good.case"
want_status 0
want out '^1 file: no mistakes$'
capture "$bin" run -q "$tmp/good.case"
want_status 0
want out '^2 passed, 0 failed, 0 skipped$'
want_clean

# `new`: a case that passes its check, runs, and is never overwritten.
capture "$bin" new t.fresh
want_status 0
want out '^t.fresh.case$'
capture "$bin" check t.fresh.case
want_status 0
capture "$bin" run -q t.fresh.case
want_status 0
want out '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
echo '# mine' >>t.fresh.case
cp t.fresh.case "$tmp/kept"
capture "$bin" new t.fresh
want_status 2
want err '^mptcpspec: t.fresh.case is there already and was left as it is$'
cmp -s t.fresh.case "$tmp/kept" || oops "new changed a file that was there"
want_clean t.fresh.case
rm t.fresh.case

# The same for a scenario, whose middlebox matters.
capture "$bin" new --scenario t.fresh
want_status 0
capture "$bin" check t.fresh.case
want_status 0
capture "$bin" interop -q t.fresh.case
want_status 0
want out '^[1-9][0-9]* passed, 0 failed, 0 skipped$'
capture "$bin" prove --boxes t.fresh.case
want_status 0
want_clean t.fresh.case
rm t.fresh.case
refuses 2 'cannot write nowhere/x.case: No such file or directory' "$bin" new nowhere/x
ln -s "$tmp/target" x.case
capture "$bin" new x
want_status 2
[ ! -e "$tmp/target" ] || oops "new followed a link"
want_clean x.case
done_testing
