#!/usr/bin/env bash
# Asks the API what schemathesis makes of its OpenAPI document, as two users and as an operator, with stores of its own and no VMs.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cases=${1:-20000}

if [[ $cases == --help ]]; then
  cat <<'TEXT'
usage: sudo scripts/quality/fuzz.sh [CASES]

Goes on until there were more than CASES cases, 20000 by default, and prints how many there were and what was found, each with
a request that repeats it. Its last line is `N cases in M minutes, F failures`.
TEXT
  exit
fi

[[ $cases =~ ^[1-9][0-9]{0,7}$ ]] || { echo "fuzz: CASES is a number, not '$cases'. See $0 --help." >&2; exit 1; }
[[ $(id -u) == 0 ]] || { echo 'fuzz: PostgreSQL and Redis are started as users of their own: run this with sudo.' >&2; exit 1; }
[[ -x $root/node_modules/.bin/node ]] || { echo 'fuzz: run scripts/setup.sh first.' >&2; exit 1; }
exec "$root/node_modules/.bin/node" "$root/test/fuzz/long.ts" "$cases"
