# shellcheck shell=bash disable=SC2154 # variables and functions of the scripts that source this one
# Looks whether workers can use the files that an operator names for a certificate authority. Workers are root in their
# container, but without capabilities: what is another user's, and for that one alone, is shut to them.

check_authority() {
  [[ ${ACME_DIRECTORY:-} ]] || return 0
  look_at_file_of_workers ACME_CA_FILE r 'read it'
  look_at_file_of_workers ACME_DNS_HOOK x 'run it'
}

# look_at_file_of_workers VARIABLE r|x WHAT
look_at_file_of_workers() {
  local file=${!1:-} folder=$WEBHOSTER_DATA_DIR/acme inside
  [[ $file ]] || return 0
  is_root || { note "whether workers can use $1 is only known to root: run this with sudo" && return; }
  inside=$(realpath --canonicalize-missing --relative-to "$folder" "$file")
  if [[ $file != "$folder"/* || $inside == ../* ]]; then
    problem "$1 is not below $folder, which is all that workers see: move $file there, and write $1=$folder/$(basename "$file")"
  elif [[ ! -f $file ]]; then problem "$1: there is no file $file: put it there, or take $1 out of .env."
  elif ! workers_may "-$2" "$folder" "$inside"; then
    problem "$1: workers, who are root without its rights over the files of others, cannot $3: say
      chown -R root:root $folder && chmod -R u+rX $folder$([[ $2 == r ]] || echo " && chmod u+x $file")"
  else good "$1: $file"; fi
}

# workers_may -r|-x FOLDER FILE: what is above the folder is not so in their container.
workers_may() {
  (cd -- "$2" && setpriv --reuid 0 --regid 0 --clear-groups --inh-caps=-all --bounding-set=-all test "$1" "$3")
}
