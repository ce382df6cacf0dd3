# shellcheck shell=bash
# Brings the cached toolchain into the checkout.

# link TARGET LINK
link() {
  [[ $(readlink "$2" || true) == "$1" ]] && return
  mkdir -p "$(dirname "$2")"
  ln -sfn "$1" "$2"
}

# link_plugin PULUMI_HOME: the CLI looks for plugins in real folders only, but takes a link to the program in one.
link_plugin() { link "$BRIDGE" "$1/plugins/resource-terraform-provider-v$BRIDGE_VERSION/${BRIDGE##*/}"; }

link_programs() {
  link "$PULUMI" "$CHECKOUT/.toolchain/bin/pulumi"
  link "$PROVIDER" "$CHECKOUT/.toolchain/bin/${PROVIDER##*/}"
  # As the stacks run it.
  link "$CHECKOUT/stacks/bin/pulumi" "$CHECKOUT/.toolchain/bounded/bin/pulumi"
  link_plugin "$CHECKOUT/.toolchain/home"
  # Our own provider, which is part of the checkout.
  link "$CHECKOUT/programs/site-provider/pulumi-resource-webhoster" \
    "$CHECKOUT/.toolchain/home/plugins/resource-webhoster-v0.1.0/pulumi-resource-webhoster"
}

# copy_sdk VERSION: where package.json says that it is, so npm links to it. A copy, because Node resolves a link to where it
# leads, and @pulumi/pulumi must be the checkout's.
copy_sdk() {
  local sdks=$CHECKOUT/.toolchain/sdks
  [[ $(cat "$sdks/libvirt/.made-from" 2>/dev/null || true) == "$1" ]] && return
  mkdir -p "$sdks"
  rm -rf "$sdks/libvirt" "$sdks"/.libvirt.*
  cp -R "$TOOLS/pulumi-libvirt/$1" "$sdks/.libvirt.$$"
  echo "$1" >"$sdks/.libvirt.$$/.made-from"
  mv -T "$sdks/.libvirt.$$" "$sdks/libvirt"
}
