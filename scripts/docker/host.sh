# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at what of this machine's own stands beside an installation, and how it is set: its firewall, Docker, libvirt, and
# the kernel's table of connections.

# bridge_name: the VMs' bridge, as programs/names.ts names it.
bridge_name() {
  local name=wh-$NODE_NAME
  ((${#name} <= 15)) || name=wh-$(printf %s "$NODE_NAME" | sha256sum | cut -c 1-12)
  echo "$name"
}

# firewalld decides beside our rules: what either of them refuses is refused. libvirt puts the bridge of an open network
# into no zone.
check_firewalld() {
  local bridge
  type -P firewall-cmd >/dev/null && timeout 20 firewall-cmd --state >/dev/null 2>&1 || return 0
  bridge=$(bridge_name)
  if timeout 20 firewall-cmd --quiet --permanent --zone=trusted --query-interface="$bridge"; then
    good "firewalld leaves $bridge to our rules"
    return
  fi
  note "firewalld runs: VMs are kept apart all the same, but it lets none of them into the internet, and no visitor in. Say
      firewall-cmd --permanent --zone=trusted --add-interface=$bridge
      firewall-cmd --permanent --add-port=$HTTP_PORT/tcp --add-port=$HTTPS_PORT/tcp --add-port=$SSH_PORT_FIRST-$SSH_PORT_LAST/tcp
      firewall-cmd --reload
    What VMs may do is for our rules to say then; see docs/operations.md. The ports are for the zone that visitors come by."
}

# Containers on the host's network or among its processes, as the proxy and the guard are, must not be remapped.
check_docker() {
  local options='' remapped='Docker runs containers as other users'
  # It may not run yet.
  if type -P docker >/dev/null && docker_answers; then options=$(docker info --format '{{.SecurityOptions}}')
  elif grep -qsE '"userns-remap": *"[^"]' /etc/docker/daemon.json; then options=name=userns; fi
  case $options in
    *name=rootless*) problem "$remapped (rootless): the proxy and the guard need the host's network. Use a Docker of root's." ;;
    *name=userns*)
      problem "$remapped (userns-remap): the proxy and the guard need the host's network, which such containers
      cannot have. Take userns-remap out of /etc/docker/daemon.json or dockerd's options, and restart Docker. Its images and
      volumes of before are there again when it is put back."
      ;;
  esac
}

# The hook that loads our rules, and the start of libvirt, are made for libvirtd.
check_libvirt() {
  local why=''
  if [[ -S /run/libvirt/virtqemud-sock ]]; then why='runs as several daemons (virtqemud and others)'
  elif type -P virtqemud >/dev/null && ! type -P libvirtd >/dev/null; then why='is there as several daemons (virtqemud and others) only'; fi
  [[ ! $why ]] || problem "libvirt $why, and Webhoster needs the one daemon, libvirtd. VMs go on while you change over; first
    install libvirtd where it is not (Debian: libvirt-daemon), then
      systemctl disable --now virt{qemu,interface,network,nodedev,nwfilter,secret,storage,proxy}d{.service,{,-ro,-admin}.socket}
      systemctl unmask libvirtd{.service,{,-ro,-admin}.socket}
      systemctl enable --now libvirtd.socket libvirtd.service"
}

# As in api/place.ts.
connections_of_vm=2000

# The kernel's table of connections is everybody's. Where it has not been loaded yet, nothing is known.
check_connections() {
  local file=/proc/sys/net/netfilter/nf_conntrack_max room vms=$(((1 << (32 - ${VM_NETWORK#*/})) - 3)) needed
  [[ -r $file ]] || return 0
  room=$(<"$file")
  ((vms <= SSH_PORT_LAST - SSH_PORT_FIRST + 1)) || vms=$((SSH_PORT_LAST - SSH_PORT_FIRST + 1))
  needed=$((vms * connections_of_vm))
  if ((needed <= room)); then good "$vms VMs have up to $needed connections, and the kernel has room for $room"; return; fi
  note "$vms VMs may have $connections_of_vm connections each, $needed in all, and the kernel has room for $room, which
    $((room / connections_of_vm)) VMs can use up; then nobody on this machine opens another. Before there are as many, say
      echo nf_conntrack >/etc/modules-load.d/webhoster.conf
      echo net.netfilter.nf_conntrack_max=$((needed + room)) >/etc/sysctl.d/90-webhoster.conf
      sysctl --load /etc/sysctl.d/90-webhoster.conf"
}
