# shellcheck shell=bash disable=SC2153,SC2154 # SUITE, SOURCES and KEYRING are set by choose_system
# Makes the bare root of a system: less than its minimal server install has, nothing of ours, and a user who may use sudo.

# What a machine must have to be started, reached and used at all. Its dpkg does not wait for the disk: it lives for minutes.
bare_packages=apt,systemd-sysv,dbus,iproute2,ca-certificates,sudo

# make_root SYSTEM FOLDER: from an archive in the cache, which is made anew each week, and where the recipe was changed.
make_root() {
  local system=$1 root=$2 archive
  choose_system "$system"
  archive=$FRESH_CACHE/$system-$(date +%G%V)-$(cat "${BASH_SOURCE[0]}" "$KEYRING" | sha256sum | cut -c 1-12).tar
  if [[ $COLD == yes || ! -f $archive ]]; then
    rm -f "$FRESH_CACHE/$system"-*.tar
    # apt reads it as its own user, who cannot look into a home folder.
    install -m 0644 "$KEYRING" "$WORK/keys.asc" || return
    # In the background, where a signal to this script does not have to wait.
    timeout 1200 mmdebstrap --variant=minbase --format=tar --keyring="$WORK/keys.asc" --include="$bare_packages" --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io \
      "$SUITE" "$WORK/$system.tar" "${SOURCES[@]}" <&0 &
    if ! wait "$!"; then
      echo "The archive of $system does not answer as it should, see above: look at the network, and run this again."
      return 1
    fi
    mv "$WORK/$system.tar" "$archive"
  fi
  mkdir -p "$root"
  tar --extract --numeric-owner --xattrs --xattrs-include='*' --file "$archive" --directory "$root" --exclude './dev/*'
  give_name "$root" "$system"
  give_network "$root"
  give_user "$root"
}

give_name() {
  local name=${2//[^a-z0-9]/-}
  echo "$name" >"$1/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$name" >"$1/etc/hosts"
  # A machine has an id of its own from its first start on.
  : >"$1/etc/machine-id"
}

# The name servers and certificate authorities of this machine, as in a company whose proxy has one of its own; and the
# part of a machine's start that is the kernel's elsewhere.
give_network() {
  rm -f "$1/etc/resolv.conf"
  cp /etc/resolv.conf "$1/etc/resolv.conf"
  cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/ca-certificates.crt"
  install -m 0755 "$ROOT/scripts/fresh/boot" "$1/usr/local/sbin/fresh-boot"
  install -m 0644 "$ROOT/scripts/fresh/boot.service" "$1/etc/systemd/system/fresh-boot.service"
  # Some of the kernel's settings are of no namespace, and this machine's.
  ln -sf /dev/null "$1/etc/systemd/system/systemd-sysctl.service"
  mkdir -p "$1/etc/systemd/system/sysinit.target.wants"
  ln -s ../fresh-boot.service "$1/etc/systemd/system/sysinit.target.wants/fresh-boot.service"
}

# Who clones the repository, and has then CLONE_OF, a revision; by default what git has here, or would take.
give_user() {
  local home=$1/home/visitor
  chroot "$1" useradd --create-home --shell /bin/bash visitor
  echo 'visitor ALL=(ALL) NOPASSWD: ALL' >"$1/etc/sudoers.d/visitor"
  mkdir "$home/webhoster"
  clone | tar --extract --no-same-owner --directory "$home/webhoster"
  chroot "$1" chown -R visitor: /home/visitor
}

clone() {
  if [[ ${CLONE_OF:-} ]]; then
    git -C "$ROOT" archive "$CLONE_OF"
    return
  fi
  git -C "$ROOT" ls-files --cached --others --exclude-standard -z | while IFS= read -r -d '' file; do
    [[ ! -e $ROOT/$file ]] || printf '%s\0' "$file"
  done | tar --create --directory "$ROOT" --null --files-from=-
}
