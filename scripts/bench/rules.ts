// How long the rules of VMs take to load, and the guard's look whether all are there, by the size of the VMs' network. In a
// network namespace of its own.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firewallRules } from '../../api/config/stacks.ts';
import { nodeNames } from '../../programs/names.ts';
import { runCommand } from '../../programs/run-command.ts';
import { Firewall } from '../../stacks/firewall.ts';

const rounds = 5;
const node = 'bench';
const settings = { NODE_NAME: node, VM_NAMESERVERS: ['1.1.1.1'], VM_REFUSED_NETWORKS: [], PROXY_UID: 33 };

/** Milliseconds, the middle of all rounds. */
async function time(work: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return `${(times.toSorted((one, other) => one - other)[Math.floor(rounds / 2)] ?? NaN).toFixed(0)} ms`;
}

const directory = await mkdtemp(join(tmpdir(), 'webhoster-bench-'));
try {
  console.log('| `VM_NETWORK` | slots | load | look of the guard |\n|---|---|---|---|');
  for (const prefixLength of [24, 20, 16]) {
    const file = join(directory, 'rules.nft');
    const network = `10.4.0.0/${prefixLength}`;
    await writeFile(file, firewallRules({ ...settings, VM_NETWORK: network, VM_MEGABITS_PER_SECOND: 200 }, []));
    const { network: table, bridge } = nodeNames(node);
    const firewall = new Firewall({ table, bridge, file });
    const load = await time(() => runCommand(['/usr/sbin/nft', '--file', file], { timeout: 60_000 }));
    await firewall.restore();
    const look = await time(() => firewall.restore());
    console.log(`| /${prefixLength} | ${2 ** (32 - prefixLength) - 3} | ${load} | ${look} |`);
  }
} finally {
  await rm(directory, { recursive: true });
}
