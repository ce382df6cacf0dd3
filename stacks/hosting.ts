import type { HostingArgs, ProxyFacts } from '../programs/arguments.ts';
import { hostingProgram } from '../programs/hosting.ts';
import { hostingStack, machineNames } from '../programs/names.ts';
import { markAsleep, removeSite } from '../programs/site-provider/site-files.ts';
import { type Checks, checkBeforeCreate } from './checks.ts';
import { type Declared, EngineRuns, type Removal } from './engine-runs.ts';
import { AgentUnreachableError, FirewallDownError, SleepFailedError } from './errors.ts';
import { requireFirewall } from './firewall-report.ts';
import type { KeyChange, MachinePlace, SavedImage } from './machine-place.ts';
import type { Pulumi } from './pulumi.ts';
import { proveAnswering, proveReady } from './readiness.ts';
import type { Setbacks } from './setbacks.ts';

/** Which hosting, and which machine is its. */
export type HostingKey = Pick<HostingArgs, 'userId' | 'machineId'>;
/** The arguments of the program that differ from hosting to hosting; node and proxy are the same for all. */
export type HostingSpec = Omit<HostingArgs, 'node' | 'proxy'>;
export type HostingStep = 'disk' | 'boot' | 'route' | 'web' | 'ssh' | 'answer' | 'shutdown' | 'save' | 'wake';

/** Stopped, the state stays consistent, and {@link HostingStacks.remove} clears what was made. */
export interface HostingRun extends Setbacks {
  /** Told of each step as it begins. */
  onStep: (step: HostingStep) => void;
  /** Told whenever the engine begins to work for it. */
  onEngine?: (() => void) | undefined;
}

/** Where machines and sites are, and who works on their stacks. */
export interface StackOptions {
  pulumi: Pulumi;
  place: MachinePlace;
  proxy: ProxyFacts;
  checks: Checks;
}

/** The stacks of the hostings on one node. What does not need the engine goes on while that works for another hosting. */
export class HostingStacks {
  readonly #runs: EngineRuns;
  readonly #place: MachinePlace;
  readonly #proxy: ProxyFacts;
  readonly #checks: Checks;

  constructor(options: StackOptions) {
    this.#runs = new EngineRuns(options.pulumi, options.place);
    this.#place = options.place;
    this.#proxy = options.proxy;
    this.#checks = options.checks;
  }

