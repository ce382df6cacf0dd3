# shellcheck shell=bash
# The containers' images, and what goes into them. Each carries the sum of all that it was made from as a label, so that a
# second run makes nothing.

# sum_of PATH…: of the names, modes and contents of files.
sum_of() {
  (
    cd "$ROOT" || exit
    find "$@" -type f -printf '%m %p\n' | LC_ALL=C sort
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  ) | sum
}

sum() { sha256sum | cut -c 1-16; }

# image NAME: its name with the tag of this installation, so that another one on this machine has its own.
image() { echo "webhoster-$1:$COMPOSE_PROJECT_NAME"; }

# sum_in NAME: what its image was made from, or nothing.
sum_in() { docker image inspect --format '{{index .Config.Labels "webhoster.made-from"}}' "$(image "$1")" 2>/dev/null || true; }

# want_images: sets WANTED, the sum of all that each image is to be made from.
declare -A WANTED
want_images() {
  WANTED[base]=$({ sum_of images/base && authorities; } | sum)
  WANTED[postgres]=$(echo "${WANTED[base]} $(sum_of images/postgres)" | sum)
  WANTED[redis]=$(echo "${WANTED[base]} $(sum_of images/redis)" | sum)
  WANTED[compiler]=$(echo "${WANTED[base]} $(sum_of images/compiler)" | sum)
  WANTED[builder]=$(echo "${WANTED[compiler]} $(sum_of images/builder)" | sum)
  WANTED[app]=$(echo "${WANTED[base]} $(sum_of "${sources[@]}" images/app)" | sum)
  WANTED[proxy]=$(echo "${WANTED[base]} $(proxy_settings) $(sum_of images/proxy templates/proxy \
    templates/proxy.ts templates/security-headers.ts scripts/docker/render-proxy.ts api/config/sites.ts)" | sum)
}

# The settings that scripts/docker/render-proxy.ts reads, a line each.
proxy_settings() {
  local name
  for name in HTTP_PORT HTTPS_PORT HTTPS_REDIRECT API_PORT BOOT_TIMEOUT_SECONDS PUBLIC_URL SITES_DOMAIN REDIRECT_PATHS SSH_PORT_FIRST SSH_PORT_LAST TRUSTED_PROXIES PROXY_PROTOCOL_PORTS; do
    echo "$name=${!name:-}"
  done
}

is_made() { [[ $(sum_in "$1") == "${WANTED[$1]}" ]]; }

# A company's own authorities are in the host's bundle, where it has one.
bundle=/etc/ssl/certs/ca-certificates.crt
authorities() { [[ ! -f $bundle ]] || cat "$bundle"; }

# begin_build NAME BASE CONTEXT [ARGUMENT…]: begins to make an image on another one, unless it is made.
begin_build() {
  local name=$1 base=$2
  shift 2
  is_made "$name" ||
    begin "image $name" docker_build "$base" --label "webhoster.made-from=${WANTED[$name]}" --tag "$(image "$name")" "$@"
}

# begin_packages NAME: as soon as there is a base, the layer of an image that needs nothing of what is made meanwhile.
begin_packages() { is_made "$1" || begin "packages of $1" docker_build base --target packages "$ROOT/images/$1"; }

docker_build() { docker build --build-arg BASE="$(image "$1")" "${through_proxy[@]/#/--build-arg=}" "${@:2}"; }

# A company's proxy, for what is fetched. Those that are not set are not handed on.
through_proxy=(http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY)

# run_in IMAGE COMMAND…: in one of those that make things, with the cache and the application's stage.
run_in() {
  docker run --rm --init --volume "$WEBHOSTER_CACHE_DIR:/opt/webhoster/cache" --volume "$STAGE/app:/opt/webhoster/app" \
    --volume "$STAGE/node_modules:/opt/webhoster/app/node_modules" \
    --env WEBHOSTER_CACHE_DIR=/opt/webhoster/cache --env HOME=/opt/webhoster/cache/home \
    --env GOPATH=/opt/webhoster/cache/go --env GOCACHE=/opt/webhoster/cache/go/build --env GOFLAGS=-modcacherw \
    --env GOPROXY "${through_proxy[@]/#/--env=}" "${run_options[@]}" "$(image "$1")" "${@:2}"
}

