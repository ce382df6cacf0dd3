#!/usr/bin/env bash
# Measures how long the Pulumi toolchain takes where it is built, and how long its CLI takes to start.
set -euo pipefail

checkout=$(cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}" 2>/dev/null && pwd) || checkout=
starts=20

if [[ ${1:-} == --help || ! -x $checkout/scripts/toolchain/toolchain.sh || ! -d $checkout/node_modules/typescript ]]; then
  cat <<'TEXT'
usage: scripts/bench/toolchain.sh [CHECKOUT]

Builds the toolchain of a checkout, this one by default, with caches of its own: with all of them empty, with Go's modules
there but nothing compiled, and with everything there. Then it starts the CLI twenty times. It prints a table in Markdown on
standard output, and on standard error what the toolchain says. The checkout needs its npm packages (npm ci), and gets the
caches' toolchain linked: run its scripts/toolchain/toolchain.sh afterwards. Takes 5 to 15 minutes and 4 GB in TMPDIR.

To compare two versions, give it another checkout on the same machine.
TEXT
  [[ ${1:-} == --help ]] || exit 2
  exit
fi

caches=$(mktemp -d)
trap 'rm -rf "$caches"' EXIT
# No release of the CLI, and modules that can be removed.
export WEBHOSTER_GITHUB_URL=http://127.0.0.1:1 WEBHOSTER_CACHE_DIR=$caches/webhoster GOCACHE=$caches/go GOMODCACHE=$caches/modules
export GOFLAGS="-modcacherw ${GOFLAGS:-}" PULUMI_SKIP_UPDATE_CHECK=true
TIMEFORMAT='%R %U %S'

# row WHAT TIMES COMMAND…: a line of the table, for a command that is run so often.
row() {
  local what=$1 times=$2 taken
  shift 2
  taken=$({ time repeat "$times" "$@" >&3 2>&3; } 2>&1)
  awk -v what="$what" -v times="$times" \
    '{ printf "| %s | %.2f | %.2f |\n", what, $1 / times, ($2 + $3) / times }' <<<"$taken"
}

repeat() { for ((i = 0; i < $1; i++)); do "${@:2}"; done; }

toolchain() { timeout 1h "$checkout/scripts/toolchain/toolchain.sh"; }

exec 3>&2
echo "Load average before: $(cut -d ' ' -f 1 /proc/loadavg)"
printf '\n| | seconds | of processors |\n|---|---|---|\n'
row 'nothing there' 1 toolchain
rm -rf "$WEBHOSTER_CACHE_DIR" "$GOCACHE"
row 'modules there' 1 toolchain
row 'all there' 1 toolchain
row 'start of the CLI' "$starts" "$checkout/.toolchain/bin/pulumi" version
printf '\n| program | MB |\n|---|---|\n'
find "$WEBHOSTER_CACHE_DIR/toolchain" -type f -perm -u+x -size +1M -printf '%f %s\n' | sort |
  awk '{ printf "| %s | %.0f |\n", $1, $2 / 1e6 }'
