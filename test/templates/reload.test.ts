// When the proxy's reload returns, the new configuration is in force; a real nginx.
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { freePorts, freeRange } from '../../scripts/dev/ports.ts';
import { proxySettings, startProxy } from '../../scripts/dev/proxy.ts';
import type { Service } from '../../scripts/dev/service.ts';
import { run } from '../support/run.ts';

interface Proxy {
  root: string;
  httpPort: number;
  service: Service;
}

const test = anyTest as TestFn<Proxy>;

test.beforeEach(async (t) => {
  const root = mkdtempSync('/var/tmp/webhoster-reload-');
  chmodSync(root, 0o711);
  const [httpPort = 0, httpsPort = 0, apiPort = 0] = await freePorts(3);
  const sshPort = await freeRange(1);
  const ports = { httpPort, httpsPort, apiPort, sshPortFirst: sshPort, sshPortLast: sshPort };
  const service = await startProxy({ directory: root, logs: join(root, 'logs'), ...ports });
  t.context = { root, httpPort, service };
});
test.afterEach.always(async (t) => {
  await t.context.service.stop();
  rmSync(t.context.root, { recursive: true, force: true });
});

async function reload({ root }: Proxy): Promise<void> {
  const [command = '', ...args] = proxySettings(root).reload;
  await run(command, args);
}

/** The statuses that requests at once get, each over a connection of its own. */
async function statuses({ httpPort }: Proxy): Promise<(number | undefined)[]> {
  return Promise.all(
    Array.from({ length: 20 }, async () => {
      const request = get({ port: httpPort, path: '/7/', agent: false });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    }),
  );
}

async function assertAll(t: ExecutionContext<Proxy>, status: number): Promise<void> {
  t.deepEqual(await statuses(t.context), new Array<number>(20).fill(status));
}

test('no request that follows is answered as before', async (t) => {
  t.timeout(60_000);
  const file = join(t.context.root, 'guest.conf');
  const configuration = readFileSync(file, 'utf8');
  for (let round = 0; round < 10; round += 1) {
    writeFileSync(file, configuration.replace('error_page 404 ', 'error_page 404 =410 '));
    await reload(t.context);
    await assertAll(t, 410);
    writeFileSync(file, configuration);
    await reload(t.context);
    await assertAll(t, 404);
  }
});

test('what nginx cannot use is an error with its words', async (t) => {
  t.timeout(60_000);
  const other = createServer().listen(0, '127.0.0.1');
  t.teardown(() => other.close());
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const file = join(t.context.root, 'run/listen.conf');
  const before = readFileSync(file);
  writeFileSync(file, `listen 127.0.0.1:${port};\n`);
  const error = await t.throwsAsync<Error & { stderr: string }>(reload(t.context));
  t.regex(error?.stderr ?? '', new RegExp(`did not take[^]*bind\\(\\) to 127\\.0\\.0\\.1:${port} failed`));
  writeFileSync(file, before);
  await t.notThrowsAsync(reload(t.context));
});
