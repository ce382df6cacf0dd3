#!/usr/bin/env bash
# Starts libvirtd where it does not run, with and without systemd, and gives /dev/kvm its usual mode.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
uri=${LIBVIRT_URI:-qemu:///system}
hook=/etc/libvirt/hooks/network.d/webhoster

say() { printf 'libvirt: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

answers() { timeout 30 virsh --quiet --connect "$uri" version >/dev/null 2>&1; }

# Daemons must not keep this script's output open, or whoever reads it would wait for ever; nor the locks of this script and
# of those that call it.
start_daemons() {
  if [[ -d /run/systemd/system ]]; then
    systemctl start libvirtd
  else
    pgrep -x virtlogd >/dev/null || virtlogd -d >/dev/null 2>&1 7>&- 8>&- 9>&-
    pgrep -x libvirtd >/dev/null || libvirtd -d >/dev/null 2>&1 7>&- 8>&- 9>&-
  fi
}

stop_daemon() {
  local pid
  if [[ -d /run/systemd/system ]]; then
    systemctl stop libvirtd
  else
    for pid in $(pgrep -x libvirtd); do
      kill "$pid"
      timeout 60 tail --pid "$pid" --follow /dev/null
    done
  fi
}

# libvirtd looks for hooks only as it starts. VMs run on while it does.
install_hook() {
  local there=no
  [[ ! -e $hook ]] || there=yes
  cmp --silent "$root/scripts/libvirt/network-hook" "$hook" || install -D -m 0755 "$root/scripts/libvirt/network-hook" "$hook"
  [[ $there == yes ]] || ! answers || stop_daemon
}

start_libvirt() {
  answers && return
  [[ $uri =~ ^qemu(\+unix)?:///system ]] || fail "$uri does not answer: start libvirtd there."
  say 'starting libvirtd'
  start_daemons
  for ((attempt = 0; attempt < 100; attempt++)); do
    answers && return
    sleep 0.2
  done
  fail 'libvirtd does not answer: see its log in /var/log/libvirt, or journalctl -u libvirtd.'
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
flock --wait 120 9 || fail 'another start of libvirt has not ended in 2 minutes: see what it waits for.'
allow_kvm
# It writes the addresses of a network's VMs there, and makes the folder only where it runs dnsmasq (9.0).
install -d /var/lib/libvirt/dnsmasq
install_hook
start_libvirt
