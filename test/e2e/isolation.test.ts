// A tenant who is root in their VM, and hostile: what they send reaches no other VM, no address of this machine, and no
// network of it. Each attempt is made again with the rules taken away, and arrives, so that these tests can fail.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { randomInt } from 'node:crypto';
import { execaSync } from 'execa';
import { networkFacts } from '../../api/config/network.ts';
import { nodeNames } from '../../programs/names.ts';
import { slotOf } from '../../programs/slots.ts';
import type { FirewallReport } from '../../stacks/firewall-report.ts';
import type { Installation } from '../../scripts/dev/installation.ts';
import { freePorts } from '../../scripts/dev/ports.ts';
import { type Attempt, attacks, errands, type Scene } from '../support/network/attacks.ts';
import { type Capture, capture } from '../support/network/capture.ts';
import { sender } from '../support/network/frames.ts';
import { makeEarlier, portOf } from '../support/engine/earlier.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { makeNeighbourhood, type Neighbourhood } from './neighbourhood.ts';
import { run, virsh } from '../support/run.ts';
import { signUp, type TestUser } from '../support/installation/user.ts';
import { withInstallation } from '../support/installation/with.ts';

// Of no network of this machine, and none of them leaves it. The last two are of blocks that are routed publicly (RFC 7535).
const third = randomInt(0, 256);
const beyond = {
  container: `172.29.${third}.2`,
  metadata: '169.254.169.254',
  nameserver: `10.251.${third}.2`,
  internet: '192.175.48.2',
  refused: '192.31.196.2',
};

// The guard looks once as it starts; what happens between two looks is for these tests to say.
const test = withInstallation({
  variables: {
    VM_NAMESERVERS: beyond.nameserver,
    VM_REFUSED_NETWORKS: '192.31.196.0/24',
    GUARD_INTERVAL_SECONDS: '3600',
  },
});

let neighbourhood: Neighbourhood;
let scene: Scene;
let attackerPort: number;
let victim: Awaited<ReturnType<typeof makeTenant>>;
let taps: string[];
let key: string;

/** A user with a running VM. */
async function makeTenant(
  context: TestInstallation,
  publicKey: string,
): Promise<{ user: TestUser; vmId: string; port: number; ip: string; mac: string; tap: string }> {
  const user = await signUp(context.url);
  const created = await user.call('POST', '/host', { body: { ssh_public_keys: [publicKey] } });
  if (created.status !== 201) throw new Error(created.text);
  const { vm_id, vm_ip: ip, ssh_port: port } = created.body.data.hosting;
  return { user, vmId: vm_id, port, ip, mac: slotOf(ip, 24).macAddress, tap: await portOf(vm_id) };
}

test.serial.before(async (t) => {
  t.timeout(600_000);
  neighbourhood = await makeNeighbourhood(`wht-${third}`, Object.values(beyond));
  const made = makeKey(t.context.directory);
  key = made.file;
  const attacker = await makeTenant(t.context, made.publicKey);
  victim = await makeTenant(t.context, made.publicKey);
  attackerPort = attacker.port;
  // What keeps others away is to be the node's doing alone.
  await ssh(victim.port, { key }, 'sudo ufw disable');
  taps = [attacker.tap, victim.tap];
  const { bridge } = nodeNames(t.context.node);
  const [port = 0] = await freePorts(1);
  const { gateway } = networkFacts(t.context.installation.environment['VM_NETWORK'] ?? '');
  scene = {
    attacker,
    victim,
    host: {
      mac: readFileSync(`/sys/class/net/${bridge}/address`, 'utf8').trim(),
      ip: gateway,
      otherIp: beyond.container.replace(/2$/, '1'),
    },
    port,
    beyond,
    nobody: gateway.replace(/\d+$/, '200'),
  };
});
test.after.always(async () => {
  await (neighbourhood as Neighbourhood | undefined)?.remove();
});

/** Has the attacker's VM send frames. */
async function send(frames: Buffer[]): Promise<void> {
  const lines = frames.map((frame) => frame.toString('hex')).join('\n');
  const script = Buffer.from(sender).toString('base64');
  const input = Buffer.from(`${lines}\n`).toString('base64');
  await ssh(attackerPort, { key }, `echo ${input} | base64 -d | sudo perl -e "$(echo ${script} | base64 -d)"`);
}

interface Watch {
  saw: (attempt: Attempt) => boolean;
  stop: () => Promise<void>;
}

