#!/usr/bin/env bash
# Makes the Pulumi toolchain ready: the CLI, the Terraform bridge, the libvirt provider and @pulumi/libvirt.
# They are kept outside the checkout by version, and brought into .toolchain/. Safe to run again.
# usage: scripts/toolchain/toolchain.sh [--programs]    without the SDK, which needs npm packages
# shellcheck source-path=SCRIPTDIR
set -euo pipefail

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
HERE=$CHECKOUT/scripts/toolchain
CHECKSUMS=$HERE/checksums.txt
. "$CHECKOUT/scripts/lib/cache.sh"
TOOLS=$cache/toolchain

. "$HERE/versions.sh"
. "$HERE/lib.sh"
. "$HERE/go.sh"
. "$HERE/light.sh"
. "$HERE/tools.sh"
. "$HERE/sdk.sh"
. "$HERE/link.sh"

[[ $(uname -m) == x86_64 ]] || fail "There is no toolchain for $(uname -m): use a machine with an x86-64 processor."
for command in curl flock jq sha256sum tar unzip; do
  command -v "$command" >/dev/null || fail "'$command' is missing: run scripts/install-packages.sh first."
done

lock_cache
make_programs
link_programs
# Beside npm, which makes node_modules anew.
[[ ${1:-} != --programs ]] || exit 0
if [[ -d $CHECKOUT/node_modules ]]; then
  sdk=$(sdk_version)
  ensure pulumi-libvirt "$sdk" make_sdk
  copy_sdk "$sdk"
  say "ready: Pulumi $PULUMI_VERSION, Terraform bridge $BRIDGE_VERSION, libvirt provider and SDK $PROVIDER_VERSION"
else
  say "ready, but for @pulumi/libvirt: run 'npm ci' and then this again."
fi
