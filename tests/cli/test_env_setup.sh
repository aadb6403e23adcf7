#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scripts/setup.sh: quick and silent when all is there; an ordinary user without sudo is told the exact line.
set -u
# shellcheck source=tests/cli/env_lib.sh
. "$(dirname "$0")/env_lib.sh" "$@"
need_root
need setpriv apt-get pkg-config cc
mkdir "$tmp/copy" "$tmp/fake"
cp "$root/scripts/setup.sh" "$tmp/copy/"
chmod -R a+rX "$tmp/copy" "$tmp/fake"
setup=$tmp/copy/setup.sh
what_is_here=$PATH

capture ordinary env HOME="$tmp/work" sh "$setup"
[ "$status" -eq 2 ] && skip "not all packages are here: $(head -n 1 "$tmp/err")"
start=$SECONDS
capture ordinary env HOME="$tmp/work" sh "$setup"
want_status 0
want_no out '.'
want_no err '.'
[ $((SECONDS - start)) -le 3 ] || oops "took $((SECONDS - start)) s though all is there"
want_clean

# told WORD: without sudo the missing thing and the command to type are named, and nothing is installed.
told() {
    capture ordinary env HOME="$tmp/work" PATH="$tmp/fake:$what_is_here" sh "$setup"
    want_status 2
    want_no out '.'
    want err "^missing:.* $1( |\$)"
    want err '^  apt-get install -y --no-install-recommends .*libpcap-dev .*libnet1-dev'
    want_no err 'Permission denied|not found'
    want_clean
}

# sudo that wants a password is as good as none.
printf '#!/bin/sh\nexit 1\n' >"$tmp/fake/sudo"
# One library that pkg-config does not know.
real=$(command -v pkg-config)
cat >"$tmp/fake/pkg-config" <<EOF
#!/bin/sh
for a; do [ "\$a" = libmnl ] && exit 1; done
exec $real "\$@"
EOF
chmod 755 "$tmp/fake"/*
told libmnl

# No header of libnet.
rm "$tmp/fake/pkg-config"
printf '#!/bin/sh\nexit 1\n' >"$tmp/fake/cc"
chmod 755 "$tmp/fake/cc"
told libnet
rm "$tmp/fake/cc"

# A command that is not there at all: a PATH of links to all others. Without a program that talks in scenarios all goes on.
for d in /usr/bin /bin /usr/sbin /sbin; do
    for f in "$d"/*; do
        n=${f##*/}
        [ "$n" = ncat ] || [ "$n" = sudo ] || [ -e "$tmp/fake/$n" ] || ln -s "$f" "$tmp/fake/$n" 2>/dev/null
    done
done
what_is_here=$tmp/fake
capture ordinary env HOME="$tmp/work" PATH="$tmp/fake" sh "$setup"
want_status 0
want_no out '.'
want err '^without ncat: scenarios that need them will be skipped$'
want_clean
rm "$tmp/fake/xmllint"
told xmllint

# No apt-get either: what to install is named in general.
rm "$tmp/fake/apt-get"
capture ordinary env HOME="$tmp/work" PATH="$tmp/fake" sh "$setup"
want_status 2
want err 'no apt-get'
want err 'dnf install'
want_clean
done_testing
