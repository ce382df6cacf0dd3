#!/usr/bin/env bash
# Makes this machine a node: libvirt running, the guest image built, and the stack `node-{name}` up.
# Safe to run again: what is right stays as it is.
set -euo pipefail
# What virsh prints is read here, and is said in an operator's own language otherwise.
export LC_ALL=C.UTF-8
unset LANGUAGE

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf 'node: %s\n' "$*" >&2; }
fail() { printf 'node: %s\n' "$*" >&2; exit 1; }

[[ $(id -u) == 0 ]] || fail 'libvirt and its networks need root: run this with sudo.'

# The command that runs api/processes/prepare-node.ts, where it is not this checkout's Node with the configuration at hand.
if (($# == 0)); then
  source "$root/scripts/lib/environment.sh"
  set -- "$root/node_modules/.bin/node" "$root/api/processes/prepare-node.ts"
fi
source "$root/scripts/lib/domain-type.sh"
source "$root/scripts/lib/virsh.sh"

# libvirt's own network `default` has the same addresses, and some distributions start it.
check_network() {
  local network=${VM_NETWORK:-192.168.122.0/24} ours others
  ours=$(virsh net-info "webhoster-${NODE_NAME:-local}" 2>/dev/null |
    awk '/^Bridge:/ { print $2 }' || true)
  others=$(ip -4 -oneline address show to "$network" | awk '{ print $2 }' | grep -vxF "${ours:-none}" | sort -u | paste -sd ' ' || true)
  [[ -z $others ]] || fail "the addresses $network are in use on: $others. Set VM_NETWORK to another network, e.g.
VM_NETWORK=10.77.0.0/24; or, where that is libvirt's own network and no VM uses it:
virsh net-destroy default && virsh net-autostart --disable default"
}

# One preparation of a node at a time.
exec 9>"/run/lock/webhoster-node-${NODE_NAME:-local}.lock"
flock --wait 1800 9 || fail 'another preparation of this node has not ended in 30 minutes: see what it waits for.'

"$root/scripts/start-libvirt.sh"
check_network
image=${GUEST_IMAGE_DIR:-$("$root/scripts/images/build-guest-image.sh" | tail -n 1)}
type=$(domain_type "$image/vmlinuz")
storage=${VM_STORAGE_DIR:-/var/lib/webhoster/vms}
qemu_user=$(cut -d : -f 1 /etc/passwd | grep -xE -m 1 'libvirt-qemu|qemu' || echo root)
# libvirt makes volumes readable by everybody: only QEMU's user may get as far as them.
install -d -m 0711 "$storage"
install -d -m 0700 -o "$qemu_user" "$storage/disks"
# Written by virtlogd, read by the workers.
install -d -m 0700 "$storage/consoles"
# Read by libvirt's hook, scripts/node/network-hook, and the guard; what follows writes it.
install -d "$storage/firewall" /etc/libvirt/webhoster
ln -sfn "$storage/firewall/rules.nft" "/etc/libvirt/webhoster/webhoster-${NODE_NAME:-local}.nft"
"$@" --image "$image" --domain-type "$type"
# Where the network is up already nothing has loaded them, and the guard may be that of an earlier version.
/usr/sbin/nft --file "$storage/firewall/rules.nft"
# An earlier version had them here.
rm -f "$storage/firewall.nft"
