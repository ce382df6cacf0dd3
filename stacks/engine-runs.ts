import type { EngineEvent, SummaryEvent } from '@pulumi/pulumi/automation/index.js';
import { hostingSteps } from '../programs/hosting.ts';
import { type StackError, stopIfAsked } from './errors.ts';
import { asStackError, complaintOf, engineError } from './failure.ts';
import type { MachinePlace } from './machine-place.ts';
import { withLockRecovery, forgetStack, isMissing, type Pulumi, type StackRun, withStack } from './pulumi.ts';

/** Milliseconds after which an `up` counts as failed. It takes about 4 s, and ten times that on a machine with too much to do. */
const upTimeout = 180_000;
/** Milliseconds after which a destroy counts as failed, and what it left is removed by name. It takes about 4 s. */
const destroyTimeout = 60_000;

export type EngineStep = (typeof hostingSteps)[string];

interface Run {
  signal: AbortSignal;
  /** Called when the engine begins. */
  onEngine?: (() => void) | undefined;
  onStep: (step: EngineStep) => void;
}

/** What the engine is to bring a stack to. */
export interface Declared extends Pick<StackRun, 'name' | 'isNew' | 'formerName'> {
  program: () => Record<string, unknown>;
  /** Whether it looks first at what is really there. */
  refresh?: boolean;
}

/** Runs of the engine on the stacks of one node's machines. What goes wrong has the class that clients know. */
export class EngineRuns {
  readonly #pulumi: Pulumi;
  readonly #place: MachinePlace;

  constructor(pulumi: Pulumi, place: MachinePlace) {
    this.#pulumi = pulumi;
    this.#place = place;
  }

  /** Resolves when no stack is worked on in this process, and none waits. */
  free(): Promise<void> {
    return this.#pulumi.turns.onIdle();
  }

  /** Brings a stack to what its program declares. @returns how many resources changed @throws StackError */
  async up({ program, refresh = false, ...run }: Declared, { signal, onStep, onEngine: onTurn }: Run): Promise<number> {
    const complaints: string[] = [];
    let changed = 0;
    const onEvent = (event: EngineEvent) => {
      const complaint = complaintOf(event);
      if (complaint) complaints.push(complaint);
      const step = stepOf(event);
      if (step) onStep(step);
      if (event.summaryEvent) changed = countChanges(event.summaryEvent);
    };
    try {
      stopIfAsked(signal);
      const asked = { ...run, program: () => Promise.resolve(program()), signal, onTurn };
      await withStack(this.#pulumi, asked, (stack) =>
        withLockRecovery(stack, () =>
          stack.up({ refresh, signal: AbortSignal.any([signal, AbortSignal.timeout(upTimeout)]), onEvent }),
        ),
      );
      return changed;
    } catch (error) {
      throw await this.#errorOf(error, signal, complaints);
    }
  }

  /**
   * Destroys what a stack has, and removes it, in whatever state an earlier attempt left it. Does nothing when there is nothing.
   * @param options.onDestroyFailed told why, when the engine could not destroy it
   * @param options.removeLeftovers removes by name what the engine knows nothing of, or could not remove
   * @throws StackError when something is still there.
   */
  async remove(
    name: string,
    { signal, onEngine: onTurn, onDestroyFailed, removeLeftovers }: Removal & { removeLeftovers: () => Promise<void> },
  ): Promise<void> {
    try {
      await withStack(this.#pulumi, { name, signal, onTurn }, async (stack) => {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(destroyTimeout)]);
        const left = await withLockRecovery(stack, () => stack.destroy({ signal: limit })).then(
          () => 'an empty stack',
          (error: unknown) => {
            if (isMissing(error)) return 'no stack';
            stopIfAsked(signal);
            onDestroyFailed(engineError(error));
            return 'a stack';
          },
        );
        // It may be at work for the engine that was ended, and write what is removed now.
        if (left === 'a stack') await this.#pulumi.siteProvider.end();
        await removeLeftovers();
        if (left !== 'no stack') await forgetStack(this.#pulumi, stack, { force: left === 'a stack' });
      });
    } catch (error) {
      throw await this.#errorOf(error, signal);
    }
  }

  /**
   * Removes what the CLI left under a stack's former name, which it calls a backup (3.256.0). It only goes with a stack of that
   * name, so an empty one is made for it.
   * @throws StackError
   */
  forgetName(name: string, signal: AbortSignal): Promise<void> {
    return this.withErrors(signal, () =>
      withStack(this.#pulumi, { name, isNew: true, signal }, (stack) =>
        forgetStack(this.#pulumi, stack, { force: false }),
      ),
    );
  }

  /** Gives what goes wrong the class that clients know. @throws StackError */
  async withErrors<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw await this.#errorOf(error, signal);
    }
  }

  #errorOf(error: unknown, signal: AbortSignal, complaints: string[] = []): Promise<StackError> {
    return asStackError(error, { signal, errorOf: (cause) => this.#place.errorOf(cause), complaints });
  }
}

export interface Removal extends Omit<Run, 'onStep'> {
  /** Told why, when the engine could not destroy a stack, and what it left is removed by name instead. */
  onDestroyFailed: (error: unknown) => void;
}

/** The step that an event begins, if it does. */
function stepOf({ resourcePreEvent }: EngineEvent): EngineStep | undefined {
  const begun = resourcePreEvent?.metadata;
  return begun?.op === 'create' || begun?.op === 'update' ? hostingSteps[begun.type] : undefined;
}

/** How many resources a run changed. */
function countChanges({ resourceChanges }: SummaryEvent): number {
  const { same: _same, ...changes } = resourceChanges;
  return Object.values(changes).reduce((sum, count) => sum + count, 0);
}
