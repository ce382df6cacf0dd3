# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Agreement to the terms of the authority that certificates are asked of. It is its operator's own to give: --yes does not.

# agree_to_terms: unless ACME_DIRECTORY is not set, or .env or the environment says that somebody has agreed.
agree_to_terms() {
  [[ ${ACME_DIRECTORY:-} && ${ACME_TERMS_AGREED:-no} != yes ]] || return 0
  local terms answer
  terms=$(terms_of "$ACME_DIRECTORY") || fail "The certificate authority does not answer at $ACME_DIRECTORY: correct ACME_DIRECTORY, or ACME_CA_FILE if nobody
  known here vouches for it, or take ACME_DIRECTORY out of .env to go without certificates of an authority."
  if [[ $terms ]]; then
    say "  Certificates come from $ACME_DIRECTORY, whose terms are at
    $terms"
    [[ -t 0 ]] || fail '  Nobody is there to agree to them: read them, and set ACME_TERMS_AGREED=yes to say that you do.'
    read -r -p '  Do you agree to them? [y/N] ' answer
    [[ $answer =~ ^[Yy] ]] || fail '  Without that there are no certificates of an authority: take ACME_DIRECTORY out again.'
  fi
  export ACME_TERMS_AGREED=yes
  # The only line that is ever added to it, after the end of the last, which an editor may have left out.
  [[ -f $ROOT/.env ]] || return 0
  sed -i '/^ACME_TERMS_AGREED=/d' "$ROOT/.env"
  [[ ! $(tail -c 1 "$ROOT/.env") ]] || echo >>"$ROOT/.env"
  echo ACME_TERMS_AGREED=yes >>"$ROOT/.env"
}

# terms_of DIRECTORY: the address of its terms, and nothing where it has none. Fails when it does not answer as one.
terms_of() {
  local answer
  answer=$(curl --fail --silent --show-error --max-time 20 --max-filesize 262144 --proto =https \
    ${ACME_CA_FILE:+--cacert "$ACME_CA_FILE"} "$1") || return 1
  jq --exit-status 'has("newOrder")' <<<"$answer" >/dev/null || return 1
  # Only what an address may have reaches the terminal.
  jq --raw-output '.meta.termsOfService // empty | tostring' <<<"$answer" | tr -cd '[:alnum:]:/?#@!$&()*+,;=._~%-' | cut -c 1-500
}
