#!/usr/bin/env bash
# Everything of an installation in one archive: users, hostings, Pulumi's state, configuration, certificate, disks of VMs and
# sites.
# Workers wait meanwhile, and each VM stands still while its disk is copied; sites and the API stay up.
# usage: sudo scripts/backup.sh ARCHIVE    holds secrets: keep it where only you can read it
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"
source "$ROOT/scripts/lib/virsh.sh"
source "$ROOT/scripts/docker/archive.sh"

archive=${1:-}
[[ $archive && $archive != -* ]] || fail "usage: sudo $0 ARCHIVE, e.g. webhoster-$(date +%F).tar.gz"
[[ $(id -u) == 0 ]] || fail 'Disks of VMs need root: run this with sudo.'
[[ -f $ROOT/.env ]] || fail "There is no .env in $ROOT: this is for an installation that scripts/docker-start.sh made."
[[ ! -e $archive ]] || fail "$archive is there already: name another file."
load_configuration
one_at_a_time
[[ $(container postgres) ]] || fail 'PostgreSQL does not run: start the installation with scripts/docker-start.sh.'

# On the file system of the archive, which has the room for it.
work=$(mktemp -d "$(dirname "$archive")/.backup.XXXXXX")
paused=
stopped=
undo() {
  [[ ! $paused ]] || go_on "$paused" || say "$paused still stands still: virsh resume $paused"
  [[ ! $stopped ]] || compose start worker || say 'The workers are still stopped: run scripts/docker-start.sh'
  rm -rf "$work"
}
trap undo EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

LOG=/dev/null
mkdir "$work/content" "$work/content/disks" "$work/content/libvirt"

# A worker gives back what it works on, and what comes meanwhile waits in the queue.
stop_workers() {
  stopped=yes
  with_progress 'workers give back what they work on' compose stop worker
}

copy_databases() {
  local database
  for database in "${DATABASES[@]}"; do
    compose exec -T postgres pg_dump -h /tmp -U postgres --format custom "$database" >"$work/content/$database.dump" </dev/null
    # It reads the whole table of contents, which stands at the end.
    compose exec -T postgres pg_restore --list <"$work/content/$database.dump" >/dev/null
  done
}

copy_definitions() {
  local name domain
  name=$(node_name)
  virsh net-dumpxml --inactive "$name" >"$work/content/libvirt/network.xml"
  virsh pool-dumpxml "$name" >"$work/content/libvirt/pool.xml"
  cp "$WEBHOSTER_DATA_DIR/vms/firewall/rules.nft" "$work/content/libvirt/firewall.nft"
  for domain in "${vms[@]}"; do
    virsh dumpxml --inactive --security-info "$domain" >"$work/content/libvirt/$domain.xml"
    [[ $(virsh domstate "$domain") != running ]] || echo "$domain" >>"$work/content/libvirt/running"
  done
}

# A guest that stood still does not know for how long. One without an agent is right again when its own NTP is; under this
# kernel it has no clock of hardware to write to, which is an error here although the time is set.
go_on() {
  # Said so here: behind || the shell goes on after a command that fails.
  virsh resume "$1" || return
  virsh qemu-agent-command "$1" '{"execute":"guest-set-time","arguments":{"time":'"$(date +%s%N)"'}}' --timeout 5 >/dev/null 2>&1 || true
}

# What a VM has written is on its disk as after a power cut: its file system's journal makes it whole.
copy_disks() {
  local domain file disks=$WEBHOSTER_DATA_DIR/vms/disks
  cp --sparse=always --reflink=auto "$disks"/guest-* "$work/content/disks/"
  for domain in "${vms[@]}"; do
    if [[ $(virsh domstate "$domain") == running ]]; then
      paused=$domain
      virsh suspend "$domain"
    fi
    for file in "$disks/$domain".*; do cp --sparse=always --reflink=auto "$file" "$work/content/disks/"; done
    [[ ! $paused ]] || go_on "$domain"
    paused=
  done
}

copy_configuration() {
  cp "$ROOT/.env" "$work/content/env"
  cp "$WEBHOSTER_DATA_DIR/tls/edge.pem" "$work/content/edge.pem"
  # The operator's own, where there are any.
  [[ ! -f $WEBHOSTER_DATA_DIR/tls/sites.pem ]] || cp "$WEBHOSTER_DATA_DIR/tls/sites.pem" "$work/content/sites.pem"
  [[ ! -d $WEBHOSTER_DATA_DIR/acme ]] || cp --archive "$WEBHOSTER_DATA_DIR/acme" "$work/content/acme"
  compose exec -T proxy tar --create --directory /var/lib/webhoster/proxy sites >"$work/content/sites.tar" </dev/null
}

stop_workers
# Not in the background: what has to be undone must be known here. Each for itself: joined by && a failure within one of
# them would go unnoticed.
start=$SECONDS
copy_databases
vms=()
list=$(domains)
[[ ! $list ]] || mapfile -t vms <<<"$list"
hostings=$(compose exec -T postgres psql -h /tmp -U postgres -d webhoster -Atc "SELECT count(*) FROM hostings WHERE status IN ('running', 'asleep')" </dev/null)
((${#vms[@]} >= hostings)) || fail "There are $hostings hostings, but only ${#vms[@]} VMs on the node: nothing was saved."
copy_definitions
copy_configuration
did 'databases, definitions, configuration, sites' "$start"
start=$SECONDS
copy_disks
did "disks of ${#vms[@]} VM(s)" "$start"
with_progress 'packing' tar --create --gzip --sparse --directory "$work/content" --file "$work/archive" .
mv "$work/archive" "$archive"
say "$archive: $(du -h "$archive" | cut -f 1). It holds all secrets of this installation."
