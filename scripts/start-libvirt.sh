#!/usr/bin/env bash
# Starts libvirtd where it does not run, with and without systemd, waits until it answers, and gives /dev/kvm its usual mode.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$root/scripts/lib/ending.sh"
source "$root/scripts/lib/virsh.sh"
uri=${LIBVIRT_URI:-qemu:///system}
hook=/etc/libvirt/hooks/network.d/webhoster
log=/var/log/libvirt/libvirtd.log
# Seconds that libvirtd may do nothing, and be at work in all: before it answers it makes filters anew, of running VMs that an
# earlier version made (stacks/libvirt/earlier-machines.ts) or that are not ours, by 150 calls of ebtables and iptables for each.
idle_limit=90
limit=300
limit_for_each_vm=60
# libvirtd ends as it starts when one of these calls fails, as happens when another program changes rules at that moment.
most_starts=5

say() { printf 'libvirt: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

answers() { virsh version >/dev/null 2>&1; }

# Processes of this machine, and of no container or other machine within it.
ours() { pgrep --exact "$1" --ns $$ --nslist pid || true; }

running_vms() { compgen -G '/run/libvirt/qemu/*.xml' | wc -l || true; }

last_words() {
  [[ ! -d /run/systemd/system ]] || journalctl --unit libvirtd --lines 15 --no-pager --output cat >&2 || true
  [[ ! -s $log ]] || tail -n 15 "$log" >&2
}

# Daemons must not keep this script's output open, or whoever reads it would wait for ever; nor the locks of this script and
# of those that call it.
start_daemon() {
  local status=0
  [[ ! $(ours "$1") ]] || return 0
  timeout 60 "$1" --daemon >/dev/null 2>&1 7>&- 8>&- 9>&- || status=$?
  ((status == 0)) || { last_words; fail "$1 does not start: $(ending_in_words "$status" '60 s'). Its last words stand above."; }
}

start_daemons() {
  if [[ -d /run/systemd/system ]]; then
    systemctl start libvirtd || { last_words; say 'systemd does not start libvirtd. Its last words stand above.'; return 1; }
  else
    start_daemon virtlogd
    start_daemon libvirtd
  fi
}

# Processor time of a process and of those that it has run, in the kernel's ticks.
work_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{ print $12 + $13 + $14 + $15 }'; }

# until_done WHAT COMMAND…: waits until the command succeeds, for as long as libvirtd works; 1 when it ended meanwhile.
until_done() {
  local what=$1 vms pid work last='' start=$SECONDS worked=$SECONDS told=$SECONDS
  shift
  vms=$(running_vms)
  until "$@"; do
    pid=$(ours libvirtd | sed -n 1p)
    [[ $pid ]] || "$@" || { last_words; say "libvirtd ended $((SECONDS - start)) s after it was to $what. Its last words stand above."; return 1; }
    work=$(work_of "$pid") || true # It has just ended.
    [[ $work == "$last" ]] || { last=$work && worked=$SECONDS; }
    ((SECONDS - worked < idle_limit)) || { last_words; fail "libvirtd does not $what, and has done nothing for $idle_limit s. Its last words stand above."; }
    ((SECONDS - start < limit + vms * limit_for_each_vm)) || { last_words; fail "libvirtd does not $what, though it works. Its last words stand above."; }
    if ((SECONDS - told >= 10)); then
      say "waiting for libvirtd to $what, which makes the filters of $vms running VMs first: $((SECONDS - start)) s so far"
      told=$SECONDS
    fi
    sleep 0.2
  done
}

has_ended() { [[ ! $(ours libvirtd) ]]; }

stop_daemon() {
  if [[ -d /run/systemd/system ]]; then
    systemctl stop libvirtd
  else
    ours libvirtd | xargs --no-run-if-empty kill
    until_done end has_ended
  fi
}

# libvirtd looks for hooks only as it starts. VMs run on while it does.
install_hook() {
  local there=no
  [[ ! -e $hook ]] || there=yes
  cmp --silent "$root/scripts/node/network-hook" "$hook" || install -D -m 0755 "$root/scripts/node/network-hook" "$hook"
  [[ $there == yes ]] || ! answers || stop_daemon
}

start_libvirt() {
  answers && return
  [[ $uri =~ ^qemu(\+unix)?:///system ]] || fail "$uri does not answer: start libvirtd there."
  local start
  for ((start = 1; ; start++)); do
    say 'starting libvirtd'
    if start_daemons && until_done answer answers; then return; fi
    ((start < most_starts)) || break
    # Nothing tells when whatever disturbed it is over.
    sleep 3
    # systemd refuses what it has started often, by itself too, until this; where it has no such count, it says so.
    [[ ! -d /run/systemd/system ]] || systemctl reset-failed libvirtd || say 'systemd keeps no count of its starts'
  done
  fail "libvirtd was started $most_starts times, and does not stay. Its last words stand above: correct what they name."
}

# With another mode than udev's every capabilities call probes for 15 to 20 s, and creating a VM looks hung.
allow_kvm() {
  [[ -c /dev/kvm ]] || return 0
  [[ $(stat -c '%a %G' /dev/kvm) == '660 kvm' ]] && return
  say 'giving /dev/kvm its usual owner and mode (root:kvm 0660)'
  chgrp kvm /dev/kvm && chmod 0660 /dev/kvm
}

[[ $(id -u) == 0 ]] || fail 'this needs root: run it with sudo.'
# One at a time, or two would start the same daemons. These must not inherit the lock.
exec 9>/run/lock/webhoster-libvirt.lock
patience=$((limit + $(running_vms) * limit_for_each_vm))
flock --nonblock 9 || { say 'waiting for another start of libvirt' && flock --wait "$patience" 9; } ||
  fail "another start of libvirt has not ended in $patience s: see what it waits for."
allow_kvm
# It writes the addresses of a network's VMs there, and makes the folder only where it runs dnsmasq (9.0).
install -d /var/lib/libvirt/dnsmasq
install_hook
start_libvirt
