#!/bin/bash
# SPDX-License-Identifier: MIT
# Something that answers hello and then does what its argument says: fake_agent.sh HOW [FACT=VALUE ...]
how=$1
shift
declare -A fact=([version]=1 [agent]=fake [system]=Linux [release]=6.1.0-fake [kernel_version]=fake [machine]=x86_64
    [processors]=1 [mptcp]=1 [pm]=1 [full_info]=1 [config_sha256]="" [modes]=fresh [ifaces]=a0 [verbs]=listen
    [max_line]=8192 [max_sessions]=4)
for f in "$@"; do
    fact[${f%%=*}]=${f#*=}
done
while read -r address verb rest; do
    case $verb in
    hello)
        if [ "$how" = other-version ]; then
            echo "$address err UNSUPPORTED text=no versions=7"
            continue
        fi
        nonce=${rest##*nonce=}
        line="$address ok nonce=$nonce"
        for f in "${!fact[@]}"; do
            line="$line $f=${fact[$f]}"
        done
        [ "$how" = late-garbage ] && printf 'half a line of a console\r\n0.77 ok nonce=older version=1\n'
        echo "$line"
        ;;
    ping) echo "$address ok" ;;
    fresh)
        case $how in
        dies)
            echo "a last word" >&2
            exit 3
            ;;
        refuses) echo "$address err EPERM text=not%20here" ;;
        garbage) echo "$address what is this" ;;
        endless) exec cat /dev/zero ;;
        babble) exec yes "no line of the protocol" ;;
        *) echo "$address ok ipv6=1" ;;
        esac
        ;;
    bye) echo "$address ok" && exit 0 ;;
    *) echo "$address ok" ;;
    esac
done
