// The rules that keep VMs apart: what of them is missing is noticed and put back, on a real kernel.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { requireFirewall, writeReport } from '../../stacks/firewall-report.ts';
import { FirewallDownError } from '../../stacks/errors.ts';
import { run } from '../support/run.ts';

test('whatever is taken away is noticed and put back', async (t) => {
  const namespace = `wht-${process.pid}`;
  await run('ip', ['netns', 'add', namespace]);
  t.teardown(() => run('ip', ['netns', 'del', namespace]));
  const script = join(import.meta.dirname, '../support/firewall-tampering.ts');
  const { stdout } = await run('ip', ['netns', 'exec', namespace, process.execPath, script], { timeout: 60_000 });
  const [missing, changed] = ['missing', 'changed'].map((how) => `the table webhoster-tampering was ${how}`);
  const [incoming, outgoing] = ['-i', '-o'].map((direction) => `forwarding (${direction} wh-tampering) was refused`);
  t.deepEqual(JSON.parse(stdout), {
    'at first': [missing, incoming, outgoing],
    'as it is': [],
    'a rule is gone': [changed],
    'a network is gone': [changed],
    'the table is gone': [missing],
    'all is gone': [missing, incoming, outgoing],
    'forwarding is refused': [incoming],
    'a port is open': ['port vnet0 was not isolated'],
    'in the end': [],
  });
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
  await writeReport(file, { at, validUntil: new Date(Date.now() - 1_000).toISOString(), intact: true, findings: [] });
  await t.throwsAsync(requireFirewall(file), { instanceOf: FirewallDownError }, 'too old');
});
