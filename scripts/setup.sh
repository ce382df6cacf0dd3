#!/usr/bin/env bash
# Brings a checkout to where everything in it runs: system packages, npm packages, and the Pulumi toolchain.
# Takes a moment when all is there. Safe to interrupt and run again.
set -euo pipefail
# What is made here is read by others than root, whoever runs this.
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
stamp=$root/node_modules/.webhoster-lock

install_npm_packages() {
  local wanted
  wanted=$(cat "$root/package.json" "$root/package-lock.json" "$root/.npmrc" | sha256sum)
  [[ $(cat "$stamp" 2>/dev/null || true) == "$wanted" ]] && return
  echo 'setup: installing npm packages' >&2
  npm ci --prefix "$root" --no-progress --loglevel=error >&2
  echo "$wanted" >"$stamp"
}

source "$root/scripts/lib/cache.sh"
"$root/scripts/install-packages.sh"
# From now on it is not only an installation's, which takes it along.
rm -f "$cache/made-by-docker-start"
install_npm_packages
"$root/scripts/toolchain/toolchain.sh"
