# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at the networks of containers and VMs, at what VMs ask for names, and whether the kernel may forward for them.

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

vm_bridge() { virsh net-info "webhoster-$NODE_NAME" 2>/dev/null | awk '/^Bridge:/ { print $2 }' || true; }

check_networks() {
  free_network "containers' network" "$DOCKER_SUBNET" "$(docker_bridge)" DOCKER_SUBNET=172.29.0.0/16
  free_network "VMs' network" "$VM_NETWORK" "$(vm_bridge)" VM_NETWORK=10.77.0.0/24
  ! overlap "$DOCKER_SUBNET" "$VM_NETWORK" ||
    problem "the containers' network $DOCKER_SUBNET and the VMs' network $VM_NETWORK overlap: choose another, $(how_to_set VM_NETWORK=10.77.0.0/24)"
}

# free_network WHAT NETWORK OWN ASSIGNMENT
free_network() {
  local user
  user=$(used_by "$2" "$3")
  if [[ $user ]]; then problem "the $1 $2 overlaps $user: choose another: $(how_to_set "$4")"; else good "$1 $2"; fi
}

check_nameservers() {
  [[ ! -f $ROOT/.env && $VM_NAMESERVERS == "$public_nameservers" && ! $(own_nameservers) ]] || return 0
  note "This machine asks no name server that VMs can ask, which is one with an IPv4 address other than its own: VMs will ask
    ${public_nameservers//,/ and }. Where these cannot be reached, name others: $(how_to_set VM_NAMESERVERS=192.0.2.53)"
}

# libvirt turns it on when it starts the VMs' network.
check_forwarding() {
  local file=/proc/sys/net/ipv4/ip_forward setting
  if is_root && [[ ! -w $file && $(<"$file") != 1 ]]; then
    problem "The kernel forwards nothing, and $file cannot be written: VMs would have no internet, and containers none
    while they are built. Run this on the machine itself, not in a container of it; or write a 1 there where it may be written."
  fi
  setting=$(forwarding_setting)
  [[ $setting != 0\ * ]] || note "${setting#0 } sets net.ipv4.ip_forward to 0. The next \`sysctl --system\`, as updates run it, would cut VMs off the
    internet: set it to 1 there."
}

# forwarding_setting: "value file" of the line that counts when \`sysctl --system\` has read all, or nothing.
forwarding_setting() {
  local file files=()
  while read -r _ file; do files+=("$file"); done < <(sysctl_files)
  ((${#files[@]} > 0)) || return 0
  awk '/^[ \t]*-?net[.\/]ipv4[.\/](ip_forward|conf[.\/]all[.\/]forwarding)[ \t]*=/ {
    sub(/^[^=]*=[ \t]*/, ""); last = substr($0, 1, 1) " " FILENAME } END { if (last) print last }' "${files[@]}"
}

# sysctl_files: "name path" in the order in which they are read; of one name the first folder's counts.
sysctl_files() {
  local folder file
  for folder in /etc /run /usr/local/lib /usr/lib /lib; do
    for file in "$folder"/sysctl.d/*.conf; do [[ ! -r $file ]] || echo "${file##*/} $file"; done
  done | LC_ALL=C sort --stable --unique --key 1,1
  [[ ! -r /etc/sysctl.conf ]] || echo 'sysctl.conf /etc/sysctl.conf'
}
