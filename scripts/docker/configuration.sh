# shellcheck shell=bash
# The installation's configuration: .env, made once. What is in it goes before the environment.

# The settings of .env that are no secrets, with their defaults. VM_NETWORK and DOCKER_SUBNET: the first that is free.
set_defaults() {
  local made=$ROOT/.env
  if [[ -f $made ]]; then load_configuration; fi
  export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-webhoster}
  export WEBHOSTER_DATA_DIR=${WEBHOSTER_DATA_DIR:-/var/lib/webhoster}
  export WEBHOSTER_CACHE_DIR=${WEBHOSTER_CACHE_DIR:-/var/cache/webhoster}
  export HTTP_PORT=${HTTP_PORT:-80} HTTPS_PORT=${HTTPS_PORT:-443} API_PORT=${API_PORT:-8000}
  export HTTPS_REDIRECT=${HTTPS_REDIRECT:-off}
  export SSH_PORT_FIRST=${SSH_PORT_FIRST:-10000} SSH_PORT_LAST=${SSH_PORT_LAST:-20000}
  export NODE_NAME=${NODE_NAME:-local} WORKERS=${WORKERS:-1}
  export BOOT_TIMEOUT_SECONDS=${BOOT_TIMEOUT_SECONDS:-180} LOG_LEVEL=${LOG_LEVEL:-info}
  export DEFAULT_LANGUAGE=${DEFAULT_LANGUAGE:-ko}
  export VM_NAMESERVERS=${VM_NAMESERVERS:-$(nameservers)} VM_MEGABITS_PER_SECOND=${VM_MEGABITS_PER_SECOND:-200}
  export PUBLIC_URL=${PUBLIC_URL:-$(default_url)}
  given_subnet=${DOCKER_SUBNET:-} given_network=${VM_NETWORK:-}
  choose_networks
}

default_url() {
  if [[ $HTTPS_REDIRECT == off ]]; then echo "http://localhost$([[ $HTTP_PORT == 80 ]] || echo ":$HTTP_PORT")"
  else echo "https://localhost$([[ $HTTPS_PORT == 443 ]] || echo ":$HTTPS_PORT")"; fi
}

# Again after Docker and libvirt were installed: they may bring networks of their own.
choose_networks() {
  export DOCKER_SUBNET=${given_subnet:-$(first_free 172.20.0.0/16 172.2{1..9}.0.0/16 10.220.0.0/16)}
  export VM_NETWORK=${given_network:-$(first_free 192.168.122.0/24 192.168.{123..140}.0/24 10.122.0.0/24)}
}

public_nameservers=1.1.1.1,9.9.9.9

# nameservers: those that VMs ask. scripts/docker/check-networks.sh tells when they are not this machine's.
nameservers() {
  local found
  found=$(own_nameservers)
  echo "${found:-$public_nameservers}"
}

# own_nameservers: those that this machine asks, but for itself, which no VM may reach.
own_nameservers() {
  local file=/etc/resolv.conf
  [[ ! -r /run/systemd/resolve/resolv.conf ]] || file=/run/systemd/resolve/resolv.conf
  awk '$1 == "nameserver" && $2 ~ /^[0-9.]+$/ && $2 !~ /^127\./ { print $2 }' "$file" |
    grep -vxFf <(awk '/32 host LOCAL/ { print before } { before = $2 }' /proc/net/fib_trie) | head -n 3 | paste -sd ,
}

first_free() {
  local network
  for network in "$@"; do
    [[ $(used_by "$network" '') ]] || { echo "$network"; return; }
  done
  echo "$1" # Whose user the look at the networks then names.
}

variables=(COMPOSE_PROJECT_NAME WEBHOSTER_DATA_DIR WEBHOSTER_CACHE_DIR HTTP_PORT HTTPS_PORT HTTPS_REDIRECT API_PORT SSH_PORT_FIRST SSH_PORT_LAST NODE_NAME
  WORKERS BOOT_TIMEOUT_SECONDS LOG_LEVEL DEFAULT_LANGUAGE PUBLIC_URL DOCKER_SUBNET VM_NETWORK VM_NAMESERVERS
  VM_MEGABITS_PER_SECOND)
