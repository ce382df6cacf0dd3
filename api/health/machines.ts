import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { MachineUsage } from '../../stacks/machine-place.ts';
import { Reports } from './reports.ts';

/**
 * Milliseconds between two looks at a node's machines, and for one look. All workers of a node take turns, so that libvirt is
 * asked by one at a time.
 */
const interval = 9_000;
const longest = 30_000;
const reports = new Reports('machines', 60);

const figures = z.object({
  memory_bytes: z.number(),
  processor_seconds: z.number(),
  /** How many processors it kept busy since the look before; null at the first look. */
  processors: z.number().nullable(),
  disk_bytes: z.number(),
});
const report = z.object({ at: z.number(), machines: z.record(z.string(), figures) });

export type MachineFigures = z.infer<typeof figures>;
type Report = z.infer<typeof report>;

/** Looks at a node's machines if it is time to, and writes down what they use. */
export async function reportMachines(
  redis: Redis,
  node: string,
  look: () => Promise<MachineUsage[]>,
  now = Date.now(),
): Promise<void> {
  const turn = `turn:machines:${node}`;
  // The first worker of this interval looks; the others do nothing.
  if (!(await redis.set(turn, '', 'PX', longest, 'NX'))) return;
  const machines = await look();
  const known = await reports.read(redis, node);
  const before = known === null ? null : parse(known);
  const described = machines.map((machine) => [machine.vmId, describe(machine, { now, before })] as const);
  const next: Report = { at: now, machines: Object.fromEntries(described) };
  await reports.write(redis, node, JSON.stringify(next));
  await redis.pexpire(turn, interval);
}

function describe(usage: MachineUsage, { now, before }: { now: number; before: Report | null }): MachineFigures {
  const { vmId, memoryBytes, processorSeconds, diskBytes } = usage;
  const earlier = before?.machines[vmId];
  const seconds = before ? (now - before.at) / 1_000 : 0;
  const spent = earlier ? processorSeconds - earlier.processor_seconds : -1;
  // The count begins anew when a machine is switched on, and may be lower than before.
  const processors = seconds > 0 && spent >= 0 ? Math.round((100 * spent) / seconds) / 100 : null;
  return { memory_bytes: memoryBytes, processor_seconds: processorSeconds, processors, disk_bytes: diskBytes };
}

/** A report of another version counts as none; it soon ends. */
function parse(text: string): Report | null {
  return report.safeParse(JSON.parse(text)).data ?? null;
}

/** What the machines of all nodes use, by name, without those that are off or that no worker reports. */
export async function readMachines(redis: Redis): Promise<Map<string, MachineFigures>> {
  const seen = (await reports.readAll(redis)).map(parse);
  return new Map(seen.flatMap((one) => Object.entries(one?.machines ?? {})));
}
