/**
 * A script for a guest's root: two packages are installed, and the machine's only archives have a newer version of each,
 * `urgent` in its suite's security archive, `optional` elsewhere. A service runs the program of `urgent`.
 */
export const packages = String.raw`
. /etc/os-release
build() { # NAME VERSION ARCHIVE
  local tree=/srv/$1-$2
  mkdir -p $tree/DEBIAN $tree/usr/bin /srv/$3
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: Test\n' $1 $2 >$tree/DEBIAN/control
  cp /bin/sleep $tree/usr/bin/$1
  dpkg-deb --build $tree /srv/$3/$1.deb
}
index() { # ARCHIVE ORIGIN LABEL SUITE CODENAME
  cd /srv/$1
  for deb in *.deb; do
    dpkg-deb -f $deb
    printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' $deb $(stat -c %s $deb) $(sha256sum <$deb | cut -d' ' -f1)
  done >Packages
  printf 'Origin: %s\nLabel: %s\nSuite: %s\nCodename: %s\nSHA256:\n %s %s Packages\n' \
    $2 $3 $4 $5 $(sha256sum <Packages | cut -d' ' -f1) $(stat -c %s Packages) >Release
}
build urgent 1 installed
build optional 1 installed
build urgent 2 security
build optional 2 elsewhere
dpkg -i /srv/installed/*.deb
if [ $ID = ubuntu ]; then
  index security Ubuntu Ubuntu $VERSION_CODENAME-security $VERSION_CODENAME
else
  index security Debian Debian-Security stable-security $VERSION_CODENAME-security
fi
index elsewhere Somebody Somebody stable stable
printf 'deb [trusted=yes] file:/srv/%s ./\n' security elsewhere >/etc/apt/sources.list
printf '[Service]\nExecStart=/usr/bin/urgent infinity\n' >/etc/systemd/system/urgent.service
systemctl start urgent
`;
