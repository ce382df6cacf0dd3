import { once } from 'node:events';
import { createServer } from 'node:net';
import { run } from '../support/run.ts';
import type { Checkout } from './checkout.ts';

/** The containers, what each may do beyond any program, and which of its processes are root's. */
export const parts: Record<string, { capabilities?: string[]; securityOptions?: string[]; root?: RegExp }> = {
  // Its master opens ports and makes workers of another user; beside it are what lets it be reloaded, and health checks.
  proxy: {
    capabilities: ['CHOWN', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'],
    root: /^(?:nginx: master|tini|socat|sh|sleep|grep)\b/,
  },
  guard: { capabilities: ['NET_ADMIN'], securityOptions: ['apparmor:unconfined', 'label=disable'], root: /./ },
  worker: { root: /./ },
  api: {},
  postgres: {},
  redis: {},
};

interface Facts {
  HostConfig: Record<string, unknown>;
  Mounts: { Source: string; Destination: string; RW: boolean }[];
}

/** What Docker tells of a container. */
export async function inspect(container: string): Promise<Facts> {
  const { stdout } = await run('docker', ['inspect', container], { timeout: 30_000 });
  const [facts] = JSON.parse(stdout) as [Facts];
  return facts;
}

/** The processes of a container: whose they are, and their commands without the folders of programs. */
export async function processesOf(container: string): Promise<{ uid: string | undefined; command: string }[]> {
  const { stdout } = await run('docker', ['top', container, '-eo', 'pid,uid,args'], { timeout: 30_000 });
  return [...stdout.matchAll(/^\d+ +(\d+) +(.*)$/gm)].map(([, uid, command = '']) => ({
    uid,
    command: command.replace(/^(?:\S*\/)?([^/\s]+)/, '$1'),
  }));
}

/** Containers, volumes and networks of an installation. */
export async function dockerThings({ project }: Checkout): Promise<string> {
  const lists = [
    ['ps', '--all'],
    ['volume', 'ls'],
    ['network', 'ls'],
  ];
  const found = await Promise.all(
    lists.map((list) => run('docker', [...list, '--quiet', '--filter', `name=${project}`], { timeout: 30_000 })),
  );
  return found.map(({ stdout }) => stdout.trim()).join('');
}

/** A page with its status. */
export async function page(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  return `${response.status} ${await response.text()}`;
}

/** Asks again until the site answers as it should, as after a start of the proxy. */
export async function untilPage(url: string, part: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!(await page(url).catch(() => '')).includes(part)) {
    if (Date.now() > deadline) throw new Error(`${url} does not show ${part} within two minutes.`);
  }
}

/** What a check says, which must find something wrong, while this process listens on a port. */
export async function sayWhileListening(port: number, check: () => Promise<unknown>): Promise<string> {
  const other = createServer().listen(port, '127.0.0.1');
  await once(other, 'listening');
  try {
    await check();
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    other.close();
  }
  throw new Error(`Nothing was found wrong, though port ${port} is taken.`);
}
