# shellcheck shell=bash
# Sourced by the scripts that boot VMs, or have them booted. They bring a `say`.

# That /dev/kvm opens says nothing: under nested virtualization a guest's kernel may hang on it. So boot one, without a
# root file system: a kernel that works panics, and with panic=-1 and -no-reboot QEMU then ends by itself.
domain_type() {
  local kernel=$1 printed=''
  # Its status says nothing: what it printed does.
  [[ ! -c /dev/kvm ]] || printed=$(timeout 10 qemu-system-x86_64 -accel kvm -cpu host -m 256 -kernel "$kernel" -nodefaults \
    -append 'console=ttyS0 panic=-1' -serial stdio -display none -no-reboot </dev/null 2>&1 | tr -d '\0') || true
  if [[ $printed == *'Kernel panic'* ]]; then
    say 'KVM works: a guest kernel booted under it'
    echo kvm
  else
    say 'no usable KVM: TCG (emulation) instead, which works, is slow, and is not an isolation boundary'
    echo qemu
  fi
}
