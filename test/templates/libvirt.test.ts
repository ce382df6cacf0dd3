import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { runCommand } from '../../programs/run-command.ts';
import { renderDomainXslt, renderNetworkXslt } from '../../templates/libvirt.ts';

const variables = {
  consoleLog: '/srv/consoles/vm-00000007.log',
  port: 'wh0a040000-0009',
  limits: {
    processorPercent: 100,
    emulatorPercent: 50,
    diskBytesPerSecond: 1_000_000,
    diskOperationsPerSecond: 100,
    translationMebibytes: 64,
  },
};

test('the domain’s console is logged to its file', (t) => {
  t.true(renderDomainXslt(variables).includes('<log file="/srv/consoles/vm-00000007.log" append="off"/>'));
});

test('the VM’s cable ends at the port that the rules know, without filters of libvirt’s', (t) => {
  t.true(renderDomainXslt(variables).includes('<target dev="wh0a040000-0009"/>'));
  t.false(renderDomainXslt(variables).includes('filterref'));
});

/** What libvirt is given for a VM that the provider defines so. */
async function transformed(definition: string): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'webhoster-xslt-'));
  try {
    const [xslt, domain] = [join(directory, 'domain.xslt'), join(directory, 'domain.xml')];
    writeFileSync(xslt, renderDomainXslt(variables));
    writeFileSync(domain, definition);
    return await runCommand(['xsltproc', xslt, domain], { timeout: 10_000 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test('a VM gives back what its guest has freed, and an emulated one keeps little of what it has translated', async (t) => {
  const made = (type: string) =>
    transformed(
      `<domain type='${type}'><features><pae/><acpi/></features><devices><memballoon model='none'/></devices></domain>`,
    );
  const [emulated, other] = [await made('qemu'), await made('kvm')];
  t.regex(
    emulated,
    /<features>\s*<pae\/>\s*<acpi\/>\s*<tcg>\s*<tb-cache unit="MiB">64<\/tb-cache>\s*<\/tcg>\s*<\/features>/,
  );
  t.false(other.includes('tb-cache'));
  for (const text of [emulated, other])
    t.deepEqual(text.match(/<memballoon.*/g), ['<memballoon model="virtio" freePageReporting="on"/>']);
});

test('a path with special characters stays an attribute', (t) => {
  t.true(
    renderDomainXslt({ ...variables, consoleLog: '/srv/"a"&<b>' }).includes(
      '<log file="/srv/&#34;a&#34;&amp;&lt;b&gt;"',
    ),
  );
});

test('the ports of the network are kept apart, and no server of this machine is on it', (t) => {
  t.regex(renderNetworkXslt(), /<port isolated="yes"\/>\s+<dns enable="no"\/>/);
});
