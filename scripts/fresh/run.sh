# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # variables of the scripts that source this one, and for them
# Sourced, with ROOT set, by what tries something on bare machines: all that makes them, and takes them away at the end.

# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/lib/checks.sh"
source "$ROOT/scripts/lib/cache.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/fresh/systems.sh"
source "$ROOT/scripts/fresh/network.sh"
source "$ROOT/scripts/fresh/root.sh"
source "$ROOT/scripts/fresh/machine.sh"
source "$ROOT/scripts/fresh/story.sh"

fail() { echo "${0##*/}: $*" >&2; exit 1; }

# begin_run: makes WORK, the folder of the roots.
begin_run() {
  FRESH_CACHE=$cache/fresh
  require_tools
  WORK=$(mktemp --directory --tmpdir="${TMPDIR:-/var/tmp}" webhoster-fresh.XXXXXX)
  # apt, which mmdebstrap runs, reads what is there as its own user.
  chmod 0711 "$WORK"
  trap leave EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  require_room
  mkdir -p "$FRESH_CACHE"
  network_open=yes
  open_network
}

# Those with which machines are made; others are for what happens in them.
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
  # What runs in the background does not get Ctrl-C.
  children=$(jobs -pr)
  # shellcheck disable=SC2086 # one word each
  [[ ! $children ]] || { kill $children 2>/dev/null; wait; }
  [[ ! ${network_open:-} ]] || close_network || true
  rm -rf --one-file-system "$WORK" "$work"
  exit "$status"
}
