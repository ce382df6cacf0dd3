# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks who listens on the ports that the proxy, the api and the hostings have. What our own containers hold is right,
# whatever else does is not: a taken port of HTTP keeps nginx from starting, and a hosting without its port has no SSH.

# listeners: "inode port" for each TCP socket that listens, whoever may see it. A host without IPv6 has no tcp6.
listeners() {
  local file
  for file in /proc/net/tcp /proc/net/tcp6; do
    [[ ! -r $file ]] || awk '$4 == "0A" { split($2, address, ":"); print $10, address[2] }' "$file"
  done | while read -r inode port; do echo "$inode $((16#$port))"; done
}

# sockets: "inode process" for each socket of each process, looked for once, however many ports there are. Processes that
# end meanwhile, and those that only root may look into, are left out.
sockets() {
  # So it fails as often as not, and under pipefail this would end whoever reads it.
  { find /proc/[0-9]*/fd -lname 'socket:*' -printf '%l %p\n' 2>/dev/null || true; } |
    sed -nE 's,^socket:\[([0-9]+)\] /proc/([0-9]+)/.*,\1 \2,p'
}

# listening: "port process" for each listener; the process is 0 where none is to be seen.
listening() {
  {
    sockets | sed 's/^/process /'
    listeners | sed 's/^/listener /'
  } | awk '$1 == "process" { of[$2] = $3 } $1 == "listener" { print $3, $2 in of ? of[$2] : 0 }' | sort -u -k 1,1n -k 2,2n
}

# is_below PROCESS ANCESTOR
is_below() {
  local process=$1
  while [[ $process && $process != 0 ]]; do
    [[ $process != "$2" ]] || return 0
    process=$(parent "$process")
  done
  return 1
}

# main_process SERVICE: that of its running container, or nothing.
main_process() {
  local id
  id=$(container_that_runs "$1")
  [[ ! $id ]] || ask_docker inspect --format '{{if .State.Running}}{{.State.Pid}}{{end}}' "$id"
}

# hosting_ports: "port user" for each SSH port that a hosting has: from the database, or from the proxy's files where that
# does not run. Fails where neither can be read.
hosting_ports() {
  local id folder
  id=$(container_that_runs postgres)
  if [[ $id ]] && ask_docker exec "$id" psql -h /tmp -U postgres -d webhoster -AtF ' ' -c 'SELECT ssh_port, user_id FROM hostings'; then
    return
  fi
  # Before the proxy was first started, no hosting was made.
  ! docker_runs || ask_docker volume inspect "${COMPOSE_PROJECT_NAME}_proxy" >/dev/null || return 0
  folder=$(docker_root)/volumes/${COMPOSE_PROJECT_NAME}_proxy/_data/sites/ports
  [[ -r $folder ]] || return 1
  find "$folder" -type f -exec grep -H . {} + | sed -nE 's,^.*/([0-9]+):([0-9]+)$,\1 \2,p'
}

# Who has which port is kept in these while the ports are looked at.
check_ports() {
  local -A user_of=() ours=() others=()
  local port process known=yes all_good=yes found
  local proxy api protocol_ports=${PROXY_PROTOCOL_PORTS:-}
  proxy=$(main_process proxy)
  api=$(main_process api)
  read_hosting_ports
  # Not read from it directly: what fails there would go unnoticed.
  found=$(listening)
  # Where nobody listens, that is an empty line.
  while read -r port process; do [[ ! $port ]] || look_at_port; done <<<"$found"
  tell_others
  [[ $all_good == no ]] || good "ports $HTTP_PORT, $HTTPS_PORT, $API_PORT and $SSH_PORT_FIRST-$SSH_PORT_LAST"
  check_local_ports
}

read_hosting_ports() {
  local found port user
  # Without a configuration there is no installation, so no hosting.
  [[ -f $ROOT/.env ]] || return 0
  found=$(hosting_ports) || known=no
  while read -r port user; do [[ ! $user ]] || user_of[$port]=$user; done <<<"$found"
}

