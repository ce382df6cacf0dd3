#!/usr/bin/env bash
# Makes an operator of somebody who has signed up, by their email. The first one is made so; operators make others.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if (($# != 1)) || [[ $1 == --help ]]; then
  echo 'usage: scripts/make-operator.sh EMAIL' >&2
  exit 2
fi
# In containers it is the api that has the configuration and a way to the database.
if [[ -f $root/.env ]]; then
  # shellcheck disable=SC2034 # for what is sourced
  ROOT=$root
  source "$root/scripts/docker/lib.sh"
  compose exec -T api node_modules/.bin/node api/processes/make-operator.ts "$1"
  exit
fi
source "$root/scripts/lib/environment.sh"
exec "$root/node_modules/.bin/node" "$root/api/processes/make-operator.ts" "$1"
