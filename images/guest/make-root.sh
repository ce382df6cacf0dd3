#!/bin/bash
# make-root.sh TAR FOLDER: turns mmdebstrap's tar into FOLDER/root.raw and what else the image consists of. Needs root, or
# the user namespace of `mmdebstrap --unshare-helper`, so that files keep their owners.
set -euo pipefail

recipe=$(dirname "$(readlink -f "$0")")
tar=$1 out=$2
size=20G
# Any constant does: a file system's id and its hash seed only have to be the same in two builds of one recipe.
uuid=7765626f-7374-4572-8000-000000000001

tree=$(mktemp -d "$out/tree.XXXXXX")
trap 'rm -rf "$tree"' EXIT
chmod 0755 "$tree"

# devtmpfs covers /dev before the first program runs.
tar --extract --file "$tar" --directory "$tree" --numeric-owner --xattrs --xattrs-include='*' --exclude './dev/*'
for file in vmlinuz initrd packages.txt; do
  [[ ! -f $tree/.image/$file ]] || install -m 0644 "$tree/.image/$file" "$out/$file"
done
rm -rf "$tree/.image"
# The time that it is made at lies in the superblock, so it is set to the recipe's.
find "$tree" -depth -type d -newermt "@$SOURCE_DATE_EPOCH" -exec touch --date="@$SOURCE_DATE_EPOCH" {} +

MKE2FS_CONFIG=$recipe/mke2fs.conf E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH \
  mke2fs -q -t ext4 -U "$uuid" -E "hash_seed=$uuid,root_owner=0:0" -L root -d "$tree" "$out/root.raw" "$size"

# mke2fs copies the times of access and change too, which are those of the unpacking a moment ago.
inodes=$(find "$tree" -xdev -printf x | wc -c)
seq 11 "$((inodes + 20))" | awk -v time="@$SOURCE_DATE_EPOCH" '
  { print "sif <" $1 "> atime " time; print "sif <" $1 "> ctime " time; print "sif <" $1 "> crtime " time }' |
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f /dev/stdin "$out/root.raw" >/dev/null 2>&1
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH e2fsck -fn "$out/root.raw" >&2
