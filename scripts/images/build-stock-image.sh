#!/usr/bin/env bash
# Builds what scripts/bench.sh compares our guest image with, unless the cache has it: Debian 12 from packages as Debian
# ships them, set up by cloud-init, with nothing masked and nothing trimmed. The last line on stdout is the image's folder,
# with an image.json as scripts/images/build-guest-image.sh writes it.
#
#   WEBHOSTER_CACHE_DIR  where images are kept; scripts/lib/cache.sh has the default
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$root/scripts/lib/ending.sh"
suite=$root/images/guest/suites/bookworm
source "$root/scripts/lib/cache.sh"
cache=$cache/images
# The packages of Debian's own cloud images that a website needs, and what our guests have beside them.
packages=(systemd systemd-sysv udev dbus initramfs-tools cloud-init netplan.io iproute2 openssh-server nginx-light sudo ufw
  qemu-guest-agent)

say() { printf 'stock image: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# $1 is a file for what it prints, of which only a failure shows the end; $2 is a time limit.
quietly() {
  local log=$1 limit=$2 status=0
  shift 2
  # In the background, where a signal to this script does not have to wait for it; without the lock's file.
  timeout "$limit" "$@" >"$log" 2>&1 9>&- &
  wait "$!" || status=$?
  ((status == 0)) || { tail -n 30 "$log" >&2; fail "'$1' failed, see its last lines above: $(ending_in_words "$status" "$limit")."; }
}

clean_up() {
  local children
  children=$(jobs -pr)
  # shellcheck disable=SC2086  # one word each
  [[ ! $children ]] || { kill $children; wait; }
  rm -rf --one-file-system "$work"
}

# The hook's text is run by a shell that has "$1", the root folder.
# shellcheck disable=SC2016
install_packages() {
  local list
  list=$(IFS=,; echo "${packages[*]},$KERNEL_PACKAGE")
  # Debian's cloud images enable networkd too, for which netplan writes the settings.
  quietly "$work/mmdebstrap.log" 20m mmdebstrap --variant=minbase --architectures=amd64 --keyring="$KEYRING_FILE" \
    --include="$list" --aptopt='Acquire::Retries "3"' \
    --customize-hook='chroot "$1" systemctl -q enable systemd-networkd' \
    --customize-hook='echo "/dev/vda / ext4 rw,discard,errors=remount-ro 0 1" >"$1/etc/fstab"' \
    --customize-hook=': >"$1/etc/machine-id"' \
    bookworm "$work/root" "${SOURCES[@]}"
}

# As large as our guests' disk, and with nothing left for the guest to initialize.
make_disk() {
  PATH=$PATH:/usr/sbin:/sbin quietly "$work/mke2fs.log" 5m \
    mke2fs -q -t ext4 -E lazy_itable_init=0,lazy_journal_init=0 -d "$work/root" "$work/root.raw" 20G
  quietly "$work/convert.log" 5m qemu-img convert -q -f raw -O qcow2 "$work/root.raw" "$work/image/root.qcow2"
}

# no_timer_check, as ours: on a busy host an emulated kernel's check of the timer fails now and then, and the kernel with it.
describe() {
  jq -n --arg id "$(basename "$folder")" '{$id, suite: "bookworm", kernel: "vmlinuz", kernel_unpacked: null, initrd: "initrd",
    root: "root.qcow2", cmdline: "root=/dev/vda ro console=ttyS0 no_timer_check"}' >"$work/image/image.json"
}

build() {
  # shellcheck source=/dev/null
  source "$suite"
  say 'installing Debian 12 and its packages (1 to 3 minutes)'
  mkdir "$work/image"
  install_packages
  say 'making the file system'
  make_disk
  cp "$work"/root/boot/vmlinuz-* "$work/image/vmlinuz"
  cp "$work"/root/boot/initrd.img-* "$work/image/initrd"
  describe
  sync "$work/image"/*
  mv -T "$work/image" "$folder"
}

[[ $(id -u) == 0 ]] || fail 'the files of its root belong to many users: run this with sudo.'
mkdir -p "$cache"
# This file and that of the suite are the recipe.
folder=$cache/stock-$(cat "${BASH_SOURCE[0]}" "$suite" | sha256sum | cut -c1-12)
exec 9>"$cache/.stock-lock"
flock --wait 1800 9 || fail 'another build has not ended in 30 minutes: see what it waits for.'
if [[ ! -d $folder ]]; then
  # With the lock held, whatever lies about is of a build that was killed.
  rm -rf "$cache"/.stock-build-*
  work=$(mktemp -d "$cache/.stock-build-XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  build
  say "built $(basename "$folder") ($(du -sh "$folder" | cut -f1))"
fi
echo "$folder"
