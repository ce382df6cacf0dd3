# shellcheck shell=bash disable=SC2034 # the paths are read by sdk.sh and link.sh
# The programs: from their publisher's release where that can be reached, else built. Each make_… fills the
# folder that it is given.

PULUMI=$TOOLS/pulumi/$PULUMI_BUILD/pulumi
BRIDGE=$TOOLS/terraform-bridge/$BRIDGE_BUILD/pulumi-resource-terraform-provider
PROVIDER=$TOOLS/terraform-provider-libvirt/$PROVIDER_BUILD/terraform-provider-libvirt
# What makes the SDK is kept too: each folder that a toolchain is kept in has an SDK of its own.
GENERATOR_BUILD=$PULUMI_BUILD-$(sha256sum "$HERE/pulumi/sdk-generator/main.go" | cut -c 1-12)
GENERATOR=$TOOLS/sdk-generator/$GENERATOR_BUILD/sdk-generator

CLI_PACKAGE=github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
BRIDGE_PACKAGE=github.com/pulumi/pulumi-terraform-bridge/v3/dynamic
PROVIDER_PACKAGE=github.com/dmacvicar/terraform-provider-libvirt
# Those of their releases.
LINK_FLAGS=(
  -ldflags='-s -w'
  "-ldflags=$CLI_PACKAGE=-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION"
  "-ldflags=$BRIDGE_PACKAGE=-s -w -X google.golang.org/protobuf/reflect/protoregistry.conflictPolicy=ignore \
-X $BRIDGE_PACKAGE/version.version=$BRIDGE_VERSION"
)

make_programs() {
  ensure pulumi "$PULUMI_BUILD" make_pulumi
  ensure terraform-bridge "$BRIDGE_BUILD" make_bridge
  ensure sdk-generator "$GENERATOR_BUILD" make_generator
  ensure terraform-provider-libvirt "$PROVIDER_BUILD" make_provider
}

# Only the CLI itself is kept of the release. It has what light.sh leaves out, and starts as much later.
make_pulumi() {
  local file
  file=pulumi-v$PULUMI_VERSION-linux-x64.tar.gz
  if fetch_release pulumi/pulumi "v$PULUMI_VERSION" "$file" "$(pinned_sums "$file")" "$1/release"; then
    tar --extract --gzip --file="$1/release" --directory="$1" --strip-components=1 pulumi/pulumi
    rm "$1/release"
  else
    build_pulumi pulumi "$1/pulumi"
  fi
}

# Its publisher's checksums are nowhere to be had but beside the files themselves, so it is always built.
make_bridge() { build_pulumi dynamic "$1/${BRIDGE##*/}"; }

make_generator() { build_pulumi sdk-generator "$1/${GENERATOR##*/}"; }

# build_pulumi PROGRAM OUTPUT: one of the programs of the module pulumi. The first call builds all of them that are missing,
# in one go, so that no processor waits for another one's last package.
build_pulumi() {
  local built=$TOOLS/.tmp.pulumi
  if [[ ! -e $built/bin/$1 ]]; then
    find_go
    mkdir -p "$built/bin"
    light_sources "$built"
    # shellcheck disable=SC2046 # a package per word
    go_build pulumi "$built/go.mod" "$built/bin" $(missing_packages "$1")
    rm -r "$built/pkg" "$built/sdk"
  fi
  mv "$built/bin/$1" "$2"
}

# missing_packages PROGRAM: its package, and those of the others that come after it.
missing_packages() {
  [[ $1 != pulumi ]] || echo "$CLI_PACKAGE"
  [[ $1 != dynamic && -d ${BRIDGE%/*} ]] || echo "$BRIDGE_PACKAGE"
  echo ./sdk-generator
}

# Always built, because its release hangs now and then when it reads back a cloud-init disk: see early-data.go.part.
make_provider() {
  local work=$1/work name=github.com/digitalocean/go-libvirt library
  find_go
  library=$(go_module_dir libvirt-provider "$name")
  mkdir "$work"
  cp --recursive --no-preserve=mode "$library" "$work/go-libvirt"
  insert_early_data <"$library/rpc.go" >"$work/go-libvirt/rpc.go"
  cp "$HERE"/libvirt-provider/go.{mod,sum} "$work"
  in_module libvirt-provider mod edit -replace "$name=$work/go-libvirt" "$work/go.mod"
  go_build libvirt-provider "$work/go.mod" "$1" "$PROVIDER_PACKAGE"
  rm -r "$work"
}

# insert_early_data: where a call's reply has been read, and nothing was made of it yet.
insert_early_data() {
  awk -v part="$HERE/libvirt-provider/early-data.go.part" '
    /^\tif out != nil \{$/ { while ((getline line < part) > 0) print line; found++ }
    { print }
    END { exit found != 1 }' || fail 'go-libvirt is another than early-data.go.part was written for: look whether it is still needed.'
}
