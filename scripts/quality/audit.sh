#!/usr/bin/env bash
# Asks the npm registry for advisories on what package-lock.json pins. scripts/quality/audit-exceptions.json lists those that do
# not concern us, as {"advisory": "GHSA-…", "because": "…"}.
#
# usage: scripts/quality/audit.sh    exits 0: nothing; 1: an advisory, or an exception that is not needed any more;
#                            2: the registry gave no answer, so nothing is known
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR
source "$root/scripts/lib/ending.sh"

# npm's status is the same after an advisory as after a failure: the report tells them apart.
status=0
report=$(timeout 120 npm audit --json --package-lock-only --prefix "$root" 2>/dev/null) || status=$?
if [[ ! $report ]]; then
  echo "audit: not known, since npm gave no report: $(ending_in_words "$status" '120 s')" >&2
  exit 2
fi
if ! jq --exit-status '.auditReportVersion == 2' <<<"$report" >/dev/null; then
  reason=$(jq --raw-output '.message // "npm gave no reason"' <<<"$report")
  echo "audit: not known, since the registry did not answer: $reason" >&2
  exit 2
fi

problems=$(jq --raw-output --slurpfile exceptions "$root/scripts/quality/audit-exceptions.json" '
  ([.vulnerabilities[].via[] | objects | {id: (.url | split("/") | last), name, severity, title}] | unique) as $found |
  ($exceptions[0] | map(.advisory)) as $excepted |
  ($found[] | select(.id | IN($excepted[]) | not) | "\(.id), \(.severity): \(.name): \(.title)"),
  ($excepted - ($found | map(.id)) | .[] | "\(.): not reported any more, remove the exception")
' <<<"$report")
if [[ $problems ]]; then
  echo "$problems" >&2
  exit 1
fi
echo 'audit: no advisories' >&2
