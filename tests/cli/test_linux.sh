#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs/linux.md and docs/kernels.md: the same deviations as the list of expected ones, each with packets; those of the kernel
# at hand are packets that a run still shows.
set -u
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh" "$@"
need_suite
need jq
doc=$root/docs/linux.md
kernels=$root/docs/kernels.md

# Case and requirement, or rule, of each entry. What holds for some kernels only may stand in docs/kernels.md instead.
entries() {
    jq -r ".deviations[] | select($1) | . as \$d | (.results // [.result])[] | \"\(split(\"/\")[0]) \(\$d.requirement // \$d.rule)\"" \
        "$root/cases/expected/linux.json" | sort -u
}
shown() {
    # shellcheck disable=SC2016
    sed -nE 's/^- \*shown\*: `([^`]*)`, (rule )?`?([^ `]*).*/\1 \3/p' "$1" | sort
}
entries true >"$tmp/list"
entries '.kernels == null' >"$tmp/everywhere"
shown "$doc" >"$tmp/shown"
shown "$kernels" >"$tmp/shown-kernels"
[ -s "$tmp/list" ] || oops "no expected deviations"
diff "$tmp/list" <(sort -u "$tmp/shown" "$tmp/shown-kernels") >&2 ||
    oops "docs/linux.md and docs/kernels.md (>) and cases/expected/linux.json (<) differ"
[ -z "$(comm -23 "$tmp/everywhere" "$tmp/shown")" ] ||
    oops "docs/linux.md lacks what holds for every kernel: $(comm -23 "$tmp/everywhere" "$tmp/shown")"
[ -z "$(uniq -d "$tmp/shown")$(uniq -d "$tmp/shown-kernels")" ] || oops "a deviation stands twice in one document"

# Each level is that of the catalogue.
while IFS='|' read -r id level; do
    [ "$(awk -F'\t' -v id="$id" '$1 == id { print $4 }' "$root/cases/requirements.tsv")" = "$level" ] ||
        oops "docs/linux.md or docs/kernels.md: $id is not $level"
done < <(sed -nE 's/^- \*shown\*: .*, (R-[^ ]*) \((.*)\)$/\1|\2/p' "$doc" "$kernels")

# An entry is whole, and each case that shows something has packets.
awk '/^### / { if (title != "" && n < 5) print title; title = $0; n = 0 }
    /^- \*(asked|done|known)\*: / || /^- \*shown\*: / { if (!($2 in seen) || $2 != "*shown*:") n++; }
    /^    +[0-9]+  [A-Za-z]/ && !p { n++; p = 1 } /^### / { p = 0 } /^## Honest/ { exit }' "$doc" >"$tmp/poor"
[ ! -s "$tmp/poor" ] || oops "docs/linux.md: something is missing below $(cat "$tmp/poor")"
# shellcheck disable=SC2016
quoted() { sed -nE 's/^`([^`]*)`[^`]*:$/\1/p' "$1"; }
quoted "$doc" >"$tmp/quoted"
while read -r name _; do
    grep -q "^$name/" "$tmp/quoted" || oops "docs/linux.md: no packets of $name"
done <"$tmp/shown"
quoted "$kernels" >"$tmp/quoted-kernels"
while read -r name _; do
    grep -q "^$name/" "$tmp/quoted-kernels" || oops "docs/kernels.md: no packets of $name"
done <"$tmp/shown-kernels"

# What is quoted comes again, numbers aside, on a kernel of the same release.
release=$(sed -nE 's/^Kernel ([0-9]+\.[0-9]+)\..*/\1/p' "$doc")
[ -n "$release" ] || oops "docs/linux.md names no kernel"
case $(uname -r) in
"$release".*) ;;
*)
    [ "$failed" -eq 0 ] || done_testing
    skip "the packets are those of Linux $release; the rest passed"
    ;;
esac
mask() { sed -E 's/0x[0-9a-f]+/N/g; s/[0-9]+/N/g; s/^ +//; s/ +/ /g'; }
"$bin" list results tag=slow | cut -f1 >"$tmp/slow"
mapfile -t results < <(grep -vxF -f "$tmp/slow" "$tmp/quoted")
[ ${#results[@]} -gt 20 ] || oops "docs/linux.md quotes ${#results[@]} results only"
capture "$bin" run -q --seed 1 --json "$tmp/r.json" "${results[@]}"
compared=0
for name in "${results[@]}"; do
    jq -r --arg n "$name" '.results[] | select(.name == $n and .standing == "expected") | .ladder' "$tmp/r.json" |
        sed -E 's/^( *[0-9]+)  [0-9]+\.[0-9]+/\1/' | mask >"$tmp/now"
    [ -s "$tmp/now" ] || continue
    compared=$((compared + 1))
    while read -r line; do
        grep -qxF -- "$line" "$tmp/now" || oops "$name no longer shows: $line"
    done < <(awk -v name="\`$name\`:" '$0 == name { on = 1; next } on && /^[^ ]/ { exit } on && /^ / ' "$doc" | mask)
done
echo "packets of $compared results compared"
done_testing
