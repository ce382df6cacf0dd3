import test from 'ava';
import { renderSite } from '../../templates/site.ts';

test('a site is an entry of the map and a server of the stream', (t) => {
  const { http, stream } = renderSite({ userId: 42, address: '10.0.0.9', sshPort: 10_007, suspended: false });
  t.is(http.trim(), '42 10.0.0.9;');
  t.is(stream?.replace(/\s+/g, ' ').trim(), 'server { listen 10007 so_keepalive=on; proxy_pass 10.0.0.9:22; }');
});
