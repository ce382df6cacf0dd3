import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Reports } from './reports.ts';

const beats = new Reports('worker', 15);

/** Bytes, and how many of them are to stay free. */
const space = z.object({ free_bytes: z.number(), total_bytes: z.number(), reserve_bytes: z.number() });

export type Space = z.infer<typeof space>;

/** What a worker tells of itself and of the node, which the api cannot see. */
export const heartbeat = z.object({
  worker: z.string(),
  node: z.string(),
  libvirt: z.object({ up: z.boolean(), latency_ms: z.number(), version: z.string().nullable() }),
  /** What confines QEMU beside its Unix user and its filter of system calls. */
  confinement: z.enum(['apparmor', 'selinux']).nullable(),
  /** What the guard says of the rules that keep VMs apart. */
  firewall: z.object({ up: z.boolean(), reason: z.string().nullable() }),
  /** Of the hostings' SSH ports those that other programs have; null where the proxy does not tell. */
  left_out_ports: z.array(z.number()).nullable(),
  /** Of the file system of the VMs' disks, and of the one of the memory of those that sleep, where they can. */
  disk: space,
  saved: space.nullable(),
  memory: space,
  /** `load`: the load average of the last minute. */
  processors: z.object({ count: z.number(), load: z.number() }),
  pulumi: z.string(),
  domain_type: z.enum(['kvm', 'qemu']),
});

export type Heartbeat = z.infer<typeof heartbeat>;

export function sendHeartbeat(redis: Redis, beat: Heartbeat): Promise<void> {
  return beats.write(redis, beat.worker, JSON.stringify(beat));
}

export function withdrawHeartbeat(redis: Redis, worker: string): Promise<void> {
  return beats.withdraw(redis, worker);
}

/** The workers that are there. */
export async function readHeartbeats(redis: Redis): Promise<Heartbeat[]> {
  const known = (await beats.readAll(redis)).map((text) => heartbeat.safeParse(JSON.parse(text)));
  // A worker of an earlier version, about to be replaced, may tell less: it is left out.
  return known.flatMap(({ data }) => data ?? []);
}
