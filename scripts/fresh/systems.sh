# shellcheck shell=bash disable=SC2034 # read by the scripts that source this one
# The systems that the README names, and where a bare root of each comes from.

SYSTEMS=(debian-12 debian-13 ubuntu-22.04 ubuntu-24.04)

is_system() { [[ " ${SYSTEMS[*]} " == *" $1 "* ]]; }

# choose_system NAME: sets SUITE, SOURCES and KEYRING.
choose_system() {
  local mirror
  case $1 in
    debian-12) SUITE=bookworm ;;
    debian-13) SUITE=trixie ;;
    ubuntu-22.04) SUITE=jammy ;;
    ubuntu-24.04) SUITE=noble ;;
  esac
  KEYRING=$ROOT/images/keys/${1%-*}.asc
  if [[ $1 == debian-* ]]; then
    mirror=http://deb.debian.org
    SOURCES=("deb $mirror/debian $SUITE main" "deb $mirror/debian $SUITE-updates main"
      "deb $mirror/debian-security $SUITE-security main")
  else
    mirror=http://archive.ubuntu.com/ubuntu
    SOURCES=("deb $mirror $SUITE main universe" "deb $mirror $SUITE-updates main universe"
      "deb $mirror $SUITE-security main universe")
  fi
}
