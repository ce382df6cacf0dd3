# shellcheck shell=bash disable=SC2154 # variables of the scripts that source this one
# The table of docs/systems.md: with which parts each system passed.

# read_versions SYSTEM: its row, which counts if all of the story passes.
read_versions() {
  local versions
  # shellcheck disable=SC2016 # for the shell in the machine
  versions=$(in_machine sh -c '
    docker version --format "{{.Server.Version}}"
    docker compose version --short 2>/dev/null || docker-compose version --short
    libvirtd --version | sed "s/.* //"
    qemu-system-x86_64 --version | sed -n "s/.*version \([0-9.]*\).*/\1/p"
    nft --version | sed "s/nftables v\([0-9.]*\).*/\1/"') || return
  (($(wc -l <<<"$versions") == 5)) || { echo "Not five versions: $versions" && return 1; }
  echo "| $1 | ${versions//$'\n'/ | } | $(date +%F) |" >"$WORK/$1.versions"
}

print_systems() {
  compgen -G "$WORK/*.versions" >/dev/null || return 0
  printf '\n| System | Docker | compose | libvirt | QEMU | nftables | last pass |\n|---|---|---|---|---|---|---|\n'
  cat "$WORK"/*.versions
}