look_at_port() {
  case $port in
    "$HTTP_PORT" | "$HTTPS_PORT" | "${protocol_ports%,*}" | "${protocol_ports#*,}") is_the_proxy || tell_taken problem "port $port" ". End that, or choose other ports: $(other_ports)" ;;
    "$API_PORT") is_the_api || tell_taken problem "port $port" ". End that, or choose other ports: $(other_ports)" ;;
    *)
      ((port >= SSH_PORT_FIRST && port <= SSH_PORT_LAST)) && ! is_the_proxy || return 0
      if [[ ${user_of[$port]:-} ]]; then
        tell_taken note "SSH port $port of hosting-${user_of[$port]}" \
          ': its owner cannot log in until that program has ended. Everything else is served.'
      else
        others[$process]+="$port "
      fi
      ;;
  esac
}

other_ports() { how_to_set HTTP_PORT=8080 HTTPS_PORT=8443 API_PORT=8081; }

is_the_proxy() {
  [[ $proxy ]] || return 1
  [[ ${ours[$process]:-} ]] || { if is_below "$process" "$proxy"; then ours[$process]=yes; else ours[$process]=no; fi; }
  [[ ${ours[$process]} == yes ]]
}

# Docker holds a published port itself, or has a program of its own do it.
is_the_api() { [[ $api && $(cat "/proc/$process/comm" 2>/dev/null) =~ ^(docker-proxy|dockerd|rootlessport)$ ]]; }

# tell_taken problem|note WHAT CONSEQUENCE
tell_taken() {
  all_good=no
  if ((process != 0)); then "$1" "$2 has $(program "$process")$3"
  elif is_root; then "$1" "$2 has a program that is in no list of processes here$3"
  else note "$2 has a program that only root can see: run this with sudo to know whether that is right"; fi
}

# Those that listen where no hosting has its port yet.
tell_others() {
  local ports who few
  for process in "${!others[@]}"; do
    read -ra ports <<<"${others[$process]}"
    who='a program that only root can see'
    ((process == 0)) || who=$(program "$process")
    few="port ${ports[*]:0:3}"
    ((${#ports[@]} <= 3)) || few+=" and $((${#ports[@]} - 3)) more"
    if [[ $known == yes ]]; then note "$few has $who: no hosting can have it for SSH"
    else
      all_good=no
      note "$few has $who, and which SSH ports hostings have cannot be told while neither Docker nor PostgreSQL runs: if it is one of
    theirs, its owner cannot log in. End that program, or look again when they run."
    fi
  done
}

# in_ranges FIRST LAST RANGES: whether one of them, as in 80,443,10000-20000 or 10000:20000, has all of these ports.
in_ranges() {
  local range
  for range in ${3//,/ }; do
    range=${range/-/:}
    ((${range%:*} > $1 || $2 > ${range#*:})) || return 0
  done
  return 1
}

# The kernel gives these to connections that programs open, and a port that one of them has is taken for the proxy too.
check_local_ports() {
  local first last reserved
  read -r first last </proc/sys/net/ipv4/ip_local_port_range
  reserved=$(</proc/sys/net/ipv4/ip_local_reserved_ports)
  ((first <= SSH_PORT_LAST && SSH_PORT_FIRST <= last)) || return 0
  ! in_ranges "$SSH_PORT_FIRST" "$SSH_PORT_LAST" "$reserved" || return 0
  note "The kernel gives ports $first-$last to connections of any program, and $SSH_PORT_FIRST-$SSH_PORT_LAST are the hostings': now and
    then the proxy finds one taken, and its owner cannot log in. Say
      echo net.ipv4.ip_local_reserved_ports=${reserved:+$reserved,}$SSH_PORT_FIRST-$SSH_PORT_LAST >/etc/sysctl.d/90-webhoster-ports.conf
      sysctl --load /etc/sysctl.d/90-webhoster-ports.conf"
}
