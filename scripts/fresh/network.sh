# shellcheck shell=bash
# The way from the bare machines to the archives, through this machine.

fresh_network=10.213.0.0/16

open_network() {
  # It stays on, as libvirt and Docker leave it: others may have come to need it.
  sysctl --quiet --write net.ipv4.ip_forward=1
  nft --file - <<NFT
table ip webhoster-fresh
delete table ip webhoster-fresh
table ip webhoster-fresh {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr $fresh_network oifname != "ve-*" masquerade
  }
}
NFT
  # Docker refuses what it does not know.
  iptables --wait --insert FORWARD --source "$fresh_network" --jump ACCEPT
  iptables --wait --insert FORWARD --destination "$fresh_network" --jump ACCEPT
}

close_network() {
  nft delete table ip webhoster-fresh 2>/dev/null || true
  local direction
  for direction in --source --destination; do
    while iptables --wait --delete FORWARD "$direction" "$fresh_network" --jump ACCEPT 2>/dev/null; do :; done
  done
}
