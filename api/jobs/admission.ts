import { setTimeout as delay } from 'node:timers/promises';
import { machineNames } from '../../programs/names.ts';
import { DiskShortError, MemoryShortError, stopIfAsked } from '../../stacks/errors.ts';
import type { MachineUsage } from '../../stacks/machine-place.ts';
import type { Logger } from '../logger.ts';
import { type Claim, noteAdmitted } from '../operations/claim.ts';
import { requestSleep } from '../operations/sleep.ts';
import type { Database, Transaction } from '../stores/database.ts';
import { tryLock } from '../stores/locks.ts';
import { memoryHolders } from '../stores/queries/memory.ts';
import { hasDiskFor } from './disk.ts';
import type { Idleness } from './idleness.ts';
import { wholeMachine } from '../room.ts';
import { type Decision, decide, type Holder } from './memory.ts';
import type { NodeSpaces } from './spaces.ts';

/** Seconds from its start for which a machine may still take what was promised to it. */
const growing = 60;
/** Seconds until a sleep that failed is tried again: what stands in the way mostly takes an operator. */
export const pauseAfterFailedSleep = 3_600;
/** Milliseconds between two looks, and for which an operation waits for room. To save a machine's memory takes some 3 s. */
const interval = 500;
const patience = 90_000;

export interface AdmissionOptions {
  database: Database;
  logger: Logger;
  idleness: Pick<Idleness, 'of'>;
  /** What machines that are on use. */
  usage: () => Promise<Pick<MachineUsage, 'vmId' | 'memoryBytes'>[]>;
  /** What the node has now. */
  spaces: () => Promise<Pick<NodeSpaces, 'memory' | 'disk' | 'saved' | 'budget'>>;
  /** Whether machines sleep on this node at all. */
  maySleep: boolean;
}

/** What an operation is let in with. */
export interface Applicant {
  claim: Claim;
  /** Aborted when this worker stops. */
  signal: AbortSignal;
  /** Called when it has to wait, as others need not. */
  letNext: () => void;
}

/** Who may have the memory of a node, and its disks. */
export class Admission {
  readonly #options: AdmissionOptions;
  /** What machines held when libvirt last told: of one that it is busy with, as with saving it, it does not. */
  #held = new Map<string, number>();

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /**
   * Waits until an operation may have a whole machine's memory, for which others are put to sleep that nobody uses.
   * @throws MemoryShortError when there is none for it; StoppedError, LibvirtUnavailableError, ClaimLostError
   */
  async admit({ claim, signal, letNext }: Applicant): Promise<void> {
    const { operation } = claim;
    // Perhaps by an attempt whose worker is gone: it is promised still.
    if (operation.admittedAt !== null) return;
    const deadline = Date.now() + patience;
    for (;;) {
      stopIfAsked(signal);
      const decision = await this.#decide(claim);
      if (decision === 'admit') break;
      letNext();
      if (decision === 'refuse' || Date.now() > deadline) {
        throw new MemoryShortError({
          message: 'The server has no memory for one more machine at the moment. Try again in a minute.',
        });
      }
      await delay(interval);
    }
    operation.admittedAt = new Date();
  }

  /** That one more machine cannot fill the disk. @throws DiskShortError */
  async requireDisk(): Promise<void> {
    const { disk } = await this.#options.spaces();
    if (hasDiskFor('machine', disk)) return;
    throw new DiskShortError({
      message:
        'The disk of the server has no room for one more machine. Its operator can make room, or lower DISK_RESERVE.',
    });
  }

  /** That the memory of one that falls asleep cannot fill the disk. @throws DiskShortError */
  async requireDiskForMemory(): Promise<void> {
    const { saved } = await this.#options.spaces();
    if (!saved || hasDiskFor('sleeper', saved)) return;
    throw new DiskShortError({
      message: 'The disk of the server has no room for the memory of the machine, which stays on.',
    });
  }

  /** Whether one more machine would take neither memory nor disk from those that are there, asleep or awake. */
  async hasPlenty(): Promise<boolean> {
    const { database, spaces } = this.#options;
    const { memory, budget, disk, saved } = await spaces();
    if (!hasDiskFor('machine', disk) || !saved || !hasDiskFor('sleeper', saved)) return false;
    const holders = await database.transaction((transaction) => this.#holders(transaction));
    // A user may want the next one at the same moment.
    return decide({ ...memory, budget }, holders, 2 * wholeMachine) === 'admit';
  }

  /** Puts machines to sleep that nobody uses, where less memory is free than is to stay so. */
  async relieve(): Promise<void> {
    await this.#decide(null);
  }

  /** Under a lock, so that no two are given the same memory; who does not get it asks again. @param claim of who wants a machine's; null for nobody */
  #decide(claim: Claim | null): Promise<Decision> {
    const { database, logger, spaces } = this.#options;
    return database.transaction(async (transaction) => {
      if (!(await tryLock(database, 'admission', transaction))) return 'wait';
      const holders = await this.#holders(transaction);
      const own = holders.find(({ userId }) => userId === claim?.operation.userId);
      const needed = claim ? Math.max(0, wholeMachine - (own?.held ?? 0)) : 0;
      const { memory, budget } = await spaces();
      // One that is on has its memory already.
      const decision = own?.isOn ? 'admit' : decide({ ...memory, budget }, holders, needed);
      if (decision === 'admit' && claim) await noteAdmitted(database, claim, transaction);
      if (typeof decision === 'object') {
        logger.info({ users: decision.sleep }, 'machines that nobody uses are to sleep, so that there is memory');
        for (const userId of decision.sleep) await requestSleep(database, userId, 'room');
      }
      return decision;
    });
  }

  async #holders(transaction: Transaction): Promise<(Holder & { isOn: boolean })[]> {
    const { database, idleness, usage, maySleep } = this.#options;
    const told = new Map((await usage()).map(({ vmId, memoryBytes }) => [vmId, memoryBytes]));
    const rows = await memoryHolders(database, { growing, pause: pauseAfterFailedSleep }, transaction);
    const uses = await idleness.of(rows);
    const held = new Map([...this.#held, ...told]);
    const holders = rows.map((row, index) => {
      const { vmId } = machineNames(row.machineId);
      const now = { vmId, held: held.get(vmId) ?? 0, idle: uses?.[index]?.idle ?? 0 };
      return { ...row, ...now, isOn: (told.get(vmId) ?? 0) > 0, maySleep: maySleep && row.maySleep };
    });
    this.#held = new Map(holders.map(({ vmId, held }) => [vmId, held]));
    return holders;
  }
}
