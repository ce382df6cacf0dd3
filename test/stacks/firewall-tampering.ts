// Takes rules away one by one and has them put back, in a network namespace of its own; prints what was found each time.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firewallRules } from '../../api/config/stacks.ts';
import { nodeNames } from '../../programs/names.ts';
import { Firewall } from '../../stacks/firewall.ts';
import { run } from '../support/run.ts';

// Not the npm package’s of the same name.
const nft = '/usr/sbin/nft';
const { network: table, bridge } = nodeNames('tampering');
const port = 'vnet0';
const rules = (refused: string[]) =>
  firewallRules(
    {
      NODE_NAME: 'tampering',
      VM_NETWORK: process.argv[2] ?? '10.4.0.0/24',
      VM_NAMESERVERS: ['192.0.2.53'],
      VM_REFUSED_NETWORKS: refused,
      VM_MEGABITS_PER_SECOND: 8,
      PROXY_UID: 33,
    },
    [],
  );
const file = join(mkdtempSync(join(tmpdir(), 'webhoster-rules-')), 'rules.nft');
writeFileSync(file, rules([]));
const firewall = new Firewall({ table, bridge, file });
const shell = (script: string) => run('bash', ['-euc', script], { timeout: 20_000 });

await shell(`ip link add ${bridge} type bridge; ip link set ${bridge} up
  ip link add ${port} type veth peer name guest0; ip link set ${port} master ${bridge}; bridge link set dev ${port} isolated on`);

const steps: Record<string, string> = {
  'at first': 'true',
  'as it is': 'true',
  'a rule is gone': `${nft} delete rule inet ${table} from_guests handle "$(${nft} -a list chain inet ${table} from_guests |
    sed -n 's/.*oifname.*handle //p')"`,
  'a network is gone': `${nft} list table inet ${table} | sed 's,169.254.0.0/16 *\\, ,,' >/tmp/${table}
    ${nft} delete table inet ${table}; ${nft} -f /tmp/${table}; rm /tmp/${table}`,
  'the table is gone': `${nft} delete table inet ${table}`,
  'a slot is gone': `${nft} delete element bridge ${table} ports '{ "wh0a040000-0007" . 10.4.0.7 }'`,
  'a slot is another’s': `${nft} add element bridge ${table} cards '{ 52:54:0a:04:00:07 . 10.4.0.8 }'`,
  'ARP is let through': `${nft} flush chain arp ${table} input`,
  'the tables of frames are gone': `${nft} delete table bridge ${table}; ${nft} delete table arp ${table}`,
  'all is gone': `${nft} flush ruleset`,
  'forwarding is refused': `iptables -D FORWARD -i ${bridge} -j ACCEPT`,
  'a port is open': `bridge link set dev ${port} isolated off`,
  'there are other rules': 'true',
  'in the end': 'true',
};
const found: Record<string, string[]> = {};
for (const [what, script] of Object.entries(steps)) {
  await shell(script);
  if (what === 'there are other rules') writeFileSync(file, rules(['203.0.113.0/24']));
  found[what] = await firewall.restore();
}
console.log(JSON.stringify(found));
