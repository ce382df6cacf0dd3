# shellcheck shell=bash disable=SC2154,SC2317 # variables of the scripts that source this one; functions are called by check
# The story of an installation: the quick start as it stands in the README, a second start, images that somebody pruned, a
# restart of the machine, and uninstalling.

installation_story() {
  local system=$1 command
  begin_story "$system" "$system"
  then_check 'what is there before' list_root before
  while read -r command; do
    then_check "$command" typed "$command"
  done < <(readme_commands 'Quick start')
  [[ $COLD == no ]] || show_stages
  then_check 'a machine that is to stay' typed './scripts/fresh/hosting.sh make'
  then_check 'started again, nothing changes' start_again
  then_check 'pruned, all of it comes back' prune_and_start
  then_check 'its machine is there' typed './scripts/fresh/hosting.sh look'
  then_check 'the machine restarts' restart_machine
  then_check 'all is back' typed './scripts/fresh/hosting.sh look'
  then_check 'its versions are told' read_versions "$system"
  then_check 'uninstalls' typed 'sudo ./scripts/uninstall.sh --data'
  then_check 'nothing of ours is left' compare_root
  end_story
  ((story_failed == 0)) || rm -f "$WORK/$system.versions"
}

# Each stage of the start says how long it took.
show_stages() { sed -nE 's/^  (.* [0-9]+ s)$/    \1/p' "$WORK/$MACHINE.log"; }

# What a start makes: anything made again has another id or sum.
made_there() {
  in_machine docker ps --no-trunc --format '{{.ID}} {{.Names}}' | sort &&
    in_machine docker images --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}' | sort &&
    sha256sum "$MACHINE_ROOT/home/visitor/webhoster/.env"
}

# Its time is the story's: what it has to be quick for is that nothing is made again, on a machine however busy.
start_again() {
  local before after
  before=$(made_there) || return
  typed 'sudo ./scripts/docker-start.sh --yes' || return
  after=$(made_there) || return
  [[ $before == "$after" ]] || { printf 'Before:\n%s\nafter:\n%s\n' "$before" "$after" && return 1; }
}

# With the containers stopped, so that Docker takes all that it can.
prune_and_start() {
  # shellcheck disable=SC2016 # for the shell in the machine
  in_machine sh -c 'docker stop --time 30 $(docker ps --quiet) && docker system prune --all --force' || return
  typed 'sudo ./scripts/docker-start.sh --yes'
}

restart_machine() {
  stop_machine && start_machine || return
  typed './scripts/fresh/hosting.sh wait'
}

# list_root NAME: every path in the machine, with its kind, but for what its kernel has there, and what is mounted in.
list_root() {
  local folder prune=(-path /proc -o -path /sys -o -path /dev -o -path /run)
  [[ $COLD == yes ]] || for folder in "${MACHINE_CACHES[@]}"; do prune+=(-o -path "$folder"); done
  in_machine find / /tmp -ignore_readdir_race -xdev \( "${prune[@]}" \) -prune -o -printf '%y %p\n' | LC_ALL=C sort -u >"$WORK/$MACHINE.$1"
}

# What packages brought, and what they or their programs made, may stay: they are removed, not purged. So may what this test
# and its visitor made.
may_stay='^. /(etc|usr|lib|lib32|lib64|libx32|bin|sbin|boot|var/(lib|log|cache|spool|backups|mail))(/|$)|^. (/var)?/tmp/systemd-private|^. /opt/containerd|^. /home/visitor/kept'

compare_root() {
  local new left
  list_root after || return
  new=$(LC_ALL=C comm -13 "$WORK/$MACHINE.before" "$WORK/$MACHINE.after")
  left=$(
    grep -vE "$may_stay" <<<"$new"
    grep -iE "$may_stay" <<<"$new" | grep -E 'webhoster|hooks/network'
    still_there
  )
  [[ ! $left ]] || { printf 'Left behind:\n%s\n' "$(head -n 50 <<<"$left")" && return 1; }
}

# What is not in files: rules, bridges, processes. The machine may have no nft any more.
still_there() {
  local found
  found=$(nsenter --target "$MACHINE_LEADER" --net /usr/sbin/nft list ruleset && in_machine sh -c 'ip -brief link; cat /proc/[0-9]*/cmdline | tr "\0" " "') ||
    { echo 'What is in force there could not be asked.' && return; }
  grep -oE '.{0,40}(webhoster|wh-|br-[0-9a-f]{12}|qemu-system|dockerd|libvirtd).{0,40}' <<<"$found"
}
