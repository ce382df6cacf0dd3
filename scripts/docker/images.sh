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

# build NAME SUM CONTEXT [ARGUMENT…]: makes an image unless it was made from the same.
build() {
  local name=$1 made_from=$2 context=$3
  shift 3
  [[ $(sum_in "$name") != "$made_from" ]] || return 0
  with_progress "image $name" docker build --label "webhoster.made-from=$made_from" --tag "$(image "$name")" \
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

make_images() {
  step 'Images'
  STAGE=$WEBHOSTER_CACHE_DIR/stage
  [[ -d $WEBHOSTER_CACHE_DIR ]] || { mkdir -p "$WEBHOSTER_CACHE_DIR" && touch "$WEBHOSTER_CACHE_DIR/made-by-docker-start"; }
  builder_options=()
  mkdir -p "$STAGE/app" "$STAGE/node_modules"
  # One at a time: the stage and the images are those of all installations of this machine.
  exec 8>"$WEBHOSTER_CACHE_DIR/stage.lock"
  flock 8
  make_debian
  make_base
  local base
  base=$(sum_in base)
  build builder "$(echo "$base $(sum_of images/builder)" | sum)" "$ROOT/images/builder"
  build postgres "$(echo "$base $(sum_of images/postgres)" | sum)" "$ROOT/images/postgres"
  build redis "$(echo "$base $(sum_of images/redis)" | sum)" "$ROOT/images/redis"
  make_application "$base"
  make_proxy "$base"
  exec 8>&-
  good 'base, postgres, redis, proxy, app'
}

# debian:bookworm-slim, pulled, or made from the package archive where no registry answers.
make_debian() {
  docker image inspect debian:bookworm-slim >/dev/null 2>&1 && return
  if (with_progress 'pulling debian:bookworm-slim' timeout 300 docker pull debian:bookworm-slim) 2>/dev/null; then return; fi
  say '  No image registry answers, so the base image is made from the package archive.'
  NEEDS_MMDEBSTRAP=yes install_missing
  with_progress 'debian:bookworm-slim from packages' import_debian
}

import_debian() {
  local archive
  archive=$(mktemp)
  mmdebstrap --variant=minbase --format=tar --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$archive" http://deb.debian.org/debian &&
    docker import "$archive" debian:bookworm-slim
  local status=$?
  rm -f "$archive"
  return "$status"
}

# A company's own authorities are in the host's bundle.
make_base() {
  local bundle=/etc/ssl/certs/ca-certificates.crt context
  context=$(mktemp -d)
  cp "$ROOT"/images/base/* "$context"
  mkdir "$context/ca"
  [[ ! -f $bundle ]] || cp "$bundle" "$context/ca/"
  build base "$(echo "$(sum_of images/base) $(cat "$context"/ca/* | sum)" | sum)" "$context"
  rm -rf "$context"
}

sources=(api stacks programs templates scripts/toolchain scripts/toolchain.sh scripts/pulumi.sh scripts/environment.sh
  scripts/docker/render-proxy.ts package.json package-lock.json .npmrc Pulumi.yaml)

make_application() {
  local made_from packages
  made_from=$(echo "$1 $(sum_of "${sources[@]}" images/app)" | sum)
  [[ $(sum_in app) != "$made_from" ]] || return 0
  stage_application
  packages=$(sum_of package.json package-lock.json scripts/toolchain scripts/toolchain.sh images/builder)
  if [[ $(cat "$STAGE/packages" 2>/dev/null) != "$packages" ]]; then
    rm -f "$STAGE/packages"
    with_progress 'npm packages' in_builder npm ci --no-progress --loglevel=error
    with_progress 'Pulumi toolchain' in_builder scripts/toolchain.sh
    # The compiler of the SDK goes, and takes the SDK along, which is nowhere in the list.
    with_progress 'npm packages for running' in_builder sh -c 'npm prune --omit=dev --loglevel=error && scripts/toolchain.sh'
    stage_toolchain
    echo "$packages" >"$STAGE/packages"
  fi
  build app "$made_from" "$STAGE" --file "$ROOT/images/app/Dockerfile"
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
  context=$(mktemp -d)
  cp "$ROOT"/images/proxy/* "$context"
  mkdir "$context/configuration"
  with_progress 'proxy configuration' docker run --rm --user root --network none --entrypoint node_modules/.bin/node \
    --volume "$context/configuration:/out" --env "HTTP_PORT=$HTTP_PORT" --env "HTTPS_PORT=$HTTPS_PORT" \
    --env "HTTPS_REDIRECT=$HTTPS_REDIRECT" --env "API_PORT=$API_PORT" \
    "$(image app)" scripts/docker/render-proxy.ts /out
  build proxy "$made_from" "$context"
  rm -rf "$context"
}

# make_guest_image: sets GUEST_IMAGE_DIR. mmdebstrap mounts file systems, so this one container may too.
make_guest_image() {
  local printed
  printed=$(mktemp)
  builder_options=(--cap-add SYS_ADMIN --security-opt apparmor=unconfined --volume "$ROOT/scripts:/opt/webhoster/app/scripts:ro" --volume "$ROOT/images:/opt/webhoster/app/images:ro")
  # shellcheck disable=SC2317 # called by with_progress
  build_guest_image() { in_builder scripts/build-guest-image.sh >"$printed"; }
  with_progress 'guest image' build_guest_image
  GUEST_IMAGE_DIR=$WEBHOSTER_CACHE_DIR/images/$(basename "$(tail -n 1 "$printed")")
  rm -f "$printed"
  [[ -f $GUEST_IMAGE_DIR/image.json ]] || fail "The guest image was not made: see $LOG."
  builder_options=()
}
