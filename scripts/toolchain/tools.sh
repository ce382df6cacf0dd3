# shellcheck shell=bash disable=SC2034 # the paths are read by sdk.sh and link.sh
# The three programs: from their publisher's release where that can be reached, else built. Each make_… fills the
# folder that it is given.

PULUMI=$TOOLS/pulumi/$PULUMI_VERSION/pulumi
BRIDGE=$TOOLS/terraform-bridge/$BRIDGE_VERSION/pulumi-resource-terraform-provider
PROVIDER=$TOOLS/terraform-provider-libvirt/$PROVIDER_BUILD/terraform-provider-libvirt

make_programs() {
  ensure pulumi "$PULUMI_VERSION" make_pulumi
  ensure terraform-bridge "$BRIDGE_VERSION" make_bridge
  ensure terraform-provider-libvirt "$PROVIDER_BUILD" make_provider
}

# Only the CLI itself is kept of the release, so that a downloaded toolchain behaves as a built one does.
make_pulumi() {
  local file
  file="pulumi-v$PULUMI_VERSION-linux-$(on_this_cpu x64 arm64).tar.gz"
  if fetch_release pulumi/pulumi "v$PULUMI_VERSION" "$file" "$(pinned_sums "$file")" "$1/release"; then
    tar --extract --gzip --file="$1/release" --directory="$1" --strip-components=1 pulumi/pulumi
    rm "$1/release"
  else
    go_build pulumi github.com/pulumi/pulumi/pkg/v3/cmd/pulumi \
      "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v$PULUMI_VERSION" "$1/pulumi"
  fi
}

# Its publisher's checksums are nowhere to be had but beside the files themselves, so it is always built. The flags
# are those of its release.
make_bridge() {
  local package=github.com/pulumi/pulumi-terraform-bridge/v3/dynamic
  go_build bridge "$package" "-X google.golang.org/protobuf/reflect/protoregistry.conflictPolicy=ignore \
-X $package/version.version=$BRIDGE_VERSION" "$1/${BRIDGE##*/}"
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
  go_build libvirt-provider github.com/dmacvicar/terraform-provider-libvirt "" "$1/${PROVIDER##*/}" "-modfile=$work/go.mod"
  rm -r "$work"
}

# insert_early_data: where a call's reply has been read, and nothing was made of it yet.
insert_early_data() {
  awk -v part="$HERE/libvirt-provider/early-data.go.part" '
    /^\tif out != nil \{$/ { while ((getline line < part) > 0) print line; found++ }
    { print }
    END { exit found != 1 }' || fail 'go-libvirt is another than early-data.go.part was written for: look whether it is still needed.'
}
