#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that Webhoster needs on a host, those that are missing, in one run of apt.
# Nothing is started by it: Webhoster starts what it needs itself.
set -euo pipefail

# Virtual machines: libvirtd with virsh and virtlogd, and what it runs for networks, addresses and packet filters.
PACKAGES=(qemu-system-x86 qemu-utils libvirt-daemon libvirt-daemon-system libvirt-clients libvirt-daemon-driver-qemu
  libvirt-daemon-config-nwfilter dnsmasq-base iptables nftables)
# What the libvirt provider runs: cloud-init disks, and changes to a domain's XML.
PACKAGES+=(genisoimage xsltproc)
# Guest images.
PACKAGES+=(mmdebstrap e2fsprogs zstd)
# The proxy and the queue's server, where they run outside containers (tests do that). PostgreSQL: see below.
PACKAGES+=(nginx libnginx-mod-http-js libnginx-mod-stream libnginx-mod-stream-js redis-server)
# Scripts and tests: downloads, archives, SSH with a password, processes and networks, a browser, tools from PyPI.
PACKAGES+=(ca-certificates openssl curl unzip xz-utils jq git openssh-client sshpass procps util-linux iproute2 tcpdump ufw shellcheck
  chromium fonts-nanum python3 python3-venv)

NO_CLUSTER=/etc/postgresql-common/createcluster.d/webhoster-install.conf
POLICY=/usr/sbin/policy-rc.d
LOCK_LIMIT=300

say() { echo "install-packages: $*" >&2; }

fail() {
  say "$*"
  exit 1
}

has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }

has_node() { [[ $(node --version 2>/dev/null) =~ ^v([0-9]+) ]] && ((BASH_REMATCH[1] >= 18)); }

# Any PostgreSQL server and any Node that is there already will do, wherever it came from.
add_what_may_come_from_elsewhere() {
  has_postgres || PACKAGES+=(postgresql)
  has_node || PACKAGES+=(nodejs)
  command -v npm >/dev/null || PACKAGES+=(npm)
}

list_missing() {
  local installed
  # dpkg-query fails when it knows nothing of one of them; that one is then among the missing.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${PACKAGES[@]}" 2>/dev/null || true)
  printf '%s\n' "${PACKAGES[@]}" | grep -vxFf <(sed -n 's/^installed //p' <<<"$installed") || true
}

# Files that are there only while apt runs.
temporary=()
trap 'rm -f "${temporary[@]}"' EXIT

# The maintainer scripts ask policy-rc.d before they start a service.
forbid_service_starts() {
  [[ ! -e $POLICY ]] || return 0
  temporary+=("$POLICY")
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod 755 "$POLICY"
}

# PostgreSQL's package would make an empty database server; ours is made where it is wanted.
forbid_database_cluster() {
  ! has_postgres || return 0
  temporary+=("$NO_CLUSTER")
  mkdir -p "$(dirname "$NO_CLUSTER")"
  echo 'create_main_cluster = false' >"$NO_CLUSTER"
}

# apt waits for dpkg's lock, but not for that of the package lists. An outdated list may still do, so a failure is told
# and no more.
update_lists() {
  local output
  until output=$(LC_ALL=C apt-get update --quiet 2>&1); do
    if [[ $output != *'Could not get lock'* ]] || ((SECONDS > LOCK_LIMIT)); then
      say "The package lists could not be updated: $(tail -n 1 <<<"$output")"
      return
    fi
    sleep 3
  done
}

install_packages() {
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends --no-remove \
    --option "DPkg::Lock::Timeout=$LOCK_LIMIT" "$@" >&2 ||
    fail "apt could not install these packages: see its message above, and run this again."
}

# A web server and a queue that come with the next boot would take the ports of Webhoster's own.
keep_from_starting_at_boot() {
  local package
  command -v systemctl >/dev/null || return 0
  for package in nginx redis-server; do
    [[ " $* " != *" $package "* ]] || systemctl --quiet disable "$package"
  done
}

command -v apt-get >/dev/null || fail "This machine has no apt. Install the packages listed in $0 by other means."
add_what_may_come_from_elsewhere
mapfile -t missing < <(list_missing)
if ((${#missing[@]} == 0)); then
  say "all packages are there"
  exit
fi
((EUID == 0)) || fail "These packages are missing: ${missing[*]}. Run this as root: sudo $0"
say "installing ${missing[*]}"
forbid_service_starts
forbid_database_cluster
update_lists
install_packages "${missing[@]}"
keep_from_starting_at_boot "${missing[@]}"
say "installed in $SECONDS s"
