#!/usr/bin/env bash
# Makes the root of a guest image a place to run its programs in, set up by its own webhoster-init, until standard input ends.
# usage: unshare --mount --uts --pid --fork --kill-child enter-guest.sh FOLDER    with FOLDER/root.raw and FOLDER/cidata/
# All of it is of these namespaces, and gone with them: mounts, processes, and what is written to the root.
set -euo pipefail
folder=$1
root=$folder/root

mkdir "$folder/image" "$folder/written" "$root"
mount --options loop,ro "$folder/root.raw" "$folder/image"
mount --types tmpfs tmpfs "$folder/written"
mkdir "$folder/written/upper" "$folder/written/work"
mount --types overlay --options "lowerdir=$folder/image,upperdir=$folder/written/upper,workdir=$folder/written/work" overlay "$root"
mount --types proc proc "$root/proc"
mount --types tmpfs --options mode=0755 tmpfs "$root/run"
mount --types tmpfs --options mode=0755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do cp --archive "/dev/$device" "$root/dev/"; done
mkdir "$root/dev/pts"
mount --types devpts --options newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"

# What the machine's disk has is there, as not every kernel that tests run on mounts ISO 9660.
mkdir -p "$root/run/webhoster" "$root/run/sshd"
cp --recursive "$folder/cidata" "$root/run/webhoster/cidata"
chroot "$root" bash -c 'mount() { :; } && export -f mount && exec /usr/local/sbin/webhoster-init'
rm -r "$root/run/webhoster/cidata" "$folder/root.raw"

echo ready
cat >/dev/null
