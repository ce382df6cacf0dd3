import type { NodeFacts } from '../programs/arguments.ts';
import type { StackError } from './errors.ts';
import type { Setbacks } from './setbacks.ts';

/**
 * Where the machines of a node are, and what can be done with them besides what the engine does. Machines are told by their
 * ids; names are theirs (`vm_id`, programs/names.ts). A method throws a StackError when the place cannot be reached.
 */
export interface MachinePlace {
  readonly node: NodeFacts;
  /** Undefined where machines cannot sleep. */
  readonly sleep?: MachineSleep;
  readonly guests: Guests;

  /** Version of what runs the machines, if that answers. */
  version(): Promise<string>;
  /** What confines machines beside the user that they run as. */
  confinement(): Promise<'apparmor' | 'selinux' | null>;
  /** What machines share, and what of it is left. */
  room(): Promise<Room>;
  /** @throws BaseImageMissingError when new machines have nothing to stand on */
  requireImage(): Promise<void>;
  /** What went wrong in a run of the engine, whose words are the cause; null where it was not this kind of place. */
  errorOf(cause: Error): Promise<StackError | null>;

  /** Names of the machines that are on, whosever they are. */
  running(): Promise<Set<string>>;
  /** Whether a machine goes on, rather than being off or standing still. */
  isRunning(machineId: number): Promise<boolean>;
  /** Whether a machine was meant to start with the node and could not, unlike one that was switched off. */
  failedToStart(machineId: number): Promise<boolean>;
  /** What each machine that is on uses. One that is busy is left out, rather than waited for. */
  usage(): Promise<MachineUsage[]>;
  /**
   * Has all other machines go first where there is not enough processor for all, until the machine is switched off.
   * @returns what undoes that
   * @throws Error where the place cannot do it
   */
  letOthersGoFirst(machineId: number): Promise<() => Promise<void>>;
  /** The last lines that a machine printed; where they cannot be read, that. */
  lastLines(machineId: number): Promise<string[]>;

  /**
   * Switches a machine on, for good: also when the node starts anew. Memory that is saved is thrown away.
   * @throws StoppedError
   */
  powerOn(machineId: number, setbacks: Setbacks): Promise<void>;
  /**
   * Has a machine shut down in good order, and switches it off when it does not. It stays off when the node starts anew.
   * @param options.onBegin told when there is something to shut down
   * @throws StoppedError
   */
  powerOff(machineId: number, options: { signal: AbortSignal; onBegin: () => void }): Promise<void>;
  /**
   * Removes whatever of a machine is there and unknown to the engine, as a process that was killed leaves it. Removing nothing
   * is the usual case.
   * @throws Error when something could not be removed
   */
  removeLeftovers(machineId: number): Promise<void>;
}

/** Machines whose memory goes to disk while nobody uses them. */
export interface MachineSleep {
  /** Names of the machines whose memory is on disk, whosever they are. */
  saved(): Promise<Set<string>>;
  /** Of the file system that has that memory. */
  space(): Promise<Space>;
  /**
   * Writes a machine's memory to disk and ends it; one that is off already is left alone. It stays off when the node starts
   * anew.
   * @returns whether its memory was `saved`, is `kept` from an earlier save, or is nowhere, as somebody switched it `off`
   * @throws SleepFailedError when it goes on running
   */
  save(machineId: number, setbacks: Setbacks): Promise<'saved' | 'kept' | 'off'>;
  /**
   * Brings a machine back whose memory is on disk, with its clock right and its entropy fresh. Saved memory is resumed once at
   * most, whatever happens: a second time it would meet a disk that has gone on without it, and damage that. So it is thrown
   * away where it is not known to be untouched.
   * @returns whether the machine was `on` already, is `resumed`, or is `off`, without saved memory
   * @throws StoppedError
   */
  resume(machineId: number, resuming: SavedImage & Setbacks): Promise<'on' | 'resumed' | 'off'>;
}

/** What is asked of machines that are on, from within. Whoever is root there may have it fail. */
export interface Guests {
  /**
   * Waits until a guest can be asked.
   * @throws AgentUnreachableError, StoppedError
   */
  untilAnswers(machineId: number, signal: AbortSignal): Promise<void>;
  /** Runs a script as root. @throws Error when it fails there, or takes too long; StoppedError */
  run(machineId: number, script: GuestScript, signal: AbortSignal): Promise<void>;
  /** Adds and removes keys of the guest's user; those that were written there by hand stay. @throws AgentUnreachableError, StoppedError */
  changeKeys(machineId: number, change: KeyChange, signal: AbortSignal): Promise<void>;
  /** Sets the password of the guest's user, and lets passwords in. @param hash crypt(3) @throws AgentUnreachableError, StoppedError */
  changePassword(machineId: number, hash: string, signal: AbortSignal): Promise<void>;
}

/** A script for a guest's shell. */
export interface GuestScript {
  script: string;
  /** For its standard input, which is empty otherwise. */
  input?: string;
}

/** What is to be in a guest's `authorized_keys`, and what is not; lines of OpenSSH public keys. */
export interface KeyChange {
  add: string[];
  remove: string[];
}

export interface SavedImage {
  /** Whether the saved memory may have been resumed before. */
  isSpent: boolean;
  /** Awaited right before a machine is resumed: from then on the saved memory counts as spent, whatever happens. */
  beforeResume: () => Promise<void>;
}

/** What a machine that is on uses of its node. */
export interface MachineUsage {
  vmId: string;
  /** Of the node's memory, with what runs the machine. */
  memoryBytes: number;
  /** Time of processors since it was switched on. */
  processorSeconds: number;
  /** Of the files that are its own: what it shares with others, the base image, does not count. */
  diskBytes: number;
}

/** What the machines of a node share. */
export interface Room {
  /** Of the file system that has their disks. */
  disk: Space;
  /** Whatever a container is held to. Free is what can be had, caches included. */
  memory: Space;
  /** `load`: the load average of the last minute. */
  processors: { count: number; load: number };
}

export interface Space {
  freeBytes: number;
  totalBytes: number;
}