# make_images: the containers' images, and that of the guests; sets GUEST_IMAGE_DIR.
make_images() {
  step 'Images'
  run_options=()
  [[ -d $WEBHOSTER_CACHE_DIR ]] || { mkdir -p "$WEBHOSTER_CACHE_DIR" && touch "$WEBHOSTER_CACHE_DIR/made-by-docker-start"; }
  want_images
  GUEST_IMAGE_DIR=$(find_guest_image)
  # What has all of it waits for nobody.
  all_are_made || make_missing_images
  good 'base, postgres, redis, proxy, app, guest'
}

all_are_made() {
  local name
  [[ $GUEST_IMAGE_DIR ]] || return
  for name in base postgres redis proxy app; do is_made "$name" || return; done
}

# Side by side what does not need one another.
make_missing_images() {
  STAGE=$WEBHOSTER_CACHE_DIR/stage
  mkdir -p "$STAGE/app" "$STAGE/node_modules"
  # One at a time: the stage is that of all installations of this machine.
  exec 8>"$WEBHOSTER_CACHE_DIR/stage.lock"
  flock --nonblock 8 || { say '  Another installation makes its images: waiting for it.' && flock --wait 3600 8; } ||
    fail 'It has not ended in an hour: see what it waits for.'
  make_base
  # It takes longest, so it begins first.
  has_what_is_built || begin_toolchain
  begin_build postgres base "$ROOT/images/postgres"
  begin_build redis base "$ROOT/images/redis"
  has_what_is_built || make_what_is_built
  await
  make_proxy
  exec 8>&-
}

# What is built is made by images that a machine which has it does without.
has_what_is_built() { [[ $GUEST_IMAGE_DIR ]] && is_made app; }

begin_toolchain() {
  begin_build compiler base "$ROOT/images/compiler"
  await
  # Before there is a container that has the stage mounted.
  is_made app || stage_application
  has_what_runs || begin_what_runs
}

# Until it is whole, what is there is nobody's.
begin_what_runs() {
  rm -f "$STAGE/packages"
  begin 'Pulumi toolchain' run_in compiler scripts/toolchain/toolchain.sh --programs
}

make_what_is_built() {
  begin_build builder compiler "$ROOT/images/builder"
  await_if_begun 'image builder'
  [[ $GUEST_IMAGE_DIR ]] || begin 'guest image' build_guest_image "$WORK/guest-image"
  has_what_runs || begin 'npm packages' run_in builder npm ci --no-progress --loglevel=error
  begin_packages app
  begin_packages proxy
  is_made app || make_application
  await
  if [[ ! $GUEST_IMAGE_DIR ]]; then
    GUEST_IMAGE_DIR=$WEBHOSTER_CACHE_DIR/images/$(basename "$(<"$WORK/guest-image")")
    [[ -f $GUEST_IMAGE_DIR/image.json ]] || fail "The guest image was not made: see $LOG."
  fi
}

# debian:bookworm-slim, pulled, or made from the package archive where no registry answers.
make_debian() {
  docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return
  with_progress 'asking an image registry for debian:bookworm-slim' pull_debian
  [[ -e $WORK/no-registry ]] || return 0
  say '  No image registry answers, so the base image is made from the package archive.'
  NEEDS_BASE=yes install_missing
  with_progress 'debian:bookworm-slim from packages' import_debian
}

pull_debian() { timeout --foreground 300 docker pull debian:bookworm-slim || touch "$WORK/no-registry"; }

# What is half written is thrown away, so nothing needs to be on the disk before the next thing is.
import_debian() {
  # apt reads the keys as its own user, who cannot look into a home folder.
  install -m 0644 "$ROOT/images/keys/debian.asc" "$WORK/keys.asc"
  TMPDIR=$WORK mmdebstrap --variant=minbase --format=tar --keyring="$WORK/keys.asc" --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$WORK/debian.tar" http://deb.debian.org/debian
  docker import "$WORK/debian.tar" debian:bookworm-slim
  rm "$WORK/debian.tar"
}

