# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks at the system: who runs this and how, what it is, its clock, and whether packages can be installed.

check_user() { is_root || problem 'Docker and libvirt need root, and so does much of what is looked at here: run this with sudo.'; }

check_system() {
  local name='This system'
  # shellcheck source=/dev/null
  [[ ! -r /etc/os-release ]] || name=$(. /etc/os-release && echo "$ID ${VERSION_ID:-}")
  case $name in
    'debian 12' | 'debian 13' | 'ubuntu 22.04' | 'ubuntu 24.04') good "$name" ;;
    *)
      if command -v apt-get >/dev/null; then
        note "$name: made for Debian 12 and 13 and Ubuntu 22.04 and 24.04; it may work here."
      else
        problem "$name has no apt: use Debian 12 or 13, or Ubuntu 22.04 or 24.04."
      fi
      ;;
  esac
  [[ $(uname -m) == x86_64 ]] || problem "The guests are made for x86-64, and this is $(uname -m): use another machine."
}

# files_of_checkout TEST…: of what goes into images, by find.
files_of_checkout() {
  (cd "$ROOT" && find api images programs scripts stacks templates package.json package-lock.json .npmrc Pulumi.yaml "$@")
}

# With a wrong clock no certificate is good: neither apt nor npm nor Go fetches anything, and sessions end at once.
check_clock() {
  local now committed written newest day=86400
  printf -v now '%(%s)T' -1
  # It may be no clone, or one that git does not show to root.
  committed=$(timeout 20 git -C "$ROOT" log -1 --format=%ct 2>/dev/null) || committed=0
  written=$(files_of_checkout -type f -printf '%Ts\n' | sort -n | tail -n 1)
  newest=$((committed > written ? committed : written))
  ((committed > 0)) || committed=$written
  if ((now + day < newest)); then tell_clock "$now" "before $(day_of "$newest"), when this checkout was made"
  elif ((now > committed + 3650 * day)); then tell_clock "$now" "ten years after $(day_of "$committed"), when this version was made"; fi
}

day_of() { date --date "@$1" +%F; }

# tell_clock NOW WHY
tell_clock() {
  problem "The clock says $(day_of "$1"), which is $2: with a wrong clock nothing can be fetched. Set it, by
    timedatectl set-ntp true, or date --set."
}

# What stands before sudo, and most of what was exported, does not come through it.
check_sudo() {
  local process=$PPID name value left=()
  [[ ${SUDO_USER:-} ]] || return 0
  while [[ $process && $process != 0 && $(cat "/proc/$process/comm" 2>/dev/null) != sudo ]]; do process=$(parent "$process"); done
  # Root may read it, unless it has ended.
  [[ -r /proc/${process:-0}/environ ]] || return 0
  while IFS='=' read -r -d '' name value; do
    ! counts_here "$name" || [[ ! $value || ${!name:-} == "$value" ]] || left+=("$name")
  done <"/proc/$process/environ"
  ((${#left[@]} == 0)) || note "sudo left out ${left[*]}, which you had set: it does not count. If it is to, say
      sudo --preserve-env=$(IFS=, && echo "${left[*]}") $0"
}

# counts_here VARIABLE: what things are fetched by, and at the first run the settings.
counts_here() {
  [[ " ${through_proxy[*]} GOPROXY " != *" $1 "* ]] || return 0
  [[ ! -f $ROOT/.env && " ${variables[*]} ${optional[*]} " == *" $1 "* ]]
}

# Where nothing is to be installed, it does not matter.
check_apt() {
  local broken lock process
  type -P dpkg-query >/dev/null && [[ $(list_missing_packages) ]] || return 0
  broken=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' | sed -nE 's/^(unpacked|half-configured|half-installed) //p' | paste -sd ' ')
  if [[ $broken ]] || compgen -G '/var/lib/dpkg/updates/[0-9]*' >/dev/null; then
    problem "Packages could not be installed, because dpkg was interrupted${broken:+ ($broken)}: say dpkg --configure -a, then apt-get --fix-broken install."
  fi
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
    process=$(locker "$lock")
    [[ ! $process ]] || { note "packages are installed when $(program "$process") is done with it: that is waited for, for some minutes" && return; }
  done
}

# locker FILE: the process that holds it locked, or nothing.
locker() {
  [[ ! -e $1 ]] || awk -v end=":$(stat --format %i "$1")" \
    '$2 == "POSIX" && $5 > 0 && substr($6, length($6) - length(end) + 1) == end { print $5; exit }' /proc/locks
}

# What somebody forbade systemd to start does not start for us either.
check_units() {
  local unit
  [[ -d /run/systemd/system ]] || return 0
  for unit in docker.service docker.socket libvirtd.service libvirtd.socket virtlogd.service virtlogd.socket; do
    [[ $(timeout 20 systemctl is-enabled "$unit" 2>/dev/null) != masked ]] ||
      problem "systemd is forbidden to start $unit: say systemctl unmask $unit"
  done
}
