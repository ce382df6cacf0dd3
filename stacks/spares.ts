import { setTimeout as delay } from 'node:timers/promises';
import type { ProxyFacts } from '../programs/arguments.ts';
import { hostingProgram } from '../programs/hosting.ts';
import { firstPage } from '../programs/first-page.ts';
import { hostingStack, machineNames, spareStack } from '../programs/names.ts';
import { spareProgram } from '../programs/spare.ts';
import { type Checks, checkBeforeCreate } from './checks.ts';
import { EngineRuns, type Removal } from './engine-runs.ts';
import { AgentUnreachableError, DeploymentFailedError, stopIfAsked } from './errors.ts';
import type { HostingRun, HostingSpec, StackOptions } from './hosting.ts';
import type { MachinePlace, MachineSleep } from './machine-place.ts';
import { proveReady } from './readiness.ts';

/** A machine that is nobody's yet. */
export type SpareSpec = Pick<HostingSpec, 'machineId' | 'vmIp' | 'sshPort' | 'instanceId' | 'randomSeed'>;

/** Looks within a guest whether its page and its SSH server answer. */
const answers = String.raw`exec timeout 20 bash -c '
  set -e
  exec 3<>/dev/tcp/127.0.0.1/80; printf "GET / HTTP/1.0\r\n\r\n" >&3; read -r line <&3; [[ $line == *" 200 "* ]]
  exec 4<>/dev/tcp/127.0.0.1/22; read -r line <&4; [[ $line == SSH-2.0-* ]]'`;
/** Whether all is over that a boot begins: what is left of it goes on when its user has it. That some unit fails is no matter. */
const isSettled = `case $(systemctl is-system-running) in running|degraded) ;; *) exit 1; esac`;
/** Milliseconds between two such looks. */
const interval = 2_000;
/** Milliseconds for each of what a machine is waited for until it is one that sleeps: it boots behind all others, and nobody waits. */
const preparing = 900_000;

