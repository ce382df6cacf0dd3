#!/usr/bin/env bash
# Prints what Webhoster consists of, as one CycloneDX document (SBOM): npm packages, Go modules of the toolchain, packages
# of each guest image in the cache, and Debian packages of this installation's container images, where there are some.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# What .env says, of an installation in containers.
setting() { [[ ! -r $root/.env ]] || sed -n "s/^$1=//p" "$root/.env"; }

WEBHOSTER_CACHE_DIR=${WEBHOSTER_CACHE_DIR:-$(setting WEBHOSTER_CACHE_DIR)}
source "$root/scripts/lib/cache.sh"
project=$(setting COMPOSE_PROJECT_NAME)

say() { echo "sbom: $*" >&2; }

for command in jq npm; do
  command -v "$command" >/dev/null || { say "'$command' is missing: run scripts/install-packages.sh first."; exit 1; }
done

# part TYPE NAME PURL_PREFIX: makes a component out of lines `name=version`. References are the part's own, since the same
# package is in many parts.
part() {
  jq --raw-input --null-input --arg type "$1" --arg name "$2" --arg prefix "$3" '
    def encoded: split("/") | map(@uri) | join("/");
    [inputs | capture("^(?<name>[^=]+)=(?<version>.+)$") |
      {type: "library", name, version, "bom-ref": "\($name)#\(.name)@\(.version)",
       purl: "\($prefix)/\(.name | encoded)@\(.version | @uri)"}] |
    {$type, $name, "bom-ref": $name, components: unique}'
}

go_modules() {
  local folder
  for folder in "$root"/scripts/toolchain/*/; do
    [[ ! -f $folder/go.sum ]] || sed -nE 's|^(\S+) ([^/ ]+) h1:.*|\1=\2|p' "$folder/go.sum" |
      part application "toolchain-$(basename "$folder")" pkg:golang
  done
}

guest_packages() {
  local folder suite
  for folder in "$cache"/images/guest-*/; do
    [[ -f $folder/packages.txt ]] || { say 'without a guest image: none is built'; continue; }
    suite=$(jq --raw-output .suite "$folder/image.json")
    part operating-system "$(basename "$folder")" "pkg:deb/$([[ $suite == jammy ]] && echo ubuntu || echo debian)" <"$folder/packages.txt"
  done
}

container_packages() {
  local image images=''
  [[ ! $project ]] || images=$(timeout 30 docker image ls --filter "reference=webhoster-*:$project" --format '{{.Repository}}:{{.Tag}}')
  [[ $images ]] || say 'without container images: this checkout has no installation in containers'
  for image in $images; do
    # shellcheck disable=SC2016 # the dollar signs are dpkg-query's
    timeout 60 docker run --rm --network none --entrypoint dpkg-query "$image" --show --showformat '${Package}=${Version}\n' |
      part container "$image" pkg:deb/debian
  done
}

# npm before 10, as Debian 12 has it, makes none.
npm=(npm)
[[ $(npm --version) != [1-9].* ]] || npm=(npm exec --yes --package=npm@11.19.1 -- npm)
# It names the project after the checkout's folder.
{
  timeout 300 "${npm[@]}" sbom --sbom-format cyclonedx --package-lock-only --prefix "$root"
  go_modules
  guest_packages
  container_packages
} | jq --slurp '.[0] + {components: (.[0].components + .[1:])} | .metadata.component |= (.type = "application" | .name = "webhoster")'
