#!/usr/bin/env bash
# Runs a whole Webhoster natively on this machine until Ctrl-C.
set -euo pipefail
# What is made here is read by others than root, whoever runs this.
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ${1:-} == --help ]]; then
  cat <<'TEXT'
usage: sudo scripts/dev.sh

Installs what is missing, starts PostgreSQL, Redis, nginx, the api and the workers, prints their addresses, and stops
them all on Ctrl-C. VMs keep running. These variables change where:

  WEBHOSTER_DATA_DIR  data, logs and disks of VMs      /var/lib/webhoster
  HTTP_PORT           sites, API and documents         80
  HTTPS_PORT          the same over HTTPS              443
  HTTPS_REDIRECT      from HTTP: off, on or strict     off
  API_PORT            the api itself, on loopback      8000
  POSTGRES_PORT       on loopback                      5442
  REDIS_PORT          on loopback                      6389
  WORKERS             operations at the same time      1

Other variables of docs/configuration.md work too, e.g. VM_NETWORK=10.77.0.0/24, but for those that follow from these.
TEXT
  exit
fi

[[ $(id -u) == 0 ]] || { echo 'dev: libvirt and its networks need root: run this with sudo.' >&2; exit 1; }
"$root/scripts/setup.sh"
exec "$root/node_modules/.bin/node" "$root/scripts/dev/dev.ts"
