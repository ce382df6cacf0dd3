# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# The story of a checkout: the set-up of the README's test command, and all of its tests that need no VM.

checkout_story() {
  begin_story 'a checkout on debian-12' debian-12
  # On no terminal, where ava and prettier write less. Node has authorities of its own, and a company's proxy may have another.
  then_check './scripts/test.sh without-vms' in_machine su --login visitor --command \
    'cd webhoster && sudo NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt ./scripts/test.sh without-vms' </dev/null
  count_its_tests
  end_story
}

# Its tests count, not that it ran them. One that failed was told by its own output.
count_its_tests() {
  local its_passed its_failed
  read -r its_passed its_failed < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*$/\1 \2/p' "$work/output" | tail -n 1) || return 0
  passed=$((passed + its_passed)) failed=$((failed + its_failed))
  if ((story_failed == 0)); then passed=$((passed - 1));
  elif ((its_failed > 0)); then failed=$((failed - 1)); fi
}
