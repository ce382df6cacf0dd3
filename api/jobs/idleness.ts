import { machineNames } from '../../programs/names.ts';
import type { MachinePlace } from '../../stacks/machine-place.ts';
import { Quiet } from '../../stacks/quiet.ts';
import { readVisits } from '../../stacks/visits-report.ts';

/** A machine that runs: by what it is known, and since when it is on. */
export interface Running {
  machineId: number;
  vmIp: string;
  startedAt: Date | null;
}

/** For how long a machine was not used: no connection through the proxy was opened or open, and its processor was quiet. */
export class Idleness {
  readonly #place: Pick<MachinePlace, 'usage'>;
  readonly #visitsReport: string;
  readonly #quiet = new Quiet();
  #quietSince = new Map<string, number>();

  /** @param options.visitsReport where the guard leaves it */
  constructor(options: { place: Pick<MachinePlace, 'usage'>; visitsReport: string }) {
    this.#place = options.place;
    this.#visitsReport = options.visitsReport;
  }

  /** Looks what processors do; called every now and then, as they were quiet only between two looks. @throws StackError */
  async look(): Promise<void> {
    this.#quietSince = this.#quiet.note(await this.#place.usage(), performance.now());
  }

  /**
   * When each machine was visited last, and for how many seconds it was not used, in the order that was asked for; counted to
   * when the guard looked, as nobody knows who came since.
   * @returns null where nobody can tell
   */
  async of(machines: Running[]): Promise<{ visited: number; idle: number }[] | null> {
    const report = await readVisits(this.#visitsReport);
    if (!report) return null;
    const [at, since] = [Date.parse(report.at), Date.parse(report.visits.since)];
    return machines.map(({ machineId, vmIp, startedAt }) => {
      const visited = Date.parse(report.visits.last[vmIp] ?? '') || 0;
      const used = Math.max(visited, since, startedAt?.getTime() ?? Infinity);
      const quiet = performance.now() - (this.#quietSince.get(machineNames(machineId).vmId) ?? Infinity);
      return { visited, idle: Math.max(0, Math.min(at - used, quiet) / 1_000) };
    });
  }
}
