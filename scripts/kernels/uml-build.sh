#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds kernels of User-mode Linux from Debian's source packages into the cache:
#   scripts/kernels/uml-build.sh [--again] NAME... | --list | --list-faults
# NAME: uml-SERIES (uml-6.1, uml-6.12), or a row of scripts/kernels/faults: the kernel with one named fix taken back.
# The package is downloaded and unpacked, never installed. Its tree stays in the cache, so that only the first build takes
# minutes. A kernel in the cache that was built by another recipe is built again. Status: 0 all there, 1 some are missing (each said with its reason), 2 usage.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cache=${MPTCPSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mptcpspec}
kernels=$cache/kernels
series="6.1 6.12"

usage() {
    echo "usage: $0 [--again] NAME... | --list | --list-faults" >&2
    exit 2
}

# name, series, number of the fault, what it is
faults() { sed '/^#/d; /^$/d' "$here/faults"; }

# plain ones, then those with a fault
names() {
    for s in $series; do echo "uml-$s"; done
    faults | awk '{ print $1 }'
}

again=no
case ${1:-} in
--list) for s in $series; do echo "uml-$s"; done; exit 0 ;;
--list-faults) faults | awk '{ print $1 }'; exit 0 ;;
--again) again=yes; shift ;;
-*) usage ;;
esac
[ $# -gt 0 ] || usage
for name in "$@"; do
    if ! names | grep -qxF -- "$name"; then
        echo "$0: no kernel $name; there are: $(names | paste -sd ' ')" >&2
        exit 2
    fi
done

missing=""
for c in apt-get dpkg flock make gcc flex bison bc patch xz tar; do
    command -v "$c" >/dev/null 2>&1 || missing="$missing $c"
done

# A build that is stopped leaves a tree with which the next one goes on.
work=""
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# What every tree gets; another recipe makes another tree.
recipe=$(cat "$here/uml.config" "$here"/patches/uml-*.patch | cksum)

# recipe_of NAME: what makes that kernel of its series' sources
recipe_of() {
    local row
    row=$(faults | awk -v n="$1" '$1 == n')
    echo "$recipe $({ echo "$row"; [ -z "$row" ] || cat "$here/patches/faults-$(echo "$row" | awk '{ print $2 }').patch"; } | cksum)"
}

# source_of SERIES: its tree with what makes it run here, in $tree; else why not in $why
source_of() {
    tree=$cache/uml/linux-$1
    [ ! -e "$tree/.config" ] || [ "$(cat "$tree/.recipe")" != "$recipe" ] || return 0
    rm -rf "$tree" "$cache/uml/work".*
    work=$(mktemp -d "$cache/uml/work.XXXXXX") || return 1
    if ! (cd "$work" && apt-get -q -o APT::Sandbox::User= download "linux-source-$1") >"$work/log" 2>&1; then
        why="linux-source-$1 cannot be had: $(grep -m 1 '^[EW]:' "$work/log" || tail -n 1 "$work/log") (apt-get update?)"
        return 1
    fi
    local deb=("$work"/*.deb)
    echo "unpacking ${deb[0]##*/}" >&2
    if ! dpkg -x "${deb[0]}" "$work" ||
        ! tar -C "$work" -xf "$work/usr/src/linux-source-$1.tar.xz" --exclude=Documentation/translations; then
        why="${deb[0]##*/} cannot be unpacked"
        return 1
    fi
    local source=$work/linux-source-$1
    # shellcheck disable=SC2016 # fields of dpkg-deb
    dpkg-deb -W --showformat='Debian source package ${Package} ${Version}' "${deb[0]}" >"$source/.origin"
    local change
    for change in "$here"/patches/uml-*.patch; do
        patch -s -d "$source" -p1 <"$change" && continue
        why="patches/${change##*/} does not fit this point release"
        return 1
    done
    echo "$recipe" >"$source/.recipe"
    if ! make -C "$source" ARCH=um KCONFIG_ALLCONFIG="$here/uml.config" allnoconfig >"$work/log" 2>&1; then
        why="its configuration: $(tail -n 3 "$work/log")"
        return 1
    fi
    # What the series does not know is left out by the configuration without a word.
    local lost
    lost=$(grep '^CONFIG' "$here/uml.config" | grep -vxFf "$source/.config" | paste -sd ' ')
    if [ -n "$lost" ]; then
        why="the series does not take $lost"
        return 1
    fi
    mv "$source" "$tree" && rm -rf "$work" && work=""
}

# A tree in which a build with faults was stopped gets its own files back.
restore() {
    [ -e "$tree/.pristine.tar" ] || return 0
    tar -C "$tree" -xmf "$tree/.pristine.tar" && rm "$tree/.pristine.tar"
}

compile() {
    echo "building linux-$1$2 for User-mode Linux (the first time takes minutes)" >&2
    make -C "$tree" -j"$(nproc)" ARCH=um LOCALVERSION="$2" linux >"$tree/.log" 2>&1 && return 0
    why="it does not build: $(grep -m 3 -E 'error|Error|\*\*\*' "$tree/.log" | paste -sd ' ')"
    return 1
}

# keep NAME LOCALVERSION ORIGIN [ARGUMENTS]: the built kernel goes into the cache, whole or not at all
keep() {
    local part=$kernels/$1.part
    rm -rf "$part"
    mkdir -p "$part" && cp --reflink=auto "$tree/linux" "$part/linux" && cp "$tree/.config" "$part/config" &&
        make -s -C "$tree" ARCH=um LOCALVERSION="$2" kernelrelease >"$part/release" &&
        echo "$(cat "$tree/.origin"), User-mode Linux$3" >"$part/origin" && recipe_of "$1" >"$part/recipe" &&
        { [ -z "${4:-}" ] || echo "$4" >"$part/arguments"; } &&
        rm -rf "${kernels:?}/$1" && mv "$part" "$kernels/$1" && return 0
    why="$kernels cannot be written"
    return 1
}

# All faults of a series are in one kernel; its command line says which one it has.
faulty() {
    local s=$1 files row of number what
    files=$(sed -n 's|^+++ b/||p' "$here/patches/faults-$s.patch")
    # shellcheck disable=SC2086 # a list of words
    tar -C "$tree" -cf "$tree/.pristine.part" $files && mv "$tree/.pristine.part" "$tree/.pristine.tar" || return 1
    if ! patch -s -d "$tree" -p1 <"$here/patches/faults-$s.patch" >&2; then
        why="patches/faults-$s.patch does not fit this point release"
        restore
        return 1
    fi
    compile "$s" -faults &&
        while read -r row of number what; do
            [ "$of" = "$s" ] || continue
            keep "$row" -faults ", without: $what" "mptcp.fault=$number" || return 1
        done < <(faults)
    local status=$?
    restore
    return $status
}

build() {
    local s
    case $1 in
    *-without-*) s=$(faults | awk -v n="$1" '$1 == n { print $2 }') ;;
    *) s=${1#uml-} ;;
    esac
    why="$cache cannot be written"
    source_of "$s" && restore || return 1
    case $1 in
    *-without-*) faulty "$s" ;;
    *) compile "$s" -uml && keep "$1" -uml "" ;;
    esac
}

status=0
for name in "$@"; do
    [ $again = no ] && [ -s "$kernels/$name/release" ] &&
        [ "$(cat "$kernels/$name/recipe" 2>/dev/null)" = "$(recipe_of "$name")" ] && continue
    if [ -n "$missing" ]; then
        echo "$name: skipped: no$missing here (scripts/setup.sh --matrix installs what is missing)" >&2
        status=1
        continue
    fi
    mkdir -p "$kernels" "$cache/uml" || exit 1
    exec 9>"$cache/uml/lock"
    flock 9
    if build "$name"; then
        echo "$name: $(cat "$kernels/$name/release") ($(cat "$kernels/$name/origin"))"
    else
        echo "$name: skipped: $why" >&2
        status=1
    fi
done
exit $status
