#!/usr/bin/env bash
# Makes a self-signed certificate with its key, in one PEM file, unless there is one that is good for the host for another
# 90 days, or one that somebody else made.
# usage: scripts/lib/self-signed.sh FILE HOST
set -euo pipefail
umask 077

file=$1 host=$2
organization='Webhoster, self-signed'
# Seconds and days. Clients of Apple take no longer one.
least=$((90 * 24 * 3600)) days=825

is_address() { [[ $1 == *:* || $1 =~ ^[0-9.]+$ ]]; }

is_ours() { [[ $(openssl x509 -in "$file" -noout -issuer) == *"$organization"* ]]; }

# Its exit status does not tell.
names_host() {
  local check=-checkhost
  ! is_address "$host" || check=-checkip
  [[ $(openssl x509 -in "$file" -noout "$check" "$host") == *'does match'* ]]
}

host=${host#[} host=${host%]}
if [[ -f $file ]]; then
  is_ours || exit 0
  ! openssl x509 -in "$file" -noout -checkend "$least" >/dev/null || ! names_host || exit 0
fi
kind=DNS
! is_address "$host" || kind=IP
mkdir -p "$(dirname "$file")"
work=$(mktemp -d "$file.XXXXXX")
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -sha256 -days "$days" \
  -subj "/O=$organization/CN=${host:0:64}" -addext "subjectAltName=$kind:$host,DNS:localhost,IP:127.0.0.1" \
  -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=serverAuth \
  -keyout "$work/key" -out "$work/certificate" 2>"$work/log" || { cat "$work/log" >&2 && exit 1; }
cat "$work/certificate" "$work/key" >"$work/both"
mv "$work/both" "$file"