  /**
   * Makes a hosting and proves it ready. After an error call {@link remove}.
   * @throws StackError
   */
  async create(spec: HostingSpec, run: HostingRun): Promise<void> {
    await checkBeforeCreate({ place: this.#place, proxy: this.#proxy }, this.#checks, spec.sshPort);
    await this.make(spec, run);
    await proveReady(this.#place, this.#checks, spec, run);
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

  #up(spec: HostingSpec, run: HostingRun, how: Pick<Declared, 'refresh' | 'isNew'>): Promise<number> {
    const program = () => hostingProgram({ ...spec, node: this.#place.node, proxy: this.#proxy });
    return this.#runs.up({ name: hostingStack(spec.userId), program, ...how }, run);
  }

  /**
   * Brings a hosting's power and site to what `spec` says, in whatever order leaves the state true: a VM is switched where it
   * is, and the engine, which looks first, then finds all as declared.
   * @throws StackError
   */
  async setPower(spec: HostingSpec, run: HostingRun): Promise<void> {
    await (spec.powered ? this.#switchOn(spec, run) : this.#switchOff(spec, run));
    await this.update(spec, run);
    await this.admit(spec, run.signal);
    if (spec.powered) await proveAnswering(this.#place, this.#checks, spec, run);
  }

  /**
   * Puts a VM to sleep: its memory goes to disk. The stack stays as it is, as power is the place's. The proxy is told before, so
   * that a visitor who comes meanwhile waits.
   * @returns whether its memory was `saved`, is `kept` from an earlier save, or is nowhere, as it was switched `off`
   * @throws StackError
   */
  sleep({ userId, machineId }: HostingKey, run: HostingRun): Promise<'saved' | 'kept' | 'off'> {
    return this.#runs.withErrors(run.signal, async () => {
      const { sleep } = this.#place;
      if (!sleep) throw new SleepFailedError({ message: 'The machines of this node cannot sleep.' });
      run.onStep('save');
      await markAsleep(this.#proxy, userId, true);
      const memory = await sleep.save(machineId, run).catch(async (error: unknown) => {
        await markAsleep(this.#proxy, userId, false);
        throw error;
      });
      if (memory === 'off') await markAsleep(this.#proxy, userId, false);
      return memory;
    });
  }

  /**
   * Resumes a VM that sleeps, if it does; the proxy still has visitors wait.
   * @returns whether it was `on`, is `resumed`, or is `off`, and its memory lost if it was saved
   * @throws StackError
   */
  rouse({ machineId }: HostingKey, image: SavedImage, run: HostingRun): Promise<'on' | 'resumed' | 'off'> {
    return this.#runs.withErrors(run.signal, async () => {
      await requireFirewall(this.#checks.firewallReport);
      run.onStep('wake');
      const { sleep } = this.#place;
      if (sleep) return sleep.resume(machineId, { ...run, ...image });
      return (await this.#place.isRunning(machineId)) ? 'on' : 'off';
    });
  }

  /** Boots a VM that could not be resumed; the proxy still has visitors wait, for as long as its agent may take. @throws StackError */
  bootInstead({ machineId }: HostingKey, run: HostingRun): Promise<void> {
    return this.#runs.withErrors(run.signal, async () => {
      await this.#place.powerOn(machineId, run);
      await this.#place.guests.untilAnswers(machineId, run.signal).catch((error: unknown) => {
        if (!(error instanceof AgentUnreachableError)) throw error;
        run.onSetback(error);
      });
    });
  }

  /** Lets visitors in to a VM that was woken, and proves that it answers. @throws StackError */
  async letIn(target: HostingKey & Pick<HostingSpec, 'sshPort'>, run: HostingRun): Promise<void> {
    await this.admit(target, run.signal);
    await proveAnswering(this.#place, this.#checks, target, run);
  }

  /** Has the proxy have a VM woken for visitors. @throws StackError */
  holdVisitors({ userId }: HostingKey, signal: AbortSignal): Promise<void> {
    return this.#runs.withErrors(signal, () => markAsleep(this.#proxy, userId, true));
  }

  /** Has the proxy send visitors to a VM that does not sleep any more, whatever else it is. @throws StackError */
  admit({ userId }: HostingKey, signal: AbortSignal): Promise<void> {
    return this.#runs.withErrors(signal, () => markAsleep(this.#proxy, userId, false));
  }

  /** Shuts a VM down and starts it again. @throws StackError */
  async restart(spec: HostingSpec, run: HostingRun): Promise<void> {
    // Asked before the machine is off, since without the guard's word it could not be started again.
    await this.#runs.withErrors(run.signal, () => requireFirewall(this.#checks.firewallReport));
    await this.#switchOff(spec, run);
    await this.setPower({ ...spec, powered: true }, run);
  }

  /** Adds and removes keys on a VM that is on. @throws StackError */
  changeKeys({ machineId }: HostingKey, change: KeyChange, signal: AbortSignal): Promise<void> {
    return this.#runs.withErrors(signal, () => this.#place.guests.changeKeys(machineId, change, signal));
  }

  /** Gives a running VM another password. @param hash crypt(3) @throws StackError */
  changePassword({ machineId }: HostingKey, hash: string, signal: AbortSignal): Promise<void> {
    return this.#runs.withErrors(signal, () => this.#place.guests.changePassword(machineId, hash, signal));
  }

  /** Resolves when no stack is worked on in this process, and none waits. */
  engineFree(): Promise<void> {
    return this.#runs.free();
  }

  /** Whose VMs are on, of those that were asked about. @throws StackError when the place does not answer */
  async powered(hostings: HostingKey[]): Promise<number[]> {
    return named(hostings, await this.#place.running());
  }

  /** Whose VMs' memory is on disk, of those that were asked about. @throws StackError when the place does not answer */
  async asleep(hostings: HostingKey[]): Promise<number[]> {
    const { sleep } = this.#place;
    return sleep ? named(hostings, await sleep.saved()) : [];
  }

  /** Whose VMs were meant to start and could not, of those that were asked about. @throws StackError when the place does not answer */
  async failedToStart(hostings: HostingKey[]): Promise<number[]> {
    const failed = [];
    for (const { userId, machineId } of hostings) if (await this.#place.failedToStart(machineId)) failed.push(userId);
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

  #switchOn({ machineId }: HostingSpec, run: HostingRun): Promise<void> {
    return this.#runs.withErrors(run.signal, async () => {
      await requireFirewall(this.#checks.firewallReport);
      run.onStep('boot');
      await this.#place.powerOn(machineId, run);
    });
  }

  #switchOff({ machineId }: HostingSpec, { signal, onStep }: HostingRun): Promise<void> {
    const onBegin = () => onStep('shutdown');
    return this.#runs.withErrors(signal, () => this.#place.powerOff(machineId, { signal, onBegin }));
  }

  /**
   * Destroys a hosting and removes its stack, in whatever state an earlier attempt left it. Does nothing when there is
   * nothing.
   * @param onDestroyFailed told why, when the engine could not destroy it and what it left is removed by name instead.
   * @throws StackError when something is still there.
   */
  remove(hosting: HostingKey, removal: Removal): Promise<void> {
    const removeLeftovers = () => this.#removeLeftovers(hosting);
    return this.#runs.remove(hostingStack(hosting.userId), { ...removal, removeLeftovers });
  }

  /** What a process that was killed may have left of a hosting, on the node and on the proxy. */
  async #removeLeftovers({ userId, machineId }: HostingKey): Promise<void> {
    await this.#place.removeLeftovers(machineId);
    await removeSite(this.#proxy, userId);
    await markAsleep(this.#proxy, userId, false);
  }
}

/** Whose machines' names are among these. */
function named(hostings: HostingKey[], names: Set<string>): number[] {
  return hostings.filter(({ machineId }) => names.has(machineNames(machineId).vmId)).map(({ userId }) => userId);
}
