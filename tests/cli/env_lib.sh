# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Helpers of the tests of the surroundings: privileges, namespaces, interfaces, foreign traffic.
# Source it with BUILD as first argument: . env_lib.sh "$@"
# shellcheck disable=SC2034 # used by those that source this

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "${1:-$root/build}" && pwd) || exit 2
bin=$build/mptcpspec
tmp=$(mktemp -d) || exit 2
chmod 755 "$tmp"
mkdir "$tmp/work" "$tmp/tmp"
chmod 1777 "$tmp/tmp" "$tmp/work"
failed=0
status=0
# What all processes of this test have in their environment, and nobody else's.
MPTCPSPEC_TEST_MARK=env-$$-$RANDOM
MPTCPSPEC_DATA=$root
export MPTCPSPEC_TEST_MARK MPTCPSPEC_DATA
cd "$tmp/work" || exit 2

# Ends what the test started and could not end itself, then leaves.
finish() {
    local p
    trap - EXIT
    for p in $(marked); do
        kill -KILL "$p" 2>/dev/null
    done
    wait
    cd /
    rm -rf "$tmp"
    exit "${1:-$failed}"
}
trap 'finish 1' EXIT

skip() {
    echo "$1"
    finish 4
}

done_testing() {
    [ "$failed" -eq 0 ] && echo "ok"
    finish "$failed"
}

need() {
    local c
    for c in "$@"; do
        command -v "$c" >/dev/null 2>&1 || skip "$c is not here"
    done
}

need_root() {
    [ "$(id -u)" -eq 0 ] || skip "only root can set this up"
}

oops() {
    echo "not ok: $1"
    failed=1
}

# Processes of this test other than its shells.
marked() {
    local d
    for d in /proc/[0-9]*; do
        [ "${d#/proc/}" = $$ ] && continue
        tr '\0' '\n' 2>/dev/null <"$d/environ" | grep -qx "MPTCPSPEC_TEST_MARK=$MPTCPSPEC_TEST_MARK" || continue
        case $(cat "$d/comm" 2>/dev/null) in
        bash | tr | grep | cat | '') ;;
        *) echo "${d#/proc/}" ;;
        esac
    done
}

# What outlives processes if something does: interfaces, named namespaces, mounts of namespaces.
surroundings() {
    ls /sys/class/net
    ls /run/netns 2>/dev/null
    grep ' nsfs ' /proc/self/mounts
    return 0
}
before=$(surroundings)

# capture COMMAND...: runs it; leaves $status, and its output in $tmp/out and $tmp/err
capture() {
    what="$*"
    TMPDIR=$tmp/tmp "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    status=$?
}

# The command of `capture` had this exit status.
want_status() {
    if [ "$status" -ne "$1" ]; then
        oops "status $status instead of $1 of: $what"
        sed 's/^/  out | /' "$tmp/out" | tail -n 40
        sed 's/^/  err | /' "$tmp/err" | tail -n 20
    fi
}

# want out|err REGEX, want_no out|err REGEX
want() {
    grep -Eq -- "$2" "$tmp/$1" && return
    oops "no '$2' in std$1 of: $what"
    sed "s/^/  $1 | /" "$tmp/$1" | tail -n 40
}
want_no() {
    grep -Eq -- "$2" "$tmp/$1" || return 0
    oops "'$2' in std$1 of: $what"
    sed "s/^/  $1 | /" "$tmp/$1" | tail -n 40
}

# No process, no interface, no namespace, no file but those named is left in the working or temporary folder.
# shellcheck disable=SC2120 # often there is no file to name
want_clean() {
    local left
    left=$(marked)
    [ -z "$left" ] || oops "processes are left: $(for p in $left; do tr '\0' ' ' <"/proc/$p/cmdline"; done)"
    left=$(surroundings)
    [ "$left" = "$before" ] || oops "interfaces or namespaces changed: $(diff <(echo "$before") <(echo "$left"))"
    left=$(ls -A "$tmp/tmp")
    [ -z "$left" ] || oops "temporary files are left: $left"
    left=$(find "$tmp/work" -mindepth 1 -name '*.part*' -o -mindepth 1 -name probe)
    [ -z "$left" ] || oops "half-written files are left: $left"
    left=$(find "$tmp/work" -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r f; do
        case " $* " in *" $f "*) ;; *) echo "$f" ;; esac
    done)
    [ -z "$left" ] || oops "unexpected files: $left"
}

