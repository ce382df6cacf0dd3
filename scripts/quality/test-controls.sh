#!/usr/bin/env bash
# Takes each control of security away in turn, in a copy of this checkout, and runs the test that must notice. Those of the
# network boot VMs: with all of them it takes about half an hour on two cores.
# usage: sudo scripts/quality/test-controls.sh [PART OF A NAME OR PATH]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
[[ $(id -u) == 0 ]] || { echo 'test-controls: libvirt and its networks need root: run this with sudo.' >&2; exit 1; }
"$root/scripts/setup.sh"
PATH=$root/node_modules/.bin:$PATH
exec node "$root/scripts/tests/test-controls.ts" "$@"
