#!/usr/bin/env bash
# The Pulumi CLI on an installation's state, e.g. `scripts/pulumi.sh stack ls`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PULUMI_HOME=${TOOLCHAIN_DIR:-$root/.toolchain}/home PULUMI_SKIP_UPDATE_CHECK=true

# `stack ls` looks at many stacks at once, and at each by two connections that it waits for in turn: now and then, while stacks come
# and go, all hold the first and wait for the second, for good (3.256.0).
export PULUMI_DIY_BACKEND_PARALLEL=1

# In containers it is a worker that has the toolchain, the configuration, and a way to the database.
if [[ -f $root/.env ]]; then
  ROOT=$root
  source "$root/scripts/docker/lib.sh"
  terminal=()
  [[ -t 0 && -t 1 ]] || terminal=(-T)
  compose exec "${terminal[@]}" worker scripts/pulumi.sh "$@"
  exit
fi
source "$root/scripts/lib/environment.sh"
# The CLI's own logs tell the address, so the password goes beside it.
if [[ $PULUMI_BACKEND_URL =~ ^(postgres(ql)?://[^:@/]*):([^@/]*)@(.*)$ ]]; then
  PULUMI_BACKEND_URL=${BASH_REMATCH[1]}@${BASH_REMATCH[4]}
  password=${BASH_REMATCH[3]}
  PGPASSWORD=$(printf '%b' "${password//%/\\x}")
  export PULUMI_BACKEND_URL PGPASSWORD
fi
cd "$root"
exec "$root/.toolchain/bin/pulumi" "$@"
