import type { EngineEvent, SummaryEvent } from '@pulumi/pulumi/automation/index.js';
import type { HostingArgs } from '../programs/arguments.ts';
import { hostingProgram } from '../programs/hosting.ts';
import { hostingStack, machineNames } from '../programs/names.ts';
import { markAsleep } from '../programs/site-provider/site-files.ts';
import { type Checks, checkBeforeCreate } from './checks.ts';
import { AgentUnreachableError, FirewallDownError, stopIfAsked } from './errors.ts';
import { bringOverSaved } from './libvirt/earlier-machines.ts';
import { asStackError, complaintOf, engineError } from './failure.ts';
import { type HostingKey, type StackEnvironment, removeLeftovers } from './libvirt/leftovers.ts';
import { withLockRecovery, forgetStack, isMissing, type Pulumi, withStack } from './pulumi.ts';
import { requireFirewall } from './firewall-report.ts';
import { changeGuestKeys, type KeyChange } from './libvirt/guest-ssh-keys.ts';
import { untilAgentAnswers } from './libvirt/guest-agent.ts';
import { changeGuestPassword } from './libvirt/guest-password.ts';
import { failedToStart, type Machine, powerOff, powerOn, runningVms } from './libvirt/power.ts';
import { proveAnswering, proveReady } from './readiness.ts';
import type { Setbacks } from './setbacks.ts';
import { resumeSaved, type SavedImage, saveMemory, savedVms } from './libvirt/sleep.ts';

/** The arguments of the program that differ from hosting to hosting; node and proxy are the same for all. */
export type HostingSpec = Omit<HostingArgs, 'node' | 'proxy'>;
export type HostingStep = 'disk' | 'boot' | 'route' | 'web' | 'ssh' | 'answer' | 'shutdown' | 'save' | 'wake';

/** Stopped, the state stays consistent, and {@link HostingStacks.remove} clears what was made. */
export interface HostingRun extends Setbacks {
  /** Told of each step as it begins. */
  onStep: (step: HostingStep) => void;
}

/** The step that begins when the engine starts on a resource of this type. */
const stepOfType: Record<string, HostingStep> = {
  'libvirt:index/volume:Volume': 'disk',
  'libvirt:index/domain:Domain': 'boot',
  'webhoster:index:Site': 'route',
};

/** Milliseconds after which an `up` counts as failed. It takes about 4 s, and ten times that on a machine with too much to do. */
const upTimeout = 180_000;

/** Milliseconds after which a destroy counts as failed, and what it left is removed by name. It takes about 4 s. */
const destroyTimeout = 60_000;

/** The stacks of the hostings on one node. What does not need the engine goes on while that works for another hosting. */
export class HostingStacks {
  readonly #pulumi: Pulumi;
  readonly #environment: StackEnvironment;
  readonly #checks: Checks;

  constructor(options: { pulumi: Pulumi; environment: StackEnvironment; checks: Checks }) {
    this.#pulumi = options.pulumi;
    this.#environment = options.environment;
    this.#checks = options.checks;
  }

