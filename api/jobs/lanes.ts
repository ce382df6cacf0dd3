import type { OperationKind } from '../models/operation.ts';

/** Operations that a worker carries out side by side, and apart from all others. */
export interface Lane {
  kinds: readonly OperationKind[];
  /** How many at a time. */
  hands: number;
  /** Of those that want the engine, of which a process has one at a time: resolves when it has nothing to do. */
  engineFree?: () => Promise<void>;
}

/**
 * What an operation waits for most: the engine, of which a process has one at a time; a machine's agent, which its root may
 * keep from answering for a minute; or a disk that memory is written to or read from, for a visitor who waits or for nobody.
 */
type Wait = 'engine' | 'agent' | 'wake' | 'sleep';

const waitsFor: Record<OperationKind, Wait> = {
  create: 'engine',
  delete: 'engine',
  start: 'engine',
  stop: 'engine',
  restart: 'engine',
  suspend: 'engine',
  resume: 'engine',
  route: 'engine',
  prepare: 'engine',
  discard: 'engine',
  keys: 'agent',
  password: 'agent',
  wake: 'wake',
  sleep: 'sleep',
};

const kindsThatWaitFor = (what: Wait) =>
  (Object.keys(waitsFor) as OperationKind[]).filter((kind) => waitsFor[kind] === what);

/**
 * The lanes of a worker. One operation's machine boots, shuts down or is asked whether it answers while the engine works for
 * the next. None is taken while the engine works, or is about to be asked for by the one before, so that another worker may.
 * @param engineFree resolves when this process's engine has nothing to do
 */
export function lanesOf(engineFree: () => Promise<void>): Lane[] {
  return [
    { kinds: kindsThatWaitFor('engine'), hands: 4, engineFree },
    { kinds: kindsThatWaitFor('agent'), hands: 4 },
    { kinds: kindsThatWaitFor('wake'), hands: 2 },
    { kinds: kindsThatWaitFor('sleep'), hands: 1 },
  ];
}
