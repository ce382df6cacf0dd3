# shellcheck shell=bash disable=SC2034 # the paths are read by sdk.sh and link.sh
# The three programs: from their publisher's release where that can be reached, else built. Each make_… fills the
# folder that it is given.

PULUMI=$TOOLS/pulumi/$PULUMI_VERSION/pulumi
BRIDGE=$TOOLS/terraform-bridge/$BRIDGE_VERSION/pulumi-resource-terraform-provider
PROVIDER=$TOOLS/terraform-provider-libvirt/$PROVIDER_VERSION/terraform-provider-libvirt

make_programs() {
  ensure pulumi "$PULUMI_VERSION" make_pulumi
  ensure terraform-bridge "$BRIDGE_VERSION" make_bridge
  ensure terraform-provider-libvirt "$PROVIDER_VERSION" make_provider
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

make_provider() {
  local sums name="terraform-provider-libvirt_$PROVIDER_VERSION"
  sums=$(pinned_sums "$name")
  if fetch_release dmacvicar/terraform-provider-libvirt "v$PROVIDER_VERSION" \
    "${name}_linux_$(on_this_cpu amd64 arm64).zip" "$sums" "$1/release"; then
    unzip -q -p "$1/release" "terraform-provider-libvirt_v$PROVIDER_VERSION" >"$1/${PROVIDER##*/}"
    chmod +x "$1/${PROVIDER##*/}"
    rm "$1/release"
  else
    go_build libvirt-provider github.com/dmacvicar/terraform-provider-libvirt "" "$1/${PROVIDER##*/}"
  fi
}
