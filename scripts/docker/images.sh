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

# begin_build NAME SUM CONTEXT [ARGUMENT…]: begins to make an image, unless it was made from the same.
begin_build() {
  local name=$1 made_from=$2 context=$3
  shift 3
  [[ $(sum_in "$name") != "$made_from" ]] || return 0
  begin "image $name" docker build --label "webhoster.made-from=$made_from" --tag "$(image "$name")" \
    --build-arg BASE="$(image base)" "${through_proxy[@]/#/--build-arg=}" "$@" "$context"
}

# A company's proxy, for what is fetched. Those that are not set are not handed on.
through_proxy=(http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY)

# in_builder COMMAND…: runs a command in the builder, with the cache and the application's stage.
in_builder() {
  docker run --rm --init --volume "$WEBHOSTER_CACHE_DIR:/opt/webhoster/cache" --volume "$STAGE/app:/opt/webhoster/app" \
    --volume "$STAGE/node_modules:/opt/webhoster/app/node_modules" \
    --env WEBHOSTER_CACHE_DIR=/opt/webhoster/cache --env HOME=/opt/webhoster/cache/home \
    --env GOPATH=/opt/webhoster/cache/go --env GOCACHE=/opt/webhoster/cache/go/build --env GOFLAGS=-modcacherw \
    --env GOPROXY "${through_proxy[@]/#/--env=}" "${builder_options[@]}" "$(image builder)" "$@"
}

# make_images: the containers' images, and that of the guests; sets GUEST_IMAGE_DIR. Side by side what does not need one another.
make_images() {
  step 'Images'
  STAGE=$WEBHOSTER_CACHE_DIR/stage
  [[ -d $WEBHOSTER_CACHE_DIR ]] || { mkdir -p "$WEBHOSTER_CACHE_DIR" && touch "$WEBHOSTER_CACHE_DIR/made-by-docker-start"; }
  builder_options=()
  mkdir -p "$STAGE/app" "$STAGE/node_modules"
  # One at a time: the stage and the images are those of all installations of this machine.
  exec 8>"$WEBHOSTER_CACHE_DIR/stage.lock"
  flock 8
  make_base
  local base application
  base=$(sum_in base)
  application=$(echo "$base $(sum_of "${sources[@]}" images/app)" | sum)
  GUEST_IMAGE_DIR=$(find_guest_image)
  begin_build postgres "$(echo "$base $(sum_of images/postgres)" | sum)" "$ROOT/images/postgres"
  begin_build redis "$(echo "$base $(sum_of images/redis)" | sum)" "$ROOT/images/redis"
  if [[ ! $GUEST_IMAGE_DIR || $(sum_in app) != "$application" ]]; then make_what_is_built "$base" "$application"; fi
  await
  make_proxy "$base"
  exec 8>&-
  good 'base, postgres, redis, proxy, app, guest'
}

# make_what_is_built BASE_SUM APPLICATION_SUM: by the builder, which a machine that has all of it does without.
make_what_is_built() {
  begin_build builder "$(echo "$1 $(sum_of images/builder)" | sum)" "$ROOT/images/builder"
  await_if_begun 'image builder'
  # Before there is a container that has the stage mounted.
  [[ $(sum_in app) == "$2" ]] || stage_application
  [[ $GUEST_IMAGE_DIR ]] || begin 'guest image' build_guest_image "$WORK/guest-image"
  [[ $(sum_in app) == "$2" ]] || make_application "$2"
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

# A company's own authorities are in the host's bundle.
make_base() {
  local bundle=/etc/ssl/certs/ca-certificates.crt context made_from
  context=$(mktemp --directory --tmpdir="$WORK")
  cp "$ROOT"/images/base/* "$context"
  mkdir "$context/ca"
  [[ ! -f $bundle ]] || cp "$bundle" "$context/ca/"
  made_from=$(echo "$(sum_of images/base) $(cat "$context"/ca/* | sum)" | sum)
  if [[ $(sum_in base) != "$made_from" ]]; then
    make_debian
    begin_build base "$made_from" "$context"
    await
  fi
  rm -rf "$context"
}

sources=(api stacks programs templates scripts/toolchain scripts/toolchain.sh scripts/cache.sh scripts/pulumi.sh scripts/environment.sh
  scripts/docker/render-proxy.ts package.json package-lock.json .npmrc Pulumi.yaml)

# make_application SUM: what it runs on is kept in the stage for as long as its lists are the same.
make_application() {
  local packages
  packages=$(sum_of package.json package-lock.json scripts/toolchain scripts/toolchain.sh scripts/cache.sh images/builder)
  if [[ $(cat "$STAGE/packages" 2>/dev/null) != "$packages" ]]; then
    rm -f "$STAGE/packages"
    begin 'npm packages' in_builder npm ci --no-progress --loglevel=error
    begin 'Pulumi toolchain' in_builder scripts/toolchain.sh --programs
    await 'npm packages' 'Pulumi toolchain'
    # The SDK's compiler is an npm package for development. It goes then, and takes the SDK along, which is in no list.
    begin 'libvirt SDK' in_builder sh -c 'scripts/toolchain.sh && npm prune --omit=dev --loglevel=error && scripts/toolchain.sh'
    await 'libvirt SDK'
    stage_toolchain
    echo "$packages" >"$STAGE/packages"
  fi
  begin_build app "$1" "$STAGE" --file "$ROOT/images/app/Dockerfile"
}

stage_application() {
  local source
  find "$STAGE/app" -mindepth 1 -maxdepth 1 -not -name .toolchain -exec rm -rf {} +
  (cd "$ROOT" && tar --create --owner=0 --group=0 "${sources[@]}") | tar --extract --directory "$STAGE/app"
  for source in start-app proxy-control host-program; do cp "$ROOT/images/app/$source" "$STAGE/"; done
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
  local context made_from
  made_from=$(echo "$1 $HTTP_PORT $HTTPS_PORT $HTTPS_REDIRECT $API_PORT $(sum_of images/proxy templates/proxy templates/proxy.ts templates/security-headers.ts scripts/docker/render-proxy.ts)" | sum)
  [[ $(sum_in proxy) != "$made_from" ]] || return 0
  context=$(mktemp --directory --tmpdir="$WORK")
  cp "$ROOT"/images/proxy/* "$context"
  mkdir "$context/configuration"
  with_progress 'proxy configuration' docker run --rm --user root --network none --entrypoint node_modules/.bin/node \
    --volume "$context/configuration:/out" --env "HTTP_PORT=$HTTP_PORT" --env "HTTPS_PORT=$HTTPS_PORT" \
    --env "HTTPS_REDIRECT=$HTTPS_REDIRECT" --env "API_PORT=$API_PORT" \
    "$(image app)" scripts/docker/render-proxy.ts /out
  begin_build proxy "$made_from" "$context"
  await
  rm -rf "$context"
}

# find_guest_image: the folder of the one that this checkout describes, if it is in the cache.
find_guest_image() { WEBHOSTER_CACHE_DIR=$WEBHOSTER_CACHE_DIR "$ROOT/scripts/build-guest-image.sh" --find; }

# build_guest_image FILE: writes its folder there. mmdebstrap mounts file systems, so this one container may too.
build_guest_image() {
  builder_options=(--cap-add SYS_ADMIN --security-opt apparmor=unconfined
    --volume "$ROOT/scripts:/opt/webhoster/app/scripts:ro" --volume "$ROOT/images:/opt/webhoster/app/images:ro")
  in_builder scripts/build-guest-image.sh >"$1"
}
