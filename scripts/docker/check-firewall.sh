# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at a firewall of this machine's own. Workers, in containers, ask the host's proxy whether a site and its SSH answer,
# so what they send comes in as a stranger's would.

# bridge_name: the VMs' bridge, as programs/names.ts names it.
bridge_name() {
  local name=wh-$NODE_NAME
  ((${#name} <= 15)) || name=wh-$(printf %s "$NODE_NAME" | sha256sum | cut -c 1-12)
  echo "$name"
}

firewalld_runs() { type -P firewall-cmd >/dev/null && timeout 20 firewall-cmd --state >/dev/null 2>&1; }

# firewalld decides beside our rules: what either of them refuses is refused. libvirt puts the bridge of an open network
# into no zone.
check_firewalld() {
  local bridge
  firewalld_runs || return 0
  bridge=$(bridge_name)
  if timeout 20 firewall-cmd --quiet --permanent --zone=trusted --query-interface="$bridge"; then
    good "firewalld leaves $bridge to our rules"
    return
  fi
  note "firewalld runs: VMs are kept apart all the same, but it lets none of them into the internet, and no visitor in. Say
      firewall-cmd --permanent --zone=trusted --add-interface=$bridge
      firewall-cmd --permanent --add-port=$HTTP_PORT/tcp --add-port=$HTTPS_PORT/tcp --add-port=$SSH_PORT_FIRST-$SSH_PORT_LAST/tcp
      firewall-cmd --reload
    What VMs may do is for our rules to say then; see docs/operations.md. The ports are for the zone that visitors come by."
}

# The guard runs the host's iptables without the rights that the legacy one asks for: images/app/host-program.
check_iptables() {
  local path
  path=$(type -P iptables) || return 0
  [[ $(readlink -f "$path") != *legacy* ]] ||
    problem 'iptables is the legacy one here, whose rules the guard cannot look after: say update-alternatives --set iptables
    /usr/sbin/iptables-nft, and restart Docker.'
}

# ufw refuses what comes in. What it would not forward does not matter: what the guard and Docker tell iptables comes first.
check_ufw() {
  local default rules
  ufw_is_active || return 0
  default=$(ufw_says | sed -nE 's/^Default: ([a-z]+) \(incoming\).*/\1/p')
  if ! rules=$(iptables --wait 20 -S ufw-user-input 2>&1); then
    note "ufw is active, and what it lets in cannot be seen: $rules"
    return
  fi
  if ufw_lets_in_all "$DOCKER_SUBNET" "$HTTP_PORT" "$SSH_PORT_FIRST:$SSH_PORT_LAST"; then good "ufw lets workers through to the proxy"
  else
    problem "ufw keeps the workers from the proxy, so every create would end in VM_NOT_READY. Say
      ufw allow proto tcp from $DOCKER_SUBNET to any port $HTTP_PORT,$SSH_PORT_FIRST:$SSH_PORT_LAST comment Webhoster"
  fi
  ufw_lets_in_all anywhere "$HTTP_PORT" "$HTTPS_PORT" "$SSH_PORT_FIRST:$SSH_PORT_LAST" ||
    note "ufw does not let everybody in who wants to see a site, or to log in to a VM. Unless that is meant so, say
      ufw allow proto tcp to any port $HTTP_PORT,$HTTPS_PORT,$SSH_PORT_FIRST:$SSH_PORT_LAST comment Webhoster"
}

# Only root is told.
ufw_says() { timeout 20 ufw status verbose; }
ufw_is_active() { type -P ufw >/dev/null && is_root && [[ $(ufw_says) == *'Status: active'* ]]; }

# ufw_lets_in_all FROM PORTS…
ufw_lets_in_all() {
  local ports from=$1
  shift
  for ports in "$@"; do ufw_lets_in "$from" "${ports%:*}" "${ports#*:}" || return 1; done
}

# ufw_lets_in FROM FIRST LAST: what the first of $rules says that is about all of these ports and all of a network's
# addresses, or `anywhere`; $default where none is.
ufw_lets_in() {
  local rule
  while read -r rule; do
    [[ $rule == -A* && ! $rule =~ \ -[di]\  && ! $rule =~ \ -p\ (udp|icmp|esp|ah|gre|igmp|ipv6)\  ]] || continue
    [[ ! $rule =~ \ --dports?\ ([0-9:,]+) ]] || in_ranges "$2" "$3" "${BASH_REMATCH[1]}" || continue
    [[ ! $rule =~ \ -s\ ([0-9./]+) ]] || contains "${BASH_REMATCH[1]}" "$1" || continue
    # A limit is on how often somebody may come, and workers come often.
    [[ $rule == *' -j ACCEPT' ]]
    return
  done <<<"$rules"
  [[ $default == allow ]]
}

# contains NETWORK NETWORK: whether the first has all addresses of the second.
contains() { [[ $1 == */* && $2 != anywhere ]] && ((${1#*/} <= ${2#*/})) && overlap "$1" "$2"; }

# Rules of somebody's own can say anything; this is how those begin that let in nothing but what they name.
check_other_firewall() {
  local rules
  is_root || { note 'whether a firewall of this machine refuses what has to come in is only known to root' && return; }
  ! ufw_is_active && ! firewalld_runs || return 0
  if ! rules=$(input_rules); then note 'whether rules of this machine refuse what comes in cannot be seen, see above'
  elif [[ $rules =~ hook\ input\ [^\;]*\;\ policy\ drop || $rules == *'-P INPUT DROP'* ]]; then
    note "Rules of this machine's own refuse what comes in, and whether they let this pass cannot be told from here: TCP to ports
    $HTTP_PORT and $SSH_PORT_FIRST-$SSH_PORT_LAST from $DOCKER_SUBNET, without which every create ends in VM_NOT_READY; and to $HTTP_PORT,
    $HTTPS_PORT and $SSH_PORT_FIRST-$SSH_PORT_LAST from wherever visitors come."
  fi
}

# Before there is a program for them there are no rules.
input_rules() {
  # An npm package has a program of that name too.
  if [[ -x /usr/sbin/nft ]]; then timeout 20 /usr/sbin/nft list chains || return; fi
  ! type -P iptables-legacy >/dev/null || timeout 20 iptables-legacy --wait -S INPUT
}