# Written where they are set.
optional=(SITES_DOMAIN REDIRECT_PATHS PUBLIC_ADDRESSES DNS_SERVERS TRUSTED_PROXIES PROXY_PROTOCOL_PORTS VM_REFUSED_NETWORKS SPARES_MIN SPARES_MAX
  ACME_DIRECTORY ACME_TERMS_AGREED ACME_EMAIL ACME_CA_FILE ACME_EAB_KID ACME_EAB_HMAC_KEY ACME_DNS_HOOK)
secrets=(POSTGRES_PASSWORD REDIS_PASSWORD JWT_SECRET PULUMI_CONFIG_PASSPHRASE)

configure() {
  step 'Configuration'
  if [[ -f $ROOT/.env ]]; then
    check_configuration
    good ".env is there, and stays as it is"
    return
  fi
  choose_networks
  refuse_old_state
  # Whoever else is on this machine never sees it half made or with another mode.
  (
    umask 077
    write_configuration >"$ROOT/.env.new"
  )
  mv "$ROOT/.env.new" "$ROOT/.env"
  load_configuration
  good ".env made, with new secrets, readable by root only. Keep a copy of it in a safe place"
}

# New secrets open nothing that was made with others.
refuse_old_state() {
  local name
  ! docker volume inspect "${COMPOSE_PROJECT_NAME}_postgres" >/dev/null 2>&1 ||
    fail "There are users and state of an installation (volume ${COMPOSE_PROJECT_NAME}_postgres), but not its .env. Put that back, or
remove the volume if nobody needs it any more: docker volume rm ${COMPOSE_PROJECT_NAME}_postgres"
  for name in "${variables[@]}" "${optional[@]}"; do
    # One of them is a secret, and is not told.
    [[ ${!name:-,} =~ ^[A-Za-z0-9_./:,@=-]+$ ]] || fail "$name may have letters, digits and _./:,@=- only: correct it"
  done
}

write_configuration() {
  local name
  echo '# Made by scripts/docker-start.sh, and never changed by it. docs/configuration.md says what each of them means.'
  for name in "${variables[@]}"; do echo "$name=${!name}"; done
  for name in "${optional[@]}"; do [[ ! ${!name:-} ]] || echo "$name=${!name}"; done
  echo '# Secrets: without the passphrase the stacks cannot be opened any more.'
  for name in "${secrets[@]}"; do echo "$name=$(openssl rand -hex 32)"; done
}

check_configuration() {
  local name missing=()
  for name in "${variables[@]}" "${secrets[@]}"; do
    grep -q "^$name=." "$ROOT/.env" || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || fail "These lines are missing in .env: ${missing[*]}. docs/configuration.md says what they mean."
  chmod 600 "$ROOT/.env"
}

# A self-signed certificate, unless there is one of somebody's own or one that is still good for long.
make_certificate() {
  local file=$WEBHOSTER_DATA_DIR/tls/edge.pem before host
  host=$(public_host)
  before=$(sha256sum "$file" 2>/dev/null || true)
  # VMs have their disks below this folder.
  [[ -d $WEBHOSTER_DATA_DIR ]] || install -d -m 0711 "$WEBHOSTER_DATA_DIR"
  "$ROOT/scripts/lib/self-signed.sh" "$file" "$host"
  good "certificate of $(openssl x509 -in "$file" -noout -issuer -nameopt RFC2253 | cut -d = -f 2-), until $(openssl x509 -in "$file" -noout -enddate | cut -d = -f 2)"
  [[ $(sha256sum "$file") == "$before" || ! $(container proxy) ]] ||
    with_progress 'the proxy takes the new certificate' compose exec -T proxy sh /etc/webhoster/take-certificate.sh
}
