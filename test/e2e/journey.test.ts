// What a user gets, from signing up to a page of their own, on a real VM with the clients that users have.
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { ExecutionContext } from 'ava';
import { type TestUser, signUp } from '../support/installation/user.ts';
import { makeKey, sftp, ssh } from '../support/guest/guest.ts';
import { stackNames, whatIsLeft } from '../support/installation/leftovers.ts';
import { virsh } from '../support/run.ts';
import type { TestInstallation } from '../support/installation/installation.ts';
import { withInstallation } from '../support/installation/with.ts';

const test = withInstallation();

const page = async (url: string) => (await fetch(url, { signal: AbortSignal.timeout(10_000) })).text();

/** One-time passwords that were handed out. */
const passwords: string[] = [];

/** How long something took, for the record. */
function timed(t: { log: (text: string) => void }, what: string, start: number): void {
  t.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

test.serial('every part is healthy', async (t) => {
  const response = await fetch(`${t.context.url}/api/v1/health/detailed`);
  const { data } = (await response.json()) as { data: { status: string } };
  t.is(response.status, 200);
  t.is(data.status, 'up');
});

test.serial('with an SSH key: create, open, log in, upload, delete, and nothing is left', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const { file: key, publicKey } = makeKey(t.context.directory);

  let start = performance.now();
  const body = { ssh_public_keys: [publicKey] };
  const replies = await Promise.all(Array.from({ length: 12 }, () => user.call('POST', '/host', { body })));
  timed(t, 'create', start);
  const [created, ...refused] = replies.sort((one, other) => one.status - other.status);
  if (created?.status !== 201) return t.fail(created?.text);
  t.true(
    refused.every(({ status }) => status === 409),
    'twelve at once give one site and eleven refusals',
  );
  const { hosting, web_url: url, site_url: siteUrl, ssh_command: command } = created.body.data;
  t.is(hosting.status, 'running');
  t.is(url, `${t.context.url}/${user.userId}`);
  t.is(command, `ssh -p ${hosting.ssh_port} ubuntu@localhost`);
  t.false('ssh_password' in created.body.data);

  t.true((await page(url)).includes(user.username), 'the welcome page names its owner');
  await t.notThrowsAsync(virsh('dominfo', hosting.vm_id));
  t.true((await stackNames(t.context)).includes(`hosting-${user.userId}`));

  const access = { key };
  t.is(await ssh(hosting.ssh_port, access, 'hostname; sudo -n id -un'), `${hosting.vm_id}\nroot\n`);
  t.regex(await ssh(hosting.ssh_port, access, 'sudo ufw status'), /Status: active/);
  t.is((await ssh(hosting.ssh_port, access, 'hostname -I')).trim(), hosting.vm_ip);
  writeFileSync(join(t.context.directory, 'index.html'), '<h1>my own page</h1>');
  await sftp(hosting.ssh_port, access, 'put index.html /var/www/html/', t.context.directory);
  t.is(await page(url), '<h1>my own page</h1>');
  t.is(
    (await fetch(url, { signal: AbortSignal.timeout(10_000) })).headers.get('cache-control'),
    'no-cache',
    'a browser asks for it again',
  );
  await assertLinksWork(t.context.url, user, (command) => ssh(hosting.ssh_port, access, command));

  const shown = await user.call('GET', '/host/my');
  const sftpCommand = command.replace('ssh -p', 'sftp -P');
  t.deepEqual(shown.body.data, {
    hosting,
    web_url: url,
    site_url: siteUrl,
    ssh_command: command,
    sftp_command: sftpCommand,
    certificate: { state: 'none', expires_at: null, problem: null },
  });
  t.is((await user.call('POST', '/host')).status, 409);
  await assertHostFollows(t, user, siteUrl);

  start = performance.now();
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  timed(t, 'delete', start);
  t.deepEqual(await whatIsLeft(t.context, user.userId, hosting.ssh_port), []);
  t.is((await user.call('GET', '/host/my')).status, 404);
  t.is((await fetch(url)).status, 404);
});

