# shellcheck shell=bash
# Starts a root as a machine of its own: systemd as its first process, in namespaces and control groups of its own. One that
# runs is named by MACHINE, and has its root in MACHINE_ROOT and its first process in MACHINE_LEADER.

# choose_machine: another one than all that run.
# shellcheck disable=SC2034 # read by the others
choose_machine() {
  local number=0
  until ((++number > 250)) || { exec {MACHINE_LOCK}>"/run/lock/webhoster-fresh-$number.lock" && flock --nonblock "$MACHINE_LOCK"; }; do :; done
  MACHINE=fresh$number MACHINE_ROOT=$WORK/fresh$number MACHINE_PORT=ve-fresh$number MACHINE_LEADER='' MACHINE_CONTAINER=''
  MACHINE_GATEWAY=10.213.$number.1 MACHINE_ADDRESS=10.213.$number.2
}

start_machine() {
  local options=(--quiet --directory "$MACHINE_ROOT" --machine "$MACHINE" --network-veth --capability=all --register=no
    --timezone=off --resolv-conf=off "${MACHINE_MOUNTS[@]}")
  # Where systemd runs it makes the groups; elsewhere they are made here.
  [[ -d /run/systemd/system ]] || options+=(--keep-unit)
  # A kernel with the first version of control groups, which newer systemds take only when told.
  [[ -f /sys/fs/cgroup/cgroup.controllers ]] ||
    options+=(--setenv=SYSTEMD_PROC_CMDLINE='systemd.unified_cgroup_hierarchy=0 SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1')
  printf 'ADDRESS=%s\nGATEWAY=%s\nKVM=%s\n' "$MACHINE_ADDRESS" "$MACHINE_GATEWAY" "$([[ ! -c /dev/kvm ]] || echo yes)" >"$MACHINE_ROOT/etc/fresh-boot"
  (
    [[ -d /run/systemd/system ]] || enter_groups
    export SYSTEMD_SECCOMP=0 SYSTEMD_NSPAWN_API_VFS_WRITABLE=1
    exec setsid systemd-nspawn "${options[@]}" --boot </dev/null >>"$WORK/$MACHINE.console" 2>&1
  ) &
  MACHINE_CONTAINER=$!
  wait_for_boot
}

# Its port comes with it; what is behind it goes by this machine.
wait_for_boot() {
  local deadline=$((SECONDS + 180)) state
  while ((SECONDS < deadline)) && kill -0 "$MACHINE_CONTAINER" 2>/dev/null; do
    MACHINE_LEADER=$(pgrep --parent "$MACHINE_CONTAINER" | sed -n 1p) || true
    if [[ $MACHINE_LEADER ]] && open_port 2>/dev/null; then
      state=$(in_machine systemctl is-system-running 2>/dev/null) || true
      [[ ! $state =~ ^(running|degraded)$ ]] || return 0
    fi
    sleep 0.2
  done
  echo "$MACHINE did not start. It says:"
  tail -n 30 "$WORK/$MACHINE.console"
  return 1
}

# Asked for in order first, as a person would.
stop_machine() {
  [[ $MACHINE_CONTAINER ]] || return 0
  timeout 30 nsenter --target "$MACHINE_LEADER" "${namespaces[@]}" systemctl poweroff 2>/dev/null || true
  if timeout 240 tail --pid "$MACHINE_CONTAINER" --follow /dev/null; then
    forget_machine
    return
  fi
  echo "$MACHINE did not stop in four minutes."
  end_machine
  forget_machine
  return 1
}

# What of it is this machine's.
forget_machine() {
  MACHINE_CONTAINER='' MACHINE_LEADER=''
  close_port
  leave_groups
}

# As by its power switch.
end_machine() {
  [[ ! $MACHINE_LEADER ]] || kill -KILL "$MACHINE_LEADER" 2>/dev/null || true
  timeout 60 tail --pid "$MACHINE_CONTAINER" --follow /dev/null || kill -KILL "$MACHINE_CONTAINER"
}

namespaces=(--mount --uts --ipc --net --pid --cgroup)

# in_machine COMMAND…: as root, for an hour at most. In the background, where a signal to this script does not have to wait.
in_machine() {
  timeout --foreground 3600 env --ignore-environment PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    nsenter --target "$MACHINE_LEADER" "${namespaces[@]}" env --chdir=/ "$@" <&0 &
  wait "$!"
}

# as_visitor COMMAND: a line as somebody types it in the clone, on a terminal, where questions are answered with Enter.
as_visitor() {
  local keys status=0
  keys=$WORK/$MACHINE.keys
  [[ -p $keys ]] || mkfifo "$keys"
  # Open for both, so that it never ends.
  exec {typed}<>"$keys"
  printf '\n\n\n' >&"$typed"
  in_machine su --login visitor --command "cd webhoster && script --quiet --echo never --return --command $(printf %q "$1") /dev/null" \
    <&"$typed" {typed}>&- || status=$?
  exec {typed}>&-
  return "$status"
}

enter_groups() {
  local group
  for group in /sys/fs/cgroup/*/; do
    [[ -f $group/cgroup.procs ]] || continue
    mkdir -p "$group/webhoster-$MACHINE"
    # Processors and memory of a group must be chosen before it takes a process.
    [[ $group != */cpuset/ ]] || for file in cpuset.cpus cpuset.mems; do cat "$group$file" >"$group/webhoster-$MACHINE/$file"; done
    echo "$BASHPID" >"$group/webhoster-$MACHINE/cgroup.procs"
  done
}

leave_groups() {
  local group
  for group in /sys/fs/cgroup/*/"webhoster-$MACHINE"; do
    [[ ! -d $group ]] || find "$group" -depth -type d -exec rmdir {} \;
  done
}
