// Sites' files on a real nginx, which is asked whether it reads them.
import {
  chmodSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { askProxy } from '../../programs/site-provider/proxy-control.ts';
import { changeSite, readSite, removeSite } from '../../programs/site-provider/site-files.ts';
import { proxySettings, startProxy } from '../../scripts/dev/proxy.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { freePorts, freeRange } from '../../scripts/dev/ports.ts';
import { renderCertificates, renderSite } from '../../templates/site.ts';

interface Proxy {
  root: string;
  directory: string;
  controlSocket: string;
  service: Service;
}

const test = anyTest as TestFn<Proxy>;

test.beforeEach(async (t) => {
  const root = mkdtempSync('/var/tmp/webhoster-sites-');
  chmodSync(root, 0o711);
  const { sites: directory, controlSocket } = proxySettings(root);
  const [httpPort = 0, httpsPort = 0, apiPort = 0] = await freePorts(3);
  const sshPort = await freeRange(1);
  const ports = { httpPort, httpsPort, apiPort, sshPortFirst: sshPort, sshPortLast: sshPort };
  const service = await startProxy({ directory: root, logs: join(root, 'logs'), ...ports });
  t.context = { root, directory, controlSocket, service };
});
test.afterEach.always(async (t) => {
  await t.context.service.stop();
  rmSync(t.context.root, { recursive: true, force: true });
});

/** The files of a site, by path. */
function siteOf(userId: number, address = `10.0.0.${userId}`): Record<string, string> {
  const host = `user-${userId}.localhost`;
  const certificates = { [host]: `the certificate of ${userId}\n` };
  const site = { userId, address, sshPort: 20_000 + userId, hosts: [host], certificates, suspended: false };
  return { ...renderSite(site), ...renderCertificates(site) };
}

/** All files in the folder of sites, with their content. */
function everything({ directory }: Proxy): Record<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name).slice(directory.length + 1));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(directory, path), 'utf8')]));
}

function write(t: ExecutionContext<Proxy>, files: Record<string, string>, remove: string[] = []) {
  const { directory, controlSocket } = t.context;
  return changeSite({ directory, controlSocket, files, remove });
}

test('a site is written, readable by the proxy whatever the umask is, and read as it is', async (t) => {
  await write(t, siteOf(1));
  t.deepEqual(everything(t.context), siteOf(1));
  t.is(statSync(join(t.context.directory, 'ids/1')).mode & 0o777, 0o644);
  t.is(statSync(join(t.context.directory, 'certificates/user-1.localhost')).mode & 0o777, 0o640);
  t.deepEqual(await readSite(t.context.directory, Object.keys({ ...siteOf(1), ...siteOf(2) })), siteOf(1));
});

test('a site is changed and removed, and the others stay', async (t) => {
  await write(t, siteOf(1));
  await write(t, siteOf(2));
  await write(t, siteOf(1, '10.0.0.99'));
  t.deepEqual(everything(t.context), { ...siteOf(1, '10.0.0.99'), ...siteOf(2) });
  await write(t, {}, Object.keys(siteOf(1)));
  t.deepEqual(everything(t.context), siteOf(2));
});

test('removing what is not there is no error', async (t) => {
  await write(t, {}, Object.keys(siteOf(5)));
  t.deepEqual(everything(t.context), {});
});

test('whatever leads to a user’s site is found by its id', async (t) => {
  const proxy = { sitesDirectory: t.context.directory, controlSocket: t.context.controlSocket, addresses: [] };
  await write(t, siteOf(1));
  await write(t, siteOf(2));
  await removeSite(proxy, 1);
  t.deepEqual(everything(t.context), siteOf(2));
  await removeSite(proxy, 1);
  // As a process leaves it that was killed between two files.
  const { 'ids/3': route = '' } = siteOf(3);
  await write(t, { 'ids/3': route });
  await removeSite(proxy, 3);
  t.deepEqual(everything(t.context), siteOf(2));
});

