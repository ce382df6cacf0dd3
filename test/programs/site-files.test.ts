// The proxy's files, under a real `nginx -t`.
import { chmodSync, existsSync, mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { execa } from 'execa';
import { changeSite, readSite } from '../../programs/site-provider/site-files.ts';
import { proxySettings, writeProxyFiles } from '../../scripts/dev/proxy.ts';
import { renderSite } from '../../templates/site.ts';
import { freePorts } from '../../scripts/dev/ports.ts';

interface Proxy {
  root: string;
  directory: string;
  testCommand: string[];
  reloadCommand: string[];
}

const test = anyTest as TestFn<Proxy>;

test.beforeEach(async (t) => {
  const root = mkdtempSync('/var/tmp/webhoster-sites-');
  chmodSync(root, 0o711);
  const { sites, test: check } = proxySettings(root);
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  writeProxyFiles(root, { httpPort, httpsPort, api: '127.0.0.1:8000' });
  t.context = { root, directory: sites, testCommand: check.split(' '), reloadCommand: ['true'] };
});
test.afterEach.always((t) => rmSync(t.context.root, { recursive: true, force: true }));

/** The files of a site, by path. */
function siteOf(userId: number, address = `10.0.0.${userId}`): Record<string, string> {
  const { http, stream } = renderSite({ userId, address, sshPort: 20_000 + userId, suspended: false });
  return { [`http/${userId}.conf`]: http, [`stream/${userId}.conf`]: stream ?? '' };
}

/** All files in the folder of sites, with their content. */
function everything({ directory }: Proxy): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

function write(
  t: ExecutionContext<Proxy>,
  files: Record<string, string>,
  more: Partial<Proxy> & { remove?: string[] } = {},
) {
  return changeSite({ ...t.context, files, remove: [], ...more });
}

test('a site that nginx accepts is written, and read again', async (t) => {
  await write(t, siteOf(1));
  t.deepEqual(everything(t.context), siteOf(1));
  t.deepEqual(await readSite(t.context.directory, Object.keys({ ...siteOf(1), ...siteOf(2) })), siteOf(1));
});

test('a site is changed and removed, and the others stay', async (t) => {
  await write(t, siteOf(1));
  await write(t, siteOf(2));
  await write(t, siteOf(1, '10.0.0.99'));
  t.deepEqual(everything(t.context), { ...siteOf(1, '10.0.0.99'), ...siteOf(2) });
  await write(t, {}, { remove: Object.keys(siteOf(1)) });
  t.deepEqual(everything(t.context), siteOf(2));
});

test('removing what is not there is no error', async (t) => {
  await write(t, {}, { remove: Object.keys(siteOf(5)) });
  t.deepEqual(everything(t.context), {});
});

test('a site that nginx refuses leaves nothing, and its words are told', async (t) => {
  await write(t, siteOf(1));
  const files = { ...siteOf(2), 'stream/2.conf': 'server { listen nonsense; }' };
  await t.throwsAsync(write(t, files), { message: /^The proxy refused the site: [\s\S]*nonsense/ });
  t.deepEqual(everything(t.context), siteOf(1));
});

test('a refused change puts back what was changed and what was removed', async (t) => {
  await write(t, { ...siteOf(1), ...siteOf(2) });
  const broken = { 'http/1.conf': '1 {' };
  await t.throwsAsync(write(t, broken, { remove: Object.keys(siteOf(2)) }), { message: /refused/ });
  t.deepEqual(everything(t.context), { ...siteOf(1), ...siteOf(2) });
});

test('when the proxy does not reload, all is as it was', async (t) => {
  await write(t, siteOf(1));
  await t.throwsAsync(write(t, { ...siteOf(1, '10.0.0.99'), ...siteOf(2) }, { reloadCommand: ['false'] }));
  t.deepEqual(everything(t.context), siteOf(1));
  await t.throwsAsync(write(t, {}, { reloadCommand: ['no-such-command'], remove: Object.keys(siteOf(1)) }));
  t.deepEqual(everything(t.context), siteOf(1));
});

test('without commands nothing is written', async (t) => {
  await t.throwsAsync(write(t, siteOf(1), { testCommand: [] }), { message: /no command/ });
  t.deepEqual(everything(t.context), {});
});

test('a file is replaced whole: who has the old one open still reads it', async (t) => {
  await write(t, siteOf(1));
  const old = openSync(join(t.context.directory, 'http/1.conf'), 'r');
  await write(t, siteOf(1, '10.0.0.99'));
  t.is(readFileSync(old, 'utf8'), siteOf(1)['http/1.conf'] ?? '');
  closeSync(old);
});

test('changes at once do not blame one another', async (t) => {
  t.timeout(60_000);
  const good = [1, 2, 3, 4, 5].map((userId) => write(t, siteOf(userId)));
  const bad = [6, 7, 8, 9].map((userId) => write(t, { ...siteOf(userId), [`http/${userId}.conf`]: 'broken' }));
  const outcomes = await Promise.allSettled([...good, ...bad]);
  t.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, true, true, true, true, false, false, false, false],
  );
  t.deepEqual(everything(t.context), Object.assign({}, ...[1, 2, 3, 4, 5].map((userId) => siteOf(userId))));
});

test('a change waits for that of another process, and no longer than that lives', async (t) => {
  t.timeout(60_000);
  const begun = join(t.context.root, 'begun');
  // What it has started outlives it, and holds nothing.
  const change = { ...t.context, files: siteOf(1), remove: [], testCommand: ['sh', '-c', `touch ${begun}; sleep 20`] };
  const module = import.meta.resolve('../../programs/site-provider/site-files.ts');
  const script = `const { changeSite } = await import('${module}'); await changeSite(${JSON.stringify(change)});`;
  const other = execa(process.execPath, ['--input-type=module', '--eval', script], { timeout: 30_000, reject: false });
  while (!existsSync(begun)) await delay(20);
  const ours = write(t, siteOf(2));
  t.is(await Promise.race([ours.then(() => 'went on'), delay(1_000, 'waits')]), 'waits');
  const killed = performance.now();
  other.kill('SIGKILL');
  await ours;
  t.true(performance.now() - killed < 8_000, 'at once');
  t.deepEqual(everything(t.context), { ...siteOf(1), ...siteOf(2) });
});
