import { run } from '../support/run.ts';
import type { Checkout } from './checkout.ts';

/** The containers, what each may do beyond any program, and which of its processes are root's. */
export const parts: Record<string, { capabilities?: string[]; root?: RegExp }> = {
  // Its master opens ports and makes workers of another user; beside it are what looks after ports and its log, and health checks.
  proxy: {
    capabilities: ['CHOWN', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'],
    root: /^(?:nginx: master|tini|socat|sh|sleep|setpriv|wc|grep)\b/,
  },
  guard: { capabilities: ['NET_ADMIN'], root: /./ },
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

/** Has a worker write a certificate as it writes all, which fails unless the proxy reads it. @returns its mode and owner */
export async function writtenForProxy(project: string): Promise<string> {
  const site = { directory: '/var/lib/webhoster/proxy/sites', controlSocket: '/run/proxy/control.sock' };
  const path = 'certificates/probe.localhost';
  const change = async (about: object) => {
    const load = `const { changeSite } = await import('./programs/site-provider/site-files.ts')`;
    const script = `${load}; await changeSite(${JSON.stringify({ ...site, ...about })})`;
    const node = ['node_modules/.bin/node', '--input-type=module', '--eval', script];
    await run('docker', ['exec', `${project}_worker_1`, ...node], { timeout: 60_000 });
  };
  await change({ files: { [path]: 'a secret' }, remove: [] });
  const stat = ['stat', '--format=%a %U:%G', `${site.directory}/${path}`];
  const { stdout } = await run('docker', ['exec', `${project}_proxy_1`, ...stat]);
  await change({ files: {}, remove: [path] });
  return stdout.trim();
}

/** What a container has said on its standard error. How many files may be open is this machine's to say. */
export async function complaintsOf(container: string): Promise<string[]> {
  const { stderr } = await run('docker', ['logs', container]);
  return stderr.split('\n').filter((line) => line !== '' && !line.includes('exceed open file resource limit'));
}
