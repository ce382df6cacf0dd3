// What the containers of an installation may do.
import type { ExecutionContext } from 'ava';
import { run } from '../support/run.ts';
import { inspect, parts, processesOf } from './parts.ts';

export async function assertSmallRights(t: ExecutionContext, project: string): Promise<void> {
  for (const [name, { capabilities = [] }] of Object.entries(parts)) {
    const facts = await inspect(`${project}_${name}_1`);
    const added = (facts.HostConfig['CapAdd'] as string[] | null) ?? [];
    t.deepEqual(added.map((capability) => capability.replace('CAP_', '')).toSorted(), capabilities, name);
    t.is(facts.HostConfig['Privileged'], false, name);
    t.true(facts.HostConfig['ReadonlyRootfs'], name);
    t.deepEqual(facts.HostConfig['CapDrop'], ['ALL'], name);
    t.deepEqual(facts.HostConfig['SecurityOpt'], ['no-new-privileges:true'], name);
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
}

export async function assertNoLentRights(t: ExecutionContext, project: string): Promise<void> {
  for (const name of Object.keys(parts)) {
    const container = `${project}_${name}_1`;
    const { stdout: image } = await run('docker', ['inspect', '--format', '{{.Config.Image}}', container]);
    // As root of another container, which may look into every folder; the file systems of ours are read-only. What is sought
    // beside setuid and setgid shows that the search works.
    const find = ['/', '-xdev', '-type', 'f', '(', '-perm', '/6000', '-o', '-path', '/usr/bin/env', ')'];
    const inside = ['run', '--rm', '--network', 'none', '--user', 'root', '--entrypoint', 'find', image.trim()];
    const { stdout } = await run('docker', [...inside, ...find], { timeout: 60_000 });
    t.is(stdout, '/usr/bin/env\n', name);
  }
}

export async function assertNeededRoot(t: ExecutionContext, project: string): Promise<void> {
  let workers = 0;
  for (const [name, { root }] of Object.entries(parts)) {
    const processes = await processesOf(`${project}_${name}_1`);
    t.true(processes.length > 0, name);
    workers += processes.filter(({ command }) => command.startsWith('nginx: worker')).length;
    const unexpected = processes.filter(({ uid, command }) => uid === '0' && !root?.test(command));
    t.deepEqual(unexpected, [], name);
  }
  t.true(workers > 0, 'nginx has workers');
}

/** The guard's container has none of its own. */
export async function assertHostsPrograms(t: ExecutionContext, project: string): Promise<void> {
  const guard = `${project}_guard_1`;
  for (const name of ['nft', 'iptables']) {
    const { stdout: inside } = await run('docker', ['exec', guard, name, '--version']);
    t.is(inside, (await run(`/usr/sbin/${name}`, ['--version'])).stdout);
  }
  const ofItsOwn = run('docker', ['exec', guard, 'dpkg-query', '--show', 'nftables', 'iptables']);
  await t.throwsAsync(ofItsOwn, { message: /no packages found matching nftables\n.*matching iptables/ });
}
