#!/usr/bin/env bash
# Installs the TLS scanner that tests use, sslyze, into the cache, unless it is there. Its last line is the program's path.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requirements=$root/scripts/tls-scanner.txt
cache=${WEBHOSTER_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/webhoster}/tls-scanner
# A virtual environment knows its own path, and the Python that it was made with: it is made where it stays.
home=$cache/$(cat "$requirements" <(python3 --version) | sha256sum | cut -c 1-16)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if [[ ! -f $home/complete ]]; then
  rm -rf "$home"
  python3 -m venv "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  touch "$home/complete"
fi
echo "$home/bin/sslyze"
