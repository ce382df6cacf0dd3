#!/usr/bin/env bash
# Measures how long a website takes to be there, ours and a stock cloud-init image's, in one run on this machine.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${1:-3}

if [[ $rounds == --help ]]; then
  cat <<'TEXT'
usage: sudo scripts/bench.sh [ROUNDS]
       sudo scripts/bench.sh table [ROUNDS [CREATES [STACKS]]]
       sudo scripts/bench.sh start [REVISION]
       sudo scripts/bench.sh routes
       sudo scripts/bench.sh api
       sudo scripts/bench.sh starts
       sudo scripts/bench.sh rules
       sudo scripts/bench.sh memory [ROUNDS]

Boots a stock Debian with cloud-init, then our guest image; then asks a whole installation for a hosting, puts it to sleep,
visits it, makes its machine anew with Pulumi's engine left out, has the engine bring up an empty stack, and deletes the
hosting; all of that ROUNDS times, 3 by default. Prints tables in Markdown on standard output, and on standard error what it
does. Without KVM a round takes two to three minutes. docs/performance.md says what the times are.

It uses ports, folders, a network and VM names of its own, so an installation may run beside it; what that does at the
time is in the figures.

table measures all that has a target, and says what is met: what is above; CREATES creates at once, 30 by default, or as many
as there is memory for, 750 MB each; a create where the engine has STACKS stacks, 1000 by default, beside one at 10; and what
api measures. It takes an hour or more, most of it to make the stacks.

start measures scripts/docker-start.sh on a bare machine, cold and run again, before and after: of a revision, and of
this checkout.

routes measures the proxy with 10, 1,000 and 10,000 sites: how soon a change is served, what visitors notice of changes, and
what they leave in its memory.

api measures GET /host/my beside Node's own server with one query, with 1 and with 100 connections.

starts measures the start of a VM by libvirt, with the port of its slot and with a filter of libvirt's as before.

memory measures what a VM takes of the machine's memory after its boot, after use and after a sleep, and how long it takes to
save and to wake it, with what makes that less and without; ROUNDS times, 2 by default. Without KVM a round takes ten minutes.

rules measures how long the rules of VMs' ports take to load and to be looked at, for networks of three sizes.
TEXT
  exit
fi

[[ $rounds != start ]] || exec "$root/scripts/bench/start.sh" "${@:2}"
[[ ! $rounds =~ ^(routes|api|starts)$ ]] || exec "$root/node_modules/.bin/node" "$root/scripts/bench/$rounds.ts"
[[ $rounds != rules ]] || exec unshare --net "$root/node_modules/.bin/node" "$root/scripts/bench/rules.ts"

whole=()
if [[ $rounds == table ]]; then
  rounds=${2:-3}
  whole=(--whole --creates "${3:-30}" --stacks "${4:-1000}")
fi

say() { printf 'bench: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

what=hostings
if [[ $rounds == memory ]]; then what=memory rounds=${2:-2}; fi
[[ $rounds =~ ^[1-9][0-9]?$ ]] || fail "ROUNDS is a number from 1 to 99, not '$rounds'. See $0 --help."
[[ $(id -u) == 0 ]] || fail 'libvirt and its networks need root: run this with sudo.'
source "$root/scripts/lib/domain-type.sh"
"$root/scripts/setup.sh" >&2
ours=$(timeout --foreground 30m "$root/scripts/images/build-guest-image.sh" | tail -n 1)
type=$(domain_type "$ours/vmlinuz")
[[ $what != memory ]] || exec "$root/node_modules/.bin/node" "$root/scripts/bench/memory.ts" --rounds "$rounds" --image "$ours" --domain-type "$type"
stock=$(timeout --foreground 45m "$root/scripts/images/build-stock-image.sh" | tail -n 1)
# A group of its own: Ctrl-C in the middle of a preparation would leave what nobody knows of. So it ends what it does first.
set -m
"$root/node_modules/.bin/node" "$root/scripts/bench/bench.ts" --rounds "$rounds" --ours "$ours" --stock "$stock" --domain-type "$type" "${whole[@]}" &
bench=$!
trap 'kill -INT "$bench" 2>/dev/null || true' INT TERM HUP
until status=0; wait "$bench" || status=$?; ! kill -0 "$bench" 2>/dev/null; do :; done
exit "$status"
