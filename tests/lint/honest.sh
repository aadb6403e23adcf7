#!/bin/bash
# SPDX-License-Identifier: MIT
# Honest traffic raises no alarm: at least 200 MiB that iperf3 and curl move over the kernel's MPTCP, captured at client,
# server and on the way, judged by `mptcpspec lint`. And the same captures with one fault put in raise the right one.
#
#   tests/lint/honest.sh [-k DIR] [BUILD [SCENE...]]        -k: keep the captures; those of a scene that fails stay
#                                                           in BUILD/honest-failed in any case
#
# What a scene allows (in scenes.sh) is named with its reason: findings that are true, and what cannot be judged.
set -u
here=$(cd "$(dirname "$0")" && pwd)

keep=
if [ "${1:-}" = -k ]; then
    keep=$2
    shift 2
fi
build=$(cd "${1:-$here/../../build}" && pwd) || exit 2
shift $(($# > 0))

for c in iperf3 curl mptcpize ip ss tc nft ethtool nsenter unshare jq /usr/bin/python3; do
    command -v "$c" >/dev/null 2>&1 || { echo "$c is not here"; exit 4; }
done
if ! unshare -n true 2>/dev/null; then
    [ -z "${HONEST_INSIDE:-}" ] || exit 2
    unshare -Urn true 2>/dev/null || { echo "no namespaces may be made here"; exit 4; }
    HONEST_INSIDE=1 exec unshare -Ur bash "$here/honest.sh" ${keep:+-k "$keep"} "$build" "$@"
fi
[ "$(cat /proc/sys/net/mptcp/enabled 2>/dev/null)" ] || { echo "this kernel has no MPTCP"; exit 4; }

# shellcheck source=tests/lint/lab.sh
. "$here/lab.sh"
# shellcheck source=tests/lint/traffic.sh
. "$here/traffic.sh"
# shellcheck source=tests/lint/scenes.sh
. "$here/scenes.sh"
lab_grab=$build/lint/grab
bin=$build/mptcpspec
top=$(mktemp -d) || exit 2
trap 'rm -rf "$top"' EXIT
trap 'exit 130' INT TERM

# What lint says, a line each: octets N, finding RULE PACKET TEXT, unknown REASON
# shellcheck disable=SC2016 # $c is jq's
digest='.files[] | (
    "octets \([.connections[].subflows[] | .octets_opener + .octets_acceptor] | add // 0)",
    (.connections[] | . as $c |
        (.findings[] | select(.verdict != "pass") |
            "finding \(.rule) packet \(.packet), connection \($c.number): \(.verdict): \(.text)"),
        (.unknown[] | "unknown \(.reason) (packet \(.packet), connection \($c.number))")),
    (.findings[] | select(.verdict != "pass") | "finding \(.rule) packet \(.packet): \(.verdict): \(.text)"),
    (select(.error != "") | "error \(.error)"))'

# allowed LINE: whether the scene's lists have it
allowed() {
    local w
    # In any scene; see linux-deviations.md.
    [[ $1 == "finding window-connection "*", and one from before it got smaller would" ]] && return 0
    for w in "${may[@]}" "${linux[@]/#/finding }"; do
        [[ $1 == *"$w"* ]] && return 0
    done
    return 1
}

# judge FILE [LINT OPTION...]: complains about what the scene does not allow; sets $octets
judge() {
    local f=$1 line status
    shift
    octets=0
    "$bin" lint -q --json "$f.json" "$@" "$f" >"$f.txt" 2>&1
    status=$?
    case $status in
    0 | 1 | 4) ;;
    *)
        echo "lint of $f: status $status"
        sed 's/^/  | /' "$f.txt" | tail -n 20
        return 1
        ;;
    esac
    jq -r "$digest" "$f.json" >"$f.digest" || return 1
    while IFS= read -r line; do
        case $line in
        octets*) octets=${line#octets } ;;
        *)
            # Segments that the kernel's capture dropped are missing.
            [[ $line == *"segments are missing"* ]] && [ "$(<"${f%.pcap}.drops")" -gt 0 ] && continue
            allowed "$line" && continue
            echo "${f#"$top"/}${*/#/ }: $line"
            bad=1
            ;;
        esac
    done <"$f.digest"
}

