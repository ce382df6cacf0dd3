#!/usr/bin/env bash
# From a bare machine to a running Webhoster in containers. Run again it completes what is missing and leaves alone the rest.
set -euo pipefail
# What is laid into images must be there for the users of containers, whoever runs this.
umask 022

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
YES=no CHECK=no UNTIL_DATABASE=no
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"
source "$ROOT/scripts/lib/domain-type.sh"
source "$ROOT/scripts/lib/virsh.sh"
source "$ROOT/scripts/docker/preflight.sh"
source "$ROOT/scripts/docker/host.sh"
source "$ROOT/scripts/lib/packages.sh"
source "$ROOT/scripts/docker/install.sh"
source "$ROOT/scripts/docker/configuration.sh"
source "$ROOT/scripts/docker/terms.sh"
source "$ROOT/scripts/docker/images.sh"

usage() {
  cat <<'TEXT'
usage: sudo scripts/docker-start.sh [--check] [--yes]

Looks whether this machine is fit, installs what is missing (Docker, libvirt, QEMU), makes the configuration and the
images, starts the containers, and proves that all of it answers. Run it again whenever something is missing.

  --check   only looks, and changes nothing
  --yes     installs packages without asking; it agrees to nobody's terms

At the first run these variables say where, after that .env does; docs/configuration.md has all of them:

  HTTP_PORT           sites, API and documents         80
  HTTPS_PORT          the same over HTTPS              443
  HTTPS_REDIRECT      from HTTP: off, on or strict     off
  API_PORT            the api itself, on loopback      8000
  PUBLIC_URL          how users reach this server      http://localhost
  SITES_DOMAIN        sites are at {name}.SITES_DOMAIN localhost, or none where PUBLIC_URL is elsewhere
  ACME_DIRECTORY      who issues certificates (RFC 8555) none
  ACME_EMAIL          whom that may write to           nobody
  TRUSTED_PROXIES     proxies in front of this server  none
  WEBHOSTER_DATA_DIR  disks of VMs                     /var/lib/webhoster
  WEBHOSTER_CACHE_DIR what images are made from        /var/cache/webhoster
  VM_NETWORK          addresses of the VMs             192.168.122.0/24, or the next free one
  VM_REFUSED_NETWORKS what VMs may not reach           networks that are not public
  DOCKER_SUBNET       addresses of the containers      172.20.0.0/16, or the next free one
  WORKERS             containers that carry out changes 1
TEXT
}

for argument in "$@"; do
  case $argument in
    --check) CHECK=yes ;;
    --yes) YES=yes ;;
    --until-database) UNTIL_DATABASE=yes ;; # For scripts/restore.sh.
    --help) usage && exit ;;
    *) fail "There is no option $argument. See $0 --help" ;;
  esac
done

start_containers() {
  step 'Containers'
  with_progress 'PostgreSQL and Redis' start_and_wait postgres redis
  [[ $UNTIL_DATABASE == no ]] || exit 0
  with_progress 'node' prepare_node
  with_progress 'proxy, guard, api and workers' start_and_wait proxy guard api worker
}

start_and_wait() {
  local service
  compose up --detach --no-build "$@"
  for service in "$@"; do wait_for_health "$service" 180; done
}

# wait_for_health SERVICE SECONDS
wait_for_health() {
  local deadline=$((SECONDS + $2)) ids states restarts before=
  while ((SECONDS < deadline)); do
    mapfile -t ids < <(containers_of "$1" --all)
    states=$(docker inspect --format '{{.State.Status}} {{.State.Health.Status}}' "${ids[@]}" 2>/dev/null || true)
    [[ ! $states || $states =~ starting|unhealthy|exited|created ]] || return 0
    restarts=$(docker inspect --format '{{.RestartCount}}' "${ids[@]}" 2>/dev/null | awk '{ sum += $1 } END { print sum + 0 }')
    before=${before:-$restarts}
    ((restarts - before < 4)) || break # It ends as often as it is started.
    sleep 0.5
  done
  echo "$1 is not healthy. It says:"
  compose logs --tail 20 "$1"
  return 1
}

# The program runs in a worker, which has the database and the toolchain; all before it concerns the machine itself.
prepare_node() {
  compose_command
  GUEST_IMAGE_DIR=$GUEST_IMAGE_DIR VM_STORAGE_DIR=$WEBHOSTER_DATA_DIR/vms "$ROOT/scripts/node/prepare-node.sh" \
    "${COMPOSE[@]}" run --rm --no-deps -T worker node_modules/.bin/node api/processes/prepare-node.ts
}

prove() {
  step 'Proof'
  with_progress 'every part answers through the proxy' wait_for_parts
  cat <<TEXT

Webhoster runs.

  web interface $PUBLIC_URL
  API           $PUBLIC_URL/api/v1
  API documents $PUBLIC_URL/docs
  health        $PUBLIC_URL/api/v1/health/detailed

Try next:

  curl -s $PUBLIC_URL/api/v1/health/detailed -H 'Accept-Language: en'
  sudo $ROOT/scripts/pulumi.sh stack ls
  sudo $ROOT/scripts/test-workflow.sh
TEXT
}

wait_for_parts() {
  # By the name by which the workers come, which is not sent on to HTTPS.
  local ask=(curl --noproxy '*' --silent --max-time 10 --resolve "proxy:$HTTP_PORT:127.0.0.1"
    "http://proxy:$HTTP_PORT/api/v1/health/detailed")
  for ((try = 0; try < 120; try++)); do
    "${ask[@]}" --fail && return
    sleep 0.5
  done
  "${ask[@]}"
  return 1
}

set_defaults
preflight
[[ $CHECK == no ]] || exit 0
begin_work start
one_at_a_time
install_missing
agree_to_terms
configure
make_certificate
make_images
start_containers
prove
