# shellcheck shell=bash
# Sourced by the scripts that ask this machine's libvirtd.

# virsh ARGUMENT…: for a minute at most, and in a session of its own: virsh 8.0 stops itself (SIGSTOP) where it is in the
# background of a terminal, as each stage of our scripts is, and all that `timeout` runs (seen on Ubuntu 22.04).
virsh() { timeout 60 setsid virsh --quiet --connect "${LIBVIRT_URI:-qemu:///system}" "$@"; }
