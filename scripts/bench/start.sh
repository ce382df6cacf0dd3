#!/usr/bin/env bash
# How long scripts/docker-start.sh takes on a bare debian-12, cold and run again: of a revision, and of this checkout, one
# after the other. Let nothing else run meanwhile.
# usage: sudo scripts/bench.sh start [REVISION]    without one only this checkout
set -euo pipefail
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../fresh
source "$ROOT/scripts/fresh/run.sh"

COLD=yes
begin_run
for revision in ${1:+"$1"} ''; do
  CLONE_OF=$revision
  begin_story "${revision:-this checkout}" debian-12
  # The list of before had it not, and ended there.
  then_check 'qemu-utils, curl, jq and SSH from packages' in_machine sh -c \
    'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends qemu-utils curl jq openssh-client'
  then_check 'cold' typed 'sudo ./scripts/docker-start.sh --yes'
  sed -nE 's/^  (.* [0-9]+ s)$/    \1/p' "$WORK/$MACHINE.log"
  then_check 'run again' typed 'sudo ./scripts/docker-start.sh --yes'
  end_story
done
finish
