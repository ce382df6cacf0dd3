# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this one
# Looks at the machine, changes nothing, and tells everything that is wrong at once. What it looks at is in check-*.sh and
# host.sh. A problem is what stops an installation or breaks it later, and says what to do; a note is what somebody should
# know. What could not be looked at is said, and is not called good.

# shellcheck source-path=SCRIPTDIR
source "${BASH_SOURCE[0]%/*}/check-settings.sh"
source "${BASH_SOURCE[0]%/*}/check-system.sh"
source "${BASH_SOURCE[0]%/*}/check-folders.sh"
source "${BASH_SOURCE[0]%/*}/check-ports.sh"
source "${BASH_SOURCE[0]%/*}/check-networks.sh"
source "${BASH_SOURCE[0]%/*}/check-sites.sh"
source "${BASH_SOURCE[0]%/*}/check-authority.sh"
source "${BASH_SOURCE[0]%/*}/check-firewall.sh"
source "${BASH_SOURCE[0]%/*}/check-kernel.sh"

problems=()
problem() {
  problems+=("$1")
  printf '  ✘ %s\n' "$1"
}
good() { printf '  ✔ %s\n' "$*"; }
note() { printf '  ! %s\n' "$*"; }

# The check that is made; a function's own variable would be gone where it ends the script.
looking_at=

preflight() {
  step 'Looking at this machine'
  trap 'fail "  ✘ The look at this machine ended in check_$looking_at, see above: what comes after it is not known. Nothing was changed."' EXIT
  look user system clock sudo apt units
  # What these look at is said by the settings.
  if check_settings; then
    look size folders ports sites authority networks nameservers forwarding iptables firewalld ufw other_firewall connections
  fi
  look docker libvirt kernel kvm
  trap - EXIT
  ((${#problems[@]} == 0)) || fail "
${#problems[@]} thing(s) to put right first, see above. Nothing was changed."
}

# look CHECK…
look() { for looking_at; do "check_$looking_at"; done; }

# how_to_set ASSIGNMENT…: where a variable counts. sudo drops those that stand before it.
how_to_set() {
  if [[ -f $ROOT/.env ]]; then echo "in .env, e.g. $*"; else echo "sudo $* $0"; fi
}

is_root() { ((EUID == 0)); }

# least WHAT HAS NEEDS UNIT
least() {
  if (($2 >= $3)); then good "$1: $2 $4"; else problem "$1: $2 $4, but at least $3 $4 are needed."; fi
}

# ask_docker ARGUMENT…: asks Docker, which may hang.
ask_docker() { timeout 20 docker "$@" 2>/dev/null; }

docker_runs() { type -P docker >/dev/null && [[ $(ask_docker info --format '{{.ServerVersion}}') ]]; }

# container_that_runs SERVICE: its id, or nothing.
container_that_runs() {
  docker_runs || return 0
  ask_docker ps --quiet --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False | sed -n 1p
}

# docker_root: the folder of Docker's images and volumes.
docker_root() {
  local folder=
  ! docker_runs || folder=$(ask_docker info --format '{{.DockerRootDir}}')
  [[ $folder || ! -r /etc/docker/daemon.json ]] ||
    folder=$(sed -nE 's/.*"data-root": *"([^"]+)".*/\1/p' /etc/docker/daemon.json | sed -n 1p)
  echo "${folder:-/var/lib/docker}"
}

# above PATH: the first folder on the way up that is there.
above() {
  local folder=$1
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  echo "$folder"
}

# program PROCESS: its name and id.
program() {
  local name
  # It may have ended meanwhile.
  name=$(cat "/proc/$1/comm" 2>/dev/null) || name='a program'
  # What Node calls its first thread.
  [[ $name != MainThread ]] || name=$(basename "$(readlink "/proc/$1/exe")")
  echo "$name (process $1)"
}

# parent PROCESS
parent() { awk '$1 == "PPid:" { print $2 }' "/proc/$1/status" 2>/dev/null; }
