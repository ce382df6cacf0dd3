#!/bin/bash
# mmdebstrap's customize hook: makes the guest out of the unpacked packages. $1 is the root folder; RECIPE, KERNEL_PACKAGE and
# SOURCE_DATE_EPOCH come from scripts/images/build-guest-image.sh. Runs outside the root, which need not be trusted with the host's folders.
# shellcheck disable=SC2016  # the dollar signs are dpkg-query's
set -euo pipefail

root=$1
in_root() { chroot "$root" "$@"; }
listed() { sed '/^#/d; /^$/d' "$RECIPE/$1"; }

# Modes are set here, because a checkout's depend on the umask of whoever cloned it.
install_files() {
  local file mode
  while IFS= read -r -d '' file; do
    mode=0644
    [[ -x $RECIPE/files/$file ]] && mode=0755
    [[ $file == */sudoers.d/* ]] && mode=0440
    install -D -o 0 -g 0 -m "$mode" "$RECIPE/files/$file" "$root/$file"
  done < <(cd "$RECIPE/files" && find . -type f -print0 | sort -z)
}

add_user() {
  in_root useradd --key HOME_MODE=0750 --uid 1000 --user-group --create-home --shell /bin/bash --groups sudo ubuntu
  in_root chage --lastday "$((SOURCE_DATE_EPOCH / 86400))" ubuntu
  in_root install -d -o ubuntu -g ubuntu -m 0700 /home/ubuntu/.ssh
}

prepare_site() {
  rm -f "$root"/var/www/html/*
  in_root install -d -o ubuntu -g ubuntu -m 0755 /var/www/html
}

# Those that people's computers ask for when they log in by SSH, Korean and English; others by `sudo locale-gen NAME`.
make_locales() {
  sed -i -E 's/^# ((ko_KR|en_US)\.UTF-8 UTF-8)/\1/' "$root/etc/locale.gen"
  in_root locale-gen
}

# Loading ufw's rules with it takes 1 s less under emulation than with the nft kind, which loads more modules.
choose_iptables() {
  in_root update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
  in_root update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
}

choose_units() {
  local name dropin
  in_root systemctl -q --force enable systemd-networkd webhoster-init webhoster-network ufw nginx ssh
  in_root systemctl -q set-default multi-user.target
  # Not at boot, but from webhoster-late.timer.
  in_root systemctl -q disable systemd-timesyncd
  # A server that nobody set up; rsync goes over SSH.
  in_root systemctl -q disable rsync
  in_root systemctl -q enable webhoster-late.timer webhoster-updates.timer
  listed masked-units | while read -r name; do ln -sfn /dev/null "$root/etc/systemd/system/$name"; done
  listed late-units | while read -r name; do
    dropin=$root/etc/systemd/system/$name.d
    mkdir -p "$dropin"
    printf '[Unit]\nAfter=nginx.service ssh.service\n' >"$dropin/late.conf"
  done
  # It would turn SSH logins away until systemd-user-sessions runs.
  ln -sfn /dev/null "$root/etc/tmpfiles.d/systemd-nologin.conf"
  mkdir -p "$root/etc/systemd/system-generators"
  listed masked-generators | while read -r name; do ln -sfn /dev/null "$root/etc/systemd/system-generators/$name"; done
}

# What must differ between two machines, or is only of use to the one that built it.
forget_identity() {
  : >"$root/etc/machine-id"
  mkdir -p "$root/var/lib/dbus"
  ln -sfn /etc/machine-id "$root/var/lib/dbus/machine-id"
  echo webhoster >"$root/etc/hostname"
  # A link to the file of systemd-resolved, which does not run here.
  rm -f "$root/etc/resolv.conf"
  # Where webhoster-init notes what it applied.
  install -d -m 0755 "$root/var/lib/webhoster"
  rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/systemd/random-seed" "$root"/etc/{passwd,group,shadow,gshadow,subuid,subgid}-
  rm -f "$root/var/cache/ldconfig/aux-cache" "$root/var/lib/systemd/catalog/database"
  find "$root/var/log" -type f -delete
}

# QEMU is given the kernel, so none is read from this disk, and an upgrade of its package in the guest would change nothing.
move_kernel_out() {
  local image
  in_root apt-mark -qq hold "$KERNEL_PACKAGE" "linux-image-$(ls "$root/lib/modules")"
  for image in vmlinuz initrd.img; do
    [[ -f $(echo "$root"/boot/$image-*) ]] && install -D -m 0644 "$root"/boot/$image-* "$root/.image/${image%.img}"
  done
  rm -rf "${root:?}"/boot/* "$root"/{vmlinuz,initrd.img}{,.old}
}

in_root dpkg-query -Wf '${Package}=${Version}\n' | LC_ALL=C sort | install -D -m 0644 /dev/stdin "$root/.image/packages.txt"
install_files
# The initrd was made before its settings were there.
[[ -x $root/usr/sbin/update-initramfs ]] && in_root update-initramfs -u -k all
add_user
prepare_site
make_locales
choose_iptables
choose_units
forget_identity
move_kernel_out
