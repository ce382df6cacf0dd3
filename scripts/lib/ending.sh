# shellcheck shell=bash
# Sourced by scripts that tell how a program ended.

# ending_in_words STATUS LIMIT: of a program that `timeout LIMIT` ran. Only what ran out of time is said to have.
ending_in_words() {
  if (($1 == 124)); then
    echo "it did not end in $2"
  elif (($1 > 128)); then
    echo "it was killed by SIG$(kill -l "$(($1 - 128))")"
  else
    echo "it ended with status $1"
  fi
}
