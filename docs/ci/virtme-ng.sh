#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the suite on a kernel that was just built, in a virtual machine of virtme-ng: the root of the machine is that of
# the host, read-only; only OUT can be written.
#
#   virtme-ng.sh KERNEL OUT [ARGUMENT of `mptcpspec run`...]
#
# KERNEL is a build tree or an image (what `vng --run` takes). Status: that of `mptcpspec run`, 125 if the machine did
# not come to the end of it. MPTCPSPEC names the program, VNG another vng.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
program=${MPTCPSPEC:-$here/build/mptcpspec}
if [ $# -lt 2 ]; then
    echo "usage: $0 KERNEL OUT [ARGUMENT...]" >&2
    exit 64
fi
kernel=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
shift 2

# The arguments travel as a script: quoting them for two shells would be guesswork. So does the status: not every
# version of vng hands it on.
quote() {
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}
{
    echo '#!/bin/sh'
    printf 'cd /; export TMPDIR=%s MPTCPSPEC_DATA=%s\n' "$(quote "$out/tmp")" "$(quote "${MPTCPSPEC_DATA:-$here}")"
    quote "$program"
    printf ' run --out %s --json %s --junit %s' "$(quote "$out")" "$(quote "$out/results.json")" "$(quote "$out/junit.xml")"
    for argument in "$@"; do
        printf ' '
        quote "$argument"
    done
    printf '\necho $? >%s\n' "$(quote "$out/status")"
} >"$out/guest.sh"
chmod +x "$out/guest.sh"
mkdir -p "$out/tmp"
rm -f "$out/status"

"${VNG:-vng}" --run "$kernel" --user root --cpus 2 --memory 1G --rwdir "$out" --exec "$out/guest.sh" || true
if [ ! -s "$out/status" ]; then
    echo "$0: the machine did not come to the end of the run" >&2
    exit 125
fi
read -r status <"$out/status"
exit "$status"
