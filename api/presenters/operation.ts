import { type Operation, type OperationEvent, type OperationFailure, type OperationStep } from '../models/operation.ts';

/** Per cent at the beginning of each step, about in proportion to the time of a create. */
const progressAt: Record<OperationStep, number> = {
  queued: 0,
  disk: 10,
  boot: 15,
  route: 20,
  web: 25,
  ssh: 90,
  done: 100,
};

export function presentOperation(operation: Operation) {
  const { id, kind, state, error } = operation;
  const step: OperationStep = operation.step;
  return {
    id,
    kind,
    state,
    step,
    progress: progressAt[step],
    error: error ? presentFailure(error) : null,
    created_at: operation.createdAt.toISOString(),
    started_at: operation.startedAt?.toISOString() ?? null,
    ended_at: operation.endedAt?.toISOString() ?? null,
  };
}

function presentFailure({ code, message, console }: OperationFailure) {
  return { code, message, ...(console && { console }) };
}

/** What a reader of the event stream gets for each step. */
export function presentOperationEvent(event: OperationEvent) {
  const { state, step, attempt } = event;
  return { state, step, attempt, progress: progressAt[step], at: event.createdAt.toISOString() };
}
