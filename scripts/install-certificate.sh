#!/usr/bin/env bash
# Puts a certificate of one's own in place of the one that the proxy has, without interrupting anything. Whatever renews the
# certificate runs this each time.
# usage: sudo scripts/install-certificate.sh [--sites] CHAIN KEY
#   CHAIN KEY   PEM files: the certificate followed by those above it; its key
#   --sites     it is that of all hosts below SITES_DOMAIN (a wildcard), not the service's own
set -euo pipefail
umask 077

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$ROOT/scripts/docker/lib.sh"

file=edge.pem
[[ ${1:-} != --sites ]] || { file=sites.pem && shift; }
chain=${1:-} key=${2:-}
[[ -r $chain && -r $key ]] || fail "usage: sudo $0 [--sites] CHAIN KEY, e.g. fullchain.pem privkey.pem"
[[ -f $ROOT/.env ]] || fail "There is no .env in $ROOT: this is for an installation that scripts/docker-start.sh made."
load_configuration
folder=$WEBHOSTER_DATA_DIR/tls

# Without a terminal nobody is asked for a pass phrase.
public_key=$(openssl pkey -in "$key" -passin pass: -pubout 2>/dev/null) ||
  fail "$key is no private key in PEM, or is protected by a pass phrase: remove that by openssl pkey."
certified=$(openssl x509 -in "$chain" -noout -pubkey 2>/dev/null) || fail "$chain has no certificate in PEM."
[[ $certified == "$public_key" ]] || fail "$key is not the key of the first certificate in $chain: give the files that belong together."
openssl x509 -in "$chain" -noout -checkend 0 >/dev/null || fail "The certificate in $chain has lapsed: renew it first."
[[ $file == edge.pem || ${SITES_DOMAIN:-} || $PUBLIC_URL =~ ://localhost(:|/|$) ]] || fail 'Sites have no hosts yet: set SITES_DOMAIN in .env first.'
[[ $file == edge.pem ]] || openssl x509 -in "$chain" -noout -ext subjectAltName | grep -qE "DNS:\*\.${SITES_DOMAIN:-localhost}(,|$)" ||
  fail "The certificate in $chain is not for *.${SITES_DOMAIN:-localhost}, as that of the sites must be: say so where it is made, or set SITES_DOMAIN."

proxy_takes_it() { ! [[ $(container proxy) ]] || compose exec -T proxy sh /etc/webhoster/take-certificate.sh </dev/null; }

mkdir -p "$folder"
work=$(mktemp -d "$folder/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT
{
  cat "$chain"
  echo
  openssl pkey -in "$key" -passin pass:
} >"$work/new.pem"
[[ ! -f $folder/$file ]] || cp "$folder/$file" "$work/before.pem"
mv "$work/new.pem" "$folder/$file"
if ! proxy_takes_it; then
  if [[ -f $work/before.pem ]]; then mv "$work/before.pem" "$folder/$file"; else rm "$folder/$file"; fi
  fail 'nginx does not take this certificate, see above: what was there before is back.'
fi
say "The proxy has the certificate of $(openssl x509 -in "$chain" -noout -subject -nameopt RFC2253 | cut -d = -f 2-), good until $(openssl x509 -in "$chain" -noout -enddate | cut -d = -f 2)."
