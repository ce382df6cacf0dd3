# shellcheck shell=bash disable=SC2317 # functions are called by check
# The story of a checkout: the set-up of the README's test command, and all of its tests that need no VM.

checkout_story() {
  begin_story fcheckout "$1" debian-12
  then_check 'sudo ./scripts/test.sh without-vms' typed 'sudo ./scripts/test.sh without-vms'
  end_story
}
