# shellcheck shell=bash
# Sourced by the scripts that boot VMs, or have them booted. They bring a `say`.

# That /dev/kvm opens says nothing: under nested virtualization a guest's kernel may hang on it. So boot one, without a
# root file system: a kernel that works panics, and with panic=-1 and -no-reboot QEMU then ends by itself.
# It is remembered until the machine starts anew: where a kernel hangs, the trial takes ten seconds.
domain_type() {
  local type known
  known=/run/webhoster-domain-type-$(what_is_tried "$1" | sha256sum | cut -c 1-16)
  if [[ -s $known ]]; then
    type=$(<"$known")
  else
    type=$(try_kvm "$1")
    # Who only looks changes nothing.
    if ((EUID == 0)) && [[ ${CHECK:-no} == no ]]; then echo "$type" >"$known"; fi
  fi
  if [[ $type == kvm ]]; then say 'KVM works: a guest kernel booted under it'
  else say 'no usable KVM: TCG (emulation) instead, which works, is slow, and is not an isolation boundary'; fi
  echo "$type"
}

# Of the device who may use it; of the programs which they are.
what_is_tried() {
  stat --format '%n %a %U %G' /dev/kvm 2>&1 || true
  stat --format '%n %s %Y' "$(type -P qemu-system-x86_64)" "$1" 2>&1 || true
}

try_kvm() {
  local kernel=$1 printed=''
  # Its status says nothing: what it printed does.
  [[ ! -c /dev/kvm ]] || printed=$(timeout 10 qemu-system-x86_64 -accel kvm -cpu host -m 256 -kernel "$kernel" -nodefaults \
    -append 'console=ttyS0 panic=-1' -serial stdio -display none -no-reboot </dev/null 2>&1 | tr -d '\0') || true
  if [[ $printed == *'Kernel panic'* ]]; then echo kvm; else echo qemu; fi
}