/** What this machine's table of who is where has with a MAC address: an address and its interface for each. */
const neighbours = (mac: string) =>
  execaSync('ip', ['neigh'])
    .stdout.split('\n')
    .filter((line) => line.includes(mac))
    .map((line) => line.split(' '));

/** Looks at every place where an attempt could arrive. */
async function watch(): Promise<Watch> {
  // The table remembers what arrived before.
  for (const { mark, at } of attacks(scene))
    if (at === 'table')
      for (const [address = '', , name = ''] of neighbours(mark))
        execaSync('ip', ['neigh', 'del', address, 'dev', name]);
  // On all addresses, those of IPv6 included.
  const socket = createSocket('udp6').bind(scene.port, '::');
  await once(socket, 'listening');
  const heard: string[] = [];
  socket.on('message', (message) => heard.push(message.toString()));
  const places: Record<'victim' | 'beyond', Capture> = {
    victim: await capture(victim.tap),
    beyond: await capture(neighbourhood.networkInterface),
  };
  return {
    saw: ({ at, mark }) => {
      if (at === 'host') return heard.some((text) => text.includes(mark));
      return at === 'table' ? neighbours(mark).length > 0 : places[at].saw(mark);
    },
    stop: async () => {
      socket.close();
      await Promise.all(Object.values(places).map((place) => place.stop()));
    },
  };
}

/** Sends all, several times, until what is awaited has arrived. @returns the marks of what arrived */
async function attempt(awaited: Attempt[]): Promise<string[]> {
  const all = [...attacks(scene), ...errands(scene)];
  const watching = await watch();
  try {
    // Rounds, not time: on a busy machine one takes many seconds.
    for (let round = 1; round <= 3 || (round <= 12 && !awaited.every(watching.saw)); round++)
      await send(all.map(({ frame }) => frame));
    return all.filter(watching.saw).map(({ mark }) => mark);
  } finally {
    await watching.stop();
  }
}

const marks = (attempts: Attempt[]) => attempts.map(({ mark }) => mark);

/** Whether a VM's own shell can open a connection. */
async function guestReaches(host: string, port: number): Promise<boolean> {
  const command = `timeout 5 bash -c '</dev/tcp/${host}/${port}' 2>/dev/null && echo yes || echo no`;
  return (await ssh(attackerPort, { key }, command)).trim() === 'yes';
}

test.serial('what a hostile guest sends arrives nowhere, and what it may send arrives', async (t) => {
  t.timeout(900_000);
  t.deepEqual(await attempt(errands(scene)), marks(errands(scene)));
  const port = Number(new URL(t.context.url).port);
  t.false(await guestReaches(scene.host.ip, port), 'the API by the host’s address');
  t.false(await guestReaches(scene.victim.ip, 80), 'the neighbour’s page');
});

// Not shown by what arrives: the rules keep frames between VMs away too.
test.serial('ports of VMs are isolated', (t) => {
  for (const tap of taps) t.is(readFileSync(`/sys/class/net/${tap}/brport/isolated`, 'utf8'), '1\n');
});

/** Who of this machine opens a connection to a port of the victim's; the last is another machine beside it. */
async function reachVictim(port: number): Promise<Record<string, boolean>> {
  const user = (id: number) => ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'];
  const who = {
    'root of this machine': ['env'],
    'another user of it': user(65_534),
    'the proxy': user(33),
    'a container': ['ip', 'netns', 'exec', `wht-${third}`],
  };
  const tries = Object.entries(who).map(async ([name, [program = '', ...args]]) => {
    const connect = ['timeout', '3', 'bash', '-c', `</dev/tcp/${scene.victim.ip}/${port}`];
    const reached = run(program, [...args, ...connect], { timeout: 10_000 }).then(
      () => true,
      () => false,
    );
    return [name, await reached] as const;
  });
  return Object.fromEntries(await Promise.all(tries));
}

test.serial('nobody but the proxy reaches a guest', async (t) => {
  const nobody = { 'root of this machine': false, 'another user of it': false, 'a container': false };
  for (const port of [22, 80]) t.deepEqual(await reachVictim(port), { ...nobody, 'the proxy': true }, String(port));
});

const families = ['bridge', 'arp', 'inet'];

/** Takes all rules away. */
async function takeRulesAway(node: string): Promise<void> {
  for (const family of families) await run('/usr/sbin/nft', ['delete', 'table', family, `webhoster-${node}`]);
  for (const tap of taps) await run('bridge', ['link', 'set', 'dev', tap, 'isolated', 'off']);
}

