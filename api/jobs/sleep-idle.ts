import type { Redis } from 'ioredis';
import { machineNames } from '../../programs/names.ts';
import { readVisits } from '../../stacks/firewall-report.ts';
import type { MachinePlace } from '../../stacks/machine-place.ts';
import { Quiet } from '../../stacks/quiet.ts';
import type { Logger } from '../logger.ts';
import { hasJustFailed, requestSleep, requestWakeUnlessBusy } from '../operations/sleep.ts';
import type { Database } from '../stores/database.ts';

/** Name in Redis of who looks, and the seconds after which another may, where that one is gone. */
const turnKey = 'sleep:turn';
const turnSeconds = 120;

/** Seconds until a sleep that failed is tried again: what stands in the way mostly takes an operator. */
const pauseAfterFailure = 3_600;

export interface IdleOptions {
  database: Database;
  redis: Redis;
  logger: Logger;
  /** Name of this worker. */
  worker: string;
  place: Pick<MachinePlace, 'usage'>;
  /** Where the guard leaves its reports. */
  firewallReport: string;
  /** Seconds without use after which a machine sleeps. */
  sleepAfter: number;
}

/**
 * Asks for the sleep of machines that nobody has used for a while: no connection through the proxy was opened or is open, and
 * the processor was quiet. One worker looks, and another where that is gone.
 */
export class IdleWatch {
  readonly #options: IdleOptions;
  readonly #quiet = new Quiet();

  constructor(options: IdleOptions) {
    this.#options = options;
  }

  /** @throws FirewallDownError when the guard does not tell who was visited */
  async look(): Promise<void> {
    const { database, logger, place, firewallReport, sleepAfter } = this.#options;
    if (!(await this.#hasTurn())) return;
    const quietSince = this.#quiet.note(await place.usage(), performance.now());
    const visits = await readVisits(firewallReport);
    if (!visits) return;
    const { Hosting } = database.models;
    const visited = ({ vmIp }: { vmIp: string }) => Date.parse(visits.last[vmIp] ?? '') || 0;
    const since = Date.parse(visits.since);
    for (const hosting of await Hosting.findAll({ where: { status: 'running', sleep: 'auto', powered: true } })) {
      const { userId, machineId, startedAt } = hosting;
      const used = Math.max(visited(hosting), since, startedAt?.getTime() ?? Date.now());
      const quiet = performance.now() - (quietSince.get(machineNames(machineId).vmId) ?? Infinity);
      const idle = Math.min(Date.now() - used, quiet) / 1_000;
      if (idle < sleepAfter) continue;
      if (await hasJustFailed(database, { userId, kind: 'sleep', seconds: pauseAfterFailure })) continue;
      logger.info({ user: userId, idle: Math.round(idle) }, 'nobody uses the machine: it is to sleep');
      await requestSleep(database, userId, 'idle');
    }
    // Who connected after the guard's last look was not seen; a connection that is open then waits for the machine.
    for (const hosting of await Hosting.findAll({ where: { status: 'asleep', asleepReason: 'idle' } })) {
      const begun = (hosting.asleepSince?.getTime() ?? Infinity) - (sleepAfter * 1_000) / 2;
      if (visited(hosting) > begun) await requestWakeUnlessBusy(database, hosting.userId);
    }
  }

  async #hasTurn(): Promise<boolean> {
    const { redis, worker } = this.#options;
    const taken = await redis.set(turnKey, worker, 'EX', turnSeconds, 'NX');
    if (taken === null && (await redis.get(turnKey)) !== worker) return false;
    await redis.expire(turnKey, turnSeconds);
    return true;
  }
}