/** The status of a site at its own host. Only browsers and curl know that all below `localhost` is here. */
async function statusAt(siteUrl: string): Promise<number | undefined> {
  const { port, host } = new URL(siteUrl);
  const request = get({ host: '127.0.0.1', port, headers: { host }, signal: AbortSignal.timeout(10_000) });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** A site is at a host of its own, and moves with its user's site name. */
async function assertHostFollows(
  t: ExecutionContext<TestInstallation>,
  user: TestUser,
  siteUrl: string,
): Promise<void> {
  const { port } = new URL(t.context.url);
  t.is(siteUrl, `http://${user.username}.localhost:${port}`);
  t.is(await statusAt(siteUrl), 200);
  const siteName = `${user.username}-moved`;
  t.is((await user.call('PATCH', '/auth/me', { body: { site_name: siteName } })).status, 200);
  const moved = siteUrl.replace(user.username, siteName);
  while ((await user.call('GET', '/host/my')).body.data.site_url !== moved) await delay(200);
  t.is(await statusAt(moved), 200);
  t.is(await statusAt(siteUrl), 404);
}

/** What a user may do to the web server of their machine. */
const siteSettings = `server {
  listen 80 default_server;
  root /var/www/html;
  location = /away { return 302 https://example.com/1?x=2; }
  location = /host {
    add_header Service-Worker-Allowed /;
    return 200 "$http_host|$http_x_forwarded_for|$http_x_forwarded_prefix";
  }
}`;

/** Redirects, folders, names with special characters, and headers reach the right side of the proxy. */
async function assertLinksWork(
  base: string,
  user: TestUser,
  shell: (command: string) => Promise<string>,
): Promise<void> {
  const site = `${base}/${user.userId}`;
  const settings = Buffer.from(siteSettings).toString('base64');
  await shell(
    `mkdir /var/www/html/sub && echo folder > /var/www/html/sub/index.html && echo odd > '/var/www/html/a b%.txt'`,
  );
  await shell(
    `echo ${settings} | base64 -d | sudo tee /etc/nginx/sites-available/default && sudo systemctl restart nginx`,
  );
  const expect = (found: string | null, wanted: string | null) => {
    if (found !== wanted) throw new Error(`expected ${wanted}, found ${found}`);
  };
  const folder = await fetch(`${site}/sub?x=1`);
  expect(await folder.text(), 'folder\n');
  expect(await (await fetch(`${site}/${encodeURIComponent('a b%.txt')}`)).text(), 'odd\n');
  const away = await fetch(`${site}/away`, { redirect: 'manual' });
  expect(away.headers.get('location'), 'https://example.com/1?x=2');
  const host = await fetch(`${site}/host`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(await host.text(), `${new URL(base).host}|127.0.0.1|/${user.userId}`);
  expect(host.headers.get('service-worker-allowed'), null);
}

test.serial('without a key: a one-time password opens the machine', async (t) => {
  t.timeout(600_000);
  const user = await signUp(t.context.url);
  const accepted = await user.call('POST', '/host', { headers: { prefer: 'respond-async' } });
  t.is(accepted.status, 202);
  const { ssh_password: password } = accepted.body.data;
  const location = accepted.headers.get('location')?.replace('/api/v1', '') ?? '';
  const stream = await user.call('GET', `${location}/events`);
  const steps = [...stream.text.matchAll(/"step":"(\w+)"/g)].map(([, step]) => step);
  t.deepEqual(steps, ['queued', 'disk', 'boot', 'route', 'web', 'ssh', 'done']);
  t.is((await user.call('GET', location)).body.data.operation.state, 'succeeded');

  const { hosting } = (await user.call('GET', '/host/my')).body.data;
  t.is(await ssh(hosting.ssh_port, { password }, 'id -un'), 'ubuntu\n');
  passwords.push(password);
  await t.throwsAsync(ssh(hosting.ssh_port, { password: 'wrong' }, 'true'));

  const removed = await user.call('DELETE', '/host/my', { headers: { prefer: 'respond-async' } });
  t.is(removed.status, 202);
  await user.call('GET', `${removed.headers.get('location')?.replace('/api/v1', '')}/events`);
  t.deepEqual(await whatIsLeft(t.context, user.userId, hosting.ssh_port), []);
});

test.serial('no log tells a secret', (t) => {
  const secrets = JSON.parse(readFileSync(join(t.context.directory, 'secrets.json'), 'utf8')) as Record<string, string>;
  const ours = ['logs', 'vms/consoles'].map((folder) => join(t.context.directory, folder));
  const files = [...ours, '.toolchain/home/logs'].flatMap((folder) =>
    readdirSync(folder).map((file) => join(folder, file)),
  );
  t.true(files.length >= 5 && passwords.length > 0);
  t.true(files.some((file) => file.includes('home/logs') && readLog(file).includes('postgres://')));
  for (const file of files) {
    for (const secret of [...Object.values(secrets), ...passwords])
      t.false(readLog(file).includes(secret), `a secret is in ${file}`);
  }
});

/** Of Pulumi's own logs some are packed, perhaps not to their end; the others are encrypted. */
function readLog(file: string): string {
  const content = existsSync(file) ? readFileSync(file) : Buffer.of(); // Those of other tests come and go.
  const packed = content[0] === 0x1f && content[1] === 0x8b;
  return (packed ? gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH }) : content).toString();
}
