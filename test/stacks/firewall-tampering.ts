// Takes rules away one by one and has them put back, in a network namespace of its own; prints what was found each time.
import { Firewall } from '../../stacks/firewall.ts';
import { renderFirewall } from '../../templates/firewall.ts';
import { run } from '../support/run.ts';

// Not the npm package’s of the same name.
const nft = '/usr/sbin/nft';
const [table, bridge, port] = ['webhoster-tampering', 'wh-tampering', 'vnet0'];
const rules = renderFirewall({
  table,
  bridge,
  network: '10.4.0.0/24',
  nameservers: ['192.0.2.53'],
  refusedNetworks: [],
  proxyUid: 33,
  bytesPerSecond: 1_000_000,
  connections: 100,
});
const firewall = new Firewall({ table, bridge, rules });
const shell = (script: string) => run('bash', ['-euc', script], { timeout: 20_000 });

/** As libvirt makes the filter of a port. */
const filter = `${nft} 'add table bridge nat
  add chain bridge nat libvirt-I-${port}
  add rule bridge nat libvirt-I-${port} drop
  add chain bridge nat PREROUTING { type filter hook prerouting priority dstnat; }
  add rule bridge nat PREROUTING iifname ${port} jump libvirt-I-${port}'`;
await shell(`ip link add ${bridge} type bridge; ip link set ${bridge} up
  ip link add ${port} type veth peer name guest0; ip link set ${port} master ${bridge}; bridge link set dev ${port} isolated on
  ${filter}`);

const steps: Record<string, string> = {
  'at first': 'true',
  'as it is': 'true',
  'a rule is gone': `${nft} delete rule inet ${table} from_guests handle "$(${nft} -a list chain inet ${table} from_guests |
    sed -n 's/.*oifname.*handle //p')"`,
  'a network is gone': `${nft} list table inet ${table} | sed 's,169.254.0.0/16 *\\, ,,' >/tmp/${table}
    ${nft} delete table inet ${table}; ${nft} -f /tmp/${table}; rm /tmp/${table}`,
  'the table is gone': `${nft} delete table inet ${table}`,
  'all is gone': `${nft} flush ruleset; ${filter}`,
  'forwarding is refused': `iptables -D FORWARD -i ${bridge} -j ACCEPT`,
  'a port is open': `bridge link set dev ${port} isolated off`,
  'in the end': 'true',
};
const found: Record<string, string[]> = {};
for (const [what, script] of Object.entries(steps)) {
  await shell(script);
  found[what] = await firewall.restore();
}
console.log(JSON.stringify(found));
