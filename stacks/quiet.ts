import type { MachineUsage } from './machine-place.ts';

/** Share of a processor above which a VM is at work: one that has nothing to do takes 1 % to 3 %, under emulation too. */
const quietShare = 0.05;

/** Tells since when the processors of VMs have been quiet, by what they use from look to look. */
export class Quiet {
  readonly #machines = new Map<string, { processorSeconds: number; at: number; since: number }>();

  /** @param now milliseconds, of a clock that never goes back @returns since when, by the same clock; a VM that is new here since now */
  note(usage: Pick<MachineUsage, 'vmId' | 'processorSeconds'>[], now: number): Map<string, number> {
    const seen = usage.map(({ vmId, processorSeconds }) => {
      const before = this.#machines.get(vmId);
      const share = before ? (processorSeconds - before.processorSeconds) / ((now - before.at) / 1_000) : Infinity;
      // Less than before: it was switched on anew.
      const isQuiet = share >= 0 && share < quietShare;
      return [vmId, { processorSeconds, at: now, since: isQuiet && before ? before.since : now }] as const;
    });
    this.#machines.clear();
    for (const [vmId, state] of seen) this.#machines.set(vmId, state);
    return new Map(seen.map(([vmId, { since }]) => [vmId, since]));
  }
}
