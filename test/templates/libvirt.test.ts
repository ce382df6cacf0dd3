import test from 'ava';
import { renderDomainXslt, renderNetworkXslt } from '../../templates/libvirt.ts';

const variables = {
  consoleLog: '/srv/consoles/vm-00000007.log',
  port: 'wh0a040000-0009',
  limits: { processorPercent: 100, emulatorPercent: 50, diskBytesPerSecond: 1_000_000, diskOperationsPerSecond: 100 },
};

test('the domain’s console is logged to its file', (t) => {
  t.true(renderDomainXslt(variables).includes('<log file="/srv/consoles/vm-00000007.log" append="off"/>'));
});

test('the VM’s cable ends at the port that the rules know, without filters of libvirt’s', (t) => {
  t.true(renderDomainXslt(variables).includes('<target dev="wh0a040000-0009"/>'));
  t.false(renderDomainXslt(variables).includes('filterref'));
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
