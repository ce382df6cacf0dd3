#!/usr/bin/env bash
# Tries on bare machines what the README says: from nothing to a running service, and back to nothing.
# Its last line is `N passed, N failed`.
set -euo pipefail
umask 022

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
usage: sudo scripts/test-fresh.sh [--cold] [STORY…]

Makes a bare root of each system from its own archive, starts it as a machine of its own, and there, as a user who has
just cloned this repository, follows the README. Only archives and registries are reached from it.

  STORY     ${SYSTEMS[*]}: quick start, a second start, a restart of the machine, uninstall
            checkout: the set-up of the tests on debian-12, lint, types, and the tests that need no VM
            none: all
  --cold    without what earlier runs left in the cache; prints the time of each stage
TEXT
}

fail() { echo "test-fresh: $*" >&2; exit 1; }

COLD=no stories=()
for argument in "$@"; do
  case $argument in
    --cold) COLD=yes ;;
    --help) usage && exit ;;
    *) stories+=("$argument") ;;
  esac
done
((${#stories[@]})) || stories=("${SYSTEMS[@]}" checkout)
for story in "${stories[@]}"; do
  [[ $story == checkout ]] || is_system "$story" || fail "there is no story $story: name some of ${SYSTEMS[*]} checkout, or none for all."
done
[[ $(id -u) == 0 ]] || fail 'machines and their networks need root: run this with sudo.'

# Those with which machines are made; the others are for what happens in them.
require_tools() {
  local missing
  mapfile -t missing < <(list_missing mmdebstrap systemd-container iproute2 iptables nftables procps)
  ((${#missing[@]} == 0)) || fail "these packages are missing: ${missing[*]}. Run scripts/install-packages.sh, then this again."
}

# A root with its images and a VM has 9 GB.
require_room() {
  local room
  room=$(df --output=avail --block-size=GB "$WORK" | tail -n 1 | tr -dc 0-9)
  ((room >= 12)) || fail "$(dirname "$WORK") has room for $room GB, and a machine needs 12: make room, or name another folder with TMPDIR."
}

leave() {
  local status=$?
  trap '' INT TERM
  if [[ ${MACHINE_CONTAINER:-} ]]; then end_machine && leave_groups; fi
  close_network
  rm -rf --one-file-system "$WORK" "$work"
  exit "$status"
}

WORK=$(mktemp --directory --tmpdir="${TMPDIR:-/var/tmp}" webhoster-fresh.XXXXXX)
FRESH_CACHE=$cache/fresh
require_tools
require_room
exec 9>/run/lock/webhoster-fresh.lock
flock --nonblock 9 || fail 'another run is at work on this machine: wait until it has ended.'
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
mkdir -p "$FRESH_CACHE"
open_network
number=0
for story in "${stories[@]}"; do
  number=$((number + 1))
  printf '\n# %s\n' "$story"
  if [[ $story == checkout ]]; then checkout_story "$number"; else installation_story "$story" "$number"; fi
done
print_systems
finish
