#!/usr/bin/env bash
# Brings an installation back from an archive of scripts/backup.sh, on a machine that has none: users, VMs with their
# disks, sites. The machine may be bare; scripts/docker-start.sh does the rest.
# usage: sudo scripts/restore.sh ARCHIVE
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"
source "$ROOT/scripts/lib/virsh.sh"
source "$ROOT/scripts/docker/archive.sh"

archive=${1:-}
[[ -f $archive ]] || fail "usage: sudo $0 ARCHIVE, which scripts/backup.sh made"
[[ $(id -u) == 0 ]] || fail 'Docker and libvirt need root: run this with sudo.'
[[ ! -e $ROOT/.env ]] || fail "There is an installation already ($ROOT/.env). Take it away first: scripts/uninstall.sh"

work=$(mktemp -d /var/tmp/webhoster-restore.XXXXXX)
on_exit() {
  local status=$?
  rm -rf "$work"
  ((status == 0)) || [[ ! -f $ROOT/.env ]] ||
    say "The restore was not finished. Take away what there is of it (scripts/uninstall.sh --data), and restore again."
}
trap on_exit EXIT
LOG=$work/log

refuse_remains() {
  [[ ! -d $WEBHOSTER_DATA_DIR/vms/disks || ! $(ls -A "$WEBHOSTER_DATA_DIR/vms/disks") ]] ||
    fail "There are disks in $WEBHOSTER_DATA_DIR/vms/disks. Move them away, and run this again."
}

restore_databases() {
  local database
  for database in "${DATABASES[@]}"; do
    compose exec -T postgres pg_restore -h /tmp -U postgres --exit-on-error --clean --if-exists --dbname "$database" \
      <"$work/content/$database.dump"
  done
}

# Under the same names, places and ids, so that Pulumi's state is true again.
restore_vms() {
  local qemu_user definition domain disks=$WEBHOSTER_DATA_DIR/vms/disks name
  name=$(node_name)
  qemu_user=$(cut -d : -f 1 /etc/passwd | grep -xE -m 1 'libvirt-qemu|qemu' || echo root)
  install -d -m 0711 "$WEBHOSTER_DATA_DIR" "$WEBHOSTER_DATA_DIR/vms"
  install -d -m 0700 -o "$qemu_user" "$disks"
  install -d -m 0700 "$WEBHOSTER_DATA_DIR/vms/consoles"
  cp --sparse=always "$work/content/disks"/* "$disks/"
  chmod 0644 "$disks"/*
  # The network starts with them in force.
  install -D -m 0644 "$work/content/libvirt/firewall.nft" "$WEBHOSTER_DATA_DIR/vms/firewall/rules.nft"
  install -d /etc/libvirt/webhoster
  ln -sfn "$WEBHOSTER_DATA_DIR/vms/firewall/rules.nft" "/etc/libvirt/webhoster/$name.nft"
  virsh net-define "$work/content/libvirt/network.xml"
  virsh net-autostart "$name"
  virsh net-start "$name"
  virsh pool-define "$work/content/libvirt/pool.xml"
  virsh pool-autostart "$name"
  virsh pool-start "$name"
  for definition in "$work/content/libvirt"/vm-*.xml; do
    [[ -f $definition ]] || continue
    domain=$(basename "$definition" .xml)
    virsh define "$definition"
    grep -qx "$domain" "$work/content/libvirt/running" || continue
    virsh autostart "$domain"
    virsh start "$domain" || say "$domain does not start now: the worker tries again once it runs"
  done
}

restore_sites() {
  compose run --rm --no-deps -T --user root worker tar --extract --no-same-owner --directory /var/lib/webhoster/proxy \
    <"$work/content/sites.tar"
}

mkdir "$work/content"
with_progress 'unpacking' tar --extract --gzip --directory "$work/content" --file "$archive"
for part in env edge.pem webhoster.dump pulumi.dump sites.tar libvirt libvirt/firewall.nft disks; do
  [[ -e $work/content/$part ]] || fail "$archive is no archive of scripts/backup.sh: it has no $part."
done
# shellcheck source=/dev/null
(source "$work/content/env" && refuse_remains)
install -m 0600 "$work/content/env" "$ROOT/.env"
load_configuration
one_at_a_time
install -d -m 0711 "$WEBHOSTER_DATA_DIR"
install -D -m 0600 "$work/content/edge.pem" "$WEBHOSTER_DATA_DIR/tls/edge.pem"
[[ ! -f $work/content/sites.pem ]] || install -m 0600 "$work/content/sites.pem" "$WEBHOSTER_DATA_DIR/tls/sites.pem"
chmod 0700 "$WEBHOSTER_DATA_DIR/tls"
[[ ! -d $work/content/acme ]] || cp --archive "$work/content/acme" "$WEBHOSTER_DATA_DIR/"
# The machine, the images and PostgreSQL.
"$ROOT/scripts/docker-start.sh" --yes --until-database
step 'Bringing back'
start=$SECONDS
restore_databases
did 'databases' "$start"
with_progress 'VMs and their disks' restore_vms
start=$SECONDS
restore_sites
did 'sites' "$start"
"$ROOT/scripts/docker-start.sh" --yes
