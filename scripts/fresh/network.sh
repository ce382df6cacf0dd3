# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this one
# The way from the bare machines to the archives, through this machine. Other runs beside this one have their own.

fresh_table=webhoster-fresh-$$
# An npm package has a program of that name, which stands before it on the path of tests.
nft=/usr/sbin/nft

# open_network: what comes from a machine's port leaves with this machine's address.
open_network() {
  # It stays on, as libvirt and Docker leave it: others may have come to need it.
  sysctl --quiet --write net.ipv4.ip_forward=1
  "$nft" --file - <<NFT
table ip $fresh_table {
  chain postrouting {
    type nat hook postrouting priority srcnat
    ip saddr 10.213.0.0/16 oifname != "ve-*" masquerade
  }
}
NFT
}

close_network() { "$nft" delete table ip "$fresh_table"; }

# Docker lets nothing through that it does not know.
open_port() {
  ip link set "$MACHINE_PORT" up && ip address replace "$MACHINE_GATEWAY/30" dev "$MACHINE_PORT" || return
  for_port --check 2>/dev/null || for_port --insert
}

close_port() {
  while for_port --delete 2>/dev/null; do :; done
}

for_port() {
  iptables --wait "$1" FORWARD --in-interface "$MACHINE_PORT" --jump ACCEPT &&
    iptables --wait "$1" FORWARD --out-interface "$MACHINE_PORT" --jump ACCEPT
}
