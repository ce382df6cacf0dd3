# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at the variables that an operator sets, before anything reckons with them.

# Fails when another check could not reckon with what they say.
check_settings() {
  local before=${#problems[@]}
  check_port_numbers
  check_paths
  check_network_formats
  check_trusted_proxies
  ((before == ${#problems[@]})) || return 1
  check_port_plan
  check_redirect
}

check_port_numbers() {
  local name
  for name in HTTP_PORT HTTPS_PORT API_PORT SSH_PORT_FIRST SSH_PORT_LAST; do
    is_port "${!name}" ||
      problem "$name is a number from 1 to 65535, not '${!name}': $(how_to_set "$name=8480")"
  done
}

is_port() { [[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && (($1 <= 65535)); }

# Compose takes a path that does not begin with / for one beside its file, and a colon for the end of one.
check_paths() {
  local name
  for name in WEBHOSTER_DATA_DIR WEBHOSTER_CACHE_DIR; do
    [[ ${!name} =~ ^/[A-Za-z0-9_./,@-]+$ ]] ||
      problem "$name is a path from / on, of letters, digits and _./,@-, not '${!name}': $(how_to_set "$name=/srv/webhoster")"
  done
  [[ $ROOT != *:* ]] || problem "This checkout's path has a colon, which Docker takes for the end of it: move $ROOT to another place."
}

check_network_formats() {
  local name
  for name in VM_NETWORK DOCKER_SUBNET; do
    is_network "${!name}" || problem "$name is a network of IPv4 as 10.77.0.0/24, not '${!name}': $(how_to_set "$name=10.77.0.0/24")"
  done
}

is_network() {
  local part
  [[ $1 =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})/([0-9]{1,2})$ ]] || return 1
  for part in "${BASH_REMATCH[@]:1:4}"; do ((10#$part <= 255)) || return 1; done
  ((10#${BASH_REMATCH[5]} <= 32))
}

# Those whose word on their clients counts. Compose would take a wrong one too, and nginx would not start.
check_trusted_proxies() {
  local network
  local proxies=${TRUSTED_PROXIES:-}
  for network in ${proxies//,/ }; do
    is_network "$network/32" || is_network "$network" || [[ $network =~ ^[0-9a-fA-F:]*:[0-9a-fA-F:]*(/[0-9]{1,3})?$ && $network != *:::* ]] ||
      problem "TRUSTED_PROXIES is addresses and networks with commas between them, and '$network' is neither: $(how_to_set TRUSTED_PROXIES=192.0.2.7,10.0.0.0/8)"
  done
  [[ ! ${PROXY_PROTOCOL_PORTS:-} ]] || is_port_pair "$PROXY_PROTOCOL_PORTS" ||
    problem "PROXY_PROTOCOL_PORTS is a port for HTTP and one for HTTPS, not '$PROXY_PROTOCOL_PORTS': $(how_to_set PROXY_PROTOCOL_PORTS=8081,8444)"
  [[ ! ${PROXY_PROTOCOL_PORTS:-} || ${TRUSTED_PROXIES:-} ]] ||
    problem "PROXY_PROTOCOL_PORTS is for proxies in front of this one, and TRUSTED_PROXIES does not say which: $(how_to_set TRUSTED_PROXIES=192.0.2.7)"
}

is_port_pair() { [[ $1 == *,* && $1 != *,*,* ]] && is_port "${1%,*}" && is_port "${1#*,}"; }

check_port_plan() {
  local name other names=(HTTP_PORT HTTPS_PORT API_PORT)
  local pair=${PROXY_PROTOCOL_PORTS:-}
  # shellcheck disable=SC2034 # read by their names
  local PROXY_PROTOCOL_PORTS_1=${pair%,*} PROXY_PROTOCOL_PORTS_2=${pair#*,}
  [[ ! $pair ]] || names+=(PROXY_PROTOCOL_PORTS_1 PROXY_PROTOCOL_PORTS_2)
  for name in "${names[@]}"; do
    for other in "${names[@]}"; do
      [[ ! $name < $other ]] || ((${!name} != ${!other})) ||
        problem "$name and $other are both ${!name}: choose different ones, $(how_to_set HTTP_PORT=8080 HTTPS_PORT=8443 API_PORT=8081)"
    done
    ((${!name} < SSH_PORT_FIRST || ${!name} > SSH_PORT_LAST)) ||
      problem "$name ($((${!name}))) is one of the hostings' SSH ports, $SSH_PORT_FIRST-$SSH_PORT_LAST: choose another, $(how_to_set "$name=8480")"
  done
  ((SSH_PORT_FIRST <= SSH_PORT_LAST)) || problem "SSH_PORT_FIRST ($SSH_PORT_FIRST) is above SSH_PORT_LAST ($SSH_PORT_LAST): turn them round."
}

check_redirect() {
  [[ ${REDIRECT_PATHS:-off} =~ ^(off|on)$ ]] || problem "REDIRECT_PATHS is off or on, not '$REDIRECT_PATHS': $(how_to_set REDIRECT_PATHS=on)"
  [[ $HTTPS_REDIRECT =~ ^(off|on|strict)$ ]] || problem "HTTPS_REDIRECT is off, on or strict, not '$HTTPS_REDIRECT': $(how_to_set HTTPS_REDIRECT=off)"
}
