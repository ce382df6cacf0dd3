// An installation in containers, from scripts/docker-start.sh to scripts/uninstall.sh, on a real Docker engine and real VMs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import {
  type Checkout,
  containers,
  dockerRuns,
  keepImages,
  makeCheckout,
  makeIdsUnique,
  secretsOf,
  startDocker,
} from './checkout.ts';
import { complaintsOf, dockerThings, page, parts, untilPage, writtenForProxy } from './parts.ts';
import { assertHostsPrograms, assertNeededRoot, assertNoLentRights, assertSmallRights } from './rights.ts';
import { assertEnded, assertPassed } from './behind-front.ts';
import { type Front, startFront } from './front.ts';
import type { Pebble } from '../support/acme/pebble.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { haveAuthority, hostOf, proveDomain, untilCertified, visitSecurely } from './certified.ts';
import { commandsUnder, follow } from './readme.ts';
import { run, virsh } from '../support/run.ts';
import { signUp, type TestUser } from '../support/installation/user.ts';
import { serveUsedSite, useSite } from './used-site.ts';
import { writeSettings } from './settings.ts';

const test = anyTest as TestFn<{ checkout: Checkout }>;
let user: TestUser;
let authority: Pebble;
let front: Front;

test.before(async (t) => {
  t.context = { checkout: await makeCheckout() };
});
test.after.always(async (t) => {
  t.timeout(600_000);
  // Not there when it could not even be made.
  await (t.context as Partial<typeof t.context>).checkout?.remove();
  await Promise.all([(authority as Pebble | undefined)?.stop(), (front as Front | undefined)?.stop()]);
});

const start = ({ context }: ExecutionContext<{ checkout: Checkout }>, ...args: string[]) =>
  context.checkout.script('docker-start.sh', ['--yes', ...args]);

