# shellcheck shell=bash
# Stages that take long: begun, side by side where they do not need one another, and awaited with a sign of how far they are.
# Their output is in files, and goes into $LOG as they end. When one fails, the others are ended, the end of its output is
# shown, and the script ends. Each is in a group of its own, which ends with this script, however that ends; so `timeout`,
# which makes another group, is told --foreground in what they run.

# shellcheck source=scripts/lib/ending.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib/ending.sh"

declare -A job_pid job_output job_start
jobs_at_work=()

# begin WHAT COMMAND…: it inherits no open file: a daemon would hold our locks, and dash, which mmdebstrap runs, writes to no
# descriptor of two digits (seen on Debian 13).
begin() {
  local what=$1
  shift
  job_output[$what]=$(mktemp --tmpdir="${WORK:-/tmp}") job_start[$what]=$SECONDS
  trap 'end_jobs; exit 130' INT
  trap 'end_jobs; exit 143' TERM HUP
  set -m
  (close_files && "$@") >"${job_output[$what]}" 2>&1 </dev/null &
  set +m
  job_pid[$what]=$!
  jobs_at_work+=("$what")
}

# await [WHAT…]: until these have ended, or all.
await() {
  local turn=0 what still
  (($#)) || set -- "${jobs_at_work[@]}"
  while :; do
    still=no
    for what in "${jobs_at_work[@]}"; do
      kill -0 "${job_pid[$what]}" 2>/dev/null || settle "$what"
    done
    for what; do [[ " ${jobs_at_work[*]/%/;} " != *" $what; "* ]] || still=yes; done
    [[ $still == yes ]] || break
    show_jobs "$((turn++))"
    sleep 0.2
  done
  ((${#jobs_at_work[@]})) || trap - INT TERM HUP
}

# await_if_begun WHAT: where it may have been there already.
await_if_begun() { [[ ! ${job_pid[$1]:-} ]] || await "$1"; }

# with_progress WHAT COMMAND…: a stage by itself.
with_progress() {
  begin "$@"
  await "$1"
}

# settle WHAT: one that has ended.
settle() {
  local what=$1 status=0 left=() other how=''
  wait "${job_pid[$what]}" || status=$?
  for other in "${jobs_at_work[@]}"; do [[ $other == "$what" ]] || left+=("$other"); done
  jobs_at_work=("${left[@]}")
  clear_line
  if ((status != 0)); then
    # Before anything that may fail too, as on a full disk.
    tail -n 30 "${job_output[$what]}" >&2
    cat "${job_output[$what]}" >>"$LOG" || true
    rm -f "${job_output[$what]}"
    end_jobs
    # Then the program itself has said nothing.
    ((status <= 128)) || how=" ($(ending_in_words "$status" ''))"
    fail "This failed: $what$how. Its last lines stand above, all of it in $LOG. Correct the cause and run this again."
  fi
  cat "${job_output[$what]}" >>"$LOG"
  rm -f "${job_output[$what]}"
  did "$what" "${job_start[$what]}"
}

end_jobs() {
  local what
  clear_line
  for what in "${jobs_at_work[@]}"; do
    kill -TERM -- "-${job_pid[$what]}" 2>/dev/null || true
  done
  for what in "${jobs_at_work[@]}"; do
    wait "${job_pid[$what]}" || true
    cat "${job_output[$what]}" >>"$LOG" || true
    rm -f "${job_output[$what]}"
  done
  jobs_at_work=()
}

# On a terminal a line that moves; elsewhere a line every half minute.
show_jobs() {
  local marks='\|/-' what
  if [[ ! -t 1 ]]; then
    (($1 % 150 == 149)) || return 0
    for what in "${jobs_at_work[@]}"; do printf '  … %s%s, %s s so far\n' "$what" "$(how_far "$what")" "$((SECONDS - job_start[$what]))"; done
    return
  fi
  # What is read from the output of each costs more than a turn of the mark.
  if (($1 % 5 == 0)); then
    jobs_line='' jobs_width=$(($(tput cols 2>/dev/null || echo 80) - 12))
    for what in "${jobs_at_work[@]}"; do jobs_line+="${jobs_line:+ · }$what$(how_far "$what")"; done
  fi
  printf '\r  %s %s s  %.*s\033[K' "${marks:$1%4:1}" "$((SECONDS - job_start[${jobs_at_work[0]}]))" "$jobs_width" "$jobs_line"
}

clear_line() { [[ ! -t 1 ]] || printf '\r\033[K'; }

# how_far WHAT: what its output said last of that: "3 of 9" of its own, docker build's "Step 3/9", or apt's "pmstatus:…:42.85:".
how_far() {
  tail -c 4000 "${job_output[$1]}" | sed -nE '
    s/^.*[^0-9]([0-9]+ of (at most )?[0-9]+)( .*)?$/\1/p
    s/^Step ([0-9]+)\/([0-9]+) .*$/\1 of \2/p
    s/^(pm|dl)status:[^:]*:([0-9]+).*$/\2 %/p' | tail -n 1 | sed 's/^/ /'
}

# close_files: all but the three usual ones, and the script that bash reads (255).
close_files() {
  local file
  for file in "/proc/$BASHPID/fd"/*; do
    file=${file##*/}
    ((file < 3 || file == 255)) || exec {file}>&-
  done
}
