# shellcheck shell=bash
# What the scripts around the containers share: messages, progress, and the one way to call docker and compose.

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s\n' "$*" >&2
  exit 1
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

# with_progress WHAT COMMAND…: runs a command with its output in $LOG, and tells that it is at it. When it fails, the end of
# its output is shown, and the script ends. The command is in a group of its own, which ends with this script on Ctrl-C.
# It inherits no open file: a daemon would hold our locks, and dash, which mmdebstrap runs, writes to no descriptor of two
# digits (seen on Debian 13).
with_progress() {
  local what=$1 start=$SECONDS output job status=0
  shift
  output=$(mktemp)
  set -m
  (close_files && "$@") >"$output" 2>&1 </dev/null &
  job=$!
  set +m
  # shellcheck disable=SC2064 # this job, not a later one
  trap "kill -TERM -$job 2>/dev/null; wait $job; exit 130" INT TERM
  show_progress "$what" "$job" "$start"
  wait "$job" || status=$?
  trap - INT TERM
  cat "$output" >>"$LOG"
  if ((status != 0)); then
    tail -n 30 "$output" >&2
    rm -f "$output"
    fail "This failed: $what. Its last lines stand above, all of it in $LOG. Correct the cause and run this again."
  fi
  rm -f "$output"
  did "$what" "$start"
}

# close_files: all but the three usual ones, and the script that bash reads (255).
close_files() {
  local file
  for file in "/proc/$BASHPID/fd"/*; do
    file=${file##*/}
    ((file < 3 || file == 255)) || exec {file}>&-
  done
}

# On a terminal a line that moves; elsewhere a line every half minute.
show_progress() {
  local marks='\|/-' turn=0
  while kill -0 "$2" 2>/dev/null; do
    if [[ -t 1 ]]; then
      printf '\r  %s %-56s %4s s' "${marks:turn++%4:1}" "$1" "$((SECONDS - $3))"
    elif ((++turn % 150 == 0)); then
      printf '  … %s, %s s so far\n' "$1" "$((SECONDS - $3))"
    fi
    sleep 0.2
  done
  [[ ! -t 1 ]] || printf '\r\033[K'
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

container() { containers_of "$1" | head -n 1; }
