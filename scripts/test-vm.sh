#!/usr/bin/env bash
# Tries on the node itself what a hosting is made of: a VM, its volumes, its port on the bridge; and that all of it goes.
# usage: sudo scripts/test-vm.sh [URL]    the account that it makes stays; its hosting does not
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/lib/checks.sh"
source "$root/scripts/lib/calls.sh"
source "$root/scripts/lib/virsh.sh"
[[ $(id -u) == 0 ]] || { echo 'libvirt needs root: run this with sudo.' >&2; exit 1; }

runs() { [[ $(virsh domstate "$vm_id") == running ]]; }
starts_with_the_host() { virsh dominfo "$vm_id" | grep -E '^Autostart: +enable'; }
has_disk() { virsh domblklist "$vm_id" | grep -E "$vm_id\.$1"; }
is_isolated() {
  local tap
  tap=$(virsh domiflist "$vm_id" | awk '{ print $1 }')
  [[ $(<"/sys/class/net/$tap/brport/isolated") == 1 ]]
}
leaves_nothing() { ! virsh list --all --name | grep -x "$vm_id" && ! virsh domblklist "$vm_id" 2>/dev/null && [[ ! -e $disk ]]; }

check 'signs up and logs in' sign_up
check 'creates a hosting' create_hosting
if ((failed == 0)); then
  disk=$(virsh domblklist "$vm_id" | awk '/qcow2/ { print $2 }')
  check 'the VM runs' runs
  check 'it starts with the host' starts_with_the_host
  check 'it has a disk of its own' has_disk qcow2
  check 'it has its cloud-init disk' has_disk iso
  check 'its port is kept apart from those of other VMs' is_isolated
  check 'deletes the hosting' delete_hosting
  check 'VM and disk are gone' leaves_nothing
fi
finish
