/** A script for a guest's root: prints the seed of random numbers that a machine's disk brought. */
export const readSeed = `
mount -r LABEL=cidata /mnt
sed 1d /mnt/user-data | jq -r .random_seed.data
umount /mnt
`;

/**
 * A script for a guest's root: looks for what is secret there, which is the hash of its password, the host key and the seed
 * of its random numbers, and for a word planted in a file for all. Prints for root and for users without rights which files
 * have one of them, and which of the places with secrets they can read.
 */
export const searchForSecrets = String.raw`
disk=$(blkid -L cidata)
secrets=$(getent shadow ubuntu | cut -d: -f2; sed -n 3p /etc/ssh/ssh_host_ed25519_key; ${readSeed})
secrets=$(tee /srv/planted <<<planted-for-this-search; echo "$secrets")
chmod 644 /srv/planted
[ $(grep -cE '^.{20,}$' <<<"$secrets") = 4 ]
places="/srv/planted $disk /dev/vda /run/webhoster /etc/shadow /etc/ssh/ssh_host_ed25519_key /var/lib/systemd/random-seed
  /etc/ufw/user.rules /home/ubuntu/.ssh $(ls /run/log/journal/*/system.journal)"
search() {
  # grep and find end with an error where they may not look.
  grep="grep -lsF -f -"
  { "$@" $grep -r --devices=skip --exclude-dir={proc,sys,dev,usr} / || [ $? -le 2 ]; } <<<"$secrets"
  { "$@" $grep $disk || [ $? -le 2 ]; } <<<"$secrets"
}
readable() {
  "$@" find $places -maxdepth 0 -readable 2>/dev/null || [ $? = 1 ]
  "$@" find /dev -type b -readable 2>/dev/null
}
tell() { echo "$1:" $(for one in $2; do [ $one = $disk ] && echo DISK || echo $one; done | sort -u); }
for user in root nobody www-data; do
  tell "$user finds" "$(search sudo -u $user)"
  tell "$user reads" "$(readable sudo -u $user)"
done
`;