# One scene in a shell of its own: complaints to its log, the octets judged to its sum.
play() {
    local scene=$1 dir=$top/$1 f most=0
    local -a may=() linux=()
    bad=0 transfer_failed=0 empty=0
    mkdir -p "$dir"
    trap lab_close EXIT
    lab_open "$dir" || return 2
    "scene_$scene" || bad=1
    for f in "$dir"/*.pcap; do
        [ -e "$f" ] || continue
        judge "$f" || bad=1
        case ${f##*/} in
        # At either end everything passes in the order in which the host sees it.
        client.pcap | server.pcap)
            [ ${#may[@]} -eq 0 ] && [ "$(<"${f%.pcap}.drops")" -eq 0 ] && { judge "$f" --complete || bad=1; }
            ;;
        esac
        [ "$octets" -gt "$most" ] && most=$octets
    done
    echo "$most" >"$dir/octets"
    [ "$bad" -eq 0 ] || return 1
    [ $transfer_failed -eq 0 ] && [ $((most + empty)) -gt 0 ] || return 3
}

if [ $# -gt 0 ]; then
    scenes=("$@")
else
    mapfile -t scenes < <(sed -n 's/^scene_\([a-z0-9_]*\)().*/\1/p' "$here/scenes.sh")
fi

# excerpt LOG: what is wrong, and the last of what the programs said, which is indented
excerpt() {
    grep -v '^  [^|]' "$1" | head -n 16
    grep '^  [^|]' "$1" | tail -n 8
}

# perform SCENE: plays it; its line and what went wrong to SCENE.result
perform() {
    local s=$1 start=$EPOCHREALTIME word=ok took try status
    for try in 1 2 3; do
        rm -rf "${top:?}/$s"
        (play "$s") >"$top/$s.log" 2>&1
        status=$?
        # A transfer that fails is not lint's; what went over the wire was judged.
        [ $status -eq 3 ] || break
        word=ok,$((try + 1))
    done
    [ $status -eq 0 ] || word=FAILED
    took=$(((${EPOCHREALTIME/[^0-9]/} - ${start/[^0-9]/}) / 1000))
    {
        printf '%-6s %-22s %9d octets %6d ms\n' $word "$s" "$(cat "$top/$s/octets" 2>/dev/null)" $took
        [ $word != FAILED ] || excerpt "$top/$s.log" | sed 's/^/    /'
    } >"$top/$s.result"
    # What failed is evidence, asked for or not.
    local to=$keep
    [ $word != FAILED ] || to=${keep:-$build/honest-failed}
    if [ -n "$to" ]; then
        mkdir -p "$to/$s"
        cp "$top/$s.log" "$top/$s"/*.pcap* "$to/$s/"
    fi
    rm -rf "${top:?}/$s"
}

# As many side by side as there are processors.
for s in "${scenes[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    perform "$s" &
done
wait
# What failed comes last, where it is seen.
failed=()
total=0
for s in "${scenes[@]}"; do
    read -r word _ n _ <"$top/$s.result"
    total=$((total + n))
    if [ "$word" = FAILED ]; then
        failed+=("$s")
    else
        cat "$top/$s.result"
    fi
done
for s in "${failed[@]}"; do cat "$top/$s.result"; done
echo "$((total >> 20)) MiB of payload in ${#scenes[@]} scenes, ${#failed[@]} failed"
if [ $# -eq 0 ] && [ "$total" -lt $((200 << 20)) ]; then
    echo "that is less than 200 MiB"
    exit 1
fi
[ ${#failed[@]} -eq 0 ]
