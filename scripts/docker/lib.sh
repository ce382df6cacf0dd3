# shellcheck shell=bash
# What the scripts around the containers share: messages, stages, and the one way to call docker and compose.

# shellcheck source=scripts/docker/jobs.sh
source "$(dirname "${BASH_SOURCE[0]}")/jobs.sh"

# What programs print is read here, and in an operator's own language would not be known. `su` keeps a path without sbin.
export LC_ALL=C.UTF-8 PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
unset LANGUAGE

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# begin_work NAME: sets LOG, and WORK, a folder for what is temporary. Both are gone at the end, but for the log of what failed.
begin_work() {
  LOG=$(mktemp "/tmp/webhoster-$1.XXXXXX.log")
  WORK=$(mktemp --directory "/tmp/webhoster-$1.XXXXXX")
  # apt, which mmdebstrap runs, reads what is there as its own user.
  chmod 0755 "$WORK"
  trap end_work EXIT
}

end_work() {
  local status=$?
  end_jobs
  rm -rf "$WORK"
  if ((status == 0)) || [[ ! -s $LOG ]]; then rm -f "$LOG"; fi
}

step() { printf '\n%s\n' "$*"; }

# did WHAT START: a line for something that is done, with the seconds that it took since START.
did() { printf '  %-58s %4s s\n' "$1" "$((SECONDS - $2))"; }

# one_at_a_time: start, backup, restore and uninstall of an installation wait for one another. Those that one of them runs
# have its lock.
one_at_a_time() {
  [[ -z ${WEBHOSTER_LOCKED:-} ]] || return 0
  exec 7>"/run/lock/webhoster-${COMPOSE_PROJECT_NAME}.lock"
  flock --nonblock 7 || { say '  Another script is at work on this installation: waiting for it.' && flock --wait 1800 7; } ||
    fail 'It has not ended in 30 minutes: see what it waits for.'
  export WEBHOSTER_LOCKED=yes
}

# Docker's own builder is there in all versions.
docker() { DOCKER_BUILDKIT=0 command docker "$@"; }

has_compose() { docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null; }

# compose ARGUMENT…: `docker compose` or `docker-compose`, whichever is there, on this installation.
compose() {
  compose_command
  "${COMPOSE[@]}" "$@"
}

# compose_command: sets COMPOSE, the same as a command for other scripts.
COMPOSE=()
compose_command() {
  ((${#COMPOSE[@]} == 0)) || return 0
  if docker compose version >/dev/null 2>&1; then COMPOSE=(docker compose); else COMPOSE=(docker-compose); fi
  COMPOSE+=(--project-directory "$ROOT" --file "$ROOT/docker-compose.yml" --env-file "$ROOT/.env")
}

# load_configuration: the variables of .env.
load_configuration() {
  set -a
  # shellcheck source=/dev/null
  source "$ROOT/.env"
  set +a
}

# containers_of SERVICE [--all]: ids of those that run, or of all.
containers_of() {
  docker ps --quiet "${@:2}" --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" \
    --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False
}

container() { containers_of "$1" | sed -n 1p; }