make_base() {
  local context
  ! is_made base || return 0
  context=$(mktemp --directory --tmpdir="$WORK")
  cp "$ROOT"/images/base/* "$context"
  mkdir "$context/ca"
  [[ ! -f $bundle ]] || cp "$bundle" "$context/ca/"
  make_debian
  begin "image base" docker build --label "webhoster.made-from=${WANTED[base]}" --tag "$(image base)" "$context"
  await
}

sources=(api stacks programs templates scripts/toolchain scripts/lib/cache.sh scripts/pulumi.sh scripts/lib/environment.sh
  scripts/docker/render-proxy.ts package.json package-lock.json .npmrc Pulumi.yaml)

# What the application runs on is kept in the stage for as long as its lists are the same.
has_what_runs() { is_made app || [[ $(cat "$STAGE/packages" 2>/dev/null) == "$(lists_of_what_runs)" ]]; }
lists_of_what_runs() { sum_of package.json package-lock.json .npmrc scripts/toolchain scripts/lib/cache.sh images/compiler images/builder; }

make_application() {
  if ! has_what_runs; then
    await 'npm packages' 'Pulumi toolchain' 'packages of app'
    # The SDK's compiler is an npm package for development, and goes then.
    with_progress 'libvirt SDK' run_in builder \
      sh -c 'scripts/toolchain/toolchain.sh && npm prune --omit=dev --loglevel=error'
    stage_toolchain
    lists_of_what_runs >"$STAGE/packages"
  fi
  begin_build app base "$STAGE" --file "$ROOT/images/app/Dockerfile"
}

stage_application() {
  local source
  find "$STAGE/app" -mindepth 1 -maxdepth 1 -not -name .toolchain -exec rm -rf {} +
  (cd "$ROOT" && tar --create --owner=0 --group=0 "${sources[@]}") | tar --extract --directory "$STAGE/app"
  for source in start-app host-program; do cp "$ROOT/images/app/$source" "$STAGE/"; done
}

# Of the toolchain what runs; the compiler stays behind.
stage_toolchain() {
  local target
  rm -rf "$STAGE/toolchain"
  find "$STAGE/app/.toolchain" -type l -printf '%l\n' | sed -n 's,^/opt/webhoster/cache/toolchain/,,p' | sort -u |
    while read -r target; do
      mkdir -p "$STAGE/toolchain/$(dirname "$target")"
      cp "$WEBHOSTER_CACHE_DIR/toolchain/$target" "$STAGE/toolchain/$target"
    done
}

# Rendered by the application's own image: what the builder last staged may be another checkout's.
make_proxy() {
  local context
  ! is_made proxy || return 0
  context=$(mktemp --directory --tmpdir="$WORK")
  cp "$ROOT"/images/proxy/* "$context"
  mkdir "$context/configuration"
  proxy_settings >"$WORK/proxy-settings"
  with_progress 'proxy configuration' docker run --rm --user root --network none --entrypoint node_modules/.bin/node \
    --volume "$context/configuration:/out" --env-file "$WORK/proxy-settings" "$(image app)" scripts/docker/render-proxy.ts /out
  begin_build proxy base "$context"
  await
}

# find_guest_image: the folder of the one that this checkout describes, if it is in the cache.
find_guest_image() { WEBHOSTER_CACHE_DIR=$WEBHOSTER_CACHE_DIR "$ROOT/scripts/images/build-guest-image.sh" --find; }

# build_guest_image FILE: writes its folder there. mmdebstrap mounts file systems, so this one container may too.
build_guest_image() {
  run_options=(--cap-add SYS_ADMIN --security-opt apparmor=unconfined
    --volume "$ROOT/scripts:/opt/webhoster/app/scripts:ro" --volume "$ROOT/images:/opt/webhoster/app/images:ro")
  run_in builder scripts/images/build-guest-image.sh >"$1"
}
