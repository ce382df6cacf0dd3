// The rules that keep VMs apart: what of them is missing is noticed and put back, on a real kernel.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { requireFirewall, writeReport } from '../../stacks/firewall-report.ts';
import { FirewallDownError } from '../../stacks/errors.ts';
import { readEarlierVisits, readVisits, writeVisits } from '../../stacks/visits-report.ts';
import { Visits, type VisitTimes } from '../../stacks/visits.ts';
import { run } from '../support/run.ts';

const tampering = [process.execPath, join(import.meta.dirname, 'firewall-tampering.ts')];
const families = ['bridge', 'arp', 'inet'];
const table = (family: string, how: string) => `the table ${family} webhoster-tampering was ${how}`;
const missing = families.map((family) => table(family, 'missing'));
const [incoming, outgoing] = ['-i', '-o'].map((direction) => `forwarding (${direction} wh-tampering) was refused`);
const findings = {
  'at first': [...missing, incoming, outgoing],
  'as it is': [],
  'a rule is gone': [table('inet', 'changed')],
  'a network is gone': [table('inet', 'changed')],
  'the table is gone': [table('inet', 'missing')],
  'a slot is gone': [table('bridge', 'changed')],
  'a slot is another’s': [table('bridge', 'changed')],
  'ARP is let through': [table('arp', 'changed')],
  'the tables of frames are gone': [table('bridge', 'missing'), table('arp', 'missing')],
  'all is gone': [...missing, incoming, outgoing],
  'forwarding is refused': [incoming],
  'a port is open': ['port vnet0 was not isolated'],
  'there are other rules': [table('inet', 'changed')],
  'in the end': [],
};

let namespaces = 0;
/** Runs a command with a network and mounts of its own. @returns what it printed */
async function apart(t: ExecutionContext, command: string[]): Promise<string> {
  const namespace = `wht-${process.pid}-${++namespaces}`;
  await run('ip', ['netns', 'add', namespace]);
  t.teardown(() => run('ip', ['netns', 'del', namespace]));
  return (await run('ip', ['netns', 'exec', namespace, ...command])).stdout;
}

test('whatever is taken away is noticed and put back', async (t) => {
  t.deepEqual(JSON.parse(await apart(t, tampering)), findings);
});

/** The programs of another release of Debian, as they are on a host of that. */
async function hostOf(suite: string, directory: string): Promise<string> {
  const host = join(directory, suite);
  const keyring = '--keyring=/usr/share/keyrings/debian-archive-keyring.gpg';
  const packages = '--include=nftables,iptables';
  await run('mmdebstrap', ['--quiet', '--variant=extract', keyring, packages, suite, host], { timeout: 120_000 });
  mkdirSync(join(host, 'etc/alternatives'));
  symlinkSync('/usr/sbin/iptables-nft', join(host, 'etc/alternatives/iptables'));
  symlinkSync('/etc/alternatives/iptables', join(host, 'usr/sbin/iptables'));
  return host;
}

/** Runs a command where `nft` and `iptables` are what they are in the guard's container on such a host. */
function inGuardOn(t: ExecutionContext, host: string, command: string[]): Promise<string> {
  const directory = dirname(host);
  const program = readFileSync(join(import.meta.dirname, '../../images/app/host-program'), 'utf8');
  for (const name of ['nft', 'iptables'])
    writeFileSync(join(directory, name), program.replace('host=/host', `host=${host}`), { mode: 0o755 });
  const script = `mount --bind ${directory}/nft /usr/sbin/nft; PATH=${directory}:$PATH; exec "$@"`;
  return apart(t, ['sh', '-euc', script, 'sh', ...command]);
}

// nft 1.0.6 dies of a segmentation fault on the table that 1.1.3 has written.
test('the rules are read and written by the host’s own programs, of whichever release', async (t) => {
  t.timeout(240_000);
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-host-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const host = await hostOf('trixie', directory);
  const versions = await inGuardOn(t, host, ['sh', '-c', '/usr/sbin/nft --version; iptables --version']);
  t.regex(versions, /^nftables v1\.1\.3 .*\niptables v1\.8\.11 \(nf_tables\)\n$/);
  t.deepEqual(JSON.parse(await inGuardOn(t, host, tampering)), findings);
  rmSync(join(host, 'etc/alternatives/iptables'));
  symlinkSync('/usr/sbin/iptables-legacy', join(host, 'etc/alternatives/iptables'));
  await t.throwsAsync(inGuardOn(t, host, ['iptables', '--version']), { message: /update-alternatives/ });
  rmSync(join(host, 'usr/sbin/nft'));
  await t.throwsAsync(inGuardOn(t, host, ['/usr/sbin/nft', '--version']), { message: /install nftables/ });
});

test('the rules count as in force only by a fresh report that says so', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-report-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'report.json');
  const at = new Date().toISOString();
  const validUntil = new Date(Date.now() + 60_000).toISOString();
  await t.throwsAsync(requireFirewall(file), { instanceOf: FirewallDownError }, 'none yet');
  await writeReport(file, { at, validUntil, intact: true, findings: [] });
  await t.notThrowsAsync(requireFirewall(file));
  await writeReport(file, { at, validUntil, intact: false, findings: ['nft is not there'] });
  await t.throwsAsync(requireFirewall(file), { instanceOf: FirewallDownError }, 'not in force');
  await writeReport(file, {
    at,
    validUntil: new Date(Date.now() - 1_000).toISOString(),
    intact: true,
    findings: [],
  });
  await t.throwsAsync(requireFirewall(file), { instanceOf: FirewallDownError }, 'too old');
});

test('a guard goes on from what the one before it saw, and from nothing else', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-report-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'visits.json');
  t.is(await readEarlierVisits(file), null, 'there was none');
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1_000).toISOString();
  const visits = { since: '2026-01-01T00:00:00.000Z', last: { '192.0.2.7': '2026-01-02T00:00:00.000Z' } };
  await writeVisits(file, { at: ago(0), visits });
  t.deepEqual((await readVisits(file))?.visits, visits);
  t.deepEqual(await readEarlierVisits(file), visits);
  const look = (earlier: VisitTimes | null) =>
    new Visits({ table: 'webhoster-none', network: '192.0.2.0/24', earlier }).look();
  t.deepEqual(await look(await readEarlierVisits(file)), visits);
  const future = new Date(Date.now() + 3_600_000).toISOString();
  const put = await look({ since: future, last: { '192.0.2.7': future } });
  for (const time of [put.since, put.last['192.0.2.7'] ?? ''])
    t.true(Date.parse(time) <= Date.now(), 'the clock was put back');
  await writeVisits(file, { at: ago(100), visits });
  t.is(await readVisits(file), null, 'too old to say who is idle');
  t.deepEqual(await readEarlierVisits(file), visits);
  await writeVisits(file, { at: ago(200), visits });
  t.is(await readEarlierVisits(file), null, 'nobody looked for a while');
  const begun = Date.now();
  const fresh = await look(null);
  t.true(Date.parse(fresh.since) >= begun, 'nothing is known of before');
  t.deepEqual(fresh.last, {});
});
