# shellcheck shell=bash disable=SC2034,SC2154 # variables of the scripts that source this one, and for them
# What the stories share: a step that must pass before the next is tried, and the README's own commands.

# then_check WHAT COMMAND…: a check, unless one of this story's has failed: what comes after it has no meaning then.
then_check() {
  ((story_failed == 0)) || return 0
  local before=$failed
  check "$@"
  ((failed == before)) || story_failed=1
}

# Folders of a machine that this one's cache is mounted to.
MACHINE_CACHES=(/var/cache/webhoster /var/cache/apt/archives)

# begin_story TITLE SYSTEM
begin_story() {
  story_failed=0
  printf '\n# %s\n' "$1"
  choose_machine
  rm -f "$WORK/$MACHINE".*
  MACHINE_MOUNTS=()
  [[ $COLD == yes ]] || mount_caches "$2"
  then_check 'a bare root' make_root "$2" "$MACHINE_ROOT"
  then_check 'it starts' start_machine
}

# mount_caches SYSTEM: all but the stage of images, which one installation has at a time.
mount_caches() {
  local part apt=$FRESH_CACHE/apt-$1
  for part in toolchain go home images python-tools; do
    mkdir -p "$cache/$part"
    MACHINE_MOUNTS+=("--bind=$cache/$part:${MACHINE_CACHES[0]}/$part")
  done
  mkdir -p "$apt/partial"
  MACHINE_MOUNTS+=("--bind=$apt:${MACHINE_CACHES[1]}")
}

end_story() {
  local before=$failed
  [[ ! $MACHINE_CONTAINER ]] || check 'it stops' stop_machine
  ((failed == before)) || story_failed=1
  rm -rf --one-file-system "$MACHINE_ROOT"
  exec {MACHINE_LOCK}>&-
}

# readme_commands HEADING: the lines of the code under it.
readme_commands() {
  awk -v heading="## $1" '/^```/ { code = !code && inside && /^```sh/; next } !code && /^## / { inside = $0 == heading } code' "$ROOT/README.md"
}

# typed COMMAND: by the visitor; prints what stands on the terminal in the end.
typed() {
  local status=0
  as_visitor "$1" >"$WORK/typed" || status=$?
  tr -d '\033' <"$WORK/typed" | sed -e 's/\r$//' -e 's/.*\r//' -e 's/^\[K//' | tee -a "$WORK/$MACHINE.log"
  return "$status"
}
