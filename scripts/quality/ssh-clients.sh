#!/usr/bin/env bash
# Makes those SSH clients that tests connect with and that are neither Debian's, npm's nor PyPI's, in the cache, unless they are
# there. Its last line is their folder: go-client, and JSch's jars.
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
sources=$CHECKOUT/test/guest/clients/go

# The first with Ed25519 and the last, with the checksums of these files.
maven=https://repo1.maven.org/maven2/com/github/mwiede/jsch
declare -A jsch=(
  [0.1.61]=b5f96eb545c1167bfa10a1da82290b754c72dac0e5a85e899cd0c6c20c555870
  [2.28.8]=2afca1357d816028f2ac33f22407d2488a68406682973949cebb1b8ea6688a8b
)

make_clients() {
  local version
  for version in "${!jsch[@]}"; do
    fetch_verified "$maven/$version/jsch-$version.jar" "${jsch[$version]}" "$1/jsch-$version.jar" ||
      fail "JSch $version cannot be had from Maven Central: see above."
  done
  find_go
  env --chdir="$sources" CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$GO" build -mod=readonly -trimpath -buildvcs=false -o "$1/go-client" . >&2 ||
    fail "Go's client could not be built: see Go's message above; GOPROXY must lead to a Go module proxy."
}

version=$(cat "${BASH_SOURCE[0]}" "$sources"/* | sha256sum | cut -c 1-12)
lock_cache
ensure ssh-clients "$version" make_clients
echo "$TOOLS/ssh-clients/$version"
