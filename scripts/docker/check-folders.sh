# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at the machine's size, and at the folders that are written: room, file systems, and who gets into them.

check_size() {
  # What the first run needs, until it has made all; later it is the users' disks that fill it.
  local vms=15 cache=8 docker=4
  ! has_images || vms=1 cache=1 docker=1
  least 'CPU' "$(nproc)" 2 cores
  least 'memory' "$(awk '/^MemTotal/ { print int($2 / 1000000 + 0.5) }' /proc/meminfo)" 4 GB
  room "$WEBHOSTER_DATA_DIR" VMs "$vms"
  same_disk "$WEBHOSTER_CACHE_DIR" "$WEBHOSTER_DATA_DIR" || room "$WEBHOSTER_CACHE_DIR" 'what images are made from' "$cache"
  room "$(docker_root)" Docker "$docker"
  room "${TMPDIR:-/tmp}" 'temporary files' 1
  [[ ! -e $WEBHOSTER_DATA_DIR/secrets.json ]] ||
    problem "$WEBHOSTER_DATA_DIR is that of scripts/dev.sh: choose another, $(how_to_set WEBHOSTER_DATA_DIR=/srv/webhoster NODE_NAME=main)"
}

has_images() {
  [[ -f $ROOT/.env && $(compgen -G "$WEBHOSTER_CACHE_DIR/images/*/image.json") ]] && docker_runs &&
    [[ $(ask_docker image ls --quiet "webhoster-app:$COMPOSE_PROJECT_NAME") ]]
}

same_disk() { [[ $(stat --format %d "$(above "$1")") == "$(stat --format %d "$(above "$2")")" ]]; }

# room FOLDER WHAT GIGABYTES: the packages of npm and Go are many small files.
room() {
  local folder gigabytes files free
  # What will be made is on the file system of what is there.
  folder=$(above "$1")
  gigabytes=$(($(df --output=avail -B 1000000 "$folder" | tail -n 1) / 1000))
  least "free in $folder, for $2" "$gigabytes" "$3" GB
  # Not all file systems have a number of files.
  read -r files free < <(df --output=itotal,iavail "$folder" | tail -n 1)
  [[ $files == 0 || $files == - || $3 == 1 ]] || ((free >= 300000)) ||
    problem "$folder has room for $free more files only, and 300000 are needed: remove some, or use a file system that has more."
}

check_folders() {
  check_written
  check_executed
  check_readers
  check_file_system
  check_qemu_user
  check_apparmor
}

# For root only a file system says no.
check_written() {
  local folder
  is_root || return 0
  for folder in "$ROOT" "$WEBHOSTER_DATA_DIR" "$WEBHOSTER_CACHE_DIR" "$(docker_root)" /etc /var/lib /var/log /run/lock; do
    folder=$(above "$folder")
    [[ -w $folder ]] || problem "$folder cannot be written, and it has to be: mount it for writing."
  done
  [[ -d /run/lock ]] || problem 'There is no /run/lock, by which scripts wait for one another: mkdir -p /run/lock'
  [[ -d ${TMPDIR:-/tmp} && -w ${TMPDIR:-/tmp} ]] || problem "There is no folder ${TMPDIR:-/tmp} that can be written: set TMPDIR to one, sudo TMPDIR=/var/tmp $0"
}

# mount_of FOLDER COLUMN: empty where it is not known, as in a chroot.
mount_of() { findmnt --noheadings --output "$2" --target "$(above "$1")" || true; }

mounted_noexec() { [[ ,$(mount_of "$1" OPTIONS), == *,noexec,* ]]; }

# The toolchain and npm's programs run from the cache.
check_executed() {
  ! mounted_noexec "$WEBHOSTER_CACHE_DIR" ||
    problem "$WEBHOSTER_CACHE_DIR is on a file system mounted noexec, and programs run from there: choose another place, $(how_to_set WEBHOSTER_CACHE_DIR=/srv/webhoster-cache)"
  ! mounted_noexec "$ROOT" || problem "$ROOT is on a file system mounted noexec, and scripts run from there: move it to another place."
  ! mounted_noexec "${TMPDIR:-/tmp}" || docker_has debian:bookworm-slim ||
    note "${TMPDIR:-/tmp} is mounted noexec: where no image registry answers, the base image cannot be made there. Then say
      sudo TMPDIR=/var/tmp $0"
}

