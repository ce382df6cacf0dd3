// An installation in containers, from scripts/docker-start.sh to scripts/uninstall.sh, on a real Docker engine and real VMs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { type Checkout, containers, keepImages, makeCheckout, makeUserIdsUnique, secretsOf } from './checkout.ts';
import { dockerThings, inspect, page, parts, processesOf, sayWhileListening, untilPage } from './parts.ts';
import { makeKey, ssh } from '../support/guest/guest.ts';
import { commandsUnder, follow } from './readme.ts';
import { run, virsh } from '../support/run.ts';
import { signUp, type TestUser } from '../support/installation/user.ts';

const test = anyTest as TestFn<{ checkout: Checkout }>;
let user: TestUser;

test.before(async (t) => {
  t.context = { checkout: await makeCheckout() };
});
test.after.always(async (t) => {
  t.timeout(600_000);
  // Not there when it could not even be made.
  await (t.context as Partial<typeof t.context>).checkout?.remove();
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
  await makeUserIdsUnique(checkout);
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
  const { project } = t.context.checkout;
  t.is(Object.keys(await containers(t.context.checkout)).length, Object.keys(parts).length);
  for (const [name, { capabilities = [], securityOptions = [] }] of Object.entries(parts)) {
    const facts = await inspect(`${project}_${name}_1`);
    const added = (facts.HostConfig['CapAdd'] as string[] | null) ?? [];
    t.deepEqual(added.map((capability) => capability.replace('CAP_', '')).toSorted(), capabilities, name);
    t.is(facts.HostConfig['Privileged'], false, name);
    t.true(facts.HostConfig['ReadonlyRootfs'], name);
    t.deepEqual(facts.HostConfig['CapDrop'], ['ALL'], name);
    t.deepEqual(facts.HostConfig['SecurityOpt'], ['no-new-privileges:true', ...securityOptions], name);
    t.true(Number(facts.HostConfig['Memory']) > 0, name);
    const hosts = facts.Mounts.filter(({ Destination }) => Destination.startsWith('/host/'));
    t.is(hosts.length, name === 'guard' ? 3 : 0, name);
    t.true(
      hosts.every(({ RW }) => !RW),
      name,
    );
    const sockets = facts.Mounts.filter(({ Source }) => /docker\.sock|\/run\/libvirt/.test(Source));
    t.is(sockets.length, name === 'worker' ? 1 : 0, name);
  }
});

test.serial('the guard runs the host’s own nft and iptables', async (t) => {
  const guard = `${t.context.checkout.project}_guard_1`;
  for (const name of ['nft', 'iptables']) {
    const { stdout: inside } = await run('docker', ['exec', guard, name, '--version']);
    t.is(inside, (await run(`/usr/sbin/${name}`, ['--version'])).stdout);
  }
  const ofItsOwn = run('docker', ['exec', guard, 'dpkg-query', '--show', 'nftables', 'iptables']);
  await t.throwsAsync(ofItsOwn, { message: /no packages found matching nftables\n.*matching iptables/ });
});

test.serial('no container has a program that lends its owner’s rights', async (t) => {
  t.timeout(300_000);
  for (const name of Object.keys(parts)) {
    const container = `${t.context.checkout.project}_${name}_1`;
    const { stdout: image } = await run('docker', ['inspect', '--format', '{{.Config.Image}}', container]);
    // As root of another container, which may look into every folder; the file systems of ours are read-only. What is sought
    // beside setuid and setgid shows that the search works.
    const find = ['/', '-xdev', '-type', 'f', '(', '-perm', '/6000', '-o', '-path', '/usr/bin/env', ')'];
    const inside = ['run', '--rm', '--network', 'none', '--user', 'root', '--entrypoint', 'find', image.trim()];
    const { stdout } = await run('docker', [...inside, ...find], { timeout: 60_000 });
    t.is(stdout, '/usr/bin/env\n', name);
  }
});

test.serial('only what has to be root is root', async (t) => {
  const { project } = t.context.checkout;
  let workers = 0;
  for (const [name, { root }] of Object.entries(parts)) {
    const processes = await processesOf(`${project}_${name}_1`);
    t.true(processes.length > 0, name);
    workers += processes.filter(({ command }) => command.startsWith('nginx: worker')).length;
    const unexpected = processes.filter(({ uid, command }) => uid === '0' && !root?.test(command));
    t.deepEqual(unexpected, [], name);
  }
  t.true(workers > 0, 'nginx has workers');
});

test.serial('run again, it changes nothing and restarts nothing', async (t) => {
  t.timeout(300_000);
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
  const { hosting, web_url: site } = created.body.data;
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
  t.regex(
    await sayWhileListening(hosting.ssh_port, () => start(t, '--check')),
    new RegExp(`✘.*${hosting.ssh_port}.*\\(process ${process.pid}\\)`),
  );
  await compose('up', '-d');
  await untilPage(site, 'mine');
  // The sites do not wait for the API, which is there a moment later.
  await untilPage(`${checkout.url}/api/v1/health`, '"up"');
  t.is(await virsh('domid', hosting.vm_id), id);
  t.is(await ssh(hosting.ssh_port, { key }, 'hostname'), `${hosting.vm_id}\n`);
});

test.serial('backup, uninstall, restore: sites, users and stacks are back', async (t) => {
  t.timeout(900_000);
  const { checkout } = t.context;
  const archive = join(checkout.directory, 'backup.tar.gz');
  const { hosting, web_url: site } = (await user.call('GET', '/host/my')).body.data;
  await checkout.script('backup.sh', [archive]);
  t.is(statSync(archive).mode & 0o777, 0o600);
  t.regex(await page(site), /mine/, 'the site is up again');
  await keepImages(checkout.project, 'kept');
  await checkout.script('uninstall.sh', ['--data']);
  t.false((await virsh('list', '--all', '--name')).includes(hosting.vm_id));
  t.false((await virsh('net-list', '--all', '--name')).includes(`webhoster-${checkout.node}`));
  t.deepEqual(await dockerThings(checkout), '');
  t.false(existsSync(checkout.environment['WEBHOSTER_DATA_DIR'] ?? ''));

  await keepImages('kept', checkout.project);
  await checkout.script('restore.sh', [archive]);
  await untilPage(site, 'mine');
  t.deepEqual((await user.call('GET', '/host/my')).body.data.hosting, hosting);
  const stacks = await checkout.script('pulumi.sh', ['stack', 'ls']);
  t.regex(stacks, new RegExp(`hosting-${user.userId}\\b`));
  const preview = readFileSync(join(checkout.directory, '.env'), 'utf8');
  t.regex(preview, new RegExp(`NODE_NAME=${checkout.node}\\n`));
  t.is((await user.call('DELETE', '/host/my')).status, 200);
  t.false((await virsh('list', '--all', '--name')).includes(hosting.vm_id));
});
