#!/bin/sh
# SPDX-License-Identifier: MIT
# Gets kernels of Debian into the cache: scripts/kernels/fetch.sh [--update] NAME... | --list | --where
# Packages are downloaded and unpacked, never installed; the machine's own package lists stay as they are. Signatures are
# checked with debian-archive-keyring. Status: 0 all there, 1 some are missing (each said with its reason), 2 usage.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${MPTCPSPEC_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mptcpspec}
kernels=$cache/kernels
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
flavour=cloud-amd64

usage() {
    echo "usage: $0 [--update] NAME... | --list | --where" >&2
    exit 2
}

rows() {
    sed '/^#/d; /^$/d' "$here/list"
}

update=no
case ${1:-} in
--list) rows; exit 0 ;;
--where) echo "$kernels"; exit 0 ;;
--update) update=yes; shift ;;
-*) usage ;;
esac
[ $# -gt 0 ] || usage
for name in "$@"; do
    if [ -z "$(rows | awk -v n="$name" '$1 == n')" ]; then
        echo "$0: no kernel $name; there are: $(rows | awk '{ printf "%s%s", s, $1; s = " " }')" >&2
        exit 2
    fi
done

# Nothing to do needs nothing, no network and no apt.
wanted=""
for name in "$@"; do
    [ "$update" = no ] && [ -s "$kernels/$name/release" ] || wanted="$wanted $name"
done
[ -n "$wanted" ] || exit 0

for c in apt-get apt-cache dpkg flock; do
    if ! command -v "$c" >/dev/null 2>&1; then
        echo "$0: no $c here: kernels come from Debian packages. Or put one into $kernels/NAME by hand:" >&2
        echo "  vmlinuz, modules/ (its lib/modules/RELEASE), release (uname -r), origin (any text)" >&2
        exit 1
    fi
done
if [ ! -r "$keyring" ]; then
    echo "$0: no $keyring: install debian-archive-keyring" >&2
    exit 1
fi

mkdir -p "$kernels"
exec 9>"$cache/fetch.lock"
flock 9
# What an earlier fetch left that was killed; this one holds the lock.
for name in $wanted; do
    rm -rf "$kernels/$name.part"
done
rm -rf "$cache"/fetch.*.work
work=""
part=""
trap 'rm -rf "$work" "$part"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
work=$(mktemp -d "$cache/fetch.XXXXXX.work")

# The server that this machine takes its Debian packages from: with or without "security".
mirror() {
    # shellcheck disable=SC2016 # apt's own variables
    apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
        awk -v security="$1" '$2 == "Debian" && ($3 ~ /-security$/) == (security == "yes") { print $1; exit }'
}

# apt_for SUITE COMMAND...: apt of a configuration of its own, with nothing in it but that suite.
apt_for() {
    suite=$1
    command=$2
    shift 2
    "$command" -c "$cache/apt/$suite/apt.conf" "$@"
}

# suite_ready SUITE: its package list is there and of today's run; else why not in $work/why
suite_ready() {
    dir=$cache/apt/$1
    [ ! -e "$work/ready.$1" ] || return 0
    if [ -e "$work/unready.$1" ]; then
        cp "$work/unready.$1" "$work/why"
        return 1
    fi
    security=no
    case $1 in *-security) security=yes ;; esac
    url=${MPTCPSPEC_DEBIAN_MIRROR:-}
    [ $security = no ] || url=${MPTCPSPEC_DEBIAN_SECURITY_MIRROR:-}
    [ -n "$url" ] || url=$(mirror $security)
    if [ -z "$url" ]; then
        echo "this machine's package sources name no server of Debian for $1 (MPTCPSPEC_DEBIAN_MIRROR and \
MPTCPSPEC_DEBIAN_SECURITY_MIRROR name one)" | tee "$work/unready.$1" >"$work/why"
        return 1
    fi
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/state"
    : >"$dir/state/status"
    echo "deb [arch=amd64 signed-by=$keyring] $url $1 main" >"$dir/sources.list"
    # The machine's own configuration (proxies, credentials) is read before this; its hooks are not for these lists.
    cat >"$dir/apt.conf" <<CONF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Default-Release "";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Acquire::AllowInsecureRepositories "false";
Dir::State "$dir/state";
Dir::State::status "$dir/state/status";
Dir::State::lists "$dir/lists";
Dir::Cache "$dir/cache";
Dir::Etc::sourcelist "$dir/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
    if ! apt_for "$1" apt-get -q update --error-on=any >"$work/log" 2>&1; then
        echo "the package list of $1 cannot be had: $(grep -m 1 '^[EW]:' "$work/log" || tail -n 1 "$work/log")" |
            tee "$work/unready.$1" >"$work/why"
        return 1
    fi
    : >"$work/ready.$1"
}

