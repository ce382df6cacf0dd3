// Which frames pass on the cables of VMs: a real kernel between machines that are network namespaces. What one chain keeps
// away comes through when it is taken away, whatever the others do.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { firewallRules } from '../../api/config/stacks.ts';
import { nodeNames } from '../../programs/names.ts';
import type { Slot } from '../../programs/slots.ts';
import { type Attempt, attacks, type Scene } from '../support/network/attacks.ts';
import { type Capture, capture } from '../support/network/capture.ts';
import { arpReply, sender, udp } from '../support/network/frames.ts';
import { addresses, gateway, network, slots, VmNetwork } from '../support/network/vm-network.ts';

const node = 'cables';
const { bridge, network: table } = nodeNames(node);
const port = 4_000;
const nobody = '10.4.0.100';
/** A machine of an earlier version, whose port libvirt has named. */
const earlier = { port: 'vnet7', macAddress: '52:54:00:00:00:07', address: '10.4.0.7' };

const rules = firewallRules(
  {
    NODE_NAME: node,
    VM_NETWORK: network,
    VM_NAMESERVERS: ['1.1.1.1'],
    VM_REFUSED_NETWORKS: [],
    VM_MEGABITS_PER_SECOND: 200,
    PROXY_UID: 33,
  },
  [earlier],
);

let machines: VmNetwork;
let scene: Scene;
let listener: ChildProcess;
/** By a socket of the node. */
const heard: string[] = [];

const onNode = (script: string) => machines.run('node', ['bash', '-euc', script]);
const nft = (command: string) => onNode(`/usr/sbin/nft ${command}`);

test.before(async () => {
  machines = await VmNetwork.make(`whc${process.pid}`, bridge, { served: false });
  const listen = `const socket = require('dgram').createSocket('udp6');
    socket.on('message', (text) => console.log(text.toString())).bind(${port}, '::', () => console.log('ready'))`;
  listener = spawn('ip', ['netns', 'exec', machines.namespace('node'), process.execPath, '-e', listen]);
  if (listener.stdout) createInterface({ input: listener.stdout }).on('line', (line) => heard.push(line));
  while (!heard.includes('ready')) await delay(50);
  const known = ({ macAddress: mac, address: ip }: Slot) => ({ mac, ip });
  // Rules for packets are not to look at what goes from port to port (br_netfilter), where that is loaded.
  await onNode('ip link set lo up; sysctl -qw net.bridge.bridge-nf-call-iptables=0 || true');
  const mac = (await onNode(`cat /sys/class/net/${bridge}/address`)).trim();
  const { world: elsewhere } = addresses;
  scene = {
    attacker: known(slots.guest),
    victim: known(slots.neighbour),
    host: { mac, ip: gateway, otherIp: '192.175.48.1' },
    port,
    beyond: {
      container: elsewhere,
      metadata: elsewhere,
      nameserver: elsewhere,
      internet: elsewhere,
      refused: elsewhere,
    },
    nobody,
  };
});
test.after.always(async () => {
  listener.kill();
  await (machines as VmNetwork | undefined)?.remove();
});

/** Loads all rules, and takes away what else would keep frames apart: what arrives has come by the cables' rules. */
test.serial.beforeEach(async () => {
  await machines.load(rules);
  await nft(`flush chain inet ${table} input`);
  for (const { port } of Object.values(slots)) await onNode(`bridge link set dev ${port} isolated off`);
});

async function send(from: 'guest' | 'neighbour', frames: Buffer[]): Promise<void> {
  await machines.run(from, ['perl', '-e', sender], frames.map((frame) => `${frame.toString('hex')}\n`).join(''));
}

/** Has a VM send frames, and looks until each place has seen what comes last. @returns whether one has arrived */
async function deliver(frames: Buffer[], from: 'guest' | 'neighbour' = 'guest'): Promise<Capture['saw']> {
  const cable = await capture('eth0', machines.namespace('neighbour'));
  heard.length = 0;
  await send(from, frames);
  const ends = { fromMac: earlier.macAddress, toMac: earlier.macAddress, fromIp: nobody, toIp: nobody };
  await send('neighbour', [udp(ends, { from: port, to: port }, '<end>')]);
  await onNode(`echo '<end>' >/dev/udp/127.0.0.1/${port}`);
  while (!cable.saw('<end>') || !heard.includes('<end>')) await delay(20);
  await cable.stop();
  const table = await onNode('ip neigh');
  return (mark) => cable.saw(mark) || [table, ...heard].some((text) => text.includes(String(mark)));
}

const here = () => attacks(scene).filter(({ at }) => at !== 'beyond');
const name = ({ mark }: Attempt) => mark.replaceAll(/[<>]/g, '');

/** Which of all attempts arrive. */
async function arrivals(): Promise<string[]> {
  await onNode('ip neigh flush all');
  const all = here();
  const saw = await deliver(all.map(({ frame }) => frame));
  return all.filter(({ mark }) => saw(mark)).map(name);
}

