#!/usr/bin/env bash
# A machine that is to outlive something: makes it with a page, and looks later whether both are there.
# usage: scripts/fresh/hosting.sh make|look|wait
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
kept=$HOME/kept
todo=${1:?usage: scripts/fresh/hosting.sh make|look|wait}
shift
source "$root/scripts/lib/checks.sh"
source "$root/scripts/lib/calls.sh"

upload() {
  echo "<h1>kept by $vm_id</h1>" >"$work/index.html"
  echo "put $work/index.html /var/www/html/index.html" | sftp "${ssh_options[@]}" -P "$port" "ubuntu@$host"
  ssh "${ssh_options[@]}" -p "$port" "ubuntu@$host" sync
}
keep() { mkdir -p "$kept" && cp "$work/key" "$work/login" "$kept" && declare -p vm_id port site >"$kept/facts"; }
has_page() { curl --silent --show-error --fail --location --max-time 20 "$site" | grep -F "kept by $vm_id"; }
opens() { [[ $(ssh "${ssh_options[@]}" -v -p "$port" "ubuntu@$host" hostname) == "$vm_id" ]]; }
is_told() { log_in && call GET /host/my 200 && [[ $(json .data.hosting.status) == running ]]; }
# After a start of the machine: containers, VM and its services, one after another.
wait_until() {
  local deadline=$((SECONDS + 900))
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 1
  done
}

if [[ $todo == make ]]; then
  check 'signs up' sign_up
  check 'creates a hosting' create_hosting
  check 'uploads a page' upload
  check 'keeps its key' keep
else
  # shellcheck source=/dev/null
  source "$kept/facts"
  cp "$kept/key" "$kept/login" "$work"
  if [[ $todo == wait ]]; then
    check 'every part is healthy again' wait_until call GET /health/detailed 200
    check 'SSH opens the machine again' wait_until opens
  fi
  check 'the page is there' has_page
  check 'SSH opens the machine' opens
  check 'the hosting is told, and runs' is_told
fi
finish
