#!/usr/bin/env bash
# Tries a running installation as a user would, by curl, ssh and sftp: from signing up to a page of one's own, and back.
# usage: scripts/test-workflow.sh [URL]    the account that it makes stays; its hosting does not
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/lib/checks.sh"
source "$root/scripts/lib/calls.sh"

page_has() { curl --silent --show-error --fail --location --max-time 20 "$site" | grep -F "$1"; }
page_is_gone() { [[ $(curl --silent --location --max-time 20 --output /dev/null --write-out '%{http_code}' "$site") == 404 ]]; }
is_root_there() { [[ $(ssh "${ssh_options[@]}" -p "$port" "ubuntu@$host" 'sudo -n id -un') == root ]]; }
upload_page() {
  echo "<h1>page of $vm_id</h1>" >"$work/index.html"
  echo "put $work/index.html /var/www/html/index.html" | sftp "${ssh_options[@]}" -P "$port" "ubuntu@$host"
}

check 'every part is healthy' call GET /health/detailed 200
check 'signs up and logs in' sign_up
check 'has no hosting yet' call GET /host/my 404
check 'creates a hosting' create_hosting
if ((failed == 0)); then
  check 'the page welcomes' page_has "$vm_id"
  check 'SSH opens the machine, sudo its root account' is_root_there
  check 'SFTP brings a page' upload_page
  check 'the page has changed' page_has "page of $vm_id"
  check 'a second hosting is refused' call POST /host 409
  check 'the hosting is told' call GET /host/my 200
  check 'deletes the hosting' delete_hosting
  check 'the page is gone' page_is_gone
  check 'the hosting is gone' call GET /host/my 404
fi
finish
