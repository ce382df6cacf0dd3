#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that Webhoster needs on a host, those that are missing, in one run of apt.
# Nothing is started by it: Webhoster starts what it needs itself.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/lib/packages.sh"
mapfile -t PACKAGES < <(packages_for host native test)

NO_CLUSTER=/etc/postgresql-common/createcluster.d/webhoster-install.conf
POLICY=/usr/sbin/policy-rc.d

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

# A web server and a Redis that come with the next boot would take the ports of Webhoster's own.
keep_from_starting_at_boot() {
  local package
  command -v systemctl >/dev/null || return 0
  for package in nginx redis-server; do
    [[ " $* " != *" $package "* ]] || systemctl --quiet disable "$package"
  done
}

command -v apt-get >/dev/null || fail "This machine has no apt. Install what scripts/lib/packages.txt lists by other means."
add_what_may_come_from_elsewhere
mapfile -t missing < <(list_missing "${PACKAGES[@]}")
if ((${#missing[@]} == 0)); then
  say "all packages are there"
  exit
fi
((EUID == 0)) || fail "These packages are missing: ${missing[*]}. Run this as root: sudo $0"
say "installing ${missing[*]}"
forbid_service_starts
forbid_database_cluster
# An outdated list may still do.
update_package_lists >&2 || say 'The package lists could not be updated, see above.'
apt_install "${missing[@]}" >&2 || fail 'apt could not install these packages: see its message above, and run this again.'
keep_from_starting_at_boot "${missing[@]}"
say "installed in $SECONDS s"