test('what has become another’s since stays theirs', async (t) => {
  await write(t, siteOf(1));
  const host = 'user-1.localhost';
  const moved = { ...siteOf(2), [`hosts/${host}`]: '2\n', [`certificates/${host}`]: 'of 2\n', 'ports/20001': '2\n' };
  await write(t, moved);
  await write(t, {}, Object.keys(siteOf(1)));
  t.deepEqual(everything(t.context), moved);
});

test('what the proxy cannot read is refused, and all is as it was', async (t) => {
  await write(t, { ...siteOf(1), ...siteOf(2) });
  const folder = join(t.context.directory, 'ids');
  chmodSync(folder, 0o700);
  const refused = { message: /^The proxy refused the site: it does not see it in ids\/1\./ };
  await t.throwsAsync(write(t, { ...siteOf(1, '10.0.0.99'), ...siteOf(3) }, Object.keys(siteOf(2))), refused);
  t.deepEqual(everything(t.context), { ...siteOf(1), ...siteOf(2) });
  chmodSync(folder, 0o755);
  await write(t, siteOf(3));
});

test('a proxy that has another folder is noticed', async (t) => {
  const other = mkdtempSync('/var/tmp/webhoster-sites-');
  t.teardown(() => rmSync(other, { recursive: true }));
  await write(t, siteOf(1));
  const { controlSocket } = t.context;
  const change = { directory: other, controlSocket, files: siteOf(1, '10.0.0.99'), remove: [] };
  await t.throwsAsync(changeSite(change), { message: /refused the site: it reads something else in ids\/1\./ });
  t.deepEqual(everything({ ...t.context, directory: other }), {});
});

test('while the proxy is down nothing is changed', async (t) => {
  await write(t, siteOf(1));
  await t.context.service.stop();
  const refused = {
    message: /^The proxy refused the site: The proxy does not answer at .*control\.sock: .*Is it running\?/,
  };
  await t.throwsAsync(write(t, siteOf(1, '10.0.0.99'), []), refused);
  await t.throwsAsync(write(t, {}, Object.keys(siteOf(1))), refused);
  t.deepEqual(everything(t.context), siteOf(1));
});

test('of a certificate the proxy tells only what proves that it has it', async (t) => {
  await write(t, siteOf(1));
  const path = 'certificates/user-1.localhost';
  const told = await askProxy(t.context.controlSocket, `/${path}`);
  t.is(told, createHash('sha256').update('the certificate of 1\n').digest('hex'));
  chmodSync(join(t.context.directory, 'certificates'), 0o700);
  const refused = { message: /it does not see it in certificates\/user-1\.localhost\./ };
  await t.throwsAsync(write(t, { [path]: 'another' }), refused);
});

test('a file is replaced whole: who has the old one open still reads it', async (t) => {
  await write(t, siteOf(1));
  const old = openSync(join(t.context.directory, 'ids/1'), 'r');
  await write(t, siteOf(1, '10.0.0.99'));
  t.is(readFileSync(old, 'utf8'), siteOf(1)['ids/1'] ?? '');
  closeSync(old);
});

test('changes at once do not blame one another', async (t) => {
  t.timeout(60_000);
  const users = [1, 2, 3, 4, 5];
  symlinkSync('/nonexistent/folder', join(t.context.directory, 'elsewhere'));
  const bad = [6, 7, 8].map((userId) => write(t, { ...siteOf(userId), 'elsewhere/1': '' }));
  const outcomes = await Promise.allSettled([...users.map((userId) => write(t, siteOf(userId))), ...bad]);
  t.deepEqual(
    outcomes.map(({ status }) => status === 'fulfilled'),
    [true, true, true, true, true, false, false, false],
  );
  t.deepEqual(everything(t.context), Object.assign({}, ...users.map((userId) => siteOf(userId))));
});
