import test from 'ava';
import { renderDomainXslt, renderNetworkXslt } from '../../templates/libvirt.ts';

test('the domain’s console is logged to its file', (t) => {
  t.true(
    renderDomainXslt({ consoleLog: '/srv/consoles/vm-00000007.log' }).includes(
      '<log file="/srv/consoles/vm-00000007.log" append="off"/>',
    ),
  );
});

test('a path with special characters stays an attribute', (t) => {
  t.true(renderDomainXslt({ consoleLog: '/srv/"a"&<b>' }).includes('<log file="/srv/&#34;a&#34;&amp;&lt;b&gt;"'));
});

test('the ports of the network are kept apart', (t) => {
  t.regex(renderNetworkXslt(), /<port isolated="yes"\/>/);
});
