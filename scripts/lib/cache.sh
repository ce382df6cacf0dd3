# shellcheck shell=bash disable=SC2034 # read by the scripts that source this one
# Sourced: where toolchain, images and tools are kept, for all checkouts. Root's is that of installations, so that nothing is
# made twice on a machine.
if [[ ${WEBHOSTER_CACHE_DIR:-} ]]; then cache=$WEBHOSTER_CACHE_DIR
elif [[ $(id -u) == 0 ]]; then cache=/var/cache/webhoster
else cache=${XDG_CACHE_HOME:-$HOME/.cache}/webhoster; fi
