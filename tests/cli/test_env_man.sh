#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The man page formats without a warning and has every command, option and status that --help tells.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need groff
page=$root/docs/mptcpspec.1

capture groff -mandoc -Tutf8 -ww "$page"
want_status 0
want_no err '.'
cp "$tmp/out" "$tmp/page"
mapfile -t commands < <("$bin" --help | sed -n 's/^  \([a-z-]*\)  *[A-Z].*/\1/p')
[ ${#commands[@]} -ge 9 ] || oops "only ${#commands[@]} commands in --help"
for command in "${commands[@]}"; do
    grep -q "^\.Ss $command\$" "$page" || oops "no section on $command"
    section=$(sed -n "/^\.Ss $command\$/,/^\.S[sh]/p" "$page")
    for option in $("$bin" help "$command" | grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE '[a-z-]+$'); do
        grep -q "Fl Fl ${option#--}" <<<"$section" || oops "$command: no option $option"
    done
done
for code in 0 1 2 4 64 130; do
    sed -n '/^\.Sh EXIT STATUS/,/^\.Sh EXAMPLES/p' "$page" | grep -qx "\.It $code" || oops "no exit status $code"
done
want_clean
done_testing
