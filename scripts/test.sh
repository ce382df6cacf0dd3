#!/usr/bin/env bash
# The one test command: installs what is missing, then lints, checks types, and runs every test.
# Its last line is `N passed, N failed`.
# usage: sudo scripts/test.sh [without-vms | on-vms]    lint, types and the tests that need no VM; or those that do
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# Whoever reads the last line must find one, also when it does not come to the tests.
trap 'printf "\n0 passed, 1 failed\n"' ERR

step() { printf '\n== %s (after %s s)\n' "$*" "$SECONDS"; }

[[ ${1:-} =~ ^(|without-vms|on-vms)$ ]] || { echo "test: there is no $1: name without-vms or on-vms, or none for all." >&2; exit 1; }
[[ $(id -u) == 0 ]] || { echo 'test: libvirt and its networks need root: run this with sudo.' >&2; exit 1; }
step 'setup'
scripts/setup.sh
PATH=$root/node_modules/.bin:$PATH
if [[ ${1:-} != without-vms ]]; then
  step 'guest image'
  scripts/images/build-guest-image.sh
fi
if [[ ${1:-} != on-vms ]]; then
  step 'lint'
  npm run --silent lint
  step 'types'
  npm run --silent types
fi
step 'tests'
exec node scripts/tests/run-tests.ts "$@"