/** What a VM may send to the node, as far as frames go; what is more than a frame the rules for packets refuse. */
const honest = ['to the host', 'to everybody', 'to the host elsewhere'];
/** What is true and for the neighbour, and what is true and for nobody there. */
const direct = ['straight to the neighbour', 'ARP: the truth'];
const astray = ['to the neighbour’s card, for nobody', 'DHCP offer'];
/** What is for the neighbour and not true. */
const false_ = [
  'with another MAC',
  'with the IP of the host',
  'ARP: the host is here',
  'ARP: nobody is here',
  'ARP: I am elsewhere',
  'ARP from elsewhere: I am here',
];

for (const [what, chains, expected] of [
  ['all rules: to the node goes what is true, and to a neighbour nothing', [], honest],
  ['a VM’s frames carry its own addresses', ['between_guests'], [...honest, ...direct]],
  ['a VM is sent what is for its address', ['between_guests', 'to_guests'], [...honest, ...direct, ...astray]],
  ['to the node goes only what was looked at', ['from_guests'], []],
  ['a VM is sent IP and ARP alone', ['from_guests', 'between_guests'], [...direct, ...false_]],
] as [string, string[], string[]][]) {
  test.serial(`${what} (without ${chains.join(', ') || 'nothing'})`, async (t) => {
    for (const chain of chains) await nft(`flush chain bridge ${table} ${chain}`);
    t.deepEqual((await arrivals()).toSorted(), expected.toSorted());
  });
}

test.serial('without any rules all of it arrives', async (t) => {
  for (const family of ['bridge', 'arp', 'inet']) await nft(`delete table ${family} ${table}`);
  t.deepEqual(await arrivals(), here().map(name));
});

test.serial('what is for bridges themselves does not get past by them', async (t) => {
  await nft(`flush chain inet ${table} strangers`);
  t.true((await arrivals()).includes('to the host by the bridge’s own address'));
});

/** Has the proxy open a connection, for which the node asks who has the address. @returns what came to the neighbour */
async function askFor(address: string): Promise<Capture> {
  const cable = await capture('eth0', machines.namespace('neighbour'), 'in');
  const connect = `timeout 1 bash -c '</dev/tcp/${address}/22' || true`;
  await onNode(`ip neigh flush dev ${bridge}; setpriv --reuid=33 --regid=33 --clear-groups ${connect}`);
  await cable.stop();
  return cable;
}
const bytesOf = (address: string) => Buffer.from(address.split('.').map(Number));

test.serial('a VM hears that the node looks for it, and not that it looks for another', async (t) => {
  t.true((await askFor(addresses.neighbour)).saw(bytesOf(addresses.neighbour)));
  t.false((await askFor(nobody)).saw(bytesOf(nobody)));
  await nft(`flush chain bridge ${table} to_guests`);
  t.true((await askFor(nobody)).saw(bytesOf(nobody)));
});

/** Puts the neighbour at another port. */
async function move(from: string, { port: to, macAddress, address }: Slot): Promise<void> {
  await onNode(`ip link set ${from} down; ip link set ${from} name ${to}; ip link set ${to} up`);
  const set = `ip addr flush dev eth0; ip link set eth0 address ${macAddress}; ip addr add ${address}/24 dev eth0`;
  await machines.run('neighbour', ['bash', '-euc', set]);
}

test.serial(
  'a machine of an earlier version is where the rules were told, and a port of nobody’s has nobody',
  async (t) => {
    const greeting = ({ macAddress, address }: Slot, mark: string) =>
      udp(
        { fromMac: macAddress, toMac: scene.host.mac, fromIp: address, toIp: gateway },
        { from: port, to: port },
        mark,
      );
    const asks = ({ macAddress, address }: Slot) =>
      arpReply({ fromMac: macAddress, toMac: scene.host.mac, fromIp: address, toIp: gateway }, '');

    await move(slots.neighbour.port, earlier);
    t.teardown(() => move('vnet8', slots.neighbour));
    t.true((await deliver([greeting(earlier, '<earlier>')], 'neighbour'))('<earlier>'));
    t.true((await askFor(earlier.address)).saw(bytesOf(earlier.address)));

    const strange = { ...slots.neighbour, port: 'vnet8' };
    await move(earlier.port, strange);
    heard.length = 0;
    await deliver([greeting(strange, '<strange>')], 'neighbour');
    t.false(heard.some((line) => line.includes('<strange>')));
    await onNode(
      `ip neigh flush dev ${bridge}; ip neigh replace ${strange.address} dev ${bridge} lladdr ${earlier.macAddress} nud stale`,
    );
    await send('neighbour', [asks(strange)]);
    t.notRegex(await onNode('ip neigh'), new RegExp(`lladdr ${strange.macAddress}`), 'no ARP');
    t.false((await askFor(strange.address)).saw(bytesOf(strange.address)));
  },
);