  /**
   * Makes a hosting and proves it ready. After an error call {@link remove}.
   * @throws StackError
   */
  async create(spec: HostingSpec, run: HostingRun): Promise<void> {
    await checkBeforeCreate(this.#environment, this.#checks, spec.sshPort);
    await this.make(spec, run);
    await proveReady(this.#environment, this.#checks, spec, run);
  }

  /** Makes a hosting, and starts its VM without waiting for it. After an error call {@link remove}. @throws StackError */
  async make(spec: HostingSpec, run: HostingRun): Promise<void> {
    await this.#up(spec, run, { isNew: true });
  }

  /**
   * Brings a hosting to what its program declares, and leaves alone what is so already. It looks first at what is really
   * there: else a VM that was switched off behind the engine's back would be started by any other change of it
   * (terraform-provider-libvirt 0.8.3).
   * @returns how many resources changed.
   * @throws StackError
   */
  update(spec: HostingSpec, run: HostingRun): Promise<number> {
    return this.#up(spec, run, { refresh: true });
  }

  async #up(
    spec: HostingSpec,
    { signal, onStep }: HostingRun,
    { refresh = false, isNew = false }: { refresh?: boolean; isNew?: boolean },
  ): Promise<number> {
    const program = () => Promise.resolve(hostingProgram({ ...spec, ...this.#environment }));
    const name = hostingStack(spec.userId);
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
      await withStack(this.#pulumi, { name, program, isNew, signal }, (stack) =>
        withLockRecovery(stack, () =>
          stack.up({ refresh, signal: AbortSignal.any([signal, AbortSignal.timeout(upTimeout)]), onEvent }),
        ),
      );
      return changed;
    } catch (error) {
      throw asStackError(error, signal, complaints);
    }
  }

  /**
   * Brings a hosting's power and site to what `spec` says, in whatever order leaves the state true: a VM is switched by
   * libvirt, and the engine, which looks first, then finds all as declared.
   * @throws StackError
   */
  async setPower(spec: HostingSpec, run: HostingRun): Promise<void> {
    await (spec.powered ? this.#switchOn(spec, run) : this.#switchOff(spec, run));
    await this.update(spec, run);
    await this.admit(spec, run.signal);
    if (spec.powered) await proveAnswering(this.#environment, this.#checks, spec, run);
  }

  /**
   * Puts a VM to sleep: its memory goes to disk. The stack stays as it is, as power is libvirt's. The proxy is told before, so
   * that a visitor who comes meanwhile waits.
   * @returns whether its memory was `saved`, is `kept` from an earlier save, or is nowhere, as it was switched `off`
   * @throws StackError
   */
  sleep(hosting: HostingKey, run: HostingRun): Promise<'saved' | 'kept' | 'off'> {
    return withStackErrors(run.signal, async () => {
      run.onStep('save');
      const { node, proxy } = this.#environment;
      const machine = this.#machine(hosting);
      await markAsleep(proxy, hosting.userId, true);
      const memory = await saveMemory(machine, run).catch(async (error: unknown) => {
        await markAsleep(proxy, hosting.userId, false);
        throw error;
      });
      if (memory === 'off') await markAsleep(proxy, hosting.userId, false);
      else await bringOverSaved(node, machine.vmId);
      return memory;
    });
  }

  /**
   * Resumes a VM that sleeps, if it does; the proxy still has visitors wait.
   * @returns whether it was `on`, is `resumed`, or is `off`, and its memory lost if it was saved
   * @throws StackError
   */
  rouse(hosting: HostingKey, image: SavedImage, run: HostingRun): Promise<'on' | 'resumed' | 'off'> {
    return withStackErrors(run.signal, async () => {
      await requireFirewall(this.#checks.firewallReport);
      run.onStep('wake');
      return resumeSaved(this.#machine(hosting), { ...run, ...image });
    });
  }

  /** Boots a VM that could not be resumed; the proxy still has visitors wait, for as long as its agent may take. @throws StackError */
  bootInstead(hosting: HostingKey, run: HostingRun): Promise<void> {
    return withStackErrors(run.signal, async () => {
      await powerOn(this.#machine(hosting), run);
      await untilAgentAnswers(this.#machine(hosting), run.signal).catch((error: unknown) => {
        if (!(error instanceof AgentUnreachableError)) throw error;
        run.onSetback(error);
      });
    });
  }

  /** Lets visitors in to a VM that was woken, and proves that it answers. @throws StackError */
  async letIn(target: HostingKey & Pick<HostingSpec, 'sshPort'>, run: HostingRun): Promise<void> {
    await this.admit(target, run.signal);
    await proveAnswering(this.#environment, this.#checks, target, run);
  }

  /** Has the proxy have a VM woken for visitors. @throws StackError */
  holdVisitors({ userId }: HostingKey, signal: AbortSignal): Promise<void> {
    return withStackErrors(signal, () => markAsleep(this.#environment.proxy, userId, true));
  }

  /** Has the proxy send visitors to a VM that does not sleep any more, whatever else it is. @throws StackError */
  admit({ userId }: HostingKey, signal: AbortSignal): Promise<void> {
    return withStackErrors(signal, () => markAsleep(this.#environment.proxy, userId, false));
  }

  /** Shuts a VM down and starts it again. @throws StackError */
  async restart(spec: HostingSpec, run: HostingRun): Promise<void> {
    // Asked before the machine is off, since without the guard's word it could not be started again.
    await withStackErrors(run.signal, () => requireFirewall(this.#checks.firewallReport));
    await this.#switchOff(spec, run);
    await this.setPower({ ...spec, powered: true }, run);
  }

  /** Adds and removes keys on a VM that is on. @throws StackError */
  changeKeys(hosting: HostingKey, change: KeyChange, signal: AbortSignal): Promise<void> {
    return withStackErrors(signal, () => changeGuestKeys(this.#machine(hosting), change, signal));
  }

  /** Gives a running VM another password. @param hash crypt(3) @throws StackError */
  changePassword(hosting: HostingKey, hash: string, signal: AbortSignal): Promise<void> {
    return withStackErrors(signal, () => changeGuestPassword(this.#machine(hosting), hash, signal));
  }

  /** Resolves when no stack is worked on in this process, and none waits. */
  engineFree(): Promise<void> {
    return this.#pulumi.turn.free();
  }

  /** Whose VMs are on, of those that were asked about. @throws LibvirtUnavailableError */
  async powered(hostings: HostingKey[]): Promise<number[]> {
    const running = await runningVms(this.#environment.node.libvirtUri);
    return hostings.filter((one) => running.has(this.#machine(one).vmId)).map(({ userId }) => userId);
  }

  /** Whose VMs' memory is on disk, of those that were asked about. @throws LibvirtUnavailableError */
  async asleep(hostings: HostingKey[]): Promise<number[]> {
    const saved = await savedVms(this.#environment.node.libvirtUri);
    return hostings.filter((one) => saved.has(this.#machine(one).vmId)).map(({ userId }) => userId);
  }

  /** Whose VMs libvirt meant to start and could not, of those that were asked about. @throws LibvirtUnavailableError */
  async failedToStart(hostings: HostingKey[]): Promise<number[]> {
    const failed = [];
    for (const one of hostings) if (await failedToStart(this.#machine(one))) failed.push(one.userId);
    return failed;
  }

  /** Whether somebody vouches for the rules without which no VM is started. */
  async mayStart(): Promise<boolean> {
    try {
      await requireFirewall(this.#checks.firewallReport);
      return true;
    } catch (error) {
      if (error instanceof FirewallDownError) return false;
      throw error;
    }
  }

  #switchOn(spec: HostingSpec, run: HostingRun): Promise<void> {
    return withStackErrors(run.signal, async () => {
      await requireFirewall(this.#checks.firewallReport);
      run.onStep('boot');
      await powerOn(this.#machine(spec), run);
    });
  }

  #switchOff(spec: HostingSpec, { signal, onStep }: HostingRun): Promise<void> {
    return withStackErrors(signal, () => powerOff(this.#machine(spec), { signal, onBegin: () => onStep('shutdown') }));
  }

  #machine({ machineId }: HostingKey): Machine {
    return { libvirtUri: this.#environment.node.libvirtUri, vmId: machineNames(machineId).vmId };
  }

  /**
   * Destroys a hosting and removes its stack, in whatever state an earlier attempt left it. Does nothing when there is
   * nothing.
   * @param onDestroyFailed told why, when the engine could not destroy it and what it left is removed by name instead.
   * @throws StackError when something is still there.
   */
  async remove(
    hosting: HostingKey,
    { signal, onDestroyFailed }: { signal: AbortSignal; onDestroyFailed: (error: unknown) => void },
  ): Promise<void> {
    const name = hostingStack(hosting.userId);
    try {
      await withStack(this.#pulumi, { name, signal }, async (stack) => {
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
        await removeLeftovers(this.#environment, hosting);
        if (left !== 'no stack') await forgetStack(this.#pulumi, stack, { force: left === 'a stack' });
      });
    } catch (error) {
      throw asStackError(error, signal);
    }
  }
}

/** The step that an event begins, if it does. */
function stepOf({ resourcePreEvent }: EngineEvent): HostingStep | undefined {
  const begun = resourcePreEvent?.metadata;
  return begun?.op === 'create' || begun?.op === 'update' ? stepOfType[begun.type] : undefined;
}

/** How many resources a run changed. */
function countChanges({ resourceChanges }: SummaryEvent): number {
  const { same: _same, ...changes } = resourceChanges;
  return Object.values(changes).reduce((sum, count) => sum + count, 0);
}

/** Gives what goes wrong the class that clients know. @throws StackError */
async function withStackErrors<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asStackError(error, signal);
  }
}