/** The machines of one node that are made before they have a user, and what makes one a user's. */
export class SpareStacks {
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
   * Makes a machine, proves it by its guest's agent, and puts it to sleep. After an error call {@link remove}.
   * @returns of which image it is
   * @throws StackError
   */
  prepare(spec: SpareSpec, run: HostingRun): Promise<{ image: string }> {
    const { machineId, vmIp, sshPort, instanceId, randomSeed } = spec;
    const { node } = this.#place;
    return this.#runs.withErrors(run.signal, async () => {
      await checkBeforeCreate({ place: this.#place, proxy: this.#proxy }, this.#checks, sshPort);
      const program = () => spareProgram({ machineId, vmIp, instanceId, randomSeed, node, proxy: this.#proxy });
      await this.#runs.up({ name: spareStack(machineId), program, isNew: true }, run);
      run.onStep('answer');
      const asUsual = await this.#letOthersGoFirst(machineId, run);
      await this.#untilGuestAnswers(machineId, { signal: run.signal, timeout: preparing });
      if (!(await this.#untilTrue(machineId, answers, run.signal)))
        throw new DeploymentFailedError({ message: 'A spare machine does not answer.' });
      await this.#untilTrue(machineId, isSettled, run.signal);
      // Its host key is seconds old. Where its memory cannot be read, what it boots from is its disk.
      if (!(await this.#untilTrue(machineId, 'sync', run.signal)))
        throw new DeploymentFailedError({ message: 'A spare machine does not write to its disk.' });
      // What it weighs is saved with its memory, and whoever is given it waits for it.
      await asUsual();
      run.onStep('save');
      const memory = await this.#sleep().save(machineId, run);
      if (memory !== 'saved')
        throw new DeploymentFailedError({ message: `The memory of a spare machine is ${memory}.` });
      return { image: node.image.id };
    });
  }

  /**
   * Makes a spare machine that sleeps a user's: the engine takes its stack over while it wakes. Proves it ready as any other.
   * After an error call {@link remove} and what removes the hosting.
   * @throws StackError
   */
  async adopt(spec: HostingSpec, run: HostingRun): Promise<void> {
    await this.#runs.withErrors(run.signal, () =>
      checkBeforeCreate({ place: this.#place, proxy: this.#proxy }, this.#checks, spec.sshPort),
    );
    await bothOrNone(run, [(half) => this.#takeOver(spec, half), (half) => this.#wakeFor(spec, half)]);
    await proveReady(this.#place, this.#checks, spec, run);
  }

  /** Destroys a machine that is nobody's yet, in whatever state. @throws StackError when something is still there */
  remove({ machineId }: Pick<SpareSpec, 'machineId'>, removal: Removal): Promise<void> {
    const removeLeftovers = () => this.#place.removeLeftovers(machineId);
    return this.#runs.remove(spareStack(machineId), { ...removal, removeLeftovers });
  }

  /** Removes what is left of a machine's time without a user, once it has one. @throws StackError */
  forget({ machineId }: Pick<SpareSpec, 'machineId'>, signal: AbortSignal): Promise<void> {
    return this.#runs.forgetName(spareStack(machineId), signal);
  }

  /** Whether there can be any: they sleep until they are wanted. */
  get arePossible(): boolean {
    return this.#place.sleep !== undefined;
  }

  /** Id of the image that machines are made from now. */
  get image(): string {
    return this.#place.node.image.id;
  }

  /** Whose memory is on disk, of the machines that were asked about. @throws StackError when the place does not answer */
  async asleep(machineIds: number[]): Promise<number[]> {
    const saved = (await this.#place.sleep?.saved()) ?? new Set();
    return machineIds.filter((id) => saved.has(machineNames(id).vmId));
  }

  #takeOver(spec: HostingSpec, run: HostingRun): Promise<number> {
    const program = () => hostingProgram({ ...spec, node: this.#place.node, proxy: this.#proxy });
    return this.#runs.up({ name: hostingStack(spec.userId), formerName: spareStack(spec.machineId), program }, run);
  }

  #wakeFor(spec: HostingSpec, run: HostingRun): Promise<void> {
    const { machineId, username, sshPasswordHash, sshPublicKeys } = spec;
    const page = firstPage({ username, vmId: machineNames(machineId).vmId });
    const { guests } = this.#place;
    return this.#runs.withErrors(run.signal, async () => {
      run.onStep('boot');
      await this.#resume(machineId, run);
      if (sshPasswordHash !== null) await guests.changePassword(machineId, sshPasswordHash, run.signal);
      if (sshPublicKeys.length > 0) await guests.changeKeys(machineId, { add: sshPublicKeys, remove: [] }, run.signal);
      await guests.run(machineId, { script: writePage, input: page }, run.signal);
    });
  }

  /** Its clock must be right and its entropy fresh: one that cannot do it is not given to anybody. */
  async #resume(machineId: number, run: HostingRun): Promise<void> {
    const setbacks: unknown[] = [];
    const image = { isSpent: false, beforeResume: () => Promise.resolve() };
    const onSetback = (error: unknown) => void setbacks.push(error);
    const is = await this.#sleep().resume(machineId, { ...image, signal: run.signal, onSetback });
    setbacks.forEach(run.onSetback);
    if (is === 'off') {
      await this.#place.powerOn(machineId, run);
      const timeout = this.#checks.bootTimeout * 1_000;
      return this.#untilGuestAnswers(machineId, { signal: run.signal, timeout });
    }
    if (setbacks.length > 0)
      throw new DeploymentFailedError({ message: 'A spare machine did not wake as it should.', cause: setbacks[0] });
  }

  #sleep(): MachineSleep {
    const { sleep } = this.#place;
    if (!sleep) throw new DeploymentFailedError({ message: 'The machines of this node cannot sleep.' });
    return sleep;
  }

  /** While a machine is nobody's. Where a place cannot do it, the machine is prepared all the same. @returns what undoes it */
  #letOthersGoFirst(machineId: number, { onSetback }: HostingRun): Promise<() => Promise<void>> {
    return this.#place.letOthersGoFirst(machineId).catch((error: unknown) => {
      onSetback(error);
      return () => Promise.resolve();
    });
  }

  /** Has the guest of a machine that is prepared look for something until it is so. @returns false when it does not come */
  async #untilTrue(machineId: number, script: string, signal: AbortSignal): Promise<boolean> {
    const deadline = Date.now() + preparing;
    while (Date.now() < deadline) {
      try {
        await this.#place.guests.run(machineId, { script }, signal);
        return true;
      } catch {
        stopIfAsked(signal);
        await delay(interval);
      }
    }
    return false;
  }

  /** An agent that is there already gets less. @param waiting.timeout milliseconds */
  async #untilGuestAnswers(machineId: number, waiting: { signal: AbortSignal; timeout: number }): Promise<void> {
    const { signal, timeout } = waiting;
    const deadline = Date.now() + timeout;
    for (;;) {
      try {
        return await this.#place.guests.untilAnswers(machineId, signal);
      } catch (error) {
        if (!(error instanceof AgentUnreachableError) || Date.now() > deadline) throw error;
      }
    }
  }
}

/** In place of the empty one that a spare machine has. */
const writePage = `set -e
cd /var/www/html
cat >index.html
chown ubuntu:ubuntu index.html`;

/**
 * Does two things side by side. Where one fails the other is stopped, and has ended when this throws what went wrong with the
 * first.
 */
async function bothOrNone(run: HostingRun, halves: ((half: HostingRun) => Promise<unknown>)[]): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([run.signal, failed.signal]);
  let first: { error: unknown } | undefined;
  await Promise.all(
    halves.map((half) =>
      half({ ...run, signal }).catch((error: unknown) => {
        first ??= { error };
        failed.abort();
      }),
    ),
  );
  if (first) throw first.error;
}
