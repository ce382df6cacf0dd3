#!/usr/bin/env bash
# Puts a certificate of one's own in place of the one that the proxy has, without interrupting anything. Whatever renews the
# certificate runs this each time.
# usage: sudo scripts/install-certificate.sh CHAIN KEY    PEM files: the certificate followed by those above it; its key
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"

chain=${1:-} key=${2:-}
[[ -r $chain && -r $key ]] || fail "usage: sudo $0 CHAIN KEY, e.g. fullchain.pem privkey.pem"
[[ -f $ROOT/.env ]] || fail "There is no .env in $ROOT: this is for an installation that scripts/docker-start.sh made."
load_configuration
folder=$WEBHOSTER_DATA_DIR/tls

# Without a terminal nobody is asked for a pass phrase.
public_key=$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null) ||
  fail "$key is no private key in PEM, or is protected by a pass phrase: remove that by openssl pkey."
certified=$(openssl x509 -in "$chain" -noout -pubkey 2>/dev/null) || fail "$chain has no certificate in PEM."
[[ $certified == "$public_key" ]] || fail "$key is not the key of the first certificate in $chain: give the files that belong together."
openssl x509 -in "$chain" -noout -checkend 0 >/dev/null || fail "The certificate in $chain has lapsed: renew it first."

nginx_takes_it() { ! [[ $(container proxy) ]] || compose exec -T proxy nginx -q -c /etc/webhoster/nginx.conf -t </dev/null; }
reload() { ! [[ $(container proxy) ]] || compose exec -T proxy sh /etc/webhoster/reload.sh </dev/null; }

mkdir -p "$folder"
work=$(mktemp -d "$folder/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
{
  cat "$chain"
  echo
  openssl pkey -in "$key" -passin pass:
} >"$work/edge.pem"
[[ ! -f $folder/edge.pem ]] || cp "$folder/edge.pem" "$work/before.pem"
mv "$work/edge.pem" "$folder/edge.pem"
if ! nginx_takes_it || ! reload; then
  [[ ! -f $work/before.pem ]] || mv "$work/before.pem" "$folder/edge.pem"
  fail 'nginx does not take this certificate, see above: the one before is back.'
fi
say "The proxy has the certificate of $(openssl x509 -in "$chain" -noout -subject -nameopt RFC2253 | cut -d = -f 2-), good until $(openssl x509 -in "$chain" -noout -enddate | cut -d = -f 2)."
