#!/usr/bin/env bash
# Tries on bare machines what the README says: from nothing to a running service, and back to nothing.
# Its last line is `N passed, N failed`.
set -euo pipefail
umask 022

[[ $(id -u) == 0 ]] || { echo 'test-fresh: machines and their networks need root: run this with sudo.' >&2 && exit 1; }
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/checks.sh"
source "$ROOT/scripts/cache.sh"
source "$ROOT/scripts/packages.sh"
source "$ROOT/scripts/fresh/systems.sh"
source "$ROOT/scripts/fresh/network.sh"
source "$ROOT/scripts/fresh/root.sh"
source "$ROOT/scripts/fresh/machine.sh"
source "$ROOT/scripts/fresh/story.sh"
source "$ROOT/scripts/fresh/versions.sh"
source "$ROOT/scripts/fresh/installation.sh"
source "$ROOT/scripts/fresh/checkout.sh"

usage() {
  cat <<TEXT
usage: sudo scripts/test-fresh.sh [--cold] [SYSTEM…]

Makes a bare root of each system from its own archive, starts it as a machine of its own, and there, as a user who has
just cloned this repository, follows the README. Only archives and registries are reached from it.

  SYSTEM    ${SYSTEMS[*]}, or all when none is named: the quick start, a second start, a restart of the machine,
            uninstalling; beside debian-12 in a second root the set-up of the tests, lint, types, and those that need no VM
  --cold    without what earlier runs left in the cache; prints the time of each stage
TEXT
}

fail() { echo "test-fresh: $*" >&2; exit 1; }

COLD=no systems=()
for argument in "$@"; do
  case $argument in
    --cold) COLD=yes ;;
    --help) usage && exit ;;
    checkout) systems+=(checkout) ;; # The second root of debian-12 alone, for work on it.
    *) is_system "$argument" || fail "there is no system $argument: name some of ${SYSTEMS[*]}, or none for all." && systems+=("$argument") ;;
  esac
done
((${#systems[@]})) || systems=("${SYSTEMS[@]}")

# Those with which machines are made; the others are for what happens in them.
require_tools() {
  local missing
  mapfile -t missing < <(list_missing mmdebstrap systemd-container iproute2 iptables nftables procps)
  ((${#missing[@]} == 0)) || fail "these packages are missing: ${missing[*]}. Run scripts/install-packages.sh, then this again."
}

# A root with its images and a VM has 9 GB.
require_room() {
  local room
  room=$(($(df --output=avail --block-size=MB "$WORK" | tail -n 1 | tr -dc 0-9) / 1000))
  ((room >= 12)) || fail "$(dirname "$WORK") has room for $room GB, and a machine needs 12: make room, or name another folder with TMPDIR."
}

leave() {
  local status=$? children
  trap '' INT TERM HUP
  if [[ ${MACHINE_CONTAINER:-} ]]; then end_machine && forget_machine; fi
  children=$(jobs -pr)
  # shellcheck disable=SC2086 # one word each
  [[ ! $children ]] || { kill $children 2>/dev/null; wait; }
  [[ ! ${network_open:-} ]] || close_network
  rm -rf --one-file-system "$WORK" "$work"
  exit "$status"
}

require_tools
WORK=$(mktemp --directory --tmpdir="${TMPDIR:-/var/tmp}" webhoster-fresh.XXXXXX)
FRESH_CACHE=$cache/fresh
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
require_room
mkdir -p "$FRESH_CACHE"
open_network
network_open=yes
for system in "${systems[@]}"; do
  [[ $system == checkout ]] || installation_story "$system"
  [[ $system != checkout && $system != debian-12 ]] || checkout_story
done
print_systems
finish
