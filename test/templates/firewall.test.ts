// What the rules let one VM take from the others: a real kernel between machines that are network namespaces.
import test, { type ExecutionContext } from 'ava';
import { connectionsOfVm, firewallRules, type RulesConfig } from '../../api/config/stacks.ts';
import { nodeNames } from '../../programs/names.ts';
import { openedOf } from '../../stacks/visits.ts';
import { addresses, type Errand, network, VmNetwork } from '../support/network/vm-network.ts';

/** The slower, the less it matters how busy this machine is. */
const megabits = 8;
const bytesPerSecond = (megabits * 1_000_000) / 8;
const proxyUid = 33;

/** The rules of a node that is configured so. */
const firewall = (variables: Partial<RulesConfig> = {}) =>
  firewallRules(
    {
      NODE_NAME: 'limits',
      VM_NETWORK: network,
      VM_NAMESERVERS: ['1.1.1.1'],
      VM_REFUSED_NETWORKS: [],
      VM_MEGABITS_PER_SECOND: megabits,
      PROXY_UID: proxyUid,
      ...variables,
    },
    [],
  );
const limited = firewall();
const unlimited = firewall({ VM_MEGABITS_PER_SECOND: 10_000 });

let machines: VmNetwork;
test.before(async () => {
  machines = await VmNetwork.make(`wht${process.pid}`, nodeNames('limits').bridge);
});
test.after.always(() => (machines as VmNetwork | undefined)?.remove());
// Counts begin anew with the table.
test.serial.beforeEach(() => machines.load(limited));

type Transfer = Errand<'send' | 'receive'>;

async function milliseconds(transfer: Transfer): Promise<number> {
  const { told } = await machines.errand(transfer);
  if (told === null) throw new Error(`${transfer.with} is not reached from ${transfer.from}.`);
  return told;
}

/** Every way in which bytes leave a VM, and come to one: to and from the world, and the proxy. */
const amount = 8 * bytesPerSecond;
const ways: Record<string, Transfer> = {
  'to the world': { from: 'guest', does: 'send', with: 'world', amount },
  'from the world': { from: 'guest', does: 'receive', with: 'world', amount },
  'to the proxy': { from: 'node', does: 'receive', with: 'neighbour', amount, uid: proxyUid },
  'from the proxy': { from: 'node', does: 'send', with: 'neighbour', amount, uid: proxyUid },
};

async function measure(): Promise<Record<string, number>> {
  const measured = Object.entries(ways).map(async ([way, transfer]) => [way, await milliseconds(transfer)] as const);
  return Object.fromEntries(await Promise.all(measured));
}

test.serial('what a VM sends and is sent keeps to its rate, each', async (t) => {
  const held = await measure();
  await machines.load(unlimited);
  const free = await measure();
  for (const way of Object.keys(ways)) {
    const seconds = (held[way] ?? 0) / 1_000;
    const share = amount / seconds / bytesPerSecond;
    // Who was silent before may be faster for what two seconds would have carried.
    t.true(share > 0.5 && share < 8 / 6, `${way}: ${share} of the rate`);
    t.true(seconds * 1_000 > 5 * (free[way] ?? Infinity), `${way}: ${held[way]} ms, and ${free[way]} ms without limit`);
  }
});

test.serial('a VM at its rate slows no other', async (t) => {
  const send = { does: 'send', with: 'world' } as const;
  // From then on it has nothing in store, so what others have is their own.
  const held = await milliseconds({ ...send, from: 'guest', amount: 4 * bytesPerSecond });
  const [, free] = await Promise.all([
    milliseconds({ ...send, from: 'guest', amount: 4 * bytesPerSecond }),
    milliseconds({ ...send, from: 'neighbour', amount: 1.5 * bytesPerSecond }),
  ]);
  t.true(held > 5 * free, `${held} ms, and ${free} ms for the neighbour`);
});

test.serial('a VM has so many connections; those go on, and its neighbour and its visitors have theirs', async (t) => {
  const connect = (from: 'guest' | 'neighbour', many: number) =>
    machines.errand({ from, does: 'connect', with: 'world', amount: many });
  const { told, end } = await connect('guest', connectionsOfVm + 50);
  t.deepEqual(told, { opened: connectionsOfVm, answered: connectionsOfVm });
  const [more, neighbour, visitor] = await Promise.all([
    connect('guest', 10),
    connect('neighbour', 10),
    machines.errand({ from: 'node', does: 'receive', with: 'guest', amount: 1, uid: proxyUid }),
  ]);
  t.deepEqual(more.told, { opened: 0, answered: 0 });
  t.deepEqual(neighbour.told, { opened: 10, answered: 10 });
  t.not(visitor.told, null);
  end();
  await reaches(t, 'world', true);
});

/** Whether the guest reaches an address. */
async function reaches(t: ExecutionContext, address: keyof typeof addresses, expected: boolean): Promise<void> {
  const { told } = await machines.errand({ from: 'guest', does: 'send', with: address, amount: 1 });
  t.is(told !== null, expected, address);
}

test.serial('networks that the operator names are out of reach, in any number', async (t) => {
  await reaches(t, 'elsewhere', true);
  const around = addresses.elsewhere.replace(/\d+$/, '0/24');
  const itself = `${addresses.elsewhere}/32`;
  for (const networks of [[around], ['198.51.100.0/24', around, itself, itself]]) {
    await machines.load(firewall({ VM_REFUSED_NETWORKS: networks }));
    await Promise.all([reaches(t, 'elsewhere', false), reaches(t, 'world', true)]);
  }
});

test.serial(
  'a VM that talks to others by a connection of its own is used, and one that only opens them is not',
  async (t) => {
    const visited = async () => {
      const sets = await machines.run('node', ['/usr/sbin/nft', '--json', 'list', 'sets', 'inet']);
      return openedOf(sets, nodeNames('limits').network).map(([address]) => address);
    };
    t.deepEqual(await visited(), []);
    // Its answer to a first packet is that of an open connection; nobody answers here.
    await machines.run('guest', ['bash', '-c', `timeout 1 bash -c '</dev/tcp/${addresses.world}/9' || true`]);
    await machines.run('guest', ['bash', '-c', `echo x >/dev/udp/${addresses.world}/53`]);
    t.deepEqual(await visited(), []);
    await milliseconds({ from: 'guest', does: 'send', with: 'world', amount: 1 });
    t.deepEqual(await visited(), [addresses.guest]);
  },
);
