# shellcheck shell=bash
# Sourced by what installs packages: which of the one list there are, which are missing, and how they are installed.

packages_file=$(dirname "${BASH_SOURCE[0]}")/packages.txt
# Seconds that another apt is waited for.
apt_lock_limit=300

# packages_for PURPOSE…
packages_for() { awk -v wanted=" $* " '/^#/ || !NF { next } index(wanted, " " $1 " ") && !seen[$2]++ { print $2 }' "$packages_file"; }

# list_missing PACKAGE…: those that are not installed.
list_missing() {
  local installed
  # dpkg-query fails when it knows nothing of one of them; that one is then among the missing.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  printf '%s\n' "$@" | grep -vxFf <(sed -n 's/^installed //p' <<<"$installed") || true
}

# apt waits for dpkg's lock, but not for that of the package lists.
update_package_lists() {
  local output deadline=$((SECONDS + apt_lock_limit))
  until output=$(LC_ALL=C timeout --foreground 600 apt-get update --quiet 2>&1); do
    if [[ $output != *'Could not get lock'* ]] || ((SECONDS > deadline)); then echo "$output" && return 1; fi
    sleep 3
  done
}

# apt_install PACKAGE…
apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends --no-remove \
    --option "DPkg::Lock::Timeout=$apt_lock_limit" "$@"
}
