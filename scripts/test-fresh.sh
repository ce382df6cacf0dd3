#!/usr/bin/env bash
# Tries on bare machines what the README says: from nothing to a running service, and back to nothing.
# Its last line is `N passed, N failed`.
set -euo pipefail
umask 022

[[ $(id -u) == 0 ]] || { echo 'test-fresh: machines and their networks need root: run this with sudo.' >&2 && exit 1; }
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/fresh/run.sh"
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

COLD=no systems=()
for argument in "$@"; do
  case $argument in
    --cold) COLD=yes ;;
    --help) usage && exit ;;
    checkout) systems+=(checkout) ;; # The second root of debian-12 alone, for work on it.
    *)
      is_system "$argument" || fail "there is no system $argument: name some of ${SYSTEMS[*]}, or none for all."
      systems+=("$argument")
      ;;
  esac
done
((${#systems[@]})) || systems=("${SYSTEMS[@]}")

begin_run
for system in "${systems[@]}"; do
  [[ $system == checkout ]] || installation_story "$system"
  [[ $system != checkout && $system != debian-12 ]] || checkout_story
done
print_systems
finish
