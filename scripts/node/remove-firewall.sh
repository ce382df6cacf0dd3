#!/usr/bin/env bash
# Takes away the rules that kept a node's VMs apart, when neither VMs nor network are there any more.
# usage: sudo scripts/node/remove-firewall.sh NODE
set -euo pipefail

network=webhoster-${1:?usage: sudo scripts/node/remove-firewall.sh NODE}
rm -f "/etc/libvirt/webhoster/$network.nft"
tables=$(/usr/sbin/nft list tables)
has_table() { grep -qx "table $1 $network" <<<"$tables"; }
if has_table inet; then
  # The rules name their bridge; programs/names.ts makes its name from the node's.
  bridge=$(/usr/sbin/nft list chain inet "$network" input | sed -n 's/.*iifname != "\(.*\)" accept/\1/p')
  for direction in -i -o; do
    ! iptables --wait -C FORWARD "$direction" "$bridge" -j ACCEPT 2>/dev/null || iptables --wait -D FORWARD "$direction" "$bridge" -j ACCEPT
  done
fi
for family in inet arp bridge; do
  ! has_table "$family" || /usr/sbin/nft delete table "$family" "$network"
done