test.serial('a port that is in use is named, with who has it, and nothing is changed', async (t) => {
  const { checkout } = t.context;
  const other = createServer().listen(Number(checkout.environment['HTTP_PORT']), '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const error = await t.throwsAsync<Error & { stdout: string }>(start(t));
  t.regex(
    error?.stdout ?? '',
    new RegExp(`port ${checkout.environment['HTTP_PORT']} has .*\\(process ${process.pid}\\)`),
  );
  t.false(existsSync(join(checkout.directory, '.env')));
});

test.serial('--check only looks', async (t) => {
  const { checkout } = t.context;
  const output = await checkout.script('docker-start.sh', ['--check']);
  t.regex(output, /✔ ports/);
  t.notRegex(output, /Images/);
  t.false(existsSync(join(checkout.directory, '.env')));
});

test.serial('interrupted anywhere, it completes when it is run again', async (t) => {
  t.timeout(40 * 60_000);
  const { checkout } = t.context;
  for (const part of ['Images', 'Containers']) {
    const child = spawn(join(checkout.directory, 'scripts/docker-start.sh'), ['--yes'], {
      env: checkout.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    let interrupted = false;
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      output += chunk.toString();
      if (output.includes(part) && child.pid && child.exitCode === null && !interrupted) {
        interrupted = process.kill(child.pid, 'SIGINT');
      }
    }
    t.true(output.includes(part));
  }
  const output = await start(t);
  await makeIdsUnique(checkout);
  t.regex(output, /Webhoster runs\./);
  const secrets = Object.values(secretsOf(checkout));
  t.is(secrets.length, 4);
  for (const secret of secrets) {
    t.regex(secret, /^[0-9a-f]{64}$/);
    t.false(output.includes(secret));
  }
  t.is(statSync(join(checkout.directory, '.env')).mode & 0o777, 0o600);
});

test.serial('every part is as small in rights as it can be', async (t) => {
  t.is(Object.keys(await containers(t.context.checkout)).length, Object.keys(parts).length);
  await assertSmallRights(t, t.context.checkout.project);
});

test.serial('the guard runs the host’s own nft and iptables', (t) =>
  assertHostsPrograms(t, t.context.checkout.project),
);

test.serial('no container has a program that lends its owner’s rights', async (t) => {
  t.timeout(600_000);
  await assertNoLentRights(t, t.context.checkout.project);
});

test.serial('only what has to be root is root', (t) => assertNeededRoot(t, t.context.checkout.project));

test.serial('what workers write for the proxy alone, it reads', async (t) => {
  t.is(await writtenForProxy(t.context.checkout.project), '640 root:root');
});

test.serial('the proxy has nothing to complain of', async (t) => {
  t.deepEqual(await complaintsOf(`${t.context.checkout.project}_proxy_1`), []);
});

test.serial('run again, it changes nothing and restarts nothing', async (t) => {
  t.timeout(600_000);
  const { checkout } = t.context;
  const before = await containers(checkout);
  const secrets = secretsOf(checkout);
  t.is(Object.keys(before).length, Object.keys(parts).length);
  await start(t);
  t.deepEqual(await containers(checkout), before);
  t.deepEqual(secretsOf(checkout), secrets);
});

test.serial('the journey, every call of the API, and the parts of a VM', async (t) => {
  t.timeout(600_000);
  for (const script of ['test-workflow.sh', 'test-api.sh', 'test-vm.sh']) {
    const output = await t.context.checkout.script(script);
    t.regex(output, /\n[1-9]\d* passed, 0 failed\n$/, script);
  }
  await t.throwsAsync(t.context.checkout.script('test-api.sh', ['http://127.0.0.1:9']), undefined, 'it can fail');
});

test.serial('what the README tells to type works as it stands there', async (t) => {
  t.timeout(900_000);
  const { url, directory } = t.context.checkout;
  const [signUp = '', withPassword = '', withKey = '', open = '', upload = '', remove = '', watch = ''] =
    commandsUnder('Use by curl');
  const reader = { url, directory };
  const output = await follow([signUp, withKey, open, upload].join('\n'), reader);
  t.regex(output, /gildong · Webhoster/, 'the welcome page');
  t.regex(output, /my own page/, 'the page that was put there');
  t.true(commandsUnder('As the operator').length > 0);
  const [id = ''] = /(?<="web_url": "\S+\/)\d+/.exec(output) ?? [];
  const operator = await follow(
    commandsUnder('As the operator').join('\n').replaceAll('hosting-1', `hosting-${id}`),
    reader,
  );
  t.regex(operator, new RegExp(`hosting-${id}`));
  const again = signUp.replace(/^curl[^]*?\| jq\n/m, ''); // The account is there.
  const last = await follow([again, remove, watch].join('\n'), reader);
  t.regex(last, /"step":"done"/);
  const end = await follow([again, remove, withPassword, remove].join('\n'), reader);
  t.regex(end, /"ssh_password": "\w+"/);
});

test.serial('VMs outlive the containers, and sites come back with them', async (t) => {
  t.timeout(600_000);
  const { checkout } = t.context;
  user = await signUp(checkout.url);
  const { file: key, publicKey } = makeKey(checkout.directory);
  const created = await user.call('POST', '/host', { body: { ssh_public_keys: [publicKey] } });
  t.is(created.status, 201, created.text);
  const { hosting, web_url: site, site_url: siteUrl } = created.body.data;
  await ssh(hosting.ssh_port, { key }, 'echo mine > /var/www/html/index.html; sync');
  const id = await virsh('domid', hosting.vm_id);
  const compose = (...args: string[]) =>
    run('docker-compose', args, {
      cwd: checkout.directory,
      env: { PATH: process.env['PATH'] },
      extendEnv: false,
      timeout: 300_000,
    });
  await compose('restart');
  await untilPage(site, 'mine');
  await compose('down');
  t.is(await virsh('domid', hosting.vm_id), id);
  // A program that takes a hosting's port while the proxy is down is named, and everything else is served.
  const other = createServer().listen(hosting.ssh_port, '127.0.0.1');
  await once(other, 'listening');
  t.regex(
    await start(t, '--check'),
    new RegExp(`! SSH port ${hosting.ssh_port} of hosting-${user.userId} .*\\(process ${process.pid}\\)`),
  );
  await compose('up', '-d');
  await untilPage(site, 'mine');
  await untilPage(`${checkout.url}/api/v1/health/detailed`, `${hosting.ssh_port} of ${hosting.vm_id}`);
  await once(other.close(), 'close');
  await untilPage(`${checkout.url}/api/v1/health/detailed`, '"status":"up"');
  // Below localhost a site's own host needs no set-up.
  t.is((await run('curl', ['--silent', '--max-time', '10', siteUrl], { timeout: 20_000 })).stdout.trim(), 'mine');
  t.is(await virsh('domid', hosting.vm_id), id);
  t.is(await ssh(hosting.ssh_port, { key }, 'hostname'), `${hosting.vm_id}\n`);
});

test.serial('a real site is used in a browser: a service worker, a log-in, a WebSocket, and 90 MB', async (t) => {
  t.timeout(600_000);
  const { hosting, web_url: sandboxed, site_url: host } = (await user.call('GET', '/host/my')).body.data;
  await serveUsedSite(hosting.ssh_port, { key: join(t.context.checkout.directory, 'key') });
  await useSite(t, { host, sandboxed });
});

test.serial('a site’s host and its owner’s domain get certificates of an authority by themselves', async (t) => {
  t.timeout(600_000);
  const { checkout } = t.context;
  authority = await haveAuthority(checkout);
  front = await startFront(checkout);
  writeSettings(checkout, front.settings.passing);
  await start(t);
  const domain = 'www.shop-of-these-tests.com';
  await proveDomain(user, authority, domain);
  for (const host of [hostOf(user), domain]) {
    const { page } = await untilCertified(checkout, host, await authority.issuer());
    t.is(page, 'mine\n', host);
  }
  t.like((await user.call('GET', '/host/my')).body.data.certificate, { state: 'active' });
});

test.serial('a load balancer in front that passes on what is encrypted tells who came', async (t) => {
  t.timeout(60_000);
  await assertPassed(t, { checkout: t.context.checkout, front, user, authority });
});

test.serial('backup, uninstall, restore: sites, users and stacks are back', async (t) => {
  t.timeout(900_000);
  const { checkout } = t.context;
  const archive = join(checkout.directory, 'backup.tar.gz');
  const look = async () => visitSecurely(checkout, hostOf(user), await authority.issuer());
  const before = await look();
  const { hosting, web_url: site } = (await user.call('GET', '/host/my')).body.data;
  await checkout.script('backup.sh', [archive]);
  t.is(statSync(archive).mode & 0o777, 0o600);
  t.regex(await page(site), /mine/, 'the site is up again');
  await keepImages(checkout.project, 'kept');
  await checkout.script('uninstall.sh', ['--data']);
  t.false((await virsh('list', '--all', '--name')).includes(hosting.vm_id));
  t.false((await virsh('net-list', '--all', '--name')).includes(`webhoster-${checkout.node}`));
  // With an installation goes what it had to install, and the Docker that it had to start.
  await startDocker();
  if (await dockerRuns()) t.is(await dockerThings(checkout), '');
  const data = checkout.environment['WEBHOSTER_DATA_DIR'] ?? '';
  t.deepEqual(readdirSync(data), ['acme'], 'what is the operator’s stays');
  rmSync(data, { recursive: true });

  await keepImages('kept', checkout.project);
  await checkout.script('restore.sh', [archive]);
  await untilPage(site, 'mine');
  t.deepEqual(await look(), before, 'by the same certificate');
  t.deepEqual((await user.call('GET', '/host/my')).body.data.hosting, hosting);
  const stacks = await checkout.script('pulumi.sh', ['stack', 'ls']);
  t.regex(stacks, new RegExp(`hosting-${user.userId}\\b`));
  const preview = readFileSync(join(checkout.directory, '.env'), 'utf8');
  t.regex(preview, new RegExp(`NODE_NAME=${checkout.node}\\n`));
});

test.serial('a load balancer in front that ends the encryption tells that too', async (t) => {
  t.timeout(600_000);
  const { checkout } = t.context;
  const { vm_id: vmId } = (await user.call('GET', '/host/my')).body.data.hosting;
  writeSettings(checkout, { ...front.settings.ending, HTTPS_REDIRECT: 'on', REDIRECT_PATHS: 'on' });
  await start(t);
  await assertEnded(t, { checkout, front, user, authority });
  t.false((await virsh('list', '--all', '--name')).includes(vmId));
});
