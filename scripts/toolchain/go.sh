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
  if [[ -n $found && $(printf '%s\n' "$needed" "${found#go}" | sort --version-sort | head -n 1) == "$needed" ]]; then
    GO=go
    return
  fi
  say "Go ${found:+on PATH is ${found#go}, but }$needed or newer is needed"
  ensure go "$GO_VERSION" make_go
  GO=$TOOLS/go/$GO_VERSION/bin/go
}

make_go() {
  local zip proxy sums
  zip="v0.0.1-go$GO_VERSION.linux-$(on_this_cpu amd64 arm64).zip"
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

# go_build MODULE PACKAGE LDFLAGS OUTPUT [FLAG…]: builds a package with the requirements of scripts/toolchain/MODULE,
# exactly as its go.sum pins them.
go_build() {
  find_go
  say "building $1: $2 (minutes when Go's build cache is cold)"
  with_ticker "building $2" in_module "$1" build -mod=readonly -trimpath "${@:5}" -ldflags "-s -w $3" -o "$4" "$2" ||
    fail "$2 could not be built: see Go's message above; GOPROXY must lead to a Go module proxy."
}

# go_module_dir MODULE PATH: where the sources of a requirement are, once they are downloaded. After find_go.
go_module_dir() {
  in_module "$1" mod download "$2" || fail "$2 could not be downloaded: GOPROXY must lead to a Go module proxy."
  in_module "$1" list -mod=readonly -m -f '{{.Dir}}' "$2"
}

# in_module MODULE ARGUMENT…: runs Go there.
in_module() { env --chdir="$HERE/$1" CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off "$GO" "${@:2}"; }