docker_has() { docker_runs && ask_docker image inspect --format '{{.Id}}' "$1" >/dev/null; }

# A clone made under umask 077: in containers others than root run and read what is laid into them.
check_readers() {
  local found
  found=$(files_of_checkout '(' -type f -not -perm -004 -o -type d -not -perm -005 ')' -print -quit)
  [[ ! $found ]] || problem "$ROOT/$found is not for everybody to read, and the users in containers could not: say
      chmod -R go+rX $ROOT/{api,images,programs,scripts,stacks,templates,package.json,package-lock.json,.npmrc,Pulumi.yaml}"
}

# Those have no owners, by which QEMU's user is kept to its disks.
check_file_system() {
  local kind
  kind=$(mount_of "$WEBHOSTER_DATA_DIR" FSTYPE)
  [[ $kind ]] || note "what $WEBHOSTER_DATA_DIR is mounted from cannot be told: is this a chroot?"
  [[ ! $kind =~ ^(vfat|exfat|msdos|ntfs3?|fuseblk|9p)$ ]] ||
    problem "$WEBHOSTER_DATA_DIR is on a file system ($kind) whose files have no owners: choose one on ext4 or xfs, $(how_to_set WEBHOSTER_DATA_DIR=/srv/webhoster)"
  [[ ! $kind =~ ^(tmpfs|ramfs)$ ]] ||
    note "$WEBHOSTER_DATA_DIR is in memory ($kind): the disks of all VMs are gone when the machine restarts"
  [[ ! $WEBHOSTER_DATA_DIR/ =~ ^(/var)?/tmp/ ]] ||
    note "$WEBHOSTER_DATA_DIR is below a folder that systems empty by themselves, and with it the disks of all VMs: better choose another"
}

# enters FOLDER USER: as QEMU does, which has no right beyond its user's. Before there is one, as nobody.
enters() {
  local user=(--reuid 65534 --regid 65534 --clear-groups)
  [[ ! $2 ]] || user=(--reuid "$2" --regid "$(id -g "$2")" --init-groups)
  setpriv "${user[@]}" --inh-caps=-all --bounding-set=-all test -x "$1"
}

check_qemu_user() {
  local user folder path=
  is_root || { note "whether QEMU gets into $WEBHOSTER_DATA_DIR is only known to root: run this with sudo" && return; }
  user=$(cut -d : -f 1 /etc/passwd | grep -xE -m 1 'libvirt-qemu|qemu') || user=
  folder=$(realpath --canonicalize-missing "$WEBHOSTER_DATA_DIR")
  while IFS= read -r -d / part; do
    path+=$part/
    # What is not there yet will be made for everybody to pass.
    [[ -d $path ]] || return 0
    enters "$path" "$user" || { tell_closed "${path%/}" "$user" && return; }
  done <<<"$folder/"
}

# tell_closed FOLDER USER
tell_closed() {
  problem "QEMU's user ${2:+$2 }cannot go through $1, and the disks of VMs are below it: say chmod o+x $1, or choose another place,
    $(how_to_set WEBHOSTER_DATA_DIR=/srv/webhoster)"
}

# Where AppArmor confines QEMU, libvirt's helper refuses disks in these places (/etc/apparmor.d/usr.lib.libvirt.virt-aa-helper
# and valid_path() in its source), and no VM starts.
check_apparmor() {
  local folder
  [[ $(cat /sys/module/apparmor/parameters/enabled 2>/dev/null) == Y ]] || return 0
  for folder in "$WEBHOSTER_DATA_DIR" "$(realpath --canonicalize-missing "$WEBHOSTER_DATA_DIR")"; do
    ! refused_by_apparmor "$folder/" || { problem "AppArmor does not let QEMU have its disks in $folder: choose another place, $(how_to_set WEBHOSTER_DATA_DIR=/srv/webhoster)" && return; }
  done
}

refused_by_apparmor() {
  [[ $1 =~ ^(/home/[^/]+|/root)/(\.|bin/) ||
    $1 =~ ^/(bin|boot|etc|lost\+found|proc|sbin|selinux|sys|usr/bin|usr/sbin|usr/share|usr/local/bin|usr/local/etc|usr/local/sbin)/ ||
    $1 =~ ^/(lib|usr/lib|usr/local/lib|vmlinuz|initrd) ]]
}
