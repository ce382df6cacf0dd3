#!/usr/bin/env bash
# Builds Pebble, an ACME server for tests, and its DNS, in the cache, unless they are there. Its last line is their folder.
# shellcheck source-path=SCRIPTDIR/../toolchain disable=SC2034 # what go.sh reads
set -euo pipefail

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HERE=$CHECKOUT/scripts/toolchain
CHECKSUMS=$HERE/checksums.txt
source "$CHECKOUT/scripts/lib/cache.sh"
TOOLS=$cache/toolchain
source "$HERE/versions.sh"
source "$HERE/lib.sh"
source "$HERE/go.sh"
sources=$CHECKOUT/test/support/acme/pebble

make_pebble() {
  find_go
  say 'building Pebble (minutes when the build cache of Go is cold)'
  env --chdir="$sources" CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$GO" build -mod=readonly -trimpath -buildvcs=false \
    -o "$1/" tool >&2 ||
    fail "Pebble could not be built: see Go's message above; GOPROXY must lead to a Go module proxy."
}

version=$(cat "${BASH_SOURCE[0]}" "$sources"/* | sha256sum | cut -c 1-12)
lock_cache
ensure pebble "$version" make_pebble
echo "$TOOLS/pebble/$version"