# packages SUITE PATTERN: what the newest kernel of that pattern consists of, one "package version" a line. From 6.19 on
# linux-image-* is empty and depends on what has the files (linux-base-* the configuration, no more); old ones whose parts
# have left the archive do not count.
packages() {
    apt_for "$1" apt-cache dumpavail | awk -v pattern="$2" -v flavour="$flavour" '
        BEGIN {
            gsub(/[.+]/, "\\\\&", pattern)
            gsub(/\*/, ".*", pattern)
            image = "^linux-image-" pattern "-" flavour "$"
        }
        /^Package: / { package = $2 }
        /^Version: / { version = $2 }
        /^Depends: / { depends = substr($0, 10) }
        /^$/ { known[package " " version] = depends; depends = "" }
        END {
            for (k in known) {
                split(k, of, " ")
                if (of[1] !~ image)
                    continue
                out = k
                n = split(known[k], need, /, */)
                for (i = 1; i <= n; i++)
                    if (need[i] ~ /^linux-(binary|modules|base)-[0-9].* \(= .*\)$/) {
                        part = need[i]
                        gsub(/[(=)]/, "", part)
                        gsub(/ +/, " ", part)
                        sub(/ $/, "", part)
                        if (part in known)
                            out = out "\t" part
                        else if (part !~ /^linux-base/)
                            next_one = 1
                    }
                if (!next_one)
                    print of[2] "\t" out
                next_one = 0
            }
        }' | sort -V | tail -n 1 | cut -f 2- | tr '\t' '\n'
}

# unpack NAME SUITE: the packages of $work/packages become $kernels/NAME, whole or not at all. Called where a status is asked
# for, it does not stop at a failure by itself.
unpack() {
    part=$kernels/$1.part
    echo "$cache cannot be written" >"$work/why"
    rm -rf "$part" "$work/debs" "$work/tree" && mkdir -p "$part" "$work/debs" "$work/tree" || return 1
    while read -r package version; do
        if ! (cd "$work/debs" && apt_for "$2" apt-get -q download "$package=$version") >"$work/log" 2>&1; then
            echo "$package cannot be had: $(grep -m 1 '^[EW]:' "$work/log" || tail -n 1 "$work/log")" >"$work/why"
            return 1
        fi
    done <"$work/packages"
    for deb in "$work"/debs/*.deb; do
        if ! dpkg -x "$deb" "$work/tree" 2>"$work/log"; then
            echo "${deb##*/} cannot be unpacked: $(tail -n 1 "$work/log")" >"$work/why"
            return 1
        fi
    done
    # In /boot, or from 6.19 on beside the modules.
    image=$(find "$work/tree" -type f \( -name 'vmlinuz-*' -o -path '*/lib/modules/*/vmlinuz' \) | head -n 1)
    modules=$(find "$work/tree" -type d -path '*/lib/modules/*' -name kernel | head -n 1)
    modules=${modules%/kernel}
    release=${modules##*/}
    if [ -z "$image" ] || [ -z "$release" ]; then
        echo "the packages hold no kernel with modules: $(paste -sd ' ' "$work/packages")" >"$work/why"
        return 1
    fi
    # Of modules a guest needs network and virtio ones, and what these stand on.
    (cd "$modules/kernel" && rm -rf fs sound &&
        find drivers -mindepth 1 -maxdepth 1 ! -name net ! -name virtio ! -name char -exec rm -rf {} +) || return 1
    config=$(find "$work/tree" -type f \( -name "config-$release" -o -path "*/lib/modules/$release/config" \) | head -n 1)
    mv "$image" "$part/vmlinuz" &&
        { [ -z "$config" ] || mv "$config" "$part/config"; } &&
        mv "$modules" "$part/modules" &&
        echo "$release" >"$part/release" &&
        cp "$work/packages" "$part/packages" &&
        echo "Debian $2: $(paste -sd ' ' "$work/packages")" >"$part/origin" &&
        rm -rf "${kernels:?}/$1" &&
        mv "$part" "$kernels/$1"
}

# fetch NAME SUITES PATTERN: 0 it is there now; else why not in $work/why
fetch() {
    for s in $(echo "$2" | tr ',' ' '); do
        suite_ready "$s" || continue
        packages "$s" "$3" >"$work/packages"
        if [ ! -s "$work/packages" ]; then
            echo "$s has no linux-image-$3-$flavour all parts of which are to be had" >"$work/why"
            continue
        fi
        if [ -s "$kernels/$1/release" ] && cmp -s "$work/packages" "$kernels/$1/packages"; then
            return 0
        fi
        unpack "$1" "$s" && return 0
    done
    return 1
}

status=0
for name in $wanted; do
    # shellcheck disable=SC2046 # the columns of the row
    set -- $(rows | awk -v n="$name" '$1 == n')
    if fetch "$1" "$2" "$3"; then
        echo "$name: $(cat "$kernels/$name/release") ($(cat "$kernels/$name/origin"))"
    else
        echo "$name: skipped: $(cat "$work/why")" >&2
        status=1
    fi
done
exit $status
