# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks whether the hosts of sites, {name}.SITES_DOMAIN, lead to this service. Below localhost they do without any set-up.

check_sites() {
  local host domain=${SITES_DOMAIN:-}
  host=$(public_host)
  if [[ ! $domain && $host != localhost ]]; then
    note "Sites have no hosts of their own, and are in a browser sandbox: no log-ins, no storage. For hosts, make a record like
      *.$host. CNAME $host.
    and write SITES_DOMAIN=$host into .env, or another domain of yours; SITES_DOMAIN=off if you want none."
    return
  fi
  domain=${domain:-localhost}
  [[ $domain != off ]] || return 0
  if [[ $domain == localhost || $domain == *.localhost ]]; then good "hosts of sites: http://{name}.$domain"; return; fi
  look_for_wildcard "$domain" "$host"
  [[ $HTTPS_REDIRECT != off || $(last_labels "$domain") != $(last_labels "$host") ]] ||
    note "Sites below $domain share a domain with $host: without encryption one of them could plant cookies there. Set HTTPS_REDIRECT,
    or give sites a domain of their own."
}

public_host() {
  local host=${PUBLIC_URL#*://}
  if [[ $host == \[* ]]; then echo "${host%%]*}]"; else echo "${host%%[/:]*}"; fi
}

# last_labels NAME: the two that mostly are what somebody registered.
last_labels() { rev <<<"$1" | cut -d . -f 1,2; }

# look_for_wildcard DOMAIN HOST: whether names below the one lead where the other does.
look_for_wildcard() {
  local found wanted any=webhoster-looks-for-the-wildcard
  found=$(addresses_of "$any.$1")
  wanted=$(addresses_of "$2")
  if [[ ! $found ]]; then
    note "No name below $1 leads anywhere, so sites cannot be visited at their hosts. Make a record like
      *.$1. CNAME $2."
  elif [[ $found != "$wanted" ]]; then
    note "Names below $1 lead to $(paste -sd ' ' <<<"$found"), and $2 to $(paste -sd ' ' <<<"$wanted"). The record should be like
      *.$1. CNAME $2."
  else good "hosts of sites: {name}.$1"; fi
}

addresses_of() { timeout 10 getent ahosts "$1" | awk '{ print $1 }' | sort -u || true; }
