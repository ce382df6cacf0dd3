# shellcheck shell=bash disable=SC2034 # read and set by the scripts that source this one
# Sourced by the scripts that try something: checks that are told, timed and counted.

work=$(mktemp -d)
passed=0 failed=0
trap 'rm -rf "$work"' EXIT

# check WHAT COMMAND…: runs a command, and tells whether it succeeded; the end of what it printed only if not.
check() {
  local what=$1 start=$EPOCHREALTIME
  shift
  if "$@" >"$work/output" 2>&1; then
    passed=$((passed + 1))
    printf '✔ %-56s %6.1f s\n' "$what" "$(seconds_since "$start")"
  else
    failed=$((failed + 1))
    printf '✘ %s\n' "$what"
    tail -n 400 "$work/output" | sed 's/^/    /'
  fi
}

seconds_since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { print to - from }'; }

# The last line, and the exit status that goes with it.
finish() {
  printf '\n%s passed, %s failed\n' "$passed" "$failed"
  ((failed == 0))
}
