# shellcheck shell=bash
# What the host itself needs: what scripts/lib/packages.txt lists, and Docker with compose. Everything else is in the images.

# Written down, so that scripts/uninstall.sh takes away what was not there before.
installed_list() { echo "$WEBHOSTER_DATA_DIR/installed-packages"; }

list_missing_packages() {
  local purposes=(host) packages
  # Only where the image that all others stand on cannot be pulled.
  [[ ${NEEDS_BASE:-} != yes ]] || purposes+=(base)
  mapfile -t packages < <(packages_for "${purposes[@]}")
  list_missing "${packages[@]}"
  type -P dockerd >/dev/null || echo docker.io
  # Debian 13 has the client in a package of its own.
  type -P docker >/dev/null || [[ $(apt-cache policy docker-cli 2>/dev/null) != *Candidate:\ [0-9]* ]] || echo docker-cli
  has_compose || compose_package
}

# The plugin where the distribution has it, else the older program.
compose_package() {
  if [[ $(apt-cache policy docker-compose-v2 2>/dev/null) == *Candidate:\ [0-9]* ]]; then echo docker-compose-v2
  else echo docker-compose; fi
}

install_missing() {
  local missing
  step 'Packages of this machine'
  mapfile -t missing < <(list_missing_packages)
  if ((${#missing[@]} == 0)); then
    good 'all are there'
  else
    agree "These packages will be installed: ${missing[*]}"
    with_progress 'updating the package lists' update_package_lists
    # The lists may only now tell which compose there is.
    mapfile -t missing < <(list_missing_packages)
    with_progress "installing ${#missing[@]} packages" install_packages "${missing[@]}"
  fi
  start_docker
  with_progress 'libvirt' "$ROOT/scripts/start-libvirt.sh"
}

# Written down as they come, what they need included, also where apt fails. Ctrl-C waits for its end: an interrupted dpkg
# would have to be put right by hand.
install_packages() {
  local before status=0
  trap '' INT TERM HUP
  before=$(all_packages)
  apt_install --option APT::Status-Fd=1 "$@" || status=$?
  mkdir -p "$WEBHOSTER_DATA_DIR"
  comm -13 <(echo "$before") <(all_packages) >>"$(installed_list)"
  return "$status"
}

all_packages() { dpkg-query --show --showformat='${binary:Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p' | LC_ALL=C sort; }

agree() {
  say "  $1"
  [[ $YES != yes ]] || return 0
  [[ -t 0 ]] || fail 'Nobody is there to ask. Run this with --yes to go on without asking.'
  local answer
  read -r -p '  Go on? [Y/n] ' answer
  [[ $answer =~ ^([Yy].*)?$ ]] || fail 'Nothing was changed.'
}

docker_answers() { docker info >/dev/null 2>&1; }

start_docker() {
  docker_answers && { good "Docker $(docker version --format '{{.Server.Version}}')"; return; }
  with_progress 'starting Docker' wait_for_docker
}

wait_for_docker() {
  if [[ -d /run/systemd/system ]]; then
    systemctl start docker
  else
    mkdir -p /var/log/webhoster
    # It must not inherit this script's locks: it would hold them for as long as it runs.
    setsid nohup dockerd >>/var/log/webhoster/dockerd.log 2>&1 </dev/null 7>&- 8>&- &
    echo $! >/run/webhoster-dockerd.pid
  fi
  for ((try = 0; try < 150; try++)); do
    docker_answers && return
    sleep 0.2
  done
  echo 'Docker does not answer: see journalctl -u docker, or /var/log/webhoster/dockerd.log.'
  return 1
}
