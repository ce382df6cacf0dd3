# shellcheck shell=bash
# What the toolchain scripts share: messages, checked downloads, and folders that appear in the cache whole or not at all.

say() { printf 'toolchain: %4ss  %s\n' "$SECONDS" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

# pinned_sums NAME: the checksums that a file of that name may have; none when it must not be downloaded.
pinned_sums() { awk -v name="$1" '$2 == name { print $1 }' "${CHECKSUMS:?}"; }

# fetch_verified URL SHA256 DEST: downloads a file and keeps it only if its checksum is (one of) the given.
# Fails with 1 when the host does not answer as it should, with 2 when it has no such file or another one.
fetch_verified() {
  local url=$1 wanted=$2 dest=$3 problem got status=0
  problem=$(curl --fail --silent --show-error --location --connect-timeout 4 --speed-limit 10000 --speed-time 5 \
    --output "$dest.part" "$url" 2>&1) || status=$?
  if ((status != 0)); then
    rm -f "$dest.part"
    say "Not downloaded: $url ($problem)."
    return $((status == 22 ? 2 : 1)) # 22: an HTTP error such as 404
  fi
  got=$(sha256sum "$dest.part" | cut -d' ' -f1)
  if ! grep -qxF "$got" <<<"$wanted"; then
    rm -f "$dest.part"
    say "Refused: $url has the SHA-256 $got, which is not the one that is pinned for it."
    return 2
  fi
  mv "$dest.part" "$dest"
}

# fetch_release REPOSITORY TAG FILE SUMS DEST: one file of a GitHub release. After no answer, nothing more is asked for
# in this run, so that a blocked network costs seconds in all.
GITHUB_UNREACHABLE=
fetch_release() {
  local url="${WEBHOSTER_GITHUB_URL:-https://github.com}/$1/releases/download/$2/$3" status=0
  [[ -z $GITHUB_UNREACHABLE && -n $4 ]] || return 1
  say "downloading $url"
  fetch_verified "$url" "$4" "$5" || status=$?
  ((status != 1)) || GITHUB_UNREACHABLE=yes
  return "$status"
}

# publish_dir TMP FINAL: makes a finished folder visible under its name, in one step. FINAL must not exist.
publish_dir() {
  mkdir -p "$(dirname "$2")"
  chmod 755 "$1"
  mv -T "$1" "$2"
}

# ensure TOOL VERSION COMMAND…: makes the cache's folder of a tool unless it is there; COMMAND gets a folder to fill.
ensure() {
  local final="${TOOLS:?}/$1/$2" tmp
  shift 2
  [[ -d $final ]] && return
  tmp=$(mktemp -d "$TOOLS/.tmp.XXXXXX")
  "$@" "$tmp"
  publish_dir "$tmp" "$final"
}

# lock_cache: one run at a time. What is left of an interrupted one can only be rubbish then.
lock_cache() {
  mkdir -p "${TOOLS:?}"
  exec 9>"$TOOLS/.lock"
  if ! flock --nonblock 9; then
    say "waiting for another run to finish"
    flock 9
  fi
  trap remove_leftovers EXIT
  remove_leftovers
}

remove_leftovers() { rm -rf "$TOOLS"/.tmp.*; }

# with_ticker TELL FILE COMMAND…: runs a long command with its messages in a file, and TELL now and then. The ticker keeps
# neither the lock nor the caller's pipes for its last sleep, and ends with this shell whatever ended that.
with_ticker() {
  local tell=$1 file=$2 ticker status=0
  shift 2
  while sleep 20 2>&- && kill -0 "$$" 2>/dev/null; do "$tell"; done >/dev/null 9>&- &
  ticker=$!
  "$@" 2>"$file" || status=$?
  kill "$ticker"
  wait "$ticker" 2>/dev/null || true
  return "$status"
}
