#!/usr/bin/env bash
# Installs a tool from PyPI that tests use, in the cache, unless it is there. Its last line is the folder of its programs.
# usage: scripts/quality/install-python-tool.sh NAME    one of scripts/quality/python-tools/, which pin versions and checksums
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
requirements=$root/scripts/quality/python-tools/${1:-}.txt
build=$root/scripts/quality/python-tools/build.txt
source "$root/scripts/lib/cache.sh"
cache=$cache/python-tools

say() { echo "install-python-tool: $*" >&2; }
fail() { say "$*"; exit 1; }

[[ ${1:-} && -f $requirements ]] || fail "name one of $(ls -m "$root/scripts/quality/python-tools"), without .txt"
# A virtual environment knows its own path and the Python it was made with, so it is made where it stays.
home=$cache/$1-$(cat "$build" "$requirements" <(python3 --version) | sha256sum | cut -c 1-12)

mkdir -p "$cache"
exec 9>"$cache/.lock"
flock 9
if [[ ! -f $home/complete ]]; then
  say "installing $1"
  rm -rf "$home"
  python3 -m venv "$home" >&2 || fail 'Python makes no virtual environment: run scripts/install-packages.sh, then this again.'
  # Only what a requirements file excepts is built, with what is pinned: pip would fetch other tools for it.
  for file in "$build" "$requirements"; do
    "$home/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --no-build-isolation \
      --requirement "$file" >&2 || fail "$1 could not be installed, see pip's message above."
  done
  touch "$home/complete"
fi
echo "$home/bin"
