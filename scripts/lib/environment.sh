# shellcheck shell=bash
# Sourced by the scripts that an operator runs by hand: without a configuration in the environment, takes that of the
# installation which scripts/dev.sh runs, or ran last. Expects `root`, the checkout.
if [[ -z ${PULUMI_BACKEND_URL:-} ]]; then
  # shellcheck disable=SC2154 # whoever sources this sets it
  if [[ -f $root/.env ]]; then
    echo 'Webhoster runs in containers here: run scripts/docker-start.sh instead.' >&2
    exit 1
  fi
  environment=${WEBHOSTER_DATA_DIR:-/var/lib/webhoster}/environment
  if [[ ! -r $environment ]]; then
    echo "$environment cannot be read: start scripts/dev.sh once, set WEBHOSTER_DATA_DIR to its folder, or run this with sudo." >&2
    exit 1
  fi
  set -a
  # shellcheck source=/dev/null
  source "$environment"
  set +a
fi
