# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at what Docker, libvirt and QEMU want of the kernel.

# Each with a function of its own, by which it is known where it is built in.
kernel_parts=(bridge:br_handle_frame veth:veth_open overlay:ovl_fill_super nf_tables:nft_register_chain_type tun:tun_chr_open)

check_kernel() {
  local part missing=() forbidden=()
  for part in "${kernel_parts[@]}"; do
    if ! has_part "${part%:*}" "${part#*:}"; then missing+=("${part%:*}")
    elif is_forbidden "${part%:*}"; then forbidden+=("${part%:*}"); fi
  done
  ((${#missing[@]} == 0)) || tell_missing_parts "${missing[*]}"
  ((${#forbidden[@]} == 0)) || problem "A file in /etc/modprobe.d forbids what Docker and libvirt need of the kernel: ${forbidden[*]}. Take that line out
    (grep -rE '$(IFS='|' && echo "${forbidden[*]}")' /etc/modprobe.d)."
  check_tun
  check_cgroups
}

# has_part MODULE FUNCTION: loaded, built in, or there to be loaded.
has_part() {
  [[ ! -d /sys/module/$1 ]] || return 0
  ! grep -qsw "$2" /proc/kallsyms || return 0
  type -P modprobe >/dev/null && modprobe --dry-run --quiet "$1"
}

is_forbidden() {
  [[ ! -d /sys/module/$1 ]] && type -P modprobe >/dev/null &&
    [[ $(modprobe --show-depends "$1" 2>/dev/null) =~ install\ +(/usr)?/bin/(true|false) ]]
}

tell_missing_parts() {
  local release
  release=$(uname -r)
  if [[ ! -d /lib/modules/$release ]] && compgen -G '/lib/modules/*' >/dev/null; then
    problem "The kernel that runs ($release) was replaced by an update, and its modules are gone; Docker and libvirt need: $1.
    Restart the machine."
  elif ! type -P modprobe >/dev/null && [[ ! -s /proc/kallsyms ]]; then
    note "whether the kernel has what Docker and libvirt need ($1) cannot be told: there is no modprobe"
  else
    problem "The kernel ($release) has no $1, which Docker and libvirt need: start the one of the distribution (linux-image-amd64 or linux-generic)."
  fi
}

# Without it QEMU has no network card to give.
check_tun() {
  [[ -c /dev/net/tun ]] || problem "There is no /dev/net/tun, which VMs have their network by. Say
      modprobe tun; mkdir -p /dev/net; [ -c /dev/net/tun ] || mknod -m 0666 /dev/net/tun c 10 200"
}

# Both kinds do, with what they need to hold containers to their limits.
check_cgroups() {
  local version there controller missing=()
  if [[ $(stat --file-system --format %T /sys/fs/cgroup 2>/dev/null) == cgroup2fs ]]; then
    version=v2
    there=$(</sys/fs/cgroup/cgroup.controllers)
  elif grep -q '^[^ ]* [^ ]* cgroup ' /proc/mounts; then
    version=v1
    there=$(awk '$3 == "cgroup" { gsub(",", " ", $4); print $4 }' /proc/mounts)
  else
    problem 'No cgroups are mounted, and Docker does not start without: say mount -t cgroup2 none /sys/fs/cgroup'
    return
  fi
  for controller in memory pids cpu; do
    [[ " ${there//$'\n'/ } " == *" $controller "* ]] || missing+=("$controller")
  done
  if ((${#missing[@]} == 0)); then good "cgroup $version"
  else
    note "cgroup $version without ${missing[*]}: containers cannot be held to their limits of it. The kernel's option
    cgroup_enable=memory, or the like, may bring it back."
  fi
}

# As in api/config/stacks.ts.
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

# Which one VMs get is decided when the node is prepared, with the guests' own kernel.
check_kvm() {
  local kernel type
  kernel=$(compgen -G "$WEBHOSTER_CACHE_DIR/images/*/vmlinuz" | sed -n 1p || true)
  [[ $kernel ]] || kernel=$(compgen -G '/boot/vmlinuz*' | tail -n 1 || true)
  if [[ ! -c /dev/kvm ]]; then
    note 'no /dev/kvm: VMs are emulated (TCG): works, slow, not an isolation boundary'
  elif ! is_root; then
    note '/dev/kvm is there; whether KVM works is only tried by root'
  elif ! command -v qemu-system-x86_64 >/dev/null || [[ ! -r $kernel ]]; then
    note '/dev/kvm is there; whether it works is tried by booting a VM once QEMU is installed'
  else
    # shellcheck disable=SC2317 # called by domain_type
    type=$(say() { :; }; domain_type "$kernel")
    if [[ $type == kvm ]]; then good 'KVM: a kernel booted under it'
    else note 'KVM does not work here (no kernel boots under it): TCG: works, slow, not an isolation boundary'; fi
  fi
}
