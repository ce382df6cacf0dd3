# shellcheck shell=bash disable=SC2034,SC2154 # read and set by the scripts that source this one
# Sourced by the scripts that try a running installation: where it is, and calls of its API.

[[ -n ${PUBLIC_URL:-} || ! -r $root/.env ]] || PUBLIC_URL=$(sed -n 's/^PUBLIC_URL=//p' "$root/.env")
url=${1:-${PUBLIC_URL:-http://localhost}}
url=${url%/}
host=${url#*://}
host=${host%%[:/]*}

# call METHOD PATH STATUS [CURL OPTION…]: a call of the API as $token's user; the answer is in $work/answer.
call() {
  local method=$1 path=$2 wanted=$3 status
  shift 3
  # In a file, because arguments are there for everybody on this machine to read.
  printf 'header = "Authorization: Bearer %s"\n' "${token:-none}" >"$work/curl"
  [[ ${token:-} ]] || : >"$work/curl"
  status=$(curl --noproxy localhost,127.0.0.1 --silent --show-error --max-time 900 --config "$work/curl" --request "$method" --header 'Accept-Language: en' \
    --output "$work/answer" --write-out '%{http_code}' "$@" "$url/api/v1$path") || return 1
  [[ $status == "$wanted" ]] && return
  echo "$method $path answered $status instead of $wanted:"
  cat "$work/answer"
  echo
  return 1
}

json() { jq --raw-output "$1" "$work/answer"; }

# sign_up: makes a user of a random name, and sets token.
sign_up() {
  local name password
  name=try-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
  password=$(od -An -N16 -tx4 /dev/urandom | tr -d ' \n')
  token=
  jq -n --arg email "$name@example.com" --arg password "$password" --arg username "$name" '$ARGS.named' >"$work/user.json"
  call POST /auth/register 201 --header 'Content-Type: application/json' --data "@$work/user.json" || return 1
  printf 'username=%s@example.com&password=%s' "$name" "$password" >"$work/login"
  log_in
}

# log_in: as the user that sign_up made; sets token, and leaves the form of a refresh in $work/refresh.
log_in() {
  call POST /auth/login 200 --data "@$work/login" || return 1
  token=$(json .access_token)
  json '"refresh_token=" + .refresh_token' >"$work/refresh"
}

# create_hosting: with a new SSH key; sets vm_id, port and site.
create_hosting() {
  ssh-keygen -q -t ed25519 -N '' -f "$work/key"
  jq -n --rawfile key "$work/key.pub" '{ssh_public_keys: [$key]}' >"$work/host.json"
  call POST /host 201 --header 'Content-Type: application/json' --data "@$work/host.json" || return 1
  vm_id=$(json .data.hosting.vm_id) port=$(json .data.hosting.ssh_port) site=$(json .data.web_url)
}

delete_hosting() { call DELETE /host/my 200; }

ssh_options=(-q -i "$work/key" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o ConnectTimeout=20)