# Verdict of a result in a JSON report.
verdict() {
    awk -v name="\"name\": \"$2\"" 'index($0, name) { on = 1 }
        on && match($0, /"verdict": "[a-z]*"/) { print substr($0, RSTART + 12, RLENGTH - 13); exit }' "$1"
}

# A case's process that process $1 runs, once its tester's interface is there and COMMAND... with the process behind it
# is true; empty when none ever comes.
case_process() {
    local run=$1 i p
    local -a children stat
    shift
    for ((i = 0; i < 250; i++)); do
        read -ra children 2>/dev/null <"/proc/$run/task/$run/children"
        for p in "${children[@]}"; do
            # The trial before the first case makes a network as well; only a case leads a process group.
            stat=()
            read -ra stat 2>/dev/null <"/proc/$p/stat"
            [ "${stat[4]:-}" = "$p" ] || continue
            grep -q tester1 "/proc/$p/net/dev" 2>/dev/null || continue
            [ $# -eq 0 ] || "$@" "$p" || continue
            echo "$p"
            return
        done
        sleep 0.02
    done
}

# in_iut PROCESS COMMAND...: in the IUT's network namespace of a case's process
in_iut() {
    local p=$1 fd
    local -a user=()
    shift
    [ "$(readlink "/proc/$p/ns/user")" = "$(readlink /proc/self/ns/user)" ] || user=(-U --preserve-credentials)
    for fd in "/proc/$p/fd"/*; do
        case $(readlink "$fd") in net:*) ;; *) continue ;; esac
        nsenter -t "$p" "${user[@]}" --net="$fd" grep -q iut1: /proc/self/net/dev 2>/dev/null || continue
        nsenter -t "$p" "${user[@]}" --net="$fd" "$@"
        return
    done
    return 1
}

# shellcheck disable=SC2016 # awk's
# The IUT of this case has data on its way that is not acknowledged: what slow_case waits in.
in_the_middle() {
    in_iut "$1" awk '$4 == "01" && $5 !~ /^00000000:/ { found = 1 } END { exit !found }' /proc/self/net/tcp 2>/dev/null
}

# Compiles tests/cli/NAME.c to $tmp/NAME.
helper() {
    local cc=${CC:-cc}
    command -v "$cc" >/dev/null 2>&1 || skip "$cc is not here"
    "$cc" -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Wconversion -Werror -o "$tmp/$1" "$root/tests/cli/$1.c" ||
        skip "tests/cli/$1.c does not compile here"
    chmod 755 "$tmp/$1"
}

# Copy of program and data that everybody can read; the path of the program becomes $bin.
public_copy() {
    mkdir -p "$tmp/tree/build"
    cp "$bin" "$tmp/tree/build/"
    cp -r "$root/cases" "$root/topo" "$tmp/tree/"
    chmod -R a+rX "$tmp/tree"
    bin=$tmp/tree/build/mptcpspec
    MPTCPSPEC_DATA=$tmp/tree
}

# Runs a command as an ordinary user without any privilege.
ordinary() {
    setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}

# Skips unless this machine can run cases at all.
need_suite() {
    "$bin" doctor >"$tmp/doctor" 2>&1 || skip "this machine cannot run cases: $(grep '^missing' "$tmp/doctor" | head -n 1)"
}

# slow_case [VALUES]: a case of some three seconds that passes, as $tmp/slow.case; a result for each value.
slow_case() {
    cat >"$tmp/slow.case" <<EOF
case     env.slow
purpose  "The IUT repeats what is not acknowledged; acknowledged, it goes on."
iut      listener
needs    app
family   ipv4
foreach  n in ${1:-1}

A: handshake(win = 8000 + n)
A: send   data 10
A: expect data_acked [R-3.3.2-02]
A: auto ack off
A: auto data_ack off
iut: send 100
A: expect data 100
A: expect data 100
A: expect data 100
A: expect data 100
A: expect data 100
A: auto ack on
A: auto data_ack on
A: send   data 10
A: expect data_acked [R-3.3.2-02]
iut: received 20 octets, unchanged
EOF
}
