#!/bin/bash
# Builds the image that the VMs boot from, out of the recipe in images/guest/, unless the cache has it. The last line on
# stdout is the image's folder: image.json there says how to boot it. Everything else goes to stderr. With --find nothing is
# built, and nothing is printed where the cache does not have it.
#
#   GUEST_SUITE=jammy|bookworm   forces one; otherwise jammy, or bookworm where Ubuntu's archive cannot be reached
#   WEBHOSTER_CACHE_DIR          where images are kept; scripts/lib/cache.sh has the default
set -euo pipefail

RECIPE=$(readlink -f "$(dirname "$0")/../../images/guest")
# shellcheck source=SCRIPTDIR/../lib/cache.sh
source "$(dirname "$0")/../lib/cache.sh"
CACHE=$cache/images
# The recipe's own time, the same for all builds. Raise it for an image with today's packages: it has a new id then.
export RECIPE SOURCE_DATE_EPOCH=1760000000

say() { printf '%4ds  %s\n' "$SECONDS" "$*" >&2; }
fail() { say "error: $*"; exit 1; }

check_tools() {
  local tool missing=()
  for tool in mmdebstrap qemu-img mke2fs debugfs jq curl flock zstd; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [[ ${#missing[@]} == 0 ]] || fail "not installed: ${missing[*]}. Run scripts/install-packages.sh, then this again."
}

# Every file of the recipe but the README, by name, executable bit (all that git keeps of a mode) and content; the suite; the time.
image_id() {
  (cd "$RECIPE" && find . -type f ! -name README.md -print0 | LC_ALL=C sort -z | while IFS= read -r -d '' file; do
    printf '%s %s %s\n' "$file" "$([[ -x $file ]] && echo x || echo -)" "$(sha256sum <"$file")"
  done; echo "$1 $SOURCE_DATE_EPOCH") | sha256sum | cut -c1-12
}

image_folder() { echo "$CACHE/guest-$(image_id "$1")"; }

can_reach() {
  # shellcheck source=/dev/null
  (. "$RECIPE/suites/$1" && curl -fsSI --connect-timeout 5 --max-time 20 -o /dev/null "$PROBE_URL")
}

# suite_at_hand: that of an image in the cache, if it may be taken.
suite_at_hand() {
  local suite
  for suite in ${GUEST_SUITE:-jammy bookworm}; do
    [[ ! -d $(image_folder "$suite") ]] || { echo "$suite" && return; }
  done
  return 1
}

# An image at hand counts before an archive within reach, so that an outage changes no guest.
choose_suite() {
  if [[ ${GUEST_SUITE:-} ]]; then
    [[ -f $RECIPE/suites/$GUEST_SUITE ]] || fail "GUEST_SUITE=$GUEST_SUITE is unknown: use one of $(ls -m "$RECIPE/suites")"
    echo "$GUEST_SUITE"
  elif suite_at_hand; then
    :
  elif can_reach jammy; then
    echo jammy
  else
    say "Ubuntu's archive cannot be reached, so the guests will be Debian 12"
    echo bookworm
  fi
}

fetch_keyring() {
  if [[ ! $KEYRING_URL ]]; then
    [[ -r $KEYRING_FILE ]] || fail "$KEYRING_FILE is missing: install debian-archive-keyring"
    echo "$KEYRING_FILE"
    return
  fi
  curl -fsSL --retry 3 -o "$1/keyring.deb" "$KEYRING_URL" || fail "cannot fetch $KEYRING_URL: check the network and run this again"
  sha256sum --quiet --check <<<"$KEYRING_SHA256  $1/keyring.deb" >&2 ||
    fail "$KEYRING_URL is not the file that images/guest/suites/$SUITE pins: do not use it"
  dpkg-deb --extract "$1/keyring.deb" "$1/keyring"
  echo "$1/keyring/$KEYRING_FILE"
}

# Packages' scripts write much; it is shown only when something fails.
quietly() {
  local log=$1
  shift
  # In the background, where a signal to this script does not have to wait for it; without the lock's file.
  "$@" >"$log" 2>&1 9>&- &
  wait "$!" || { tail -n 30 "$log" >&2; fail "'$1' failed, see its last lines above"; }
}

install_packages() {
  local work=$1 keyring packages
  keyring=$(fetch_keyring "$work")
  packages=$(sed '/^#/d; /^$/d' "$RECIPE/packages" | paste -sd,)
  # The hook's text is run by a shell that has "$1", the root folder, and our exported RECIPE. What is half built is thrown
  # away, so dpkg need not wait for the disk; in a guest it must; nor must it leave out there what the image does without.
  # shellcheck disable=SC2016
  quietly "$work/mmdebstrap.log" mmdebstrap --variant=minbase --architectures=amd64 --keyring="$keyring" \
    --include="$packages,$KERNEL_PACKAGE" --aptopt='Acquire::Retries "3"' \
    --dpkgopt="$RECIPE/left-out" --dpkgopt=force-unsafe-io \
    --customize-hook='"$RECIPE/customize.sh" "$1"' \
    --customize-hook='rm "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap" && ! grep -rqE "unsafe-io|^path-" "$1/etc/dpkg"' \
    "$SUITE" "$work/root.tar" "${SOURCES[@]}"
}

make_disk() {
  local as_root=()
  [[ $EUID == 0 ]] || as_root=(mmdebstrap --unshare-helper)
  PATH=$PATH:/usr/sbin:/sbin quietly "$1/disk.log" "${as_root[@]}" "$RECIPE/make-root.sh" "$1/root.tar" "$2"
  qemu-img convert -q -f raw -O qcow2 "$2/root.raw" "$2/root.qcow2"
  rm "$2/root.raw"
}

# A bzImage with its payload unpacked: emulated, a guest takes 1.0 s to unpack it at each start. There is no address space
# randomization (KASLR) of a kernel started so, hence the choice is left to who boots it.
unpack_kernel() {
  local offset
  offset=$(LC_ALL=C grep -aboP '\x28\xb5\x2f\xfd' "$1/vmlinuz" | head -n 1 | cut -d: -f1) || true
  [[ $offset ]] || return 0
  # The payload is followed by other bytes, over which zstd complains after it has written all of it.
  tail -c "+$((offset + 1))" "$1/vmlinuz" | zstd -dcq >"$1/vmlinux" 2>/dev/null || true
  [[ $(head -c 4 "$1/vmlinux") == $'\x7fELF' ]] || rm "$1/vmlinux"
}

describe() {
  local folder=$1 initrd='' vmlinux=''
  [[ $NEEDS_INITRD == no ]] && rm -f "$folder/initrd"
  [[ -f $folder/initrd ]] && initrd=initrd
  [[ -f $folder/vmlinux ]] && vmlinux=vmlinux
  jq -n --arg id "$ID" --arg suite "$SUITE" --arg initrd "$initrd" --arg vmlinux "$vmlinux" --rawfile cmdline "$RECIPE/cmdline" '
    def known: if . == "" then null else . end;
    {$id, $suite, kernel: "vmlinuz", kernel_unpacked: ($vmlinux | known), initrd: ($initrd | known), root: "root.qcow2",
     cmdline: ($cmdline | rtrimstr("\n"))}' >"$folder/image.json"
}

clean_up() {
  local children
  children=$(jobs -pr)
  # shellcheck disable=SC2086  # one word each
  [[ ! $children ]] || { kill $children; wait; }
  rm -rf "$image" "$work"
}

# $1 is a folder for what is used on the way, $2 the one that becomes the image.
build() {
  say "installing $SUITE and its packages, 1 of 3 (1 to 3 minutes)"
  install_packages "$1"
  say "making the file system, 2 of 3"
  make_disk "$1" "$2"
  say "taking out the kernel, 3 of 3"
  unpack_kernel "$2"
  describe "$2"
  chmod 0755 "$2" && chmod 0644 "$2"/*
  [[ $(image_id "$SUITE") == "$ID" ]] || fail "images/guest was changed while its image was built: run this again"
  sync "$2"/*
  mv -T "$2" "$FOLDER"
}

if [[ ${1:-} == --find ]]; then
  ! suite=$(suite_at_hand) || image_folder "$suite"
  exit
fi
check_tools
mkdir -p "$CACHE"
SUITE=$(choose_suite)
ID=$(image_id "$SUITE")
FOLDER=$CACHE/guest-$ID
if [[ ! -d $FOLDER ]]; then
  # shellcheck source=/dev/null
  . "$RECIPE/suites/$SUITE"
  export KERNEL_PACKAGE
  exec 9>"$CACHE/.lock"
  flock -n 9 || { say "another build is running, waiting for it"; flock 9; }
  if [[ ! -d $FOLDER ]]; then
    # With the lock held, whatever lies about is of a build that was killed.
    rm -rf "$CACHE"/.build-*
    image=$(mktemp -d "$CACHE/.build-XXXXXX")
    # Not in the cache: apt reads the keyring as its own user, who cannot look into a home folder.
    work=$(mktemp -d)
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    chmod 0755 "$work"
    build "$work" "$image"
    say "built guest-$ID ($SUITE, $(du -sh "$FOLDER" | cut -f1))"
  fi
fi
echo "$FOLDER"
