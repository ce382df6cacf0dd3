# shellcheck shell=bash
# Go: the one on PATH when it is new enough, else one from the Go module proxy; and what is built with it.

# The newest Go that one of our modules asks for.
go_needed() { awk '$1 == "go" { print $2 }' "$HERE"/*/go.mod | sort --version-sort | tail -n 1; }

# find_go: sets GO.
GO=
find_go() {
  local needed found
  [[ -z $GO ]] || return 0
  needed=$(go_needed)
  found=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || found=
  if [[ -n $found && $(printf '%s\n' "$needed" "${found#go}" | sort --version-sort | sed -n 1p) == "$needed" ]]; then
    GO=go
    return
  fi
  say "Go ${found:+on PATH is ${found#go}, but }$needed or newer is needed"
  ensure go "$GO_VERSION" make_go
  GO=$TOOLS/go/$GO_VERSION/bin/go
}

make_go() {
  local zip proxy sums
  zip=v0.0.1-go$GO_VERSION.linux-amd64.zip
  sums=$(pinned_sums "$zip")
  for proxy in $(go_proxies); do
    say "downloading Go $GO_VERSION from the Go module proxy"
    if fetch_verified "$proxy/golang.org/toolchain/@v/$zip" "$sums" "$1/go.zip"; then
      unpack_go "$1"
      return
    fi
  done
  fail "Go $GO_VERSION cannot be had from the Go module proxy: install Go $(go_needed) or newer, or set GOPROXY."
}

# The proxies in GOPROXY: a list of addresses and the words `direct` and `off`.
go_proxies() { tr ',|' '\n' <<<"${GOPROXY:-https://proxy.golang.org}" | grep -E '^https?://' | sed 's,/*$,,'; }

# Module zips carry no file modes.
unpack_go() {
  unzip -q "$1/go.zip" -d "$1/zip"
  mv "$1"/zip/golang.org/toolchain@*/* "$1"
  rm -r "$1/zip" "$1/go.zip"
  chmod -R +x "$1/bin" "$1/pkg/tool"
}

# go_build MODULE MODFILE FOLDER PACKAGE…: builds main packages of scripts/toolchain/MODULE into a folder, with what a go.mod
# requires, exactly as the go.sum beside that pins it. Nothing is compiled for a debugger: -s and -w take it away again.
go_build() {
  local module=$1 flags=(-mod=readonly "-modfile=$2" -trimpath -gcflags=all=-dwarf=false) folder=$3 packages messages status=0
  shift 3
  say "downloading the sources of ${*##*/}"
  packages=$(in_module "$module" list "${flags[@]}" -deps "$@" | wc -l) ||
    fail "These sources cannot be had: see Go's message above; GOPROXY must lead to a Go module proxy."
  say "building ${*##*/}: $packages packages (minutes when Go's build cache is cold)"
  messages=$(mktemp "$TOOLS/.tmp.messages.XXXXXX")
  with_ticker tell_compiled "$messages" in_module "$module" build -v "${flags[@]}" -buildvcs=false "${LINK_FLAGS[@]}" \
    -o "$folder/" "$@" || status=$?
  ((status == 0)) || {
    grep -v "$COMPILED" "$messages" >&2 || true
    fail "${*##*/} could not be built: see Go's message above."
  }
}

# With -v, Go names each package that it compiles; what it kept from an earlier run is not among them.
COMPILED='^[^ :]*$'
tell_compiled() { say "compiled $(grep -c "$COMPILED" "$messages") of at most $packages packages"; }

# go_module_dir MODULE PATH: where the sources of a requirement are, once they are downloaded. After find_go.
go_module_dir() {
  in_module "$1" mod download "$2" || fail "$2 could not be downloaded: GOPROXY must lead to a Go module proxy."
  in_module "$1" list -mod=readonly -m -f '{{.Dir}}' "$2"
}

# in_module MODULE ARGUMENT…: runs Go there.
in_module() { env --chdir="$HERE/$1" CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$GO" "${@:2}"; }
