#!/usr/bin/env bash
# Takes away what scripts/docker-start.sh made, and asks before it takes what belongs to users.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/docker/install.sh"
source "$ROOT/scripts/docker/images.sh"
source "$ROOT/scripts/lib/virsh.sh"
source "$ROOT/scripts/docker/archive.sh"

usage() {
  cat <<'TEXT'
usage: sudo scripts/uninstall.sh [--data | --keep-data]

Stops and removes the containers, images and what they were made from. Users, VMs, their disks, the secrets and the
packages that were installed go only after a question.

  --data       takes them away too, and asks nothing
  --keep-data  leaves them, and asks nothing: scripts/docker-start.sh brings all back
TEXT
}

DATA=ask
for argument in "$@"; do
  case $argument in
    --data) DATA=yes ;;
    --keep-data) DATA=no ;;
    --help) usage && exit ;;
    *) fail "There is no option $argument. See $0 --help" ;;
  esac
done
[[ $(id -u) == 0 ]] || fail 'Docker and libvirt need root: run this with sudo.'
[[ -f $ROOT/.env ]] || fail "There is no .env in $ROOT, so scripts/docker-start.sh did not make an installation from here."
load_configuration
one_at_a_time
begin_work uninstall
# What cannot be asked cannot be taken away.
docker_answers || with_progress 'starting Docker' wait_for_docker
with_progress 'libvirt' "$ROOT/scripts/start-libvirt.sh"
if [[ $DATA == ask ]]; then
  [[ -t 0 ]] || fail 'Nobody is there to ask: run this with --data or --keep-data.'
  say "All users, their VMs with every file on them, and the secrets are in danger: $(domains | wc -w) VM(s)."
  read -r -p 'Remove them too? Type REMOVE to do so, anything else keeps them: ' answer
  if [[ $answer == REMOVE ]]; then DATA=yes; else DATA=no; fi
fi

remove_vms() {
  local domain name list
  name=$(node_name)
  list=$(domains)
  for domain in $list; do
    [[ $(virsh domstate "$domain") == 'shut off' ]] || virsh destroy "$domain"
    virsh undefine "$domain" --managed-save --snapshots-metadata --nvram
  done
  if virsh net-info "$name" >/dev/null 2>&1; then
    virsh net-destroy "$name" || true # It may not be active.
    virsh net-undefine "$name"
  fi
  if virsh pool-info "$name" >/dev/null 2>&1; then
    virsh pool-destroy "$name" || true
    virsh pool-undefine "$name"
  fi
  "$ROOT/scripts/node/remove-firewall.sh" "$NODE_NAME"
  # libvirt's hook serves all installations of this machine.
  [[ ! -d /etc/libvirt/webhoster ]] || rmdir --ignore-fail-on-non-empty /etc/libvirt/webhoster
  if [[ ! -d /etc/libvirt/webhoster ]]; then
    rm -f /etc/libvirt/hooks/network.d/webhoster
    [[ ! -d /etc/libvirt/hooks/network.d ]] || rmdir --ignore-fail-on-non-empty /etc/libvirt/hooks/network.d
  fi
}

remove_images() {
  local name
  for name in app proxy postgres redis builder compiler base; do
    [[ ! $(sum_in "$name") ]] || docker image rm "$(image "$name")"
  done
  docker image prune --force --filter label=webhoster.made-from
}

# Those that are written down as ours, unless something else has come to need them.
remove_packages() {
  local list=$WEBHOSTER_DATA_DIR/installed-packages packages plan others
  [[ -s $list ]] || return 0
  mapfile -t packages < <(LC_ALL=C sort -u "$list")
  plan=$(apt-get --simulate remove "${packages[@]}") || { echo "Left alone, because apt refuses: ${packages[*]}" && return; }
  others=$(awk '/^(Purg|Remv) / { print $2 }' <<<"$plan" | LC_ALL=C sort |
    LC_ALL=C comm -23 - <(printf '%s\n' "${packages[@]%%:*}" | LC_ALL=C sort))
  if [[ $others ]]; then
    echo "Left alone, because of ${others//$'\n'/ }: ${packages[*]}"
    return 0
  fi
  if [[ $(docker ps --all --quiet) || $(virsh list --all --name) ]]; then
    echo "Left alone, because there are other containers or VMs: ${packages[*]}"
    return 0
  fi
  stop_docker
  # Not purged: Docker's package would take everybody's images and volumes along.
  DEBIAN_FRONTEND=noninteractive apt-get remove --yes "${packages[@]}"
}

# One that was started by hand. Where it is a service, its package stops it.
stop_docker() {
  local pid=/run/webhoster-dockerd.pid
  [[ -f $pid ]] || return 0
  [[ $(cat "/proc/$(<"$pid")/comm" 2>/dev/null) != dockerd ]] || kill "$(<"$pid")"
  rm "$pid"
}

if [[ $DATA == yes ]]; then
  with_progress 'containers, users and state' compose down --volumes --timeout 20
  with_progress 'VMs' remove_vms
else
  with_progress 'containers' compose down --timeout 20
fi
with_progress 'images' remove_images
if [[ $DATA == yes ]]; then
  with_progress 'packages that were installed' remove_packages
  rm -rf "${WEBHOSTER_DATA_DIR:?}/vms" "$WEBHOSTER_DATA_DIR/tls" "$WEBHOSTER_DATA_DIR/installed-packages" "$ROOT/.env"
  rm -f /run/webhoster-domain-type-*
  # Whatever else is in them is not ours.
  [[ ! -d $WEBHOSTER_DATA_DIR/acme ]] || rmdir --ignore-fail-on-non-empty "$WEBHOSTER_DATA_DIR/acme"
  rmdir --ignore-fail-on-non-empty "$WEBHOSTER_DATA_DIR"
  # Others may have put theirs into a folder that was there before.
  [[ ! -e $WEBHOSTER_CACHE_DIR/made-by-docker-start ]] || rm -rf "$WEBHOSTER_CACHE_DIR"
  say 'Webhoster is gone from this machine, but for this folder.'
else
  say "Kept: VMs, their disks in $WEBHOSTER_DATA_DIR, users and state in Docker's volumes, and .env."
fi
