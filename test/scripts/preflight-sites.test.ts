// What scripts/docker-start.sh --check says of the hosts of sites. Names are resolved by a stand-in.
import test, { type ExecutionContext } from 'ava';
import { says, withProgram } from './preflight.ts';

/** @param names addresses by name; a wildcard by what it begins with */
function told(t: ExecutionContext, settings: NodeJS.ProcessEnv, names: Record<string, string> = {}) {
  const cases = Object.entries(names).map(
    ([name, address]) => `${name}) echo '${address} STREAM x'; echo '${address} DGRAM' ;;`,
  );
  const getent = `case "$2" in ${cases.join('\n')} *) exit 2 ;; esac`;
  return says('check_sites', { environment: { ...withProgram(t, 'getent', getent), ...settings } });
}

const elsewhere = { PUBLIC_URL: 'https://host.example', HTTPS_REDIRECT: 'on' };

test('below localhost there is nothing to set up', async (t) => {
  t.is(await told(t, { PUBLIC_URL: 'http://localhost:8080' }), '  ✔ hosts of sites: http://{name}.localhost\n0\n');
});

test('elsewhere it is said which record is needed', async (t) => {
  t.regex(
    await told(t, elsewhere),
    /^ {2}! Sites have no hosts [^]*\*\.host\.example\. CNAME host\.example\.[^]*SITES_DOMAIN=host\.example[^]*\n0\n$/,
  );
  t.is(await told(t, { ...elsewhere, SITES_DOMAIN: 'off' }), '0\n');
});

test('the record is looked for', async (t) => {
  const settings = { ...elsewhere, SITES_DOMAIN: 'sites.example' };
  const host = { 'host.example': '192.0.2.7' };
  t.regex(
    await told(t, settings, host),
    /^ {2}! No name below sites\.example leads anywhere[^]*\*\.sites\.example\. CNAME host\.example\.\n0\n$/,
  );
  t.regex(
    await told(t, settings, { ...host, '*.sites.example': '192.0.2.8' }),
    /^ {2}! Names below sites\.example lead to 192\.0\.2\.8, and host\.example to 192\.0\.2\.7\./,
  );
  t.is(
    await told(t, settings, { ...host, '*.sites.example': '192.0.2.7' }),
    '  ✔ hosts of sites: {name}.sites.example\n0\n',
  );
});

test('one domain for both without encryption is warned of', async (t) => {
  const names = { '*host.example': '192.0.2.7' };
  const shared = { PUBLIC_URL: 'http://host.example', SITES_DOMAIN: 'host.example' };
  t.regex(
    await told(t, shared, names),
    /✔[^]*! Sites below host\.example share a domain with host\.example: [^]*HTTPS_REDIRECT/,
  );
  t.notRegex(await told(t, { ...shared, HTTPS_REDIRECT: 'on' }, names), /!/);
});
