import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { changeSite } from '../../programs/site-provider/site-files.ts';
import { runCommand } from '../../programs/run-command.ts';
import { type Route, routeFile } from '../../templates/site.ts';
import { freePorts, freeRange } from '../dev/ports.ts';
import { proxySettings, startProxy } from '../dev/proxy.ts';
import { ask, type Load, load, quantile, type Target } from './load.ts';

const counts = [10, 1_000, 10_000];
const timedChanges = 200;
const loadSeconds = 15;
const loadConnections = 20;
/** Milliseconds between two changes: 100 in a minute. */
const changeInterval = 600;
const longConnections = 200;
const changesUnderLong = 1_000;

interface Figures {
  sites: number;
  /** Milliseconds from before the change is written until a visitor is served by it. */
  change: number[];
  /** What visitors of a site get while nothing changes, and while something does. */
  quiet: Load;
  changing: Load;
  /** MiB of all processes of the proxy, pages that they share counted once. */
  memoryBefore: number;
  memoryAfter: number;
  dropped: number;
}

interface Proxy {
  directory: string;
  controlSocket: string;
  httpPort: number;
  runtime: string;
}

const say = (text: string) => console.error(`bench: ${text}`);
const agent = new Agent({ keepAlive: true });

async function serve(answer: (response: ServerResponse, path: string) => void): Promise<Server> {
  const server = createServer((request, response) => answer(response, request.url ?? '')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

function filesOf(userId: number, port: number): Record<string, string> {
  const leadingHere = [`hosts/site-${userId}.localhost`];
  const route: Route = { web: `127.0.0.1:${port}`, ssh: '', host: '', leadingHere };
  return { [routeFile(userId)]: JSON.stringify(route), [leadingHere[0] ?? '']: String(userId) };
}

const siteOf = ({ httpPort }: Proxy, userId: number): Target => ({
  url: `http://127.0.0.1:${httpPort}/`,
  headers: { host: `site-${userId}.localhost` },
});

/** Leads a site elsewhere, and waits until a visitor is there. @returns milliseconds */
async function change(proxy: Proxy, userId: number, to: { server: Server; says: string }): Promise<number> {
  const { directory, controlSocket } = proxy;
  const start = performance.now();
  await changeSite({ directory, controlSocket, files: filesOf(userId, portOf(to.server)), remove: [] });
  while ((await ask(siteOf(proxy, userId), agent)) !== to.says);
  return performance.now() - start;
}

const visitors = (proxy: Proxy, userId: number) =>
  load(siteOf(proxy, userId), { visitors: loadConnections, seconds: loadSeconds });

/** MiB of the master and its workers. */
async function memory({ runtime }: Proxy): Promise<number> {
  const master = readFileSync(join(runtime, 'nginx.pid'), 'utf8').trim();
  const workers = await runCommand(['pgrep', '--parent', master, 'nginx'], { timeout: 5_000 });
  const sizes = [master, ...workers.trim().split('\n')].map((pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss: +(\d+) kB/m.exec(text)?.[1]);
  });
  return sizes.reduce((sum, size) => sum + size) / 1_024;
}

async function measure(sites: number): Promise<Figures> {
  const root = mkdtempSync('/var/tmp/webhoster-bench-routes-');
  chmodSync(root, 0o711);
  const streams: ServerResponse[] = [];
  const one = { says: 'one', server: await serve((response) => response.end('one')) };
  const other = {
    says: 'other',
    server: await serve((response, path) => {
      if (path === '/stream') streams.push(response);
      response[path === '/stream' ? 'write' : 'end']('other');
    }),
  };
  const { sites: directory, controlSocket } = proxySettings(root);
  for (const folder of ['ids', 'hosts']) mkdirSync(join(directory, folder), { recursive: true });
  for (let userId = 1; userId <= sites; userId++)
    for (const [path, content] of Object.entries(filesOf(userId, portOf(other.server))))
      writeFileSync(join(directory, path), content);
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  const sshPortFirst = await freeRange(1);
  const ports = { httpPort, httpsPort, apiPort: portOf(one.server), sshPortFirst, sshPortLast: sshPortFirst };
  const service = await startProxy({ directory: root, logs: join(root, 'logs'), ...ports });
  const proxy = { directory, controlSocket, httpPort, runtime: join(root, 'run') };
  try {
    return { sites, ...(await measureOn(proxy, { one, other, streams })) };
  } finally {
    agent.destroy();
    await service.stop();
    for (const { server } of [one, other]) {
      server.closeAllConnections();
      await once(server.close(), 'close');
    }
    rmSync(root, { recursive: true, force: true });
  }
}

interface Targets {
  one: { server: Server; says: string };
  other: { server: Server; says: string };
  streams: ServerResponse[];
}

async function measureOn(proxy: Proxy, { one, other, streams }: Targets): Promise<Omit<Figures, 'sites'>> {
  const [changed, visited, streaming] = [1, 2, 3];
  const turns = async (count: number) => {
    const times: number[] = [];
    for (let turn = 0; turn < count; turn++) times.push(await change(proxy, changed, turn % 2 ? other : one));
    return times;
  };
  await turns(20);
  const times = await turns(timedChanges);
  const quiet = await visitors(proxy, visited);
  let loading = true;
  const changer = (async () => {
    for (let turn = 0; loading; turn++) {
      await change(proxy, changed, turn % 2 ? other : one);
      await delay(changeInterval);
    }
  })();
  const changing = await visitors(proxy, visited);
  loading = false;
  await changer;

  const held = Array.from({ length: longConnections }, () =>
    get({
      host: '127.0.0.1',
      port: proxy.httpPort,
      path: '/stream',
      headers: { host: `site-${streaming}.localhost` },
      agent: false,
    }),
  );
  let dropped = 0;
  for (const request of held) request.on('error', () => undefined).on('close', () => dropped++);
  while (streams.length < longConnections) await delay(10);
  const memoryBefore = await memory(proxy);
  await turns(changesUnderLong);
  const memoryAfter = await memory(proxy);
  const found = { change: times, quiet, changing, memoryBefore, memoryAfter, dropped };
  for (const request of held) request.destroy();
  return found;
}

function table(all: Figures[]): string {
  const [least] = all;
  const base = quantile(least?.change ?? [], 0.5);
  const rows = all.map(({ sites, change: times, quiet, changing, memoryBefore, memoryAfter, dropped }) => {
    const half = quantile(times, 0.5);
    const load = ({ perSecond, p99 }: Load) => `${perSecond.toFixed(0)}/s, ${p99.toFixed(1)} ms`;
    return [
      sites.toLocaleString('en'),
      `${half.toFixed(1)} ms (p99 ${quantile(times, 0.99).toFixed(1)})`,
      (half / base).toFixed(2),
      load(quiet),
      load(changing),
      `${memoryBefore.toFixed(1)} → ${memoryAfter.toFixed(1)} MiB`,
      (memoryAfter / memoryBefore).toFixed(2),
      String(dropped),
    ];
  });
  const head = [
    'sites',
    'a change is served after',
    'ratio to 10',
    'visitors, nothing changes: rate, p99',
    'while 100 a minute change',
    'memory, 1,000 changes with 200 streams open',
    'ratio',
    'dropped',
  ];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const all: Figures[] = [];
for (const sites of counts) {
  say(`${sites} sites`);
  all.push(await measure(sites));
}
console.log(table(all));
