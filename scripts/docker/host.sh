# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks whether Docker and libvirt, where they are there already, are of the kind that Webhoster is made for.

check_docker() {
  check_docker_kind
  if docker_runs; then
    check_docker_users
    check_docker_network
  elif is_root && type -P docker >/dev/null && hangs docker info; then
    problem 'Docker does not answer within 20 seconds: restart it (systemctl restart docker), and see journalctl -u docker.'
  elif grep -qsE '"userns-remap": *"[^"]' /etc/docker/daemon.json; then
    # It does not run yet.
    tell_remapped
  fi
  check_docker_settings
}

# hangs COMMAND…
hangs() {
  local status=0
  timeout 20 "$@" >/dev/null 2>&1 || status=$?
  ((status == 124))
}

# What calls itself docker, and does not see this machine's folders and network, or does not run what we have.
check_docker_kind() {
  local docker
  docker=$(type -P docker) || return 0
  if [[ $docker == /snap/* ]]; then
    problem 'Docker is a snap, which does not see the folders of images and VMs: remove it (snap remove docker), and run this again.'
  elif [[ $(timeout 20 docker --version 2>/dev/null) == *podman* ]]; then
    problem 'docker is that of Podman, which does not run these containers: remove it (apt-get remove podman-docker), and run this again.'
  elif [[ $(ask_docker info --format '{{.OperatingSystem}}') == 'Docker Desktop' ]]; then
    problem 'Docker is Docker Desktop, whose containers are in a VM and not on the network of this machine: use Docker Engine.'
  fi
}

# Containers on the host's network, as the proxy and the guard are, must not be remapped; nor may any be
# kept from folders that it shares with the host.
check_docker_users() {
  case $(ask_docker info --format '{{.SecurityOptions}}') in
    *name=rootless*)
      problem "Docker runs containers as other users (rootless): the proxy and the guard need the host's network. Use a Docker of root's."
      ;;
    *name=userns*) tell_remapped ;;
    *name=selinux*)
      problem "Docker labels containers for SELinux, and ours may not use the folders of VMs then. Take selinux-enabled out of
    /etc/docker/daemon.json or dockerd's options, and restart Docker."
      ;;
  esac
}

tell_remapped() {
  problem "Docker runs containers as other users (userns-remap): the proxy and the guard need the host's network, which such
    containers cannot have. Take userns-remap out of /etc/docker/daemon.json or dockerd's options, and restart Docker. Its
    images and volumes of before are there again when it is put back."
}

# Images are built on it, and workers reach the proxy by its address.
check_docker_network() {
  local bridge
  bridge=$(ask_docker network inspect --format '{{index .Options "com.docker.network.bridge.name"}}' bridge) || bridge=
  if [[ ! $bridge ]]; then
    problem "Docker has no bridge of its own (--bridge=none), so images cannot be built, and workers do not reach the proxy. Take
    that out of /etc/docker/daemon.json or dockerd's options, and restart Docker."
  elif ! grep -q "^ *$bridge:" /proc/net/dev; then
    problem "Docker answers, but its bridge $bridge is gone, so none of its containers starts. Restart Docker: systemctl restart docker."
  fi
}

check_docker_settings() {
  ! grep -qsE '"iptables": *false' /etc/docker/daemon.json || note "Docker makes no rules for its containers (\"iptables\": false): images are
    built only if rules of your own let containers into the internet, and translate their addresses."
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
