# shellcheck shell=bash
# Looks at the machine, changes nothing, and tells everything that is wrong at once.

problems=()
problem() {
  problems+=("$1")
  printf '  ✘ %s\n' "$1"
}
good() { printf '  ✔ %s\n' "$*"; }
note() { printf '  ! %s\n' "$*"; }

preflight() {
  step 'Looking at this machine'
  local ours
  ours=$(our_ports)
  check_user
  check_system
  check_size
  check_ports "$ours"
  check_redirect
  check_networks
  check_firewalld
  check_docker
  check_libvirt
  check_connections
  check_kvm
  ((${#problems[@]} == 0)) || fail "
${#problems[@]} thing(s) to put right first, see above. Nothing was changed."
}

# how_to_set ASSIGNMENT…: where a variable counts. sudo drops those that stand before it.
how_to_set() {
  if [[ -f $ROOT/.env ]]; then echo "in .env, e.g. $*"; else echo "sudo $* $0"; fi
}

check_user() {
  [[ $(id -u) == 0 ]] || problem 'Docker and libvirt need root: run this with sudo.'
}

check_system() {
  local name
  # shellcheck source=/dev/null
  name=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
  case $name in
    'debian 12' | 'debian 13' | 'ubuntu 22.04' | 'ubuntu 24.04') good "$name" ;;
    *)
      if command -v apt-get >/dev/null; then
        note "$name: made for Debian 12 and 13 and Ubuntu 22.04 and 24.04; it may work here."
      else
        problem "$name has no apt: use Debian 12 or 13, or Ubuntu 22.04 or 24.04."
      fi
      ;;
  esac
  [[ $(uname -m) == x86_64 ]] || problem "The guests are made for x86-64, and this is $(uname -m): use another machine."
}

# least WHAT HAS NEEDS UNIT
least() {
  if (($2 >= $3)); then good "$1: $2 $4"; else problem "$1: $2 $4, but at least $3 $4 are needed."; fi
}

check_size() {
  local folder=$WEBHOSTER_DATA_DIR room=15
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  # What the first run needs; later it is the users' disks that fill it.
  [[ ! -f $ROOT/.env ]] || room=1
  least 'CPU' "$(nproc)" 2 cores
  least 'memory' "$(awk '/^MemTotal/ { print int($2 / 1000000 + 0.5) }' /proc/meminfo)" 4 GB
  least "free in $folder" "$(df --output=avail -B GB "$folder" | tail -n 1 | tr -dc 0-9)" "$room" GB
  [[ ! -e $WEBHOSTER_DATA_DIR/secrets.json ]] ||
    problem "$WEBHOSTER_DATA_DIR is that of scripts/dev.sh: choose another, $(how_to_set WEBHOSTER_DATA_DIR=/srv/webhoster NODE_NAME=main)"
}

# our_ports: those that this installation's own running containers have.
our_ports() {
  type -P docker >/dev/null && docker_answers || return 0
  [[ -z $(container proxy) ]] || echo "$HTTP_PORT $HTTPS_PORT sites"
  [[ -z $(container api) ]] || echo "$API_PORT"
}

# listeners: "port inode" for each TCP socket that listens, whoever may see it.
listeners() {
  awk '$4 == "0A" { split($2, address, ":"); print address[2], $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    while read -r port inode; do echo "$((16#$port)) $inode"; done
}

# holder INODE: name and id of the process that has a socket.
holder() {
  local found
  found=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" -print -quit 2>/dev/null | cut -d / -f 3)
  if [[ $found ]]; then echo "$(cat "/proc/$found/comm") (process $found)"; else echo 'a process that only root can see'; fi
}

check_ports() {
  local ours=" $1 " port inode taken=()
  ours=${ours//$'\n'/ }
  while read -r port inode; do
    if [[ $port == "$HTTP_PORT" || $port == "$HTTPS_PORT" || $port == "$API_PORT" ]]; then
      [[ $ours == *" $port "* ]] || taken+=("$port has $(holder "$inode")")
    elif ((port >= SSH_PORT_FIRST && port <= SSH_PORT_LAST)) && [[ $ours != *sites* ]]; then
      note "port $port has $(holder "$inode"): no hosting can have it for SSH"
    fi
  done < <(listeners | sort -u -k 1,1n)
  if ((${#taken[@]} == 0)); then good "ports $HTTP_PORT, $HTTPS_PORT, $API_PORT and $SSH_PORT_FIRST-$SSH_PORT_LAST"; fi
  for port in "${taken[@]}"; do
    problem "port $port. End that, or choose other ports: $(how_to_set HTTP_PORT=8080 HTTPS_PORT=8443 API_PORT=8081)"
  done
}

check_redirect() {
  [[ $HTTPS_REDIRECT =~ ^(off|on|strict)$ ]] || problem "HTTPS_REDIRECT is off, on or strict, not '$HTTPS_REDIRECT': $(how_to_set HTTPS_REDIRECT=off)"
}

# overlap NETWORK NETWORK: whether two IPv4 networks have addresses in common.
overlap() {
  local mask=$((${1#*/} < ${2#*/} ? ${1#*/} : ${2#*/}))
  (($(number "${1%/*}") >> (32 - mask) == $(number "${2%/*}") >> (32 - mask)))
}

number() {
  local a b c d
  IFS=. read -r a b c d <<<"$1"
  echo "$(((a << 24) + (b << 16) + (c << 8) + d))"
}

# routes: "network interface" for each network that this machine reaches directly or by a route, but for the default one.
routes() {
  local interface destination mask rest bits
  tail -n +2 /proc/net/route | while read -r interface destination rest; do
    mask=$(awk '{ print $6 }' <<<"$rest")
    [[ $mask != 00000000 ]] || continue
    bits=$(printf '%d' "$((16#$mask))")
    printf '%d.%d.%d.%d/%s %s\n' "0x${destination:6:2}" "0x${destination:4:2}" "0x${destination:2:2}" "0x${destination:0:2}" \
      "$(ones "$bits")" "$interface"
  done
}

ones() {
  local count=0 left=$1
  while ((left)); do count=$((count + (left & 1))) left=$((left >> 1)); done
  echo "$count"
}

# used_by NETWORK OWN: the interface of another network that overlaps, if there is one.
used_by() {
  local network interface
  while read -r network interface; do
    [[ $interface == "$2" ]] || ! overlap "$1" "$network" || { echo "$interface ($network)"; return; }
  done < <(routes)
}

docker_bridge() {
  local id
  id=$(docker network inspect --format '{{slice .Id 0 12}}' "${COMPOSE_PROJECT_NAME}_webhoster" 2>/dev/null) || return 0
  echo "br-$id"
}

vm_bridge() { virsh --quiet --connect qemu:///system net-info "webhoster-$NODE_NAME" 2>/dev/null | awk '/^Bridge:/ { print $2 }' || true; }

check_networks() {
  local user
  user=$(used_by "$DOCKER_SUBNET" "$(docker_bridge)")
  if [[ $user ]]; then problem "the containers' network $DOCKER_SUBNET overlaps $user: choose another: $(how_to_set DOCKER_SUBNET=172.29.0.0/16)"
  else good "containers' network $DOCKER_SUBNET"; fi
  user=$(used_by "$VM_NETWORK" "$(vm_bridge)")
  if [[ $user ]]; then problem "the VMs' network $VM_NETWORK overlaps $user: choose another: $(how_to_set VM_NETWORK=10.77.0.0/24)"
  else good "VMs' network $VM_NETWORK"; fi
}

# Which one VMs get is decided when the node is prepared, with the guests' own kernel.
check_kvm() {
  local kernel type
  kernel=$(compgen -G "$WEBHOSTER_CACHE_DIR/images/*/vmlinuz" | head -n 1 || true)
  [[ $kernel ]] || kernel=$(compgen -G '/boot/vmlinuz*' | tail -n 1 || true)
  if [[ ! -c /dev/kvm ]]; then
    note 'no /dev/kvm: VMs are emulated (TCG): works, slow, not an isolation boundary'
  elif ! command -v qemu-system-x86_64 >/dev/null || [[ ! -r $kernel ]]; then
    note '/dev/kvm is there; whether it works is tried by booting a VM once QEMU is installed'
  else
    # shellcheck disable=SC2317 # called by domain_type
    type=$(say() { :; }; domain_type "$kernel")
    if [[ $type == kvm ]]; then good 'KVM: a kernel booted under it'
    else note 'KVM does not work here (no kernel boots under it): TCG: works, slow, not an isolation boundary'; fi
  fi
}