/** Whether another installation is on this machine: its rules keep frames to bridges' own addresses from ours too. */
async function othersHaveRules(): Promise<boolean> {
  const { stdout } = await run('/usr/sbin/nft', ['list', 'tables', 'inet']);
  return /^table inet webhoster-/m.test(stdout);
}

/** What the guard finds at its next look, which its next start brings. */
async function nextReport(installation: Installation): Promise<string[]> {
  const [guard] = installation.named('guard');
  const file = installation.environment['GUARD_REPORT_FILE'] ?? '';
  const read = () => JSON.parse(readFileSync(file, 'utf8')) as FirewallReport;
  const { at } = read();
  await guard?.kill('SIGTERM');
  await guard?.untilReady(() => Promise.resolve().then(() => read().at !== at), 60_000);
  return read().findings;
}

test.serial('without the rules all of it arrives; the guard puts them back', async (t) => {
  t.timeout(900_000);
  const { node, installation } = t.context;
  await takeRulesAway(node);
  // Before the attacks, which tell the victim false addresses.
  const everybody = { 'root of this machine': true, 'another user of it': true, 'a container': true };
  for (const port of [22, 80]) t.deepEqual(await reachVictim(port), { ...everybody, 'the proxy': true }, String(port));
  const all = [...attacks(scene), ...errands(scene)];
  const expected = marks((await othersHaveRules()) ? all.filter(({ mark }) => !mark.includes('bridge’s own')) : all);
  const arrived = await attempt(all.filter(({ mark }) => expected.includes(mark)));
  t.deepEqual(
    arrived.filter((mark) => expected.includes(mark)),
    expected,
  );
  t.true(await guestReaches(scene.host.ip, Number(new URL(t.context.url).port)), 'the API by the host’s address');
  t.true(await guestReaches(scene.victim.ip, 80), 'the neighbour’s page');

  const findings = (await nextReport(installation)).join('\n');
  for (const family of families) t.regex(findings, new RegExp(`the table ${family} webhoster-\\S+ was missing`));
  for (const tap of taps) t.regex(findings, new RegExp(`port ${tap} was not isolated`));
  t.deepEqual(await attempt(errands(scene)), marks(errands(scene)));
});

/** Waits until SSH answers, for as long as a boot takes. @returns whether it does */
async function answers(): Promise<boolean> {
  const deadline = Date.now() + 180_000;
  while (Date.now() < deadline)
    if ((await ssh(victim.port, { key }, 'echo yes').catch(() => '')) === 'yes\n') return true;
  return false;
}

test.serial('a machine of an earlier version is reached as it runs, and after its next start', async (t) => {
  t.timeout(900_000);
  const macAddress = '52:54:05:f5:e0:ff';
  // Its guest knows its card by the address.
  await ssh(
    victim.port,
    { key },
    `sudo sed -i 's/${victim.mac}/${macAddress}/' /etc/systemd/network/10-*.network; sync`,
  );
  await makeEarlier(victim.vmId, { address: victim.ip, macAddress }, t.context.directory);
  const port = await portOf(victim.vmId);
  t.regex(port, /^vnet/);
  await t.context.installation.prepareNode();
  t.true(await answers());
  t.is(await portOf(victim.vmId), port);
  const restarted = await victim.user.call('POST', '/host/my/restart');
  t.is(restarted.status, 200, restarted.text);
  t.true(await answers());
  t.is(await portOf(victim.vmId), victim.tap);
});

test.serial('QEMU has no right that it does not need', async (t) => {
  const { stdout } = await run('ps', ['-eo', 'user:20,args']);
  const processes = stdout.split('\n').filter((line) => /qemu-system.*guest=vm-/.test(line));
  t.true(processes.length >= 2);
  for (const line of processes) {
    t.regex(line, /^libvirt-qemu /);
    t.regex(line, /-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny/);
  }
  const [vm = ''] = (await virsh('list', '--name')).trim().split('\n');
  t.regex(await virsh('schedinfo', vm), /vcpu_quota +: 100000\n/);
  t.regex(await virsh('schedinfo', vm), /emulator_quota +: 50000\n/);
  t.regex(await virsh('blkdeviotune', vm, 'vda'), /total_bytes_sec: 209715200\n[^]*total_iops_sec +: 4000\n/);
});
