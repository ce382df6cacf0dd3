# shellcheck shell=bash disable=SC2034 # read by the scripts that source this one
# What scripts/backup.sh and scripts/restore.sh have in common: which parts an archive has.

DATABASES=(webhoster pulumi)

# domains: this node's VMs, by the folder that their disks are in. Fails when libvirt does not answer.
domains() {
  local all domain blocks now
  all=$(virsh list --all --name) || return
  for domain in $all; do
    [[ $domain =~ ^vm-[0-9]{8,10}$ ]] || continue
    if ! blocks=$(virsh domblklist "$domain"); then
      # Another installation's, which went meanwhile: nothing changes ours while this is asked.
      now=$(virsh list --all --name) || return
      ! grep -qx "$domain" <<<"$now" || return
      continue
    fi
    [[ $blocks != *" $WEBHOSTER_DATA_DIR/vms/disks/"* ]] || echo "$domain"
  done
}

node_name() { echo "webhoster-$NODE_NAME"; }
