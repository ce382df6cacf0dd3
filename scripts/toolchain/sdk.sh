# shellcheck shell=bash
# @pulumi/libvirt: the provider's schema, read through the bridge, made TypeScript, and compiled to JavaScript.

# The provider's path is written into the SDK, so it is part of what tells one SDK from another.
sdk_version() {
  local sum
  sum=$({
    echo "$PULUMI_VERSION $BRIDGE_VERSION $PROVIDER"
    cat "$HERE/sdk.sh" "$HERE/pulumi/sdk-generator/main.go"
  } | sha256sum)
  echo "$PROVIDER_VERSION-${sum:0:12}"
}

make_sdk() {
  local work=$1/work
  [[ -e $CHECKOUT/node_modules/typescript/bin/tsc ]] ||
    fail "The libvirt SDK needs TypeScript once: run 'npm ci' (with its dev dependencies) and then this again."
  mkdir "$work"
  say "generating @pulumi/libvirt $PROVIDER_VERSION"
  write_schema "$work"
  "$GENERATOR" "$work/src" <"$work/schema.json"
  compile_sdk "$work/src" "$1"
  rm -r "$work"
}

# With a home of its own, so that no plugin of the user's is found and none is downloaded. A provider given by its path
# has version 0.0.0, which Pulumi would see change to the bridge's in the second `up` of every stack; so it is that at once.
write_schema() {
  link_plugin "$1/home"
  env --chdir="$1" PULUMI_HOME="$1/home" PULUMI_SKIP_UPDATE_CHECK=true PULUMI_IGNORE_AMBIENT_PLUGINS=true \
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true \
    "$PULUMI" package get-schema "terraform-provider@$BRIDGE_VERSION" "$PROVIDER" |
    jq --arg version "$BRIDGE_VERSION" '.version = $version' >"$1/schema.json" ||
    fail "Pulumi could not read the schema of $PROVIDER: see its message above."
}

# The sources borrow the checkout's node_modules while they are compiled. The result reads its own version from a
# package.json beside itself, so the compiler's output goes to the top.
compile_sdk() {
  ln -s "$CHECKOUT/node_modules" "$1/node_modules"
  # With the checkout's Node: the one on PATH may be too old.
  "$CHECKOUT/node_modules/.bin/node" "$CHECKOUT/node_modules/typescript/bin/tsc" --project "$1" --outDir "$2" --sourceMap false --declarationMap false >&2 ||
    fail "@pulumi/libvirt could not be compiled: see TypeScript's message above, and try again after 'npm ci'."
  jq '{name, version, main: "index.js", types: "index.d.ts", peerDependencies: .dependencies, pulumi}' \
    "$1/package.json" >"$2/package.json"
}
